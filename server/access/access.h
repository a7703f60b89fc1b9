/*
 * Access: which user a client is, and the one place that decides what a user may do.
 *
 *     access_load_users(acl, config, &err)                  the users, from the configuration
 *     access_init(&access, acl)                             a client connects: user default
 *     access_login(&access, acl, name, password, &err)      AUTH, HELLO AUTH
 *     access_check(access.user, &action, &refusal, &err)    before each command: NOPERM
 *
 * A request comes here as an action (server/access/access_action.h). This file knows nothing of
 * clients, calls and protocols. server/access/acl_user.h says what users are.
 */
#ifndef QUIPU_SERVER_ACCESS_ACCESS_H
#define QUIPU_SERVER_ACCESS_ACCESS_H

#include "base/log.h"
#include "server/access/access_action.h"
#include "server/access/acl.h"
#include "server/access/acl_log.h"
#include "server/config/config_values.h"
#include "server/table/command_index.h"

/* A client's part of access. */
struct access {
    struct acl_user *user; /* held; the user `default` until the client logs in */
    bool is_authenticated;
};

/* Adds the users that are configured. Fails with ERR: a rule or the ACL file is wrong. */
bool access_load_users(struct acl *acl, const struct config *config,
                       struct error *err) QUIPU_MUST_CHECK;
/* Gives the user `default` the present password of requirepass, or none. */
void access_apply_password(struct acl *acl, const struct config *config);

void access_init(struct access *access, const struct acl *acl);
void access_fini(struct access *access);
/* Becomes the same user as another one. Both are initialised, or all zero. */
void access_assign(struct access *access, const struct access *from);
/* For RESET: as if the client had just connected. */
void access_reset(struct access *access, const struct acl *acl);

/* Logs the client in as that user. Fails with WRONGPASS; the client then keeps its user. */
bool access_login(struct access *access, const struct acl *acl, struct slice name,
                  struct slice password, struct error *err) QUIPU_MUST_CHECK;
/* The limits of its connection: its user's, or else the configuration's. 0: no limit. */
struct acl_limits access_limits(const struct access *access, const struct config *config);
/* True if the client must log in before it may run commands. */
bool access_is_required(const struct access *access, const struct acl *acl);

/* What ACL LOG remembers of a refusal. */
struct access_refusal {
    bool is_noted; /* false: nothing is remembered */
    enum acl_log_reason reason;
    struct slice object; /* the key, channel or dataset; empty: the command. Borrowed */
};
/*
 * Whether a user may take an action. It does not check that the client is logged in. Fails with
 * NOPERM in Redis' words, and fills refusal.
 */
bool access_check(const struct acl_user *user, const struct access_action *action,
                  struct access_refusal *refusal, struct error *err) QUIPU_MUST_CHECK;
/* Appends `config|set`. */
void access_action_print_name(const struct access_action *action, struct strbuf *out);

/* The names of all commands, for ACL rules. Borrows the index. */
struct acl_names access_names(const struct command_index *commands);
/*
 * Logs a warning for each rule that names no command. Call it once the shards have told their
 * commands.
 */
void access_check_names(const struct acl *acl, const struct command_index *commands,
                        const struct log *log);

/*
 * Protected mode: false if a connection from this address (server/config/address.h) must be
 * refused. *why is then the whole reply.
 */
bool access_admits(const struct acl *acl, const struct config *config, const char *address,
                   bool is_unix, struct slice *why);

#endif
