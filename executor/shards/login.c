/*
 * Login makes the words of AUTH. in: the settings, or a user of scripts; out: the words that a new
 * connection sends first, and those that log it in as another user.
 */
#include "executor/shards/login.h"

#include "executor/shards/script_user.h"
#include "executor/shards/shards_setup.h"

static bool
is_set(const char *text)
{
    return text && text[0];
}

static void
words_set(struct slice words[LOGIN_WORDS], const char *user, const char *password)
{
    words[0] = slice_lit("AUTH");
    words[1] = slice_str(user);
    words[2] = slice_str(password);
}

size_t
login_words(const struct shards_settings *settings, struct slice words[LOGIN_WORDS])
{
    if (!is_set(settings->password)) {
        return 0;
    }
    words_set(words, settings->user, settings->password);
    if (is_set(settings->user)) {
        return LOGIN_WORDS;
    }
    words[1] = words[2];
    return LOGIN_WORDS - 1;
}

void
login_back_words(const struct shards_settings *settings, struct slice words[LOGIN_WORDS])
{
    if (login_words(settings, words) < LOGIN_WORDS) {
        words_set(words, "default", is_set(settings->password) ? settings->password : "-");
    }
}

void
login_script_words(const struct script_user *user, struct slice words[LOGIN_WORDS])
{
    words_set(words, user->name, user->password);
}
