/*
 * The latest refusals, for ACL LOG.
 *
 *     acl_log_add(&log, ACL_LOG_KEY, slice_lit("other"), slice_lit("ann"), client_line, now_ms);
 *     acl_log_at(&log, 0)     the newest: count 1, reason "key", object "other", ...
 *
 * Equal refusals within a minute are one entry with a count. Objects are names of commands, keys,
 * channels and datasets, never arguments that may be passwords.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_LOG_H
#define QUIPU_SERVER_ACCESS_ACL_LOG_H

#include "base/strbuf.h"

enum acl_log_reason {
    ACL_LOG_AUTH,
    ACL_LOG_COMMAND,
    ACL_LOG_KEY,
    ACL_LOG_CHANNEL,
    ACL_LOG_DATASET,
    ACL_LOG_NREASONS
};

struct acl_log_entry {
    uint64_t count;
    enum acl_log_reason reason;
    struct strbuf object, username, client;
    int64_t at_ms; /* the last time */
    struct acl_log_entry *next;
};

/* All zero: empty. */
struct acl_log {
    struct acl_log_entry *newest;
    size_t nentries;
};

/* Adds a refusal, and keeps the max_entries newest. The texts are copied. */
void acl_log_add(struct acl_log *log, enum acl_log_reason reason, struct slice object,
                 struct slice username, struct slice client, int64_t now_ms, size_t max_entries);
void acl_log_reset(struct acl_log *log);
/* "auth", "command", "key", "channel", "dataset". */
const char *acl_log_reason_name(enum acl_log_reason reason);

#endif
