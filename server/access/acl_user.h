/*
 * One user, with what Redis' ACL rules and some of Quipu's allow.
 *
 *     struct acl_user *user = acl_user_new(slice_lit("ann"));
 *     acl_user_take(user, slice_lit("on"), NULL, &err)
 *     acl_user_take(user, slice_lit(">secret"), NULL, &err)
 *     acl_user_take(user, slice_lit("+@crosstab"), NULL, &err)
 *     acl_user_take(user, slice_lit("dataset:current"), NULL, &err)
 *     acl_user_check(user, &action, &object)                  COUNT ... FROM current: ACL_ALLOWED
 *
 * A new user is off, has no password, and may do nothing. The rules, and what they mean for rows
 * and counts, are in docs/operations.md.
 *
 * A user lives as long as it has holders. A client holds the user as which it is logged in, also if
 * that user is removed meanwhile.
 */
#ifndef QUIPU_SERVER_ACCESS_ACL_USER_H
#define QUIPU_SERVER_ACCESS_ACL_USER_H

#include "base/error.h"
#include "base/password.h"
#include "planner/catalog.h"
#include "server/access/access_action.h"
#include "server/access/acl_limits.h"
#include "server/access/unknown_fields.h"

struct acl_user;

/* Knows the names of commands, so that a rule with an unknown name is refused. */
struct acl_names {
    /* name is `get`, `config` or `config|set`, in any case. */
    bool (*is_command)(const void *arg, struct slice name);
    const void *arg;
};

/* Makes a user, which the caller holds. Never fails. */
struct acl_user *acl_user_new(struct slice name);
struct acl_user *acl_user_hold(struct acl_user *user);
/* The last release frees it. NULL is ignored. */
void acl_user_release(struct acl_user *user);

/*
 * Adds a rule. names may be NULL: then no name is checked. Fails with ERR in Redis' words, and
 * leaves the user as it was. The message never repeats a password.
 */
bool acl_user_take(struct acl_user *user, struct slice rule, const struct acl_names *names,
                   struct error *err) QUIPU_MUST_CHECK;
/* Gives a user the rules of another one. Its name stays. */
void acl_user_assign(struct acl_user *user, const struct acl_user *from);
/* The first command in its rules that names does not know. Empty: there is none. */
struct slice acl_user_unknown_command(const struct acl_user *user, const struct acl_names *names);

struct slice acl_user_name(const struct acl_user *user);
bool acl_user_is_on(const struct acl_user *user);
/* True if anybody can log in as this user: it is on and needs no password. */
bool acl_user_is_open(const struct acl_user *user);
/* True for a user that is on and has this password, or needs none. */
bool acl_user_knows(const struct acl_user *user, const struct password_hash *hash);
bool acl_user_needs_no_password(const struct acl_user *user);
struct acl_limits acl_user_limits(const struct acl_user *user);
/* A number that changes whenever the rules may have changed. */
uint64_t acl_user_version(const struct acl_user *user);
/* Counts below this must not be shown to this user. 0: all may be shown. */
int64_t acl_user_suppress_below(const struct acl_user *user);
/* What becomes of this user's queries with fields that no row has. */
enum unknown_fields acl_user_unknown_fields(const struct acl_user *user);
/* True if the user may do everything, so that no request has to be checked. */
bool acl_user_is_unrestricted(const struct acl_user *user);

/* -- decisions --------------------------------------------------------------------------------- */

enum acl_verdict {
    ACL_ALLOWED,
    ACL_DENIED_COMMAND,
    ACL_DENIED_SCRIPT, /* a script could get around this user's restrictions */
    ACL_DENIED_WRITE,  /* by a read-only user */
    ACL_DENIED_KEY,
    ACL_DENIED_CHANNEL,
    ACL_DENIED_DATASET,
    ACL_DENIED_PATTERN /* a pattern names keys, and the user may not read all keys */
};

/*
 * Whether the user may take an action. object becomes the key, channel or dataset that is not
 * allowed, otherwise it is empty. It does not check that the client is logged in.
 */
enum acl_verdict acl_user_check(const struct acl_user *user, const struct access_action *action,
                                struct slice *object);
/* Whether the user may listen to a channel, or to a pattern of channels. */
bool acl_user_hears(const struct acl_user *user, struct slice channel, bool is_pattern);
/* Whether the user may know that a dataset of this catalog exists, by any of its names. */
bool acl_user_sees(const struct acl_user *user, const struct catalog *catalog,
                   const struct dataset *dataset);

/* -- as text ----------------------------------------------------------------------------------- */

/* Appends its line in an ACL file: `user ann on #2bb8... ~* &* alldatasets -@all +@read`. */
void acl_user_print(const struct acl_user *user, struct strbuf *out);
void acl_user_print_commands(const struct acl_user *user, struct strbuf *out);
void acl_user_print_keys(const struct acl_user *user, struct strbuf *out);
void acl_user_print_channels(const struct acl_user *user, struct strbuf *out);
/* Appends datasets, limits and whether the user is read-only. */
void acl_user_print_quipu(const struct acl_user *user, struct strbuf *out);
size_t acl_user_npasswords(const struct acl_user *user);
void acl_user_print_password(const struct acl_user *user, size_t index, struct strbuf *out);

#endif
