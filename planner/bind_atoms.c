/*
 * Which tables tell of each other. in: bound tables, the filter; out: grids of atoms.
 *
 *     1. Each table is a set of fields: of its dims, and of its conditions. So is each part of the
 *        filter that must hold by itself.
 *     2. Sets with a field in common are one (union and find).
 *     3. Tables of one set have one grid: the dims of all of them.
 *
 * Example: (a), (b) where a = 1 or b = 1: the filter ties b to a, so they have one grid (a, b).
 */
#include "planner/bind_atoms.h"

#include <string.h>

#include "base/map.h"
#include "planner/bind_measures.h"

struct ties {
    struct arena *arena;
    size_t *sets; /* of each set: itself, or another of those that are one with it */
    size_t nsets;
    struct map fields; /* of each field: a set that has it */
};

static size_t
set_of(const struct ties *ties, size_t set)
{
    while (ties->sets[set] != set) {
        set = ties->sets[set];
    }
    return set;
}

static void
tie_field(struct ties *ties, size_t set, struct slice field)
{
    bool is_new;
    size_t *found = map_add(&ties->fields, field, &is_new);
    if (is_new) {
        *found = set;
    } else {
        ties->sets[set_of(ties, set)] = set_of(ties, *found);
    }
}

static void
tie_filter(struct ties *ties, size_t set, const struct filter *filter)
{
    size_t nfields = 0;
    struct slice *fields = filter ? filter_fields(ties->arena, filter, &nfields) : NULL;
    for (size_t i = 0; i < nfields; i++) {
        tie_field(ties, set, fields[i]);
    }
}

/* A table's dims, without those that are not its own. */
static const size_t *
dims_of(const struct bound_query *query, const struct bound_table *table, size_t *ndims)
{
    const struct bound_grid *grid = &query->grids[table->grid];
    *ndims = grid->ndims - grid_nhidden(grid);
    return grid->dims;
}

static void
tie_table(struct ties *ties, const struct bound_query *query, size_t number)
{
    size_t ndims;
    const size_t *dims = dims_of(query, &query->tables[number], &ndims);
    for (size_t d = 0; d < ndims; d++) {
        const struct bound_dim *dim = &query->dims[dims[d]];
        if (dim->kind == DIM_WHEN) {
            tie_filter(ties, number, dim->when);
        } else {
            tie_field(ties, number, dim->field);
        }
    }
}

static void
ties_init(struct ties *ties, struct arena *arena, const struct bound_query *query)
{
    const struct filter *filter = query->filter;
    bool is_and = filter && filter->kind == FILTER_AND;
    size_t nparts = is_and ? filter->nchildren : filter != NULL;
    *ties = (struct ties){.arena = arena, .nsets = query->ntables + nparts};
    ties->sets = arena_array(arena, ties->nsets, sizeof *ties->sets);
    map_init(&ties->fields, arena);
    for (size_t i = 0; i < ties->nsets; i++) {
        ties->sets[i] = i;
    }
    for (size_t t = 0; t < query->ntables; t++) {
        tie_table(ties, query, t);
    }
    for (size_t i = 0; i < nparts; i++) {
        tie_filter(ties, query->ntables + i, is_and ? filter->children[i] : filter);
    }
}

/* Gives the tables of a set their grid; of one table alone it is the one that it has. */
static void
give_grid(struct binder *binder, const struct ties *ties, size_t set)
{
    struct bound_query *query = binder->query;
    size_t *dims = NULL, n = 0, capacity = 0, ntables = 0;
    for (size_t t = 0; t < query->ntables; t++) {
        size_t ndims;
        const size_t *own = dims_of(query, &query->tables[t], &ndims);
        if (set_of(ties, t) != set) {
            continue;
        }
        ntables++;
        query->tables[t].atoms_dim = n;
        for (size_t d = 0; d < ndims; d++) {
            dims = arena_room(binder->arena, dims, n, &capacity, sizeof *dims);
            dims[n++] = own[d];
        }
    }
    if (ntables < 2) {
        return;
    }
    bool has_weight = query->weight_field.ptr;
    if (has_weight) {
        dims = arena_room(binder->arena, dims, n, &capacity, sizeof *dims);
        dims[n++] = bind_valid_weight(binder);
    }
    size_t grid = binder_grid(
        binder, &(struct bound_grid){.dims = dims, .ndims = n, .has_weight = has_weight});
    for (size_t t = 0; t < query->ntables; t++) {
        if (set_of(ties, t) == set) {
            query->tables[t].atoms_grid = grid;
        }
    }
}

void
bind_atoms(struct binder *binder)
{
    struct ties ties;
    ties_init(&ties, binder->arena, binder->query);
    for (size_t t = 0; t < ties.nsets; t++) {
        if (set_of(&ties, t) == t) {
            give_grid(binder, &ties, t);
        }
    }
    for (size_t t = 0; t < binder->query->ntables; t++) {
        if (binder->query->tables[t].atoms_grid == binder->query->tables[t].grid) {
            binder->query->tables[t].atoms_dim = 0;
        }
    }
}
