/*
 * Writes a partial as the bytes that travel from a shard to the server. in: a partial; out: bytes
 * (partial.h has their form).
 *
 * Example: {0, 2} {3, 1} of 6 cells takes 4 bytes sparse (the steps 0 and 2, the counts 2 and 1)
 * and 7 dense (the width, then 2 0 0 1 0 0), so the sparse form is sent.
 */
#include <string.h>

#include "answer/bytes.h"
#include "answer/partial.h"

static bool
is_signed(unsigned char kind)
{
    return kind != MEASURE_COUNT;
}

static bool
is_wide(unsigned char kind)
{
    return measure_words(kind) > 1;
}

static unsigned
varint_bytes(uint64_t n)
{
    return n ? (63 - (unsigned) __builtin_clzll(n)) / 7 + 1 : 1;
}

/* A value as it is written among varints. */
static uint64_t
varint_of(int64_t value, unsigned char kind)
{
    return is_signed(kind) ? zigzag(value) : (uint64_t) value;
}

/* How many bytes words need, the sign with them; 0 needs none. */
static unsigned
words_bytes(const int64_t *words, size_t nwords)
{
    uint64_t sign = words[nwords - 1] < 0 ? UINT64_MAX : 0;
    size_t n = nwords;
    while (n > 0 && ((uint64_t) words[n - 1] ^ sign) == 0) {
        n--;
    }
    /* bits of what is no sign, and one more for the sign */
    unsigned bits =
        n ? 64 * (unsigned) n - (unsigned) __builtin_clzll((uint64_t) words[n - 1] ^ sign) : 0;
    return bits || sign ? bits / 8 + 1 : 0;
}

/* ---- How long it will be ---- */

/* The size of a measure's values: in bytes if sparse, the width of the widest if dense. */
struct sizes {
    uint64_t sparse;
    unsigned width;
};

static struct sizes
wide_sizes(const struct cell_list *cells, size_t m)
{
    struct sizes sizes = {cells->n, 1};
    size_t nwords = measure_words(cells->kinds[m]);
    for (size_t i = 0; i < cells->n; i++) {
        unsigned n = words_bytes(cells->values + i * cells->nmeasures + m, nwords);
        sizes.sparse += n;
        sizes.width = n > sizes.width ? n : sizes.width;
    }
    return sizes;
}

static struct sizes
measure_sizes(const struct cell_list *cells, size_t m)
{
    struct sizes sizes = {0, 1};
    uint64_t most = 0; /* zigzag puts the sign into the lowest bit */
    if (is_wide(cells->kinds[m])) {
        return wide_sizes(cells, m);
    }
    for (size_t i = 0; i < cells->n; i++) {
        uint64_t n = varint_of(cell_value(cells, i, m), cells->kinds[m]);
        sizes.sparse += varint_bytes(n);
        most = n > most ? n : most;
    }
    sizes.width = most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : most <= UINT32_MAX ? 4 : 8;
    return sizes;
}

/*
 * True: the values of all cells take fewer bytes than the list with its indexes. widths: of each
 * measure.
 */
static bool
is_smaller_dense(const struct partial *partial, unsigned widths[MEASURES_MOST])
{
    const struct cell_list *cells = &partial->cells;
    uint64_t sparse = varint_bytes(cells->n), next = 0, width = 0;
    for (size_t i = 0; i < cells->n; i++) {
        sparse += varint_bytes(cells->indexes[i] - next);
        next = cells->indexes[i] + 1;
    }
    for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m])) {
        struct sizes sizes = measure_sizes(cells, m);
        sparse += sizes.sparse;
        width += widths[m] = sizes.width;
    }
    return partial->ncells <= sparse && partial->ncells * width < sparse;
}

/* ---- Cells ---- */

/* Writes so many bytes of a value, the low ones first. */
static void
put_bytes(char *at, const int64_t *words, unsigned width)
{
    for (unsigned b = 0; b < width; b++) {
        at[b] = (char) ((uint64_t) words[b / 8] >> (8 * (b % 8)) & 0xff);
    }
}

/* Writes every cell's value, little endian. */
static void
put_dense(const struct partial *partial, size_t m, unsigned width, struct strbuf *out)
{
    const struct cell_list *cells = &partial->cells;
    strbuf_append_char(out, (char) width);
    char *at = strbuf_reserve(out, partial->ncells * width);
    memset(at, 0, partial->ncells * width);
    for (size_t i = 0; i < cells->n; i++) {
        put_bytes(at + cells->indexes[i] * width, cells->values + i * cells->nmeasures + m, width);
    }
    out->len += partial->ncells * width;
}

static void
put_steps(const struct cell_list *cells, struct strbuf *out)
{
    uint64_t next = 0;
    put_varint(out, cells->n);
    for (size_t i = 0; i < cells->n; i++) {
        put_varint(out, cells->indexes[i] - next);
        next = cells->indexes[i] + 1;
    }
}

static void
put_sparse(const struct cell_list *cells, size_t m, struct strbuf *out)
{
    size_t nwords = measure_words(cells->kinds[m]);
    for (size_t i = 0; i < cells->n; i++) {
        const int64_t *words = cells->values + i * cells->nmeasures + m;
        if (nwords == 1) {
            put_varint(out, varint_of(*words, cells->kinds[m]));
            continue;
        }
        unsigned n = words_bytes(words, nwords);
        strbuf_append_char(out, (char) n);
        put_bytes(strbuf_reserve(out, n), words, n);
        out->len += n;
    }
}

/* Writes a state byte for each cell of the list. */
static void
put_states(const struct cell_list *cells, size_t m, struct strbuf *out)
{
    for (size_t i = 0; i < cells->n; i++) {
        strbuf_append_char(out, (char) cell_state(cells, i, m));
    }
}

static void
put_cells(const struct partial *partial, bool is_dense, const unsigned *widths, struct strbuf *out)
{
    const struct cell_list *cells = &partial->cells;
    if (!is_dense) {
        put_steps(cells, out);
    }
    for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m])) {
        if (is_dense) {
            put_dense(partial, m, widths[m], out);
        } else {
            put_sparse(cells, m, out);
        }
        if (cells->states) {
            put_states(cells, m, out);
        }
    }
}

/* ---- All of it ---- */

static void
put_scales(const struct partial *partial, struct strbuf *out)
{
    const struct partial_scales *scales = partial->scales;
    put_varint(out, scales->value);
    put_varint(out, scales->weight);
    for (size_t m = 0; m < partial->cells.nmeasures; m++) {
        strbuf_append_char(out, (char) (scales->value_powers[m] | scales->weight_powers[m] << 4));
    }
}

void
partial_encode(const struct partial *partial, struct strbuf *out)
{
    const struct cell_list *cells = &partial->cells;
    unsigned widths[MEASURES_MOST];
    bool is_dense = is_smaller_dense(partial, widths);
    strbuf_append(out, slice_lit(PARTIAL_MAGIC));
    strbuf_append_char(out, (char) ((is_dense ? PARTIAL_DENSE : 0) |
                                    (partial->has_base ? PARTIAL_HAS_BASE : 0) |
                                    (cells->states ? PARTIAL_HAS_STATES : 0) |
                                    (partial->scales ? PARTIAL_HAS_SCALES : 0)));
    if (partial->has_base) {
        put_varint(out, partial->base);
    }
    put_varint(out, cells->nmeasures);
    strbuf_append(out, slice_of(cells->kinds, cells->nmeasures));
    if (partial->scales) {
        put_scales(partial, out);
    }
    put_dims(out, partial->dims, partial->ndims);
    put_cells(partial, is_dense, widths, out);
}
