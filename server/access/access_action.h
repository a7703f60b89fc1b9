/*
 * An action: what a user wants to do, as far as rights are concerned. The caller makes it from a
 * command of any protocol.
 *
 *     HSET profile_7 age 31      name hset, @write @hash @fast, writes, args, keys {1, 1, 1, W}
 *     COUNT sex from current     name count, @read @crosstab @slow, datasets {current}
 *     DATASET INFO current       name dataset, sub info, datasets {current}
 *
 * Everything it points to is borrowed.
 */
#ifndef QUIPU_SERVER_ACCESS_ACCESS_ACTION_H
#define QUIPU_SERVER_ACCESS_ACCESS_ACTION_H

#include "planner/catalog.h"

enum acl_access { ACL_KEY_READ = 1, ACL_KEY_WRITE = 2 };

/* Some of an action's words. */
struct acl_range {
    size_t first, last; /* places in args, both included */
    size_t step;        /* 1 or more */
    unsigned access;    /* for keys: ACL_KEY_READ + ACL_KEY_WRITE */
};

/* All keys with this beginning. */
struct acl_prefix {
    struct slice text;
    unsigned access;
};

struct access_action {
    struct slice name, sub; /* `config`, `set`, in any case; sub is empty if there is none */
    uint32_t categories;
    bool writes; /* may change data, through a key, a script or otherwise */
    const struct slice *args;
    const struct acl_range *keys;
    size_t nkeys; /* ranges */
    const struct acl_prefix *prefixes;
    size_t nprefixes;
    const struct acl_range *channels;
    size_t nchannels;             /* ranges */
    bool channels_are_patterns;   /* PSUBSCRIBE */
    const struct slice *datasets; /* the datasets that it names */
    size_t ndatasets;
    struct slice given_name;     /* the name of a dataset or alias that it gives or takes; or
                                    empty */
    bool all_datasets;           /* it needs all datasets: DBSIZE */
    struct slice pattern_option; /* SORT's BY or GET, which can read any key; empty: it has none */
    bool tells_no_rows;          /* its answer shows no rows, except those that its keys name */
    const struct catalog *catalog; /* its keys may be rows of this catalog's datasets; NULL:
                                      never */
};

#endif
