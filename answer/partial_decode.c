/*
 * Reads a partial from the bytes that a shard sent. in: foreign bytes (partial.h has their form);
 * out: a partial that was checked in every part.
 *
 * Example: of the dense bytes 1, 2 0 0 1 0 0 (a width, six counts) the counts above 0 make the list
 * {0, 2} {3, 1}.
 */
#include <string.h>

#include "answer/bytes.h"
#include "answer/partial.h"

bool
partial_is_other_version(struct slice bytes)
{
    static const char MAGIC[] = PARTIAL_MAGIC;
    return bytes.len >= strlen(MAGIC) && bytes.ptr[0] == MAGIC[0] && bytes.ptr[1] != MAGIC[1] &&
           bytes.ptr[1] > '0' && bytes.ptr[1] <= '9';
}

/* ---- What is measured ---- */

static bool
is_signed(unsigned char kind)
{
    return kind != MEASURE_COUNT;
}

/* A wide measure has its further words behind it, and nothing else has any. */
static bool
get_kinds(struct reader *reader, struct cell_list *cells)
{
    uint64_t n;
    size_t nfollow = 0;
    if (!get_varint(reader, &n) || n == 0 || n > MEASURES_MOST) {
        return false;
    }
    for (; cells->nmeasures < n; cells->nmeasures++) {
        unsigned kind;
        if (!get_byte(reader, &kind) || kind >= MEASURE_NKINDS ||
            (kind == MEASURE_CONTINUED) != (nfollow > 0)) {
            return false;
        }
        nfollow = nfollow ? nfollow - 1 : measure_words((unsigned char) kind) - 1;
        cells->kinds[cells->nmeasures] = (unsigned char) kind;
    }
    return nfollow == 0 && cells->kinds[0] == MEASURE_COUNT;
}

static bool
get_scales(struct reader *reader, struct arena *arena, struct partial *partial)
{
    struct partial_scales *scales = arena_alloc(arena, sizeof *scales);
    uint64_t value, weight;
    if (!get_varint(reader, &value) || !get_varint(reader, &weight) || value > PARTIAL_SCALE_MOST ||
        weight > PARTIAL_SCALE_MOST) {
        return false;
    }
    scales->value = (unsigned) value;
    scales->weight = (unsigned) weight;
    for (size_t m = 0; m < partial->cells.nmeasures; m++) {
        unsigned powers;
        if (!get_byte(reader, &powers) || (powers & 15) > PARTIAL_POWER_MOST ||
            powers >> 4 > PARTIAL_POWER_MOST ||
            (powers && measure_words(partial->cells.kinds[m]) < 2)) {
            return false;
        }
        scales->value_powers[m] = powers & 15;
        scales->weight_powers[m] = (unsigned char) (powers >> 4);
    }
    partial->scales = scales;
    return true;
}

/* How many measures begin behind one. */
static size_t
measures_after(const struct cell_list *cells, size_t m)
{
    size_t n = 0;
    for (m += measure_words(cells->kinds[m]); m < cells->nmeasures;
         m += measure_words(cells->kinds[m])) {
        n++;
    }
    return n;
}

/* ---- Values ---- */

/* Reads a value of that many bytes; a signed kind has its sign in the topmost bit. */
static int64_t
dense_value(const unsigned char *at, unsigned width, bool has_sign)
{
    uint64_t n = 0;
    for (unsigned b = 0; b < width; b++) {
        n |= (uint64_t) at[b] << (8 * b);
    }
    if (has_sign && width < 8 && n >> (8 * width - 1)) {
        n |= ~(uint64_t) 0 << (8 * width);
    }
    return (int64_t) n;
}

/* The same of several words. */
static void
get_words(const unsigned char *at, unsigned width, int64_t *words, size_t nwords)
{
    bool is_negative = width && at[width - 1] & 0x80;
    for (size_t i = 0; i < nwords; i++, at += 8) {
        unsigned n = width < 8 ? width : 8;
        words[i] = n ? dense_value(at, n, true) : -(int64_t) is_negative;
        width -= n;
    }
}

/* -2^255 is no number of 256 bits: base/wide.h. */
static bool
is_number(const int64_t *words, size_t nwords)
{
    return nwords < 4 || words[3] != INT64_MIN || words[0] || words[1] || words[2];
}

static bool
is_zero(const int64_t *words, size_t nwords)
{
    int64_t bits = 0;
    for (size_t i = 0; i < nwords; i++) {
        bits |= words[i];
    }
    return bits == 0;
}

static bool
get_sparse_wide(struct reader *reader, struct cell_list *cells, size_t m)
{
    size_t nwords = measure_words(cells->kinds[m]);
    for (size_t i = 0; i < cells->n; i++) {
        int64_t *words = cells->values + i * cells->nmeasures + m;
        unsigned width;
        if (!get_byte(reader, &width) || width > 8 * nwords || width > reader_left(reader)) {
            return false;
        }
        get_words(reader->at, width, words, nwords);
        reader->at += width;
        if (!is_number(words, nwords)) {
            return false;
        }
    }
    return true;
}

