/*
 * Filters, fields and values as the language writes them.
 *
 *     (B_2 > 5 && !c = 1)      `Origin State` = 'it''s'
 */
#ifndef QUIPU_PLANNER_FILTER_TEXT_H
#define QUIPU_PLANNER_FILTER_TEXT_H

#include "base/strbuf.h"
#include "planner/filter.h"

/* Appends a filter's canonical text; its children's texts must be there. Cannot fail. */
void filter_print(struct strbuf *out, const struct filter *filter);
/* A field name, in backquotes where it needs them; a value, in quotes where it is text. */
void filter_print_field(struct strbuf *out, struct slice field);
void filter_print_value(struct strbuf *out, struct slice value);

#endif
