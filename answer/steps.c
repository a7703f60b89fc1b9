/*
 * Steps towards a move. in: changes of counts; out: the equations that fail by them, and the steps that
 * would mend one.
 *
 *     row 0:  x0 + x1 + x2 - x3 = 0  after  x0 + 1         lacks -1
 *
 *     x1 - 1      mends row 0, lets column 1 fail
 *     x2 - 1      not if x2 is 1 or 0
 *     x3 + 1      mends row 0, lets column 3 fail
 *
 * A step that mends two equations closes a circle. So each equation more or less that fails counts
 * like the cost of a small count.
 */
#include "answer/steps.h"

#define FAILURE_COST 40
#define MOST_SCALE ((int64_t) 1 << 40)
#define NO_LIMIT (INT64_MAX / 2)

void
steps_init(struct steps *steps, struct arena *arena, const struct equations *equations,
           int64_t below, const bool *is_hidden)
{
    *steps = (struct steps){
        .arena = arena, .equations = equations, .below = below, .is_hidden = is_hidden};
    steps->slack = arena_array(arena, equations->n, sizeof *steps->slack);
    steps->sums = arena_array(arena, equations->n, sizeof *steps->sums);
    steps->made = arena_array(arena, equations->ncounts, sizeof *steps->made);
    steps->path = arena_array(arena, equations->ncounts, sizeof *steps->path);
    for (size_t e = 0; e < equations->n; e++) {
        steps->slack[e] = equations_slack(equations, e);
    }
}

/* ---- Making steps ---- */

/* What an equation lacks if its left side is changed by sum; 0: it holds. */
static int64_t
lack_after(const struct steps *steps, uint32_t equation, int64_t sum)
{
    if (steps->equations->list[equation].kind == EQUATION_EQUAL) {
        return sum;
    }
    int64_t left = steps->slack[equation] + sum;
    return left < 0 ? left : 0;
}

static int64_t
lack_now(const struct steps *steps, uint32_t equation)
{
    return lack_after(steps, equation, steps->sums[equation]);
}

bool
steps_may(const struct steps *steps, uint32_t count, int64_t by)
{
    const struct equations_count *c = &steps->equations->counts[count];
    int64_t made = steps->made[count];
    return c->value > 0 && !c->is_known && c->value + made + by >= equations_least(c) &&
           (made == 0 || (made > 0) == (by > 0));
}

void
steps_make(struct steps *steps, uint32_t count, int64_t by)
{
    const struct equations *equations = steps->equations;
    if (steps->made[count] == 0) {
        steps->path[steps->npath++] = count;
    }
    steps->made[count] += by;
    for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
        uint32_t e = equations->uses[u].equation;
        bool failed = lack_now(steps, e) != 0;
        steps->sums[e] += equations->uses[u].coef * by;
        if (!failed && lack_now(steps, e) != 0) {
            steps->queue = arena_room(steps->arena, steps->queue, steps->nqueue,
                                      &steps->queue_capacity, sizeof *steps->queue);
            steps->queue[steps->nqueue++] = e;
        }
    }
}

void
steps_take_back(struct steps *steps, uint32_t count, int64_t by, size_t nqueue)
{
    const struct equations *equations = steps->equations;
    for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
        steps->sums[equations->uses[u].equation] -= equations->uses[u].coef * by;
    }
    steps->made[count] -= by;
    if (steps->made[count] == 0) {
        steps->npath--;
    }
    steps->nqueue = nqueue;
}

size_t
steps_next_failing(const struct steps *steps, size_t head)
{
    while (head < steps->nqueue && lack_now(steps, steps->queue[head]) == 0) {
        head++;
    }
    return head;
}

/* ---- Steps that mend ---- */

/* How a count with this coefficient mends what is lacking; 0: it cannot. */
static int64_t
mend_by(int64_t lack, int32_t coef, enum equation_kind kind)
{
    if (lack % coef == 0) {
        return -lack / coef;
    }
    if (kind == EQUATION_EQUAL) {
        return 0;
    }
    return -lack / coef + (coef > 0 ? 1 : -1); /* a little more; lack is negative */
}

/* By how much all that is lacking grows with a step; negative: it shrinks. */
static int64_t
lack_added(const struct steps *steps, uint32_t count, int64_t by)
{
    const struct equations *equations = steps->equations;
    int64_t added = 0;
    for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
        uint32_t e = equations->uses[u].equation;
        int64_t before = lack_now(steps, e);
        int64_t after = lack_after(steps, e, steps->sums[e] + equations->uses[u].coef * by);
        added += (after < 0 ? -after : after) - (before < 0 ? -before : before);
    }
    return added;
}

