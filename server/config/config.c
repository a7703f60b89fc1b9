/*
 * The configuration as a whole: reads directives from all their sources and checks them together.
 * in: a file's lines, the command line's words, CONFIG SET; out: struct config.
 *
 *     # shards on this machine
 *     shards embedded 4                 -> config.shards {EMBEDDED, 4}
 *     dir "/var/lib/my quipu"           -> config.dir
 *     prot 7379                         -> quipu.conf:3: unknown directive 'prot'
 */
#include "server/config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "server/config/directive.h"

void
config_init(struct config *config)
{
    *config = (struct config){.arena = arena_new()};
    for (size_t i = 0; i < directive_count(); i++) {
        const struct directive *directive = directive_at(i);
        struct error err = {0};
        struct slice value = slice_str(directive->by_default);
        bool is_list = directive->type == DIRECTIVE_DATASET || directive->type == DIRECTIVE_USER;
        if (!is_list && !directive_parse(directive, config, &value, 1, &err)) {
            abort(); /* a default in the table is wrong: test_config finds it */
        }
    }
}

void
config_fini(struct config *config)
{
    arena_free(config->arena);
}

/* Takes one directive and its values; `where` names its place, for the message. */
static bool
directive_take(struct config *config, const char *where, struct slice name,
               const struct slice *values, size_t nvalues, struct error *err)
{
    struct error cause = {0};
    char quoted[ERROR_QUOTE_BYTES];
    const struct directive *directive = directive_find(name);
    if (!directive) {
        return error_set(err, "ERR", "%s: unknown directive %s", where, error_quote(quoted, name));
    }
    if (!directive_parse(directive, config, values, nvalues, &cause)) {
        return error_set(err, "ERR", "%s: %s: %s", where, directive->name, cause.message);
    }
    config->partitions_given |= slice_equal(name, slice_lit("partitions"));
    return true;
}

/* Takes a line of a file: nothing, or a directive. */
static bool
line_take(struct config *config, const char *where, struct slice line, struct error *err)
{
    struct slice *words;
    size_t nwords;
    if (!words_split(config->arena, line, &words, &nwords)) {
        return error_set(err, "ERR", "%s: unbalanced quotes", where);
    }
    return nwords == 0 || directive_take(config, where, words[0], words + 1, nwords - 1, err);
}

static bool
line_is_comment(struct slice line)
{
    size_t at = 0;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t')) {
        at++;
    }
    return at < line.len && line.ptr[at] == '#';
}

bool
config_load_text(struct config *config, const char *path, struct slice text, struct error *err)
{
    for (unsigned number = 1; text.len > 0; number++) {
        char where[256];
        const char *end = memchr(text.ptr, '\n', text.len);
        struct slice line = slice_of(text.ptr, end ? (size_t) (end - text.ptr) : text.len);
        snprintf(where, sizeof where, "%s:%u", path, number);
        if (!line_is_comment(line) && !line_take(config, where, line, err)) {
            return false;
        }
        size_t taken = line.len + (end != NULL);
        text = slice_of(text.ptr + taken, text.len - taken);
    }
    return true;
}

bool
config_read_file(const char *path, struct strbuf *out, struct error *err)
{
    enum { PIECE_BYTES = 4096 };
    FILE *file = fopen(path, "re");
    if (!file) {
        return error_set(err, "ERR", "%s: %s", path, strerror(errno));
    }
    size_t n;
    do {
        n = fread(strbuf_reserve(out, PIECE_BYTES), 1, PIECE_BYTES, file);
        out->len += n;
    } while (n > 0);
    bool ok = !ferror(file) || error_set(err, "ERR", "%s: %s", path, strerror(errno));
    fclose(file);
    return ok;
}

bool
config_load_file(struct config *config, const char *path, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    config->file = arena_copy(config->arena, slice_str(path)).ptr;
    bool ok = config_read_file(path, &text, err) &&
              config_load_text(config, config->file, strbuf_slice(&text), err);
    strbuf_fini(&text);
    return ok;
}

static bool
is_option(struct slice word)
{
    return word.len > 2 && slice_starts_with(word, slice_lit("--"));
}

bool
config_load_args(struct config *config, const struct slice *words, size_t nwords, struct error *err)
{
    config->args = words;
    config->nargs = nwords;
    for (size_t at = 0, end; at < nwords; at = end) {
        char quoted[ERROR_QUOTE_BYTES];
        if (!is_option(words[at])) {
            return error_set(err, "ERR", "expected --directive, not %s",
                             error_quote(quoted, words[at]));
        }
        for (end = at + 1; end < nwords && !is_option(words[end]); end++) {
        }
        struct slice name = slice_of(words[at].ptr + 2, words[at].len - 2);
        if (!directive_take(config, "command line", name, words + at + 1, end - at - 1, err)) {
            return false;
        }
    }
    return true;
}

/* A prefix that starts another would give a row two datasets. */
static bool
prefixes_collide(struct slice a, struct slice b)
{
    return slice_starts_with(a, b) || slice_starts_with(b, a);
}

