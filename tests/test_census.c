/*
 * executor/shards/census: which node has a slot, when it waits, and what two of them tell.
 */
#include <check.h>
#include <string.h>

#include "executor/shards/census.h"
#include "tests/scripted_cluster.h"
#include "tests/suite.h"

enum { SLOT = 100, MOST = 4, TIMEOUT_MS = 400 };

/* A line of CLUSTER NODES, of the node itself. */
#define ME(epoch, slots) "+07c3 127.0.0.1:1@2 myself,master - 0 0 " epoch " connected " slots "\r\n"
#define LOW ME("1", "0-8191")
#define HIGH ME("2", "8192-16383")
#define NO_100 ME("1", "0-99 101-8191")

/*
 * What two nodes answer, one after the other; the last answer is given again and again. Slot 100 is
 * asked for, and 9000.
 */
static const struct {
    const char *what;
    const char *answers[2][MOST]; /* by node */
    const char *told;             /* "ok", or an error's code and message, or its beginning */
    size_t nasked;                /* node 0; 0: any number */
} rows[] = {
    {.what = "at rest", .answers = {{LOW}, {HIGH}}, .told = "ok", .nasked = 1},
    {.what = "leaving, then not",
     .answers = {{ME("1", "0-8191 [100->-67ed]"), LOW}, {HIGH}},
     .told = "ok",
     .nasked = 2},
    {.what = "another slot is leaving",
     .answers = {{ME("1", "0-8191 [101->-67ed]")}, {HIGH}},
     .told = "ok",
     .nasked = 1},
    {.what = "coming, and at home",
     .answers = {{LOW}, {ME("2", "8192-16383 [100-<-07c3]")}},
     .told = "ok",
     .nasked = 1},
    {.what = "at nobody's for a moment",
     .answers = {{NO_100}, {HIGH, ME("3", "100 8192-16383")}},
     .told = "ok",
     .nasked = 2},
    {.what = "at two",
     .answers = {{LOW, NO_100}, {ME("3", "100 8192-16383")}},
     .told = "ok",
     .nasked = 2},
    {.what = "leaving for ever",
     .answers = {{ME("1", "0-8191 [100->-67ed]")}, {HIGH}},
     .told = "TIMEOUT slot 100 was not served in time: it is on its way to another node"},
    {.what = "refused", .answers = {{LOW}, {"-NOPERM no\r\n"}}, .told = "SHARDDOWN", .nasked = 1},
    {.what = "no line of itself",
     .answers = {{"+07c3 127.0.0.1:1@2 master - 0 0 1 connected 0\r\n"}, {HIGH}},
     .told = "SHARDDOWN",
     .nasked = 1},
    {.what = "no text", .answers = {{":1\r\n"}, {HIGH}}, .told = "SHARDDOWN", .nasked = 1},
    {.what = "lost", .answers = {{LOW}, {"!"}}, .told = "SHARDDOWN", .nasked = 1},
};

static const char MAP[] = "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$-1\r\n:#0\r\n"
                          "*3\r\n:8192\r\n:16383\r\n*2\r\n$-1\r\n:#1\r\n";

struct test {
    const char *const (*answers)[MOST];
    size_t nasked[2];
    bool is_told;
    struct census *census;
    struct error err;
};

static const char *
answer(void *arg, size_t node, const char *command)
{
    struct test *test = arg;
    if (strcmp(command, "CLUSTER NODES") == 0) {
        size_t n = test->nasked[node]++;
        while (n > 0 && (n >= MOST || !test->answers[node][n])) {
            n--;
        }
        return test->answers[node][n];
    }
    return strcmp(command, "CLUSTER SLOTS") == 0 ? MAP : scripted_greeting(command);
}

static void
on_census(void *arg, struct census *census, const struct error *err)
{
    struct test *test = arg;
    test->is_told = true;
    test->census = census;
    if (err) {
        test->err = *err;
    }
}