/* Finds the step of one term; false: there is none. */
static bool
step_of_term(const struct steps *steps, struct equation_term term, int64_t lack,
             enum equation_kind kind, uint64_t most_cost, enum steps_order order, struct step *step)
{
    step->count = term.count;
    step->by = mend_by(lack, term.coef, kind);
    if (step->by == 0 || !steps_may(steps, term.count, step->by)) {
        return false;
    }
    bool is_free = steps->is_hidden[term.count] || steps->made[term.count] != 0;
    int64_t cost = steps->equations->counts[term.count].cost;
    step->cost = is_free ? 0 : (uint32_t) cost;
    int64_t added = lack_added(steps, term.count, step->by);
    step->score = order == STEPS_CHEAP ? step->cost + FAILURE_COST * added
                                       : added * (UINT32_MAX + (int64_t) 1) - cost;
    return step->cost < most_cost;
}

size_t
steps_list(struct steps *steps, uint32_t equation, uint64_t most_cost, enum steps_order order,
           size_t width, struct step *list)
{
    const struct equation *e = &steps->equations->list[equation];
    const struct equation_term *terms = steps->equations->terms + e->first;
    int64_t lack = lack_now(steps, equation);
    size_t n = 0;
    steps->work -= steps->work < e->nterms ? steps->work : e->nterms;
    for (size_t i = 0; i < e->nterms; i++) {
        struct step step;
        if (!step_of_term(steps, terms[i], lack, e->kind, most_cost, order, &step) ||
            (n == width && step.score >= list[n - 1].score)) {
            continue;
        }
        size_t at = n < width ? n++ : n - 1;
        for (; at > 0 && list[at - 1].score > step.score; at--) {
            list[at] = list[at - 1];
        }
        list[at] = step;
    }
    return n;
}

bool
steps_list_one(struct steps *steps, uint32_t equation, uint32_t count, uint64_t most_cost,
               struct step *step)
{
    const struct equations *equations = steps->equations;
    for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
        if (equations->uses[u].equation == equation) {
            struct equation_term term = {count, equations->uses[u].coef};
            return step_of_term(steps, term, lack_now(steps, equation),
                                equations->list[equation].kind, most_cost, STEPS_CHEAP, step);
        }
    }
    return false;
}

/* ---- Scale ---- */

struct range {
    int64_t low, high;
};

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Keeps the numbers t of the range for which at + t x by is from least to most. */
static struct range
range_cut(struct range range, int64_t at, int64_t by, int64_t least, int64_t most)
{
    int64_t low = by > 0 ? -floor_div(at - least, by) : -floor_div(most - at, -by);
    int64_t high = by > 0 ? floor_div(most - at, by) : floor_div(at - least, -by);
    return (struct range){low > range.low ? low : range.low, high < range.high ? high : range.high};
}

/* How often the steps can be made without a count below 1 or an equation that fails. */
static struct range
possible_range(const struct steps *steps, const uint32_t *counts, size_t n)
{
    const struct equations *equations = steps->equations;
    struct range range = {-MOST_SCALE, MOST_SCALE};
    for (size_t i = 0; i < n; i++) {
        uint32_t count = counts[i];
        const struct equations_count *c = &equations->counts[count];
        range = range_cut(range, c->value, steps->made[count], equations_least(c), NO_LIMIT);
        for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
            uint32_t e = equations->uses[u].equation;
            if (steps->sums[e] != 0) {
                range = range_cut(range, steps->slack[e], steps->sums[e], 0, NO_LIMIT);
            }
        }
    }
    return range;
}

int64_t
steps_scale(const struct steps *steps, const uint32_t *counts, size_t n)
{
    struct range range = possible_range(steps, counts, n);
    int64_t scale = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t count = counts[i];
        const struct equations_count *c = &steps->equations->counts[count];
        if (c->is_unseen) {
            continue; /* no cause of anything */
        }
        struct range small = range_cut(range, c->value, steps->made[count], 1,
                                       c->is_secret ? NO_LIMIT : steps->below - 1);
        int64_t up = small.low > 1 ? small.low : 1, down = small.high < -1 ? small.high : -1;
        if (up <= small.high && (scale <= 0 || up < scale)) {
            scale = up;
        } else if (down >= small.low && scale == 0) {
            scale = down;
        }
    }
    return scale;
}
