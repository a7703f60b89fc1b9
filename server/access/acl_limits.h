/*
 * The limits of a user's connections. They are a part of the user's rules, and the connections ask
 * for them.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_LIMITS_H
#define QUIPU_SERVER_ACCESS_ACL_LIMITS_H

#include <stdint.h>

/* 0: the configuration's limit for all clients holds. */
struct acl_limits {
    int64_t max_cells;   /* of one query */
    int64_t max_queries; /* under way */
    int64_t rate;        /* commands in a second */
};

#endif