static bool
get_sparse(struct reader *reader, struct cell_list *cells, size_t m)
{
    if (measure_words(cells->kinds[m]) > 1) {
        return get_sparse_wide(reader, cells, m);
    }
    for (size_t i = 0; i < cells->n; i++) {
        uint64_t n;
        if (!get_varint(reader, &n)) {
            return false;
        }
        cells->values[i * cells->nmeasures + m] =
            is_signed(cells->kinds[m]) ? unzigzag(n) : (int64_t) n;
    }
    return true;
}

static bool
is_dense_width(unsigned width, size_t nwords)
{
    return nwords > 1 ? width > 0 && width <= 8 * nwords
                      : width == 1 || width == 2 || width == 4 || width == 8;
}

/* ---- Cells ---- */

/* Makes room for n cells; the caller has checked that so many can follow. */
static void
make_room(struct arena *arena, struct cell_list *cells, size_t n, bool has_states)
{
    struct cell_list room = cell_list_new(arena, cells->kinds, cells->nmeasures, n, has_states);
    *cells = room;
}

static bool
get_steps(struct reader *reader, struct arena *arena, struct partial *partial, bool has_states)
{
    struct cell_list *cells = &partial->cells;
    uint64_t n, step, next = 0;
    if (!get_varint(reader, &n) || n > reader_left(reader) / (2 + measures_after(cells, 0))) {
        return false;
    }
    make_room(arena, cells, n, has_states);
    for (; cells->n < n; cells->n++) {
        if (!get_varint(reader, &step) || step >= partial->ncells - next) {
            return false;
        }
        cells->indexes[cells->n] = next + step;
        next += step + 1;
    }
    return true;
}

/*
 * Reads values of all cells. The count comes first: its cells above 0 make the list. Other measures
 * have values only there.
 */
static bool
get_dense(struct reader *reader, struct arena *arena, struct partial *partial, size_t m,
          bool has_states)
{
    struct cell_list *cells = &partial->cells;
    size_t nwords = measure_words(cells->kinds[m]);
    unsigned width;
    /* each later measure has a byte at least */
    if (!get_byte(reader, &width) || !is_dense_width(width, nwords) ||
        partial->ncells > reader_left(reader) / (width + measures_after(cells, m))) {
        return false;
    }
    if (m == 0) {
        make_room(arena, cells, partial->ncells, has_states);
    }
    bool has_sign = is_signed(cells->kinds[m]);
    for (uint64_t index = 0, i = 0; index < partial->ncells; index++, reader->at += width) {
        int64_t words[4];
        if (nwords == 1) {
            words[0] = dense_value(reader->at, width, has_sign);
        } else {
            get_words(reader->at, width, words, nwords);
        }
        if (m == 0 && words[0]) {
            cell_list_index(cells, index);
        }
        if (i < cells->n && cells->indexes[i] == index) {
            memcpy(cells->values + i++ * cells->nmeasures + m, words, nwords * sizeof *words);
        } else if (!is_zero(words, nwords)) {
            return false;
        }
        if (!is_number(words, nwords)) {
            return false;
        }
    }
    return true;
}

/* All words of a measure have its state. */
static bool
get_states(struct reader *reader, struct cell_list *cells, size_t m)
{
    size_t nwords = measure_words(cells->kinds[m]);
    for (size_t i = 0; i < cells->n; i++) {
        unsigned state;
        size_t at = i * cells->nmeasures + m;
        if (!get_byte(reader, &state) || state >= CELL_NSTATES ||
            (state != CELL_TOLD && !is_zero(cells->values + at, nwords))) {
            return false;
        }
        memset(cells->states + at, (int) state, nwords);
    }
    return true;
}

static bool
get_cells(struct reader *reader, struct arena *arena, struct partial *partial, unsigned flags)
{
    bool has_states = flags & PARTIAL_HAS_STATES, is_dense = flags & PARTIAL_DENSE;
    struct cell_list *cells = &partial->cells;
    if (!is_dense && !get_steps(reader, arena, partial, has_states)) {
        return false;
    }
    for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m])) {
        if (!(is_dense ? get_dense(reader, arena, partial, m, has_states)
                       : get_sparse(reader, cells, m)) ||
            (has_states && !get_states(reader, cells, m))) {
            return false;
        }
    }
    return true;
}

/* ---- All of it ---- */

bool
partial_decode(struct arena *arena, struct slice bytes, struct partial **out, struct error *err)
{
    struct reader reader = reader_of(bytes);
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    unsigned flags;
    if (!slice_starts_with(bytes, slice_lit(PARTIAL_MAGIC))) {
        return bytes_are_malformed(err);
    }
    reader.at += strlen(PARTIAL_MAGIC);
    if (!get_byte(&reader, &flags) || flags > PARTIAL_FLAGS_ALL) {
        return bytes_are_malformed(err);
    }
    partial->has_base = (flags & PARTIAL_HAS_BASE) != 0;
    if ((partial->has_base && !get_varint(&reader, &partial->base)) ||
        !get_kinds(&reader, &partial->cells) ||
        (flags & PARTIAL_HAS_SCALES && !get_scales(&reader, arena, partial)) ||
        !get_dims(&reader, arena, &partial->dims, &partial->ndims) ||
        !partial_multiply_dims(partial) || !get_cells(&reader, arena, partial, flags) ||
        reader_left(&reader) || !partial_count_excluded(partial)) {
        return bytes_are_malformed(err);
    }
    *out = partial;
    return true;
}
