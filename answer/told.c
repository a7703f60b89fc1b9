/*
 * Counts and equations of an answer. in: drafts, and the grids that they are made of; out: equations.
 *
 *     1. A count for each cell that is told. What is 0 is no count: it is shown, and never changes.
 *     2. Where one atom alone is a cell, the cell's count stands for the atom. All other atoms are
 *        counts that nobody sees.
 *     3. A total over positions that exclude each other is the sum of its line of cells. Every other
 *        cell is the sum of its atoms.
 *     4. The rows of the filter are those of each table, in cells or not.
 *
 * Tables of different atoms have only that in common: the rows of the filter. It is so where no row's
 * fields in one of them say anything of those in the other (planner/bind_atoms.h sees to that).
 *
 * Example: `count a in [1,2] totals` has the counts a=1, a=2, total, and one equation.
 */
#include "answer/told.h"

#include <string.h>

#include "answer/bytes.h"

enum { MOST_CELLS = 10000, MOST_ATOMS = 40000, MOST_TERMS = 2000000 };

/* The atoms of a grid. */
struct atoms {
    size_t grid;
    const struct partial *partial;
    size_t n;
    uint32_t *counts; /* by atom: the count that stands for it; NOT_TOLD: none yet */
    size_t ntables;
};

/* The atoms of each cell of a table. */
struct makeup {
    const struct told_table *table;
    struct atoms *atoms;
    size_t *begins; /* by place: the cell's atoms are list[begins[i]] to list[begins[i + 1]] */
    uint32_t *list;
    bool *is_in; /* by atom: it is in a cell */
};

struct teller {
    struct told *told;
    struct arena *arena;
    struct equations *equations;
    struct atoms *atoms;
    size_t natoms;
    struct makeup *makeups;
    struct error *err;
};

static bool
too_much(struct error *err)
{
    return error_set(err, "LIMIT",
                     "small counts are hidden in up to %d cells with totals, the answer has more",
                     MOST_CELLS);
}

/* ---- Which cells are told ---- */

static void
mark_told(struct told_table *table)
{
    const struct draft *draft = table->draft;
    bool has_shares = draft->query->percent != AST_PERCENT_NONE;
    for (size_t i = 0; i < draft->n; i++) {
        if (!draft_is_shown(draft, draft->indexes[i]) || measured_rows(&draft->rows, i) == 0) {
            continue;
        }
        size_t base =
            has_shares ? draft_find(draft, draft_percent_base(draft, draft->indexes[i])) : NO_PLACE;
        table->is_told[i] = true;
        if (base != NO_PLACE) {
            table->is_told[base] = true;
        }
    }
}

/* How many cells a table has: all of its positions, or those with rows. */
static uint64_t
count_cells(const struct told_table *table)
{
    const struct draft *draft = table->draft;
    uint64_t n = draft->is_dense;
    for (size_t a = 0; draft->is_dense && a < draft->naxes; a++) {
        uint64_t nshown = draft_nshown(draft, a);
        n = nshown > MOST_CELLS ? MOST_CELLS + 1 : n * nshown;
        n = n > MOST_CELLS ? MOST_CELLS + 1 : n;
    }
    for (size_t i = 0; !draft->is_dense && i < draft->n; i++) {
        n += table->is_told[i];
    }
    return n;
}

bool
told_init(struct told *told, struct arena *arena, const struct bound_query *query,
          const struct partials *grids, struct draft *const *drafts, size_t ntables,
          struct error *err)
{
    uint64_t ncells = 0;
    *told = (struct told){.query = query, .grids = grids, .ntables = ntables};
    told->tables = arena_array(arena, ntables, sizeof *told->tables);
    for (size_t t = 0; t < ntables; t++) {
        struct told_table *table = &told->tables[t];
        size_t n = drafts[t]->n + 1;
        table->draft = drafts[t];
        table->is_told = arena_array(arena, n, sizeof *table->is_told);
        table->is_secret = arena_array(arena, n, sizeof *table->is_secret);
        table->counts = arena_array(arena, n, sizeof *table->counts);
        mark_told(table);
        ncells += count_cells(table);
    }
    return ncells <= MOST_CELLS || too_much(err);
}

/* ---- Counts ---- */

static uint32_t
add_count(struct teller *at, uint64_t n, size_t ntotals, bool is_unseen, bool is_secret)
{
    if (n == 0) {
        return NOT_TOLD;
    }
    return equations_add_count(
        at->equations, (struct equations_count){.value = (int64_t) n,
                                                .cost = equations_cost((int64_t) n, ntotals),
                                                .is_unseen = is_unseen,
                                                .is_secret = is_secret});
}

