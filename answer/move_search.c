/*
 * The search for a move. in: a count that must change; out: the cheapest move found.
 *
 *     1. Change the count by one. The equations that it is in fail now, and wait in the queue.
 *     2. Dive: mend the equations in order, each by the safest step, until none fails. In a table
 *        the count's totals change with it: a move, if a costly one.
 *     3. Descend: mend one of the count's own equations by another step, the others as before, and
 *        dive again. If that is cheaper, go on from there.
 *     4. Look around: try several steps for each equation, cheap ones first, and go back where the
 *        cost reaches that of the best move.
 *     5. The same with the count changed by minus one.
 *
 * Example, x0 must change:
 *
 *     x0 x1 | x2      dive:       row 0 by x2, column 0 by x6, row 2 and column 2 both by x8
 *     x3 x4 | x5      descend:    row 0 by x1, column 0 by x6, row 2 and column 1 both by x7
 *     ------+---                  row 0 by x1, column 0 by x3, row 1 and column 1 both by x4
 *     x6 x7 | x8
 *
 * The order of the queue lets the descent choose one count for each dimension, and the dive close
 * the hypercube over them (Repsilber's hypercube method, 1994). Looking around finds longer ways
 * where zeros leave no hypercube.
 */
#include "answer/move_search.h"

#include <assert.h>
#include <string.h>

#include "answer/steps.h"
#include "answer/ties.h"

enum {
    MOST_CHOICES = 16, /* equations of the count that the descent chooses for */
    WIDTH = 16,        /* steps tried for one equation when looking around */
    MOST_DEPTH = 64,   /* how far that goes */
};
#define NO_CHOICE UINT32_MAX

struct move_search {
    struct steps steps;
    struct ties *ties;
    uint32_t *tied;
    uint64_t best_cost;
    size_t nbest; /* 0: no move yet */
    uint32_t *best_counts;
    int64_t *best_steps;
    struct step *dived; /* room for a step of each count */
    /* What mended the count's own equations, in the order of the queue. */
    uint32_t choices[MOST_CHOICES];
    size_t nchoices;
};

struct move_search *
move_search_new(struct arena *arena, const struct equations *equations, int64_t below,
                const bool *is_hidden)
{
    struct move_search *search = arena_alloc(arena, sizeof *search);
    steps_init(&search->steps, arena, equations, below, is_hidden);
    search->ties = ties_new(arena, equations);
    search->tied = arena_array(arena, equations->ncounts, sizeof *search->tied);
    search->best_counts = arena_array(arena, equations->ncounts, sizeof *search->best_counts);
    search->best_steps = arena_array(arena, equations->ncounts, sizeof *search->best_steps);
    search->dived = arena_array(arena, equations->ncounts, sizeof *search->dived);
    return search;
}

/*
 * No equation fails: keeps the steps if they are a move and cost less than the best. Those that are
 * not tied to the first are left out. All tied counts have the same cause of being hidden: one of
 * them that is small.
 */
static bool
keep_best(struct move_search *search)
{
    struct steps *steps = &search->steps;
    memcpy(search->tied, steps->path, steps->npath * sizeof *search->tied);
    size_t n = ties_cut(search->ties, search->tied, steps->npath);
    int64_t scale = steps_scale(steps, search->tied, n);
    uint64_t cost = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t count = search->tied[i];
        cost += steps->is_hidden[count] ? 0 : steps->equations->counts[count].cost;
    }
    uint64_t work = (uint64_t) n * n;
    steps->work -= work < steps->work ? work : steps->work;
    if (scale == 0 || cost >= search->best_cost) {
        return false;
    }
    search->best_cost = cost;
    search->nbest = n;
    for (size_t i = 0; i < n; i++) {
        search->best_counts[i] = search->tied[i];
        search->best_steps[i] = steps->made[search->tied[i]] * scale;
    }
    return true;
}

/* ---- Dive and descend ---- */

/*
 * Mends all that fails in one way: as choices say, else by the first step of the order. Keeps the
 * move if it is better, and its choices.
 */
