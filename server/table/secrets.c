/*
 * Secret words, by the commands that take them. in: a command's words; out: which of them must not
 * be shown.
 *
 * The words alone decide, not the table of commands: a command that is refused, or is unknown here,
 * has its secrets hidden too.
 */
#include "server/table/secrets.h"

#include <string.h>

static bool
word_is(struct slice word, const char *name)
{
    return slice_equal_nocase(word, slice_str(name));
}

bool
secrets_is_directive(struct slice name)
{
    static const char *const PARTS[] = {"pass", "auth", "secret"};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        size_t len = strlen(PARTS[i]);
        for (size_t at = 0; at + len <= name.len; at++) {
            if (word_is(slice_of(name.ptr + at, len), PARTS[i])) {
                return true;
            }
        }
    }
    return false;
}

/* True: one of the n words before this one is `auth`, at `first` or later. */
static bool
is_behind_auth(const struct slice *args, size_t at, size_t first, const char *auth, size_t n)
{
    for (size_t back = 1; back <= n && at >= first + back; back++) {
        if (word_is(args[at - back], auth)) {
            return true;
        }
    }
    return false;
}

bool
secrets_may_be(struct slice name)
{
    static const char *const NAMES[] = {"auth", "hello", "acl", "config", "migrate"};
    char first = name.len ? (char) (name.ptr[0] | 0x20) : '\0';
    if (first != 'a' && first != 'h' && first != 'c' && first != 'm') {
        return false;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (word_is(name, NAMES[i])) {
            return true;
        }
    }
    return false;
}

bool
secrets_hide(const struct slice *args, size_t nargs, size_t at)
{
    if (at == 0 || at >= nargs) {
        return false;
    }
    if (word_is(args[0], "auth")) {
        return true;
    }
    if (word_is(args[0], "hello")) {
        return is_behind_auth(args, at, 2, "auth", 2);
    }
    if (word_is(args[0], "acl")) {
        return at >= 2 && word_is(args[1], "setuser");
    }
    if (word_is(args[0], "config")) {
        return at >= 3 && at % 2 == 1 && word_is(args[1], "set") &&
               secrets_is_directive(args[at - 1]);
    }
    if (word_is(args[0], "migrate")) {
        return is_behind_auth(args, at, 6, "auth", 1) || is_behind_auth(args, at, 6, "auth2", 2);
    }
    return false;
}