static void
add_cells(struct teller *at, struct told_table *table)
{
    const struct draft *draft = table->draft;
    for (size_t i = 0; i < draft->n; i++) {
        size_t ntotals = 0;
        for (size_t a = 0; a < draft->naxes; a++) {
            ntotals += draft_is_total(draft, draft->indexes[i], a);
        }
        table->counts[i] = table->is_told[i] ? add_count(at, measured_rows(&draft->rows, i),
                                                         ntotals, false, table->is_secret[i])
                                             : NOT_TOLD;
    }
}

/* ---- Atoms ---- */

static struct atoms *
atoms_of(struct teller *at, size_t grid)
{
    for (size_t i = 0; i < at->natoms; i++) {
        if (at->atoms[i].grid == grid) {
            return &at->atoms[i];
        }
    }
    struct atoms *atoms = &at->atoms[at->natoms++];
    atoms->grid = grid;
    atoms->partial = at->told->grids->items[grid];
    atoms->n = atoms->partial->cells.n;
    atoms->counts = arena_array(at->arena, atoms->n + 1, sizeof *atoms->counts);
    memset(atoms->counts, 0xff, atoms->n * sizeof *atoms->counts);
    return atoms;
}

static uint64_t
atom_rows(const struct atoms *atoms, size_t atom)
{
    return (uint64_t) cell_value(&atoms->partial->cells, atom, 0);
}

/* Where an atom goes: its positions in each axis, and the cells that these make. */
struct spread {
    struct axis_map *maps;
    uint64_t *strides; /* by axis: of the atoms' index */
    uint32_t **positions;
    size_t *npositions;
};

static bool
spread_init(struct spread *spread, const struct teller *at, const struct draft *draft,
            const struct partial *partial)
{
    struct arena *arena = at->arena;
    spread->maps = arena_array(arena, draft->naxes, sizeof *spread->maps);
    spread->strides = arena_array(arena, draft->naxes, sizeof *spread->strides);
    spread->positions = arena_array(arena, draft->naxes, sizeof *spread->positions);
    spread->npositions = arena_array(arena, draft->naxes, sizeof *spread->npositions);
    for (size_t a = 0; a < draft->naxes; a++) {
        const struct axis *axis = &draft->axes[a];
        size_t first = draft->bound->atoms_dim + axis->bound->first_dim;
        size_t end = first + axis->bound->has_field + axis->bound->nwhens;
        if (!axis_map_init(&spread->maps[a], arena, axis, partial, first, at->err)) {
            return false;
        }
        spread->strides[a] = 1;
        for (size_t d = end; d < partial->ndims; d++) {
            spread->strides[a] *= partial->dims[d].npositions;
        }
        spread->positions[a] =
            arena_array(arena, axis_map_most(&spread->maps[a]) + 1, sizeof *spread->positions[a]);
    }
    return true;
}

/* Finds the positions of an atom; false: it is in no cell. */
static bool
spread_atom(struct spread *spread, const struct draft *draft, uint64_t index)
{
    for (size_t a = 0; a < draft->naxes; a++) {
        const struct axis_map *map = &spread->maps[a];
        uint64_t position = index / spread->strides[a] % axis_map_span(map);
        spread->npositions[a] = axis_map_find(map, position, spread->positions[a]);
        if (spread->npositions[a] == 0) {
            return false;
        }
    }
    return true;
}

/* The number'th cell of an atom that was spread; false: it has fewer. */
static bool
spread_cell(const struct spread *spread, const struct draft *draft, uint64_t number,
            uint64_t *index)
{
    *index = 0;
    for (size_t a = 0; a < draft->naxes; a++) {
        uint32_t position = spread->positions[a][number % spread->npositions[a]];
        number /= spread->npositions[a];
        *index = *index * draft->axes[a].npositions + position;
    }
    return number == 0;
}

struct pair {
    size_t place;
    uint32_t atom;
};

/* Sorts pairs by place. */
static void
sort_pairs(struct teller *at, struct makeup *makeup, const struct pair *pairs, size_t n)
{
    size_t nplaces = makeup->table->draft->n;
    size_t *next = arena_array(at->arena, nplaces + 2, sizeof *next);
    makeup->begins = next;
    makeup->list = arena_array(at->arena, n + 1, sizeof *makeup->list);
    for (size_t i = 0; i < n; i++) {
        next[pairs[i].place + 2]++;
    }
    for (size_t i = 2; i < nplaces + 2; i++) {
        next[i] += next[i - 1];
    }
    for (size_t i = 0; i < n; i++) {
        makeup->list[next[pairs[i].place + 1]++] = pairs[i].atom;
    }
}

