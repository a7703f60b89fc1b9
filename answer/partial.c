/*
 * What a partial is, apart from its bytes: copies, sums over its cells, its text. in, out: partials.
 *
 * Example: 3 positions and 2 positions are 6 cells. Cells with the counts 17 and 3 have 20 rows, so
 * of a base of 22 rows 2 are excluded.
 */
#include "answer/partial.h"

#include <string.h>

/* Copies the texts, one behind the other. */
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
    if (from->scales) {
        struct partial_scales *scales = arena_alloc(arena, sizeof *scales);
        *scales = *from->scales;
        copy->scales = scales;
    }
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

/* ---- As text ---- */

/* A measure's value; of a wide one all its words. */
static void
print_value(const struct cell_list *cells, size_t i, size_t m, struct strbuf *out)
{
    switch (cell_state(cells, i, m)) {
    case CELL_TOLD: wide_print_decimal(out, cell_wide(cells, i, m), 0); break;
    case CELL_ABSENT: strbuf_append_char(out, '-'); break;
    case CELL_HIDDEN: strbuf_append_char(out, '*'); break;
    case CELL_NSTATES: break;
    }
}

static void
print_cell(const struct cell_list *cells, size_t i, struct strbuf *out)
{
    strbuf_printf(out, " %llu", (unsigned long long) cells->indexes[i]);
    for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m])) {
        strbuf_append_char(out, m ? ',' : ':');
        print_value(cells, i, m, out);
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
    if (partial->scales) {
        strbuf_printf(out, " | scales %u,%u", partial->scales->value, partial->scales->weight);
    }
}
