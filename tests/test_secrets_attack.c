/*
 * answer/secrets under attack: random rows are counted into tables, small counts are hidden, and a
 * reader (attack.h) tries to work the hidden ones out. Also: how much is hidden beside the small
 * counts, and tables of 10,000 cells.
 *
 *     test_secrets_attack            prints a line for each kind of answer
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "answer/secrets.h"
#include "tests/attack.h"
#include "tests/suite.h"

/* Terms of equations that hiding 10,000 counts may look at. */
enum { LARGE_WORK = 60 * 1000 * 1000 };

enum { NFIELDS = 4, MOST_POSITIONS = 16, MOST_DIMS = 4, MOST_TABLES = 4 };

/*
 * An answer: a few tables of the same rows, with totals, the base and what each table excludes.
 * A table is the letters of its dimensions: a b c fields of one value each, of 2, 3, 4 values; A B C
 * the same with a net of the first two; m a field of several values, M the same with a net.
 */
static const struct kind {
    const char *tables[MOST_TABLES];
    int nrows;
    int64_t below;
    int missing;        /* percent of each field */
    double most_hidden; /* for each small count, on the average */
    uint64_t seed;      /* one that has shown a mistake; 0: none has */
} kinds[] = {
    {.tables = {"c"}, .nrows = 20, .below = 3, .missing = 10, .most_hidden = 0.7},
    {.tables = {"bc"}, .nrows = 40, .below = 3, .missing = 0, .most_hidden = 0.82},
    {.tables = {"bc"}, .nrows = 40, .below = 3, .missing = 10, .most_hidden = 0.7},
    {.tables = {"bc"}, .nrows = 40, .below = 2, .missing = 10, .most_hidden = 0.7},
    {.tables = {"bc"}, .nrows = 150, .below = 10, .missing = 10, .most_hidden = 0.4},
    {.tables = {"abc"}, .nrows = 60, .below = 3, .missing = 10, .most_hidden = 0.85},
    {.tables = {"abc"}, .nrows = 200, .below = 6, .missing = 0, .most_hidden = 0.86},
    {.tables = {"abca"}, .nrows = 60, .below = 3, .missing = 10, .most_hidden = 0.66},
    {.tables = {"BC"}, .nrows = 60, .below = 4, .missing = 10, .most_hidden = 1.25, .seed = 195},
    {.tables = {"bm"}, .nrows = 40, .below = 4, .missing = 10, .most_hidden = 0.7},
    {.tables = {"Mc"}, .nrows = 40, .below = 4, .missing = 10, .most_hidden = 0.4},
    {.tables = {"bm", "m"}, .nrows = 30, .below = 3, .missing = 10, .most_hidden = 0.85},
    {.tables = {"a", "b", "c", "bc"},
     .nrows = 60,
     .below = 4,
     .missing = 10,
     .most_hidden = 0.65,
     .seed = 1383},
    {.tables = {"ab", "bc", "ac"}, .nrows = 60, .below = 4, .missing = 0, .most_hidden = 0.85},
    {.tables = {"abc", "ab", "c"},
     .nrows = 80,
     .below = 4,
     .missing = 10,
     .most_hidden = 0.73,
     .seed = 687},
    {.tables = {"abc", "ab", "c"}, .nrows = 80, .below = 4, .missing = 0, .most_hidden = 0.9},
    {.tables = {"abm", "b", "am"}, .nrows = 60, .below = 4, .missing = 0, .most_hidden = 1.05},
    {.tables = {"Abm", "c"}, .nrows = 60, .below = 4, .missing = 10, .most_hidden = 0.82},
};

struct random {
    uint64_t state;
};

static uint32_t
random_below(struct random *random, uint32_t n)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t) ((random->state >> 33) % n);
}

/* ---- Rows, counted into tables ---- */

static size_t
field_size(char letter)
{
    return letter == 'm' || letter == 'M' ? 3 : (size_t) ((letter | 32) - 'a') + 2;
}

/* A field of a row: a bit for each of its values; small values are more frequent. */
static uint32_t
random_field(struct random *random, char letter, int missing)
{
    if (random_below(random, 100) < (uint32_t) missing) {
        return 0;
    }
    uint32_t n = (uint32_t) field_size(letter);
    uint32_t value = 1u << random_below(random, 1 + random_below(random, n));
    return letter == 'm' ? value | 1u << random_below(random, n) : value;
}

/* The positions of a dimension that a row is in, a bit each: values, perhaps a net, the total. */
static uint32_t
row_positions(uint32_t value, char letter)
{
    size_t n = field_size(letter);
    if (value == 0) {
        return 0;
    }
    if (letter < 'a') {
        value |= (value & 3 ? 1u : 0u) << n++;
    }
    return value | 1u << n;
}

