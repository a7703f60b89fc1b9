/*
 * The table of a count, as the server writes it with FORMAT CSV, as columns and rows.
 *
 *     totals,sex,count
 *     ,female,3                columns totals, sex, count; {missing, "female", "3"},
 *     sex,,7                   {"sex", missing, "7"}
 */
#ifndef QUIPU_TOOLS_EXPORT_TABLE_TEXT_H
#define QUIPU_TOOLS_EXPORT_TABLE_TEXT_H

#include "base/arena.h"
#include "parser/ast.h"
#include "tools/export/row_reader.h"

/*
 * The header's columns, in the arena; those of dimensions know their field. The query is what was
 * asked. Fails where two have the same name.
 */
bool table_text_columns(struct slice csv, const struct ast_query *query, struct arena *arena,
                        struct export_table *table, struct error *err) QUIPU_MUST_CHECK;
/* The rows below it. Fails as the taker does. */
bool table_text_rows(struct slice csv, const struct export_table *table,
                     const struct row_taker *taker, struct error *err) QUIPU_MUST_CHECK;

#endif
