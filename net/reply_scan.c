/*
 * Finds where a reply ends, without parsing it: it is only passed on. in: a connection's bytes;
 * out: how many of them are one reply.
 *
 *     HEADER --'$' '=' '!'--> SKIP (length + CRLF) --+
 *        |---'*' '%' '~' '>' '|'--> one level more   +--> value_end: closes levels that are full
 *        |---':' '#' '_'------------------------------+        OK when none is open
 *        +---'+' '-' ',' '('--> LINE ----------------+
 *
 * Most replies are one short line or one string, and have come whole: their end is found in one go.
 * Headers whose length matters are gathered in `header`. Lines that only have to end are skipped,
 * so an error of any length needs no memory.
 */
#include "net/reply_scan.h"

#include <string.h>

/* Digits of a string's length, if the string is skipped in one go. */
enum { WHOLE_DIGITS = 9 };

static enum scan_status
bad(struct error *err, const char *what, char byte)
{
    char quoted[ERROR_QUOTE_BYTES];
    (void) error_set(err, "ERR", "protocol error in a reply: %s %s", what,
                     error_quote(quoted, slice_of(&byte, 1)));
    return SCAN_BAD;
}

/*
 * A value is complete, and so is each level that it was the last value of. True: the reply is
 * complete.
 */
static bool
value_end(struct reply_scan *scan)
{
    while (scan->depth > 0) {
        if (--scan->left[scan->depth - 1] > 0) {
            return false;
        }
        scan->depth--;
        if (scan->is_attribute[scan->depth]) {
            return false;
        }
    }
    return true;
}

/*
 * Below the last level no level is opened: the elements of an aggregate are added to those of the
 * level, which finds the same end. An attribute is no value, so all its elements are added on top.
 */
static enum scan_status
level_flatten(struct reply_scan *scan, char type, int64_t nvalues, struct error *err)
{
    int64_t *left = &scan->left[REPLY_MAX_DEPTH - 1];
    if (__builtin_add_overflow(*left, nvalues - (type != '|'), left)) {
        return bad(err, "too many elements after", type);
    }
    return SCAN_OK;
}

static enum scan_status
level_open(struct reply_scan *scan, char type, int64_t n, bool *is_whole, struct error *err)
{
    if (n > REPLY_MAX_ELEMENTS) {
        return bad(err, "too many elements after", type);
    }
    if (n <= 0) {
        *is_whole = type != '|' && value_end(scan);
        return SCAN_OK;
    }
    int64_t nvalues = type == '%' || type == '|' ? 2 * n : n;
    if (scan->depth == REPLY_MAX_DEPTH) {
        return level_flatten(scan, type, nvalues, err);
    }
    scan->is_attribute[scan->depth] = type == '|';
    scan->left[scan->depth++] = nvalues;
    return SCAN_OK;
}

/* Reads the number in `header`, which is complete. */
static bool
header_number(const struct reply_scan *scan, int64_t *out)
{
    int len = scan->header_bytes;
    return len >= 4 && scan->header[len - 2] == '\r' &&
           slice_to_int64(slice_of(scan->header + 1, (size_t) len - 3), out);
}

static enum scan_status
header_end(struct reply_scan *scan, bool *is_whole, struct error *err)
{
    char type = scan->header[0];
    int64_t n = 0;
    if (type == '_' || type == '#' || type == ':') {
        if (scan->header[scan->header_bytes - 2] != '\r') {
            return bad(err, "no CRLF after", type);
        }
        if (type == ':' && !header_number(scan, &n)) {
            return bad(err, "no number after", type);
        }
        *is_whole = value_end(scan);
        return SCAN_OK;
    }
    if (!header_number(scan, &n) || n < -1) {
        return bad(err, "no length after", type);
    }
    if (type == '$' || type == '=' || type == '!') {
        if (n > REPLY_MAX_BULK_BYTES) {
            return bad(err, "too many bytes after", type);
        }
        if (n < 0) {
            *is_whole = value_end(scan);
        } else {
            scan->skip_bytes = n + 2;
        }
        return SCAN_OK;
    }
    return level_open(scan, type, n, is_whole, err);
}

static bool
is_line_type(char type)
{
    return type == '+' || type == '-' || type == ',' || type == '(';
}

static bool
is_header_type(char type)
{
    return type && strchr("$*:%~>|#_=!", type) != NULL;
}

static enum scan_status
step_line(struct reply_scan *scan, struct slice *input, bool *is_whole, struct error *err)
{
    const char *end = memchr(input->ptr, '\n', input->len);
    size_t len = end ? (size_t) (end - input->ptr) + 1 : input->len;
    bool ends_well = len > 1 ? end && end[-1] == '\r' : scan->has_cr;
    scan->line_bytes += (int64_t) len;
    scan->has_cr = input->ptr[len - 1] == '\r';
    if (scan->line_bytes > REPLY_MAX_LINE_BYTES || (end && !ends_well)) {
        return bad(err, end ? "no CR before" : "no end of a line after", input->ptr[len - 1]);
    }
    *input = slice_of(input->ptr + len, input->len - len);
    if (end) {
        scan->in_line = false;
        *is_whole = value_end(scan);
    }
    return SCAN_OK;
}

