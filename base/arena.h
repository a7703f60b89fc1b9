/*
 * An arena: memory that is handed out piece by piece and given back all at once.
 *
 *     struct arena *arena = arena_new();
 *     struct dim *dim = arena_alloc(arena, sizeof *dim);    zeroed, aligned for any type
 *     arena_free(arena);                                    and everything that came from it
 *
 * One arena per query. Nothing in it may own a descriptor or a heap block. Out of memory aborts.
 */
#ifndef QUIPU_BASE_ARENA_H
#define QUIPU_BASE_ARENA_H

#include "base/slice.h"

struct arena;

/* The caller frees it with arena_free. Never fails (out of memory aborts). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* Takes all memory of another arena, which is gone then: what came from it lives as long as this one. */
void arena_join(struct arena *arena, struct arena *other);

/* Zeroed memory, aligned to 16 bytes, valid until arena_free. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size_bytes);
/* Room for n items of size_bytes each; aborts where the product overflows. */
void *arena_array(struct arena *arena, size_t n, size_t size_bytes);
/*
 * The list with room for one more behind its n items. Where it is full, *capacity doubles and the
 * list is copied; NULL with a capacity of 0 is the empty list. What is outgrown
 * is given back with the arena.
 *
 *     dims = arena_room(arena, dims, ndims, &capacity, sizeof *dims);
 *     dims[ndims++] = dim;
 */
void *arena_room(struct arena *arena, void *list, size_t n, size_t *capacity, size_t size_bytes);
/* A copy of the bytes, with a NUL behind them that the length does not count. */
struct slice arena_copy(struct arena *arena, struct slice s);
/* printf into the arena. */
struct slice arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes taken from the system, for limits and tests. */
size_t arena_bytes(const struct arena *arena);

#endif
