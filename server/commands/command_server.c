/*
 * Commands about the server: CONFIG and TIME; INFO and COMMAND have files of their own.
 * in: CONFIG GET max*; out: max-cells 1000000 max-query-bytes 1048576 ...
 */

#include "base/clock.h"
#include "base/glob.h"
#include "server/access/access.h"
#include "server/commands/command_families.h"
#include "server/config/config.h"
#include "server/config/config_rewrite.h"
#include "server/config/directive.h"
#include "server/metrics/metrics.h"
#include "server/table/services.h"

static enum command_outcome
time_run(struct call *call)
{
    int64_t now = now_unix_us();
    char text[24];
    resp_write_array(call->out, 2);
    snprintf(text, sizeof text, "%lld", (long long) now / 1000000);
    resp_write_bulk_str(call->out, text);
    snprintf(text, sizeof text, "%lld", (long long) now % 1000000);
    resp_write_bulk_str(call->out, text);
    return COMMAND_REPLIED;
}

/* -- CONFIG ------------------------------------------------------------------------------------ */

static bool
is_asked_for(const struct call *call, const char *name)
{
    for (size_t i = 2; i < call->nargs; i++) {
        if (glob_match(call->args[i], slice_str(name))) {
            return true;
        }
    }
    return false;
}

/* These are no directives, but clients ask any Redis for them. CONFIG SET cannot change them. */
static const struct {
    const char *name, *value;
} FIXED[] = {{"databases", "1"},
             {"cluster-databases", "1"},
             {"latency-tracking-info-percentiles", "50 99 99.9"}};
enum { NFIXED = sizeof FIXED / sizeof *FIXED };

static enum command_outcome
config_get_run(struct call *call)
{
    size_t n = 0;
    for (size_t i = 0; i < directive_count(); i++) {
        n += is_asked_for(call, directive_at(i)->name);
    }
    for (size_t i = 0; i < NFIXED; i++) {
        n += is_asked_for(call, FIXED[i].name);
    }
    struct strbuf value;
    strbuf_init(&value);
    resp_write_map(call->out, n);
    for (size_t i = 0; i < directive_count(); i++) {
        const struct directive *directive = directive_at(i);
        if (is_asked_for(call, directive->name)) {
            strbuf_clear(&value);
            directive_print(directive, call->services->config, &value);
            resp_write_bulk_str(call->out, directive->name);
            resp_write_bulk(call->out, strbuf_slice(&value));
        }
    }
    for (size_t i = 0; i < NFIXED; i++) {
        if (is_asked_for(call, FIXED[i].name)) {
            resp_write_bulk_str(call->out, FIXED[i].name);
            resp_write_bulk_str(call->out, FIXED[i].value);
        }
    }
    strbuf_fini(&value);
    return COMMAND_REPLIED;
}

/*
 * True: CONFIG SET names a directive that fits. The value may be the same: a file's contents may be
 * new, and ACL SETUSER may have changed a user meanwhile.
 */
static bool
sets(const struct call *call, struct slice pattern)
{
    for (size_t i = 2; i < call->nargs; i += 2) {
        if (glob_match(pattern, call->args[i])) {
            return true;
        }
    }
    return false;
}

static enum command_outcome
config_set_run(struct call *call)
{
    struct error err = {0};
    struct config before = *call->services->config;
    const struct server_control *control = call->services->control;
    if (call->nargs % 2 != 0) {
        resp_write_err(call->out, "wrong number of arguments for 'config|set' command");
    } else if (config_set(call->services->config, call->args + 2, call->nargs - 2, &err) &&
               (!sets(call, slice_lit("tls-*")) ||
                control->reload_tls(call->services->server, &err))) {
        control->apply_config(call->services->server);
        if (sets(call, slice_lit("requirepass"))) {
            access_apply_password(call->services->acl, call->services->config);
        }
        resp_write_ok(call->out);
    } else {
        *call->services->config = before;
        resp_write_error(call->out, &err);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
config_rewrite_run(struct call *call)
{
    struct error err = {0};
    if (config_rewrite(call->services->config, &err)) {
        resp_write_ok(call->out);
    } else {
        resp_write_error(call->out, &err);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
config_resetstat_run(struct call *call)
{
    metrics_reset(call->services);
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command CONFIG_COMMANDS[] = {
    {.name = "get",
     .arity = -3,
     .class = REQUEST_LOCAL,
     .run = config_get_run,
     .is_without_rows = true,
     .arguments = "pattern [pattern ...]",
     .summary = "Directives and their values"},
    {.name = "set",
     .arity = -4,
     .class = REQUEST_LOCAL,
     .run = config_set_run,
     .writes = true,
     .is_without_rows = true,
     .arguments = "directive value [directive value ...]",
     .summary = "Changes directives while running: all or none"},
    {.name = "resetstat",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = config_resetstat_run,
     .writes = true,
     .is_without_rows = true,
     .summary = "Sets the counters of INFO and LATENCY HISTOGRAM to 0"},
    {.name = "rewrite",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = config_rewrite_run,
     .writes = true,
     .is_without_rows = true,
     .summary = "Writes what is in use into the configuration file"},
};

static struct command_family
config_subcommands(void)
{
    return (struct command_family){"server", CONFIG_COMMANDS,
                                   sizeof CONFIG_COMMANDS / sizeof *CONFIG_COMMANDS};
}

static const struct command COMMANDS[] = {
    {.name = "info",
     .arity = -1,
     .class = REQUEST_LOCAL,
     .run = command_info_run,
     .is_for_last_moments = true,
     .arguments = "[section ...]",
     .summary = "The server's state"},
    {.name = "time",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = time_run,
     .is_without_rows = true,
     .summary = "The server's clock: seconds and microseconds"},
    {.name = "config",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .is_for_last_moments = true,
     .is_without_rows = true,
     .summary = "The configuration",
     .subcommands = config_subcommands},
    {.name = "acl",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .is_without_rows = true,
     .summary = "Users",
     .subcommands = command_acl_subcommands},
    {.name = "shutdown",
     .arity = -1,
     .class = REQUEST_LOCAL,
     .run = command_shutdown_run,
     .is_for_last_moments = true,
     .is_without_rows = true,
     .arguments = "[NOSAVE|SAVE] [NOW] [FORCE] | ABORT",
     .summary = "Lets what runs end, and ends"},
    {.name = "slowlog",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .is_for_last_moments = true,
     .summary = "The commands that took long",
     .subcommands = command_slowlog_subcommands},
    {.name = "command",
     .arity = -1,
     .class = REQUEST_FORWARD,
     .run = command_docs_run_bare,
     .is_without_rows = true,
     .summary = "The commands",
     .subcommands = command_docs_subcommands},
};

struct command_family
command_server_family(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
