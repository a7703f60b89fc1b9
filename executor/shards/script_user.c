/*
 * A script user is the user that clients' scripts run as in a shard, so that they reach the keys
 * that they declare and no others. in: keys that a call declares; out: rules of the shard's access
 * control.
 *
 *     a*b {t} x        ~a\*b  with the space as "no other character": rules have no spaces
 *     job:{q}:7        ~job:{q}*
 */
#include "executor/shards/script_user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/slot.h"
#include "executor/shards/link.h"

static const char PREFIX[] = "quipu-script-";

static void
hex_by_chance(char *out, size_t nbytes)
{
    unsigned char bytes[32];
    if (nbytes > sizeof bytes || getrandom(bytes, nbytes, 0) != (ssize_t) nbytes) {
        fputs("quipu: no random bytes\n", stderr);
        abort();
    }
    for (size_t i = 0; i < nbytes; i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

void
script_server_name(char name[17])
{
    hex_by_chance(name, 8);
}

struct script_user
script_user_of(const char *server, unsigned number)
{
    struct script_user user;
    snprintf(user.name, sizeof user.name, "%s%.16s-%u", PREFIX, server, number);
    hex_by_chance(user.password, 16);
    return user;
}

/*
 * The commands that a script may call: all but those that use keys without naming them, or that
 * lose all keys. The keys are set over the connection that is logged in as the user: no script can
 * call ACL.
 */
size_t
script_user_make(const struct script_user *user, struct arena *arena,
                 struct slice words[SCRIPT_USER_WORDS])
{
    static const struct slice RULES[] = {
        SLICE_LIT("&*"),        SLICE_LIT("+@all"),    SLICE_LIT("-@admin"),
        SLICE_LIT("-flushall"), SLICE_LIT("-flushdb"), SLICE_LIT("-swapdb"),
        SLICE_LIT("-move"),     SLICE_LIT("-migrate"), SLICE_LIT("+acl|setuser"),
    };
    size_t n = 0;
    words[n++] = slice_lit("ACL");
    words[n++] = slice_lit("SETUSER");
    words[n++] = arena_copy(arena, slice_str(user->name));
    words[n++] = slice_lit("reset");
    words[n++] = slice_lit("on");
    words[n++] = arena_printf(arena, ">%s", user->password);
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        words[n++] = RULES[i];
    }
    return n;
}

/* -- keys -------------------------------------------------------------------------------------- */

void
script_keys_init(struct script_keys *keys)
{
    strbuf_init(&keys->words);
    keys->nwords = 0;
}

void
script_keys_fini(struct script_keys *keys)
{
    strbuf_fini(&keys->words);
}

struct slice
script_keys_stem(struct slice key)
{
    struct slice tag = key_tag(key);
    return slice_of(key.ptr, tag.len ? (size_t) (tag.ptr + tag.len - key.ptr) + 1 : 0);
}

/*
 * Writes a key as a pattern that matches only this key. White space matches any other white space.
 */
static void
append_literally(struct strbuf *out, struct slice key)
{
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char) key.ptr[i];
        if (c == 0 || c == ' ' || (c >= '\t' && c <= '\r')) {
            strbuf_append_str(out, "[^\x01-\x08\x0e-\x1f!-\x7f\x80-\xff]");
            continue;
        }
        if (strchr("*?[]\\^", c)) {
            strbuf_append_char(out, '\\');
        }
        strbuf_append_char(out, (char) c);
    }
}

void
script_keys_add(struct script_keys *keys, struct slice key, bool may_write, bool is_wide)
{
    struct slice stem = is_wide ? script_keys_stem(key) : slice_of("", 0);
    struct strbuf rule;
    strbuf_init(&rule);
    strbuf_append_str(&rule, may_write ? "~" : "%R~");
    append_literally(&rule, stem.len ? stem : key);
    if (stem.len) {
        strbuf_append_char(&rule, '*');
    }
    struct slice word = strbuf_slice(&rule);
    words_append(&keys->words, &word, 1);
    keys->nwords++;
    strbuf_fini(&rule);
}

enum { USER_WORDS = 4 }; /* ACL SETUSER name resetkeys */

/* The command without the words that name the user: they come behind its first line. */
void
script_keys_print(const struct script_keys *keys, struct strbuf *out)
{
    strbuf_printf(out, "*%zu\r\n", keys->nwords + USER_WORDS);
    strbuf_append(out, strbuf_slice(&keys->words));
}

void
script_user_confine(const struct script_user *user, struct slice keys, struct strbuf *out)
{
    struct slice words[USER_WORDS] = {slice_lit("ACL"), slice_lit("SETUSER"), slice_str(user->name),
                                      slice_lit("resetkeys")};
    size_t line = (size_t) ((const char *) memchr(keys.ptr, '\n', keys.len) + 1 - keys.ptr);
    strbuf_append(out, slice_of(keys.ptr, line));
    words_append(out, words, USER_WORDS);
    strbuf_append(out, slice_of(keys.ptr + line, keys.len - line));
}

/* -- users that are left over ------------------------------------------------------------------ */

size_t
script_users_among(const struct resp_value *users, const char *server, struct arena *arena,
                   struct slice *names, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; users->type == VALUE_ARRAY && i < users->nelements && n < max; i++) {
        const struct resp_value *name = &users->elements[i];
        size_t skip = sizeof PREFIX - 1;
        if (name->type == VALUE_STRING && slice_starts_with(name->text, slice_str(PREFIX)) &&
            !slice_starts_with(slice_of(name->text.ptr + skip, name->text.len - skip),
                               slice_str(server))) {
            names[n++] = arena_copy(arena, name->text);
        }
    }
    return n;
}

/* Looks for "... user=name ..." in the lines. */
bool
script_user_is_connected(struct slice connections, struct slice name)
{
    static const char FIELD[] = " user=";
    size_t skip = sizeof FIELD - 1;
    for (size_t i = 0; i + skip + name.len <= connections.len; i++) {
        const char *at = connections.ptr + i;
        if (memcmp(at, FIELD, skip) == 0 && memcmp(at + skip, name.ptr, name.len) == 0) {
            return true;
        }
    }
    return false;
}
