/*
 * A second reading of the configuration.
 * in: the configuration in use, its file and command line; out: the same with what could change.
 *
 *     file: query-timeout 5s      in use: 10000     -> 5000, changed "query-timeout"
 *     file: port 7400             in use: 7379      -> as it was, fixed "port"
 *
 * Values are compared by their text, and read from it, so that nothing here knows of types.
 */
#include "server/config_reload.h"

#include "server/directive.h"

/* What a restart would have. The caller frees it, also after an error. */
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

/* One directive, into a copy of the configuration. */
static bool
directive_reload(const struct directive *directive, struct config *next, const struct config *fresh,
                 struct strbuf *changed, struct strbuf *fixed, struct error *err)
{
    struct strbuf before, after;
    bool ok = true;
    strbuf_init(&before);
    strbuf_init(&after);
    directive_print(directive, next, &before);
    directive_print(directive, fresh, &after);
    if (!slice_equal(strbuf_slice(&before), strbuf_slice(&after))) {
        struct slice value = strbuf_slice(&after);
        name_append(directive->live ? changed : fixed, directive->name);
        ok = !directive->live || directive_parse(directive, next, &value, 1, err);
    }
    strbuf_fini(&before);
    strbuf_fini(&after);
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
