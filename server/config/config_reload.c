/*
 * Reads the configuration a second time, and says what may change and what may not. in: the
 * configuration in use, its file and command line; out: the same with what could change.
 *
 *     file: query-timeout 5s      in use: 10000     -> 5000, changed "query-timeout"
 *     file: port 7400             in use: 7379      -> as it was, fixed "port"
 *
 * Values are compared and read as text, so this file needs to know no types.
 */
#include "server/config/config_reload.h"

#include "server/config/config.h"
#include "server/config/directive.h"

/* The configuration that a restart would have. The caller frees it, also after an error. */
static bool
fresh_load(const struct config *config, struct config *fresh, struct error *err)
{
    config_init(fresh);
    return config_load_file(fresh, config->file, err) &&
           config_load_args(fresh, config->args, config->nargs, err) && config_finish(fresh, err);
}

static void
name_append(struct strbuf *names, const char *name)
{
    strbuf_append_str(names, names->len ? " " : "");
    strbuf_append_str(names, name);
}

/* Takes one directive into a copy of the configuration. */
static bool
directive_reload(const struct directive *directive, struct config *next, const struct config *fresh,
                 struct strbuf *changed, struct strbuf *fixed, struct error *err)
{
    bool ok = true;
    if (directive_is_same(directive, next, fresh)) {
        return true;
    }
    name_append(directive->live ? changed : fixed, directive->name);
    if (directive->live && directive_is_secret(directive)) {
        directive_copy_secret(directive, next, fresh);
    } else if (directive->live) {
        struct strbuf value;
        strbuf_init(&value);
        directive_print(directive, fresh, &value);
        struct slice word = strbuf_slice(&value);
        ok = directive_parse(directive, next, &word, 1, err);
        strbuf_fini(&value);
    }
    return ok;
}

bool
config_reload(struct config *config, struct strbuf *changed, struct strbuf *fixed,
              struct error *err)
{
    if (!config->file) {
        return true;
    }
    struct config fresh, next = *config;
    bool ok = fresh_load(config, &fresh, err);
    for (size_t i = 0; ok && i < directive_count(); i++) {
        ok = directive_reload(directive_at(i), &next, &fresh, changed, fixed, err);
    }
    config_fini(&fresh);
    if (ok) {
        *config = next;
    }
    return ok;
}
