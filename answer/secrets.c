/*
 * Which counts of an answer are hidden. in: counts and the equations between them; out: which of them
 * are hidden, and moves that prove that each could have another value.
 *
 *     1. Hide the small counts.
 *     2. For each of them that no move changes yet: find the cheapest move that changes it, and hide
 *        all that the move changes. A move proves all counts that it changes to be secrets, so the
 *        complements need no moves of their own.
 *     3. Try to do without each complement: take the moves away that change it, and search again. If
 *        that hides less, it stays so.
 *     4. Audit: hold each move against the equations once more, and see that each hidden count is
 *        changed by one.
 *
 * Example, below 3, a row with its total: 1 2 6 9 | 18. The 1 and the 2 are hidden. They could be 2 and
 * 1: the move (+1, -1) proves both to be secrets, and nothing else is hidden.
 */
#include "answer/secrets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/move_search.h"

/*
 * What the searches may take, in terms of equations that they look at: to find moves, and to find better
 * ones; for one count; and what a count is given when there is no more.
 */
#define WORK_TO_PROVE ((uint64_t) 25 * 1000 * 1000)
#define WORK_TO_SHOW ((uint64_t) 15 * 1000 * 1000)
#define WORK_OF_ONE ((uint64_t) 100 * 1000)
#define WORK_LEAST ((uint64_t) 10 * 1000)
#define NOT_FOUND UINT64_MAX

struct hiding {
    struct arena *arena;
    const struct equations *equations;
    int64_t below;
    struct secrets *secrets;
    struct move_search *search;
    uint32_t *nproofs; /* of each count: how many moves change it */
    size_t moves_capacity;
    uint64_t work;   /* that searches may still take */
    bool is_guessed; /* a count has no move: nothing is shown again */
    size_t *away;    /* moves that are taken away for a while */
    size_t away_capacity;
};

/* Is it hidden for itself? */
static bool
count_is_small(const struct hiding *hiding, uint32_t count)
{
    const struct equations_count *c = &hiding->equations->counts[count];
    return !c->is_known && equations_is_cause(c, c->value, hiding->below);
}

static bool
count_is_unseen(const struct hiding *hiding, uint32_t count)
{
    return hiding->equations->counts[count].is_unseen;
}

/* Is it hidden for the sake of others? */
static bool
count_is_complement(const struct hiding *hiding, uint32_t count)
{
    return hiding->secrets->is_hidden[count] && !count_is_small(hiding, count) &&
           !count_is_unseen(hiding, count);
}

/* ---- Moves ---- */

/* Hides what the move changes; returns what that costs. */
static uint64_t
move_add(struct hiding *hiding, struct move move)
{
    struct secrets *secrets = hiding->secrets;
    secrets->moves = arena_room(hiding->arena, secrets->moves, secrets->nmoves,
                                &hiding->moves_capacity, sizeof *secrets->moves);
    secrets->moves[secrets->nmoves++] = move;
    uint64_t cost = 0;
    for (size_t i = 0; i < move.n; i++) {
        uint32_t count = move.counts[i];
        cost += secrets->is_hidden[count] ? 0 : hiding->equations->counts[count].cost;
        secrets->is_hidden[count] = true;
        hiding->nproofs[count]++;
    }
    return cost;
}

/* Finds a move that changes the count, and adds it; returns its cost, or NOT_FOUND. */
static uint64_t
find_and_add(struct hiding *hiding, uint32_t count)
{
    uint64_t work = hiding->work < WORK_OF_ONE ? WORK_LEAST : WORK_OF_ONE;
    uint64_t left = work;
    struct move move;
    bool is_found = move_find(hiding->search, count, &left, &move);
    hiding->secrets->work += work - left;
    hiding->work -= work - left < hiding->work ? work - left : hiding->work;
    return is_found ? move_add(hiding, move) : NOT_FOUND;
}

/* ---- Where no move is found ---- */

/* Lists the counts that are linked to one by equations, with itself; zeros link nothing. */
static size_t
list_linked(const struct hiding *hiding, uint32_t count, uint32_t *list)
{
    const struct equations *equations = hiding->equations;
    bool *is_listed = arena_array(hiding->arena, equations->ncounts, sizeof *is_listed);
    bool *is_seen = arena_array(hiding->arena, equations->n, sizeof *is_seen);
    size_t n = 0;
    list[n++] = count;
    is_listed[count] = true;
    for (size_t at = 0; at < n; at++) {
        for (size_t u = equations->first_use[list[at]]; u < equations->first_use[list[at] + 1];
             u++) {
            const struct equation *e = &equations->list[equations->uses[u].equation];
            size_t nterms = is_seen[e - equations->list] ? 0 : e->nterms;
            is_seen[e - equations->list] = true;
            for (size_t i = e->first; i < e->first + nterms; i++) {
                uint32_t other = equations->terms[i].count;
                const struct equations_count *c = &equations->counts[other];
                if (!is_listed[other] && c->value > 0 && !c->is_known) {
                    is_listed[other] = true;
                    list[n++] = other;
                }
            }
        }
    }
    return n;
}

