/*
 * server/http: requests, hosts, the JSON of bodies and replies.
 */
#include <check.h>
#include <string.h>

#include "http_transcript.h"
#include "server/config/config_values.h"
#include "server/http/basic_login.h"
#include "server/http/body.h"
#include "server/http/cookie.h"
#include "server/http/host.h"
#include "server/http/http_head.h"
#include "server/http/reply_json.h"
#include "tests/pieces.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))
#define HOST "Host: h\r\n"

static struct strbuf out;
static struct error err;

static void
setup(void)
{
    strbuf_init(&out);
    err = (struct error){0};
}

static void
teardown(void)
{
    strbuf_fini(&out);
}

/* -- requests ---------------------------------------------------------------------------------- */

static const struct {
    const char *bytes, *expected;
} REQUESTS[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", "GET path </> host <h>\n"},
    {"\r\nGET /a?b=%20 HTTP/1.1\r\n" HOST "\r\n", "GET path </a> query <b=%20> host <h>\n"},
    {"HEAD /? HTTP/1.0\r\nhOST:\t h \t\r\n\r\n", "HEAD path </> query <> host <h> last\n"},
    {"GET / HTTP/1.0\r\n" HOST "Connection: a, Keep-Alive\r\n\r\n", "GET path </> host <h>\n"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n",
     "GET path </> host <h> last\nGET path </b> host <h>\n"},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OTHER path <*> host <h>\n"},
    {"get / HTTP/1.1\r\n" HOST "\r\n", "OTHER path </> host <h>\n"},
    {"GET / HTTP/1.1\r\n" HOST
     "Origin: o\r\nCookie: c\r\nIf-None-Match: i\r\nAuthorization: a\r\n\r\n",
     "GET path </> host <h> origin <o> cookie <c> login <a> tags <i>\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Type: t\r\n\r\n{}",
     "POST path </x> host <h> type <t> body <{}>\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST path </x> host <h> body <>\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n{}", "MORE\n"},
    {"POST /x HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
     "POST path </x> host <h> expects body <x>\n"},
    {"POST /x HTTP/1.1\r\n" HOST
     "Transfer-Encoding: Chunked\r\n\r\n2\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n",
     "POST path </x> host <h> body <ab0123456789>\n"},
    {"POST /x HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
     "POST path </x> host <h> body <>\nGET path </> host <h>\n"},
    {"GET / HTTP/1.1\r\n" HOST, "MORE\n"},
    {"GET / HTTP/1.1\n" HOST "\n", "MORE\n"},
    {"\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.0\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.2\r\n" HOST "\r\n", "BAD 505\n"},
    {"GET / HTTP/11\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET / http/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", "BAD 400\n"},
    {"GET\t/ HTTP/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET /\x80 HTTP/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"G(T / HTTP/1.1\r\n" HOST "\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "\tA: b\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "A: b\rC: d\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "A: b\nC: d\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "Cookie: a\r\ncookie: b\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "\r\n", "BAD 411\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1,1\r\n\r\nx", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 4097\r\n\r\n", "BAD 413\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     "BAD 400\n"},
    {"POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", "BAD 501\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1001\r\n", "BAD 413\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n 1\r\nx", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;a\r\nx\r\n", "BAD 400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", "BAD 400\n"},
    {"GET / HTTP/1.1\r\n" HOST "Expect: x\r\n\r\n", "BAD 417\n"},
};

/* In one piece and byte by byte. */
START_TEST(test_requests)
{
    struct slice bytes = slice_str(REQUESTS[_i].bytes);
    http_transcript(bytes, piece_all, NULL, &out);
    ck_assert_msg(strcmp(out.ptr, REQUESTS[_i].expected) == 0, "%s: %s", bytes.ptr, out.ptr);
    strbuf_clear(&out);
    http_transcript(bytes, piece_one, NULL, &out);
    ck_assert_msg(strcmp(out.ptr, REQUESTS[_i].expected) == 0, "%s: %s", bytes.ptr, out.ptr);
}
END_TEST

START_TEST(test_heads_that_are_too_large)
{
    struct strbuf bytes;
    strbuf_init(&bytes);
    strbuf_append_str(&bytes, "GET / HTTP/1.1\r\n" HOST "A: ");
    while (bytes.len < HTTP_HEAD_BYTES_MOST - 4) {
        strbuf_append_char(&bytes, 'x');
    }
    struct slice fits = strbuf_slice(&bytes);
    strbuf_append_str(&bytes, "\r\n\r\n");
    http_transcript(slice_of(bytes.ptr, fits.len + 4), piece_all, NULL, &out);
    ck_assert_str_eq(out.ptr, "GET path </> host <h>\n");
    strbuf_clear(&out);
    bytes.len = fits.len;
    strbuf_append_str(&bytes, "x\r\n\r\n");
    http_transcript(strbuf_slice(&bytes), piece_one, NULL, &out);
    ck_assert_str_eq(out.ptr, "BAD 431\n");
    strbuf_fini(&bytes);
}
END_TEST

/* -- hosts ------------------------------------------------------------------------------------- */

START_TEST(test_hosts)
{
    struct slice words[] = {slice_lit("quipu.example"), slice_lit("b")};
    const struct config_words names = {words, 2};
    static const char *const OURS[] = {"1.2.3.4",   "1.2.3.4:80", "[::1]",         "[fe80::1]:7380",
                                       "localhost", "LocalHost:", "Quipu.Example", "b:1"};
    static const char *const OTHERS[] = {"",
                                         ":80",
                                         "a",
                                         "quipu.example.evil",
                                         "1.2.3",
                                         "[::1",
                                         "[]",
                                         "::1",
                                         "[1.2.3.4]",
                                         "[b]",
                                         "b:port",
                                         "b:1:2",
                                         "b ",
                                         "a@b",
                                         "1.2.3.4.evil",
                                         "b:123456"};
    for (int i = 0; i < NROWS(OURS); i++) {
        ck_assert_msg(host_is_ours(&names, slice_str(OURS[i])), "%s", OURS[i]);
    }
    for (int i = 0; i < NROWS(OTHERS); i++) {
        ck_assert_msg(!host_is_ours(&names, slice_str(OTHERS[i])), "%s", OTHERS[i]);
    }
    ck_assert(host_is_origin(slice_lit("a:1"), slice_lit("http://A:1")));
    ck_assert(host_is_origin(slice_lit("a"), slice_lit("https://a")));
    ck_assert(!host_is_origin(slice_lit("a"), slice_lit("http://a:80")));
    ck_assert(!host_is_origin(slice_lit("a"), slice_lit("null")));
    ck_assert(!host_is_origin(slice_lit("a"), slice_lit("a")));
}
END_TEST

/* -- replies ----------------------------------------------------------------------------------- */

static const struct {
    const char *reply, *json; /* NULL: it is none */
} REPLIES[] = {
    {"+OK\r\n", "\"OK\""},
    {":-7\r\n", "-7"},
    {"$2\r\nhi\r\n", "\"hi\""},
    {"$0\r\n\r\n", "\"\""},
    {"$-1\r\n", "null"},
    {"_\r\n", "null"},
    {"*-1\r\n", "null"},
    {"#t\r\n", "true"},
    {"#f\r\n", "false"},
    {",2.5\r\n", "2.5"},
    {",1e+20\r\n", "1e+20"},
    {",-0\r\n", "-0"},
    {",inf\r\n", "\"inf\""},
    {",nan\r\n", "\"nan\""},
    {",01\r\n", "\"01\""},
    {",1.\r\n", "\"1.\""},
    {",-\r\n", "\"-\""},
    {",1e\r\n", "\"1e\""},
    {",\r\n", "\"\""},
    {"(12345678901234567890123\r\n", "12345678901234567890123"},
    {"=7\r\ntxt:a\"b\r\n", "\"a\\\"b\""},
    {"$3\r\na\xff"
     "b\r\n",
     "\"a\xef\xbf\xbd"
     "b\""},
    {"*0\r\n", "[]"},
    {"%0\r\n", "{}"},
    {"*3\r\n*0\r\n%0\r\n:1\r\n", "[[],{},1]"},
    {"*2\r\n*1\r\n*1\r\n:1\r\n~2\r\n:2\r\n:3\r\n", "[[[1]],[2,3]]"},
    {"%2\r\n+a\r\n*1\r\n%1\r\n+b\r\n_\r\n:7\r\n+c\r\n", "{\"a\":[{\"b\":null}],\"7\":\"c\"}"},
    {"%1\r\n#t\r\n:1\r\n", "{\"true\":1}"},
    {"*1\r\n-ERR no \"way\"\r\n",
     "[{\"error\":{\"code\":\"ERR\",\"message\":\"no \\\"way\\\"\"}}]"},
    {"*1\r\n!7\r\nNO a\r\nb\r\n",
     "[{\"error\":{\"code\":\"NO\",\"message\":\"a\\u000d\\u000ab\"}}]"},
    {"%1\r\n*0\r\n:1\r\n", NULL},
    {"*2\r\n:1\r\n", NULL},
    {"*9\r\n:1\r\n", NULL},
    {"$5\r\nhi\r\n", NULL},
    {":1\r\n:2\r\n", NULL},
    {"x\r\n", NULL},
    {":1", NULL},
    {"", NULL},
    {"*99999999999999999\r\n", NULL},
};

START_TEST(test_replies)
{
    bool ok = reply_json_print(slice_str(REPLIES[_i].reply), &out);
    ck_assert_msg(ok == (REPLIES[_i].json != NULL), "%s", REPLIES[_i].reply);
    if (ok) {
        ck_assert_str_eq(out.ptr, REPLIES[_i].json);
    }
}
END_TEST

START_TEST(test_deep_replies)
{
    struct strbuf reply;
    strbuf_init(&reply);
    for (int i = 0; i < 200; i++) {
        strbuf_append_str(&reply, "*1\r\n");
    }
    strbuf_append_str(&reply, ":1\r\n");
    ck_assert(!reply_json_print(strbuf_slice(&reply), &out));
    strbuf_fini(&reply);
}
END_TEST

START_TEST(test_errors_and_texts)
{
    struct slice text;
    ck_assert(reply_json_is_error(slice_lit("-NOPERM you may not\r\n"), &err));
    ck_assert_str_eq(err.code, "NOPERM");
    ck_assert_str_eq(err.message, "you may not");
    ck_assert(reply_json_is_error(slice_lit("!7\r\nERR a b\r\n"), &err));
    ck_assert_str_eq(err.message, "a b");
    ck_assert(reply_json_is_error(slice_lit("-AVERYLONGCODEINDEED x\r\n"), &err));
    ck_assert(!reply_json_is_error(slice_lit("+OK\r\n"), &err));
    ck_assert(!reply_json_is_error(slice_lit(""), &err));
    ck_assert(reply_json_is_text(slice_lit("=6\r\ntxt:{}\r\n"), &text));
    ck_assert(slice_equal(text, slice_lit("{}")));
    ck_assert(reply_json_is_text(slice_lit("$2\r\nhi\r\n"), &text));
    ck_assert(!reply_json_is_text(slice_lit("$-1\r\n"), &text));
    ck_assert(!reply_json_is_text(slice_lit("*0\r\n"), &text));
}
END_TEST

/* -- bodies ------------------------------------------------------------------------------------ */

START_TEST(test_body)
{
    struct arena *arena = arena_new();
    const struct body *body;
    const struct slice *items;
    struct slice text;
    size_t nitems;
    int64_t n;
    bool has;
    struct slice bytes =
        slice_lit("{\"t\":\"a\\u00e9\\u0000\",\"n\":-12,\"f\":1.5,\"b\":true,\"z\":null,"
                  "\"l\":[\"x\",2.50,-1e3],\"e\":[]}");
    ck_assert(body_parse(arena, bytes, &body, &err));
    ck_assert(body_text(body, "t", &text, &err));
    ck_assert(slice_equal(text, slice_lit("a\xc3\xa9\0")));
    ck_assert(body_optional_int(body, "n", &has, &n, &err) && has && n == -12);
    ck_assert(body_optional_int(body, "z", &has, &n, &err) && !has);
    ck_assert(body_optional_text(body, "missing", &text, &err) && !text.ptr);
    ck_assert(body_list(body, "l", &items, &nitems, &err));
    ck_assert_uint_eq(nitems, 3);
    ck_assert(slice_equal(items[1], slice_lit("2.50")));
    ck_assert(slice_equal(items[2], slice_lit("-1e3")));
    ck_assert(!body_text(body, "missing", &text, &err));
    ck_assert_str_eq(err.message, "the body lacks 'missing'");
    err = (struct error){0};
    ck_assert(!body_text(body, "n", &text, &err));
    err = (struct error){0};
    ck_assert(!body_optional_int(body, "f", &has, &n, &err));
    err = (struct error){0};
    ck_assert(!body_list(body, "e", &items, &nitems, &err));
    err = (struct error){0};
    ck_assert(!body_list(body, "t", &items, &nitems, &err));
    arena_free(arena);
}
END_TEST

START_TEST(test_bodies_that_are_none)
{
    static const char *const BODIES[] = {"",
                                         " ",
                                         "1",
                                         "[]",
                                         "\"a\"",
                                         "{",
                                         "{}{}",
                                         "{\"a\":1,\"a\":2}",
                                         "{\"a\":{}}",
                                         "{\"a\":[[]]}",
                                         "{\"a\":[null]}",
                                         "{a:1}",
                                         "{\"a\":\"\xff\"}",
                                         "{\"\xff\":1}",
                                         "{'a':1}",
                                         "{\"a\":01}"};
    struct arena *arena = arena_new();
    for (int i = 0; i < NROWS(BODIES); i++) {
        const struct body *body;
        err = (struct error){0};
        ck_assert_msg(!body_parse(arena, slice_str(BODIES[i]), &body, &err), "%s", BODIES[i]);
        ck_assert_str_eq(err.code, "ERR");
    }
    arena_free(arena);
}
END_TEST

/* -- heads of answers -------------------------------------------------------------------------- */

START_TEST(test_heads)
{
    struct http_head head = {
        .status = 405, .type = "a/b", .body_bytes = 7, .is_last = true, .allow = "POST"};
    http_head_print(&head, &out);
    ck_assert(slice_starts_with(strbuf_slice(&out),
                                slice_lit("HTTP/1.1 405 Method Not Allowed\r\nDate: ")));
    ck_assert(
        strstr(out.ptr,
               "\r\nContent-Type: a/b\r\nContent-Length: 7\r\nConnection: close\r\nAllow: POST\r\n"
               "Cache-Control: no-store\r\n"));
    ck_assert(strstr(out.ptr, "\r\n\r\n") == out.ptr + out.len - 4);
    strbuf_clear(&out);
    head = (struct http_head){.status = 304, .etag = "\"a\"", .cookie = slice_lit("c=d")};
    http_head_print(&head, &out);
    ck_assert(!strstr(out.ptr, "Content-Length"));
    ck_assert(strstr(out.ptr, "\r\nSet-Cookie: c=d\r\nETag: \"a\"\r\nCache-Control: no-cache\r\n"));
}
END_TEST

START_TEST(test_only_503_says_when_to_ask_again)
{
    http_head_print(&(struct http_head){.status = 503}, &out);
    ck_assert(strstr(out.ptr, "\r\nRetry-After: 1\r\n"));
    strbuf_clear(&out);
    http_head_print(&(struct http_head){.status = 500}, &out);
    ck_assert(!strstr(out.ptr, "Retry-After"));
}
END_TEST

/* -- headers of requests ----------------------------------------------------------------------- */

static const struct {
    const char *cookies, *name, *value;
} COOKIES[] = {
    {"quipu-7380=3fa9", "quipu-7380", "3fa9"},
    {"a=1; quipu-7380=3fa9; b", "quipu-7380", "3fa9"},
    {"xquipu-7380=1;  quipu-73801=2;quipu-7380=3=4", "quipu-7380", "3=4"},
    {"quipu-7380=; quipu-7380=5", "quipu-7380", ""},
    {"quipu-7380", "quipu-7380", ""},
    {"QUIPU-7380=1", "quipu-7380", ""},
    {"", "a", ""},
    {";;;", "a", ""},
};

START_TEST(test_cookies)
{
    struct slice value = cookie_find(slice_str(COOKIES[_i].cookies), slice_str(COOKIES[_i].name));
    ck_assert_msg(slice_equal(value, slice_str(COOKIES[_i].value)), "%s: %.*s", COOKIES[_i].cookies,
                  SLICE_ARG(value));
}
END_TEST

/* user NULL: it is no login. */
static const struct {
    const char *header, *user, *password;
} LOGINS[] = {
    {"Basic YW5uOnNlY3JldA==", "ann", "secret"},
    {"bAsIc   YW5uOnNlY3JldA", "ann", "secret"},
    {"Basic YW5uOnNlOmNyZXQ=", "ann", "se:cret"},
    {"Basic Og==", "", ""},
    {"Basic YW5u", NULL, NULL}, /* no colon */
    {"Basic YW5u!nNl", NULL, NULL},
    {"Basic YW5uOnNl Y3JldA==", NULL, NULL},
    {"Basic ====", NULL, NULL},
    {"Basic", NULL, NULL},
    {"Bearer YW5uOnNlY3JldA==", NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(test_logins)
{
    struct arena *arena = arena_new();
    struct slice user, password;
    bool is_login = basic_login_read(arena, slice_str(LOGINS[_i].header), &user, &password);
    ck_assert_msg(is_login == (LOGINS[_i].user != NULL), "%s", LOGINS[_i].header);
    if (is_login) {
        ck_assert(slice_equal(user, slice_str(LOGINS[_i].user)));
        ck_assert(slice_equal(password, slice_str(LOGINS[_i].password)));
    }
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("http");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_requests, 0, NROWS(REQUESTS));
    tcase_add_test(tcase, test_heads_that_are_too_large);
    tcase_add_test(tcase, test_hosts);
    tcase_add_loop_test(tcase, test_replies, 0, NROWS(REPLIES));
    tcase_add_test(tcase, test_deep_replies);
    tcase_add_test(tcase, test_errors_and_texts);
    tcase_add_test(tcase, test_body);
    tcase_add_test(tcase, test_bodies_that_are_none);
    tcase_add_test(tcase, test_heads);
    tcase_add_test(tcase, test_only_503_says_when_to_ask_again);
    tcase_add_loop_test(tcase, test_cookies, 0, NROWS(COOKIES));
    tcase_add_loop_test(tcase, test_logins, 0, NROWS(LOGINS));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
