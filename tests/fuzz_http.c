/*
 * libFuzzer target: however a browser's bytes are cut into pieces, the reader finds the same
 * requests in them, or refuses them alike; their bodies are parsed as JSON; and the same bytes as a
 * reply of RESP become JSON, or nothing. As headers they may
 * have a cookie, or a login of HTTP Basic.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_http
 *     ./fuzz_http -max_total_time=120 /tmp/new tests/corpus/http
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "http_transcript.h"
#include "net/reply_scan.h"
#include "server/config/config_values.h"
#include "server/http/basic_login.h"
#include "server/http/body.h"
#include "server/http/cookie.h"
#include "server/http/host.h"
#include "server/http/reply_json.h"
#include "tests/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
requests_fuzz(struct slice bytes)
{
    struct strbuf whole, pieces;
    uint64_t seed = slice_hash(bytes);
    strbuf_init(&whole);
    strbuf_init(&pieces);
    http_transcript(bytes, piece_all, NULL, &whole);
    http_transcript(bytes, piece_random, &seed, &pieces);
    if (!slice_equal(strbuf_slice(&whole), strbuf_slice(&pieces))) {
        abort();
    }
    strbuf_fini(&whole);
    strbuf_fini(&pieces);
}

static void
body_fuzz(struct slice bytes)
{
    struct arena *arena = arena_new();
    const struct body *body;
    const struct slice *items;
    struct slice text;
    size_t nitems;
    struct error err = {0};
    if (body_parse(arena, bytes, &body, &err)) {
        (void) !body_optional_text(body, "text", &text, &err);
        (void) !body_list(body, "args", &items, &nitems, &err);
    } else if (!error_is_set(&err)) {
        abort();
    }
    arena_free(arena);
}

/* What is printed of a reply is UTF-8, and some JSON value is begun. */
static void
reply_fuzz(struct slice bytes)
{
    struct strbuf out;
    struct reply_scan scan = {0};
    size_t consumed;
    struct error err = {0};
    struct slice text;
    strbuf_init(&out);
    bool is_reply = reply_scan(&scan, bytes, &consumed, &err) == SCAN_OK && consumed == bytes.len;
    if (reply_json_print(bytes, &out) && (out.len == 0 || !utf8_is_valid(strbuf_slice(&out)))) {
        abort();
    }
    if (is_reply) {
        (void) reply_json_is_error(bytes, &err);
        (void) reply_json_is_text(bytes, &text);
    }
    strbuf_fini(&out);
}

/* What is found in a header is a part of it, or no longer than it. */
static void
headers_fuzz(struct slice bytes)
{
    struct arena *arena = arena_new();
    struct slice rest = bytes, name = slice_shift(&rest, '='), user, password;
    struct slice found = cookie_find(bytes, name), again = cookie_find(bytes, slice_lit("quipu-1"));
    struct slice values[] = {found, again};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        bool is_part =
            values[i].ptr >= bytes.ptr && values[i].ptr + values[i].len <= bytes.ptr + bytes.len;
        if (values[i].len && !is_part) {
            abort();
        }
    }
    struct slice header = arena_printf(arena, "Basic %.*s", SLICE_ARG(bytes));
    if ((basic_login_read(arena, bytes, &user, &password) ||
         basic_login_read(arena, header, &user, &password)) &&
        (user.len + password.len >= bytes.len || memchr(user.ptr, ':', user.len))) {
        abort();
    }
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config_words none = {0};
    struct slice bytes = slice_of(data, size);
    requests_fuzz(bytes);
    body_fuzz(bytes);
    reply_fuzz(bytes);
    headers_fuzz(bytes);
    (void) host_is_ours(&none, bytes);
    (void) host_is_origin(slice_lit("localhost:80"), bytes);
    return 0;
}