static void
default_dataset_add(struct config *config)
{
    struct slice name = slice_lit("current"), prefix = slice_lit("profile_");
    struct config_dataset **last = &config->datasets;
    for (; *last; last = &(*last)->next) {
        if (slice_equal((*last)->name, name) || prefixes_collide((*last)->prefix, prefix)) {
            return;
        }
    }
    *last = arena_alloc(config->arena, sizeof **last);
    **last = (struct config_dataset){name, prefix, true, NULL};
}

/* An ACL file holds all users, so users in the configuration would be lost or forgotten. */
static bool
users_check(const struct config *config, struct error *err)
{
    if (config->aclfile[0] && config->users) {
        return error_set(err, "ERR", "`user` and `aclfile` cannot both be given");
    }
    if (config->aclfile[0] && config->requirepass.is_set) {
        return error_set(err, "ERR",
                         "`requirepass` and `aclfile` cannot both be given: give the user "
                         "`default` its password in the ACL file");
    }
    return true;
}

static void
wishes_make(struct config *config)
{
    const struct config_dataset *dataset = config->datasets;
    config->nwishes = 0;
    for (; dataset; dataset = dataset->next) {
        config->nwishes++;
    }
    config->wishes = arena_array(config->arena, config->nwishes, sizeof *config->wishes);
    dataset = config->datasets;
    for (size_t i = 0; dataset; dataset = dataset->next) {
        config->wishes[i++] = (struct dataset_wish){.name = dataset->name,
                                                    .prefix = dataset->prefix,
                                                    .npartitions = (unsigned) config->partitions,
                                                    .npartitions_given = config->partitions_given,
                                                    .method = (enum dataset_method) config->method,
                                                    .is_default = dataset->by_default};
    }
}

bool
config_finish(struct config *config, struct error *err)
{
    if (config->port == 0 && config->tls_port == 0 && config->unixsocket[0] == '\0') {
        return error_set(err, "ERR",
                         "port is 0 and there is no tls-port or unixsocket: nowhere to listen");
    }
    if (!users_check(config, err)) {
        return false;
    }
    default_dataset_add(config);
    wishes_make(config);
    return true;
}

/* Takes one pair of CONFIG SET into a copy of the configuration. */
static bool
pair_set(struct config *config, struct slice name, struct slice value, struct error *err)
{
    struct error cause = {0};
    char quoted[ERROR_QUOTE_BYTES];
    const struct directive *directive = directive_find(name);
    if (!directive) {
        return error_set(err, "ERR", "Unknown option or number of arguments for CONFIG SET - %s",
                         error_quote(quoted, name));
    }
    if (!directive->live) {
        (void) error_set(&cause, "ERR", "can't set immutable config");
    } else if (directive_parse(directive, config, &value, 1, &cause)) {
        return true;
    }
    return error_set(err, "ERR", "CONFIG SET failed (possibly related to argument '%s') - %s",
                     directive->name, cause.message);
}

bool
config_set(struct config *config, const struct slice *args, size_t nargs, struct error *err)
{
    struct config changed = *config; /* writes to live fields are not shared */
    for (size_t i = 0; i + 1 < nargs; i += 2) {
        if (!pair_set(&changed, args[i], args[i + 1], err)) {
            return false;
        }
    }
    *config = changed;
    return true;
}

void
config_print_sample(struct strbuf *out)
{
    strbuf_append_str(out, "# Quipu's configuration: every directive, with its default.\n"
                           "#\n"
                           "#     quipu-server conf/quipu.conf\n"
                           "#\n"
                           "# Each can also be given on the command line, `--directive value ...`, "
                           "which then wins.\n"
                           "# Values with spaces go in quotes. docs/configuration.md says more.\n");
    for (size_t i = 0; i < directive_count(); i++) {
        strbuf_append_char(out, '\n');
        directive_print_sample(directive_at(i), out);
    }
}

void
config_print_help(struct strbuf *out)
{
    strbuf_append_str(out,
                      "Usage: quipu-server [FILE] [--DIRECTIVE VALUE ...] ...\n"
                      "       quipu-server --help | --version | --print-conf\n"
                      "\n"
                      "Answers crosstab counts over Redis shards, in RESP. FILE is in the manner "
                      "of redis.conf;\n"
                      "--print-conf prints one with every directive explained.\n"
                      "\n"
                      "Directives and their defaults:\n");
    for (size_t i = 0; i < directive_count(); i++) {
        const struct directive *directive = directive_at(i);
        strbuf_printf(out, "  --%-28s %-24s ", directive->name, directive->by_default);
        directive_print_unit(directive, out);
        strbuf_append_char(out, '\n');
    }
    strbuf_append_str(
        out, "\n"
             "Exit status: 0 if it was asked to end, 2 for a mistake in the directives or in a "
             "file that\n"
             "they name, 1 for what another start may get over, as a port that is in use.\n");
}
