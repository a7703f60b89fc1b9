/*
 * A reader who tries to work out hidden counts, by trying everything. Shares no code with
 * answer/secrets: it knows what is shown, the equations, and the rules.
 *
 *     struct attack attack;
 *     attack_init(&attack, equations, is_hidden, below);
 *     attack_finds_another(&attack, count)    true: the hidden count may also have another value
 *
 * It goes through the hidden counts, narrows each to what the equations leave, and tries each value
 * left. Rules: a hidden count is at least 1; of hidden counts that hang together, one is from 1 to
 * below - 1. Counts hang together if a change of one must be made up by others: where Gaussian
 * elimination leaves them in one equation.
 */
#ifndef QUIPU_TESTS_ATTACK_H
#define QUIPU_TESTS_ATTACK_H

#include <check.h>
#include <string.h>

#include "answer/equations.h"

enum { ATTACK_COUNTS = 400, ATTACK_EQUATIONS = 600, ATTACK_MARGIN = 12 };

struct attack_term {
    int count, coef;
};

struct attack_equation {
    bool is_equal;
    int64_t right; /* constant less what is shown */
    int nterms;
    struct attack_term terms[64];
};

struct attack {
    int64_t below;
    int n; /* hidden counts */
    uint32_t number[ATTACK_COUNTS];
    int64_t truth[ATTACK_COUNTS];
    int group[ATTACK_COUNTS];
    int nequations;
    struct attack_equation equations[ATTACK_EQUATIONS];
    long left; /* tries */
};

static int
attack_group(struct attack *attack, int count)
{
    while (attack->group[count] != count) {
        count = attack->group[count];
    }
    return count;
}

static int64_t
attack_inverse(int64_t a, int64_t prime)
{
    int64_t result = 1;
    for (int64_t power = prime - 2; power; power >>= 1, a = a * a % prime) {
        result = power & 1 ? result * a % prime : result;
    }
    return result;
}

/* Gauss-Jordan elimination modulo a prime; then counts of one row hang together. */
static void
attack_find_groups(struct attack *attack)
{
    static int64_t rows[ATTACK_EQUATIONS][ATTACK_COUNTS];
    const int64_t prime = 1000000007;
    int nrows = 0, rank = 0;
    memset(rows, 0, sizeof rows);
    for (int e = 0; e < attack->nequations; e++) {
        for (int i = 0; i < attack->equations[e].nterms && attack->equations[e].is_equal; i++) {
            struct attack_term term = attack->equations[e].terms[i];
            rows[nrows][term.count] = (term.coef + prime) % prime;
        }
        nrows += attack->equations[e].is_equal;
    }
    for (int c = 0; c < attack->n && rank < nrows; c++) {
        int pivot = rank;
        while (pivot < nrows && rows[pivot][c] == 0) {
            pivot++;
        }
        if (pivot == nrows) {
            continue;
        }
        int64_t by = attack_inverse(rows[pivot][c], prime);
        for (int i = 0; i < attack->n; i++) {
            int64_t swap = rows[pivot][i];
            rows[pivot][i] = rows[rank][i];
            rows[rank][i] = swap * by % prime;
        }
        for (int r = 0; r < nrows; r++) {
            int64_t times = r == rank ? 0 : rows[r][c];
            for (int i = c; i < attack->n && times; i++) {
                rows[r][i] = (rows[r][i] + (prime - times) * rows[rank][i]) % prime;
            }
        }
        rank++;
    }
    for (int r = 0; r < rank; r++) {
        int first = -1;
        for (int i = 0; i < attack->n; i++) {
            if (rows[r][i] && first >= 0) {
                attack->group[attack_group(attack, i)] = attack_group(attack, first);
            }
            first = rows[r][i] && first < 0 ? i : first;
        }
    }
    for (int e = 0; e < attack->nequations; e++) { /* inequalities also tie */
        for (int i = 1; i < attack->equations[e].nterms && !attack->equations[e].is_equal; i++) {
            attack->group[attack_group(attack, attack->equations[e].terms[i].count)] =
                attack_group(attack, attack->equations[e].terms[0].count);
        }
    }
}

static void
attack_init(struct attack *attack, const struct equations *equations, const bool *is_hidden,
            int64_t below)
{
    static int place[1 << 16];
    memset(attack, 0, sizeof *attack);
    attack->below = below;
    for (uint32_t i = 0; i < equations->ncounts; i++) {
        if (is_hidden[i]) {
            ck_assert(attack->n < ATTACK_COUNTS);
            place[i] = attack->n;
            attack->number[attack->n] = i;
            attack->group[attack->n] = attack->n;
            attack->truth[attack->n++] = equations->counts[i].value;
        }
    }
    for (size_t e = 0; e < equations->n; e++) {
        struct attack_equation *to = &attack->equations[attack->nequations];
        *to = (struct attack_equation){.is_equal = equations->list[e].kind == EQUATION_EQUAL,
                                       .right = equations->list[e].constant};
        for (size_t i = 0; i < equations->list[e].nterms; i++) {
            struct equation_term term = equations->terms[equations->list[e].first + i];
            if (is_hidden[term.count]) {
                ck_assert(to->nterms < 64);
                to->terms[to->nterms++] = (struct attack_term){place[term.count], term.coef};
            } else {
                to->right -= term.coef * equations->counts[term.count].value;
            }
        }
        attack->nequations += to->nterms > 0;
        ck_assert(attack->nequations < ATTACK_EQUATIONS);
    }
    attack_find_groups(attack);
}

