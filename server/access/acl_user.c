/*
 * Users: their rules read one by one.
 * in: a word such as ">secret", "+@read" or "dataset:current"; out: the user's rules, changed.
 *
 *     +@all -@dangerous -@all +get     -> -@all +get      what was before -@all is forgotten
 *     ~a:* allkeys                     -> ~*
 *     max-cells:1000                   -> limits.max_cells 1000
 */
#include "server/access/acl_user.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "server/access/acl_rules.h"
#include "server/table/acl_category.h"

/* -- life -------------------------------------------------------------------------------------- */

struct acl_user *
acl_user_new(struct slice name)
{
    struct acl_user *user = must_alloc(sizeof *user);
    user->arena = arena_new();
    user->name = slice_of(must_copy(name), name.len);
    user->nholders = 1;
    return user;
}

struct acl_user *
acl_user_hold(struct acl_user *user)
{
    user->nholders++;
    return user;
}

void
acl_user_release(struct acl_user *user)
{
    if (user && --user->nholders == 0) {
        arena_free(user->arena);
        free((char *) user->name.ptr);
        free(user);
    }
}

/* -- lists ------------------------------------------------------------------------------------- */

static void
pattern_add(struct arena *arena, struct acl_pattern **list, struct slice text, unsigned access)
{
    for (; *list; list = &(*list)->next) {
        if (slice_equal((*list)->text, text) && (*list)->access == access) {
            return;
        }
    }
    *list = arena_alloc(arena, sizeof **list);
    (*list)->text = arena_copy(arena, text);
    (*list)->access = access;
}

static void
password_add(struct arena *arena, struct acl_rules *rules, const struct password_hash *hash)
{
    struct acl_password **list = &rules->passwords;
    rules->needs_no_password = false;
    for (; *list; list = &(*list)->next) {
        if (password_equal(&(*list)->hash, hash)) {
            return;
        }
    }
    *list = arena_alloc(arena, sizeof **list);
    (*list)->hash = *hash;
}

static bool
password_remove(struct acl_rules *rules, const struct password_hash *hash, struct error *err)
{
    for (struct acl_password **list = &rules->passwords; *list; list = &(*list)->next) {
        if (password_equal(&(*list)->hash, hash)) {
            *list = (*list)->next;
            return true;
        }
    }
    return error_set(err, "ERR",
                     "The password you are trying to remove from the user does not exist");
}

/* True: the new rule replaces the earlier one, because it has the same name or is its command. */
static bool
rule_is_replaced(const struct acl_command_rule *old, const struct acl_command_rule *new)
{
    if (new->kind == ACL_RULE_ALL) {
        return true;
    }
    return old->kind == new->kind &&
           (slice_equal(old->name, new->name) ||
            (slice_starts_with(old->name, new->name) && old->name.ptr[new->name.len] == '|'));
}

static void
command_rule_add(struct arena *arena, struct acl_rules *rules, const struct acl_command_rule *rule)
{
    struct acl_command_rule **list = &rules->commands;
    while (*list) {
        if (rule_is_replaced(*list, rule)) {
            *list = (*list)->next;
        } else {
            list = &(*list)->next;
        }
    }
    *list = arena_alloc(arena, sizeof **list);
    **list = *rule;
}

void
acl_user_assign(struct acl_user *user, const struct acl_user *from)
{
    struct arena *arena = arena_new();
    struct acl_rules rules = from->rules;
    rules.passwords = NULL;
    rules.commands = NULL;
    rules.keys = rules.channels = rules.datasets = NULL;
    for (const struct acl_password *p = from->rules.passwords; p; p = p->next) {
        password_add(arena, &rules, &p->hash);
    }
    for (const struct acl_command_rule *c = from->rules.commands; c; c = c->next) {
        struct acl_command_rule copy = *c;
        copy.name = arena_copy(arena, c->name);
        copy.next = NULL;
        command_rule_add(arena, &rules, &copy);
    }
    for (const struct acl_pattern *p = from->rules.keys; p; p = p->next) {
        pattern_add(arena, &rules.keys, p->text, p->access);
    }
    for (const struct acl_pattern *p = from->rules.channels; p; p = p->next) {
        pattern_add(arena, &rules.channels, p->text, p->access);
    }
    for (const struct acl_pattern *p = from->rules.datasets; p; p = p->next) {
        pattern_add(arena, &rules.datasets, p->text, p->access);
    }
    arena_free(user->arena);
    user->arena = arena;
    user->version++;
    user->rules = rules;
}

/* -- words that are whole ---------------------------------------------------------------------- */

static void
commands_set_all(struct acl_user *user, bool allows)
{
    const struct acl_command_rule rule = {.kind = ACL_RULE_ALL, .allows = allows};
    command_rule_add(user->arena, &user->rules, &rule);
}

