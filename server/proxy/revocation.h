/*
 * Rights that change while work is under way: work that is no longer allowed ends at once.
 *
 *     acl_set(acl, name, ...); revocation_apply(services, user, client)     ACL SETUSER
 *     acl_load_file(acl, ...); revocation_apply(services, NULL, client)       ACL LOAD, DELUSER
 *
 *     a client whose user was removed           its connection ends
 *     a subscription to a channel, revoked      its connection ends, as in Redis
 *     a blocked command                         its wait ends, -NOPERM
 *     a query                                   ends, -NOPERM; a floor for counts holds for it
 *     commands queued in MULTI                  are checked again by EXEC (conversation.h)
 *
 * Everything else is checked when it runs.
 */
#ifndef QUIPU_SERVER_PROXY_REVOCATION_H
#define QUIPU_SERVER_PROXY_REVOCATION_H

struct acl_user;
struct client;
struct services;

/*
 * Checks all work under way against the rules of this user; user NULL: of all users. by is the
 * client that changed the rules. It gets its answer before its own connection ends.
 */
void revocation_apply(struct services *services, const struct acl_user *user, struct client *by);

#endif
