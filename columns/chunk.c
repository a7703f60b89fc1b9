/*
 * Writes into a chunk, and keeps it in its cheapest form. in: row, code; out: the chunk in its
 * cheapest form, the old code.
 *
 * Example: the rows 0, 1, 2 ... of a chunk get code 1 one after the other. It is sparse up to 2,730
 * rows of a column with one plane (3 bytes a row; a plane is 8 KiB), then planes, and with the
 * 65,536th row constant.
 */
#include "columns/chunk.h"

#include <assert.h>
#include <string.h>

#if defined(__SSE2__) && !defined(QUIPU_PLAIN_C)
#include <emmintrin.h>
#endif

enum { FIRST_CAPACITY = 8 };

const char *
chunk_kind_name(enum chunk_kind kind)
{
    static const char *const NAMES[] = {"empty", "constant", "sparse", "planes"};
    return NAMES[kind];
}

static unsigned
code_width(uint32_t code)
{
    return code < 1 << 8 ? 1 : code < 1 << 16 ? 2 : 4;
}

static size_t
sparse_bytes(uint32_t capacity, unsigned width)
{
    return (size_t) capacity * (sizeof(uint16_t) + width);
}

/* The largest number of rows that a chunk keeps sparse, if it would need that many planes. */
static uint32_t
sparse_limit(unsigned bits, unsigned width)
{
    uint32_t limit = (uint32_t) bits * PLANE_BYTES / (sizeof(uint16_t) + width);
    return limit < SPARSE_MOST ? limit : SPARSE_MOST;
}

size_t
chunk_bytes(const struct chunk *chunk)
{
    switch ((enum chunk_kind) chunk->kind) {
    case CHUNK_SPARSE: return sparse_bytes(chunk->capacity, chunk->width);
    case CHUNK_PLANES: return (size_t) chunk->width * PLANE_BYTES + memory_aligned_extra();
    case CHUNK_EMPTY:
    case CHUNK_CONSTANT:
    case CHUNK_NKINDS: break;
    }
    return 0;
}

void
chunk_drop(struct versions *versions, struct chunk *chunk)
{
    if (chunk->kind == CHUNK_SPARSE) {
        version_retire(versions,
                       &(struct retired){chunk->positions, chunk->born,
                                         (uint32_t) sparse_bytes(chunk->capacity, chunk->width),
                                         MEMORY_SPARSE, false});
    } else if (chunk->kind == CHUNK_PLANES) {
        version_retire(versions, &(struct retired){chunk->planes, chunk->born,
                                                   (uint32_t) chunk->width * PLANE_BYTES,
                                                   MEMORY_PLANES, true});
    }
}

