/*
 * What a user's connections may use: part of its rules, and asked for by the connections.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_LIMITS_H
#define QUIPU_SERVER_ACCESS_ACL_LIMITS_H

#include <stdint.h>

/* 0: what the configuration says for every client. */
struct acl_limits {
    int64_t max_cells;   /* of one query */
    int64_t max_queries; /* under way */
    int64_t rate;        /* commands in a second */
};

#endif
