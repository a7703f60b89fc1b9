/*
 * server/client/throttle, executor/budget: how much of it one client may have.
 */
#include <check.h>
#include <string.h>

#include "executor/budget.h"
#include "server/client/throttle.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* -- rates ------------------------------------------------------------------------------------- */

START_TEST(test_a_second_ahead_then_one_by_one)
{
    struct throttle throttle = {0};
    int64_t now_us = 5000000;
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(throttle_take(&throttle, 10, now_us), 0);
    }
    ck_assert_int_eq(throttle_take(&throttle, 10, now_us), 100000);
    ck_assert_int_eq(throttle_take(&throttle, 10, now_us + 40000), 60000);
    ck_assert_int_eq(throttle_take(&throttle, 10, now_us + 100000), 0);
    ck_assert_int_eq(throttle_take(&throttle, 10, now_us + 100000), 100000);
    now_us += 3600 * 1000000LL; /* an hour of silence saves up no more than a second's worth */
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(throttle_take(&throttle, 10, now_us), 0);
    }
    ck_assert_int_gt(throttle_take(&throttle, 10, now_us), 0);
}
END_TEST

/* Whoever waits as long as told gets, over ten seconds, what the rate says. */
START_TEST(test_rate)
{
    static const int64_t RATES[] = {1, 3, 10, 1000, 33333};
    int64_t rate = RATES[_i], now_us = 1, end_us = now_us + 10 * 1000000LL, n = 0;
    struct throttle throttle = {0};
    while (now_us < end_us) {
        int64_t wait_us = throttle_take(&throttle, rate, now_us);
        n += wait_us == 0;
        now_us += wait_us;
    }
    ck_assert_int_ge(n, 10 * rate);
    ck_assert_int_le(n, 11 * rate + rate / 1000 + 1); /* its price is in whole nanoseconds */
}
END_TEST

START_TEST(test_no_rate)
{
    struct throttle throttle = {0};
    for (int i = 0; i < 100000; i++) {
        ck_assert_int_eq(throttle_take(&throttle, 0, 1), 0);
    }
    ck_assert_int_eq(throttle_take(&throttle, 1, 1), 0);
}
END_TEST

/* -- budgets ----------------------------------------------------------------------------------- */

static int woken[8];

static void
on_wake(void *arg)
{
    woken[*(int *) arg]++;
}

static int ids[] = {0, 1, 2, 3};
static struct query_budget budget;
static struct query_claim claims[4];
static struct error err;

static void
setup(void)
{
    memset(woken, 0, sizeof woken);
    budget = (struct query_budget){.max_cells = 1000};
    for (int i = 0; i < 4; i++) {
        claims[i] = (struct query_claim){.budget = &budget, .wake = on_wake, .arg = &ids[i]};
    }
    error_clear(&err);
}

START_TEST(test_what_fits_runs_and_what_never_can_is_refused)
{
    ck_assert(budget_claim(&claims[0], 600, &err) == BUDGET_TAKEN);
    ck_assert(budget_claim(&claims[1], 400, &err) == BUDGET_TAKEN);
    ck_assert(budget_claim(&claims[2], 1001, &err) == BUDGET_NEVER);
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "client-max-cells is 1000, the query asks for 1001");
    budget_release(&claims[0]);
    budget_release(&claims[1]);
    ck_assert_uint_eq(budget.cells, 0);
}
END_TEST

START_TEST(test_who_waits_is_woken_in_order_and_not_overtaken)
{
    ck_assert(budget_claim(&claims[0], 600, &err) == BUDGET_TAKEN);
    ck_assert(budget_claim(&claims[1], 600, &err) == BUDGET_WAIT);
    ck_assert(budget_claim(&claims[2], 100, &err) == BUDGET_WAIT);
    ck_assert(budget_claim(&claims[1], 600, &err) == BUDGET_WAIT); /* again: still in its place */
    budget_release(&claims[0]);
    ck_assert_int_eq(woken[1], 1);
    ck_assert_int_eq(woken[2], 0);
    ck_assert(budget_claim(&claims[1], 600, &err) == BUDGET_TAKEN);
    ck_assert_int_eq(woken[2], 1); /* there may be room for it too */
    ck_assert(budget_claim(&claims[2], 100, &err) == BUDGET_TAKEN);
    ck_assert_ptr_null(budget.first_waiting);
}
END_TEST

START_TEST(test_who_leaves_the_line_lets_the_next_one_on)
{
    ck_assert(budget_claim(&claims[0], 900, &err) == BUDGET_TAKEN);
    ck_assert(budget_claim(&claims[1], 600, &err) == BUDGET_WAIT);
    ck_assert(budget_claim(&claims[2], 100, &err) == BUDGET_WAIT);
    budget_release(&claims[1]); /* its client has left */
    ck_assert_int_eq(woken[2], 1);
    ck_assert(budget_claim(&claims[2], 100, &err) == BUDGET_TAKEN);
    budget_release(&claims[1]); /* twice does nothing */
    ck_assert_uint_eq(budget.cells, 1000);
}
END_TEST

START_TEST(test_no_budget)
{
    struct query_claim claim = {0};
    ck_assert(budget_claim(&claim, UINT64_MAX, &err) == BUDGET_TAKEN);
    budget_release(&claim);
    budget.max_cells = 0;
    ck_assert(budget_claim(&claims[0], UINT64_MAX, &err) == BUDGET_TAKEN);
    budget_release(&claims[0]);
    ck_assert_uint_eq(budget.cells, 0);
}
END_TEST

/* CONFIG SET and ACL SETUSER may lower it while queries run. */
START_TEST(test_a_limit_that_is_lowered)
{
    ck_assert(budget_claim(&claims[0], 900, &err) == BUDGET_TAKEN);
    budget.max_cells = 100;
    ck_assert(budget_claim(&claims[1], 50, &err) == BUDGET_WAIT);
    budget_release(&claims[0]);
    ck_assert(budget_claim(&claims[1], 50, &err) == BUDGET_TAKEN);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("limits");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, test_a_second_ahead_then_one_by_one);
    tcase_add_loop_test(tcase, test_rate, 0, 5);
    tcase_add_test(tcase, test_no_rate);
    tcase_add_test(tcase, test_what_fits_runs_and_what_never_can_is_refused);
    tcase_add_test(tcase, test_who_waits_is_woken_in_order_and_not_overtaken);
    tcase_add_test(tcase, test_who_leaves_the_line_lets_the_next_one_on);
    tcase_add_test(tcase, test_no_budget);
    tcase_add_test(tcase, test_a_limit_that_is_lowered);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
