/*
 * Where a reply ends: framing of RESP2 and RESP3 replies, in bytes that come in any pieces.
 *
 *     *2\r\n:1\r\n$2\r\nhi\r\n+OK\r\n      -> OK, consumed 15: the array; the next scan finds +OK
 *     *2\r\n:1\r\n$5                       -> NEED_MORE, all consumed: to be scanned on from there
 *     >2\r\n+message\r\n...                -> OK, kind '>': a push, nobody's answer
 *
 * A scanner keeps a counter per level of nesting and a header's first digits, never a reply's
 * bytes. So a value of 512 MiB takes no more memory than `:1`. Bytes that Redis would not send are
 * BAD. A deeply nested reply is not an error, since it must not end a connection that clients
 * share: levels below REPLY_MAX_DEPTH share a counter.
 */
#ifndef QUIPU_NET_REPLY_SCAN_H
#define QUIPU_NET_REPLY_SCAN_H

#include "base/error.h"
#include "base/slice.h"

enum {
    REPLY_MAX_DEPTH = 128,
    REPLY_MAX_HEADER_BYTES = 32 /* a type, digits, CRLF */
};
/* Elements of one aggregate, bytes of one string, bytes of one line (an error, a big number). */
#define REPLY_MAX_ELEMENTS ((int64_t) 1 << 32)
#define REPLY_MAX_BULK_BYTES ((int64_t) 1 << 32)
#define REPLY_MAX_LINE_BYTES ((int64_t) 1 << 24)

enum scan_status { SCAN_OK, SCAN_NEED_MORE, SCAN_BAD };

/* All zero: before a reply. Owns nothing. */
struct reply_scan {
    int64_t left[REPLY_MAX_DEPTH];      /* values still to come, by level */
    bool is_attribute[REPLY_MAX_DEPTH]; /* that level is an attribute: the value comes after it */
    int depth;                          /* open levels */
    int64_t skip_bytes;                 /* bytes of a string and its CRLF still to skip */
    int64_t line_bytes;                 /* bytes of the present line skipped so far */
    bool in_line;                       /* inside a line whose length is not known */
    bool has_cr;                        /* the line's last byte was CR */
    char header[REPLY_MAX_HEADER_BYTES];
    int header_bytes;
    char kind; /* first byte of the present reply, or of the one that ended last: '+', '-', '>',
                  ... */
};

/*
 * Takes bytes from the front of input, *consumed of them, until the reply's end. An attribute (`|`)
 * is a part of the reply after it. BAD: err says what is wrong, and the connection cannot be used
 * any more.
 */
enum scan_status reply_scan(struct reply_scan *scan, struct slice input, size_t *consumed,
                            struct error *err) QUIPU_MUST_CHECK;

#endif
