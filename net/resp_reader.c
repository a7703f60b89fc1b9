/*
 * The reader of client requests: a state machine over bytes that come in any pieces.
 * in: bytes from a connection; out: requests (args, or an inline line).
 *
 *            '*N'              '$len'              len bytes
 *     LINE --------> HEADER ------------> BODY ----------------> END (CRLF) --+--> OK after N args
 *      | other         ^                                                      |
 *      +--> OK (line)  +------------------------------------------------------+
 *
 * Each state suspends where the bytes end and goes on with the next piece. The arguments lie one
 * after the other in `bytes`. That block moves while it grows, so args hold only lengths until the
 * request is complete.
 *
 * Most requests come whole, and in the form of Redis' own clients. Those are read in one go, and
 * their args point into the input (whole_read). At the first unusual byte the states begin from the
 * request's start; they decide what is wrong.
 */
#include "net/resp_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "base/words.h"

/* The memory that a request leaves for the next one; what exceeds it goes back to the system. */
enum { KEEP_BYTES = 1024, KEEP_ARGS = 32 };
/* A number in a request that is read in one go. */
enum { WHOLE_DIGITS = 9 };

enum reader_state { READ_LINE, READ_HEADER, READ_BODY, READ_END, READ_WHOLE, READ_BAD };

struct resp_reader {
    enum reader_state state;
    struct strbuf line;  /* of a header or an inline request that came in pieces */
    struct strbuf bytes; /* all arguments */
    struct slice *args;
    size_t nargs;
    size_t args_capacity;
    struct slice whole; /* the request handed out, if it was read in one go; else ptr NULL */
    size_t nexpected;   /* arguments the array's header announced */
    size_t bulk_bytes;  /* of the argument that is being read */
    size_t bulk_read;   /* of that and, in READ_END, of its CRLF */
};

struct resp_reader *
resp_reader_new(void)
{
    struct resp_reader *reader = must_alloc(sizeof *reader);
    strbuf_init(&reader->line);
    strbuf_init(&reader->bytes);
    return reader;
}

void
resp_reader_free(struct resp_reader *reader)
{
    if (!reader) {
        return;
    }
    strbuf_fini(&reader->line);
    strbuf_fini(&reader->bytes);
    free(reader->args);
    free(reader);
}

size_t
resp_reader_bytes(const struct resp_reader *reader)
{
    return reader->line.len + reader->bytes.len;
}

static void
buffer_recycle(struct strbuf *buf)
{
    if (buf->capacity > KEEP_BYTES) {
        strbuf_fini(buf);
    }
    strbuf_clear(buf);
}

/* Forgets the request that was handed out. */
static void
reader_reset(struct resp_reader *reader)
{
    if (reader->line.capacity + reader->bytes.capacity > 0) {
        buffer_recycle(&reader->line);
        buffer_recycle(&reader->bytes);
    }
    if (reader->args_capacity > KEEP_ARGS) {
        free(reader->args);
        reader->args = NULL;
        reader->args_capacity = 0;
    }
    reader->nargs = 0;
    reader->whole = slice_of(NULL, 0);
    reader->state = READ_LINE;
}

static void
args_add(struct resp_reader *reader, struct slice arg)
{
    reader->args = must_room(reader->args, reader->nargs, &reader->args_capacity, sizeof arg);
    reader->args[reader->nargs++] = arg;
}

static void
args_push(struct resp_reader *reader, size_t len)
{
    args_add(reader, slice_of(NULL, len));
}

/* `bytes` does not move any more: the arguments get their places in it. */
static void
args_settle(struct resp_reader *reader)
{
    const char *at = strbuf_slice(&reader->bytes).ptr;
    for (size_t i = 0; i < reader->nargs; i++) {
        reader->args[i].ptr = at;
        at += reader->args[i].len;
    }
}

static enum resp_status
reader_fail(struct resp_reader *reader, struct error *err, const char *what)
{
    reader->state = READ_BAD;
    (void) error_set(err, "ERR", "Protocol error: %s", what);
    return RESP_BAD;
}

static struct slice
input_take(struct slice *input, size_t len)
{
    struct slice taken = slice_of(input->ptr, len);
    *input = slice_of(input->ptr + len, input->len - len);
    return taken;
}

/* Redis' words for a line that exceeds the limit, by what was being read. */
static const char *
line_too_big(const struct resp_reader *reader, char first)
{
    if (reader->state == READ_HEADER) {
        return "too big bulk count string";
    }
    return first == '*' ? "too big mbulk count string" : "too big inline request";
}

/* Gathers in reader->line a line with its '\n'. */
static enum resp_status
line_read(struct resp_reader *reader, struct slice *input, struct error *err)
{
    const char *end = input->len ? memchr(input->ptr, '\n', input->len) : NULL;
    size_t len = end ? (size_t) (end - input->ptr) + 1 : input->len;
    if (reader->line.len + len > RESP_MAX_LINE_BYTES) {
        char first = reader->line.len ? reader->line.ptr[0] : input->ptr[0];
        return reader_fail(reader, err, line_too_big(reader, first));
    }
    strbuf_append(&reader->line, input_take(input, len));
    return end ? RESP_OK : RESP_NEED_MORE;
}

