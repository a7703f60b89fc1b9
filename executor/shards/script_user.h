/*
 * The user that clients' scripts run as, where there are several shards.
 *
 *     EVAL "return redis.call('hset',ARGV[1],'a','1')" 1 {q}:wait profile_1
 *
 * A script may name any key, and its shard would write it, even if another shard owns it. So
 * scripts have their own lanes, logged in as a user that Quipu makes at the shard. Ahead of each
 * script, that user is given the keys that the call declares, and no others. The shard itself
 * refuses other keys, for EVAL and FCALL alike, whatever the script computes. A key with a hash tag
 * also allows all keys that begin with the same text up to the tag's end; they are in the same
 * slot. Queues whose scripts make the names of jobs rely on that.
 *
 *     ACL SETUSER quipu-script-4f0a...-0 resetkeys ~{q}*
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SCRIPT_USER_H
#define QUIPU_EXECUTOR_SHARDS_SCRIPT_USER_H

#include "base/slice.h"
#include "base/strbuf.h"
#include "net/resp_value.h"

/*
 * One user for each connection that runs scripts. Two connections never share a user: commands that
 * are still under way on a connection that was given up must not change the keys of the next
 * connection's scripts. Passed by value.
 */
struct script_user {
    char name[48];
    char password[40]; /* random, and shown to nobody */
};

/* server is random too. It distinguishes the users of several quipu-servers. */
struct script_user script_user_of(const char *server, unsigned number);
/* Writes sixteen random hexadecimal digits and a NUL. */
void script_server_name(char name[17]);

enum { SCRIPT_USER_WORDS = 16 };
/*
 * The words of the command that makes the user, without keys. Words that are not constant live in
 * the arena.
 */
size_t script_user_make(const struct script_user *user, struct arena *arena,
                        struct slice words[SCRIPT_USER_WORDS]);

/* Which keys a script, or a transaction with scripts in it, may use. */
struct script_keys {
    struct strbuf words; /* rules, as RESP */
    size_t nwords;
};

void script_keys_init(struct script_keys *keys);
void script_keys_fini(struct script_keys *keys);
/*
 * is_wide: also all keys that begin with the same text up to the end of its hash tag, if it has
 * one.
 */
void script_keys_add(struct script_keys *keys, struct slice key, bool may_write, bool is_wide);
/* The beginning of a key up to the end of its hash tag; empty: it has none. */
struct slice script_keys_stem(struct slice key);
/*
 * Appends the keys as text, which is the same for every user. The text is not empty even without
 * keys.
 */
void script_keys_print(const struct script_keys *keys, struct strbuf *out);
/* Appends the command that gives the user the keys of such a text (script_keys_print). */
void script_user_confine(const struct script_user *user, struct slice keys, struct strbuf *out);

/* The script users of other servers in a reply of ACL USERS; at most max. */
size_t script_users_among(const struct resp_value *users, const char *server, struct arena *arena,
                          struct slice *names, size_t max);
/* True if a connection in the text of CLIENT LIST belongs to this user. */
bool script_user_is_connected(struct slice connections, struct slice name);

#endif
