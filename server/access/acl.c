/*
 * The set of users, and the file it is kept in.
 * in: names and rules, or a file's lines; out: users to log in as.
 *
 *     user default off
 *     user ann on #2bb8...b35 dataset:current +@crosstab
 *
 * An array of pointers, sorted by name: there are tens of users, and logging in costs a SHA-256.
 */
#include "server/access/acl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/must.h"

struct acl {
    struct acl_user **users;
    size_t nusers;
};

#define DEFAULT_NAME slice_lit("default")

/* -- the array --------------------------------------------------------------------------------- */

/* The place of a name, or the place where it belongs. */
static size_t
place_of(const struct acl *acl, struct slice name, bool *found)
{
    size_t at = 0;
    while (at < acl->nusers && slice_compare(acl_user_name(acl->users[at]), name) < 0) {
        at++;
    }
    *found = at < acl->nusers && slice_equal(acl_user_name(acl->users[at]), name);
    return at;
}

/* Takes over the user, whose name is not in the set yet. */
static void
insert(struct acl *acl, struct acl_user *user)
{
    bool found;
    size_t at = place_of(acl, acl_user_name(user), &found);
    struct acl_user **grown = must_grow(acl->users, acl->nusers + 1, sizeof *grown);
    memmove(grown + at + 1, grown + at, (acl->nusers - at) * sizeof *grown);
    grown[at] = user;
    acl->users = grown;
    acl->nusers++;
}

static void
remove_at(struct acl *acl, size_t at)
{
    acl_user_release(acl->users[at]);
    acl->nusers--;
    memmove(acl->users + at, acl->users + at + 1, (acl->nusers - at) * sizeof *acl->users);
}

static struct acl_user *
default_user_new(void)
{
    static const char *const RULES[] = {"on", "nopass", "~*", "&*", "alldatasets", "+@all"};
    struct acl_user *user = acl_user_new(DEFAULT_NAME);
    struct error err = {0};
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (!acl_user_take(user, slice_str(RULES[i]), NULL, &err)) {
            abort();
        }
    }
    return user;
}

static struct acl *
empty_new(void)
{
    struct acl *acl = must_alloc(sizeof *acl);
    return acl;
}

struct acl *
acl_new(void)
{
    struct acl *acl = empty_new();
    insert(acl, default_user_new());
    return acl;
}

void
acl_free(struct acl *acl)
{
    if (!acl) {
        return;
    }
    while (acl->nusers) {
        remove_at(acl, acl->nusers - 1);
    }
    free(acl->users);
    free(acl);
}

size_t
acl_count(const struct acl *acl)
{
    return acl->nusers;
}

struct acl_user *
acl_at(const struct acl *acl, size_t index)
{
    return acl->users[index];
}

struct acl_user *
acl_find(const struct acl *acl, struct slice name)
{
    bool found;
    size_t at = place_of(acl, name, &found);
    return found ? acl->users[at] : NULL;
}

struct acl_user *
acl_default(const struct acl *acl)
{
    return acl_find(acl, DEFAULT_NAME);
}

bool
acl_has(const struct acl *acl, const struct acl_user *user)
{
    return acl_find(acl, acl_user_name(user)) == user;
}

/* -- changes ----------------------------------------------------------------------------------- */

struct acl_user *
acl_login(const struct acl *acl, struct slice name, struct slice password)
{
    struct password_hash hash;
    struct acl_user *user = acl_find(acl, name);
    password_hash(password, &hash);
    return user && acl_user_knows(user, &hash) ? user : NULL;
}

static bool
name_check(struct slice name, struct error *err)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '\0' || strchr(" \t\r\n\v\f", name.ptr[i])) {
            return error_set(err, "ERR", "Usernames can't contain spaces or null characters");
        }
    }
    return name.len > 0 || error_set(err, "ERR", "Usernames can't be empty");
}

/* A modifier as messages show it: of a possible password only the first byte. */
static const char *
modifier_quote(char *buffer, struct slice rule)
{
    bool is_secret = rule.len && strchr("><#!", rule.ptr[0]);
    if (!is_secret) {
        return error_quote(buffer, rule);
    }
    snprintf(buffer, ERROR_QUOTE_BYTES, "'%c...'", rule.ptr[0]);
    return buffer;
}

static bool
rules_take(struct acl_user *user, const struct slice *rules, size_t nrules,
           const struct acl_names *names, struct error *err)
{
    for (size_t i = 0; i < nrules; i++) {
        struct error cause = {0};
        char quoted[ERROR_QUOTE_BYTES];
        if (!acl_user_take(user, rules[i], names, &cause)) {
            return error_set(err, "ERR", "Error in ACL SETUSER modifier %s: %s",
                             modifier_quote(quoted, rules[i]), cause.message);
        }
    }
    return true;
}

bool
acl_set(struct acl *acl, struct slice name, const struct slice *rules, size_t nrules,
        const struct acl_names *names, struct error *err)
{
    struct acl_user *user = acl_find(acl, name), *changed;
    if (!name_check(name, err)) {
        return false;
    }
    changed = acl_user_new(name);
    if (user) {
        acl_user_assign(changed, user);
    }
    bool ok = rules_take(changed, rules, nrules, names, err);
    if (ok && user) {
        acl_user_assign(user, changed);
    } else if (ok) {
        insert(acl, acl_user_hold(changed));
    }
    acl_user_release(changed);
    return ok;
}