static void
on_take(struct acl_user *user)
{
    user->rules.is_on = true;
}

static void
off_take(struct acl_user *user)
{
    user->rules.is_on = false;
}

static void
nopass_take(struct acl_user *user)
{
    user->rules.needs_no_password = true;
    user->rules.passwords = NULL;
}

static void
resetpass_take(struct acl_user *user)
{
    user->rules.needs_no_password = false;
    user->rules.passwords = NULL;
}

static void
allcommands_take(struct acl_user *user)
{
    commands_set_all(user, true);
}

static void
nocommands_take(struct acl_user *user)
{
    commands_set_all(user, false);
}

static void
allkeys_take(struct acl_user *user)
{
    user->rules.all_keys = true;
    user->rules.keys = NULL;
}

static void
resetkeys_take(struct acl_user *user)
{
    user->rules.all_keys = false;
    user->rules.keys = NULL;
}

static void
allchannels_take(struct acl_user *user)
{
    user->rules.all_channels = true;
    user->rules.channels = NULL;
}

static void
resetchannels_take(struct acl_user *user)
{
    user->rules.all_channels = false;
    user->rules.channels = NULL;
}

static void
alldatasets_take(struct acl_user *user)
{
    user->rules.all_datasets = true;
    user->rules.datasets = NULL;
}

static void
resetdatasets_take(struct acl_user *user)
{
    user->rules.all_datasets = false;
    user->rules.datasets = NULL;
}

static void
readonly_take(struct acl_user *user)
{
    user->rules.is_read_only = true;
}

static void
readwrite_take(struct acl_user *user)
{
    user->rules.is_read_only = false;
}

static void
reset_take(struct acl_user *user)
{
    user->rules = (struct acl_rules){0};
}

/* Words that Redis writes into its ACL files and that mean nothing here. */
static void
nothing_take(struct acl_user *user)
{
    (void) user;
}

static const struct {
    const char *word;
    void (*take)(struct acl_user *user);
} WORDS[] = {
    {"on", on_take},
    {"off", off_take},
    {"nopass", nopass_take},
    {"resetpass", resetpass_take},
    {"allcommands", allcommands_take},
    {"+@all", allcommands_take},
    {"nocommands", nocommands_take},
    {"-@all", nocommands_take},
    {"allkeys", allkeys_take},
    {"~*", allkeys_take},
    {"%RW~*", allkeys_take},
    {"resetkeys", resetkeys_take},
    {"allchannels", allchannels_take},
    {"&*", allchannels_take},
    {"resetchannels", resetchannels_take},
    {"alldatasets", alldatasets_take},
    {"dataset:*", alldatasets_take},
    {"resetdatasets", resetdatasets_take},
    {"readonly", readonly_take},
    {"readwrite", readwrite_take},
    {"reset", reset_take},
    {"sanitize-payload", nothing_take},
    {"skip-sanitize-payload", nothing_take},
    {"clearselectors", nothing_take},
};

static bool
word_take(struct acl_user *user, struct slice rule)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (slice_equal_nocase(rule, slice_str(WORDS[i].word))) {
            WORDS[i].take(user);
            return true;
        }
    }
    return false;
}

/* -- words that begin a rule ------------------------------------------------------------------- */

/* A rule's first bytes, and the function for the rest. */
struct prefixed {
    struct acl_user *user;
    const struct acl_names *names;
    struct slice rest;
};

static bool
syntax_error(struct error *err)
{
    return error_set(err, "ERR", "Syntax error");
}

static bool
hash_parse(struct slice hex, struct password_hash *hash, struct error *err)
{
    return password_parse(hex, hash) ||
           error_set(err, "ERR",
                     "The password hash must be exactly 64 characters and contain only lowercase "
                     "hexadecimal characters");
}

static bool
password_take(const struct prefixed *rule, struct error *err)
{
    (void) err;
    struct password_hash hash;
    password_hash(rule->rest, &hash);
    password_add(rule->user->arena, &rule->user->rules, &hash);
    return true;
}

static bool
password_drop(const struct prefixed *rule, struct error *err)
{
    struct password_hash hash;
    password_hash(rule->rest, &hash);
    return password_remove(&rule->user->rules, &hash, err);
}

static bool
hash_take(const struct prefixed *rule, struct error *err)
{
    struct password_hash hash;
    if (!hash_parse(rule->rest, &hash, err)) {
        return false;
    }
    password_add(rule->user->arena, &rule->user->rules, &hash);
    return true;
}

static bool
hash_drop(const struct prefixed *rule, struct error *err)
{
    struct password_hash hash;
    return hash_parse(rule->rest, &hash, err) && password_remove(&rule->user->rules, &hash, err);
}

