/*
 * executor/shards/topology: the map that nodes tell, what MOVED mends in it, when it is asked again.
 */
#include <check.h>
#include <string.h>

#include "executor/shards/topology.h"
#include "tests/scripted_cluster.h"
#include "tests/suite.h"

enum { MOST = 40, ASKED_SOON_MS = 2000, NONE = NO_SHARD };

#define RANGE(first, last, port) "*3\r\n:" first "\r\n:" last "\r\n*2\r\n$-1\r\n:" port "\r\n"
#define ALL_OF_0 "*1\r\n" RANGE("0", "16383", "#0")
#define HALVES "*2\r\n" RANGE("0", "8191", "#0") RANGE("8192", "16383", "#1")

struct test {
    const char *maps[MOST]; /* one after the other; the last one again and again */
    size_t nasked[SCRIPTED_NODES];
    bool is_silent[SCRIPTED_NODES]; /* to CLUSTER SLOTS */
    struct scripted_setup setup;
    struct scripted_cluster cluster;
};

static size_t
nasked(const struct test *test)
{
    return test->nasked[0] + test->nasked[1] + test->nasked[2];
}

static const char *
answer(void *arg, size_t node, const char *command)
{
    struct test *test = arg;
    if (strcmp(command, "CLUSTER SLOTS") != 0) {
        return scripted_greeting(command);
    }
    size_t n = nasked(test), map = 0;
    test->nasked[node]++;
    while (map < n && map + 1 < MOST && test->maps[map + 1]) {
        map++;
    }
    return test->is_silent[node] ? NULL : test->maps[map];
}

static void
test_open(struct test *test)
{
    test->setup = (struct scripted_setup){
        .nnodes = 2, .is_cluster = true, .timeout_ms = 2000, .answer = answer, .arg = test};
    scripted_cluster_open(&test->cluster, &test->setup);
}

static void
test_close(struct test *test)
{
    scripted_cluster_close(&test->cluster);
    scripted_cluster_free(&test->cluster);
}

/* Runs the loop until so many maps were asked for; false: they were not, in so long. */
static bool
wait_asked(const struct test *test, size_t n, int most_ms)
{
    for (int ms = 0; ms < most_ms && nasked(test) < n; ms += 10) {
        scripted_cluster_run(&test->cluster, 10);
    }
    scripted_cluster_run(&test->cluster, 10); /* for the last one's answer */
    return nasked(test) >= n;
}

static void
wait_ready(struct test *test)
{
    ck_assert(scripted_wait(test->cluster.base, &test->cluster.is_ready, 5000));
}

/* -- one map ----------------------------------------------------------------------------------- */

