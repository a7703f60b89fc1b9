/*
 * net/resp_reader, base/words: requests out of bytes that come in any pieces.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "resp_transcript.h"
#include "tests/pieces.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct resp_limits LIMITS = {1024, 4096, false};

/* First so many bytes, then the rest. */
static size_t
piece_split(void *arg, size_t left)
{
    size_t *first = arg;
    size_t len = *first && *first < left ? *first : left;
    *first = 0;
    return len;
}

/* Bytes, and what is found in them. */
static const struct {
    struct slice bytes;
    const char *expected;
} rows[] = {
    /* arrays */
    {SLICE_LIT("*1\r\n$4\r\nPING\r\n"), "[PING]\n"},
    {SLICE_LIT("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n*1\r\n$4\r\nPING\r\n"), "[ECHO][hi]\n[PING]\n"},
    {SLICE_LIT("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n*$\r\n"), "[SET][][\r\n*$]\n"},
    {SLICE_LIT("*01\r\n$004\r\nPING\r\n"), "[PING]\n"},
    {SLICE_LIT("*1\r\n$004\r\nPING\r\n*01\r\n$4\r\nPING\r\n"), "[PING]\n[PING]\n"},
    {SLICE_LIT("*1\r\n$0000000004\r\nPING\r\n"), "[PING]\n"},
    {SLICE_LIT("*0\r\n*-1\r\n\r\n\n*1\r\n$1\r\nx\r\n"), "[x]\n"},
    /* not whole yet */
    {SLICE_LIT("*"), ""},
    {SLICE_LIT("*2\r\n$4\r\nEC"), ""},
    {SLICE_LIT("*1\r\n$4\r\nPING\r"), ""},
    {SLICE_LIT("PING"), ""},
    /* inline: the line, and its words */
    {SLICE_LIT("PING\r\n"), "<PING> [PING]\n"},
    {SLICE_LIT("PING\nPING\n"), "<PING> [PING]\n<PING> [PING]\n"},
    {SLICE_LIT("  get  a\t b \r\n"), "<  get  a\t b > [get][a][b]\n"},
    {SLICE_LIT("echo \"a \\x41\\n\\q\"\r\n"), "<echo \"a \\x41\\n\\q\"> [echo][a A\nq]\n"},
    {SLICE_LIT("echo 'it\\'s' \"\"\r\n"), "<echo 'it\\'s' \"\"> [echo][it's][]\n"},
    {SLICE_LIT("count a from b where c='it''s'\r\n"),
     "<count a from b where c='it''s'> Protocol error: unbalanced quotes in request\n"
     "BAD Protocol error: the connection is out of step\n"},
    {SLICE_LIT(" \r\nx\r\n"), "< > \n<x> [x]\n"},
    /* refused */
    {SLICE_LIT("*x\r\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*\r\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*1\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*1 \r\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*1048577\r\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*99999999999999999999\r\n"), "BAD Protocol error: invalid multibulk length\n"},
    {SLICE_LIT("*1\r\n:4\r\n"), "BAD Protocol error: expected '$', got ':'\n"},
    {SLICE_LIT("*1\r\n\r\n"), "BAD Protocol error: expected '$', got '\\x0d'\n"},
    {SLICE_LIT("*1\r\n$\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$-1\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$1025\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$1073741824\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$99999999999999999999\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$4x\r\n"), "BAD Protocol error: invalid bulk length\n"},
    {SLICE_LIT("*1\r\n$4\r\nPINGxx"), "BAD Protocol error: expected CRLF after a bulk\n"},
    {SLICE_LIT("*1\r\n$4\r\nPING\rx"), "BAD Protocol error: expected CRLF after a bulk\n"},
    {SLICE_LIT("*1\r\n$4\r\nPING\r\n*z\r\n"),
     "[PING]\nBAD Protocol error: invalid multibulk length\n"},
};

static void
check_row(int i, transcript_piece_fn *piece, void *arg)
{
    struct strbuf found;
    strbuf_init(&found);
    transcript(rows[i].bytes, &LIMITS, piece, arg, &found);
    ck_assert_str_eq(strbuf_slice(&found).ptr, rows[i].expected);
    strbuf_fini(&found);
}

START_TEST(test_whole)
{
    check_row(_i, piece_all, NULL);
}
END_TEST

START_TEST(test_byte_by_byte)
{
    check_row(_i, piece_one, NULL);
}
END_TEST

START_TEST(test_split_at_every_byte)
{
    for (size_t at = 1; at < rows[_i].bytes.len; at++) {
        size_t first = at;
        check_row(_i, piece_split, &first);
    }
}
END_TEST

/* Lines without an end, by what they would have been. */
static const struct {
    const char *start;
    char fill;
    const char *expected;
} endless_rows[] = {
    {"", 'x', "BAD Protocol error: too big inline request\n"},
    {"*", '1', "BAD Protocol error: too big mbulk count string\n"},
    {"*1\r\n$", '1', "BAD Protocol error: too big bulk count string\n"},
    {"*1\r\n", '\0', "BAD Protocol error: too big bulk count string\n"},
};

