/*
 * For tests: a partial from its text, as partial_print writes it, of counts alone.
 *
 *     struct partial *partial = partial_of_text(arena, "{x,y} x 2 | 0:2 3:1 | base 4");
 *
 * The text is a literal: values are borrowed from it. Nothing of it is checked.
 */
#ifndef QUIPU_TESTS_PARTIAL_TEXT_H
#define QUIPU_TESTS_PARTIAL_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "answer/partial.h"

/* "{a,b}" or "2"; returns what stands behind it. */
static inline const char *
partial_dim_of_text(struct arena *arena, const char *at, struct partial_dim *dim)
{
    enum { POSITIONS_MOST = 64 };
    if (*at != '{') {
        char *end;
        dim->npositions = strtoul(at, &end, 10);
        return end;
    }
    dim->is_open = true;
    dim->values = arena_array(arena, POSITIONS_MOST, sizeof *dim->values);
    for (at++; *at != '}'; at += *at == ',') {
        size_t len = strcspn(at, ",}");
        dim->values[dim->npositions++] = slice_of(at, len);
        at += len;
    }
    return at + 1;
}

static inline struct partial *
partial_of_text(struct arena *arena, const char *at)
{
    enum { DIMS_MOST = 8, CELLS_MOST = 256 };
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    partial->dims = arena_array(arena, DIMS_MOST, sizeof *partial->dims);
    partial->cells = cell_list_counts(arena, CELLS_MOST);
    while (*at != '|') {
        at = partial_dim_of_text(arena, at, &partial->dims[partial->ndims++]);
        at += strspn(at, " x");
    }
    for (at++; *at == ' ' && at[1] != '|'; at = at + strcspn(at + 1, " ") + 1) {
        char *colon;
        uint64_t index = strtoull(at, &colon, 10);
        cell_list_add(&partial->cells, index, strtoll(colon + 1, NULL, 10));
    }
    const char *base = strstr(at, "base ");
    partial->has_base = base != NULL;
    partial->base = base ? strtoull(base + strlen("base "), NULL, 10) : 0;
    if (!partial_multiply_dims(partial) || !partial_count_excluded(partial)) {
        abort();
    }
    return partial;
}

#endif
