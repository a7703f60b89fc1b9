/*
 * executor/shards/link: replies matched to calls whatever pieces they come in, lost connections, silence.
 */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "executor/shards/link.h"
#include "tests/scripted_shard.h"
#include "tests/suite.h"

/* Two calls, A and B, are sent as soon as the link is ready. */
static const struct {
    const char *what;
    const char *a, *b; /* what is answered */
    const char *told;  /* in its order; a reply in several pieces is told once, in whole */
    const char *heard; /* pushes */
    bool goes_down;
} rows[] = {
    {"both answered", "+OK\r\n", ":7\r\n", "A=+OK|B=:7|", "", false},
    {"an error is a reply", "-ERR no\r\n", "$-1\r\n", "A=-ERR no|B=$-1|", "", false},
    {"a tree", "*2\r\n$1\r\na\r\n*1\r\n:1\r\n", "+x\r\n", "A=*2|$1|a|*1|:1|B=+x|", "", false},
    {"a push between", ">1\r\n$1\r\np\r\n+OK\r\n", "+x\r\n", "A=+OK|B=+x|", ">1|$1|p|", false},
    {"closed at once", "!", NULL, "A=SHARDDOWN|B=SHARDDOWN|", "", true},
    {"closed in a reply", "$5\r\nhe!", NULL, "A=SHARDDOWN|B=SHARDDOWN|", "", true},
    {"closed behind a reply", "+OK\r\n!", NULL, "A=+OK|B=SHARDDOWN|", "", true},
    {"no RESP", "what?\r\n", NULL, "A=SHARDDOWN|B=SHARDDOWN|", "", true},
    {"one too many", "+OK\r\n", "+x\r\n+y\r\n", "A=+OK|B=+x|", "", true},
    {"silence", NULL, NULL, "A=TIMEOUT|B=TIMEOUT|", "", true},
    {"silence for one", NULL, ">1\r\n$1\r\np\r\n", "A=TIMEOUT|B=TIMEOUT|", ">1|$1|p|", true},
};

struct test {
    struct event_base *base;
    struct link *link;
    int row;
    bool is_ready_once, is_down, is_done;
    size_t nended;
    struct strbuf told, heard;
};

struct call {
    struct test *test;
    char name;
    bool has_begun;
};

static const char *
answer(void *arg, const char *command)
{
    const struct test *test = arg;
    return strcmp(command, "A") == 0   ? rows[test->row].a
           : strcmp(command, "B") == 0 ? rows[test->row].b
                                       : "+PONG\r\n";
}

/* With | for the end of a line. */
static void
note(struct strbuf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != '\n') {
            strbuf_append_char(out, bytes.ptr[i] == '\r' ? '|' : bytes.ptr[i]);
        }
    }
}

static void
on_reply(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct call *call = arg;
    struct test *test = call->test;
    if (!call->has_begun) {
        strbuf_printf(&test->told, "%c=", call->name);
        call->has_begun = true;
    }
    if (err) {
        strbuf_printf(&test->told, "%s|", err->code);
    }
    note(&test->told, piece);
    test->nended += is_last || err;
}

static void
on_greeted(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct test *test = arg;
    (void) piece, (void) is_last;
    if (!err) {
        link_greeted(test->link);
    }
}

static void
greet(void *arg, struct link *link)
{
    static const struct slice PING[] = {SLICE_LIT("PING")};
    link_send(link, PING, 1, on_greeted, arg);
}

static struct call calls[2];

static void
on_ready(void *arg, struct link *link)
{
    static const struct slice A[] = {SLICE_LIT("A")}, B[] = {SLICE_LIT("B")};
    struct test *test = arg;
    if (test->is_ready_once) {
        return;
    }
    test->is_ready_once = true;
    calls[0] = (struct call){test, 'A', false};
    calls[1] = (struct call){test, 'B', false};
    link_send(link, A, 1, on_reply, &calls[0]);
    link_send(link, B, 1, on_reply, &calls[1]);
}

static void
on_down(void *arg, struct link *link, const char *why)
{
    (void) link, (void) why;
    ((struct test *) arg)->is_down = true;
}

static void
on_push(void *arg, struct link *link, struct slice bytes)
{
    (void) link;
    note(&((struct test *) arg)->heard, bytes);
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct test *test = arg;
    link_tick(test->link, now_ms());
    test->is_done = test->nended == 2 && (test->is_down || !rows[test->row].goes_down);
}

static void
row_check(int row, enum scripted_pace pace)
{
    static const int64_t TIMEOUT_MS = 200;
    struct test test = {.base = event_base_new(), .row = row};
    struct scripted_shard *shard = scripted_shard_new(test.base, answer, &test, pace);
    struct stream_loop *loop = stream_loop_new(test.base);
    const bool hears = rows[row].heard[0] != '\0';
    const struct link_owner owner = {greet, on_ready, on_down, hears ? on_push : NULL};
    const struct link_settings settings = {
        .loop = loop,
        .address = {NULL, "127.0.0.1", scripted_shard_port(shard)},
        .name = "it",
        .timeout_ms = &TIMEOUT_MS};
    struct event *tick = event_new(test.base, -1, EV_PERSIST, on_tick, &test);
    const struct timeval often = {0, LINK_TICK_MS * 1000};
    strbuf_init(&test.told);
    strbuf_init(&test.heard);
    event_add(tick, &often);
    test.link = link_new(&settings, &owner, &test);
    ck_assert_msg(scripted_wait(test.base, &test.is_done, 5000), "%s", rows[row].what);
    strbuf_append_char(&test.told, '\0');
    strbuf_append_char(&test.heard, '\0');
    ck_assert_str_eq(test.told.ptr, rows[row].told);
    ck_assert_str_eq(test.heard.ptr, rows[row].heard);
    ck_assert_int_eq(test.is_down, rows[row].goes_down);
    link_free(test.link);
    event_free(tick);
    scripted_shard_free(shard);
    stream_loop_free(loop);
    event_base_free(test.base);
    strbuf_fini(&test.told);
    strbuf_fini(&test.heard);
}

START_TEST(at_once)
{
    row_check(_i, SCRIPTED_AT_ONCE);
}
END_TEST

START_TEST(byte_by_byte)
{
    row_check(_i, SCRIPTED_BYTE_BY_BYTE);
}
END_TEST

START_TEST(words)
{
    const struct slice args[] = {SLICE_LIT("SET"), SLICE_LIT(""), SLICE_LIT("a\r\nb")};
    struct arena *arena = arena_new();
    struct strbuf bytes;
    struct slice *back;
    strbuf_init(&bytes);
    command_append(&bytes, args, 3);
    ck_assert(slice_equal(strbuf_slice(&bytes),
                          slice_lit("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n")));
    ck_assert_uint_eq(command_split(arena, strbuf_slice(&bytes), &back), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(slice_equal(args[i], back[i]));
    }
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("link");
    TCase *tcase = tcase_create("link");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, at_once, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, byte_by_byte, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, words);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
