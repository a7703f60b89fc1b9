/*
 * Makes the mission's data, row by row: the same rows for the same seed. in: a number of rows and
 * a seed; out: each row's values.
 *
 * Exact sizes without a list of rows: a field that `need` of the `left` rows still to come must
 * have goes into this row with probability need/left (selection sampling, Knuth, The Art of
 * Computer Programming 2, 3.4.2, algorithm S). At the end need is 0 for certain. One random number
 * per field and row.
 *
 *     rows      kept and dropped ones have value_3 and value_4; then only_3, only_4, the rest
 *     kept      exactly one of value_5..20, as 1; how often which one is settled before (quota)
 *     dropped   none of value_5..20
 *     others    each of value_5..20 by its own draw, for what the quota left of its size
 */
#include "tools/shape.h"

#include <math.h>
#include <stdlib.h>

#include "base/must.h"

enum { FIRST_FILTER = 4, FILTER_FIELDS = SHAPE_FIELDS - FIRST_FILTER }; /* value_5 is values[4] */

struct shape {
    uint64_t random;         /* splitmix64's state */
    uint64_t left;           /* rows still to come */
    uint64_t kept, dropped;  /* of those, with all of value_1..4: with and without a 1 in 5..20 */
    uint64_t only_3, only_4; /* of those, with one of the two */
    uint64_t need[FILTER_FIELDS];  /* of the rows that are neither kept nor dropped */
    uint64_t quota[FILTER_FIELDS]; /* of the kept rows; they add up to kept */
};

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) */
static uint64_t
shape_random(struct shape *shape)
{
    uint64_t z = (shape->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Evenly spread over 0..n-1, but for a bias of n / 2^64. */
static uint64_t
shape_below(struct shape *shape, uint64_t n)
{
    return (uint64_t) (((unsigned __int128) shape_random(shape) * n) >> 64);
}

static uint64_t
divide_rounded(uint64_t a, uint64_t b)
{
    return a / b + (a % b >= (b + 1) / 2);
}

uint64_t
shape_field_rows(uint64_t nrows, unsigned field)
{
    if (field <= 2) {
        return nrows;
    }
    if (field <= FIRST_FILTER) {
        return divide_rounded(nrows, 1000);
    }
    if (nrows == 0) {
        return 0;
    }
    double smallest = nrows < 10 ? (double) nrows : 10;
    double largest = fmax(smallest, (double) nrows / 10);
    double step = (double) (field - FIRST_FILTER - 1) / (FILTER_FIELDS - 1);
    return (uint64_t) llround(smallest * pow(largest / smallest, step));
}

struct shape *
shape_new(uint64_t nrows, uint64_t seed)
{
    struct shape *shape = must_alloc(sizeof *shape);
    uint64_t both = divide_rounded(nrows, 10000);
    shape->random = seed;
    shape->left = nrows;
    shape->kept = divide_rounded(both, 2);
    shape->dropped = both - shape->kept;
    shape->only_3 = shape_field_rows(nrows, 3) - both;
    shape->only_4 = shape_field_rows(nrows, 4) - both;

    /* The kept rows are dealt out by the fields' sizes: the rounding of running sums keeps them
     * adding up. */
    double total = 0, sum = 0;
    for (unsigned i = 0; i < FILTER_FIELDS; i++) {
        shape->need[i] = shape_field_rows(nrows, FIRST_FILTER + 1 + i);
        total += (double) shape->need[i];
    }
    uint64_t dealt = 0;
    for (unsigned i = 0; i < FILTER_FIELDS && shape->kept; i++) {
        sum += (double) shape->need[i];
        uint64_t upto = (uint64_t) llround((double) shape->kept * (sum / total));
        shape->quota[i] = upto - dealt;
        shape->need[i] -= shape->quota[i];
        dealt = upto;
    }
    return shape;
}

void
shape_free(struct shape *shape)
{
    free(shape);
}

/* Takes one from the pool that `at` falls into; true when it does. Pools are laid end to end. */
static bool
pool_take(uint64_t *at, uint64_t *pool)
{
    if (*at < *pool) {
        --*pool;
        return true;
    }
    *at -= *pool;
    return false;
}

bool
shape_next(struct shape *shape, unsigned char values[SHAPE_FIELDS])
{
    if (shape->left == 0) {
        return false;
    }
    uint64_t bits = shape_random(shape);
    values[0] = (unsigned char) (1 + (bits & 1));
    values[1] = (unsigned char) (1 + ((bits >> 1) & 7));
    values[2] = values[3] = 0;
    unsigned char *filter = values + FIRST_FILTER;
    for (unsigned i = 0; i < FILTER_FIELDS; i++) {
        filter[i] = 0;
    }

    uint64_t at = shape_below(shape, shape->left);
    uint64_t plain = shape->left - shape->kept - shape->dropped; /* this row too, if it is plain */
    shape->left--;
    bool keep = pool_take(&at, &shape->kept);
    bool both = keep || pool_take(&at, &shape->dropped);
    if (both || pool_take(&at, &shape->only_3)) {
        values[2] = (unsigned char) (1 + shape_below(shape, 3));
    }
    if (both || (!values[2] && pool_take(&at, &shape->only_4))) {
        values[3] = (unsigned char) (1 + shape_below(shape, 7));
    }
    if (keep) {
        uint64_t which = shape_below(shape, shape->kept + 1);
        unsigned i = 0;
        while (!pool_take(&which, &shape->quota[i])) {
            i++;
        }
        filter[i] = 1;
    } else if (!both) {
        for (unsigned i = 0; i < FILTER_FIELDS; i++) {
            if (shape_below(shape, plain) < shape->need[i]) {
                shape->need[i]--;
                filter[i] = shape_below(shape, 10) == 0 ? 2 : 1;
            }
        }
    }
    return true;
}
