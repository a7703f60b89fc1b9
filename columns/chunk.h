/*
 * A chunk: the codes of 65,536 rows of one column, in the cheapest of four forms.
 *
 *     empty      nothing: every code is 0, missing
 *     constant   one code, of all 65,536 rows
 *     sparse     positions (16 bits, ascending) and codes (1, 2 or 4 bytes) of the rows that have one
 *
 *                   positions | 3 | 17 | 40001 | free ... |     codes | 2 | 2 | 1 | free ... |
 *
 *     planes     bit-sliced codes: bit p of row r's code is bit r of plane p. A plane is a bitmap
 *                of its own, so that a query reads those planes that it needs and no others:
 *
 *                   plane 0: 8 KiB | plane 1: 8 KiB | ...
 *
 *                Kernels go through them in blocks of 512 rows, a cache line of each plane.
 *
 * Sparse becomes planes where it would be larger (or slow to change), planes become sparse again at
 * half of that, and constant when all rows have the same code.
 *
 * A chunk is a small value that stands in a page of its column's table; what it points to is copied
 * before it is changed when a snapshot shows it (version.h).
 */
#ifndef QUIPU_COLUMNS_CHUNK_H
#define QUIPU_COLUMNS_CHUNK_H

#include "columns/chunk_kind.h"
#include "columns/touch.h"
#include "columns/version.h"

enum {
    CHUNK_BITS = 16,
    CHUNK_ROWS = 1 << CHUNK_BITS,
    CHUNK_WORDS = CHUNK_ROWS / 64, /* of a bitmap over its rows */
    BLOCK_ROWS = 512,
    BLOCK_WORDS = BLOCK_ROWS / 64,
    CHUNK_BLOCKS = CHUNK_ROWS / BLOCK_ROWS,
    PLANE_BYTES = CHUNK_ROWS / 8,
    SPARSE_MOST = 8192 /* rows of a sparse chunk: a longer one takes too long to insert into */
};

struct chunk {
    union {
        uint64_t *planes;
        uint16_t *positions; /* the codes follow, after `capacity` positions */
        uint32_t code;       /* constant */
    };
    uint64_t born;     /* version of what is pointed to */
    uint32_t rows;     /* whose code is not 0 */
    uint8_t kind;      /* enum chunk_kind */
    uint8_t width;     /* planes: how many; sparse: bytes per code */
    uint16_t capacity; /* sparse: entries, a multiple of 8 */
};

/* The bits of a code: of planes that can hold it. 1 for 0. */
static inline unsigned
code_bits(uint32_t code)
{
    return code ? 32 - (unsigned) __builtin_clz(code) : 1;
}

static inline const void *
sparse_codes(const struct chunk *chunk)
{
    return chunk->positions + chunk->capacity;
}

static inline uint32_t
sparse_code(const void *codes, unsigned width, uint32_t i)
{
    return width == 1   ? ((const uint8_t *) codes)[i]
           : width == 2 ? ((const uint16_t *) codes)[i]
                        : ((const uint32_t *) codes)[i];
}

/* The lowest bits of a row's code in planes. */
static inline uint32_t
planes_low_code(const uint64_t *planes, unsigned nbits, uint32_t row)
{
    uint32_t code = 0;
    for (unsigned p = 0; p < nbits; p++) {
        code |= (uint32_t) (planes[p * CHUNK_WORDS + row / 64] >> row % 64 & 1) << p;
    }
    return code;
}

static inline uint32_t
planes_code(const uint64_t *planes, unsigned width, uint32_t row)
{
    return planes_low_code(planes, width, row);
}

/* The memory that chunk_get will most likely read first. */
static inline void
chunk_touch(const struct chunk *chunk, uint32_t row, struct touch *touch)
{
    if (chunk->kind == CHUNK_PLANES) {
        for (unsigned p = 0; p < chunk->width; p++) {
            touch_add(touch, chunk->planes + p * CHUNK_WORDS + row / 64);
        }
    } else if (chunk->kind == CHUNK_SPARSE) {
        uint32_t guess = (uint32_t) ((uint64_t) chunk->rows * row >> CHUNK_BITS);
        /* What sparse_find looks at first: up to two lines. */
        touch_add(touch, chunk->positions + (guess < 16 ? 0 : guess - 16));
        touch_add(touch, chunk->positions + (guess + 15 < chunk->rows ? guess + 15 : guess));
    }
}

/* Few lines of memory, so that one had better fetch them all. */
static inline bool
chunk_is_small(const struct chunk *chunk)
{
    enum { ROWS_MOST = 128 };
    return chunk->kind == CHUNK_SPARSE && chunk->rows <= ROWS_MOST;
}

/* All of a chunk that is small. */
static inline void
chunk_touch_small(const struct chunk *chunk, struct touch *touch)
{
    enum { LINE = 64 };
    if (chunk_is_small(chunk)) {
        const char *codes = sparse_codes(chunk), *positions = (const char *) chunk->positions;
        for (uint32_t i = 0; i < chunk->rows * 2; i += LINE) {
            touch_add(touch, positions + i);
        }
        for (uint32_t i = 0; i < chunk->rows * chunk->width; i += LINE) {
            touch_add(touch, codes + i);
        }
    }
}

/*
 * Where `row` stands among sorted positions, or would stand. Positions are often evenly spread: the
 * search begins where it would be then, looks at 32 at once there and beside, and only then halves
 * what is left. There must be memory for a multiple of eight positions.
 */
uint32_t sparse_find(const uint16_t *positions, uint32_t n, uint32_t row);

uint32_t chunk_get(const struct chunk *chunk, uint32_t row);
/*
 * Sets a row's code (0: removes it) and returns the old one. `bits` is how many planes the column's
 * codes need. The chunk itself, that is its page, must not be shared.
 */
uint32_t chunk_set(struct versions *versions, struct chunk *chunk, uint32_t row, uint32_t code,
                   unsigned bits);
/* Frees, or keeps for snapshots, what the chunk points to. */
void chunk_drop(struct versions *versions, struct chunk *chunk);
/* What it points to, in bytes, as it is accounted. */
size_t chunk_bytes(const struct chunk *chunk);
/* Is it in order? False with a reason (a literal). */
bool chunk_check(const struct chunk *chunk, const char **reason);

#endif
