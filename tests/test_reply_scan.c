/*
 * net/reply_scan, net/resp_value: replies cut out of bytes that come in any pieces, and their
 * trees.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "net/reply_scan.h"
#include "net/resp_value.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* Bytes, and the lengths of the replies in them with their kinds, or what is wrong. */
static const struct {
    struct slice bytes;
    const char *expected;
} rows[] = {
    {SLICE_LIT("+OK\r\n"), "+5"},
    {SLICE_LIT("+\r\n-ERR a\r\n"), "+3 -8"},
    {SLICE_LIT(":-7\r\n:9223372036854775807\r\n"), ":5 :22"},
    {SLICE_LIT("$2\r\nhi\r\n$0\r\n\r\n$-1\r\n"), "$8 $6 $5"},
    {SLICE_LIT("$4\r\n\r\n+\n\r\n+OK\r\n"), "$10 +5"},
    {SLICE_LIT("*0\r\n*-1\r\n*2\r\n:1\r\n$2\r\nhi\r\n"), "*4 *5 *16"},
    {SLICE_LIT("*2\r\n*1\r\n+a\r\n*2\r\n*0\r\n:1\r\n+b\r\n"), "*24 +4"},
    {SLICE_LIT("%1\r\n+a\r\n:1\r\n~2\r\n:1\r\n:2\r\n>1\r\n+m\r\n"), "%12 ~12 >8"},
    {SLICE_LIT("_\r\n#t\r\n,1.5\r\n,inf\r\n(123456789012345678901234567890\r\n"),
     "_3 #4 ,6 ,6 (33"},
    {SLICE_LIT("=5\r\ntxt:x\r\n!3\r\nERR\r\n"), "=11 !9"},
    {SLICE_LIT("|1\r\n+ttl\r\n:5\r\n+v\r\n+w\r\n"), "+18 +4"},
    {SLICE_LIT("*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n+w\r\n"), "*24 +4"},
    {SLICE_LIT("|0\r\n+v\r\n"), "+8"},
    /* not whole yet */
    {SLICE_LIT("+OK\r"), "..."},
    {SLICE_LIT("*2\r\n:1\r\n"), "..."},
    {SLICE_LIT("$5\r\nhel"), "..."},
    {SLICE_LIT("$5\r\nhello"), "..."},
    {SLICE_LIT("|1\r\n+a\r\n+b\r\n"), "..."},
    /* no reply */
    {SLICE_LIT("?\r\n"), "BAD protocol error in a reply: no value begins with '?'"},
    {SLICE_LIT("$x\r\n"), "BAD protocol error in a reply: no length after '$'"},
    {SLICE_LIT("$-2\r\n"), "BAD protocol error in a reply: no length after '$'"},
    {SLICE_LIT("$5\n"), "BAD protocol error in a reply: no length after '$'"},
    {SLICE_LIT("*99999999999\r\n"), "BAD protocol error in a reply: too many elements after '*'"},
    {SLICE_LIT("$99999999999\r\n"), "BAD protocol error in a reply: too many bytes after '$'"},
    {SLICE_LIT("+OK\n"), "BAD protocol error in a reply: no CR before '\\x0a'"},
    {SLICE_LIT("*11111111111111111111111111111111111\r\n"),
     "BAD protocol error in a reply: a header is too long, at '1'"},
};

/* Scans in pieces of so many bytes; the first piece may have another length. */
static void
scan_all(struct slice bytes, size_t first, size_t piece_bytes, struct strbuf *out)
{
    struct reply_scan scan = {0};
    size_t length = 0;
    bool is_open = false;
    while (bytes.len > 0) {
        size_t len = first && first < bytes.len ? first : piece_bytes;
        first = 0;
        struct slice piece = slice_of(bytes.ptr, len < bytes.len ? len : bytes.len);
        bytes = slice_of(bytes.ptr + piece.len, bytes.len - piece.len);
        while (piece.len > 0) {
            size_t consumed;
            struct error err = {"", ""};
            enum scan_status status = reply_scan(&scan, piece, &consumed, &err);
            piece = slice_of(piece.ptr + consumed, piece.len - consumed);
            length += consumed;
            is_open = status == SCAN_NEED_MORE;
            if (status == SCAN_BAD) {
                strbuf_printf(out, "BAD %s", err.message);
                return;
            }
            if (status == SCAN_OK) {
                strbuf_printf(out, "%s%c%zu", out->len ? " " : "", scan.kind, length);
                length = 0;
            }
        }
    }
    strbuf_append_str(out, is_open ? "..." : "");
}

START_TEST(replies_are_cut_wherever_their_bytes_are)
{
    struct slice bytes = rows[_i].bytes;
    for (size_t first = 0; first <= bytes.len; first++) {
        struct strbuf out;
        strbuf_init(&out);
        scan_all(bytes, first, first ? bytes.len : 1, &out);
        ck_assert_msg(strcmp(out.ptr ? out.ptr : "", rows[_i].expected) == 0,
                      "cut at %zu: %s, not %s", first, out.ptr, rows[_i].expected);
        strbuf_fini(&out);
    }
}
END_TEST

