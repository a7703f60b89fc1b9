/*
 * Redis' commands as a shard itself describes them in its COMMAND reply: arity, flags, where the
 * keys stand, and how a command is asked of several shards.
 *
 *     command_table_at(table, i)       -> mget: arity -2, READONLY, MULTI_SHARD
 *     command_keys(mget, args, ...)    -> 1 2 3
 *
 * Nothing of it is typed by hand, so the table has the commands of the shard's own version and
 * modules. There are exceptions: for SORT, GEORADIUS, XREAD and similar commands, the reply says
 * too little, or is wrong for some arguments. They are read word by word, as the commands
 * themselves do. If such a command is not known here, it is not certain where its keys are
 * (KEYS_UNCERTAIN).
 */
#ifndef QUIPU_EXECUTOR_SHARDS_COMMAND_TABLE_H
#define QUIPU_EXECUTOR_SHARDS_COMMAND_TABLE_H

#include "net/resp_value.h"

enum command_flag {
    COMMAND_WRITE = 1 << 0,
    COMMAND_READONLY = 1 << 1,
    COMMAND_BLOCKING = 1 << 2,
    COMMAND_PUBSUB = 1 << 3,
    COMMAND_ADMIN = 1 << 4,
    COMMAND_NOSCRIPT = 1 << 5,
    COMMAND_NO_MULTI = 1 << 6,
    COMMAND_MOVABLEKEYS = 1 << 7,
    COMMAND_NO_AUTH = 1 << 8 /* allowed before logging in: the command may log in */
};

/* The tip request_policy. */
enum request_policy { ASK_ONE, ASK_ALL_SHARDS, ASK_MULTI_SHARD, ASK_SPECIAL };
/*
 * The tip response_policy. MERGE_NONE: one reply unchanged, or arrays joined one after the other.
 */
enum response_policy {
    MERGE_NONE,
    MERGE_SUM,
    MERGE_MIN,
    MERGE_MAX,
    MERGE_AND,
    MERGE_OR,
    MERGE_ALL_SUCCEEDED,
    MERGE_ONE_SUCCEEDED,
    MERGE_SPECIAL
};

struct key_spec;

/* How the keys of a command's arguments are found. */
enum key_reading {
    KEYS_BY_SPECS,
    KEYS_OF_SORT,      /* SORT_RO too */
    KEYS_OF_GEORADIUS, /* GEORADIUSBYMEMBER too */
    KEYS_OF_XREAD,     /* XREADGROUP too */
    KEYS_UNCERTAIN     /* the specifications do not say; the command must be refused */
};

struct command_spec {
    struct slice name; /* in lower case; a subcommand's is "object|encoding" */
    int64_t arity;     /* n exactly, -n at least */
    unsigned flags;    /* enum command_flag */
    enum request_policy ask;
    enum response_policy merge;
    const struct slice *categories; /* "@read" ... */
    size_t ncategories;
    const struct key_spec *key_specs;
    size_t nkey_specs;
    enum key_reading reading;
    bool runs_script; /* EVAL, FCALL and the like, which may use more keys than they name */
    size_t only_key;  /* the place of its only key, if it can have no other; else 0 */
    const struct command_spec *subcommands;
    size_t nsubcommands;
};

struct command_table;

/*
 * Makes a table from a reply of COMMAND. Nothing is borrowed. Fails with ERR if it is no such
 * reply.
 */
bool command_table_new(const struct resp_value *reply, struct command_table **out,
                       struct error *err) QUIPU_MUST_CHECK;
void command_table_free(struct command_table *table);
size_t command_table_count(const struct command_table *table);
/* Without subcommands; index < count. */
const struct command_spec *command_table_at(const struct command_table *table, size_t index);

/* The subcommand that args[1] names; the command itself if there is none. */
const struct command_spec *command_spec_of_args(const struct command_spec *spec,
                                                const struct slice *args, size_t nargs);
/*
 * The places of the keys in args, ascending within each specification. Writes at most max places,
 * and returns the number of all keys.
 */
size_t command_keys(const struct command_spec *spec, const struct slice *args, size_t nargs,
                    size_t *places, size_t max);

/* What a command does with a key, by the flags of its specification. Without flags: both. */
enum command_key_use {
    COMMAND_KEY_READS = 1 << 0,  /* its value, or a part of it, goes into the reply or another
                                    key */
    COMMAND_KEY_WRITES = 1 << 1, /* the key is made, changed or removed */
    COMMAND_KEY_IS_NONE = 1 << 2 /* it only gives the slot, as SPUBLISH's channel does */
};
/* The same, with the use (enum command_key_use) of the key at each place. uses has room for max. */
size_t command_keys_used(const struct command_spec *spec, const struct slice *args, size_t nargs,
                         size_t *places, unsigned *uses, size_t max);

/*
 * The place of the next option, from place at on (0: from the beginning), by which a command reads
 * keys that a pattern names: SORT's BY and GET. The pattern is the next word. 0: there is no
 * further one.
 */
size_t command_pattern(const struct command_spec *spec, const struct slice *args, size_t nargs,
                       size_t at);

#endif
