/*
 * ACL categories: Redis' own, and @crosstab for what is Quipu's.
 *
 *     acl_category_find(slice_lit("read"), &bit)      ACL_READ
 *     acl_category_of("config", "set")                ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS
 *
 * A set of categories is the sum of their bits. Those of a shard's commands are in its COMMAND
 * reply.
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

/* By name in any case, without '@'. False where there is none. */
bool acl_category_find(struct slice name, uint32_t *bit);
/* Of bit 1 << index. */
const char *acl_category_name(size_t index);
/*
 * The categories of a command that Quipu answers itself; parent is NULL, or the command it is a
 * subcommand of. 0: none of that name is known here.
 */
uint32_t acl_category_of(const char *parent, const char *name);
/* Those that a shard says its command is in; of which we do not know some are left out. */
uint32_t acl_category_of_spec(const struct command_spec *spec);

#endif
