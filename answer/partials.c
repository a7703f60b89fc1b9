/*
 * A partial for each grid of a query: as bytes, checked, merged. in: partials, or bytes from a shard;
 * out: the other one of them.
 *
 * Example: two grids, of 12 and 19 bytes, are "Q3" 2 12 (12 bytes) 19 (19 bytes).
 */
#include "answer/partials.h"

#include <string.h>

#include "answer/bytes.h"
#include "answer/fold.h"
#include "answer/merge.h"

static const char MAGIC[] = {'Q', '3'};

struct partials *
partials_new(struct arena *arena, size_t n)
{
    struct partials *partials = arena_alloc(arena, sizeof *partials);
    *partials = (struct partials){n, arena_array(arena, n, sizeof *partials->items)};
    return partials;
}

/* ---- Bytes ---- */

void
partials_encode(const struct partials *partials, struct strbuf *out)
{
    struct strbuf bytes;
    if (partials->n == 1 && partials->items[0]->cells.nmeasures == 1) {
        partial_encode(partials->items[0], out);
        return;
    }
    strbuf_init(&bytes);
    strbuf_append(out, slice_of(MAGIC, sizeof MAGIC));
    put_varint(out, partials->n);
    for (size_t i = 0; i < partials->n; i++) {
        strbuf_clear(&bytes);
        partial_encode(partials->items[i], &bytes);
        put_text(out, strbuf_slice(&bytes));
    }
    strbuf_fini(&bytes);
}

bool
partials_decode(struct arena *arena, struct slice bytes, struct partials **out, struct error *err)
{
    struct reader reader = reader_of(bytes);
    uint64_t n;
    if (!slice_starts_with(bytes, slice_of(MAGIC, sizeof MAGIC))) {
        *out = partials_new(arena, 1);
        return partial_decode(arena, bytes, &(*out)->items[0], err);
    }
    reader.at += sizeof MAGIC;
    if (!get_varint(&reader, &n) || n > reader_left(&reader)) {
        return bytes_are_malformed(err);
    }
    *out = partials_new(arena, n);
    for (size_t i = 0; i < n; i++) {
        struct slice item;
        if (!get_text(&reader, &item)) {
            return bytes_are_malformed(err);
        }
        if (!partial_decode(arena, item, &(*out)->items[i], err)) {
            return false;
        }
    }
    return reader_left(&reader) == 0 || bytes_are_malformed(err);
}

bool
partials_are_other_version(struct slice bytes)
{
    return partial_is_other_version(bytes) &&
           !slice_starts_with(bytes, slice_of(MAGIC, sizeof MAGIC));
}

/* ---- Their shape ---- */

static bool
dim_fits(const struct bound_dim *dim, const struct partial_dim *part)
{
    bool is_open = bound_dim_is_unlisted(dim);
    return part->is_open == is_open && (is_open || part->npositions == dim->npositions);
}

/* Has each cell of a folded grid all numbers that its vector should have? */
static bool
vector_fits(const struct bound_grid *grid, const struct partial *partial)
{
    struct fold_layout layout = fold_layout_of(grid);
    return partial->cells.nmeasures == layout.nwords && partial->scales && !partial->cells.states &&
           memcmp(partial->cells.kinds, layout.kinds, layout.nwords) == 0 &&
           memcmp(partial->scales->value_powers, layout.scales.value_powers, layout.nwords) == 0 &&
           memcmp(partial->scales->weight_powers, layout.scales.weight_powers, layout.nwords) == 0;
}

static bool
grid_fits(const struct bound_query *query, const struct bound_grid *grid,
          const struct partial *partial)
{
    size_t ndims = grid->ndims - (grid->is_folded ? grid_nhidden(grid) : 0);
    bool fits = partial->ndims == ndims;
    for (size_t d = 0; fits && d < ndims; d++) {
        fits = dim_fits(&query->dims[grid->dims[d]], &partial->dims[d]);
    }
    return fits && (grid->is_folded ? vector_fits(grid, partial)
                                    : partial->cells.nmeasures == 1 && !partial->cells.states);
}

bool
partials_fit(const struct bound_query *query, const struct partials *partials)
{
    bool fit = partials->n == query->ngrids;
    for (size_t i = 0; fit && i < query->ngrids; i++) {
        fit = grid_fits(query, &query->grids[i], partials->items[i]);
    }
    return fit;
}

/* ---- Merging, printing ---- */

bool
partials_merge(struct arena *arena, const struct bound_query *query,
               const struct partials *const *parts, size_t nparts, const uint64_t *limits,
               struct partials **out, struct error *err)
{
    const struct partial **same = arena_array(arena, nparts, sizeof *same);
    if (nparts == 0 || parts[0]->n != query->ngrids) {
        return bytes_are_malformed(err);
    }
    *out = partials_new(arena, parts[0]->n);
    for (size_t g = 0; g < parts[0]->n; g++) {
        for (size_t i = 0; i < nparts; i++) {
            if (parts[i]->n != parts[0]->n) {
                return bytes_are_malformed(err);
            }
            same[i] = parts[i]->items[g];
        }
        if (!partial_merge(arena, same, nparts, limits ? limits[g] : 0, query->grids[g].summed,
                           &(*out)->items[g], err)) {
            return false;
        }
    }
    return true;
}

void
partials_print(const struct partials *partials, struct strbuf *out)
{
    for (size_t i = 0; i < partials->n; i++) {
        strbuf_append_str(out, i ? "; " : "");
        partial_print(partials->items[i], out);
    }
}
