/*
 * executor/shards/slot_call, redirect: a command reaches whoever owns its slot, by what two
 * nodes of a cluster say.
 */
#include <check.h>
#include <string.h>

#include "executor/shards/slot_call.h"
#include "tests/scripted_cluster.h"
#include "tests/suite.h"

enum { SLOT = 100, MOST = 4 };

/*
 * GO is asked of slot 100, which the map says is node 0's. In what a node answers `@0` and `@1` stand
 * for the nodes' addresses; the last answer is given again and again.
 */
static const struct {
    const char *what;
    const char *answers[2][MOST]; /* by node */
    bool is_safe, is_whole;
    const char *seen; /* which node was asked, in its order; ? is ASKING. NULL: any number */
    const char *told; /* the reply, or an error's code */
    unsigned owner;   /* as is believed in the end */
    bool is_static;   /* node 0 alone, and no cluster */
} rows[] = {
    {"at home", {{"+a\r\n"}, {"+b\r\n"}}, false, false, "0", "+a", 0, false},
    {"an error", {{"-ERR no\r\n"}, {0}}, false, false, "0", "-ERR no", 0, false},
    {"moved", {{"-MOVED 100 @1\r\n"}, {"+b\r\n"}}, false, false, "01", "+b", 1, false},
    {"asked", {{"-ASK 100 @1\r\n"}, {"+b\r\n"}}, false, false, "0?1", "+b", 0, false},
    {"asked, whole", {{"-ASK 100 @1\r\n", "+a\r\n"}, {0}}, false, true, "00", "+a", 0, false},
    {"later", {{"-TRYAGAIN x\r\n", "+a\r\n"}, {0}}, false, false, "00", "+a", 0, false},
    {"down for now", {{"-CLUSTERDOWN x\r\n", "+a\r\n"}, {0}}, false, false, "00", "+a", 0, false},
    {"there later",
     {{"-ASK 100 @1\r\n", "+a\r\n"}, {"-TRYAGAIN x\r\n"}},
     false,
     false,
     "0?10",
     "+a",
     0,
     false},
    {"another slot", {{"-MOVED 7 @1\r\n", "+a\r\n"}, {0}}, false, false, "00", "+a", 0, false},
    {"no address", {{"-MOVED 100 x\r\n", "+a\r\n"}, {0}}, false, false, "00", "+a", 0, false},
    {"to and fro",
     {{"-MOVED 100 @1\r\n"}, {"-MOVED 100 @0\r\n"}},
     false,
     false,
     NULL,
     "TIMEOUT",
     0,
     false},
    {"never", {{"-TRYAGAIN x\r\n"}, {0}}, false, false, NULL, "TIMEOUT", 0, false},
    {"lost", {{"!", "+a\r\n"}, {0}}, false, false, "0", "SHARDDOWN", 0, false},
    {"lost, safe", {{"!", "+a\r\n"}, {0}}, true, false, "00", "+a", 0, false},
    {"lost half-way, safe", {{"$900\r\nhe!", "+a\r\n"}, {0}}, true, false, "00", "+a", 0, false},
    {"static: as it is", {{"-MOVED 100 @1\r\n"}, {0}}, false, false, "0", "-MOVED", 0, true},
};

/* Slots 0 to 8191 are node 0's, the rest node 1's. */
static const char MAP[] = "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$-1\r\n:#0\r\n"
                          "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:#1\r\n";

struct test {
    int row;
    size_t nanswered[2]; /* by node */
    bool is_told;
    struct strbuf seen, told;
};

static const char *
answer(void *arg, size_t node, const char *command)
{
    struct test *test = arg;
    if (strcmp(command, "GO") == 0) {
        const char *const *answers = rows[test->row].answers[node];
        size_t n = test->nanswered[node];
        test->nanswered[node] += n + 1 < MOST && answers[n + 1];
        strbuf_printf(&test->seen, "%zu", node);
        return answers[n];
    }
    if (strcmp(command, "ASKING") == 0) {
        strbuf_append_char(&test->seen, '?');
        return "+OK\r\n";
    }
    return strcmp(command, "CLUSTER SLOTS") == 0 ? MAP : scripted_greeting(command);
}

static void
on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct test *test = arg;
    if (err) {
        strbuf_append_str(&test->told, err->code);
    }
    strbuf_append(&test->told, piece);
    test->is_told = is_last || err;
}

START_TEST(goes_to_the_owner)
{
    static const struct slice GO[] = {SLICE_LIT("GO")};
    struct test test = {.row = _i};
    const struct scripted_setup setup = {.nnodes = rows[_i].is_static ? 1 : 2,
                                         .is_cluster = !rows[_i].is_static,
                                         .timeout_ms = 400,
                                         .answer = answer,
                                         .arg = &test};
    struct scripted_cluster cluster;
    struct error err = {"", ""};
    const struct slot_target target = {.slot = SLOT,
                                       .lane = LANE_COUNTS,
                                       .is_safe = rows[_i].is_safe,
                                       .is_whole = rows[_i].is_whole};
    strbuf_init(&test.seen);
    strbuf_init(&test.told);
    scripted_cluster_open(&cluster, &setup);
    ck_assert(scripted_wait(cluster.base, &cluster.is_ready, 5000));
    ck_assert(slot_call_words(cluster.shards, &target, GO, 1, on_piece, &test, &err));
    ck_assert_msg(scripted_wait(cluster.base, &test.is_told, 5000), "%s", rows[_i].what);
    strbuf_append_char(&test.seen, '\0');
    strbuf_append_char(&test.told, '\0');
    if (rows[_i].seen) {
        ck_assert_str_eq(test.seen.ptr, rows[_i].seen);
    }
    ck_assert_msg(strncmp(test.told.ptr, rows[_i].told, strlen(rows[_i].told)) == 0, "%s: %s",
                  rows[_i].what, test.told.ptr);
    if (rows[_i].seen) { /* else it is in between */
        ck_assert_uint_eq(shards_owner(cluster.shards, SLOT), rows[_i].owner);
    }
    scripted_cluster_close(&cluster);
    scripted_cluster_free(&cluster);
    strbuf_fini(&test.seen);
    strbuf_fini(&test.told);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("slot_call");
    TCase *tcase = tcase_create("slot_call");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, goes_to_the_owner, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
