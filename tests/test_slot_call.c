/*
 * executor/shards/slot_call, redirect, topology: a command reaches whoever owns its slot, by what two
 * nodes of a cluster say.
 */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "executor/shards/shards.h"
#include "executor/shards/shards_open.h"
#include "executor/shards/slot_call.h"
#include "executor/shards/topology.h"
#include "tests/scripted_shard.h"
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

struct test {
    struct event_base *base;
    int row;
    const char *map; /* CLUSTER SLOTS; NULL: the usual */
    struct node {
        struct test *test;
        size_t nanswered;
        struct scripted_shard *shard;
        char name[32];
    } nodes[2];
    char text[1024];
    struct shards *shards;
    bool is_ready, is_told;
    struct strbuf seen, told;
};

/* Slots 0 to 8191 are node 0's, the rest node 1's. */
static const char USUAL_MAP[] = "*2\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$-1\r\n:@0\r\n"
                                "*3\r\n:8192\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:@1\r\n";

/* With the nodes' names in it, or (a map) their ports. */
static const char *
filled(struct test *test, const char *text, bool port_only)
{
    struct strbuf out;
    strbuf_init(&out);
    for (; *text; text++) {
        if (*text == '@') {
            const char *name = test->nodes[*++text - '0'].name;
            strbuf_append_str(&out, port_only ? strchr(name, ':') + 1 : name);
        } else {
            strbuf_append_char(&out, *text);
        }
    }
    snprintf(test->text, sizeof test->text, "%.*s", SLICE_ARG(strbuf_slice(&out)));
    strbuf_fini(&out);
    return test->text;
}

static const char *
answer(void *arg, const char *command)
{
    struct node *node = arg;
    struct test *test = node->test;
    if (strcmp(command, "GO") == 0) {
        const char *const *answers = rows[test->row].answers[node - test->nodes];
        size_t n = node->nanswered;
        node->nanswered += n + 1 < MOST && answers[n + 1];
        strbuf_printf(&test->seen, "%d", (int) (node - test->nodes));
        return answers[n] ? filled(test, answers[n], false) : NULL;
    }
    if (strcmp(command, "ASKING") == 0) {
        strbuf_append_char(&test->seen, '?');
        return "+OK\r\n";
    }
    return strcmp(command, "CLUSTER SLOTS") == 0
               ? filled(test, test->map ? test->map : USUAL_MAP, true)
               : scripted_greeting(command);
}

/* -- what stands above ------------------------------------------------------------------------- */

static void
on_shard(void *arg, struct shard *shard)
{
    (void) arg, (void) shard;
}

static bool
no(void *arg)
{
    (void) arg;
    return false;
}

static bool
yes(void *arg, struct error *why)
{
    (void) arg, (void) why;
    return true;
}

static void
on_tick(void *arg, int64_t now_ms)
{
    struct test *test = arg;
    struct error why = {"", ""};
    (void) now_ms;
    test->is_ready = shards_are_ready(test->shards, &why);
}

static const struct shards_owner OWNER = {on_shard, on_shard, no, yes, on_tick};
static const struct log LOG = {.level = LOG_WARNING};

static void
test_open(struct test *test, struct stream_loop **loop, const struct shards_settings *settings,
          bool is_static)
{
    struct error err = {"", ""};
    struct shard_address address = {NULL, "127.0.0.1", 0};
    test->base = event_base_new();
    *loop = stream_loop_new(test->base);
    strbuf_init(&test->seen);
    strbuf_init(&test->told);
    for (size_t i = 0; i < 2; i++) {
        struct node *node = &test->nodes[i];
        node->test = test;
        node->shard = scripted_shard_new(test->base, answer, node, SCRIPTED_AT_ONCE);
        snprintf(node->name, sizeof node->name, "127.0.0.1:%d", scripted_shard_port(node->shard));
    }
    address.port = scripted_shard_port(test->nodes[0].shard);
    const struct shards_setup setup = {.loop = *loop,
                                       .log = &LOG,
                                       .settings = settings,
                                       .is_cluster = !is_static,
                                       .owner = &OWNER,
                                       .owner_arg = test};
    ck_assert(shards_new(&setup, &address, 1, &test->shards, &err));
}

