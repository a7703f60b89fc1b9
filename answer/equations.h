/*
 * The counts of an answer, and the equations between them that its reader knows.
 *
 *     count a in [1,2], b in [1,2] from current totals
 *
 *         2   7 |  9          counts 0 1 2, 3 4 5, 6 7 8, and 9: the base
 *        20   5 | 25          rows        x0 + x1 - x2 = 0    x3 + x4 - x5 = 0    x6 + x7 - x8 = 0
 *        -------+---          columns     x0 + x3 - x6 = 0    x1 + x4 - x7 = 0    x2 + x5 - x8 = 0
 *        22  12 | 34          base        x9 - x8 = 1         (one row is in no cell, which is told)
 *
 * Whoever hides some of these counts (answer/secrets.h) needs them all: a hidden count that stands
 * alone in an equation is no secret. The true counts fulfil all equations.
 */
#ifndef QUIPU_ANSWER_EQUATIONS_H
#define QUIPU_ANSWER_EQUATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct equations_count {
    int64_t value;  /* 0 to EQUATIONS_MAX_VALUE */
    uint32_t cost;  /* what the reader loses where it is hidden; see equations_cost */
    bool is_known;  /* never hidden: the reader knows it anyway */
    bool is_secret; /* to be hidden whatever it is, for a reason that the counts do not tell */
    /*
     * In no answer: other counts are sums of it. It may become 0, it is no secret itself, and costs
     * nothing.
     */
    bool is_unseen;
};

/* What a count is at least, if the reader does not see it: a 0 that could be seen is shown. */
static inline int64_t
equations_least(const struct equations_count *count)
{
    return count->is_unseen ? 0 : 1;
}
/* Can it be why something is hidden, if that is its value? */
static inline bool
equations_is_cause(const struct equations_count *count, int64_t value, int64_t below)
{
    return !count->is_unseen && value >= 1 && (count->is_secret || value < below);
}

enum equation_kind {
    EQUATION_EQUAL,    /* sum of coef x count = constant */
    EQUATION_AT_LEAST, /* sum of coef x count >= constant */
};

struct equation_term {
    uint32_t count; /* its number */
    int32_t coef;   /* small, not 0 */
};

struct equation_use {
    uint32_t equation;
    int32_t coef;
};

struct equation {
    enum equation_kind kind;
    size_t first, nterms; /* of equations.terms */
    int64_t constant;
};

/* Sums of 10,000 counts stay far below 64 bits. */
#define EQUATIONS_MAX_VALUE ((int64_t) 1 << 48)

/* Read it freely; change it by the functions below. */
struct equations {
    struct arena *arena;
    struct equations_count *counts;
    size_t ncounts, counts_capacity;
    struct equation *list;
    size_t n, capacity;
    struct equation_term *terms;
    size_t nterms, terms_capacity;
    /* By equations_index: count i is in the equations of uses[first_use[i]] to uses[first_use[i + 1]]. */
    size_t *first_use;
    struct equation_use *uses;
};

/* Without counts and equations; it lives in the arena. */
struct equations *equations_new(struct arena *arena);

/* Adds a count; returns its number. */
uint32_t equations_add_count(struct equations *equations, struct equations_count count);
/*
 * The cost of hiding a count: the logarithm of what it counts, times how much its place is looked
 * at: 0 totals for a plain cell, 1 for a total over one dimension, ... The base has one more than
 * the total of all.
 */
uint32_t equations_cost(int64_t value, size_t ntotals);

/*
 * Adds an equation without terms. equations_add_term adds to the last equation; no count stands
 * twice in an equation.
 *
 *     equations_begin(equations, EQUATION_EQUAL, 1);          x9 - x8 = 1
 *     equations_add_term(equations, 9, 1);
 *     equations_add_term(equations, 8, -1);
 */
void equations_begin(struct equations *equations, enum equation_kind kind, int64_t constant);
void equations_add_term(struct equations *equations, uint32_t count, int32_t coef);

/* Finds the uses of each count. Call it when all is added, and nothing will be. */
void equations_index(struct equations *equations);
/* How much the left side of an equation is above its constant, for the true counts. */
int64_t equations_slack(const struct equations *equations, size_t equation);
/* True if the true counts fulfil all equations: if not, the caller has made a mistake. */
bool equations_hold(const struct equations *equations);

/*
 * One position of a dimension is the sum of others: a total of all, a net of some. Where the parts
 * overlap (NET, WHEN and fields of several values) a row may be in several: the whole is at least
 * each part, and at most their sum. The latter is not so if is_open: a net's member is not listed.
 */
struct equations_sum {
    size_t whole;
    const size_t *parts;
    size_t nparts;
    bool overlaps;
    bool is_open; /* the whole may count rows that are in no part; only with overlaps */
};

struct equations_dim {
    size_t npositions; /* with totals and nets */
    const struct equations_sum *sums;
    size_t nsums;
};

/* The sum whose whole is the last position, and whose parts are the others: TOTALS. */
struct equations_sum equations_total(struct arena *arena, size_t npositions, bool overlaps);
/*
 * Adds a table: a count for each cell (values in cell order, the last dimension runs fastest), and
 * the equations of each sum in each line of cells. Returns the first count's number; the others
 * follow in cell order. Costs are equations_cost's, each whole counts as a total.
 */
uint32_t equations_add_table(struct equations *equations, const struct equations_dim *dims,
                             size_t ndims, const int64_t *values);

#endif
