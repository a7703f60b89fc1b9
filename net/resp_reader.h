/*
 * Reads requests from a client's bytes as they come: arrays of bulk strings, and inline lines.
 *
 *     *2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n     -> OK  args [ECHO] [hi]      line none
 *     PING\r\n                             -> OK  args none             line [PING]
 *     *2\r\n$4\r\nEC                       -> NEED_MORE
 *     *1\r\n$1073741824\r\n                -> BAD Protocol error: invalid bulk length
 *
 * A request that is complete in the input is read in place, without a copy. A request that comes in
 * pieces is copied as they arrive. The pieces may be of any size, and no byte is read twice. The
 * sizes in a header are checked against the limits before any memory is taken for them.
 */
#ifndef QUIPU_NET_RESP_READER_H
#define QUIPU_NET_RESP_READER_H

#include "base/error.h"
#include "base/slice.h"

enum { RESP_MAX_ARGS = 1024 * 1024, RESP_MAX_LINE_BYTES = 64 * 1024 };

struct resp_limits {
    size_t max_bulk_bytes;    /* one argument: proto-max-bulk-len */
    size_t max_request_bytes; /* all arguments together: client-query-buffer-limit */
    bool is_unauthenticated;  /* the client has not logged in, and may send only what AUTH needs,
                                 as in Redis */
};

enum { RESP_UNAUTHENTICATED_ARGS = 10, RESP_UNAUTHENTICATED_BYTES = 16 * 1024 };

enum resp_status { RESP_OK, RESP_NEED_MORE, RESP_BAD };

/*
 * A request, as args or as a line. Borrowed from the reader and the input: valid until the reader's
 * next read, and while the input is valid (but see resp_reader_keep).
 */
struct resp_request {
    const struct slice *args; /* for an array: at least one */
    size_t nargs;
    struct slice line;  /* for an inline request: the line without its end; ptr NULL for an array */
    struct slice bytes; /* the bytes of an array in the form that Redis' own clients write; else
                           ptr NULL */
};

struct resp_reader;

/* The caller frees it. Never fails. */
struct resp_reader *resp_reader_new(void);
void resp_reader_free(struct resp_reader *reader);

/*
 * Takes bytes from the front of input, *consumed of them, until a request is complete. NEED_MORE
 * takes all bytes. Empty requests (`*0`, an empty line) are skipped. BAD: err has Redis' message,
 * the connection cannot be used any more, and every further read is BAD too.
 */
enum resp_status resp_reader_read(struct resp_reader *reader, const struct resp_limits *limits,
                                  struct slice input, size_t *consumed,
                                  struct resp_request *request, struct error *err) QUIPU_MUST_CHECK;
/*
 * Turns an inline request into args by Redis' quoting (base/words.h). Reading does not do this,
 * because a query keeps its quotes, and only the caller knows which lines are queries. A line of
 * white space gives no args. Fails with ERR if quotes are unbalanced.
 */
bool resp_reader_split(struct resp_reader *reader, struct resp_request *request,
                       struct error *err) QUIPU_MUST_CHECK;

/*
 * Keeps the last request beyond its input: copies its bytes, and lets args point to the copy.
 * Returns the copied bytes.
 */
struct slice resp_reader_keep(struct resp_reader *reader);

/* Bytes held for the present request, for CLIENT LIST. */
size_t resp_reader_bytes(const struct resp_reader *reader);

#endif
