/*
 * What is typed, line by line, cut into statements.
 *
 *     count sex            count is a query: it goes on
 *       from current;      ...to the `;`                    -> QUERY  "count sex\n  from current"
 *     ping                 anything else is one line        -> REDIS  "ping"
 *     \timing on           and so is a backslash command    -> OWN    "\timing on"
 *
 * A backslash command may stand between the lines of a query, which goes on behind it.
 * A `;` in quotes is a part of the text. An empty line, or the end, ends a query as well. Lines that
 * begin with `--` or `#` are comments.
 */
#ifndef QUIPU_TOOLS_SHELL_STATEMENT_H
#define QUIPU_TOOLS_SHELL_STATEMENT_H

#include "base/strbuf.h"

enum statement_kind { STATEMENT_NONE, STATEMENT_QUERY, STATEMENT_REDIS, STATEMENT_OWN };

/* All zero: nothing was typed yet. */
struct statement_reader {
    struct strbuf lines; /* those that no statement has taken */
    struct strbuf own;   /* a backslash command between them */
    bool is_ended;       /* an empty line stands behind them, or the end */
};

void statement_reader_fini(struct statement_reader *reader);
/* Forgets what was typed. */
void statement_reader_clear(struct statement_reader *reader);
/* A line without its end. */
void statement_add_line(struct statement_reader *reader, struct slice line);
/* No more lines come. */
void statement_end(struct statement_reader *reader);
/* Whether a query was begun, and has not ended. */
bool statement_is_open(const struct statement_reader *reader);
/* The next whole statement, without `;` and white space around it: out is set to it. NONE: none. */
enum statement_kind statement_take(struct statement_reader *reader, struct strbuf *out);
/* Whether a text is a query, and no command of Redis. */
bool statement_is_query(struct slice text);

#endif