static const struct {
    const char *what, *map;
    size_t owners[4]; /* of the slots 0, 8191, 8192, 16383 */
} maps[] = {
    {"the usual", HALVES, {0, 0, 1, 1}},
    {"a hole", "*1\r\n" RANGE("0", "8191", "#0"), {0, 0, NONE, NONE}},
    {"a hole at the start", "*1\r\n" RANGE("1", "16383", "#0"), {NONE, 0, 0, 0}},
    {"one slot", "*1\r\n" RANGE("0", "0", "#0"), {0, NONE, NONE, NONE}},
    {"no address: the node that was asked", ALL_OF_0, {0, 0, 0, 0}},
    {"an empty one, too", "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:#0\r\n", {0, 0, 0, 0}},
    {"with ids and replicas",
     "*1\r\n*4\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:#1\r\n$2\r\nid\r\n*2\r\n$1\r\nx\r\n:1"
     "\r\n",
     {1, 1, 1, 1}},
    {"ranges that overlap: the last one says",
     "*2\r\n" RANGE("0", "16383", "#0") RANGE("8192", "8192", "#1"),
     {0, 0, 1, 0}},
    /* none of these is taken, not even the ranges that would do */
    {"empty", "*0\r\n", {NONE, NONE, NONE, NONE}},
    {"an error", "-ERR no\r\n", {NONE, NONE, NONE, NONE}},
    {"text", "$2\r\nhi\r\n", {NONE, NONE, NONE, NONE}},
    {"nil", "$-1\r\n", {NONE, NONE, NONE, NONE}},
    {"no ranges", "*1\r\n:1\r\n", {NONE, NONE, NONE, NONE}},
    {"a slot too high", "*1\r\n" RANGE("0", "16384", "#0"), {NONE, NONE, NONE, NONE}},
    {"behind a good one",
     "*2\r\n" RANGE("0", "8191", "#0") RANGE("8192", "16384", "#0"),
     {NONE, NONE, NONE, NONE}},
    {"backwards", "*1\r\n" RANGE("9", "8", "#0"), {NONE, NONE, NONE, NONE}},
    {"below 0", "*1\r\n" RANGE("-1", "8", "#0"), {NONE, NONE, NONE, NONE}},
    {"a port too high", "*1\r\n" RANGE("0", "8", "70000"), {NONE, NONE, NONE, NONE}},
    {"port 0", "*1\r\n" RANGE("0", "8", "0"), {NONE, NONE, NONE, NONE}},
    {"no master", "*1\r\n*2\r\n:0\r\n:8\r\n", {NONE, NONE, NONE, NONE}},
    {"half a master", "*1\r\n*3\r\n:0\r\n:8\r\n*1\r\n$1\r\nx\r\n", {NONE, NONE, NONE, NONE}},
    {"a number for a host",
     "*1\r\n*3\r\n:0\r\n:8\r\n*2\r\n:1\r\n:#0\r\n",
     {NONE, NONE, NONE, NONE}},
    {"text for a slot",
     "*1\r\n*3\r\n$1\r\n0\r\n:8\r\n*2\r\n$-1\r\n:#0\r\n",
     {NONE, NONE, NONE, NONE}},
    {"text for a port",
     "*1\r\n*3\r\n:0\r\n:8\r\n*2\r\n$-1\r\n$1\r\n7\r\n",
     {NONE, NONE, NONE, NONE}},
    {"a host of 130 letters",
     "*1\r\n*3\r\n:0\r\n:8\r\n*2\r\n$130\r\n"
     "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
     "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\r\n:#0\r\n",
     {NONE, NONE, NONE, NONE}},
};

static void
check_owners(const struct test *test, const char *what, const size_t owners[4])
{
    static const unsigned SLOTS[] = {0, 8191, 8192, 16383};
    for (size_t i = 0; i < 4; i++) {
        size_t owner = shards_owner(test->cluster.shards, SLOTS[i]);
        ck_assert_msg(owner == owners[i], "%s: slot %u is %zu's", what, SLOTS[i], owner);
    }
}

START_TEST(a_map_is_read_or_refused)
{
    struct test test = {.maps = {maps[_i].map}};
    struct error why = {"", ""};
    bool is_whole = true;
    test_open(&test);
    ck_assert(wait_asked(&test, 1, 5000));
    check_owners(&test, maps[_i].what, maps[_i].owners);
    for (size_t i = 0; i < 4; i++) {
        is_whole = is_whole && maps[_i].owners[i] != NONE;
    }
    ck_assert_int_eq(topology_is_known(test.cluster.shards, &why), is_whole);
    ck_assert_str_eq(why.code, is_whole ? "" : "SHARDDOWN");
    test_close(&test);
}
END_TEST

/* What was known stays, and the map is asked for until one will do. */
START_TEST(a_refused_map_changes_nothing)
{
    struct test test = {.maps = {HALVES}};
    size_t n = 1;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        if (maps[i].owners[0] == NONE && maps[i].owners[3] == NONE) {
            test.maps[n++] = maps[i].map;
        }
    }
    test.maps[n] = ALL_OF_0;
    test_open(&test);
    wait_ready(&test);
    topology_refresh_soon(test.cluster.shards);
    for (size_t i = 1; i < n; i++) {
        ck_assert(wait_asked(&test, i + 1, ASKED_SOON_MS));
        check_owners(&test, test.maps[i], maps[0].owners);
    }
    ck_assert(wait_asked(&test, n + 1, ASKED_SOON_MS));
    check_owners(&test, "at last", (size_t[]){0, 0, 0, 0});
    test_close(&test);
}
END_TEST

START_TEST(an_id_names_a_node)
{
    struct test test = {.maps = {"*2\r\n*3\r\n:0\r\n:8191\r\n*3\r\n$-1\r\n:#0\r\n$3\r\nabc\r\n"
                                 "*3\r\n:8192\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:#1\r\n"
                                 "$50\r\n01234567890123456789012345678901234567890123456789\r\n"}};
    test_open(&test);
    wait_ready(&test);
    const struct shards *shards = test.cluster.shards;
    ck_assert_ptr_eq(topology_shard_of_node(shards, slice_lit("abc")), shards_at(shards, 0));
    ck_assert_ptr_eq(
        topology_shard_of_node(shards, slice_lit("0123456789012345678901234567890123456789")),
        shards_at(shards, 1)); /* ids have 40 letters, and no more are kept */
    ck_assert_ptr_null(topology_shard_of_node(shards, slice_lit("abcd")));
    test_close(&test);
}
END_TEST