/* However deep: the end is found, and resp_value, which would recurse, refuses it. */
START_TEST(any_depth_has_its_end)
{
    static const char *const KINDS[] = {"*1\r\n",
                                        "*2\r\n:7\r\n",
                                        "%1\r\n+k\r\n",
                                        "~1\r\n",
                                        "|1\r\n+k\r\n:1\r\n*1\r\n",
                                        "*3\r\n*0\r\n%0\r\n"};
    for (int depth = 1; depth <= 3 * REPLY_MAX_DEPTH; depth++) {
        for (size_t kind = 0; kind < NROWS(KINDS); kind++) {
            struct strbuf text, out;
            strbuf_init(&text);
            strbuf_init(&out);
            for (int i = 0; i < depth; i++) {
                strbuf_append_str(&text, KINDS[kind]);
            }
            strbuf_append_str(&text, ":1\r\n");
            char expected[32];
            char first =
                KINDS[kind][0] == '|' ? '*' : KINDS[kind][0]; /* it counts as what follows */
            snprintf(expected, sizeof expected, "%c%zu +5...", first, text.len);
            strbuf_append_str(&text, "+OK\r\n*1\r\n");
            scan_all(strbuf_slice(&text), 0, 7, &out);
            ck_assert_str_eq(out.ptr, expected);
            strbuf_fini(&text);
            strbuf_fini(&out);
        }
    }
}
END_TEST

START_TEST(a_tree_has_a_limit)
{
    struct arena *arena = arena_new();
    for (int depth = REPLY_MAX_DEPTH - 1; depth <= REPLY_MAX_DEPTH + 1; depth++) {
        struct strbuf text;
        struct error err = {"", ""};
        const struct resp_value *value;
        strbuf_init(&text);
        for (int i = 0; i < depth; i++) {
            strbuf_append_str(&text, "*1\r\n");
        }
        strbuf_append_str(&text, ":1\r\n");
        ck_assert_int_eq(resp_value_parse(arena, strbuf_slice(&text), &value, &err),
                         depth <= REPLY_MAX_DEPTH);
        strbuf_fini(&text);
    }
    arena_free(arena);
}
END_TEST

static void
print(const struct resp_value *value, struct strbuf *out)
{
    switch (value->type) {
    case VALUE_STRING: strbuf_printf(out, "'%.*s'", SLICE_ARG(value->text)); return;
    case VALUE_STATUS: strbuf_printf(out, "+%.*s", SLICE_ARG(value->text)); return;
    case VALUE_ERROR: strbuf_printf(out, "-%.*s", SLICE_ARG(value->text)); return;
    case VALUE_INTEGER: strbuf_append_int(out, value->integer); return;
    case VALUE_NIL: strbuf_append_str(out, "nil"); return;
    case VALUE_ARRAY: break;
    }
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < value->nelements; i++) {
        strbuf_append_str(out, i ? " " : "");
        print(&value->elements[i], out);
    }
    strbuf_append_char(out, ']');
}

static const struct {
    struct slice bytes;
    const char *expected; /* NULL: refused */
} trees[] = {
    {SLICE_LIT("+OK\r\n"), "+OK"},
    {SLICE_LIT("-ERR no\r\n"), "-ERR no"},
    {SLICE_LIT("*3\r\n:-1\r\n$2\r\nhi\r\n*1\r\n$-1\r\n"), "[-1 'hi' [nil]]"},
    {SLICE_LIT("%1\r\n$1\r\na\r\n#t\r\n"), "['a' 1]"},
    {SLICE_LIT("=5\r\ntxt:x\r\n"), "'x'"},
    {SLICE_LIT("*-1\r\n"), "nil"},
    {SLICE_LIT(",1.5\r\n"), "'1.5'"},
    {SLICE_LIT("*2\r\n:1\r\n"), NULL},
    {SLICE_LIT("*1000000000\r\n"), NULL},
    {SLICE_LIT("$5\r\nhi\r\n"), NULL},
    {SLICE_LIT(":x\r\n"), NULL},
    {SLICE_LIT("+OK\r\n+OK\r\n"), NULL},
};

START_TEST(a_reply_is_a_tree)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    const struct resp_value *value;
    struct strbuf out;
    strbuf_init(&out);
    bool ok = resp_value_parse(arena, trees[_i].bytes, &value, &err);
    ck_assert_int_eq(ok, trees[_i].expected != NULL);
    if (ok) {
        print(value, &out);
        ck_assert_str_eq(out.ptr, trees[_i].expected);
    } else {
        ck_assert_str_eq(err.message, "a reply cannot be read");
    }
    strbuf_fini(&out);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reply_scan");
    TCase *tcase = tcase_create("reply_scan");
    tcase_add_loop_test(tcase, replies_are_cut_wherever_their_bytes_are, 0, NROWS(rows));
    tcase_add_test(tcase, any_depth_has_its_end);
    tcase_add_test(tcase, a_tree_has_a_limit);
    tcase_add_loop_test(tcase, a_reply_is_a_tree, 0, NROWS(trees));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
