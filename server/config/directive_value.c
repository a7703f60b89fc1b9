/*
 * Values of directives, by type: read from words, and printed as text. in: a directive's words;
 * out: its field in struct config, and back.
 *
 *     client-output-buffer-limit 64mb     -> int64_t 67108864     -> "67108864"
 *     shards static unix:/a.sock [::1]:6379     -> two addresses, and the same text
 */
#include "server/config/directive.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"

struct unit {
    const char *suffix;
    int64_t factor;
};

static const struct unit BYTE_UNITS[] = {{"", 1},           {"b", 1},        {"k", 1000},
                                         {"kb", 1024},      {"m", 1000000},  {"mb", 1 << 20},
                                         {"g", 1000000000}, {"gb", 1 << 30}, {NULL, 0}};
static const struct unit MS_UNITS[] = {{"", 1},          {"ms", 1},      {"s", 1000},
                                       {"m", 60 * 1000}, {"h", 3600000}, {NULL, 0}};
static const struct unit SECOND_UNITS[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {NULL, 0}};
static const struct unit NO_UNITS[] = {{"", 1}, {NULL, 0}};

static void *
field_of(const struct directive *directive, struct config *config)
{
    return (char *) config + directive->offset;
}

static const void *
const_field_of(const struct directive *directive, const struct config *config)
{
    return (const char *) config + directive->offset;
}

static const struct unit *
units_of(enum directive_type type)
{
    switch (type) {
    case DIRECTIVE_BYTES: return BYTE_UNITS;
    case DIRECTIVE_MS: return MS_UNITS;
    case DIRECTIVE_SECONDS: return SECOND_UNITS;
    case DIRECTIVE_NUMBER:
    case DIRECTIVE_OCTAL:
    case DIRECTIVE_CHOICE:
    case DIRECTIVE_TEXT:
    case DIRECTIVE_WORDS:
    case DIRECTIVE_SHARDS:
    case DIRECTIVE_DATASET:
    case DIRECTIVE_USER:
    case DIRECTIVE_SECRET:
    case DIRECTIVE_PASSWORD: break;
    }
    return NO_UNITS;
}

/*
 * Reads digits, perhaps with a '-' before and a unit behind: 64mb. False: the text is something
 * else, or out of range.
 */
static bool
quantity_parse(struct slice text, bool may_be_negative, const struct unit *units, int64_t *out)
{
    size_t digits = may_be_negative && text.len > 0 && text.ptr[0] == '-';
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    struct slice suffix = slice_of(text.ptr + digits, text.len - digits);
    int64_t n;
    if (!slice_to_int64(slice_of(text.ptr, digits), &n)) {
        return false;
    }
    for (; units->suffix; units++) {
        if (slice_equal_nocase(suffix, slice_str(units->suffix))) {
            return !__builtin_mul_overflow(n, units->factor, out);
        }
    }
    return false;
}

static bool
value_refuse(const struct directive *directive, struct slice word, struct error *err)
{
    struct strbuf unit;
    char quoted[ERROR_QUOTE_BYTES];
    strbuf_init(&unit);
    directive_print_unit(directive, &unit);
    (void) error_set(err, "ERR", "expected %s, not %s", strbuf_slice(&unit).ptr,
                     error_quote(quoted, word));
    strbuf_fini(&unit);
    return false;
}

static bool
quantity_set(const struct directive *directive, int64_t *field, struct slice word,
             struct error *err)
{
    int64_t value;
    if (!quantity_parse(word, directive->min < 0, units_of(directive->type), &value)) {
        return value_refuse(directive, word, err);
    }
    if (value < directive->min || value > directive->max) {
        return error_set(err, "ERR", "%.*s is not in %lld to %lld", SLICE_ARG(word),
                         (long long) directive->min, (long long) directive->max);
    }
    *field = value;
    return true;
}

static bool
octal_set(const struct directive *directive, int64_t *field, struct slice word, struct error *err)
{
    int64_t value = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '7' || value > directive->max) {
            return value_refuse(directive, word, err);
        }
        value = value * 8 + (word.ptr[i] - '0');
    }
    if (word.len == 0 || value > directive->max) {
        return value_refuse(directive, word, err);
    }
    *field = value;
    return true;
}

