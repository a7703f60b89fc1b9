/*
 * What the server says of a dataset before its rows are read: which one it is, fields, labels, names of rows.
 *
 *     facts_fields(connection, arena, slice_lit("survey"), &names, &n, &err)
 *     facts_label(connection, arena, slice_lit("survey"), &table)
 */
#ifndef QUIPU_TOOLS_EXPORT_FACTS_H
#define QUIPU_TOOLS_EXPORT_FACTS_H

#include "base/arena.h"
#include "parser/ast.h"
#include "tools/connection.h"
#include "tools/export/row_reader.h"

/* Which dataset a name meant. */
struct dataset_meant {
    struct slice own; /* its own name */
    int64_t made;     /* another number, where a dataset of this name was dropped and made again */
    /* A name that means it: its own one, whatever aliases come to mean, unless one hides that. */
    struct slice name;
    struct row_names rows; /* what its rows are called in SCAN and commands */
};

/* Asks, in words. A reply that is no error, for the caller to free; NULL: what the server said, with
 * its code, or IO. */
struct redisReply *facts_ask(struct connection *connection, const struct slice *words,
                             size_t nwords, struct error *err);

/* The fields of all rows, in the order of their names, in the arena. */
bool facts_fields(struct connection *connection, struct arena *arena, struct slice dataset,
                  struct slice **names, size_t *n, struct error *err) QUIPU_MUST_CHECK;
/* How many rows there are that a ROWS is of. */
bool facts_count(struct connection *connection, const struct ast_query *rows, uint64_t *nrows,
                 struct error *err) QUIPU_MUST_CHECK;
/* Which dataset the name means now; texts are in the arena. */
bool facts_meant(struct connection *connection, struct arena *arena, struct slice dataset,
                 struct dataset_meant *meant, struct error *err) QUIPU_MUST_CHECK;
/*
 * Sets labels and separators of the table's columns, by their fields. What they point to is in the
 * arena. Fails where the server does not tell them to this user: then nothing is set.
 */
bool facts_label(struct connection *connection, struct arena *arena, struct slice dataset,
                 struct export_table *table, struct error *err) QUIPU_MUST_CHECK;

#endif