static struct equations_dim
dim_of(struct arena *arena, char letter)
{
    bool overlaps = (letter | 32) == 'm', has_net = letter < 'a';
    size_t n = field_size(letter);
    struct equations_sum *sums = arena_array(arena, 2, sizeof *sums);
    sums[0] = equations_total(arena, n + 1, overlaps);
    sums[0].whole += has_net;
    sums[1] = equations_total(arena, 3, overlaps); /* of the first two positions */
    sums[1].whole = n;
    return (struct equations_dim){n + has_net + 1, sums, 1 + has_net};
}

/* Adds a row to the cells that it is in; returns whether it is in any. */
static bool
count_row(const uint32_t *row, const char *table, const struct equations_dim *dims, int64_t *values)
{
    size_t ncells = 1, ndims = strlen(table);
    for (size_t d = 0; d < ndims; d++) {
        ncells *= dims[d].npositions;
    }
    bool is_in = false;
    for (size_t cell = 0; cell < ncells; cell++) {
        bool in_cell = true;
        size_t rest = cell;
        for (size_t d = ndims; d-- > 0; rest /= dims[d].npositions) {
            uint32_t value = row[(table[d] | 32) == 'm' ? 3 : (table[d] | 32) - 'a'];
            in_cell &= row_positions(value, table[d]) >> rest % dims[d].npositions & 1;
        }
        values[cell] += in_cell;
        is_in |= in_cell;
    }
    return is_in;
}

/* A table of the answer: its letters, its dimensions, its first count. */
struct counted {
    const char *letters;
    struct equations_dim dims[MOST_DIMS];
    uint32_t first;
};

/* The count of `to` for a cell of `from` that is a total over all dimensions that `to` lacks. */
static bool
find_margin(const struct counted *from, size_t cell, const struct counted *to, uint32_t *count)
{
    size_t positions[128], index = 0;
    for (size_t d = 0; to->letters[d]; d++) {
        positions[(int) to->letters[d]] = to->dims[d].npositions - 1;
    }
    for (size_t d = strlen(from->letters); d-- > 0; cell /= from->dims[d].npositions) {
        size_t position = cell % from->dims[d].npositions;
        if (strchr(to->letters, from->letters[d])) {
            positions[(int) from->letters[d]] = position;
        } else if (position != from->dims[d].npositions - 1) {
            return false;
        }
    }
    for (size_t d = 0; to->letters[d]; d++) {
        index = index * to->dims[d].npositions + positions[(int) to->letters[d]];
    }
    *count = to->first + (uint32_t) index;
    return true;
}

/*
 * What two tables have in common: it is equal if no field is missing anywhere. Else a table of fewer
 * fields has at least what one of these and others has.
 */
static void
add_margins(struct equations *equations, const struct counted *from, const struct counted *to,
            bool is_equal)
{
    size_t ncells = 1;
    for (size_t d = 0; from->letters[d]; d++) {
        ncells *= from->dims[d].npositions;
    }
    for (size_t cell = 0; cell < ncells; cell++) {
        uint32_t count;
        bool is_part = strspn(to->letters, from->letters) == strlen(to->letters);
        if (find_margin(from, cell, to, &count) && (is_equal || is_part)) {
            equations_begin(equations, is_equal ? EQUATION_EQUAL : EQUATION_AT_LEAST, 0);
            equations_add_term(equations, count, 1);
            equations_add_term(equations, from->first + (uint32_t) cell, -1);
        }
    }
}

/* Adds a table, and what it excludes. */
static void
add_counted(struct equations *equations, uint32_t base, const char *letters,
            uint32_t (*rows)[NFIELDS], int nrows, struct counted *counted)
{
    int64_t values[1024] = {0}, excluded = 0;
    counted->letters = letters;
    for (size_t d = 0; letters[d]; d++) {
        counted->dims[d] = dim_of(equations->arena, letters[d]);
    }
    for (int i = 0; i < nrows; i++) {
        excluded += !count_row(rows[i], letters, counted->dims, values);
    }
    counted->first = equations_add_table(equations, counted->dims, strlen(letters), values);
    uint32_t rest = equations_add_count(
        equations,
        (struct equations_count){.value = excluded, .cost = equations_cost(excluded, 1)});
    equations_begin(equations, EQUATION_EQUAL, 0);
    equations_add_term(equations, base, 1);
    equations_add_term(equations, rest - 1, -1); /* the total of all */
    equations_add_term(equations, rest, -1);
}