/*
 * Searches once more, as if all that is linked to the count were hidden already; so it is if there is
 * no move even then. What is linked to a count without a second value must not help to work it out.
 */
static void
find_without_costs(struct hiding *hiding, uint32_t count)
{
    bool *is_hidden = hiding->secrets->is_hidden;
    uint32_t *list = arena_array(hiding->arena, hiding->equations->ncounts, sizeof *list);
    size_t n = list_linked(hiding, count, list), nhidden = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_hidden[list[i]]) {
            is_hidden[list[i]] = true;
            list[nhidden++] = list[i];
        }
    }
    if (find_and_add(hiding, count) == NOT_FOUND) {
        hiding->is_guessed = true;
        return;
    }
    for (size_t i = 0; i < nhidden; i++) {
        is_hidden[list[i]] = hiding->nproofs[list[i]] > 0;
    }
}

/* ---- The stages ---- */

struct ranked {
    int64_t value;
    uint32_t count;
};

/* Large ones first: the moves that they need change the smaller ones, too. */
static int
by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->value != y->value ? (x->value < y->value) - (x->value > y->value)
                                : (x->count > y->count) - (x->count < y->count);
}

static size_t
hide_small(struct hiding *hiding, struct ranked *small)
{
    const struct equations *equations = hiding->equations;
    size_t n = 0;
    for (uint32_t i = 0; i < equations->ncounts; i++) {
        if (count_is_small(hiding, i)) {
            small[n++] = (struct ranked){equations->counts[i].value, i};
        }
        hiding->secrets->is_hidden[i] = count_is_small(hiding, i) || count_is_unseen(hiding, i);
    }
    qsort(small, n, sizeof *small, by_value);
    return n;
}

static void
prove_all(struct hiding *hiding, const struct ranked *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (hiding->nproofs[list[i].count] == 0 &&
            find_and_add(hiding, list[i].count) == NOT_FOUND) {
            find_without_costs(hiding, list[i].count);
        }
    }
}

/* Takes a move's proofs away, or gives them back (by 1). */
static void
change_proofs(struct hiding *hiding, const struct move *move, uint32_t by)
{
    for (size_t i = 0; i < move->n; i++) {
        hiding->nproofs[move->counts[i]] += by;
    }
}

/* Shows (or hides again) the complements of a move that no move changes; returns their cost. */
static uint64_t
set_orphans(struct hiding *hiding, const struct move *move, bool is_hidden)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < move->n; i++) {
        uint32_t count = move->counts[i];
        if (hiding->nproofs[count] == 0 && !count_is_small(hiding, count) &&
            !count_is_unseen(hiding, count) && hiding->secrets->is_hidden[count] != is_hidden) {
            hiding->secrets->is_hidden[count] = is_hidden;
            cost += hiding->equations->counts[count].cost;
        }
    }
    return cost;
}

static bool
move_changes(const struct move *move, uint32_t count)
{
    for (size_t i = 0; i < move->n; i++) {
        if (move->counts[i] == count) {
            return true;
        }
    }
    return false;
}

/* Finds moves for the small counts of a move that have none; adds to *cost, up to most_cost. */
static void
prove_again(struct hiding *hiding, const struct move *move, uint64_t most_cost, uint64_t *cost)
{
    for (size_t i = 0; i < move->n && *cost < most_cost; i++) {
        uint32_t count = move->counts[i];
        if (hiding->nproofs[count] == 0 && hiding->secrets->is_hidden[count] &&
            !count_is_unseen(hiding, count)) {
            uint64_t more = find_and_add(hiding, count);
            *cost = more < most_cost - *cost ? *cost + more : most_cost;
        }
    }
}

/* Lists the moves that change a count, and takes their proofs away; returns how many. */
static size_t
take_away(struct hiding *hiding, uint32_t count, size_t *list, uint64_t *cost)
{
    struct secrets *secrets = hiding->secrets;
    size_t n = 0;
    for (size_t m = 0; m < secrets->nmoves; m++) {
        if (move_changes(&secrets->moves[m], count)) {
            list[n++] = m;
            change_proofs(hiding, &secrets->moves[m], (uint32_t) -1);
            *cost += set_orphans(hiding, &secrets->moves[m], false);
        }
    }
    return n;
}

