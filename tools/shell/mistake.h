/*
 * An error of a query, with the place in the text that it is about.
 *
 *     SYNTAX at column 11: expected ',' or FROM, found 'form'
 *       count sex form survey
 *                 ^^^^
 */
#ifndef QUIPU_TOOLS_SHELL_MISTAKE_H
#define QUIPU_TOOLS_SHELL_MISTAKE_H

#include "base/strbuf.h"

/* Appends the error, and the place where it names a column of the query. No line's end at the end. */
void mistake_append(struct strbuf *out, struct slice error, struct slice query);

#endif
