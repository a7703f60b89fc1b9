/*
 * The categories' names, and the categories of each of our commands. in: names; out: bits.
 *
 *     @read      -> ACL_READ
 *     hgetall    -> ACL_READ | ACL_HASH | ACL_SLOW
 *
 * A command that Redis has too is in the same categories as there.
 */
#include "server/table/acl_category.h"

#include <strings.h>

static const char *const NAMES[ACL_NCATEGORIES] = {
    "keyspace",   "read",        "write",     "set",         "sortedset", "list",
    "hash",       "string",      "bitmap",    "hyperloglog", "geo",       "stream",
    "pubsub",     "admin",       "fast",      "slow",        "blocking",  "dangerous",
    "connection", "transaction", "scripting", "crosstab"};

/*
 * What an operator does to the server and its datasets. It is not in @write: a user who may write
 * rows should not be able to drop them all.
 */
#define OPERATION (ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS)
#define QUERY (ACL_CROSSTAB | ACL_READ | ACL_SLOW)

static const struct {
    const char *parent, *name; /* parent NULL: of the command itself; name NULL: all its others */
    uint32_t categories;
} COMMANDS[] = {
    {NULL, "hset", ACL_WRITE | ACL_HASH | ACL_FAST},
    {NULL, "hget", ACL_READ | ACL_HASH | ACL_FAST},
    {NULL, "hmget", ACL_READ | ACL_HASH | ACL_FAST},
    {NULL, "hgetall", ACL_READ | ACL_HASH | ACL_SLOW},
    {NULL, "hmset", ACL_WRITE | ACL_HASH | ACL_FAST},
    {NULL, "hsetnx", ACL_WRITE | ACL_HASH | ACL_FAST},
    {NULL, "hdel", ACL_WRITE | ACL_HASH | ACL_FAST},
    {NULL, "hincrby", ACL_WRITE | ACL_HASH | ACL_FAST},
    {NULL, "hlen", ACL_READ | ACL_HASH | ACL_FAST},
    {NULL, "hkeys", ACL_READ | ACL_HASH | ACL_SLOW},
    {NULL, "hvals", ACL_READ | ACL_HASH | ACL_SLOW},
    {NULL, "del", ACL_KEYSPACE | ACL_WRITE | ACL_SLOW},
    {NULL, "unlink", ACL_KEYSPACE | ACL_WRITE | ACL_FAST},
    {NULL, "exists", ACL_KEYSPACE | ACL_READ | ACL_FAST},
    {NULL, "type", ACL_KEYSPACE | ACL_READ | ACL_FAST},
    {NULL, "keys", ACL_KEYSPACE | ACL_READ | ACL_SLOW | ACL_DANGEROUS},
    {NULL, "scan", ACL_KEYSPACE | ACL_READ | ACL_SLOW},
    {NULL, "randomkey", ACL_KEYSPACE | ACL_READ | ACL_SLOW},
    {NULL, "flushdb", ACL_KEYSPACE | ACL_WRITE | ACL_SLOW | ACL_DANGEROUS},
    {NULL, "flushall", ACL_KEYSPACE | ACL_WRITE | ACL_SLOW | ACL_DANGEROUS},
    {NULL, "dbsize", ACL_KEYSPACE | ACL_READ | ACL_FAST},
    {NULL, "count", QUERY},
    {NULL, "query", QUERY},
    {"query", "after", QUERY},
    {"query", "complete", QUERY},
    {"query", "save", QUERY}, /* a user's own */
    {"query", "saved", QUERY},
    {"query", "forget", QUERY},
    {"query", NULL, OPERATION}, /* the queries of all users */
    {NULL, "explain", QUERY},
    {NULL, "profile", QUERY},
    {NULL, "sum", QUERY},
    {NULL, "avg", QUERY},
    {NULL, "min", QUERY},
    {NULL, "max", QUERY},
    {NULL, "median", QUERY},
    {NULL, "stddev", QUERY},
    {NULL, "variance", QUERY},
    {NULL, "distinct", QUERY},
    {NULL, "quantile", QUERY},
    {NULL, "rows", QUERY},
    {NULL, "values", QUERY},
    {NULL, "describe", QUERY},
    {NULL, "cache", ACL_CROSSTAB | ACL_SLOW},
    {"cache", "info", ACL_CROSSTAB | ACL_SLOW},
    {"cache", NULL, OPERATION}, /* of all users */
    {NULL, "dataset", ACL_CROSSTAB | ACL_SLOW},
    {"dataset", "list", QUERY},
    {"dataset", "info", QUERY},
    {"dataset", "verify", QUERY},
    {"dataset", NULL, OPERATION},
    {NULL, "multi", ACL_FAST | ACL_TRANSACTION},
    {NULL, "exec", ACL_SLOW | ACL_TRANSACTION},
    {NULL, "discard", ACL_FAST | ACL_TRANSACTION},
    {NULL, "watch", ACL_FAST | ACL_TRANSACTION},
    {NULL, "unwatch", ACL_FAST | ACL_TRANSACTION},
    {NULL, "subscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "psubscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "ssubscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "unsubscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "punsubscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "sunsubscribe", ACL_PUBSUB | ACL_SLOW},
    {NULL, "role", ACL_ADMIN | ACL_FAST | ACL_DANGEROUS},
    {NULL, "lastsave", ACL_ADMIN | ACL_FAST | ACL_DANGEROUS},
    {NULL, "latency", ACL_SLOW},
    {"latency", NULL, OPERATION},
    {NULL, "module", ACL_SLOW},
    {"module", NULL, OPERATION},
    {NULL, "cluster", ACL_SLOW},
    {"cluster", NULL, ACL_SLOW},
    {NULL, "readonly", ACL_FAST | ACL_CONNECTION},
    {NULL, "readwrite", ACL_FAST | ACL_CONNECTION},
    {NULL, "asking", ACL_FAST | ACL_CONNECTION},
    {NULL, "ping", ACL_FAST | ACL_CONNECTION},
    {NULL, "echo", ACL_FAST | ACL_CONNECTION},
    {NULL, "hello", ACL_FAST | ACL_CONNECTION},
    {NULL, "quit", ACL_FAST | ACL_CONNECTION},
    {NULL, "reset", ACL_FAST | ACL_CONNECTION},
    {NULL, "select", ACL_FAST | ACL_CONNECTION},
    {NULL, "auth", ACL_FAST | ACL_CONNECTION},
    {NULL, "client", ACL_SLOW},
    {"client", "kill", OPERATION | ACL_CONNECTION},
    {"client", "list", OPERATION | ACL_CONNECTION},
    {"client", "no-evict", OPERATION | ACL_CONNECTION},
    {"client", "unblock", OPERATION | ACL_CONNECTION},
    {"client", NULL, ACL_SLOW | ACL_CONNECTION},
    {NULL, "command", ACL_SLOW | ACL_CONNECTION},
    {"command", NULL, ACL_SLOW | ACL_CONNECTION},
    {NULL, "time", ACL_FAST},
    {NULL, "info", ACL_SLOW | ACL_DANGEROUS},
    {NULL, "config", ACL_SLOW},
    {"config", NULL, OPERATION},
    {NULL, "shutdown", OPERATION},
    {NULL, "slowlog", ACL_SLOW},
    {"slowlog", NULL, OPERATION},
    {NULL, "acl", ACL_SLOW},
    {"acl", "whoami", ACL_SLOW},
    {"acl", "cat", ACL_SLOW},
    {"acl", "genpass", ACL_SLOW},
    {"acl", NULL, OPERATION},
};

bool
acl_category_find(struct slice name, uint32_t *bit)
{
    for (size_t i = 0; i < ACL_NCATEGORIES; i++) {
        if (slice_equal_nocase(name, slice_str(NAMES[i]))) {
            *bit = 1u << i;
            return true;
        }
    }
    return false;
}

const char *
acl_category_name(size_t index)
{
    return NAMES[index];
}

static bool
is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcasecmp(a, b) == 0);
}

uint32_t
acl_category_of(const char *parent, const char *name)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        bool is_rest = COMMANDS[i].parent && !COMMANDS[i].name;
        if (is_same(COMMANDS[i].parent, parent) && (is_rest || is_same(COMMANDS[i].name, name))) {
            return COMMANDS[i].categories;
        }
    }
    return 0;
}

uint32_t
acl_category_of_spec(const struct command_spec *spec)
{
    uint32_t categories = 0, bit;
    for (size_t i = 0; i < spec->ncategories; i++) {
        struct slice name = spec->categories[i]; /* "@read" */
        if (name.len && acl_category_find(slice_of(name.ptr + 1, name.len - 1), &bit)) {
            categories |= bit;
        }
    }
    return categories;
}
