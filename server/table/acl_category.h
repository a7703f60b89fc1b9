/*
 * ACL categories: those of Redis, and @crosstab for Quipu's own commands.
 *
 *     acl_category_find(slice_lit("read"), &bit)      ACL_READ
 *     acl_category_of("config", "set")                ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS
 *
 * A set of categories is the sum of their bits. A shard's COMMAND reply has the categories of its
 * commands.
 */
#ifndef QUIPU_SERVER_TABLE_ACL_CATEGORY_H
#define QUIPU_SERVER_TABLE_ACL_CATEGORY_H

#include "executor/shards/command_table.h"

enum acl_category {
    ACL_KEYSPACE = 1 << 0,
    ACL_READ = 1 << 1,
    ACL_WRITE = 1 << 2,
    ACL_SET = 1 << 3,
    ACL_SORTEDSET = 1 << 4,
    ACL_LIST = 1 << 5,
    ACL_HASH = 1 << 6,
    ACL_STRING = 1 << 7,
    ACL_BITMAP = 1 << 8,
    ACL_HYPERLOGLOG = 1 << 9,
    ACL_GEO = 1 << 10,
    ACL_STREAM = 1 << 11,
    ACL_PUBSUB = 1 << 12,
    ACL_ADMIN = 1 << 13,
    ACL_FAST = 1 << 14,
    ACL_SLOW = 1 << 15,
    ACL_BLOCKING = 1 << 16,
    ACL_DANGEROUS = 1 << 17,
    ACL_CONNECTION = 1 << 18,
    ACL_TRANSACTION = 1 << 19,
    ACL_SCRIPTING = 1 << 20,
    ACL_CROSSTAB = 1 << 21
};
enum { ACL_NCATEGORIES = 22 };

/* Finds a category by name, in any case, without '@'. False: there is none. */
bool acl_category_find(struct slice name, uint32_t *bit);
/* The name of the category with bit 1 << index. */
const char *acl_category_name(size_t index);
/*
 * The categories of a command that Quipu answers itself. parent is NULL, or the command of this
 * subcommand. 0: no such command is known here.
 */
uint32_t acl_category_of(const char *parent, const char *name);
/*
 * The categories that a shard gives its command. Categories that Quipu does not know are left out.
 */
uint32_t acl_category_of_spec(const struct command_spec *spec);

#endif