static struct equations *
random_answer(struct arena *arena, const struct kind *kind, uint64_t seed)
{
    static const char letters[NFIELDS] = {'a', 'b', 'c', 'm'};
    struct random random = {seed};
    struct equations *equations = equations_new(arena);
    uint32_t(*rows)[NFIELDS] = arena_array(arena, (size_t) kind->nrows, sizeof *rows);
    for (int i = 0; i < kind->nrows; i++) {
        for (int f = 0; f < NFIELDS; f++) {
            rows[i][f] = random_field(&random, letters[f], kind->missing);
        }
    }
    uint32_t base = equations_add_count(
        equations,
        (struct equations_count){.value = kind->nrows, .cost = equations_cost(kind->nrows, 4)});
    struct counted tables[MOST_TABLES];
    for (size_t t = 0; t < MOST_TABLES && kind->tables[t]; t++) {
        add_counted(equations, base, kind->tables[t], rows, kind->nrows, &tables[t]);
        for (size_t other = 0; other < t; other++) {
            add_margins(equations, &tables[t], &tables[other], kind->missing == 0);
            if (kind->missing > 0) {
                add_margins(equations, &tables[other], &tables[t], false);
            }
        }
    }
    equations_index(equations);
    ck_assert(equations_hold(equations));
    return equations;
}

/* ---- Attacks ---- */

/* Attacks all that is hidden; returns how many counts were worked out. Below INT64_MAX: no cause is needed. */
static int
attack_all(const struct equations *equations, const bool *is_hidden, int64_t below)
{
    static struct attack attack;
    int nfound = 0;
    attack_init(&attack, equations, is_hidden, below);
    ck_assert(attack_has_causes(&attack, attack.truth));
    for (int i = 0; i < attack.n; i++) {
        nfound += !attack_finds_another(&attack, i);
        ck_assert_msg(attack.left > 0, "the attack gave up");
    }
    return nfound;
}

/* Each small count is hidden, and no zero. */
static void
check_small(const struct equations *equations, const struct secrets *secrets, int64_t below)
{
    for (size_t i = 0; i < equations->ncounts; i++) {
        int64_t value = equations->counts[i].value;
        ck_assert(secrets->is_hidden[i] || value == 0 || value >= below);
        ck_assert(!secrets->is_hidden[i] || value > 0);
    }
}

START_TEST(no_hidden_count_can_be_worked_out)
{
    enum { NSEEDS = 60 };
    const struct kind *kind = &kinds[_i];
    int64_t below = kind->below == 2 ? 3 : kind->below; /* as secrets.h says */
    size_t nsmall = 0, ncomplements = 0;
    for (uint64_t i = 0; i < NSEEDS + (kind->seed != 0); i++) {
        uint64_t seed = i < NSEEDS ? i + 1 : kind->seed;
        struct arena *arena = arena_new();
        struct equations *equations = random_answer(arena, kind, seed);
        struct secrets *secrets = secrets_of(equations, kind->below);
        check_small(equations, secrets, below);
        ck_assert_msg(secrets->nguessed == 0, "kind %d, seed %d", _i, (int) seed);
        ck_assert_msg(attack_all(equations, secrets->is_hidden, below) == 0, "kind %d, seed %d", _i,
                      (int) seed);
        nsmall += secrets->nsmall;
        ncomplements += secrets->ncomplements;
        arena_free(arena);
    }
    double mean = (double) ncomplements / (double) nsmall;
    printf(
        "%s ... of %d rows below %d, seeds 1 to %d: %zu small counts, %.2f complements for each\n",
        kind->tables[0], kind->nrows, (int) kind->below, NSEEDS, nsmall, mean);
    ck_assert_double_le(mean, kind->most_hidden);
}
END_TEST

/*
 * Without complements, and without any one of them, the attack must find something now and then, also
 * if it does not ask for causes: what is hidden here is not what the rule would hide.
 */
START_TEST(the_attack_is_not_blind)
{
    const struct kind *kind = &kinds[_i];
    int64_t below = kind->below == 2 ? 3 : kind->below;
    int nfound_small = 0, nfound_less = 0, ntried = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct arena *arena = arena_new();
        struct equations *equations = random_answer(arena, kind, seed);
        struct secrets *secrets = secrets_of(equations, kind->below);
        bool *is_hidden = arena_array(arena, equations->ncounts, sizeof *is_hidden);
        for (size_t i = 0; i < equations->ncounts; i++) {
            int64_t value = equations->counts[i].value;
            is_hidden[i] = value > 0 && value < below;
        }
        nfound_small += attack_all(equations, is_hidden, INT64_MAX) > 0;
        memcpy(is_hidden, secrets->is_hidden, equations->ncounts * sizeof *is_hidden);
        for (size_t i = 0; i < equations->ncounts; i++) {
            if (is_hidden[i] && equations->counts[i].value >= below) {
                is_hidden[i] = false;
                nfound_less += attack_all(equations, is_hidden, INT64_MAX) > 0;
                is_hidden[i] = true;
                ntried++;
            }
        }
        arena_free(arena);
    }
    printf("%s ... below %d: %d of 10 without complements fall, %d of %d without one of them\n",
           kind->tables[0], (int) kind->below, nfound_small, nfound_less, ntried);
    ck_assert_int_gt(nfound_small, 0);
    ck_assert_int_gt(nfound_less * 2, ntried);
}
END_TEST

