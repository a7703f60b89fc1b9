/*
 * Writes the heads of HTTP answers. in: what is to be said of an answer; out: its status line and
 * headers.
 */
#include "server/http/http_head.h"

#include <time.h>

#include "base/clock.h"

static const char SECURITY[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

/* "Bad Request" */
static const char *
status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } TEXTS[] = {{200, "OK"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {408, "Request Timeout"},
                 {411, "Length Required"},
                 {413, "Content Too Large"},
                 {415, "Unsupported Media Type"},
                 {417, "Expectation Failed"},
                 {421, "Misdirected Request"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"},
                 {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        if (TEXTS[i].status == status) {
            return TEXTS[i].text;
        }
    }
    return "Unknown";
}

/* `Date: Sun, 29 Nov 2026 16:00:00 GMT`; the names are English, as no locale is ever set. */
static void
date_print(struct strbuf *out)
{
    char text[64];
    struct tm tm;
    time_t now_s = (time_t) (now_unix_us() / 1000000);
    gmtime_r(&now_s, &tm);
    strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
    strbuf_append_str(out, text);
}

void
http_head_print(const struct http_head *head, struct strbuf *out)
{
    strbuf_printf(out, "HTTP/1.1 %d %s\r\n", head->status, status_text(head->status));
    date_print(out);
    if (head->type) {
        strbuf_printf(out, "Content-Type: %s\r\n", head->type);
    }
    if (head->status != 304) {
        strbuf_printf(out, "Content-Length: %zu\r\n", head->body_bytes);
    }
    if (head->is_last || head->says_keep_alive) {
        strbuf_printf(out, "Connection: %s\r\n", head->is_last ? "close" : "keep-alive");
    }
    if (head->allow) {
        strbuf_printf(out, "Allow: %s\r\n", head->allow);
    }
    if (head->status == 503) { /* whatever it is, it passes */
        strbuf_append_str(out, "Retry-After: 1\r\n");
    }
    if (head->asks_for_login) {
        strbuf_append_str(out, "WWW-Authenticate: Basic realm=\"quipu\", charset=\"UTF-8\"\r\n");
    }
    if (head->cookie.ptr) {
        strbuf_printf(out, "Set-Cookie: %.*s\r\n", SLICE_ARG(head->cookie));
    }
    if (head->etag) {
        strbuf_printf(out, "ETag: %s\r\nCache-Control: no-cache\r\n", head->etag);
    } else {
        strbuf_append_str(out, "Cache-Control: no-store\r\n");
    }
    strbuf_append_str(out, SECURITY);
    strbuf_append_str(out, "\r\n");
}
