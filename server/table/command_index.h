/*
 * All commands by name, Quipu's and the shards', in one look-up.
 *
 *     command_index_find(index, slice_lit("HGET"))    -> own: the row command; spec: Redis' HGET
 *     command_index_find(index, slice_lit("count"))   -> own, a query
 *     command_index_find(index, slice_lit("monitor")) -> spec; refused: "it shows one shard: ..."
 */
#ifndef QUIPU_SERVER_TABLE_COMMAND_INDEX_H
#define QUIPU_SERVER_TABLE_COMMAND_INDEX_H

#include "executor/shards/command_table.h"
#include "server/table/command.h"

struct command_entry {
    const struct command *own;       /* NULL: Quipu has none */
    const struct command_spec *spec; /* NULL: the shards have none */
    const char *refused;             /* why the shards' command is not forwarded; NULL: it is */
};

struct command_index;

/* Why a shard's command or subcommand is not forwarded. NULL: it is forwarded. */
const char *command_refused(const struct command_spec *spec);

/*
 * Makes an index of Quipu's families and the shards' table. Both are borrowed. table NULL: no shard
 * was reached yet. The caller frees the index.
 */
struct command_index *command_index_new(const struct command_families *families,
                                        const struct command_table *table);
void command_index_free(struct command_index *index);
/* The table from which it was made. */
const struct command_table *command_index_table(const struct command_index *index);
/* Quipu's families. */
const struct command_families *command_index_families(const struct command_index *index);
/* The ACL categories of a shard's command (server/table/acl_category.h). */
uint32_t command_index_categories(const struct command_index *index,
                                  const struct command_spec *spec);
size_t command_index_count(const struct command_index *index);
/* Finds a command by name, in any case. NULL: there is none. */
const struct command_entry *command_index_find(const struct command_index *index,
                                               struct slice name);
/*
 * Whether a command has this full name, as Quipu's `config|set` or a shard's `object|encoding`.
 * Always true before a shard has told its commands, because any name may then be a shard's.
 */
bool command_index_has(const struct command_index *index, struct slice full_name);
/*
 * Whether a text is a query, by its first word: `count ...`, `SUM(x) ...`. `query list` is not a
 * query.
 */
bool command_index_is_query(const struct command_index *index, struct slice text);

#endif
