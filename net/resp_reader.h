/*
 * Requests out of a client's bytes, as they come: arrays of bulk strings, and inline lines.
 *
 *     *2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n     -> OK  args [ECHO] [hi]      line none
 *     PING\r\n                             -> OK  args none             line [PING]
 *     *2\r\n$4\r\nEC                       -> NEED_MORE
 *     *1\r\n$1073741824\r\n                -> BAD Protocol error: invalid bulk length
 *
 * A request that lies whole in the input is read where it lies, without a copy. One that comes in
 * pieces is copied as they arrive, so they may be any, and none of its bytes is waited for twice.
 * What a header asks for is held against the limits before anything is kept for it.
 */
#ifndef QUIPU_NET_RESP_READER_H
#define QUIPU_NET_RESP_READER_H

#include "base/error.h"
#include "base/slice.h"

enum { RESP_MAX_ARGS = 1024 * 1024, RESP_MAX_LINE_BYTES = 64 * 1024 };

struct resp_limits {
    size_t max_bulk_bytes;    /* one argument: proto-max-bulk-len */
    size_t max_request_bytes; /* all arguments together: client-query-buffer-limit */
    bool is_unauthenticated;  /* who has to log in first may send what that takes, as in Redis */
};

enum { RESP_UNAUTHENTICATED_ARGS = 10, RESP_UNAUTHENTICATED_BYTES = 16 * 1024 };

enum resp_status { RESP_OK, RESP_NEED_MORE, RESP_BAD };

/* Borrowed from the reader and the input: valid until its next read, and while the input lasts (but
 * see resp_reader_keep). Either args or line. */
struct resp_request {
    const struct slice *args; /* an array: at least one */
    size_t nargs;
    struct slice line;  /* inline: the line without its end; ptr NULL for an array */
    struct slice bytes; /* an array as Redis' own clients write it: its bytes; else ptr NULL */
};

struct resp_reader;

/* The caller frees it. Never fails. */
struct resp_reader *resp_reader_new(void);
void resp_reader_free(struct resp_reader *reader);

/*
 * Takes bytes from the front of input, *consumed of them, until a request is whole. NEED_MORE takes
 * them all. Empty requests (`*0`, an empty line) are passed over. BAD says in err what Redis would
 * say; the connection is then of no more use, and every further read is BAD too.
 */
enum resp_status resp_reader_read(struct resp_reader *reader, const struct resp_limits *limits,
                                  struct slice input, size_t *consumed,
                                  struct resp_request *request, struct error *err) QUIPU_MUST_CHECK;
/*
 * Turns an inline request into args by Redis' quoting (base/words.h). It is apart from reading
 * because a query keeps its quotes: only the caller knows which lines are queries. A line of white
 * space gives no args. Fails with ERR where quotes are unbalanced.
 */
bool resp_reader_split(struct resp_reader *reader, struct resp_request *request,
                       struct error *err) QUIPU_MUST_CHECK;

/*
 * The request that was read last is to outlive its input: args stay where they are and point to a
 * copy. Returns its bytes anew.
 */
struct slice resp_reader_keep(struct resp_reader *reader);

/* Bytes held for the request at hand: for CLIENT LIST. */
size_t resp_reader_bytes(const struct resp_reader *reader);

#endif
