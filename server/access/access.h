/*
 * Access: who a client is, and the one place where it is decided what a user may do.
 *
 *     access_load_users(acl, config, &err)                  the users, from the configuration
 *     access_init(&access, acl)                             a client connects: default, if it is open
 *     access_login(&access, acl, name, password, &err)      AUTH, HELLO AUTH
 *     access_check(access.user, &action, &refusal, &err)    before each command: NOPERM
 *
 * What is asked for comes as an action (server/access/access_action.h); of clients, calls and protocols
 * nothing is known here. What users are is in server/access/acl_user.h.
 */
#ifndef QUIPU_SERVER_ACCESS_ACCESS_H
#define QUIPU_SERVER_ACCESS_ACCESS_H

#include "base/log.h"
#include "server/access/access_action.h"
#include "server/access/acl.h"
#include "server/access/acl_log.h"
#include "server/config/config_values.h"
#include "server/table/command_index.h"

/* A client's part in it. */
struct access {
    struct acl_user *user; /* held; default until it logs in */
    bool is_authenticated;
};

/* Adds the users that are configured. Fails with ERR: a rule or the ACL file is wrong. */
bool access_load_users(struct acl *acl, const struct config *config,
                       struct error *err) QUIPU_MUST_CHECK;
/* Gives default the password that requirepass now says, or none. */
void access_apply_password(struct acl *acl, const struct config *config);

void access_init(struct access *access, const struct acl *acl);
void access_fini(struct access *access);
/* As if it had just connected: RESET. */
void access_reset(struct access *access, const struct acl *acl);

/* Makes the client that user. Fails with WRONGPASS, and leaves it who it was. */
bool access_login(struct access *access, const struct acl *acl, struct slice name,
                  struct slice password, struct error *err) QUIPU_MUST_CHECK;
/* What its connection may use: its user's limits, and else the configuration's; 0: no limit. */
struct acl_limits access_limits(const struct access *access, const struct config *config);
/* True while a client that has not logged in may run nothing. */
bool access_is_required(const struct access *access, const struct acl *acl);

/* What ACL LOG is to remember of a refusal. */
struct access_refusal {
    bool is_noted; /* else nothing */
    enum acl_log_reason reason;
    struct slice object; /* the key, channel or dataset; empty: the command. Borrowed */
};
/*
 * Whether a user may take an action. Whether it is logged in is not asked here. Fails with NOPERM in
 * Redis' words, and fills refusal.
 */
bool access_check(const struct acl_user *user, const struct access_action *action,
                  struct access_refusal *refusal, struct error *err) QUIPU_MUST_CHECK;
/* Appends `config|set`. */
void access_action_print_name(const struct access_action *action, struct strbuf *out);

/* Which commands there are, for ACL rules. Borrows the index. */
struct acl_names access_names(const struct command_index *commands);
/* Warns of rules that name no command; to be called once the shards have told theirs. */
void access_check_names(const struct acl *acl, const struct command_index *commands,
                        const struct log *log);

/*
 * Protected mode: false where a connection from this address (server/config/address.h) must be turned
 * away, with *why the whole reply.
 */
bool access_admits(const struct acl *acl, const struct config *config, const char *address,
                   bool is_unix, struct slice *why);

#endif
