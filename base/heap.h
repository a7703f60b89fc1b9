/*
 * The C library's heap: what is freed goes back to the system.
 *
 *     if (heap_is_loose()) {
 *         heap_trim();      after a burst of 500 clients: 31 MiB -> 9 MiB resident
 *     }
 *
 * malloc keeps pages that were freed below one that is in use; a server that was busy once would
 * look busy for ever.
 */
#ifndef QUIPU_BASE_HEAP_H
#define QUIPU_BASE_HEAP_H

#include <stdbool.h>

/* Whether much is free, and more than what is in use. */
bool heap_is_loose(void);
/* Gives back what is free. Takes about a millisecond for 10 MiB. Any thread may call it. */
void heap_trim(void);

#endif