/* Reads the number of a header line `*3\r\n`; false: it is malformed, or not ended by CRLF. */
static bool
header_number(struct slice line, int64_t *out)
{
    if (line.len < 3 || line.ptr[line.len - 2] != '\r') {
        return false;
    }
    return slice_to_int64(slice_of(line.ptr + 1, line.len - 3), out);
}

static enum resp_status
array_begin(struct resp_reader *reader, const struct resp_limits *limits, struct error *err)
{
    int64_t n;
    if (!header_number(strbuf_slice(&reader->line), &n) || n > RESP_MAX_ARGS) {
        return reader_fail(reader, err, "invalid multibulk length");
    }
    if (limits->is_unauthenticated && n > RESP_UNAUTHENTICATED_ARGS) {
        return reader_fail(reader, err, "unauthenticated multibulk length");
    }
    strbuf_clear(&reader->line);
    if (n > 0) {
        reader->nexpected = (size_t) n;
        reader->state = READ_HEADER;
    }
    return RESP_OK;
}

/* The line without '\n', and without a '\r' before it. */
static struct slice
line_content(const struct strbuf *line)
{
    struct slice content = slice_of(line->ptr, line->len - 1);
    if (content.len && content.ptr[content.len - 1] == '\r') {
        content.len--;
    }
    return content;
}

static enum resp_status
step_line(struct resp_reader *reader, const struct resp_limits *limits, struct slice *input,
          struct error *err)
{
    enum resp_status status = line_read(reader, input, err);
    if (status != RESP_OK) {
        return status;
    }
    if (reader->line.ptr[0] == '*') {
        return array_begin(reader, limits, err);
    }
    if (line_content(&reader->line).len == 0) {
        strbuf_clear(&reader->line);
    } else {
        reader->state = READ_WHOLE;
    }
    return RESP_OK;
}

static enum resp_status
step_header(struct resp_reader *reader, const struct resp_limits *limits, struct slice *input,
            struct error *err)
{
    enum resp_status status = line_read(reader, input, err);
    if (status != RESP_OK) {
        return status;
    }
    struct slice line = strbuf_slice(&reader->line);
    int64_t len;
    if (line.ptr[0] != '$') {
        char quoted[ERROR_QUOTE_BYTES];
        char text[ERROR_QUOTE_BYTES + 32];
        snprintf(text, sizeof text, "expected '$', got %s",
                 error_quote(quoted, slice_of(line.ptr, 1)));
        return reader_fail(reader, err, text);
    }
    if (!header_number(line, &len) || len < 0 || (uint64_t) len > limits->max_bulk_bytes) {
        return reader_fail(reader, err, "invalid bulk length");
    }
    if (limits->is_unauthenticated && len > RESP_UNAUTHENTICATED_BYTES) {
        return reader_fail(reader, err, "unauthenticated bulk length");
    }
    if ((uint64_t) len > limits->max_request_bytes ||
        reader->bytes.len > limits->max_request_bytes - (size_t) len) {
        return reader_fail(reader, err, "request larger than client-query-buffer-limit");
    }
    strbuf_clear(&reader->line);
    reader->bulk_bytes = (size_t) len;
    reader->bulk_read = 0;
    reader->state = READ_BODY;
    return RESP_OK;
}

static enum resp_status
step_body(struct resp_reader *reader, struct slice *input)
{
    size_t missing = reader->bulk_bytes - reader->bulk_read;
    size_t len = missing < input->len ? missing : input->len;
    strbuf_append(&reader->bytes, input_take(input, len));
    reader->bulk_read += len;
    if (len < missing) {
        return RESP_NEED_MORE;
    }
    args_push(reader, reader->bulk_bytes);
    reader->bulk_read = 0;
    reader->state = READ_END;
    return RESP_OK;
}

/* Reads the CRLF behind a bulk. Redis skips two bytes unseen; here a wrong length is found. */
static enum resp_status
step_end(struct resp_reader *reader, struct slice *input, struct error *err)
{
    while (reader->bulk_read < 2) {
        if (input->len == 0) {
            return RESP_NEED_MORE;
        }
        if (input_take(input, 1).ptr[0] != "\r\n"[reader->bulk_read++]) {
            return reader_fail(reader, err, "expected CRLF after a bulk");
        }
    }
    reader->state = reader->nargs == reader->nexpected ? READ_WHOLE : READ_HEADER;
    return RESP_OK;
}

static enum resp_status
reader_step(struct resp_reader *reader, const struct resp_limits *limits, struct slice *input,
            struct error *err)
{
    switch (reader->state) {
    case READ_LINE: return step_line(reader, limits, input, err);
    case READ_HEADER: return step_header(reader, limits, input, err);
    case READ_BODY: return step_body(reader, input);
    case READ_END: return step_end(reader, input, err);
    case READ_WHOLE: break;
    case READ_BAD: return reader_fail(reader, err, "the connection is out of step");
    }
    return RESP_OK;
}

