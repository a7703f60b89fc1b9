/*
 * Writes a partial as the bytes that travel from a shard to the server, and reads them back. in:
 * partials, or bytes from a shard; out: bytes, or a partial that was checked.
 *
 * Example: {0, 2} {3, 1} of 6 cells takes 4 bytes sparse (the steps 0 and 2, the counts 2 and 1)
 * and 7 dense (the width, then 2 0 0 1 0 0), so the sparse form is sent.
 */
#include "answer/partial.h"

#include <string.h>

#include "answer/bytes.h"

enum { FLAG_DENSE = 1, FLAG_BASE = 2, FLAG_STATES = 4, FLAGS_ALL = 7 };

static const char MAGIC[] = {'Q', '2'};

static bool
is_signed(unsigned char kind)
{
    return kind != MEASURE_COUNT;
}

/* ---- To bytes ---- */

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

/* The size of a measure's values: in bytes if sparse, the width of the widest if dense. */
struct sizes {
    uint64_t sparse;
    unsigned width;
};

static struct sizes
measure_sizes(const struct cell_list *cells, size_t m)
{
    struct sizes sizes = {0, 1};
    uint64_t most = 0; /* zigzag puts the sign into the lowest bit */
    for (size_t i = 0; i < cells->n; i++) {
        uint64_t n = varint_of(cell_value(cells, i, m), cells->kinds[m]);
        sizes.sparse += varint_bytes(n);
        most = n > most ? n : most;
    }
    sizes.width = most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : most <= UINT32_MAX ? 4 : 8;
    return sizes;
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
        uint64_t n = (uint64_t) cell_value(cells, i, m);
        for (unsigned b = 0; b < width; b++) {
            at[cells->indexes[i] * width + b] = (char) (n >> (8 * b) & 0xff);
        }
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
    for (size_t i = 0; i < cells->n; i++) {
        put_varint(out, varint_of(cell_value(cells, i, m), cells->kinds[m]));
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
    for (size_t m = 0; m < cells->nmeasures; m++) {
        struct sizes sizes = measure_sizes(cells, m);
        sparse += sizes.sparse;
        width += widths[m] = sizes.width;
    }
    return partial->ncells <= sparse && partial->ncells * width < sparse;
}

void
partial_encode(const struct partial *partial, struct strbuf *out)
{
    const struct cell_list *cells = &partial->cells;
    unsigned widths[MEASURES_MOST];
    bool is_dense = is_smaller_dense(partial, widths);
    strbuf_append(out, slice_of(MAGIC, sizeof MAGIC));
    strbuf_append_char(out,
                       (char) ((is_dense ? FLAG_DENSE : 0) | (partial->has_base ? FLAG_BASE : 0) |
                               (cells->states ? FLAG_STATES : 0)));
    if (partial->has_base) {
        put_varint(out, partial->base);
    }
    put_varint(out, cells->nmeasures);
    strbuf_append(out, slice_of(cells->kinds, cells->nmeasures));
    put_dims(out, partial->dims, partial->ndims);
    if (!is_dense) {
        put_steps(cells, out);
    }
    for (size_t m = 0; m < cells->nmeasures; m++) {
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

/* ---- From bytes ---- */

bool
partial_is_other_version(struct slice bytes)
{
    return bytes.len >= sizeof MAGIC && bytes.ptr[0] == MAGIC[0] && bytes.ptr[1] != MAGIC[1] &&
           bytes.ptr[1] > '0' && bytes.ptr[1] <= '9';
}

static bool
get_kinds(struct reader *reader, struct cell_list *cells)
{
    uint64_t n;
    if (!get_varint(reader, &n) || n == 0 || n > MEASURES_MOST) {
        return false;
    }
    for (; cells->nmeasures < n; cells->nmeasures++) {
        unsigned kind;
        if (!get_byte(reader, &kind) || kind >= MEASURE_NKINDS) {
            return false;
        }
        cells->kinds[cells->nmeasures] = (unsigned char) kind;
    }
    return cells->kinds[0] == MEASURE_COUNT;
}

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
    if (!get_varint(reader, &n) || n > reader_left(reader) / (1 + cells->nmeasures)) {
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

static bool
get_sparse(struct reader *reader, struct cell_list *cells, size_t m)
{
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

/*
 * Reads values of all cells. The count comes first: its cells above 0 make the list. Other measures
 * have values only there.
 */
static bool
get_dense(struct reader *reader, struct arena *arena, struct partial *partial, size_t m,
          bool has_states)
{
    struct cell_list *cells = &partial->cells;
    size_t nlater = cells->nmeasures - m - 1; /* each later measure has a byte at least */
    unsigned width;
    if (!get_byte(reader, &width) || (width != 1 && width != 2 && width != 4 && width != 8) ||
        partial->ncells > reader_left(reader) / (width + nlater)) {
        return false;
    }
    if (m == 0) {
        make_room(arena, cells, partial->ncells, has_states);
    }
    for (uint64_t index = 0, i = 0; index < partial->ncells; index++, reader->at += width) {
        int64_t value = dense_value(reader->at, width, is_signed(cells->kinds[m]));
        if (m == 0 && value) {
            cell_list_index(cells, index);
        }
        if (i < cells->n && cells->indexes[i] == index) {
            cells->values[i++ * cells->nmeasures + m] = value;
        } else if (value) {
            return false;
        }
    }
    return true;
}

static bool
get_states(struct reader *reader, struct cell_list *cells, size_t m)
{
    for (size_t i = 0; i < cells->n; i++) {
        unsigned state;
        size_t at = i * cells->nmeasures + m;
        if (!get_byte(reader, &state) || state >= CELL_NSTATES ||
            (state != CELL_TOLD && cells->values[at] != 0)) {
            return false;
        }
        cells->states[at] = (unsigned char) state;
    }
    return true;
}

static bool
get_cells(struct reader *reader, struct arena *arena, struct partial *partial, unsigned flags)
{
    bool has_states = flags & FLAG_STATES, is_dense = flags & FLAG_DENSE;
    if (!is_dense && !get_steps(reader, arena, partial, has_states)) {
        return false;
    }
    for (size_t m = 0; m < partial->cells.nmeasures; m++) {
        if (!(is_dense ? get_dense(reader, arena, partial, m, has_states)
                       : get_sparse(reader, &partial->cells, m)) ||
            (has_states && !get_states(reader, &partial->cells, m))) {
            return false;
        }
    }
    return true;
}

/* Reads the texts, which follow each other. */
static struct slice *
copy_values(struct arena *arena, const struct slice *values, size_t n)
{
    size_t nbytes = 0;
    for (size_t i = 0; i < n; i++) {
        nbytes += values[i].len;
    }
    struct slice *copies = arena_array(arena, n, sizeof *copies);
    char *at = arena_alloc(arena, nbytes);
    for (size_t i = 0; i < n; i++) {
        copies[i] = slice_of(at, values[i].len);
        if (values[i].len) {
            memcpy(at, values[i].ptr, values[i].len);
        }
        at += values[i].len;
    }
    return copies;
}

struct partial *
partial_copy(struct arena *arena, const struct partial *from)
{
    struct partial *copy = arena_alloc(arena, sizeof *copy);
    *copy = *from;
    copy->dims = arena_array(arena, from->ndims, sizeof *copy->dims);
    for (size_t d = 0; d < from->ndims; d++) {
        const struct partial_dim *dim = &from->dims[d];
        copy->dims[d] = *dim;
        if (dim->is_open) {
            copy->dims[d].values = copy_values(arena, dim->values, dim->npositions);
        }
    }
    copy->cells = cell_list_copy(arena, &from->cells);
    return copy;
}

bool
partial_multiply_dims(struct partial *partial)
{
    partial->ncells = 1;
    for (size_t d = 0; d < partial->ndims; d++) {
        if (partial->dims[d].npositions == 0) {
            partial->ncells = 0;
            return true;
        }
    }
    for (size_t d = 0; d < partial->ndims; d++) {
        if (__builtin_mul_overflow(partial->ncells, partial->dims[d].npositions,
                                   &partial->ncells)) {
            return false;
        }
    }
    return true;
}

bool
partial_add_rows(const struct partial *partial, uint64_t *sum)
{
    const struct cell_list *cells = &partial->cells;
    for (size_t i = 0; i < cells->n; i++) {
        int64_t count = cell_value(cells, i, 0);
        if (count <= 0 || cell_state(cells, i, 0) != CELL_TOLD) {
            return false;
        }
        *sum += (uint64_t) count;
        if (*sum > INT64_MAX) {
            return false;
        }
    }
    return true;
}

bool
partial_count_excluded(struct partial *partial)
{
    uint64_t in_cells = 0;
    if (!partial_add_rows(partial, &in_cells) || partial->base > INT64_MAX) {
        return false;
    }
    partial->excluded = partial->has_base ? partial->base - in_cells : 0;
    return !partial->has_base || in_cells <= partial->base;
}

bool
partial_decode(struct arena *arena, struct slice bytes, struct partial **out, struct error *err)
{
    struct reader reader = reader_of(bytes);
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    unsigned flags;
    if (!slice_starts_with(bytes, slice_of(MAGIC, sizeof MAGIC))) {
        return bytes_are_malformed(err);
    }
    reader.at += sizeof MAGIC;
    if (!get_byte(&reader, &flags) || flags > FLAGS_ALL) {
        return bytes_are_malformed(err);
    }
    partial->has_base = (flags & FLAG_BASE) != 0;
    if ((partial->has_base && !get_varint(&reader, &partial->base)) ||
        !get_kinds(&reader, &partial->cells) ||
        !get_dims(&reader, arena, &partial->dims, &partial->ndims) ||
        !partial_multiply_dims(partial) || !get_cells(&reader, arena, partial, flags) ||
        reader_left(&reader) || !partial_count_excluded(partial)) {
        return bytes_are_malformed(err);
    }
    *out = partial;
    return true;
}

/* ---- As text ---- */

static void
print_cell(const struct cell_list *cells, size_t i, struct strbuf *out)
{
    strbuf_printf(out, " %llu", (unsigned long long) cells->indexes[i]);
    for (size_t m = 0; m < cells->nmeasures; m++) {
        strbuf_append_char(out, m ? ',' : ':');
        switch (cell_state(cells, i, m)) {
        case CELL_TOLD: strbuf_append_int(out, cell_value(cells, i, m)); break;
        case CELL_ABSENT: strbuf_append_char(out, '-'); break;
        case CELL_HIDDEN: strbuf_append_char(out, '*'); break;
        case CELL_NSTATES: break;
        }
    }
}

void
partial_print(const struct partial *partial, struct strbuf *out)
{
    for (size_t d = 0; d < partial->ndims; d++) {
        const struct partial_dim *dim = &partial->dims[d];
        strbuf_append_str(out, d ? " x " : "");
        if (!dim->is_open) {
            strbuf_append_int(out, (int64_t) dim->npositions);
            continue;
        }
        strbuf_append_char(out, '{');
        for (size_t i = 0; i < dim->npositions; i++) {
            strbuf_append_str(out, i ? "," : "");
            strbuf_append(out, dim->values[i]);
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_str(out, partial->ndims ? " |" : "|");
    for (size_t i = 0; i < partial->cells.n; i++) {
        print_cell(&partial->cells, i, out);
    }
    if (partial->has_base) {
        strbuf_printf(out, " | base %llu", (unsigned long long) partial->base);
    }
}
