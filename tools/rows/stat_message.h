/*
 * What the process that reads a file by ReadStat tells quipu-load, over a pipe.
 *
 *     STAT_CATALOG                                        where there is one, and it is read: before all others
 *     STAT_READ_AS   "sav, windows-1252"
 *     STAT_VARIABLE  "sex", "Sex of the respondent"       each in its order, before all rows
 *     STAT_NOTE      "weight: ..."
 *     STAT_ROWS      2, 4096, then rows: {"1", "male"} {"2", ""}
 *     STAT_LABEL     0, "1", "female"                     of the first variable; at any time
 *     STAT_SUMMARY   "12 cells of 'q1' ..."               what is known when all rows are read
 *     STAT_END                                            or STAT_FAILED  "DATA", "..."
 *
 * A message is its kind, how many bytes follow, and these. Numbers are of 4 bytes, or 8 where it is
 * said, as the machine has them; a text is its length and its bytes.
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_MESSAGE_H
#define QUIPU_TOOLS_ROWS_STAT_MESSAGE_H

#include "base/strbuf.h"

enum stat_message {
    STAT_CATALOG,
    STAT_READ_AS,
    STAT_VARIABLE,
    STAT_NOTE,
    STAT_ROWS, /* how many; 8 bytes: how far the file is read; a text for each variable of each */
    STAT_LABEL,
    STAT_SUMMARY,
    STAT_END,
    STAT_FAILED
};

/* A message is not longer: a row is of at most so many bytes. */
enum { STAT_MESSAGE_MOST = 1 << 30 };

struct stat_head {
    uint32_t kind, len;
};

/* Writes a message of these bytes, one behind the other. Where nobody reads on, quipu-load has ended, and
 * so does this process. */
void stat_message_send(int pipe, enum stat_message kind, struct slice start, struct slice rest);

static inline void
stat_put_number(struct strbuf *out, uint32_t n)
{
    strbuf_append(out, slice_of(&n, sizeof n));
}

static inline void
stat_put_text(struct strbuf *out, struct slice text)
{
    stat_put_number(out, (uint32_t) text.len);
    strbuf_append(out, text);
}

/* Takes a number, or so many bytes, off a message. False: it is cut off. */
static inline bool
stat_take_bytes(struct slice *rest, void *to, size_t nbytes)
{
    if (rest->len < nbytes) {
        return false;
    }
    memcpy(to, rest->ptr, nbytes);
    *rest = slice_of(rest->ptr + nbytes, rest->len - nbytes);
    return true;
}

static inline bool
stat_take_text(struct slice *rest, struct slice *text)
{
    uint32_t len;
    if (!stat_take_bytes(rest, &len, sizeof len) || rest->len < len) {
        return false;
    }
    *text = slice_of(rest->ptr, len);
    *rest = slice_of(rest->ptr + len, rest->len - len);
    return true;
}

#endif