/* The number of positions in [low, high) below the row: a binary search. */
static uint32_t
find_between(const uint16_t *positions, uint32_t low, uint32_t high, uint32_t row)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (positions[middle] < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum { WINDOW = 32, EIGHT = 8 };

/*
 * The number of positions below the row, of eight or of WINDOW. Positions ascend, so these come
 * first.
 */
#if defined(__SSE2__) && !defined(QUIPU_PLAIN_C)
/* All ones for a position that is not below the row. */
static inline __m128i
not_below(const uint16_t *positions, uint32_t row)
{
    __m128i eight = _mm_loadu_si128((const __m128i *) (const void *) positions);
    /* row - position, but no less than 0. */
    __m128i above = _mm_subs_epu16(_mm_set1_epi16((short) row), eight);
    return _mm_cmpeq_epi16(above, _mm_setzero_si128());
}

static inline uint32_t
count_below_eight(const uint16_t *positions, uint32_t row)
{
    __m128i packed = _mm_packs_epi16(not_below(positions, row), _mm_setzero_si128());
    return (uint32_t) __builtin_ctz((uint32_t) _mm_movemask_epi8(packed) | 1u << EIGHT);
}

static inline uint32_t
count_below(const uint16_t *positions, uint32_t row)
{
    uint32_t low = (uint32_t) _mm_movemask_epi8(
        _mm_packs_epi16(not_below(positions, row), not_below(positions + 8, row)));
    uint32_t high = (uint32_t) _mm_movemask_epi8(
        _mm_packs_epi16(not_below(positions + 16, row), not_below(positions + 24, row)));
    return (uint32_t) __builtin_ctzll((low | high << 16) | 1ull << WINDOW);
}
#else
static inline uint32_t
count_below_eight(const uint16_t *positions, uint32_t row)
{
    uint32_t below = 0;
    while (below < EIGHT && positions[below] < row) {
        below++;
    }
    return below;
}

static inline uint32_t
count_below(const uint16_t *positions, uint32_t row)
{
    return find_between(positions, 0, WINDOW, row);
}
#endif

/*
 * The array has room for a multiple of eight positions: those behind n are read, but not counted.
 */
static uint32_t
find_in_few(const uint16_t *positions, uint32_t n, uint32_t row)
{
    for (uint32_t at = 0; at < n; at += EIGHT) {
        uint32_t below = count_below_eight(positions + at, row);
        if (below < EIGHT) {
            return at + below < n ? at + below : n;
        }
    }
    return n;
}

uint32_t
sparse_find(const uint16_t *positions, uint32_t n, uint32_t row)
{
    enum { WINDOWS = 4 };
    if (n < WINDOW) {
        return find_in_few(positions, n, row);
    }
    uint32_t guess = (uint32_t) ((uint64_t) n * row >> CHUNK_BITS), low = 0, high = n;
    uint32_t at = guess < WINDOW / 2 ? 0 : guess - WINDOW / 2;
    for (int i = 0; i < WINDOWS; i++) {
        at = at > n - WINDOW ? n - WINDOW : at;
        uint32_t below = count_below(positions + at, row);
        if (below == WINDOW) {
            low = at + WINDOW;
            at = low;
        } else if (below) {
            return at + below;
        } else {
            high = at;
            at = at < WINDOW ? 0 : at - WINDOW;
        }
        if (low >= high) {
            return low;
        }
    }
    return find_between(positions, low, high, row);
}

uint32_t
chunk_get(const struct chunk *chunk, uint32_t row)
{
    switch ((enum chunk_kind) chunk->kind) {
    case CHUNK_CONSTANT: return chunk->code;
    case CHUNK_SPARSE: {
        uint32_t at = sparse_find(chunk->positions, chunk->rows, row);
        return at < chunk->rows && chunk->positions[at] == row
                   ? sparse_code(sparse_codes(chunk), chunk->width, at)
                   : 0;
    }
    case CHUNK_PLANES: return planes_code(chunk->planes, chunk->width, row);
    case CHUNK_EMPTY:
    case CHUNK_NKINDS: break;
    }
    return 0;
}

/* ---- Sparse ---- */

static void
store_code(void *codes, unsigned width, uint32_t i, uint32_t code)
{
    if (width == 1) {
        ((uint8_t *) codes)[i] = (uint8_t) code;
    } else if (width == 2) {
        ((uint16_t *) codes)[i] = (uint16_t) code;
    } else {
        ((uint32_t *) codes)[i] = code;
    }
}

/* Makes a new block with the same entries, and at least this capacity and width. */
static void
sparse_renew(struct versions *versions, struct chunk *chunk, uint32_t capacity, unsigned width)
{
    struct chunk renewed = *chunk;
    renewed.capacity = (uint16_t) ((capacity + 7) & ~7u);
    renewed.width = (uint8_t) width;
    renewed.born = versions->now;
    renewed.kind = CHUNK_SPARSE;
    renewed.positions = memory_alloc(versions->memory, MEMORY_SPARSE,
                                     sparse_bytes(renewed.capacity, renewed.width));
    if (chunk->kind == CHUNK_SPARSE) {
        memcpy(renewed.positions, chunk->positions, chunk->rows * sizeof *chunk->positions);
        void *codes = (void *) sparse_codes(&renewed);
        if (width == chunk->width) {
            memcpy(codes, sparse_codes(chunk), (size_t) chunk->rows * width);
        } else {
            for (uint32_t i = 0; i < chunk->rows; i++) {
                store_code(codes, width, i, sparse_code(sparse_codes(chunk), chunk->width, i));
            }
        }
    }
    chunk_drop(versions, chunk);
    *chunk = renewed;
}

static uint32_t
grown_capacity(uint32_t capacity)
{
    uint32_t grown = capacity + capacity / 4 + 8;
    return grown < SPARSE_MOST ? grown : SPARSE_MOST;
}

static void
sparse_to_planes(struct versions *versions, struct chunk *chunk, unsigned width)
{
    struct chunk planes = {
        .born = versions->now, .rows = chunk->rows, .kind = CHUNK_PLANES, .width = (uint8_t) width};
    size_t bytes = (size_t) width * PLANE_BYTES;
    planes.planes = memory_alloc_aligned(versions->memory, MEMORY_PLANES, bytes);
    memset(planes.planes, 0, bytes);
    for (uint32_t i = 0; i < chunk->rows; i++) {
        uint32_t row = chunk->positions[i];
        uint32_t code = sparse_code(sparse_codes(chunk), chunk->width, i);
        for (; code; code &= code - 1) {
            planes.planes[(unsigned) __builtin_ctz(code) * CHUNK_WORDS + row / 64] |= 1ull
                                                                                      << row % 64;
        }
    }
    chunk_drop(versions, chunk);
    *chunk = planes;
}

static void planes_store(struct versions *versions, struct chunk *chunk, uint32_t row,
                         uint32_t code, unsigned bits);

static void
sparse_insert(struct versions *versions, struct chunk *chunk, uint32_t at, uint32_t row,
              uint32_t code, unsigned bits)
{
    unsigned width = code_width(code) > chunk->width ? code_width(code) : chunk->width;
    if (chunk->rows + 1 > sparse_limit(bits, width)) {
        sparse_to_planes(versions, chunk, bits);
        chunk->rows++;
        planes_store(versions, chunk, row, code, bits);
        return;
    }
    if (chunk->rows == chunk->capacity) {
        sparse_renew(versions, chunk, grown_capacity(chunk->capacity), width);
    } else if (width > chunk->width || version_is_shared(versions, chunk->born)) {
        sparse_renew(versions, chunk, chunk->capacity, width);
    }
    uint32_t behind = chunk->rows - at;
    char *codes = (char *) sparse_codes(chunk);
    memmove(chunk->positions + at + 1, chunk->positions + at, behind * sizeof *chunk->positions);
    memmove(codes + (size_t) (at + 1) * width, codes + (size_t) at * width,
            (size_t) behind * width);
    chunk->positions[at] = (uint16_t) row;
    store_code(codes, width, at, code);
    chunk->rows++;
}

static void
sparse_remove(struct versions *versions, struct chunk *chunk, uint32_t at)
{
    if (chunk->rows == 1) {
        chunk_drop(versions, chunk);
        *chunk = (struct chunk){.kind = CHUNK_EMPTY};
        return;
    }
    if (version_is_shared(versions, chunk->born)) {
        sparse_renew(versions, chunk, chunk->capacity, chunk->width);
    } else if (chunk->capacity > 64 && chunk->rows < chunk->capacity / 4u) {
        sparse_renew(versions, chunk, chunk->rows + chunk->rows / 4, chunk->width);
    }
    uint32_t behind = chunk->rows - at - 1;
    unsigned width = chunk->width;
    char *codes = (char *) sparse_codes(chunk);
    memmove(chunk->positions + at, chunk->positions + at + 1, behind * sizeof *chunk->positions);
    memmove(codes + (size_t) at * width, codes + (size_t) (at + 1) * width,
            (size_t) behind * width);
    chunk->rows--;
}

static uint32_t
sparse_set(struct versions *versions, struct chunk *chunk, uint32_t row, uint32_t code,
           unsigned bits)
{
    uint32_t at = sparse_find(chunk->positions, chunk->rows, row);
    bool is_there = at < chunk->rows && chunk->positions[at] == row;
    uint32_t old = is_there ? sparse_code(sparse_codes(chunk), chunk->width, at) : 0;
    if (old == code) {
        return old;
    }
    if (!is_there) {
        sparse_insert(versions, chunk, at, row, code, bits);
    } else if (!code) {
        sparse_remove(versions, chunk, at);
    } else {
        unsigned width = code_width(code) > chunk->width ? code_width(code) : chunk->width;
        if (width > chunk->width || version_is_shared(versions, chunk->born)) {
            sparse_renew(versions, chunk, chunk->capacity, width);
        }
        store_code((void *) sparse_codes(chunk), chunk->width, at, code);
    }
    return old;
}

/* ---- Planes ---- */

/* Makes a new block with the same codes and at least this many planes. */
static void
planes_renew(struct versions *versions, struct chunk *chunk, unsigned width)
{
    size_t bytes = (size_t) width * PLANE_BYTES;
    uint64_t *renewed = memory_alloc_aligned(versions->memory, MEMORY_PLANES, bytes);
    size_t old_bytes = (size_t) chunk->width * PLANE_BYTES;
    memcpy(renewed, chunk->planes, old_bytes);
    memset((char *) renewed + old_bytes, 0, bytes - old_bytes);
    chunk_drop(versions, chunk);
    chunk->planes = renewed;
    chunk->born = versions->now;
    chunk->width = (uint8_t) width;
}

static void
planes_store(struct versions *versions, struct chunk *chunk, uint32_t row, uint32_t code,
             unsigned bits)
{
    if (code_bits(code) > chunk->width) {
        planes_renew(versions, chunk, bits);
    } else if (version_is_shared(versions, chunk->born)) {
        planes_renew(versions, chunk, chunk->width);
    }
    unsigned width = chunk->width;
    uint64_t *words = chunk->planes + row / 64;
    unsigned bit = row % 64;
    for (unsigned p = 0; p < width; p++) {
        uint64_t *word = &words[p * CHUNK_WORDS];
        *word = (*word & ~(1ull << bit)) | (uint64_t) (code >> p & 1) << bit;
    }
}

/* True: all rows of the block have the code. */
static bool
block_is(const struct chunk *chunk, unsigned block, uint32_t code)
{
    const uint64_t *words = chunk->planes + (size_t) block * BLOCK_WORDS;
    for (unsigned p = 0; p < chunk->width; p++) {
        uint64_t expected = code >> p & 1 ? UINT64_MAX : 0;
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            if (words[p * CHUNK_WORDS + w] != expected) {
                return false;
            }
        }
    }
    return true;
}