static bool
make_up(struct teller *at, struct makeup *makeup, const struct told_table *table)
{
    const struct draft *draft = table->draft;
    struct atoms *atoms = atoms_of(at, draft->bound->atoms_grid);
    struct spread spread;
    struct pair *pairs = NULL;
    size_t n = 0, capacity = 0;
    *makeup = (struct makeup){.table = table, .atoms = atoms};
    makeup->is_in = arena_array(at->arena, atoms->n + 1, sizeof *makeup->is_in);
    atoms->ntables++;
    if (atoms->n > MOST_ATOMS) {
        return too_much(at->err);
    }
    if (!spread_init(&spread, at, draft, atoms->partial)) {
        return false;
    }
    for (size_t i = 0; i < atoms->n; i++) {
        makeup->is_in[i] = spread_atom(&spread, draft, atoms->partial->cells.indexes[i]);
        uint64_t index;
        for (uint64_t c = 0; makeup->is_in[i] && spread_cell(&spread, draft, c, &index); c++) {
            size_t place = draft_find(draft, index);
            if (place == NO_PLACE) {
                return bytes_are_malformed(at->err);
            }
            if (n > MOST_TERMS) {
                return too_much(at->err);
            }
            if (table->is_told[place]) {
                pairs = arena_room(at->arena, pairs, n, &capacity, sizeof *pairs);
                pairs[n++] = (struct pair){place, (uint32_t) i};
            }
        }
    }
    sort_pairs(at, makeup, pairs, n);
    return true;
}

/* ---- Equations of a table ---- */

/* Is the cell a total over positions that exclude each other, all of which are told? */
static bool
is_sum_of_line(const struct told_table *table, size_t place, size_t axis)
{
    const struct draft *draft = table->draft;
    bool is_sum =
        draft_is_total(draft, draft->indexes[place], axis) && !draft->axes[axis].bound->overlaps;
    for (size_t p = 0; is_sum && p + 1 < draft->axes[axis].npositions; p++) {
        size_t part = draft_find(draft, draft_move(draft, draft->indexes[place], axis, p));
        is_sum = part == NO_PLACE || table->is_told[part] || measured_rows(&draft->rows, part) == 0;
    }
    return is_sum;
}

static bool
is_any_sum(const struct told_table *table, size_t place)
{
    bool is_sum = false;
    for (size_t a = 0; !is_sum && a < table->draft->naxes; a++) {
        is_sum = is_sum_of_line(table, place, a);
    }
    return is_sum;
}

static void
add_line(struct teller *at, const struct told_table *table, size_t place, size_t axis)
{
    const struct draft *draft = table->draft;
    equations_begin(at->equations, EQUATION_EQUAL, 0);
    equations_add_term(at->equations, table->counts[place], -1);
    for (size_t p = 0; p + 1 < draft->axes[axis].npositions; p++) {
        size_t part = draft_find(draft, draft_move(draft, draft->indexes[place], axis, p));
        if (part != NO_PLACE && table->counts[part] != NOT_TOLD) {
            equations_add_term(at->equations, table->counts[part], 1);
        }
    }
}

/* A cell of one atom stands for it. */
static void
name_atoms(const struct makeup *makeup)
{
    const struct told_table *table = makeup->table;
    for (size_t i = 0; i < table->draft->n; i++) {
        size_t first = makeup->begins[i], n = makeup->begins[i + 1] - first;
        if (n == 1 && makeup->atoms->counts[makeup->list[first]] == NOT_TOLD &&
            !is_any_sum(table, i)) {
            makeup->atoms->counts[makeup->list[first]] = table->counts[i];
        }
    }
}

/* The other atoms that the equations speak of. */
static void
add_unseen(struct teller *at, const struct makeup *makeup)
{
    struct atoms *atoms = makeup->atoms;
    for (size_t i = 0; i < atoms->n; i++) {
        if (atoms->counts[i] == NOT_TOLD && (makeup->is_in[i] || atoms->ntables > 1)) {
            atoms->counts[i] = add_count(at, atom_rows(atoms, i), 0, true, false);
        }
    }
}

static void
add_sums(struct teller *at, const struct makeup *makeup)
{
    const struct told_table *table = makeup->table;
    for (size_t i = 0; i < table->draft->n; i++) {
        const uint32_t *list = makeup->list + makeup->begins[i];
        size_t n = makeup->begins[i + 1] - makeup->begins[i];
        bool is_sum = false;
        for (size_t a = 0; n > 0 && a < table->draft->naxes; a++) {
            if (is_sum_of_line(table, i, a)) {
                add_line(at, table, i, a);
                is_sum = true;
            }
        }
        if (is_sum || n == 0 || (n == 1 && makeup->atoms->counts[*list] == table->counts[i])) {
            continue;
        }
        equations_begin(at->equations, EQUATION_EQUAL, 0);
        equations_add_term(at->equations, table->counts[i], -1);
        for (size_t k = 0; k < n; k++) {
            equations_add_term(at->equations, makeup->atoms->counts[list[k]], 1);
        }
    }
}

