/*
 * Puts values in the order of positions, and gives the place of each. in: values in any order, or
 * several sorted lists of them; out: the values sorted, each once, and their ranks.
 *
 *     10 x 9 10      runs, each in order   10 x | 9 10
 *                    merged                9 10 10 x         ranks 0 1 1 2, by old places
 *
 * Each value has a key, which decides most of the order: for a number order_key, for a text the
 * bytes behind the common beginning of all texts. If there are many runs, the values are first
 * sorted by their keys, digit by digit (a radix sort, linear); then the runs that are left are
 * merged.
 */
#include "answer/ranks.h"

#include <stdbool.h>

#include "base/number.h"

enum { MANY_RUNS = 32, DIGIT_BITS = 8, NDIGITS = 1 << DIGIT_BITS };
/* The key of texts; above the keys of all numbers. */
#define TEXT_KEY (3ull << 62)

struct ranked {
    uint64_t key;
    size_t from; /* the value's place in the list that was given */
};

/* The values being sorted, and where they go. */
struct ranking {
    const struct slice *values;
    struct ranked *items, *other;
    size_t n;
    size_t *ends; /* ends of the runs, each in order */
    size_t nruns;
};

/* ---- Keys ---- */

static uint64_t
text_key(struct slice text, size_t skip)
{
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof key; i++) {
        key = key << 8 | (skip + i < text.len ? (unsigned char) text.ptr[skip + i] : 0);
    }
    return TEXT_KEY | key >> 2;
}

/* The length of the common beginning of two texts, at most `most`. */
static size_t
shared_bytes(struct slice a, struct slice b, size_t most)
{
    size_t n = 0;
    most = a.len < most ? a.len : most;
    most = b.len < most ? b.len : most;
    while (n < most && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    return n;
}

static void
make_keys(struct ranking *ranking)
{
    const struct slice *first = NULL; /* the first text */
    size_t skip = SIZE_MAX;
    for (size_t i = 0; i < ranking->n; i++) {
        ranking->items[i] = (struct ranked){order_key(ranking->values[i]), i};
        if (!ranking->items[i].key) {
            first = first ? first : &ranking->values[i];
            skip = shared_bytes(*first, ranking->values[i], skip);
        }
    }
    for (size_t i = 0; i < ranking->n && first; i++) {
        if (!ranking->items[i].key) {
            ranking->items[i].key = text_key(ranking->values[i], skip);
        }
    }
}

/* ---- Order ---- */

static int
ranked_compare(const struct ranking *ranking, const struct ranked *a, const struct ranked *b)
{
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    struct slice value = ranking->values[a->from], other = ranking->values[b->from];
    if (slice_equal(value, other)) {
        return 0;
    }
    return a->key >= TEXT_KEY ? slice_compare(value, other) : number_compare(value, other);
}

static void
swap(struct ranking *ranking)
{
    struct ranked *items = ranking->items;
    ranking->items = ranking->other;
    ranking->other = items;
}

static void
find_runs(struct ranking *ranking)
{
    const struct ranked *items = ranking->items;
    ranking->nruns = 0;
    for (size_t i = 1; i < ranking->n; i++) {
        if (ranked_compare(ranking, &items[i - 1], &items[i]) > 0) {
            ranking->ends[ranking->nruns++] = i;
        }
    }
    if (ranking->n) {
        ranking->ends[ranking->nruns++] = ranking->n;
    }
}

/* One pass of the radix sort. */
static void
sort_by_digit(struct ranking *ranking, unsigned shift)
{
    size_t begins[NDIGITS] = {0}, begin = 0;
    for (size_t i = 0; i < ranking->n; i++) {
        begins[ranking->items[i].key >> shift & (NDIGITS - 1)]++;
    }
    for (size_t digit = 0; digit < NDIGITS; digit++) {
        size_t count = begins[digit];
        begins[digit] = begin;
        begin += count;
    }
    for (size_t i = 0; i < ranking->n; i++) {
        size_t *at = &begins[ranking->items[i].key >> shift & (NDIGITS - 1)];
        ranking->other[(*at)++] = ranking->items[i];
    }
    swap(ranking);
}

static void
sort_by_key(struct ranking *ranking)
{
    uint64_t differing = 0;
    for (size_t i = 1; i < ranking->n; i++) {
        differing |= ranking->items[i].key ^ ranking->items[0].key;
    }
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (differing >> shift & (NDIGITS - 1)) {
            sort_by_digit(ranking, shift);
        }
    }
}

/* Merges the runs [begin, middle) and [middle, end) into the other array. */
static void
merge_two(const struct ranking *ranking, size_t begin, size_t middle, size_t end)
{
    const struct ranked *from = ranking->items;
    struct ranked *to = ranking->other + begin;
    size_t a = begin, b = middle;
    while (a < middle && b < end) {
        *to++ = ranked_compare(ranking, &from[b], &from[a]) < 0 ? from[b++] : from[a++];
    }
    while (a < middle) {
        *to++ = from[a++];
    }
    while (b < end) {
        *to++ = from[b++];
    }
}

/* Merges runs two by two, in rounds, until one is left. */
static void
merge_runs(struct ranking *ranking)
{
    while (ranking->nruns > 1) {
        size_t begin = 0, nleft = 0;
        for (size_t i = 0; i < ranking->nruns; i += 2) {
            size_t middle = ranking->ends[i];
            size_t end = i + 1 < ranking->nruns ? ranking->ends[i + 1] : middle;
            merge_two(ranking, begin, middle, end);
            ranking->ends[nleft++] = begin = end;
        }
        ranking->nruns = nleft;
        swap(ranking);
    }
}

size_t
values_rank(struct arena *arena, const struct slice *values, size_t n, struct slice *sorted,
            size_t *ranks)
{
    struct ranking ranking = {.values = values,
                              .items = arena_array(arena, n, sizeof *ranking.items),
                              .other = arena_array(arena, n, sizeof *ranking.other),
                              .ends = arena_array(arena, n, sizeof *ranking.ends),
                              .n = n};
    make_keys(&ranking);
    find_runs(&ranking);
    if (ranking.nruns > MANY_RUNS) {
        sort_by_key(&ranking);
        find_runs(&ranking);
    }
    merge_runs(&ranking);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ranked *item = &ranking.items[i];
        if (i == 0 || item[-1].key != item->key ||
            !slice_equal(values[item[-1].from], values[item->from])) {
            sorted[kept++] = values[item->from];
        }
        ranks[item->from] = kept - 1;
    }
    return kept;
}
