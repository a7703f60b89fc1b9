/*
 * Signals of a program that people sit at: they are noted, and seen where it waits.
 *
 *     signals_init();
 *     signals_poll(&fd, 1, 500)             waits; a signal ends the wait
 *     signals_take_interrupt()              Ctrl-C has come since the last call
 *
 * Signals are blocked but while signals_poll waits, so none is lost between a look and a wait.
 */
#ifndef QUIPU_TOOLS_SHELL_SIGNALS_H
#define QUIPU_TOOLS_SHELL_SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

/* Once, at the start. SIGPIPE is ignored from then on. */
void signals_init(void);
/* As poll(2). -1 with EINTR: a signal has come. */
int signals_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
/* Whether SIGINT has come since the last call. */
bool signals_take_interrupt(void);
/* The same, and it stays. */
bool signals_has_interrupt(void);
/* Whether SIGTERM or SIGHUP has come: the program is to end. */
bool signals_has_end(void);
/* In a child, before exec: signals are as they were before signals_init. */
void signals_restore(void);
/*
 * Waits for a child's end; its exit status, 128 and more for a signal. SIGINT is for the child
 * meanwhile. SIGTERM and SIGHUP are passed on to it.
 */
int signals_wait_child(pid_t pid);

#endif