/* ACL files are lines of words, so a pattern has no spaces and no NUL. */
static bool
pattern_check(struct slice text, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        if (isspace((unsigned char) text.ptr[i]) || text.ptr[i] == '\0') {
            return syntax_error(err);
        }
    }
    return true;
}

static bool
key_pattern_take(const struct prefixed *rule, unsigned access, struct error *err)
{
    struct acl_rules *rules = &rule->user->rules;
    if (rules->all_keys) {
        return error_set(err, "ERR",
                         "Adding a pattern after the * pattern (or the 'allkeys' flag) is not "
                         "valid and does not have any effect. Try 'resetkeys' to start with an "
                         "empty list of patterns");
    }
    if (!pattern_check(rule->rest, err)) {
        return false;
    }
    pattern_add(rule->user->arena, &rules->keys, rule->rest, access);
    return true;
}

static bool
key_take(const struct prefixed *rule, struct error *err)
{
    return key_pattern_take(rule, ACL_KEY_READ | ACL_KEY_WRITE, err);
}

/* Reads R~pattern, W~pattern, RW~pattern: what follows '%'. */
static bool
key_access_take(const struct prefixed *rule, struct error *err)
{
    struct prefixed behind = *rule;
    unsigned access = 0;
    size_t at = 0;
    for (; at < rule->rest.len && rule->rest.ptr[at] != '~'; at++) {
        char letter = (char) toupper((unsigned char) rule->rest.ptr[at]);
        unsigned bit = letter == 'R' ? ACL_KEY_READ : letter == 'W' ? ACL_KEY_WRITE : 0;
        if (!bit || (access & bit)) {
            return syntax_error(err);
        }
        access |= bit;
    }
    if (!access || at == rule->rest.len) {
        return syntax_error(err);
    }
    behind.rest = slice_of(rule->rest.ptr + at + 1, rule->rest.len - at - 1);
    return key_pattern_take(&behind, access, err);
}

static bool
channel_take(const struct prefixed *rule, struct error *err)
{
    struct acl_rules *rules = &rule->user->rules;
    if (rules->all_channels) {
        return error_set(err, "ERR",
                         "Adding a pattern after the * pattern (or the 'allchannels' flag) is not "
                         "valid and does not have any effect. Try 'resetchannels' to start with an "
                         "empty list of channels");
    }
    if (!pattern_check(rule->rest, err)) {
        return false;
    }
    pattern_add(rule->user->arena, &rules->channels, rule->rest, 0);
    return true;
}

static bool
dataset_take(const struct prefixed *rule, struct error *err)
{
    struct acl_rules *rules = &rule->user->rules;
    if (rules->all_datasets) {
        return error_set(err, "ERR",
                         "Adding a dataset after 'alldatasets' does not have any effect. Try "
                         "'resetdatasets' to start with an empty list of datasets");
    }
    if (rule->rest.len == 0 || !pattern_check(rule->rest, err)) {
        return syntax_error(err);
    }
    pattern_add(rule->user->arena, &rules->datasets, rule->rest, 0);
    return true;
}

static bool
number_take(struct slice text, int64_t *out, struct error *err)
{
    int64_t value;
    if (!slice_to_int64(text, &value) || value < 0) {
        return error_set(err, "ERR", "A number is expected behind ':', 0 for none");
    }
    *out = value;
    return true;
}

static bool
suppress_below_take(const struct prefixed *rule, struct error *err)
{
    return number_take(rule->rest, &rule->user->rules.suppress_below, err);
}

static bool
unknown_fields_take(const struct prefixed *rule, struct error *err)
{
    enum unknown_fields *own = &rule->user->rules.unknown_fields;
    return unknown_fields_parse(rule->rest, own) ||
           error_set(err, "ERR", "warn or error is expected behind 'unknown-fields:'");
}

static bool
max_cells_take(const struct prefixed *rule, struct error *err)
{
    return number_take(rule->rest, &rule->user->rules.limits.max_cells, err);
}

static bool
max_queries_take(const struct prefixed *rule, struct error *err)
{
    return number_take(rule->rest, &rule->user->rules.limits.max_queries, err);
}

static bool
rate_take(const struct prefixed *rule, struct error *err)
{
    return number_take(rule->rest, &rule->user->rules.limits.rate, err);
}

/* -- commands ---------------------------------------------------------------------------------- */

static struct slice
lower_copy(struct arena *arena, struct slice text)
{
    struct slice copy = arena_copy(arena, text);
    for (size_t i = 0; i < copy.len; i++) {
        ((char *) copy.ptr)[i] = (char) tolower((unsigned char) copy.ptr[i]);
    }
    return copy;
}

