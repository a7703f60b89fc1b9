/*
 * Memory that is there. Where there is none the process ends, with one message: limits are checked
 * before the work, so what is asked for here is small beside what there is.
 *
 *     struct session *session = must_alloc(sizeof *session);
 *     rows = must_grow(rows, capacity, sizeof *rows);
 *
 * The caller frees it with free.
 */
#ifndef QUIPU_BASE_MUST_H
#define QUIPU_BASE_MUST_H

#include <stddef.h>

/* Zeroed. */
void *must_alloc(size_t size_bytes);
/* n things of a size each, the first of them as they were at ptr; the rest is not set. As realloc. */
void *must_grow(void *ptr, size_t n, size_t size_bytes);

#endif