static enum scan_status
step_header(struct reply_scan *scan, struct slice *input, bool *is_whole, struct error *err)
{
    while (input->len > 0) {
        char byte = input->ptr[0];
        if (scan->header_bytes == 0) {
            if (scan->depth == 0) {
                scan->kind = byte;
            }
            if (is_line_type(byte)) {
                scan->in_line = true;
                scan->has_cr = false;
                scan->line_bytes = 0;
                return SCAN_OK;
            }
            if (!is_header_type(byte)) {
                return bad(err, "no value begins with", byte);
            }
        }
        if (scan->header_bytes == REPLY_MAX_HEADER_BYTES) {
            return bad(err, "a header is too long, at", byte);
        }
        *input = slice_of(input->ptr + 1, input->len - 1);
        scan->header[scan->header_bytes++] = byte;
        if (byte == '\n') {
            enum scan_status status = header_end(scan, is_whole, err);
            scan->header_bytes = 0;
            return status;
        }
    }
    return SCAN_OK;
}

static enum scan_status
step(struct reply_scan *scan, struct slice *input, bool *is_whole, struct error *err)
{
    if (scan->skip_bytes > 0) {
        size_t len =
            (uint64_t) scan->skip_bytes < input->len ? (size_t) scan->skip_bytes : input->len;
        *input = slice_of(input->ptr + len, input->len - len);
        scan->skip_bytes -= (int64_t) len;
        if (scan->skip_bytes == 0) {
            *is_whole = value_end(scan);
        }
        return SCAN_OK;
    }
    return scan->in_line ? step_line(scan, input, is_whole, err)
                         : step_header(scan, input, is_whole, err);
}

/* -- in one go --------------------------------------------------------------------------------- */

static size_t
whole_line(struct slice input)
{
    const char *end = memchr(input.ptr, '\n', input.len);
    size_t len = end ? (size_t) (end - input.ptr) + 1 : 0;
    return len >= 3 && len <= REPLY_MAX_HEADER_BYTES && end[-1] == '\r' ? len : 0;
}

static size_t
whole_string(struct slice input)
{
    size_t at = 1, n = 0;
    for (; at < input.len && at <= WHOLE_DIGITS && (unsigned char) (input.ptr[at] - '0') <= 9;
         at++) {
        n = n * 10 + (size_t) (input.ptr[at] - '0');
    }
    bool is_length =
        at > 1 && at + 2 <= input.len && input.ptr[at] == '\r' && input.ptr[at + 1] == '\n';
    size_t len = at + 2 + n + 2;
    return is_length && len <= input.len ? len : 0;
}

/* Reads digits; few enough that no overflow check is needed. */
static size_t
whole_number(struct slice input)
{
    enum { SURE_DIGITS = 18 };
    size_t at = input.len > 1 && input.ptr[1] == '-' ? 2 : 1, first = at;
    while (at < input.len && at - first < SURE_DIGITS &&
           (unsigned char) (input.ptr[at] - '0') <= 9) {
        at++;
    }
    bool is_number =
        at > first && at + 2 <= input.len && input.ptr[at] == '\r' && input.ptr[at + 1] == '\n';
    return is_number ? at + 2 : 0;
}

/*
 * The length of a reply that is one short line or one string and lies complete at the front of the
 * input, as most do. 0: it does not, or it is malformed; then the states begin.
 */
static size_t
whole_scan(struct slice input)
{
    switch (input.ptr[0]) {
    case '+':
    case '-': return whole_line(input);
    case ':': return whole_number(input);
    case '$': return whole_string(input);
    default: return 0;
    }
}

static bool
is_between_replies(const struct reply_scan *scan)
{
    return scan->depth == 0 && scan->header_bytes == 0 && scan->skip_bytes == 0 && !scan->in_line;
}

enum scan_status
reply_scan(struct reply_scan *scan, struct slice input, size_t *consumed, struct error *err)
{
    size_t input_bytes = input.len;
    size_t whole_bytes = input.len && is_between_replies(scan) ? whole_scan(input) : 0;
    if (whole_bytes) {
        scan->kind = input.ptr[0];
        *consumed = whole_bytes;
        return SCAN_OK;
    }
    bool is_whole = false;
    enum scan_status status = SCAN_OK;
    while (status == SCAN_OK && !is_whole && input.len > 0) {
        status = step(scan, &input, &is_whole, err);
    }
    *consumed = input_bytes - input.len;
    return status != SCAN_OK ? status : is_whole ? SCAN_OK : SCAN_NEED_MORE;
}