static void
test_close(struct test *test, struct stream_loop *loop)
{
    shards_close(test->shards);
    shards_disconnect(test->shards);
    shards_free(test->shards);
    for (size_t i = 0; i < 2; i++) {
        scripted_shard_free(test->nodes[i].shard);
    }
    stream_loop_free(loop);
    event_base_free(test->base);
    strbuf_fini(&test->seen);
    strbuf_fini(&test->told);
}

/* -- the rows ---------------------------------------------------------------------------------- */

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
    const struct shards_settings settings = {.timeout_ms = 400};
    struct test test = {.row = _i};
    struct stream_loop *loop;
    struct error err = {"", ""};
    const struct slot_target target = {.slot = SLOT,
                                       .lane = LANE_COUNTS,
                                       .is_safe = rows[_i].is_safe,
                                       .is_whole = rows[_i].is_whole};
    test_open(&test, &loop, &settings, rows[_i].is_static);
    ck_assert(scripted_wait(test.base, &test.is_ready, 5000));
    ck_assert(slot_call_words(test.shards, &target, GO, 1, on_piece, &test, &err));
    ck_assert_msg(scripted_wait(test.base, &test.is_told, 5000), "%s", rows[_i].what);
    strbuf_append_char(&test.seen, '\0');
    strbuf_append_char(&test.told, '\0');
    if (rows[_i].seen) {
        ck_assert_str_eq(test.seen.ptr, rows[_i].seen);
    }
    ck_assert_msg(strncmp(test.told.ptr, rows[_i].told, strlen(rows[_i].told)) == 0, "%s: %s",
                  rows[_i].what, test.told.ptr);
    if (rows[_i].seen) { /* else it is in between */
        ck_assert_uint_eq(shards_owner(test.shards, SLOT), rows[_i].owner);
    }
    test_close(&test, loop);
}
END_TEST

/* -- maps -------------------------------------------------------------------------------------- */

static const struct {
    const char *map;
    size_t at_0, at_8191, at_8192, at_16383; /* whose these slots are */
} maps[] = {
    {USUAL_MAP, 0, 0, 1, 1},
    /* a hole */
    {"*1\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$-1\r\n:@0\r\n", 0, 0, NO_SHARD, NO_SHARD},
    /* a node without an address is the one that was asked */
    {"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:@0\r\n", 0, 0, 0, 0},
    /* all of another node's, with replicas */
    {"*1\r\n*4\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:@1\r\n$2\r\nid\r\n*2\r\n$1\r\nx\r\n:1\r\n",
     1, 1, 1, 1},
    /* none of these is taken */
    {"*0\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"-ERR no\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"$2\r\nhi\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$-1\r\n:@0\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*3\r\n:9\r\n:8\r\n*2\r\n$-1\r\n:@0\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*3\r\n:-1\r\n:8\r\n*2\r\n$-1\r\n:@0\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*3\r\n:0\r\n:8\r\n*2\r\n$-1\r\n:70000\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*2\r\n:0\r\n:8\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
    {"*1\r\n*3\r\n:0\r\n:8\r\n*2\r\n:1\r\n:@0\r\n", NO_SHARD, NO_SHARD, NO_SHARD, NO_SHARD},
};

START_TEST(map_is_read)
{
    const struct shards_settings settings = {.timeout_ms = 400};
    struct test test = {.map = maps[_i].map};
    struct stream_loop *loop;
    const bool never = false;
    struct error why = {"", ""};
    test_open(&test, &loop, &settings, false);
    for (int waits = 0; waits < 50; waits++) {
        (void) scripted_wait(test.base, &never, 10);
        if (shards_owner(test.shards, 0) == maps[_i].at_0 && maps[_i].at_0 != NO_SHARD) {
            break;
        }
    }
    ck_assert_uint_eq(shards_owner(test.shards, 0), maps[_i].at_0);
    ck_assert_uint_eq(shards_owner(test.shards, 8191), maps[_i].at_8191);
    ck_assert_uint_eq(shards_owner(test.shards, 8192), maps[_i].at_8192);
    ck_assert_uint_eq(shards_owner(test.shards, 16383), maps[_i].at_16383);
    ck_assert_int_eq(topology_is_known(test.shards, &why), maps[_i].at_16383 != NO_SHARD);
    test_close(&test, loop);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("slot_call");
    TCase *tcase = tcase_create("slot_call");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, goes_to_the_owner, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, map_is_read, 0, sizeof maps / sizeof *maps);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
