/*
 * server/client/slowlog, server/table/secrets: what is kept of a slow command, and what is hidden.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "server/client/slowlog.h"
#include "server/table/secrets.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* Words parted by a space, and how SLOWLOG shows them: in brackets. */
static const struct {
    const char *words, *shown;
} word_rows[] = {
    {"HGET profile_1 a", "[HGET][profile_1][a]"},
    {"AUTH sesame", "[AUTH][(redacted)]"},
    {"auth ann sesame", "[auth][(redacted)][(redacted)]"},
    {"HELLO 3 AUTH ann sesame SETNAME me", "[HELLO][3][AUTH][(redacted)][(redacted)][SETNAME][me]"},
    {"HELLO 3 SETNAME me auth ann sesame", "[HELLO][3][SETNAME][me][auth][(redacted)][(redacted)]"},
    {"HELLO 3 SETNAME me", "[HELLO][3][SETNAME][me]"},
    {"ACL SETUSER ann on >sesame ~*",
     "[ACL][SETUSER][(redacted)][(redacted)][(redacted)][(redacted)]"},
    {"ACL GETUSER ann", "[ACL][GETUSER][ann]"},
    {"CONFIG SET requirepass sesame", "[CONFIG][SET][requirepass][(redacted)]"},
    {"config set port 1 RequirePass sesame timeout 5",
     "[config][set][port][1][RequirePass][(redacted)][timeout][5]"},
    {"CONFIG SET tls-key-file-pass x", "[CONFIG][SET][tls-key-file-pass][(redacted)]"},
    {"CONFIG GET requirepass", "[CONFIG][GET][requirepass]"},
    {"MIGRATE h 1 k 0 5 COPY AUTH sesame", "[MIGRATE][h][1][k][0][5][COPY][AUTH][(redacted)]"},
    {"MIGRATE h 1 k 0 5 AUTH2 ann sesame KEYS b",
     "[MIGRATE][h][1][k][0][5][AUTH2][(redacted)][(redacted)][KEYS][b]"},
    {"HSET profile_1 auth sesame", "[HSET][profile_1][auth][sesame]"},
};

static size_t
cut(const char *text, struct slice *words)
{
    size_t n = 0;
    for (const char *at = text; *at; at += *at == ' ') {
        size_t len = strcspn(at, " ");
        words[n++] = slice_of(at, len);
        at += len;
    }
    return n;
}

static void
check_shown(const struct slow_command *command, const char *expected)
{
    struct strbuf shown;
    strbuf_init(&shown);
    for (size_t i = 0; i < command->nargs; i++) {
        strbuf_printf(&shown, "[%.*s]", SLICE_ARG(command->args[i]));
    }
    ck_assert_str_eq(strbuf_slice(&shown).ptr, expected);
    strbuf_fini(&shown);
}

START_TEST(test_words)
{
    struct slice words[64];
    size_t nwords = cut(word_rows[_i].words, words);
    struct slow_command *command = slow_command_new(words, nwords, 0);
    check_shown(command, word_rows[_i].shown);
    slow_command_free(command);
}
END_TEST

/* 128 bytes of a word, and how many more there were. */
START_TEST(test_long_word)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    struct slice words[] = {slice_of(text, 128), slice_of(text, 129), slice_of(text, 1000)};
    struct slow_command *command = slow_command_new(words, 3, 0);
    ck_assert(slice_equal(command->args[0], words[0]));
    ck_assert_uint_eq(command->args[1].len, 128 + strlen("... (1 more bytes)"));
    ck_assert_int_eq(memcmp(command->args[2].ptr + 128, "... (872 more bytes)", 20), 0);
    slow_command_free(command);
}
END_TEST

START_TEST(test_many_words)
{
    struct slice words[100];
    for (size_t i = 0; i < 100; i++) {
        words[i] = slice_lit("w");
    }
    struct slow_command *command = slow_command_new(words, 32, 0);
    ck_assert_uint_eq(command->nargs, 32);
    ck_assert(slice_equal(command->args[31], words[0]));
    slow_command_free(command);
    command = slow_command_new(words, 100, 0);
    ck_assert_uint_eq(command->nargs, 32);
    ck_assert(slice_equal(command->args[30], words[0]));
    ck_assert(slice_equal(command->args[31], slice_lit("... (69 more arguments)")));
    slow_command_free(command);
}
END_TEST

static void
take(struct slowlog *log, int64_t took_us)
{
    struct slice word = slice_lit("PING");
    slowlog_take(log, slow_command_new(&word, 1, 1000), 1000 + took_us, "a:1", slice_lit("me"));
}

/* Slow enough ones, the newest first, no more than so many; ids go on after a reset. */
START_TEST(test_list)
{
    struct slowlog log = {.slower_than_us = 10, .max_len = 2};
    take(&log, 9);
    ck_assert_uint_eq(log.len, 0);
    for (int took_us = 10; took_us < 15; took_us++) {
        take(&log, took_us);
    }
    ck_assert_uint_eq(log.len, 2);
    ck_assert_int_eq(log.newest->id, 4);
    ck_assert_int_eq(log.newest->took_us, 14);
    ck_assert_str_eq(log.newest->client_address, "a:1");
    ck_assert_str_eq(log.newest->client_name, "me");
    ck_assert_int_eq(log.newest->next->id, 3);
    ck_assert_ptr_null(log.newest->next->next);
    ck_assert_ptr_eq(slowlog_find(&log, 3), log.newest->next);
    ck_assert_ptr_null(slowlog_find(&log, 2));
    ck_assert_ptr_null(slowlog_find(&log, 5));
    slowlog_reset(&log);
    ck_assert_uint_eq(log.len, 0);
    take(&log, 10);
    ck_assert_int_eq(log.newest->id, 5);
    log.slower_than_us = -1;
    take(&log, 1000000);
    ck_assert_uint_eq(log.len, 1);
    log.slower_than_us = 0;
    log.max_len = 0;
    take(&log, 10);
    ck_assert_uint_eq(log.len, 0);
}
END_TEST

/* A plan is copied, and cut if it is long. */
START_TEST(test_plan)
{
    static char plan[SLOW_PLAN_BYTES + 10];
    memset(plan, 'x', sizeof plan);
    for (size_t more = 0; more <= 10; more += 10) {
        struct slice word = slice_lit("count");
        struct slow_command *command = slow_command_new(&word, 1, 0);
        slow_command_set_plan(command, slice_of(plan, SLOW_PLAN_BYTES + more));
        ck_assert_int_eq(strncmp(command->plan, plan, SLOW_PLAN_BYTES), 0);
        ck_assert_str_eq(command->plan + SLOW_PLAN_BYTES, more ? "... (10 more bytes)" : "");
        slow_command_free(command);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("slowlog");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_words, 0, NROWS(word_rows));
    tcase_add_test(tcase, test_long_word);
    tcase_add_test(tcase, test_many_words);
    tcase_add_test(tcase, test_list);
    tcase_add_test(tcase, test_plan);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