START_TEST(test_endless_line)
{
    struct strbuf bytes, found;
    strbuf_init(&bytes);
    strbuf_init(&found);
    strbuf_append_str(&bytes, endless_rows[_i].start);
    memset(strbuf_reserve(&bytes, 2 * RESP_MAX_LINE_BYTES), endless_rows[_i].fill,
           2 * RESP_MAX_LINE_BYTES);
    bytes.len += 2 * RESP_MAX_LINE_BYTES;
    size_t first = 1000;
    transcript(strbuf_slice(&bytes), &LIMITS, piece_split, &first, &found);
    ck_assert_str_eq(strbuf_slice(&found).ptr, endless_rows[_i].expected);
    strbuf_fini(&bytes);
    strbuf_fini(&found);
}
END_TEST

START_TEST(test_request_limit)
{
    struct strbuf bytes, found;
    strbuf_init(&bytes);
    strbuf_init(&found);
    strbuf_append_str(&bytes, "*5\r\n");
    for (int i = 0; i < 5; i++) {
        strbuf_printf(&bytes, "$1000\r\n%01000d\r\n", i);
    }
    transcript(strbuf_slice(&bytes), &LIMITS, piece_all, NULL, &found);
    ck_assert_str_eq(strbuf_slice(&found).ptr,
                     "BAD Protocol error: request larger than client-query-buffer-limit\n");
    strbuf_fini(&bytes);
    strbuf_fini(&found);
}
END_TEST

/* One that lies whole in the input, and then the input goes. */
START_TEST(test_keep)
{
    char input[] = "*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n*1\r\n$4\r\nPING\r\n";
    struct resp_reader *reader = resp_reader_new();
    struct resp_request request;
    struct error err = {0};
    size_t consumed;
    ck_assert_int_eq(resp_reader_read(reader, &LIMITS, slice_of(input, sizeof input - 1), &consumed,
                                      &request, &err),
                     RESP_OK);
    ck_assert_uint_eq(consumed, 22);
    ck_assert_ptr_eq(request.bytes.ptr, input);
    ck_assert_ptr_eq(request.args[0].ptr, input + 8); /* not copied */
    for (int turn = 0; turn < 2; turn++) {
        request.bytes = resp_reader_keep(reader);
        memset(input, 'x', consumed);
        ck_assert(slice_equal(request.bytes, slice_lit("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n")));
        ck_assert(slice_equal(request.args[0], slice_lit("ECHO")));
        ck_assert(slice_equal(request.args[1], slice_lit("hi")));
    }
    ck_assert_int_eq(resp_reader_read(reader, &LIMITS,
                                      slice_of(input + consumed, sizeof input - 1 - consumed),
                                      &consumed, &request, &err),
                     RESP_OK);
    ck_assert(slice_equal(request.args[0], slice_lit("PING")));
    resp_reader_free(reader);
}
END_TEST

/* Headers alone take no memory, whatever they announce. */
START_TEST(test_headers_take_no_memory)
{
    struct resp_reader *reader = resp_reader_new();
    struct resp_limits limits = {1 << 30, (size_t) 1 << 40, false};
    struct resp_request request;
    struct error err = {0};
    size_t consumed;
    struct slice bytes = slice_lit("*1048576\r\n$1073741824\r\nabc");
    ck_assert_int_eq(resp_reader_read(reader, &limits, bytes, &consumed, &request, &err),
                     RESP_NEED_MORE);
    ck_assert_uint_eq(resp_reader_bytes(reader), 3);
    resp_reader_free(reader);
}
END_TEST

START_TEST(test_many_args)
{
    enum { NARGS = 100000 };
    struct strbuf bytes;
    strbuf_init(&bytes);
    strbuf_printf(&bytes, "*%d\r\n", NARGS);
    for (int i = 0; i < NARGS; i++) {
        strbuf_printf(&bytes, "$6\r\n%06d\r\n", i);
    }
    struct resp_reader *reader = resp_reader_new();
    struct resp_limits limits = {1024, 1 << 20, false};
    struct resp_request request;
    struct error err = {0};
    size_t consumed;
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(
            resp_reader_read(reader, &limits, strbuf_slice(&bytes), &consumed, &request, &err),
            RESP_OK);
        ck_assert_uint_eq(consumed, bytes.len);
        ck_assert_uint_eq(request.nargs, NARGS);
        ck_assert(slice_equal(request.args[NARGS - 1], slice_lit("099999")));
    }
    resp_reader_free(reader);
    strbuf_fini(&bytes);
}
END_TEST

START_TEST(test_words_split)
{
    struct arena *arena = arena_new();
    struct slice *words;
    size_t nwords;
    ck_assert(words_split(arena, slice_lit("dir \"/my data\" x"), &words, &nwords));
    ck_assert_uint_eq(nwords, 3);
    ck_assert(slice_equal(words[1], slice_lit("/my data")));
    ck_assert(words_split(arena, slice_lit(" "), &words, &nwords));
    ck_assert_uint_eq(nwords, 0);
    ck_assert(!words_split(arena, slice_lit("a \"b\"c"), &words, &nwords));
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("resp");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_whole, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_byte_by_byte, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_split_at_every_byte, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_endless_line, 0, NROWS(endless_rows));
    tcase_add_test(tcase, test_request_limit);
    tcase_add_test(tcase, test_keep);
    tcase_add_test(tcase, test_headers_take_no_memory);
    tcase_add_test(tcase, test_many_args);
    tcase_add_test(tcase, test_words_split);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