static bool
choice_set(const struct directive *directive, int64_t *field, struct slice word, struct error *err)
{
    for (size_t i = 0; directive->names[i]; i++) {
        if (slice_equal_nocase(word, slice_str(directive->names[i]))) {
            *field = (int64_t) i;
            return true;
        }
    }
    return value_refuse(directive, word, err);
}

static void
words_set(struct config *config, struct config_words *field, const struct slice *words,
          size_t nwords)
{
    field->words = arena_array(config->arena, nwords, sizeof *field->words);
    field->nwords = nwords;
    for (size_t i = 0; i < nwords; i++) {
        field->words[i] = arena_copy(config->arena, words[i]);
    }
}

/* Reads host:port, [address]:port or unix:/path. */
static bool
address_parse(struct arena *arena, struct slice word, struct shard_address *out, struct error *err)
{
    struct slice unix_scheme = slice_lit("unix:");
    char quoted[ERROR_QUOTE_BYTES];
    if (slice_starts_with(word, unix_scheme) && word.len > unix_scheme.len) {
        struct slice path = slice_of(word.ptr + unix_scheme.len, word.len - unix_scheme.len);
        out->unix_path = (char *) arena_copy(arena, path).ptr;
        return true;
    }
    const char *colon = word.len ? memrchr(word.ptr, ':', word.len) : NULL;
    size_t host_bytes = colon ? (size_t) (colon - word.ptr) : 0;
    int64_t port;
    if (host_bytes == 0 || !slice_to_int64(slice_of(colon + 1, word.len - host_bytes - 1), &port) ||
        port < 1 || port > 65535) {
        return error_set(err, "ERR", "expected host:port or unix:/path, not %s",
                         error_quote(quoted, word));
    }
    struct slice host = slice_of(word.ptr, host_bytes);
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = slice_of(host.ptr + 1, host.len - 2);
    }
    out->host = (char *) arena_copy(arena, host).ptr;
    out->port = (int) port;
    return true;
}

/* Reads the words behind `static` or `cluster`: nwords - 1 addresses. */
static bool
listed_shards_parse(struct arena *arena, const struct slice *words, size_t nwords,
                    struct config_shards *out, struct error *err)
{
    bool is_cluster = slice_equal_nocase(*words++, slice_lit("cluster"));
    const char *kind = is_cluster ? "cluster" : "static";
    if (--nwords == 0) {
        return error_set(err, "ERR", "`%s` needs the shards' addresses: %s host:port ...", kind,
                         kind);
    }
    out->kind = is_cluster ? SHARDS_CLUSTER : SHARDS_STATIC;
    out->nshards = nwords;
    out->addresses = arena_array(arena, nwords, sizeof *out->addresses);
    for (size_t i = 0; i < nwords; i++) {
        if (!address_parse(arena, words[i], &out->addresses[i], err)) {
            return false;
        }
        if (is_cluster && out->addresses[i].unix_path) {
            char quoted[ERROR_QUOTE_BYTES];
            return error_set(err, "ERR", "a node of a cluster is host:port, not %s",
                             error_quote(quoted, words[i]));
        }
    }
    return true;
}

static bool
embedded_shards_parse(const struct slice *words, size_t nwords, struct config_shards *out,
                      struct error *err)
{
    enum { MAX_EMBEDDED = 256 };
    int64_t n;
    if (nwords != 1 || !slice_to_int64(words[0], &n) || n < 1 || n > MAX_EMBEDDED) {
        return error_set(err, "ERR", "`embedded` needs the number of shards, 1 to %d",
                         MAX_EMBEDDED);
    }
    *out = (struct config_shards){.kind = SHARDS_EMBEDDED, .nshards = (size_t) n};
    return true;
}

static bool
shards_set(const struct directive *directive, struct config *config, const struct slice *words,
           size_t nwords, struct error *err)
{
    struct config_shards shards = {0};
    bool ok;
    if (slice_equal_nocase(words[0], slice_lit("embedded"))) {
        ok = embedded_shards_parse(words + 1, nwords - 1, &shards, err);
    } else if (slice_equal_nocase(words[0], slice_lit("static")) ||
               slice_equal_nocase(words[0], slice_lit("cluster"))) {
        ok = listed_shards_parse(config->arena, words, nwords, &shards, err);
    } else {
        ok = value_refuse(directive, words[0], err);
    }
    if (ok) {
        config->shards = shards;
    }
    return ok;
}

