/*
 * What the server tells the program that supervises it, such as systemd: by datagrams to the socket
 * that the environment's NOTIFY_SOCKET names (sd_notify(3), "Notes"). Without one, nothing is told.
 *
 *     struct supervisor *supervisor = supervisor_new();
 *     supervisor_ready(supervisor, "serving on 127.0.0.1:7379")     READY=1, STATUS=serving on ...
 *     supervisor_reloading(supervisor)                              RELOADING=1, MONOTONIC_USEC=...
 *     supervisor_ready(supervisor, "serving on 127.0.0.1:7379")
 *     supervisor_stopping(supervisor, 30000)                        STOPPING=1
 *
 * libsystemd has the same, and is not used: it would be one more library in the process, for a
 * protocol of one datagram that systemd promises to keep.
 *
 * No call can fail: what cannot be sent is not told. A status ends at its first line break.
 */
#ifndef QUIPU_SERVER_SUPERVISOR_H
#define QUIPU_SERVER_SUPERVISOR_H

#include <stdint.h>

struct supervisor;

/* Takes NOTIFY_SOCKET out of the environment, so that no shard speaks for the server. The caller
 * frees it. */
struct supervisor *supervisor_new(void);
/* NULL is fine. */
void supervisor_free(struct supervisor *supervisor);

/* The server listens; also when it has read its configuration again. */
void supervisor_ready(const struct supervisor *supervisor, const char *status);
/* It reads its configuration again; supervisor_ready ends that. */
void supervisor_reloading(const struct supervisor *supervisor);
/* It is not done yet, and will tell more within so many milliseconds. */
void supervisor_waiting(const struct supervisor *supervisor, const char *status, int64_t more_ms);
/* It ends, within so many milliseconds. There is no way back. */
void supervisor_stopping(const struct supervisor *supervisor, int64_t most_ms);

#endif
