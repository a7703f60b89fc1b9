/*
 * What a word of the language means.
 *
 *     help_append(&text, slice_lit("percent"))      PERCENT OF ROW|COLUMN|TOTAL [WITH COUNT] ...
 */
#ifndef QUIPU_TOOLS_SHELL_HELP_H
#define QUIPU_TOOLS_SHELL_HELP_H

#include "base/strbuf.h"

/* Appends lines about a word, in any case. False: it is no word of the language. */
bool help_append(struct strbuf *out, struct slice word);
/* Appends how a query is made, and which words there are help for. */
void help_append_overview(struct strbuf *out);

#endif