/* ---- Large tables ---- */

static const struct {
    size_t npositions[MOST_DIMS]; /* with the total */
    int percent_zero;
    uint32_t most; /* of a cell */
    double most_hidden;
} large_rows[] = {
    {.npositions = {10000}, .percent_zero = 0, .most = 50, .most_hidden = 0.1},
    {.npositions = {100, 100}, .percent_zero = 90, .most = 50, .most_hidden = 0.3},
    {.npositions = {100, 100}, .percent_zero = 0, .most = 5000, .most_hidden = 2},
    {.npositions = {21, 21, 21}, .percent_zero = 0, .most = 50, .most_hidden = 0.5},
    {.npositions = {21, 21, 21}, .percent_zero = 50, .most = 50, .most_hidden = 1.5},
    {.npositions = {10, 10, 10, 10}, .percent_zero = 0, .most = 50, .most_hidden = 1.5},
    {.npositions = {10, 10, 10, 10}, .percent_zero = 90, .most = 50, .most_hidden = 2},
    {.npositions = {3001, 3}, .percent_zero = 30, .most = 50, .most_hidden = 1},
    {.npositions = {10, 10, 10, 10}, .percent_zero = 0, .most = 5000, .most_hidden = 15},
};

/* Random cells, added up to totals. */
static void
fill_cells(struct random *random, const size_t *npositions, size_t ndims, size_t ncells,
           int percent_zero, uint32_t most, int64_t *values)
{
    for (size_t cell = 0; cell < ncells; cell++) {
        bool is_total = false;
        size_t rest = cell;
        for (size_t d = ndims; d-- > 0; rest /= npositions[d]) {
            is_total |= rest % npositions[d] == npositions[d] - 1;
        }
        if (is_total || random_below(random, 100) < (uint32_t) percent_zero) {
            continue;
        }
        int64_t value = 1 + random_below(random, 1 + random_below(random, most));
        for (size_t totals = 0; totals < (size_t) 1 << ndims; totals++) {
            size_t to = cell, span = 1;
            for (size_t d = ndims; d-- > 0; span *= npositions[d]) {
                size_t position = cell / span % npositions[d];
                to += totals >> d & 1 ? (npositions[d] - 1 - position) * span : 0;
            }
            values[to] += value;
        }
    }
}

START_TEST(large_tables_are_no_trouble)
{
    const size_t *npositions = large_rows[_i].npositions;
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    struct random random = {(uint64_t) _i + 1};
    struct equations_sum sums[MOST_DIMS];
    struct equations_dim dims[MOST_DIMS];
    size_t ndims = 0, ncells = 1;
    for (; ndims < MOST_DIMS && npositions[ndims]; ndims++) {
        sums[ndims] = equations_total(arena, npositions[ndims], false);
        dims[ndims] = (struct equations_dim){npositions[ndims], &sums[ndims], 1};
        ncells *= npositions[ndims];
    }
    int64_t *values = arena_array(arena, ncells, sizeof *values);
    fill_cells(&random, npositions, ndims, ncells, large_rows[_i].percent_zero, large_rows[_i].most,
               values);
    equations_add_table(equations, dims, ndims, values);
    equations_index(equations);
    struct secrets *secrets = secrets_of(equations, 5);
    double mean = (double) secrets->ncomplements / (double) secrets->nsmall;
    printf(
        "%zu dimensions, %zu cells, %d %% zeros, up to %u: %zu small counts, %.2f complements for "
        "each; %.1f million terms\n",
        ndims, ncells, large_rows[_i].percent_zero, large_rows[_i].most, secrets->nsmall, mean,
        (double) secrets->work / 1e6);
    /* The same on every machine; without a bound a search might look at all terms for each count. */
    ck_assert_uint_gt(secrets->work, 0);
    ck_assert_uint_le(secrets->work, LARGE_WORK);
    ck_assert_uint_eq(secrets->nguessed, 0);
    ck_assert_uint_gt(secrets->nsmall, 0);
    ck_assert_double_le(mean, large_rows[_i].most_hidden);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("secrets_attack");
    TCase *tcase = tcase_create("secrets_attack");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, no_hidden_count_can_be_worked_out, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(tcase, the_attack_is_not_blind, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(tcase, large_tables_are_no_trouble, 0,
                        sizeof large_rows / sizeof *large_rows);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
