/*
 * All users of a server, in the order of their names.
 *
 *     struct acl *acl = acl_new();                            one user: default, who may do all
 *     acl_set(acl, slice_lit("ann"), rules, nrules, NULL, &err)
 *     struct acl_user *user = acl_login(acl, slice_lit("ann"), slice_lit("secret"));
 *     acl_save_file(acl, "/etc/quipu/users.acl", &err)
 *
 * An ACL file has a line for each user, in Redis' format. A change is made completely or not at
 * all.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_H
#define QUIPU_SERVER_ACCESS_ACL_H

#include "server/access/acl_user.h"

struct acl;

struct acl *acl_new(void);
void acl_free(struct acl *acl);

size_t acl_count(const struct acl *acl);
struct acl_user *acl_at(const struct acl *acl, size_t index);
/* NULL: there is no such user. */
struct acl_user *acl_find(const struct acl *acl, struct slice name);
/* The user of clients that have not logged in. It always exists. */
struct acl_user *acl_default(const struct acl *acl);
/* True for a user that has not been removed. */
bool acl_has(const struct acl *acl, const struct acl_user *user);

/* The user of that name and password. NULL: there is none, or it is off. */
struct acl_user *acl_login(const struct acl *acl, struct slice name, struct slice password);

/*
 * Changes a user, or makes one. Fails with ERR: `Error in ACL SETUSER modifier '+nosuch': ...`. The
 * message never repeats a modifier that holds a password.
 */
bool acl_set(struct acl *acl, struct slice name, const struct slice *rules, size_t nrules,
             const struct acl_names *names, struct error *err) QUIPU_MUST_CHECK;
/* False: there is no such user. `default` must not be removed. */
bool acl_remove(struct acl *acl, struct slice name);
/* For requirepass: sets the only password of `default`. NULL: it needs none. */
void acl_set_default_password(struct acl *acl, const struct password_hash *hash);

/*
 * Replaces all users by those of a file. Users of the same name are changed, others are removed.
 * Fails with ERR and `path:line: ...`; nothing has changed then.
 */
bool acl_load_file(struct acl *acl, const char *path, const struct acl_names *names,
                   struct error *err) QUIPU_MUST_CHECK;
/* Replaces the file in one step. Only its owner may read it. Fails with ERR. */
bool acl_save_file(const struct acl *acl, const char *path, struct error *err) QUIPU_MUST_CHECK;

#endif