/* Begins with the row's own block, which most likely differs as long as any block does. */
static bool
planes_are_constant(const struct chunk *chunk, uint32_t row, uint32_t code)
{
    for (unsigned i = 0; i < CHUNK_BLOCKS; i++) {
        if (!block_is(chunk, (row / BLOCK_ROWS + i) % CHUNK_BLOCKS, code)) {
            return false;
        }
    }
    return true;
}

static void
planes_to_sparse(struct versions *versions, struct chunk *chunk)
{
    struct chunk sparse = {.born = versions->now, .rows = chunk->rows, .kind = CHUNK_SPARSE};
    uint32_t largest = chunk->width >= 32 ? UINT32_MAX : (1u << chunk->width) - 1;
    sparse.width = (uint8_t) code_width(largest);
    sparse.capacity = (uint16_t) ((chunk->rows + chunk->rows / 8 + 8) & ~7u);
    sparse.positions =
        memory_alloc(versions->memory, MEMORY_SPARSE, sparse_bytes(sparse.capacity, sparse.width));
    void *codes = (void *) sparse_codes(&sparse);
    uint32_t n = 0;
    for (uint32_t word = 0; word < CHUNK_WORDS; word++) {
        const uint64_t *words = chunk->planes + word;
        uint64_t any = 0;
        for (unsigned p = 0; p < chunk->width; p++) {
            any |= words[p * CHUNK_WORDS];
        }
        for (; any; any &= any - 1) {
            uint32_t row = word * 64 + (uint32_t) __builtin_ctzll(any);
            sparse.positions[n] = (uint16_t) row;
            store_code(codes, sparse.width, n++, planes_code(chunk->planes, chunk->width, row));
        }
    }
    assert(n == chunk->rows);
    chunk_drop(versions, chunk);
    *chunk = sparse;
}