static bool
dataset_add(const struct directive *directive, struct config *config, const struct slice *words,
            size_t nwords, struct error *err)
{
    if (nwords != 3 || !slice_equal_nocase(words[1], slice_lit("prefix"))) {
        return value_refuse(directive, words[0], err);
    }
    struct config_dataset **last = &config->datasets;
    for (; *last; last = &(*last)->next) {
        if (slice_equal((*last)->name, words[0])) {
            char quoted[ERROR_QUOTE_BYTES];
            return error_set(err, "ERR", "dataset %s is there twice",
                             error_quote(quoted, words[0]));
        }
    }
    *last = arena_alloc(config->arena, sizeof **last);
    (*last)->name = arena_copy(config->arena, words[0]);
    (*last)->prefix = arena_copy(config->arena, words[2]);
    return true;
}

static bool
is_list(enum directive_type type)
{
    return type == DIRECTIVE_WORDS || type == DIRECTIVE_SHARDS || type == DIRECTIVE_DATASET ||
           type == DIRECTIVE_USER;
}

/* Turns ">secret" into "#2bb8...", so that a password is forgotten as soon as it is read. */
static struct slice
user_rule_copy(struct arena *arena, struct slice rule)
{
    if (rule.len == 0 || rule.ptr[0] != '>') {
        return arena_copy(arena, rule);
    }
    struct password_hash hash;
    struct strbuf text;
    strbuf_init(&text);
    password_hash(slice_of(rule.ptr + 1, rule.len - 1), &hash);
    strbuf_append_char(&text, '#');
    password_print(&hash, &text);
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

/* config_finish checks the rules when all is read. */
static bool
user_add(struct config *config, const struct slice *words, size_t nwords, struct error *err)
{
    struct config_user **last = &config->users;
    for (; *last; last = &(*last)->next) {
        if (slice_equal((*last)->name, words[0])) {
            char quoted[ERROR_QUOTE_BYTES];
            return error_set(err, "ERR", "user %s is there twice", error_quote(quoted, words[0]));
        }
    }
    struct config_user *user = arena_alloc(config->arena, sizeof *user);
    user->name = arena_copy(config->arena, words[0]);
    user->nrules = nwords - 1;
    user->rules = arena_array(config->arena, user->nrules, sizeof *user->rules);
    for (size_t i = 0; i < user->nrules; i++) {
        user->rules[i] = user_rule_copy(config->arena, words[i + 1]);
    }
    *last = user;
    return true;
}

/* CONFIG GET's stand-in for a password must not become the password when it is written back. */
static bool
secret_check(struct slice word, struct error *err)
{
    return !slice_equal(word, slice_lit(DIRECTIVE_HIDDEN)) ||
           error_set(err, "ERR",
                     DIRECTIVE_HIDDEN " stands for a secret that is not shown: it cannot be one");
}

static bool
secret_set(struct config *config, const char **field, struct slice word, struct error *err)
{
    if (!secret_check(word, err)) {
        return false;
    }
    *field = arena_copy(config->arena, word).ptr;
    return true;
}

static bool
password_set(struct config_password *field, struct slice word, struct error *err)
{
    if (!secret_check(word, err)) {
        return false;
    }
    *field = (struct config_password){.is_set = word.len > 0};
    if (field->is_set) {
        password_hash(word, &field->hash);
    }
    return true;
}

static bool
field_set(const struct directive *directive, struct config *config, const struct slice *words,
          size_t nwords, struct error *err)
{
    void *field = field_of(directive, config);
    switch (directive->type) {
    case DIRECTIVE_NUMBER:
    case DIRECTIVE_BYTES:
    case DIRECTIVE_MS:
    case DIRECTIVE_SECONDS: return quantity_set(directive, field, words[0], err);
    case DIRECTIVE_OCTAL: return octal_set(directive, field, words[0], err);
    case DIRECTIVE_CHOICE: return choice_set(directive, field, words[0], err);
    case DIRECTIVE_TEXT:
        *(const char **) field = arena_copy(config->arena, words[0]).ptr;
        return true;
    case DIRECTIVE_WORDS: words_set(config, field, words, nwords); return true;
    case DIRECTIVE_SHARDS: return shards_set(directive, config, words, nwords, err);
    case DIRECTIVE_DATASET: return dataset_add(directive, config, words, nwords, err);
    case DIRECTIVE_USER: return user_add(config, words, nwords, err);
    case DIRECTIVE_SECRET: return secret_set(config, field, words[0], err);
    case DIRECTIVE_PASSWORD: return password_set(field, words[0], err);
    }
    return false;
}

/* A list that came as one word, `--shards "embedded 2"`, is split at its spaces. */
static bool
list_parse(const struct directive *directive, struct config *config, struct slice word,
           struct error *err)
{
    struct slice *words;
    size_t nwords;
    if (!words_split(config->arena, word, &words, &nwords)) {
        return error_set(err, "ERR", "unbalanced quotes");
    }
    bool may_be_empty = directive->type == DIRECTIVE_WORDS && directive->by_default[0] == '\0';
    if (nwords == 0 && !may_be_empty) {
        return error_set(err, "ERR", "a value is missing");
    }
    return field_set(directive, config, words, nwords, err);
}

bool
directive_parse(const struct directive *directive, struct config *config, const struct slice *words,
                size_t nwords, struct error *err)
{
    if (nwords == 0) {
        return error_set(err, "ERR", "a value is missing");
    }
    if (is_list(directive->type)) {
        return nwords == 1 ? list_parse(directive, config, words[0], err)
                           : field_set(directive, config, words, nwords, err);
    }
    if (nwords > 1 && directive_is_secret(directive)) {
        return error_set(err, "ERR", "expected one value; one with spaces goes in quotes");
    }
    if (nwords > 1) {
        char quoted[ERROR_QUOTE_BYTES];
        return error_set(err, "ERR", "expected one value, found %s as well",
                         error_quote(quoted, words[1]));
    }
    return field_set(directive, config, words, nwords, err);
}

bool
directive_is_secret(const struct directive *directive)
{
    return directive->type == DIRECTIVE_SECRET || directive->type == DIRECTIVE_PASSWORD;
}

static void
words_print(const struct config_words *words, struct strbuf *out)
{
    for (size_t i = 0; i < words->nwords; i++) {
        strbuf_append_str(out, i ? " " : "");
        words_append_quoted(out, words->words[i]);
    }
}

static void
shards_print(const struct config_shards *shards, struct strbuf *out)
{
    if (shards->kind == SHARDS_EMBEDDED) {
        strbuf_printf(out, "embedded %zu", shards->nshards);
        return;
    }
    struct strbuf path;
    strbuf_init(&path);
    strbuf_append_str(out, shards->kind == SHARDS_CLUSTER ? "cluster" : "static");
    for (size_t i = 0; i < shards->nshards; i++) {
        const struct shard_address *address = &shards->addresses[i];
        if (address->unix_path) {
            strbuf_append_char(out, ' ');
            strbuf_clear(&path);
            strbuf_printf(&path, "unix:%s", address->unix_path);
            words_append_quoted(out, strbuf_slice(&path));
        } else if (strchr(address->host, ':')) {
            strbuf_printf(out, " [%s]:%d", address->host, address->port);
        } else {
            strbuf_printf(out, " %s:%d", address->host, address->port);
        }
    }
    strbuf_fini(&path);
}

/* Datasets are separated by "; ", because CONFIG GET has one value for each name. */
static void
datasets_print(const struct config_dataset *dataset, struct strbuf *out)
{
    for (const char *between = ""; dataset; dataset = dataset->next, between = "; ") {
        strbuf_printf(out, "%s%.*s prefix %.*s", between, SLICE_ARG(dataset->name),
                      SLICE_ARG(dataset->prefix));
    }
}

/* Prints the names only: ACL LIST shows the rules, as they are now. */
static void
users_print(const struct config_user *user, struct strbuf *out)
{
    for (const char *between = ""; user; user = user->next, between = "; ") {
        strbuf_printf(out, "%s%.*s", between, SLICE_ARG(user->name));
    }
}

void
directive_print(const struct directive *directive, const struct config *config, struct strbuf *out)
{
    const void *field = const_field_of(directive, config);
    switch (directive->type) {
    case DIRECTIVE_NUMBER:
    case DIRECTIVE_BYTES:
    case DIRECTIVE_MS:
    case DIRECTIVE_SECONDS: strbuf_append_int(out, *(const int64_t *) field); return;
    case DIRECTIVE_OCTAL: strbuf_printf(out, "%llo", *(const long long *) field); return;
    case DIRECTIVE_CHOICE:
        strbuf_append_str(out, directive->names[*(const int64_t *) field]);
        return;
    case DIRECTIVE_TEXT: strbuf_append_str(out, *(const char *const *) field); return;
    case DIRECTIVE_WORDS: words_print(field, out); return;
    case DIRECTIVE_SHARDS: shards_print(field, out); return;
    case DIRECTIVE_DATASET: datasets_print(*(struct config_dataset *const *) field, out); return;
    case DIRECTIVE_USER: users_print(*(struct config_user *const *) field, out); return;
    case DIRECTIVE_SECRET:
        strbuf_append_str(out, **(const char *const *) field ? DIRECTIVE_HIDDEN : "");
        return;
    case DIRECTIVE_PASSWORD:
        strbuf_append_str(out,
                          ((const struct config_password *) field)->is_set ? DIRECTIVE_HIDDEN : "");
        return;
    }
}

/* Compares users rule by rule, because CONFIG GET shows names only. */
static bool
users_are_same(const struct config_user *a, const struct config_user *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (!slice_equal(a->name, b->name) || a->nrules != b->nrules) {
            return false;
        }
        for (size_t i = 0; i < a->nrules; i++) {
            if (!slice_equal(a->rules[i], b->rules[i])) {
                return false;
            }
        }
    }
    return a == b;
}

