/*
 * The user that clients' scripts run as, where there are several shards.
 *
 *     EVAL "return redis.call('hset',ARGV[1],'a','1')" 1 {q}:wait profile_1
 *
 * A script may name any key, and its shard would write it, whoever owns it. So scripts have lanes
 * of their own, logged in as a user that Quipu makes at the shard, and ahead of each script that
 * user is given the keys that the call declares, no others: the shard itself refuses the rest, to
 * EVAL and FCALL alike, whatever the script computes. A key with a hash tag stands for all that
 * begin as it does up to the tag's end, which are in the same slot: queues whose scripts make names
 * of jobs rely on that.
 *
 *     ACL SETUSER quipu-script-4f0a...-0 resetkeys ~{q}*
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SCRIPT_USER_H
#define QUIPU_EXECUTOR_SHARDS_SCRIPT_USER_H

#include "base/slice.h"
#include "base/strbuf.h"
#include "net/resp_value.h"

/*
 * One for each connection that runs scripts, and never another's: what a connection that was given
 * up had still under way must not change which keys the next one's scripts may use. By value.
 */
struct script_user {
    char name[48];
    char password[40]; /* by chance, told to nobody else */
};

/* server is by chance, too, and tells the users of several quipu-servers from each other. */
struct script_user script_user_of(const char *server, unsigned number);
/* Sixteen hexadecimal digits by chance, and their NUL. */
void script_server_name(char name[17]);

enum { SCRIPT_USER_WORDS = 16 };
/* The words that make the user, with no key yet; from arena where they are not constant. */
size_t script_user_make(const struct script_user *user, struct arena *arena,
                        struct slice words[SCRIPT_USER_WORDS]);

/* Which keys a script, or a transaction with scripts in it, may use. */
struct script_keys {
    struct strbuf words; /* rules, as RESP */
    size_t nwords;
};

void script_keys_init(struct script_keys *keys);
void script_keys_fini(struct script_keys *keys);
/* is_wide: and those that begin as it does up to the end of its hash tag, if it has one. */
void script_keys_add(struct script_keys *keys, struct slice key, bool may_write, bool is_wide);
/* The beginning of a key up to the end of its hash tag; empty: it has none. */
struct slice script_keys_stem(struct slice key);
/* Appends them as text, whoever the user will be; not empty where there is no key. */
void script_keys_print(const struct script_keys *keys, struct strbuf *out);
/* Appends the command that gives the user the keys of such a text. */
void script_user_confine(const struct script_user *user, struct slice keys, struct strbuf *out);

/* The names in a reply of ACL USERS that are of this kind and of other servers; at most max. */
size_t script_users_among(const struct resp_value *users, const char *server, struct arena *arena,
                          struct slice *names, size_t max);
/* True where a connection in the text of CLIENT LIST is this user's. */
bool script_user_is_connected(struct slice connections, struct slice name);

#endif
