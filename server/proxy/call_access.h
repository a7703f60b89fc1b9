/*
 * The check before each call: what it asks for, and whether its client may have that.
 *
 *     call_access_login(&call, name, password, &err)     AUTH, HELLO AUTH
 *     call_access_check(&call, &err)                     before each command: NOAUTH, NOPERM
 *
 * A command that Quipu answers itself is described by its row in the table of commands, one that is
 * passed through by what its shard says of it (executor/shards/command_table.h).
 */
#ifndef QUIPU_SERVER_PROXY_CALL_ACCESS_H
#define QUIPU_SERVER_PROXY_CALL_ACCESS_H

#include "server/client/call.h"

struct acl_user;

/* Makes the call's client that user. Fails with WRONGPASS, which ACL LOG remembers. */
bool call_access_login(const struct call *call, struct slice name, struct slice password,
                       struct error *err) QUIPU_MUST_CHECK;

/*
 * Whether a call may run; to be asked for each, when its turn has come. Fails with NOAUTH or NOPERM
 * in Redis' words, which ACL LOG remembers; for a query of a user with restrictions also with what
 * is wrong with its text.
 */
bool call_access_check(const struct call *call, struct error *err) QUIPU_MUST_CHECK;
/*
 * Whether a client may still run a request that it was allowed to; args as they came. Fails as
 * call_access_check.
 */
bool call_access_check_again(struct client *client, const struct slice *args, size_t nargs,
                             struct error *err) QUIPU_MUST_CHECK;
/*
 * Whether that user could run a call, which nobody has made: ACL DRYRUN. Fails as
 * call_access_check; ACL LOG learns nothing of it.
 */
bool call_access_would_allow(const struct call *call, const struct acl_user *user,
                             struct error *err) QUIPU_MUST_CHECK;

#endif
