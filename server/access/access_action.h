/*
 * An action: what somebody wants to do, as far as rights are concerned. Who asks makes it of a
 * command, of whichever protocol.
 *
 *     HSET profile_7 age 31      name hset, @write @hash @fast, writes, args, keys {1, 1, 1, W}
 *     COUNT sex from current     name count, @read @crosstab @slow, datasets {current}
 *     DATASET INFO current       name dataset, sub info, datasets {current}
 *
 * All that it points to is borrowed.
 */
#ifndef QUIPU_SERVER_ACCESS_ACCESS_ACTION_H
#define QUIPU_SERVER_ACCESS_ACCESS_ACTION_H

#include "planner/catalog.h"

enum acl_access { ACL_KEY_READ = 1, ACL_KEY_WRITE = 2 };

/* Some of an action's words. */
struct acl_range {
    size_t first, last; /* places in args, both included */
    size_t step;        /* 1 or more */
    unsigned access;    /* of keys: ACL_KEY_READ + ACL_KEY_WRITE */
};

/* All keys that begin so. */
struct acl_prefix {
    struct slice text;
    unsigned access;
};

struct access_action {
    struct slice name, sub; /* `config`, `set`; sub is empty where there is none; in any case */
    uint32_t categories;
    bool writes; /* may change data, by a key, a script or otherwise */
    const struct slice *args;
    const struct acl_range *keys;
    size_t nkeys; /* ranges */
    const struct acl_prefix *prefixes;
    size_t nprefixes;
    const struct acl_range *channels;
    size_t nchannels;             /* ranges */
    bool channels_are_patterns;   /* PSUBSCRIBE */
    const struct slice *datasets; /* that it asks for by name */
    size_t ndatasets;
    struct slice given_name;     /* of a dataset or alias, which it gives or takes; or empty */
    bool all_datasets;           /* it asks for all of them: DBSIZE */
    struct slice pattern_option; /* SORT's BY or GET: reads any key; empty: it does not */
    bool
        tells_no_rows; /* but for those that its keys name: its answer depends on no number of rows */
    const struct catalog *catalog; /* whose rows its keys may be; NULL: none's */
};

#endif