/* Drops the moves from nbefore on; those of the list count again. */
static void
put_back(struct hiding *hiding, const size_t *list, size_t n, size_t nbefore)
{
    struct secrets *secrets = hiding->secrets;
    for (; secrets->nmoves > nbefore; secrets->nmoves--) {
        change_proofs(hiding, &secrets->moves[secrets->nmoves - 1], (uint32_t) -1);
        set_orphans(hiding, &secrets->moves[secrets->nmoves - 1], false);
    }
    for (size_t i = 0; i < n; i++) {
        set_orphans(hiding, &secrets->moves[list[i]], true);
        change_proofs(hiding, &secrets->moves[list[i]], 1);
    }
}

/*
 * Takes all moves away that change a complement, if others can stand in for them that cost less: that
 * hide less of what is shown without the moves.
 */
static void
try_without(struct hiding *hiding, uint32_t complement)
{
    struct secrets *secrets = hiding->secrets;
    size_t nbefore = secrets->nmoves;
    if (hiding->away_capacity < nbefore) {
        hiding->away_capacity = 2 * nbefore;
        hiding->away = arena_array(hiding->arena, hiding->away_capacity, sizeof *hiding->away);
    }
    size_t *list = hiding->away;
    uint64_t most_cost = 0, cost = 0;
    size_t n = take_away(hiding, complement, list, &most_cost);
    for (size_t i = 0; i < n; i++) {
        struct move move = secrets->moves[list[i]];
        prove_again(hiding, &move, most_cost, &cost);
    }
    if (cost >= most_cost) {
        put_back(hiding, list, n, nbefore);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        secrets->moves[list[i]].n = 0;
    }
}

/* Tries to do without each complement, the dearest first. */
static void
show_again(struct hiding *hiding, struct ranked *list)
{
    const struct equations *equations = hiding->equations;
    size_t n = 0;
    for (uint32_t i = 0; i < equations->ncounts; i++) {
        if (count_is_complement(hiding, i)) {
            list[n++] = (struct ranked){equations->counts[i].cost, i};
        }
    }
    qsort(list, n, sizeof *list, by_value);
    for (size_t i = 0; i < n && hiding->work > 0 && !hiding->is_guessed; i++) {
        if (hiding->secrets->is_hidden[list[i].count]) {
            try_without(hiding, list[i].count);
        }
    }
}

static void
audit(struct hiding *hiding)
{
    const struct equations *equations = hiding->equations;
    struct secrets *secrets = hiding->secrets;
    int64_t *sums = arena_array(hiding->arena, equations->n, sizeof *sums);
    for (size_t i = 0; i < equations->ncounts; i++) {
        secrets->low[i] = secrets->high[i] = equations->counts[i].value;
    }
    size_t n = 0;
    for (size_t m = 0; m < secrets->nmoves; m++) {
        struct move move = secrets->moves[m];
        if (move.n == 0 ||
            !move_is_possible(equations, hiding->below, secrets->is_hidden, &move, sums)) {
            assert(move.n == 0); /* the search makes no such moves */
            continue;
        }
        for (size_t i = 0; i < move.n; i++) {
            uint32_t count = move.counts[i];
            int64_t value = equations->counts[count].value + move.steps[i];
            secrets->low[count] = value < secrets->low[count] ? value : secrets->low[count];
            secrets->high[count] = value > secrets->high[count] ? value : secrets->high[count];
        }
        secrets->moves[n++] = move;
    }
    secrets->nmoves = n;
    for (uint32_t i = 0; i < equations->ncounts; i++) {
        secrets->nsmall += count_is_small(hiding, i);
        secrets->ncomplements += count_is_complement(hiding, i);
        secrets->nguessed += secrets->is_hidden[i] && !count_is_unseen(hiding, i) &&
                             secrets->low[i] == secrets->high[i];
    }
}

struct secrets *
secrets_of(const struct equations *equations, int64_t below)
{
    assert(equations->first_use && equations_hold(equations));
    struct arena *arena = equations->arena;
    struct secrets *secrets = arena_alloc(arena, sizeof *secrets);
    secrets->is_hidden = arena_array(arena, equations->ncounts, sizeof *secrets->is_hidden);
    secrets->low = arena_array(arena, equations->ncounts, sizeof *secrets->low);
    secrets->high = arena_array(arena, equations->ncounts, sizeof *secrets->high);
    struct hiding hiding = {.arena = arena,
                            .equations = equations,
                            .below = below == 2 ? 3 : below, /* a lone 1 would be known */
                            .secrets = secrets};
    hiding.search = move_search_new(arena, equations, hiding.below, secrets->is_hidden);
    hiding.nproofs = arena_array(arena, equations->ncounts, sizeof *hiding.nproofs);
    struct ranked *small = arena_array(arena, equations->ncounts, sizeof *small);
    hiding.work = WORK_TO_PROVE;
    prove_all(&hiding, small, hide_small(&hiding, small));
    hiding.work = WORK_TO_SHOW;
    show_again(&hiding, small);
    audit(&hiding);
    return secrets;
}