/* -- in one go --------------------------------------------------------------------------------- */

/*
 * Reads the number of `*3\r\n` or `$16\r\n`: no sign, no leading zero, few digits. Returns the byte
 * behind it; NULL: it is not such a number.
 */
static inline const char *
number_read(const char *at, const char *end, char type, size_t *out)
{
    if (end - at < 4 || *at != type) {
        return NULL;
    }
    const char *digits = ++at;
    size_t n = 0;
    for (; at < end && (unsigned char) (*at - '0') <= 9; at++) {
        n = n * 10 + (size_t) (*at - '0');
        if (at - digits == WHOLE_DIGITS) {
            return NULL;
        }
    }
    bool is_plain = at > digits && (*digits != '0' || at == digits + 1);
    if (!is_plain || end - at < 2 || at[0] != '\r' || at[1] != '\n') {
        return NULL;
    }
    *out = n;
    return at + 2;
}

static inline const char *
bulk_read(const char *at, const char *end, size_t max_bytes, struct slice *out)
{
    size_t len;
    at = number_read(at, end, '$', &len);
    if (!at || len > max_bytes || (size_t) (end - at) < len + 2 || at[len] != '\r' ||
        at[len + 1] != '\n') {
        return NULL;
    }
    *out = slice_of(at, len);
    return at + len + 2;
}

/* False: nothing is taken, because the request is not complete or not of the simplest form. */
static bool
whole_read(struct resp_reader *reader, const struct resp_limits *limits, struct slice *input)
{
    const char *at = input->ptr, *end = at + input->len;
    size_t nargs = 0, nbytes = 0;
    at = limits->is_unauthenticated ? NULL : number_read(at, end, '*', &nargs);
    if (nargs == 0 || nargs > KEEP_ARGS) {
        return false;
    }
    for (size_t i = 0; at && i < nargs; i++) {
        struct slice arg = {NULL, 0};
        at = bulk_read(at, end, limits->max_bulk_bytes, &arg);
        args_add(reader, arg);
        nbytes += arg.len;
    }
    if (!at || nbytes > limits->max_request_bytes) {
        reader->nargs = 0;
        return false;
    }
    reader->whole = slice_of(input->ptr, (size_t) (at - input->ptr));
    reader->state = READ_WHOLE;
    *input = slice_of(at, (size_t) (end - at));
    return true;
}

struct slice
resp_reader_keep(struct resp_reader *reader)
{
    struct slice whole = reader->whole;
    if (whole.ptr && whole.ptr != reader->bytes.ptr) {
        strbuf_clear(&reader->bytes);
        strbuf_append(&reader->bytes, whole);
        for (size_t i = 0; i < reader->nargs; i++) {
            reader->args[i].ptr = reader->bytes.ptr + (reader->args[i].ptr - whole.ptr);
        }
        reader->whole = strbuf_slice(&reader->bytes);
    }
    return reader->whole;
}

/* ---------------------------------------------------------------------------------------------- */

static void
request_fill(struct resp_reader *reader, struct resp_request *request)
{
    *request = (struct resp_request){.bytes = reader->whole};
    if (reader->nargs) {
        if (!reader->whole.ptr) {
            args_settle(reader);
        }
        request->args = reader->args;
        request->nargs = reader->nargs;
    } else {
        request->line = line_content(&reader->line);
    }
}

enum resp_status
resp_reader_read(struct resp_reader *reader, const struct resp_limits *limits, struct slice input,
                 size_t *consumed, struct resp_request *request, struct error *err)
{
    size_t input_bytes = input.len;
    if (reader->state == READ_WHOLE) {
        reader_reset(reader);
    }
    enum resp_status status = RESP_OK;
    if (reader->state != READ_LINE || reader->line.len > 0 || !whole_read(reader, limits, &input)) {
        while (status == RESP_OK && reader->state != READ_WHOLE) {
            status = reader_step(reader, limits, &input, err);
        }
    }
    if (status == RESP_OK) {
        request_fill(reader, request);
    }
    *consumed = input_bytes - input.len;
    return status;
}

bool
resp_reader_split(struct resp_reader *reader, struct resp_request *request, struct error *err)
{
    struct slice rest = request->line;
    enum words_status status;
    size_t start = 0;
    while ((status = words_next(&rest, &reader->bytes)) == WORDS_WORD) {
        args_push(reader, reader->bytes.len - start);
        start = reader->bytes.len;
    }
    if (status == WORDS_UNBALANCED) {
        reader->state = READ_BAD;
        return error_set(err, "ERR", "Protocol error: unbalanced quotes in request");
    }
    args_settle(reader);
    request->args = reader->args;
    request->nargs = reader->nargs;
    return true;
}