/* -- addresses --------------------------------------------------------------------------------- */

static const struct {
    const char *address, *name; /* NULL: that is no address */
} addresses[] = {
    {"127.0.0.1:1", "127.0.0.1:1"},
    {"::1:2", "::1:2"},
    {"[::1]:2", "[::1]:2"},
    {"127.0.0.1", NULL},
    {":1", NULL},
    {"127.0.0.1:", NULL},
    {"127.0.0.1:0", NULL},
    {"127.0.0.1:-1", NULL},
    {"127.0.0.1:65536", NULL},
    {"127.0.0.1:x", NULL},
    {"", NULL},
};

START_TEST(an_address_is_a_shard)
{
    struct test test = {.maps = {HALVES}};
    test_open(&test);
    wait_ready(&test);
    size_t had = shards_count(test.cluster.shards);
    struct shard *shard = topology_shard_at(test.cluster.shards, addresses[_i].address);
    ck_assert_int_eq(shard != NULL, addresses[_i].name != NULL);
    ck_assert_uint_eq(shards_count(test.cluster.shards), had + (shard != NULL));
    if (shard) {
        ck_assert_str_eq(shard_name(shard), addresses[_i].name);
        ck_assert_ptr_eq(shard, topology_shard_at(test.cluster.shards, addresses[_i].address));
        ck_assert(!shards_has(test.cluster.shards, shard_index(shard)));
    }
    test_close(&test);
}
END_TEST

/* -- when it is asked again -------------------------------------------------------------------- */

START_TEST(it_is_not_asked_when_all_is_well)
{
    struct test test = {.maps = {HALVES}};
    test_open(&test);
    wait_ready(&test);
    ck_assert(!wait_asked(&test, 2, 600));
    test_close(&test);
}
END_TEST

START_TEST(what_moved_is_known_at_once_and_asked_for)
{
    struct test test = {.maps = {HALVES, HALVES, ALL_OF_0}};
    test_open(&test);
    wait_ready(&test);
    struct shards *shards = test.cluster.shards;
    topology_moved(shards, 0, shards_at(shards, 1));
    ck_assert_uint_eq(shards_owner(shards, 0), 1);
    ck_assert_uint_eq(shards_owner(shards, 1), 0);
    ck_assert(wait_asked(&test, 2, ASKED_SOON_MS));
    ck_assert_uint_eq(shards_owner(shards, 0), 0); /* the map knows better, for now */
    ck_assert(!wait_asked(&test, 3, 300));         /* it was asked once */
    test_close(&test);
}
END_TEST

START_TEST(a_node_that_is_met_by_moved_gets_a_number)
{
    struct test test = {.maps = {ALL_OF_0, HALVES}};
    test_open(&test);
    wait_ready(&test);
    struct shards *shards = test.cluster.shards;
    struct shard *met = topology_shard_at(shards, test.cluster.nodes[1].name);
    ck_assert_uint_eq(shard_index(met), 1);
    ck_assert_uint_eq(shards_count_active(shards), 1);
    topology_moved(shards, 16383, met);
    ck_assert_uint_eq(shards_count_active(shards), 2);
    ck_assert(wait_asked(&test, 2, ASKED_SOON_MS));
    check_owners(&test, "met", (size_t[]){0, 0, 1, 1});
    test_close(&test);
}
END_TEST

START_TEST(it_is_asked_while_a_master_is_down)
{
    struct test test = {.maps = {HALVES, HALVES, ALL_OF_0}};
    test_open(&test);
    wait_ready(&test);
    scripted_cluster_kill(&test.cluster, 1);
    ck_assert(wait_asked(&test, 3, ASKED_SOON_MS));
    check_owners(&test, "failed over", (size_t[]){0, 0, 0, 0});
    ck_assert_uint_eq(test.nasked[1], 0); /* it was not there to be asked */
    size_t n = nasked(&test);
    ck_assert(!wait_asked(&test, n + 1, 400)); /* who owns nothing may be down */
    test_close(&test);
}
END_TEST