bool
directive_is_same(const struct directive *directive, const struct config *a, const struct config *b)
{
    const void *a_field = field_of(directive, (struct config *) a);
    const void *b_field = field_of(directive, (struct config *) b);
    if (directive->type == DIRECTIVE_PASSWORD) {
        const struct config_password *first = a_field, *second = b_field;
        return first->is_set == second->is_set &&
               (!first->is_set || password_equal(&first->hash, &second->hash));
    }
    if (directive->type == DIRECTIVE_USER) {
        return users_are_same(*(struct config_user *const *) a_field,
                              *(struct config_user *const *) b_field);
    }
    if (directive->type == DIRECTIVE_SECRET) {
        return strcmp(*(const char *const *) a_field, *(const char *const *) b_field) == 0;
    }
    struct strbuf first, second;
    strbuf_init(&first);
    strbuf_init(&second);
    directive_print(directive, a, &first);
    directive_print(directive, b, &second);
    bool same = slice_equal(strbuf_slice(&first), strbuf_slice(&second));
    strbuf_fini(&first);
    strbuf_fini(&second);
    return same;
}

void
directive_copy_secret(const struct directive *directive, struct config *to,
                      const struct config *from)
{
    void *to_field = field_of(directive, to);
    const void *from_field = field_of(directive, (struct config *) from);
    if (directive->type == DIRECTIVE_PASSWORD) {
        *(struct config_password *) to_field = *(const struct config_password *) from_field;
    } else {
        struct slice text = slice_str(*(const char *const *) from_field);
        *(const char **) to_field = arena_copy(to->arena, text).ptr;
    }
}

void
directive_print_line(const struct directive *directive, const struct config *config,
                     struct strbuf *out)
{
    struct strbuf value;
    strbuf_init(&value);
    directive_print(directive, config, &value);
    strbuf_printf(out, "%s ", directive->name);
    if (is_list(directive->type) && value.len > 0) {
        strbuf_append(out, strbuf_slice(&value)); /* each of its words is quoted already */
    } else {
        words_append_quoted(out, strbuf_slice(&value));
    }
    strbuf_append_char(out, '\n');
    strbuf_fini(&value);
}
