/*
 * The first rows of many, whatever the order in which they come: against all of them sorted. A row that
 * comes twice is there once; with two values it is an error, and so are more than may be.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "executor/found_rows.h"
#include "tests/suite.h"

enum { NROWS = 1000, NAME_BYTES = 24, MUCH = 1 << 30 };

struct world {
    char names[NROWS][NAME_BYTES], values[NROWS][NAME_BYTES];
    struct row_key rows[NROWS];
};

static bool is_descending;

static int
by_order(const void *a, const void *b)
{
    return row_key_compare(a, b, is_descending);
}

/* Names are in another order than values, and some rows have none. */
static void
world_make(struct world *world, bool descending)
{
    for (size_t i = 0; i < NROWS; i++) {
        snprintf(world->names[i], NAME_BYTES, "p_%zu", i);
        snprintf(world->values[i], NAME_BYTES, "%zu", i * 7919 % 97);
        world->rows[i] = (struct row_key){slice_str(world->names[i]), slice_str(world->values[i])};
        if (i % 11 == 0) {
            world->rows[i].value = (struct slice){0};
        }
    }
    is_descending = descending;
    qsort(world->rows, NROWS, sizeof *world->rows, by_order);
}

/* Adds all rows, the one after the other by steps of a prime; some of them twice. */
static bool
add_all(struct found_rows *found, const struct world *world, size_t step, struct error *err)
{
    for (size_t i = 0; i < NROWS; i++) {
        size_t at = i * step % NROWS;
        if (!found_rows_add(found, &world->rows[at], err) ||
            (i % 3 == 0 && !found_rows_add(found, &world->rows[i * 7 % NROWS], err))) {
            return false;
        }
    }
    return true;
}

START_TEST(the_first_ones)
{
    static const uint64_t MOST[] = {0, 1, 10, 64, 500, NROWS - 1, NROWS, NROWS + 1, 5000};
    static const size_t STEPS[] = {1, NROWS - 1, 607};
    static struct world world;
    for (int descends = 0; descends < 2; descends++) {
        world_make(&world, descends);
        for (size_t m = 0; m < sizeof MOST / sizeof *MOST; m++) {
            for (size_t s = 0; s < sizeof STEPS / sizeof *STEPS; s++) {
                struct found_rows *found = found_rows_new(&(struct found_limits){
                    .most = MOST[m], .has_limit = true, .descending = descends, .max_bytes = MUCH});
                struct error err = {"", ""};
                struct row_key last;
                size_t n;
                ck_assert(add_all(found, &world, STEPS[s], &err));
                if (MOST[m] &&
                    found_rows_last(found, &last)) { /* what is wanted is never behind it */
                    ck_assert_int_ge(row_key_compare(&last, &world.rows[MOST[m] - 1], descends), 0);
                }
                ck_assert_msg(found_rows_end(found, &err), "%s", err.message);
                const struct row_key *keys = found_rows_keys(found, &n);
                ck_assert_uint_eq(n, MOST[m] < NROWS ? MOST[m] : NROWS);
                for (size_t i = 0; i < n; i++) {
                    ck_assert_int_eq(row_key_compare(&keys[i], &world.rows[i], descends), 0);
                }
                found_rows_free(found);
            }
        }
    }
}
END_TEST

START_TEST(no_more_than_may_be)
{
    static struct world world;
    world_make(&world, false);
    for (uint64_t most = NROWS - 1; most <= NROWS; most++) {
        struct found_rows *found =
            found_rows_new(&(struct found_limits){.most = most, .max_bytes = MUCH});
        struct error err = {"", ""};
        bool ok = add_all(found, &world, 607, &err) && found_rows_end(found, &err);
        ck_assert_int_eq(ok, most == NROWS);
        ck_assert_str_eq(err.code, ok ? "" : "LIMIT");
        ck_assert_int_eq(found_rows_check(found, NROWS, &err), most == NROWS);
        found_rows_free(found);
    }
    struct found_rows *found =
        found_rows_new(&(struct found_limits){.most = NROWS, .max_bytes = 10000});
    struct error err = {"", ""};
    ck_assert(!add_all(found, &world, 1, &err));
    ck_assert_ptr_nonnull(strstr(err.message, "max-partial-bytes is 10000"));
    found_rows_free(found);
}
END_TEST

START_TEST(a_row_has_one_value)
{
    struct row_key one = {slice_lit("p_1"), slice_lit("1")};
    struct row_key other = {slice_lit("p_1"), slice_lit("2")};
    struct row_key none = {slice_lit("p_1"), {0}};
    const struct row_key *second[] = {&one, &other, &none};
    for (size_t i = 0; i < 3; i++) {
        struct found_rows *found =
            found_rows_new(&(struct found_limits){.most = 10, .max_bytes = MUCH});
        struct error err = {"", ""};
        ck_assert(found_rows_add(found, &one, &err) && found_rows_add(found, second[i], &err));
        ck_assert_int_eq(found_rows_end(found, &err), second[i] == &one);
        ck_assert_str_eq(err.code, second[i] == &one ? "" : "SHARDDOWN");
        found_rows_clear(found); /* and the next attempt is right */
        error_clear(&err);
        size_t n;
        ck_assert(found_rows_add(found, second[i], &err) && found_rows_end(found, &err));
        (void) found_rows_keys(found, &n);
        ck_assert_uint_eq(n, 1);
        found_rows_free(found);
    }
}
END_TEST

START_TEST(only_those_behind_a_name)
{
    static const char *const NAMES[] = {"p_3", "p_2", "p_1", "p_10", "p_2", "p", "p_2a"};
    static const char *const BEHIND[] = {"p_2a", "p_3"};
    for (uint64_t most = 1; most <= 3; most++) {
        struct found_rows *found = found_rows_new(&(struct found_limits){
            .most = most, .has_limit = true, .after = slice_lit("p_2"), .max_bytes = MUCH});
        struct error err = {"", ""};
        size_t n;
        for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
            struct row_key key = {.name = slice_str(NAMES[i])};
            ck_assert(found_rows_add(found, &key, &err));
        }
        ck_assert(found_rows_end(found, &err));
        const struct row_key *keys = found_rows_keys(found, &n);
        ck_assert_uint_eq(n, most < 2 ? most : 2);
        for (size_t i = 0; i < n; i++) {
            ck_assert(slice_equal(keys[i].name, slice_str(BEHIND[i])));
        }
        found_rows_free(found);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("found_rows");
    TCase *tcase = tcase_create("found_rows");
    tcase_add_test(tcase, the_first_ones);
    tcase_add_test(tcase, no_more_than_may_be);
    tcase_add_test(tcase, a_row_has_one_value);
    tcase_add_test(tcase, only_those_behind_a_name);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
