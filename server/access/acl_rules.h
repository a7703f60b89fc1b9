/*
 * The parts of a user, for server/access/acl_user.c, acl_check.c and acl_print.c only.
 *
 *     +@all -@dangerous +config|get     -> ALL +, CATEGORY - "dangerous", COMMAND + "config|get"
 *
 * The last rule that fits a command decides. A command that no rule fits is denied. Lists are in
 * the order of the rules. Everything lives in the user's arena.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_RULES_H
#define QUIPU_SERVER_ACCESS_ACL_RULES_H

#include "base/arena.h"
#include "base/password.h"
#include "server/access/acl_limits.h"
#include "server/access/unknown_fields.h"

struct acl_command_rule {
    bool allows;
    enum { ACL_RULE_ALL, ACL_RULE_CATEGORY, ACL_RULE_COMMAND } kind;
    uint32_t category; /* CATEGORY: its bit */
    struct slice name; /* CATEGORY: without '@'. COMMAND: `config` or `config|get`; lower case */
    struct acl_command_rule *next;
};

struct acl_pattern {
    struct slice text;
    unsigned access; /* for keys */
    struct acl_pattern *next;
};

struct acl_password {
    struct password_hash hash;
    struct acl_password *next;
};

/* Everything except the name, so that one user's rules can be given to another. */
struct acl_rules {
    bool is_on, needs_no_password, is_read_only;
    bool all_keys, all_channels, all_datasets;
    struct acl_password *passwords;
    struct acl_command_rule *commands;
    struct acl_pattern *keys, *channels, *datasets;
    int64_t suppress_below;
    enum unknown_fields unknown_fields;
    struct acl_limits limits;
};

struct acl_user {
    struct arena *arena; /* holds what rules points to */
    struct slice name;   /* on the heap */
    size_t nholders;
    uint64_t version; /* changes with the rules */
    struct acl_rules rules;
};

#endif
