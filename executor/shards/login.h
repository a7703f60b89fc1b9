/*
 * The words by which a connection logs in at a shard.
 *
 *     struct slice auth[LOGIN_WORDS];
 *     size_t n = login_words(settings, auth);      AUTH secret, AUTH eva secret, or nothing at all
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LOGIN_H
#define QUIPU_EXECUTOR_SHARDS_LOGIN_H

#include "base/slice.h"

struct script_user;
struct shards_settings;

enum { LOGIN_WORDS = 3 };

/* As the settings say; how many words there are, 0 where no password is set. All is borrowed. */
size_t login_words(const struct shards_settings *settings, struct slice words[LOGIN_WORDS]);
/*
 * The same, from another user back to that one: LOGIN_WORDS. Who needs no password is let in by any.
 */
void login_back_words(const struct shards_settings *settings, struct slice words[LOGIN_WORDS]);
/* As the user that clients' scripts run as: LOGIN_WORDS. */
void login_script_words(const struct script_user *user, struct slice words[LOGIN_WORDS]);

#endif
