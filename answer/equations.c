/*
 * Equations between counts. in: the cells of tables, and what else the caller knows of them; out:
 * lists of counts, equations and terms, for those who hide counts.
 *
 *     equations_add_table, 2 x 2 with totals, makes an equation for each line of cells:
 *
 *         x0 x1 x2       by the last dimension:      x2 = x0 + x1,  x5 = x3 + x4,  x8 = x6 + x7
 *         x3 x4 x5       by the first dimension:     x6 = x0 + x3,  x7 = x1 + x4,  x8 = x2 + x5
 *         x6 x7 x8
 */
#include "answer/equations.h"

#include <assert.h>

struct equations *
equations_new(struct arena *arena)
{
    struct equations *equations = arena_alloc(arena, sizeof *equations);
    equations->arena = arena;
    return equations;
}

uint32_t
equations_add_count(struct equations *equations, struct equations_count count)
{
    assert(count.value >= 0 && count.value <= EQUATIONS_MAX_VALUE);
    assert(equations->ncounts < UINT32_MAX);
    equations->counts = arena_room(equations->arena, equations->counts, equations->ncounts,
                                   &equations->counts_capacity, sizeof *equations->counts);
    equations->counts[equations->ncounts] = count;
    return (uint32_t) equations->ncounts++;
}

/* 8 for each doubling of the value, in steps of 1/8 doubling; 32 for being there at all. */
uint32_t
equations_cost(int64_t value, size_t ntotals)
{
    int log = 24;
    uint64_t rest = (uint64_t) value + 1;
    while (rest >= 16) { /* rest keeps its four leading bits */
        rest >>= 1;
        log += 8;
    }
    while (rest < 8) {
        rest <<= 1;
        log -= 8;
    }
    log += (int) (rest - 8);
    return (32 + (uint32_t) log) * (1 + (uint32_t) ntotals);
}

void
equations_begin(struct equations *equations, enum equation_kind kind, int64_t constant)
{
    equations->list = arena_room(equations->arena, equations->list, equations->n,
                                 &equations->capacity, sizeof *equations->list);
    equations->list[equations->n++] =
        (struct equation){.kind = kind, .first = equations->nterms, .constant = constant};
}

void
equations_add_term(struct equations *equations, uint32_t count, int32_t coef)
{
    assert(equations->n > 0 && count < equations->ncounts && coef != 0);
    equations->terms = arena_room(equations->arena, equations->terms, equations->nterms,
                                  &equations->terms_capacity, sizeof *equations->terms);
    equations->terms[equations->nterms++] = (struct equation_term){count, coef};
    equations->list[equations->n - 1].nterms++;
}

void
equations_index(struct equations *equations)
{
    assert(equations->n < UINT32_MAX);
    size_t *first = arena_array(equations->arena, equations->ncounts + 2, sizeof *first);
    for (size_t i = 0; i < equations->nterms; i++) {
        first[equations->terms[i].count + 2]++;
    }
    for (size_t i = 2; i < equations->ncounts + 2; i++) {
        first[i] += first[i - 1];
    }
    /* first[i + 1] is where the next use of count i goes; in the end it is where those of i + 1 begin. */
    equations->uses = arena_array(equations->arena, equations->nterms, sizeof *equations->uses);
    for (size_t e = 0; e < equations->n; e++) {
        const struct equation *equation = &equations->list[e];
        for (size_t i = equation->first; i < equation->first + equation->nterms; i++) {
            equations->uses[first[equations->terms[i].count + 1]++] =
                (struct equation_use){(uint32_t) e, equations->terms[i].coef};
        }
    }
    equations->first_use = first;
}

int64_t
equations_slack(const struct equations *equations, size_t equation)
{
    const struct equation *e = &equations->list[equation];
    int64_t sum = 0;
    for (size_t i = e->first; i < e->first + e->nterms; i++) {
        sum += equations->terms[i].coef * equations->counts[equations->terms[i].count].value;
    }
    return sum - e->constant;
}

bool
equations_hold(const struct equations *equations)
{
    for (size_t e = 0; e < equations->n; e++) {
        int64_t slack = equations_slack(equations, e);
        if (equations->list[e].kind == EQUATION_EQUAL ? slack != 0 : slack < 0) {
            return false;
        }
    }
    return true;
}

/* ---- Tables ---- */

struct equations_sum
equations_total(struct arena *arena, size_t npositions, bool overlaps)
{
    assert(npositions > 0);
    size_t *parts = arena_array(arena, npositions - 1, sizeof *parts);
    for (size_t i = 0; i + 1 < npositions; i++) {
        parts[i] = i;
    }
    return (struct equations_sum){
        .whole = npositions - 1, .parts = parts, .nparts = npositions - 1, .overlaps = overlaps};
}

/* The equations of a sum in one line of cells, the position p of which is the count at + p x span. */
static void
add_sum(struct equations *equations, const struct equations_sum *sum, size_t at, size_t span)
{
    uint32_t whole = (uint32_t) (at + sum->whole * span);
    if (sum->overlaps) {
        for (size_t i = 0; i < sum->nparts; i++) {
            equations_begin(equations, EQUATION_AT_LEAST, 0);
            equations_add_term(equations, whole, 1);
            equations_add_term(equations, (uint32_t) (at + sum->parts[i] * span), -1);
        }
    }
    if (sum->overlaps && sum->is_open) {
        return;
    }
    equations_begin(equations, sum->overlaps ? EQUATION_AT_LEAST : EQUATION_EQUAL, 0);
    for (size_t i = 0; i < sum->nparts; i++) {
        equations_add_term(equations, (uint32_t) (at + sum->parts[i] * span), 1);
    }
    equations_add_term(equations, whole, -1);
}

/* Over how many dimensions a cell is a whole. */
static size_t
count_totals(const struct equations_dim *dims, size_t ndims, size_t cell)
{
    size_t ntotals = 0;
    for (size_t d = ndims; d-- > 0; cell /= dims[d].npositions) {
        for (size_t i = 0; i < dims[d].nsums; i++) {
            if (dims[d].sums[i].whole == cell % dims[d].npositions) {
                ntotals++;
                break;
            }
        }
    }
    return ntotals;
}

uint32_t
equations_add_table(struct equations *equations, const struct equations_dim *dims, size_t ndims,
                    const int64_t *values)
{
    size_t ncells = 1, first = equations->ncounts;
    for (size_t d = 0; d < ndims; d++) {
        ncells *= dims[d].npositions;
    }
    for (size_t i = 0; i < ncells; i++) {
        uint32_t cost = equations_cost(values[i], count_totals(dims, ndims, i));
        equations_add_count(equations, (struct equations_count){.value = values[i], .cost = cost});
    }
    size_t span = 1; /* number of cells under one position */
    for (size_t d = ndims; d-- > 0; span *= dims[d].npositions) {
        for (size_t cell = 0; cell < ncells; cell++) {
            if (cell / span % dims[d].npositions != 0) {
                continue; /* not where a line begins */
            }
            for (size_t i = 0; i < dims[d].nsums; i++) {
                add_sum(equations, &dims[d].sums[i], first + cell, span);
            }
        }
    }
    return (uint32_t) first;
}
