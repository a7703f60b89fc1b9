/*
 * What a fallible function says when it fails: a stable code word and one line of text.
 *
 *     if (!query_parse(arena, text, &limits, &query, &err)) {
 *         reply_error(client, &err);          -SYNTAX at column 24: expected ',' or FROM, found
 * 'form'
 *     }
 *
 * The first error wins: setting one that is set changes nothing, so that the cause is what the user
 * reads and no caller re-words it.
 */
#ifndef QUIPU_BASE_ERROR_H
#define QUIPU_BASE_ERROR_H

#include "base/slice.h"

enum { ERROR_CODE_BYTES = 16, ERROR_MESSAGE_BYTES = 496 };

struct error {
    char code[ERROR_CODE_BYTES];       /* "SYNTAX", "LIMIT", ...; empty: no error */
    char message[ERROR_MESSAGE_BYTES]; /* without the code; may hold any byte but NUL */
};

/* Every fallible function of ours carries this: its answer must not be dropped. */
#define QUIPU_MUST_CHECK __attribute__((warn_unused_result))

/* No error. Cheaper than `= {0}` where nearly all goes well: half a kilobyte is not written. */
static inline void
error_clear(struct error *err)
{
    err->code[0] = '\0';
    err->message[0] = '\0';
}

static inline bool
error_is_set(const struct error *err)
{
    return err->code[0] != '\0';
}

/*
 * Sets the error unless one is set, and returns false always, so that a function can end with
 * `return error_set(err, "LIMIT", "...")`. A text too long is cut and ends in "...".
 */
bool error_set(struct error *err, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Room for error_quote: 40 bytes of text, each as up to 4, quotes and an ellipsis. */
enum { ERROR_QUOTE_BYTES = 40 * 4 + 8 };
/*
 * A user's token as it can stand in a message: in single quotes, control bytes as \xNN, cut after
 * 40 bytes. Writes into buffer (ERROR_QUOTE_BYTES) and returns it. Cannot fail.
 */
const char *error_quote(char *buffer, struct slice token);

#endif