/* ---- The base ---- */

/* Adds the atoms that are in a cell of the table, or that are not, to the last equation. */
static void
add_atoms(struct teller *at, const struct makeup *makeup, bool that_are_in)
{
    for (size_t i = 0; i < makeup->atoms->n; i++) {
        if (makeup->is_in[i] == that_are_in) {
            equations_add_term(at->equations, makeup->atoms->counts[i], 1);
        }
    }
}

/* rows of the filter = those in cells + those in none */
static void
add_table_base(struct teller *at, const struct makeup *makeup, struct told_table *table,
               uint32_t weighed)
{
    const struct draft *draft = table->draft;
    bool is_told = format_tells_more(at->told->query->format),
         is_alone = makeup->atoms->ntables == 1;
    size_t total =
        draft->query->totals && draft->naxes ? draft_find(draft, draft->ncells - 1) : NO_PLACE;
    uint64_t outside = draft->base.weighed - draft->base.in_cells;
    table->in_no_cell = is_told || is_alone ? add_count(at, outside, 1, !is_told, false) : NOT_TOLD;
    equations_begin(at->equations, EQUATION_EQUAL, 0);
    if (weighed != NOT_TOLD) {
        equations_add_term(at->equations, weighed, -1);
    }
    if (is_alone && total != NO_PLACE && table->counts[total] != NOT_TOLD) {
        equations_add_term(at->equations, table->counts[total], 1);
    } else {
        add_atoms(at, makeup, true);
    }
    if (table->in_no_cell != NOT_TOLD) {
        equations_add_term(at->equations, table->in_no_cell, 1);
    } else if (!is_alone) {
        add_atoms(at, makeup, false);
    }
    if (table->in_no_cell != NOT_TOLD && !is_alone) {
        equations_begin(at->equations, EQUATION_EQUAL, 0);
        equations_add_term(at->equations, table->in_no_cell, -1);
        add_atoms(at, makeup, false);
    }
}

/* Where the base is told, or is all that tables have in common. */
static void
add_base(struct teller *at)
{
    struct told *told = at->told;
    const struct draft_base *base = &told->tables[0].draft->base;
    bool is_told = format_tells_more(told->query->format);
    size_t ntotals = told->tables[0].draft->naxes + 1;
    told->rows = told->without_weight = NOT_TOLD;
    if (!base->is_known || (!is_told && at->natoms == 1)) {
        return;
    }
    uint32_t weighed;
    told->rows = weighed = add_count(at, base->rows, ntotals, !is_told, false);
    told->without_weight = add_count(at, base->rows - base->weighed, 1, !is_told, false);
    if (told->without_weight != NOT_TOLD) {
        weighed = add_count(at, base->weighed, 0, true, false);
        equations_begin(at->equations, EQUATION_EQUAL, 0);
        equations_add_term(at->equations, told->rows, -1);
        equations_add_term(at->equations, told->without_weight, 1);
        if (weighed != NOT_TOLD) {
            equations_add_term(at->equations, weighed, 1);
        }
    }
    for (size_t t = 0; t < told->ntables; t++) {
        add_table_base(at, &at->makeups[t], &told->tables[t], weighed);
    }
}

/* ---- All of it ---- */

bool
told_equations(struct told *told, struct arena *arena, struct equations **out, struct error *err)
{
    struct teller at = {.told = told, .arena = arena, .err = err};
    *out = at.equations = equations_new(arena);
    at.atoms = arena_array(arena, told->ntables, sizeof *at.atoms);
    at.makeups = arena_array(arena, told->ntables, sizeof *at.makeups);
    for (size_t t = 0; t < told->ntables; t++) {
        add_cells(&at, &told->tables[t]);
        told->tables[t].in_no_cell = NOT_TOLD;
        if (!make_up(&at, &at.makeups[t], &told->tables[t])) {
            return false;
        }
    }
    for (size_t t = 0; t < told->ntables; t++) {
        name_atoms(&at.makeups[t]);
    }
    for (size_t t = 0; t < told->ntables; t++) {
        add_unseen(&at, &at.makeups[t]);
        add_sums(&at, &at.makeups[t]);
    }
    add_base(&at);
    equations_index(at.equations);
    return true;
}
