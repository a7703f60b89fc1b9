/*
 * The check before each call: what the call asks for, and whether its client may do that.
 *
 *     call_access_login(&call, name, password, &err)     AUTH, HELLO AUTH
 *     call_access_check(&call, &err)                     before each command: NOAUTH, NOPERM
 *
 * A command that Quipu answers itself is described by its row in the table of commands. A command
 * that is passed through is described by its shard (executor/shards/command_table.h).
 */
#ifndef QUIPU_SERVER_PROXY_CALL_ACCESS_H
#define QUIPU_SERVER_PROXY_CALL_ACCESS_H

#include "server/client/call.h"

struct acl_user;

/* Logs the call's client in as that user. Fails with WRONGPASS, which ACL LOG remembers. */
bool call_access_login(const struct call *call, struct slice name, struct slice password,
                       struct error *err) QUIPU_MUST_CHECK;

/*
 * Whether a call may run. Ask for each call, when its turn has come. Fails with NOAUTH or NOPERM in
 * Redis' words, which ACL LOG remembers. A query of a restricted user may also fail with the error
 * in its text.
 */
bool call_access_check(const struct call *call, struct error *err) QUIPU_MUST_CHECK;
/*
 * Whether a client may still run a request that was allowed before. args are those of the request.
 * Fails as call_access_check.
 */
bool call_access_check_again(struct client *client, const struct slice *args, size_t nargs,
                             struct error *err) QUIPU_MUST_CHECK;
/*
 * For ACL DRYRUN: whether that user could run a call. Fails as call_access_check, but ACL LOG does
 * not remember it.
 */
bool call_access_would_allow(const struct call *call, const struct acl_user *user,
                             struct error *err) QUIPU_MUST_CHECK;

#endif