START_TEST(another_node_is_asked_where_one_is_silent)
{
    struct test test = {.maps = {HALVES}};
    test_open(&test);
    wait_ready(&test);
    size_t next = test.nasked[0] % 2; /* they are asked in turn */
    test.is_silent[next] = true;
    topology_refresh_soon(test.cluster.shards);
    ck_assert(wait_asked(&test, 3, ASKED_SOON_MS));
    ck_assert(test.nasked[0] > 0 && test.nasked[1] > 0);
    test_close(&test);
}
END_TEST

START_TEST(who_owns_nothing_is_let_go_and_comes_back)
{
    struct test test = {.maps = {HALVES, ALL_OF_0, HALVES}};
    test_open(&test);
    wait_ready(&test);
    struct shards *shards = test.cluster.shards;
    topology_refresh_soon(shards);
    ck_assert(wait_asked(&test, 2, ASKED_SOON_MS));
    ck_assert(!shards_has(shards, 1) && !shard_is_retired(shards_at(shards, 1)));
    scripted_cluster_run(&test.cluster, 1200);
    ck_assert(shard_is_retired(shards_at(shards, 1)));
    topology_refresh_soon(shards);
    ck_assert(wait_asked(&test, 3, ASKED_SOON_MS));
    ck_assert(shards_has(shards, 1) && !shard_is_retired(shards_at(shards, 1)));
    wait_ready(&test);
    test_close(&test);
}
END_TEST

/* A slot is on its way to it, and no map has it yet. */
START_TEST(who_owns_nothing_and_was_let_go_is_there_when_it_is_meant)
{
    struct test test = {.maps = {HALVES, ALL_OF_0}};
    test_open(&test);
    wait_ready(&test);
    struct shards *shards = test.cluster.shards;
    topology_refresh_soon(shards);
    ck_assert(wait_asked(&test, 2, ASKED_SOON_MS));
    for (int turn = 0; turn < 2; turn++) {
        scripted_cluster_run(&test.cluster, 1200);
        ck_assert(shard_is_retired(shards_at(shards, 1)));
        struct error why = {"", ""};
        struct shard *shard = topology_shard_at(shards, test.cluster.nodes[1].name);
        for (int ms = 0; ms < 500 && !shard_is_ready(shard, &why); ms += 50) {
            scripted_cluster_run(&test.cluster, 50);
            ck_assert(!shard_is_retired(shard));
        }
        ck_assert_msg(shard_is_ready(shard, &why), "%s", why.message);
    }
    test_close(&test);
}
END_TEST

/* -- static shards ----------------------------------------------------------------------------- */

START_TEST(static_shards_have_equal_parts_for_ever)
{
    struct test test = {.maps = {ALL_OF_0}};
    test.setup =
        (struct scripted_setup){.nnodes = 3, .timeout_ms = 2000, .answer = answer, .arg = &test};
    scripted_cluster_open(&test.cluster, &test.setup);
    wait_ready(&test);
    check_owners(&test, "three", (size_t[]){0, 1, 1, 2});
    topology_refresh_soon(test.cluster.shards);
    ck_assert(!wait_asked(&test, 1, 300));
    test_close(&test);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("topology");
    TCase *tcase = tcase_create("topology");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, a_map_is_read_or_refused, 0, sizeof maps / sizeof *maps);
    tcase_add_test(tcase, a_refused_map_changes_nothing);
    tcase_add_test(tcase, an_id_names_a_node);
    tcase_add_loop_test(tcase, an_address_is_a_shard, 0, sizeof addresses / sizeof *addresses);
    tcase_add_test(tcase, it_is_not_asked_when_all_is_well);
    tcase_add_test(tcase, what_moved_is_known_at_once_and_asked_for);
    tcase_add_test(tcase, a_node_that_is_met_by_moved_gets_a_number);
    tcase_add_test(tcase, it_is_asked_while_a_master_is_down);
    tcase_add_test(tcase, another_node_is_asked_where_one_is_silent);
    tcase_add_test(tcase, who_owns_nothing_is_let_go_and_comes_back);
    tcase_add_test(tcase, who_owns_nothing_and_was_let_go_is_there_when_it_is_meant);
    tcase_add_test(tcase, static_shards_have_equal_parts_for_ever);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