bool
acl_remove(struct acl *acl, struct slice name)
{
    bool found;
    size_t at = place_of(acl, name, &found);
    if (found) {
        remove_at(acl, at);
    }
    return found;
}

void
acl_set_default_password(struct acl *acl, const struct password_hash *hash)
{
    struct strbuf rule;
    struct error err = {0};
    strbuf_init(&rule);
    strbuf_append_char(&rule, '#');
    if (hash) {
        password_print(hash, &rule);
    }
    struct slice rules[] = {slice_lit("resetpass"),
                            hash ? strbuf_slice(&rule) : slice_lit("nopass")};
    if (!acl_set(acl, DEFAULT_NAME, rules, 2, NULL, &err)) {
        abort();
    }
    strbuf_fini(&rule);
}

/* -- files ------------------------------------------------------------------------------------- */

/* Redis splits the words of an ACL file at spaces and knows no quotes there. */
static size_t
line_split(struct arena *arena, struct slice line, struct slice **words)
{
    size_t nwords = 0;
    *words = arena_array(arena, line.len / 2 + 1, sizeof **words);
    for (size_t at = 0, end; at < line.len; at = end) {
        bool is_space = strchr(" \t\r\n", line.ptr[at]) && line.ptr[at];
        for (end = at + 1; !is_space && end < line.len && !strchr(" \t\r\n", line.ptr[end]);
             end++) {
        }
        if (!is_space) {
            (*words)[nwords++] = slice_of(line.ptr + at, end - at);
        }
    }
    return nwords;
}

static bool
line_take(struct acl *acl, struct slice line, const struct acl_names *names, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice *words;
    size_t nwords = line_split(arena, line, &words);
    char quoted[ERROR_QUOTE_BYTES];
    bool ok = true;
    if (nwords == 0 || words[0].ptr[0] == '#') {
        arena_free(arena);
        return true;
    }
    if (nwords < 2 || !slice_equal(words[0], slice_lit("user"))) {
        ok = error_set(err, "ERR", "a line must be `user <name> <rule> ...`");
    } else if (acl_find(acl, words[1])) {
        ok = error_set(err, "ERR", "user %s is there twice", error_quote(quoted, words[1]));
    } else {
        ok = acl_set(acl, words[1], words + 2, nwords - 2, names, err);
    }
    arena_free(arena);
    return ok;
}

static bool
lines_take(struct acl *acl, const char *path, FILE *file, const struct acl_names *names,
           struct error *err)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    bool ok = true;
    for (unsigned number = 1; ok && (len = getline(&line, &capacity, file)) >= 0; number++) {
        struct error cause = {0};
        ok = line_take(acl, slice_of(line, (size_t) len), names, &cause) ||
             error_set(err, "ERR", "%s:%u: %s", path, number, cause.message);
    }
    if (ok && ferror(file)) {
        ok = error_set(err, "ERR", "%s: %s", path, strerror(errno));
    }
    if (line) {
        explicit_bzero(line, capacity); /* the line may hold passwords */
    }
    free(line);
    return ok;
}

/* Clients hold users, so a user who keeps the name stays the same object. */
static void
take_over(struct acl *acl, struct acl *loaded)
{
    for (size_t at = acl->nusers; at-- > 0;) {
        if (!acl_find(loaded, acl_user_name(acl->users[at]))) {
            remove_at(acl, at);
        }
    }
    for (size_t i = 0; i < loaded->nusers; i++) {
        struct acl_user *user = acl_find(acl, acl_user_name(loaded->users[i]));
        if (user) {
            acl_user_assign(user, loaded->users[i]);
        } else {
            insert(acl, acl_user_hold(loaded->users[i]));
        }
    }
}

bool
acl_load_file(struct acl *acl, const char *path, const struct acl_names *names, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        return error_set(err, "ERR", "%s: %s", path, strerror(errno));
    }
    struct acl *loaded = empty_new();
    bool ok = lines_take(loaded, path, file, names, err);
    fclose(file);
    if (ok) {
        if (!acl_default(loaded)) {
            insert(loaded, default_user_new());
        }
        take_over(acl, loaded);
    }
    acl_free(loaded);
    return ok;
}

static bool
users_write(const struct acl *acl, FILE *file)
{
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < acl->nusers; i++) {
        acl_user_print(acl->users[i], &text);
        strbuf_append_char(&text, '\n');
    }
    bool ok = fwrite(text.ptr, 1, text.len, file) == text.len && fflush(file) == 0 &&
              fsync(fileno(file)) == 0;
    strbuf_fini(&text);
    return ok;
}

bool
acl_save_file(const struct acl *acl, const char *path, struct error *err)
{
    struct strbuf beside;
    strbuf_init(&beside);
    strbuf_printf(&beside, "%s.XXXXXX", path);
    int fd = mkostemp(beside.ptr, O_CLOEXEC); /* mode 600 */
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = file && users_write(acl, file);
    ok = file && fclose(file) == 0 && ok;
    ok = ok && rename(beside.ptr, path) == 0;
    if (!ok) {
        (void) error_set(err, "ERR", "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            unlink(beside.ptr);
        }
    }
    strbuf_fini(&beside);
    return ok;
}
