/*
 * Memory that is there. Where there is none the process ends, with one message: limits are checked
 * before the work, so what is asked for here is small beside what there is.
 *
 *     struct session *session = must_alloc(sizeof *session);
 *     rows = must_room(rows, nrows, &capacity, sizeof *rows);
 *     rows[nrows++] = row;
 *     char *host = must_copy(slice_lit("localhost"));
 *
 * The caller frees all of it with free. For lists in an arena: arena_room (arena.h).
 */
#ifndef QUIPU_BASE_MUST_H
#define QUIPU_BASE_MUST_H

#include "base/slice.h"

/* Says so on standard error, and aborts. */
_Noreturn void out_of_memory(void);
/* ptr, which an allocator of another library gave; NULL: there is no memory. */
void *must_have(void *ptr);
/* Zeroed. */
void *must_alloc(size_t size_bytes);
/* n things of a size each, zeroed. n may be 0: the pointer is valid. */
void *must_array(size_t n, size_t size_bytes);
/* n things of a size each, the first of them as they were at ptr; the rest is not set. As realloc. */
void *must_grow(void *ptr, size_t n, size_t size_bytes);
/* must_room, where the list is full. */
void *must_double(void *list, size_t *capacity, size_t size_bytes);
/*
 * The list with room for one more behind its n items. Where it is full, *capacity doubles and the
 * list moves; NULL with a capacity of 0 is the empty list.
 */
static inline void *
must_room(void *list, size_t n, size_t *capacity, size_t size_bytes)
{
    return n < *capacity ? list : must_double(list, capacity, size_bytes);
}
/* A copy of the bytes with a NUL behind them. */
char *must_copy(struct slice bytes);

#endif