static int64_t
attack_floor(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* coef x count is at least and at most so much: moves its ends; true if one has moved. */
static bool
attack_narrow_term(struct attack_term term, int64_t least, int64_t most, int64_t *low,
                   int64_t *high)
{
    int64_t c = term.coef;
    int64_t from = c > 0 ? -attack_floor(-least, c) : -attack_floor(most, -c);
    int64_t to = c > 0 ? attack_floor(most, c) : attack_floor(-least, -c);
    bool moves = from > low[term.count] || to < high[term.count];
    low[term.count] = from > low[term.count] ? from : low[term.count];
    high[term.count] = to < high[term.count] ? to : high[term.count];
    return moves;
}

/* Narrows the counts of one equation to what it leaves; true if something has changed. */
static bool
attack_narrow_by(const struct attack_equation *eq, int64_t *low, int64_t *high)
{
    int64_t least[64], most[64], all_least = 0, all_most = 0;
    for (int i = 0; i < eq->nterms; i++) {
        int64_t a = eq->terms[i].coef * low[eq->terms[i].count];
        int64_t b = eq->terms[i].coef * high[eq->terms[i].count];
        least[i] = a < b ? a : b;
        most[i] = a < b ? b : a;
        all_least += least[i];
        all_most += most[i];
    }
    bool changed = false;
    for (int i = 0; i < eq->nterms; i++) {
        int64_t up_to = eq->is_equal ? eq->right - (all_least - least[i]) : most[i];
        changed |=
            attack_narrow_term(eq->terms[i], eq->right - (all_most - most[i]), up_to, low, high);
    }
    return changed;
}

/* Narrows all counts to what the equations leave; false: nothing is left of one. */
static bool
attack_narrow(const struct attack *attack, int64_t *low, int64_t *high)
{
    for (bool again = true; again;) {
        again = false;
        for (int e = 0; e < attack->nequations; e++) {
            again |= attack_narrow_by(&attack->equations[e], low, high);
            for (int i = 0; i < attack->equations[e].nterms; i++) {
                int count = attack->equations[e].terms[i].count;
                if (low[count] > high[count]) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* Each group has a count that the rule hides. */
static bool
attack_has_causes(struct attack *attack, const int64_t *values)
{
    bool has[ATTACK_COUNTS] = {false};
    for (int i = 0; i < attack->n; i++) {
        has[attack_group(attack, i)] |= values[i] < attack->below;
    }
    for (int i = 0; i < attack->n; i++) {
        if (!has[attack_group(attack, i)]) {
            return false;
        }
    }
    return true;
}

/* True if values from low to high fulfil everything. */
static bool
attack_try(struct attack *attack, const int64_t *low_before, const int64_t *high_before)
{
    int64_t low[ATTACK_COUNTS], high[ATTACK_COUNTS];
    memcpy(low, low_before, sizeof low);
    memcpy(high, high_before, sizeof high);
    if (attack->left-- <= 0 || !attack_narrow(attack, low, high)) {
        return false;
    }
    int open = -1; /* the count with the fewest values left */
    for (int i = 0; i < attack->n; i++) {
        if (low[i] < high[i] && (open < 0 || high[i] - low[i] < high[open] - low[open])) {
            open = i;
        }
    }
    if (open < 0) {
        return attack_has_causes(attack, low);
    }
    int64_t from = low[open], to = high[open];
    for (int64_t away = 0; away <= ATTACK_MARGIN; away++) { /* near the truth first */
        for (int sign = -1; sign <= 1; sign += 2) {
            int64_t value = attack->truth[open] + sign * away;
            if (value >= from && value <= to && (away || sign > 0)) {
                low[open] = high[open] = value;
                if (attack_try(attack, low, high)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Only values up to ATTACK_MARGIN from the truth are tried. left < 0 afterwards: it gave up. */
static bool
attack_finds_another(struct attack *attack, int hidden)
{
    int64_t low[ATTACK_COUNTS], high[ATTACK_COUNTS];
    attack->left = 200000;
    for (int64_t away = 1; away <= ATTACK_MARGIN; away++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            for (int i = 0; i < attack->n; i++) {
                int64_t truth = attack->truth[i];
                low[i] = truth > ATTACK_MARGIN ? truth - ATTACK_MARGIN : 1;
                high[i] = truth + ATTACK_MARGIN;
            }
            low[hidden] = high[hidden] = attack->truth[hidden] + sign * away;
            if (low[hidden] >= 1 && attack_try(attack, low, high)) {
                return true;
            }
        }
    }
    return false;
}

#endif