static bool
dive(struct move_search *search, const uint32_t *choices, enum steps_order order)
{
    struct steps *steps = &search->steps;
    struct step *made = search->dived;
    uint32_t chosen[MOST_CHOICES];
    size_t nmade = 0, nqueue = steps->nqueue, head = 0;
    uint64_t cost = 0;
    bool is_stuck = false;
    memcpy(chosen, choices, sizeof chosen);
    while (!is_stuck && (head = steps_next_failing(steps, head)) < steps->nqueue) {
        uint64_t most_cost = search->best_cost - cost;
        uint32_t equation = steps->queue[head];
        struct step *step = &made[nmade];
        is_stuck = nmade == steps->equations->ncounts;
        if (!is_stuck && head < search->nchoices && choices[head] != NO_CHOICE) {
            is_stuck = !steps_list_one(steps, equation, choices[head], most_cost, step);
        } else if (!is_stuck) {
            is_stuck = steps_list(steps, equation, most_cost, order, 1, step) == 0;
        }
        if (!is_stuck) {
            if (head < search->nchoices) {
                chosen[head] = step->count;
            }
            cost += step->cost;
            steps_make(steps, step->count, step->by);
            nmade++;
        }
    }
    bool is_kept = !is_stuck && keep_best(search);
    if (is_kept) {
        memcpy(search->choices, chosen, sizeof chosen);
    }
    while (nmade-- > 0) {
        steps_take_back(steps, made[nmade].count, made[nmade].by, nqueue);
    }
    return is_kept;
}

/* Tries each other choice for one of the count's own equations. */
static bool
change_choice(struct move_search *search, size_t at)
{
    struct steps *steps = &search->steps;
    const struct equations *equations = steps->equations;
    const struct equation *e = &equations->list[steps->queue[at]];
    bool is_better = false;
    for (size_t i = 0; i < e->nterms && steps->work > 0 && search->best_cost > 0; i++) {
        uint32_t choices[MOST_CHOICES];
        memcpy(choices, search->choices, sizeof choices);
        choices[at] = equations->terms[e->first + i].count;
        if (choices[at] != search->choices[at] && choices[at] != steps->path[0]) {
            is_better = dive(search, choices, STEPS_CHEAP) || is_better;
        }
    }
    return is_better;
}

static void
dive_and_descend(struct move_search *search)
{
    uint32_t choices[MOST_CHOICES];
    for (size_t i = 0; i < MOST_CHOICES; i++) {
        choices[i] = NO_CHOICE;
    }
    search->nchoices = search->steps.nqueue < MOST_CHOICES ? search->steps.nqueue : MOST_CHOICES;
    if (!dive(search, choices, STEPS_SAFE)) {
        return;
    }
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < search->nchoices; i++) {
            again = change_choice(search, i) || again;
        }
    }
}

/* ---- Look around ---- */

/* Mends what fails from head on in each way that costs less than the best move, within limits. */
static void
look_around(struct move_search *search, size_t head, size_t depth, uint64_t cost)
{
    struct steps *steps = &search->steps;
    head = steps_next_failing(steps, head);
    if (head == steps->nqueue) {
        (void) keep_best(search);
        return;
    }
    if (depth == MOST_DEPTH || steps->work == 0) {
        return;
    }
    struct step list[WIDTH];
    size_t width = depth < 2 ? WIDTH : depth < 4 ? 4 : 2;
    size_t n =
        steps_list(steps, steps->queue[head], search->best_cost - cost, STEPS_CHEAP, width, list);
    for (size_t i = 0; i < n && steps->work > 0; i++) {
        if (cost + list[i].cost < search->best_cost) {
            size_t nqueue = steps->nqueue;
            steps_make(steps, list[i].count, list[i].by);
            look_around(search, head, depth + 1, cost + list[i].cost);
            steps_take_back(steps, list[i].count, list[i].by, nqueue);
        }
    }
}

bool
move_find(struct move_search *search, uint32_t count, uint64_t *work, struct move *move)
{
    struct steps *steps = &search->steps;
    search->best_cost = UINT64_MAX;
    search->nbest = 0;
    for (int64_t by = 1; by >= -1 && search->best_cost > 0; by -= 2) {
        if (!steps_may(steps, count, by)) {
            continue;
        }
        uint64_t share = *work / 4;
        steps_make(steps, count, by);
        steps->work = share;
        dive_and_descend(search);
        *work -= share - steps->work;
        steps->work = search->best_cost > 0 ? share : 0;
        look_around(search, 0, 0, 0);
        *work -= share - steps->work;
        steps_take_back(steps, count, by, 0);
    }
    if (search->nbest == 0) {
        return false;
    }
    move->n = search->nbest;
    move->counts = arena_array(steps->arena, move->n, sizeof *move->counts);
    move->steps = arena_array(steps->arena, move->n, sizeof *move->steps);
    memcpy(move->counts, search->best_counts, move->n * sizeof *move->counts);
    memcpy(move->steps, search->best_steps, move->n * sizeof *move->steps);
    return true;
}