static uint32_t
planes_set(struct versions *versions, struct chunk *chunk, uint32_t row, uint32_t code,
           unsigned bits)
{
    uint32_t old = planes_code(chunk->planes, chunk->width, row);
    if (old == code) {
        return old;
    }
    planes_store(versions, chunk, row, code, bits);
    chunk->rows += (code != 0) - (old != 0);
    if (!code) {
        unsigned width = code_width((uint32_t) ((1ull << chunk->width) - 1));
        if (chunk->rows <= sparse_limit(chunk->width, width) / 2) {
            planes_to_sparse(versions, chunk);
        }
    } else if (chunk->rows == CHUNK_ROWS && planes_are_constant(chunk, row, code)) {
        chunk_drop(versions, chunk);
        *chunk = (struct chunk){.code = code, .rows = CHUNK_ROWS, .kind = CHUNK_CONSTANT};
    }
    return old;
}

static void
constant_to_planes(struct versions *versions, struct chunk *chunk, unsigned width)
{
    uint32_t code = chunk->code;
    size_t bytes = (size_t) width * PLANE_BYTES;
    chunk->planes = memory_alloc_aligned(versions->memory, MEMORY_PLANES, bytes);
    for (unsigned p = 0; p < width; p++) {
        memset(chunk->planes + p * CHUNK_WORDS, code >> p & 1 ? 0xff : 0, PLANE_BYTES);
    }
    chunk->born = versions->now;
    chunk->kind = CHUNK_PLANES;
    chunk->width = (uint8_t) width;
}

