/*
 * Rights that change while something is under way: what is no longer allowed ends at once.
 *
 *     acl_set(acl, name, ...); revocation_apply(services, user, client)     ACL SETUSER
 *     acl_load_file(acl, ...); revocation_apply(services, NULL, client)       ACL LOAD, DELUSER
 *
 *     a client whose user was removed           its connection ends
 *     a subscription to a channel, revoked      its connection ends, as in Redis
 *     a blocked command                         its wait ends, -NOPERM
 *     a query                                   ends, -NOPERM; a floor for counts holds for it
 *     commands queued in MULTI                  are checked again by EXEC (server/proxy/conversation.h)
 *
 * All else is checked when it runs.
 */
#ifndef QUIPU_SERVER_PROXY_REVOCATION_H
#define QUIPU_SERVER_PROXY_REVOCATION_H

struct acl_user;
struct client;
struct services;

/*
 * Holds what is under way against the rules of this user, or of all users where it is NULL. by is
 * who changed them, and reads its answer before its own connection ends.
 */
void revocation_apply(struct services *services, const struct acl_user *user, struct client *by);

#endif
