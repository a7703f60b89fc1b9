/*
 * Memory that is given back all at once, as a query ends: a chain of blocks, each twice as large as
 * the one before up to 1 MiB; a request larger than a block gets a block of its own. in: sizes;
 * out: memory that lives as long as the arena.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { FIRST_CAPACITY = 8 }; /* of a list */
enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 20, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t size_bytes;
    size_t used_bytes;
    size_t pad;
    char data[];
};

_Static_assert(offsetof(struct block, data) % ALIGNMENT == 0, "blocks hand out aligned memory");

struct arena {
    struct block *blocks; /* newest first; the newest is the one with room */
    size_t next_block_bytes;
    size_t total_bytes;
};

struct arena *
arena_new(void)
{
    struct arena *arena = must_alloc(sizeof *arena);
    arena->next_block_bytes = FIRST_BLOCK_BYTES;
    return arena;
}

void
arena_free(struct arena *arena)
{
    if (!arena) {
        return;
    }
    for (struct block *block = arena->blocks; block;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

/* The other's blocks go behind the newest one, whose room stays in use. */
void
arena_join(struct arena *arena, struct arena *other)
{
    struct block **end = arena->blocks ? &arena->blocks->next : &arena->blocks;
    struct block *behind = *end;
    *end = other->blocks;
    while (*end) {
        end = &(*end)->next;
    }
    *end = behind;
    arena->total_bytes += other->total_bytes;
    free(other);
}

static struct block *
block_new(struct arena *arena, size_t size_bytes)
{
    struct block *block = must_have(malloc(sizeof *block + size_bytes));
    block->size_bytes = size_bytes;
    block->used_bytes = 0;
    arena->total_bytes += sizeof *block + size_bytes;
    return block;
}

void *
arena_alloc(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2) {
        out_of_memory();
    }
    size_t need = (size_bytes + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
    struct block *block = arena->blocks;
    if (!block || block->size_bytes - block->used_bytes < need) {
        if (need > arena->next_block_bytes && block) {
            /* A large one goes behind the newest block, whose room stays in use. */
            struct block *large = block_new(arena, need);
            large->next = block->next;
            block->next = large;
            block = large;
        } else {
            size_t size = need > arena->next_block_bytes ? need : arena->next_block_bytes;
            block = block_new(arena, size);
            block->next = arena->blocks;
            arena->blocks = block;
            if (arena->next_block_bytes < LARGEST_BLOCK_BYTES) {
                arena->next_block_bytes *= 2;
            }
        }
    }
    void *memory = block->data + block->used_bytes;
    block->used_bytes += need;
    return memset(memory, 0, need);
}

void *
arena_array(struct arena *arena, size_t n, size_t size_bytes)
{
    if (size_bytes && n > SIZE_MAX / 2 / size_bytes) {
        out_of_memory();
    }
    return arena_alloc(arena, n * size_bytes);
}

void *
arena_room(struct arena *arena, void *list, size_t n, size_t *capacity, size_t size_bytes)
{
    if (n < *capacity) {
        return list;
    }
    *capacity = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *larger = arena_array(arena, *capacity, size_bytes);
    if (n) {
        memcpy(larger, list, n * size_bytes);
    }
    return larger;
}

struct slice
arena_copy(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len) {
        memcpy(copy, s.ptr, s.len);
    }
    return slice_of(copy, s.len);
}

struct slice
arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        len = 0;
    }
    char *text = arena_alloc(arena, (size_t) len + 1);
    vsnprintf(text, (size_t) len + 1, fmt, again);
    va_end(again);
    return slice_of(text, (size_t) len);
}

size_t
arena_bytes(const struct arena *arena)
{
    return arena->total_bytes;
}
