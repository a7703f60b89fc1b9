/*
 * The head of an HTTP answer.
 *
 *     struct http_head head = {.status = 200, .type = "application/json", .body_bytes = 2};
 *     http_head_print(&head, &out);
 *
 * Every answer has the headers that keep a browser strict: nothing but what this server sends is
 * run or shown, nothing of it is shown inside other pages, no type is guessed, no address is told to
 * others, and no answer is kept.
 */
#ifndef QUIPU_SERVER_HTTP_HTTP_HEAD_H
#define QUIPU_SERVER_HTTP_HTTP_HEAD_H

#include "base/strbuf.h"

struct http_head {
    int status;
    const char *type; /* of the body; NULL: there is none */
    size_t body_bytes;
    bool is_last;         /* the connection ends behind it */
    bool says_keep_alive; /* for a client of HTTP/1.0 */
    const char *allow;    /* the methods that the path knows; NULL: not said */
    const char *etag;     /* of a file, which the browser may keep and ask about; NULL: no file */
    struct slice cookie;  /* ptr NULL: none is set */
    bool asks_for_login;  /* HTTP Basic */
};

/* Appends the status line and all headers, and the empty line behind them. */
void http_head_print(const struct http_head *head, struct strbuf *out);

#endif