static void
test_open(struct test *test, struct scripted_setup *setup, struct scripted_cluster *cluster)
{
    *setup = (struct scripted_setup){
        .nnodes = 2, .is_cluster = true, .timeout_ms = TIMEOUT_MS, .answer = answer, .arg = test};
    scripted_cluster_open(cluster, setup);
    ck_assert(scripted_wait(cluster->base, &cluster->is_ready, 5000));
}

static struct census *
take(struct test *test, struct scripted_cluster *cluster)
{
    struct census_slots wanted = {{0}};
    census_slots_add(&wanted, SLOT);
    census_slots_add(&wanted, 9000);
    test->is_told = false;
    census_start(cluster->shards, &wanted, on_census, test);
    ck_assert(!test->is_told);
    ck_assert(scripted_wait(cluster->base, &test->is_told, 5000));
    return test->census;
}

START_TEST(waits_for_slots_to_rest)
{
    struct test test = {.answers = rows[_i].answers};
    struct scripted_setup setup;
    struct scripted_cluster cluster;
    char told[600] = "ok";
    test_open(&test, &setup, &cluster);
    struct census *census = take(&test, &cluster);
    if (!census) {
        snprintf(told, sizeof told, "%s %s", test.err.code, test.err.message);
    }
    ck_assert_msg(strncmp(told, rows[_i].told, strlen(rows[_i].told)) == 0, "%s: %s", rows[_i].what,
                  told);
    ck_assert_msg(!rows[_i].nasked || test.nasked[0] == rows[_i].nasked, "%s: %zu", rows[_i].what,
                  test.nasked[0]);
    census_free(census);
    scripted_cluster_close(&cluster);
    scripted_cluster_free(&cluster);
}
END_TEST

/* Two censuses; in between the nodes say something else. */
static const struct {
    const char *what;
    const char *answers[2][MOST];
    bool is_same;
} pairs[] = {
    {"nothing moved", {{LOW}, {HIGH}}, true},
    {"another slot moved", {{LOW, ME("1", "0-4000")}, {HIGH, HIGH}}, true},
    {"moved", {{LOW, NO_100}, {HIGH, ME("3", "100 8192-16383")}}, false},
    {"moved, and the target's epoch was the newest",
     {{LOW, NO_100}, {HIGH, ME("2", "100 8192-16383")}},
     false},
    {"away and back", {{LOW, ME("4", "0-8191")}, {HIGH, ME("3", "8192-16383")}}, false},
};

START_TEST(two_tell_what_moved)
{
    struct test test = {.answers = pairs[_i].answers};
    struct scripted_setup setup;
    struct scripted_cluster cluster;
    test_open(&test, &setup, &cluster);
    struct census *before = take(&test, &cluster), *after = take(&test, &cluster);
    ck_assert(before && after);
    ck_assert_msg(census_is_same(before, after) == pairs[_i].is_same, "%s", pairs[_i].what);
    ck_assert(census_has(before, 0) && census_has(before, 1) && !census_has(before, 2));
    census_free(before);
    census_free(after);
    scripted_cluster_close(&cluster);
    scripted_cluster_free(&cluster);
}
END_TEST

START_TEST(ends_with_the_shards)
{
    static const char *const ANSWERS[2][MOST] = {{ME("1", "0-8191 [100->-67ed]")}, {HIGH}};
    struct test test = {.answers = ANSWERS};
    struct scripted_setup setup;
    struct scripted_cluster cluster;
    struct census_slots wanted = {{0}};
    test_open(&test, &setup, &cluster);
    census_slots_add(&wanted, SLOT);
    census_start(cluster.shards, &wanted, on_census, &test);
    scripted_cluster_run(&cluster, _i * 30); /* asking; waiting */
    scripted_cluster_close(&cluster);
    ck_assert(test.is_told && !test.census);
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    scripted_cluster_free(&cluster);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("census");
    TCase *tcase = tcase_create("census");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, waits_for_slots_to_rest, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, two_tell_what_moved, 0, sizeof pairs / sizeof *pairs);
    tcase_add_loop_test(tcase, ends_with_the_shards, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