/* ---- All ---- */

uint32_t
chunk_set(struct versions *versions, struct chunk *chunk, uint32_t row, uint32_t code,
          unsigned bits)
{
    switch ((enum chunk_kind) chunk->kind) {
    case CHUNK_EMPTY:
        if (code) {
            *chunk = (struct chunk){.kind = CHUNK_EMPTY};
            sparse_renew(versions, chunk, FIRST_CAPACITY, code_width(code));
            chunk->positions[0] = (uint16_t) row;
            store_code((void *) sparse_codes(chunk), chunk->width, 0, code);
            chunk->rows = 1;
        }
        return 0;
    case CHUNK_CONSTANT: {
        uint32_t old = chunk->code;
        if (old != code) {
            constant_to_planes(versions, chunk, bits);
            planes_store(versions, chunk, row, code, bits);
            chunk->rows -= code == 0;
        }
        return old;
    }
    case CHUNK_SPARSE: return sparse_set(versions, chunk, row, code, bits);
    case CHUNK_PLANES: return planes_set(versions, chunk, row, code, bits);
    case CHUNK_NKINDS: break;
    }
    assert(!"a chunk of no kind");
    return 0;
}

static bool
check_planes(const struct chunk *chunk, const char **reason)
{
    uint32_t rows = 0;
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        rows += planes_code(chunk->planes, chunk->width, row) != 0;
    }
    *reason = "planes whose rows are not as many as it says";
    return rows == chunk->rows;
}

static bool
check_sparse(const struct chunk *chunk, const char **reason)
{
    *reason = "sparse with a wrong number of rows";
    if (chunk->rows == 0 || chunk->rows > chunk->capacity || chunk->capacity > SPARSE_MOST) {
        return false;
    }
    *reason = "sparse out of order, or with a code 0";
    for (uint32_t i = 0; i < chunk->rows; i++) {
        if (!sparse_code(sparse_codes(chunk), chunk->width, i) ||
            (i && chunk->positions[i - 1] >= chunk->positions[i])) {
            return false;
        }
    }
    return true;
}

bool
chunk_check(const struct chunk *chunk, const char **reason)
{
    switch ((enum chunk_kind) chunk->kind) {
    case CHUNK_EMPTY: *reason = "empty with rows"; return chunk->rows == 0;
    case CHUNK_CONSTANT:
        *reason = "constant with a wrong number of rows or code";
        return chunk->rows == CHUNK_ROWS && chunk->code != 0;
    case CHUNK_SPARSE: return check_sparse(chunk, reason);
    case CHUNK_PLANES: return check_planes(chunk, reason);
    case CHUNK_NKINDS: break;
    }
    *reason = "a chunk of no kind";
    return false;
}