static bool
unknown_command(struct error *err)
{
    return error_set(err, "ERR", "Unknown command or category name in ACL");
}

/* True: the text may be a command's name: `get`, `ft.search`, with at most one '|'. */
static bool
is_command_name(struct slice name)
{
    size_t nbars = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        nbars += c == '|';
        if (!isalnum((unsigned char) c) && !(c && strchr("_-.|", c))) {
            return false;
        }
    }
    return name.len > 0 && nbars <= 1 && name.ptr[0] != '|' && name.ptr[name.len - 1] != '|';
}

static bool
command_take(const struct prefixed *prefixed, bool allows, struct error *err)
{
    struct acl_command_rule rule = {.allows = allows, .kind = ACL_RULE_COMMAND};
    const struct acl_names *names = prefixed->names;
    struct slice name = prefixed->rest;
    if (name.len && name.ptr[0] == '@') {
        name = slice_of(name.ptr + 1, name.len - 1);
        rule.kind = ACL_RULE_CATEGORY;
        if (!acl_category_find(name, &rule.category)) {
            return unknown_command(err);
        }
    } else if (!is_command_name(name) || (names && !names->is_command(names->arg, name))) {
        return unknown_command(err);
    }
    rule.name = lower_copy(prefixed->user->arena, name);
    command_rule_add(prefixed->user->arena, &prefixed->user->rules, &rule);
    return true;
}

static bool
command_allow(const struct prefixed *rule, struct error *err)
{
    return command_take(rule, true, err);
}

static bool
command_deny(const struct prefixed *rule, struct error *err)
{
    return command_take(rule, false, err);
}

static const struct {
    const char *prefix;
    bool (*take)(const struct prefixed *rule, struct error *err);
} PREFIXES[] = {
    {">", password_take},
    {"<", password_drop},
    {"#", hash_take},
    {"!", hash_drop},
    {"~", key_take},
    {"%", key_access_take},
    {"&", channel_take},
    {"+", command_allow},
    {"-", command_deny},
    {"dataset:", dataset_take},
    {"suppress-below:", suppress_below_take},
    {"unknown-fields:", unknown_fields_take},
    {"max-cells:", max_cells_take},
    {"max-queries:", max_queries_take},
    {"rate:", rate_take},
};

bool
acl_user_take(struct acl_user *user, struct slice rule, const struct acl_names *names,
              struct error *err)
{
    if (word_take(user, rule)) {
        return true;
    }
    for (size_t i = 0; i < sizeof PREFIXES / sizeof *PREFIXES; i++) {
        struct slice prefix = slice_str(PREFIXES[i].prefix);
        if (rule.len >= prefix.len && slice_equal_nocase(slice_of(rule.ptr, prefix.len), prefix)) {
            struct slice rest = slice_of(rule.ptr + prefix.len, rule.len - prefix.len);
            return PREFIXES[i].take(&(struct prefixed){user, names, rest}, err);
        }
    }
    if (rule.len && rule.ptr[0] == '(') {
        return error_set(err, "ERR", "Selectors are not supported");
    }
    return syntax_error(err);
}

struct slice
acl_user_unknown_command(const struct acl_user *user, const struct acl_names *names)
{
    for (const struct acl_command_rule *rule = user->rules.commands; rule; rule = rule->next) {
        if (rule->kind == ACL_RULE_COMMAND && !names->is_command(names->arg, rule->name)) {
            return rule->name;
        }
    }
    return slice_of("", 0);
}

/* -- what is asked about it -------------------------------------------------------------------- */

struct slice
acl_user_name(const struct acl_user *user)
{
    return user->name;
}

bool
acl_user_is_on(const struct acl_user *user)
{
    return user->rules.is_on;
}

bool
acl_user_is_open(const struct acl_user *user)
{
    return user->rules.is_on && user->rules.needs_no_password;
}

/* Compares all passwords, even after a match, so that the time does not show which one fits. */
bool
acl_user_knows(const struct acl_user *user, const struct password_hash *hash)
{
    bool fits = user->rules.needs_no_password;
    for (const struct acl_password *p = user->rules.passwords; p; p = p->next) {
        fits |= password_equal(&p->hash, hash);
    }
    return fits && user->rules.is_on;
}

bool
acl_user_needs_no_password(const struct acl_user *user)
{
    return user->rules.needs_no_password;
}

struct acl_limits
acl_user_limits(const struct acl_user *user)
{
    return user->rules.limits;
}

uint64_t
acl_user_version(const struct acl_user *user)
{
    return user->version;
}

int64_t
acl_user_suppress_below(const struct acl_user *user)
{
    return user->rules.suppress_below;
}

enum unknown_fields
acl_user_unknown_fields(const struct acl_user *user)
{
    return user->rules.unknown_fields;
}
