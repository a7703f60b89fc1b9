/*
 * Access: who a client is, and the one place where it is decided what it may run.
 *
 *     access_open(server, &err)                     the users, from the configuration
 *     access_init(&access, server)                  a client connects: default, if that is open
 *     access_login(&call, name, password, &err)     AUTH, HELLO AUTH
 *     access_check(&call, &err)                     before each command: NOAUTH, NOPERM
 *
 * A command that Quipu answers itself is described by its row in the table of commands, one that is
 * passed through by what its shard says of it (executor/command_table.h). What users are is in
 * server/acl_user.h.
 */
#ifndef QUIPU_SERVER_ACCESS_H
#define QUIPU_SERVER_ACCESS_H

#include "server/acl.h"
#include "server/command.h"
#include "server/config.h"

/* A client's part in it. */
struct access {
    struct acl_user *user; /* held; default until it logs in */
    bool is_authenticated;
};

/* Makes the users of services->config-> Fails with ERR: a rule or the ACL file is wrong. */
bool access_open(struct services *services, struct error *err) QUIPU_MUST_CHECK;
/* After the last client. */
void access_close(struct services *services);
/* Gives default the password that requirepass now says, or none. */
void access_apply_password(struct services *services);

void access_init(struct access *access, const struct services *services);
void access_fini(struct access *access);
/* As if it had just connected: RESET. */
void access_reset(struct access *access, const struct services *services);

/* Makes the call's client that user. Fails with WRONGPASS, which ACL LOG remembers. */
bool access_login(const struct call *call, struct slice name, struct slice password,
                  struct error *err) QUIPU_MUST_CHECK;
/* What its connection may use: its user's limits, and else the configuration's; 0: no limit. */
struct acl_limits access_limits(const struct access *access, const struct config *config);
/* True while a client that has not logged in may run nothing. */
bool access_is_required(const struct access *access, const struct services *services);

/*
 * Whether a call may run; to be asked for each, when its turn has come. Fails with NOAUTH or NOPERM
 * in Redis' words, which ACL LOG remembers; for a query of a user with restrictions also with what
 * is wrong with its text.
 */
bool access_check(const struct call *call, struct error *err) QUIPU_MUST_CHECK;

/*
 * Whether a client may still run a request that it was allowed to; args as they came. Fails as
 * access_check.
 */
bool access_check_again(struct client *client, const struct slice *args, size_t nargs,
                        struct error *err) QUIPU_MUST_CHECK;
/* Whether that user could run a call, which nobody has made: ACL DRYRUN. Fails as access_check. */
bool access_would_allow(const struct call *call, const struct acl_user *user,
                        struct error *err) QUIPU_MUST_CHECK;

/* Which commands there are, for ACL rules. Borrows the server. */
struct acl_names access_names(struct services *services);
/* Warns of rules that name no command; to be called once the shards have told theirs. */
void access_check_names(struct services *services);

/*
 * Protected mode: false where a connection from this address (server/address.h) must be turned
 * away, with *why the whole reply.
 */
bool access_admits(const struct services *services, const char *address, bool is_unix,
                   struct slice *why);

#endif
