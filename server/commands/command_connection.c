/*
 * Commands about the connection itself: PING, HELLO, AUTH, QUIT and their kin.
 * in: HELLO 3 SETNAME me; out: the client's connection, changed, and a reply at once.
 */
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/config/config.h"
#include "server/metrics/info_lines.h"
#include "server/proxy/call_access.h"
#include "server/proxy/conversation.h"
#include "server/table/services.h"

static enum command_outcome
ping_run(struct call *call)
{
    if (call->nargs > 2) {
        resp_write_err(call->out, "wrong number of arguments for 'ping' command");
    } else if (call->nargs == 2) {
        resp_write_bulk(call->out, call->args[1]);
    } else {
        resp_write_simple(call->out, slice_lit("PONG"));
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
echo_run(struct call *call)
{
    resp_write_bulk(call->out, call->args[1]);
    return COMMAND_REPLIED;
}

static enum command_outcome
quit_run(struct call *call)
{
    resp_write_ok(call->out);
    client_quit(call->client);
    return COMMAND_REPLIED;
}

static enum command_outcome
reset_run(struct call *call)
{
    bool was_off = client_replies(call->client) == REPLIES_OFF;
    client_set_resp3(call->client, false);
    client_set_table_cells(call->client, 0);
    client_set_name(call->client, slice_lit(""));
    client_set_replies(call->client, REPLIES_ON);
    client_set_unknown_fields(call->client, UNKNOWN_FIELDS_BY_DEFAULT);
    access_reset(client_access(call->client), call->services->acl);
    conversation_reset(client_conversation(call->client));
    if (was_off) {
        request_mute(call->request, false);
    }
    resp_write_simple(call->out, slice_lit("RESET"));
    return COMMAND_REPLIED;
}

static enum command_outcome
select_run(struct call *call)
{
    int64_t db;
    if (!slice_to_int64(call->args[1], &db)) {
        resp_write_err(call->out, "value is not an integer or out of range");
    } else if (db != 0) {
        resp_write_err(call->out, "DB index is out of range: there is one database, 0");
    } else {
        resp_write_ok(call->out);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
auth_run(struct call *call)
{
    struct error err = {0};
    bool names_user = call->nargs == 3;
    if (call->nargs > 3) {
        (void) error_set(&err, "ERR", "syntax error");
    } else if (!names_user && acl_user_needs_no_password(acl_default(call->services->acl))) {
        (void) error_set(&err, "ERR",
                         "AUTH <password> called without any password configured for the default "
                         "user. Are you sure your configuration is correct?");
    } else if (call_access_login(call, names_user ? call->args[1] : slice_lit("default"),
                                 call->args[call->nargs - 1], &err)) {
        resp_write_ok(call->out);
        return COMMAND_REPLIED;
    }
    resp_write_error(call->out, &err);
    return COMMAND_REPLIED;
}

/* -- HELLO ------------------------------------------------------------------------------------- */

struct hello {
    bool resp3;
    bool has_name, has_login;
    struct slice name, user, password;
};

static bool
hello_version_parse(const struct call *call, struct hello *hello, struct error *err)
{
    int64_t version;
    if (!slice_to_int64(call->args[1], &version)) {
        return error_set(err, "ERR", "Protocol version is not an integer or out of range");
    }
    if (version != 2 && version != 3) {
        return error_set(err, "NOPROTO", "unsupported protocol version");
    }
    hello->resp3 = version == 3;
    return true;
}

static bool
hello_parse(const struct call *call, struct hello *hello, struct error *err)
{
    if (call->nargs > 1 && !hello_version_parse(call, hello, err)) {
        return false;
    }
    for (size_t i = 2; i < call->nargs; i += 2) {
        if (slice_equal_nocase(call->args[i], slice_lit("auth")) && i + 2 < call->nargs) {
            hello->has_login = true;
            hello->user = call->args[i + 1];
            hello->password = call->args[i + 2];
            i++;
            continue;
        }
        if (!slice_equal_nocase(call->args[i], slice_lit("setname")) || i + 1 == call->nargs) {
            char option[ERROR_QUOTE_BYTES];
            return error_set(err, "ERR", "Syntax error in HELLO option %s",
                             error_quote(option, call->args[i]));
        }
        hello->has_name = true;
        hello->name = call->args[i + 1];
        if (!client_check_name(hello->name, err)) {
            return false;
        }
    }
    return true;
}

/* A client that asks without having logged in is told how to log in. */
static bool
hello_login(const struct call *call, const struct hello *hello, struct error *err)
{
    if (hello->has_login) {
        return call_access_login(call, hello->user, hello->password, err);
    }
    return !access_is_required(client_access(call->client), call->services->acl) ||
           error_set(err, "NOAUTH",
                     "HELLO must be called with the client already authenticated, otherwise the "
                     "HELLO AUTH <user> <pass> option can be used to authenticate the client and "
                     "select the RESP protocol version at the same time");
}

static void
hello_reply(struct call *call)
{
    struct resp_writer *out = call->out;
    struct strbuf kinds;
    strbuf_init(&kinds);
    info_print_shard_kinds(call->services, &kinds);
    resp_write_map(out, 8);
    resp_write_bulk_str(out, "server");
    resp_write_bulk_str(out, "quipu");
    resp_write_bulk_str(out, "version");
    resp_write_bulk_str(out, QUIPU_VERSION);
    resp_write_bulk_str(out, "proto");
    resp_write_int(out, out->resp3 ? 3 : 2);
    resp_write_bulk_str(out, "id");
    resp_write_int(out, (int64_t) client_id(call->client));
    resp_write_bulk_str(out, "mode");
    resp_write_bulk_str(out, call->services->config->cluster_enabled ? "cluster" : "standalone");
    resp_write_bulk_str(out, "role");
    resp_write_bulk_str(out, "master");
    resp_write_bulk_str(out, "modules");
    resp_write_array(out, 0);
    /* Last, like Valkey's own additions: clients look up the fields that they know. */
    resp_write_bulk_str(out, "shards");
    resp_write_bulk(out, strbuf_slice(&kinds));
    strbuf_fini(&kinds);
}

/* The reply is in the protocol that HELLO asks for; replies to earlier requests keep theirs. */
static enum command_outcome
hello_run(struct call *call)
{
    struct error err = {0};
    struct hello hello = {.resp3 = client_is_resp3(call->client)};
    if (!hello_parse(call, &hello, &err) || !hello_login(call, &hello, &err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    client_set_resp3(call->client, hello.resp3);
    conversation_set_resp3(client_conversation(call->client), hello.resp3);
    call->out->resp3 = hello.resp3;
    if (hello.has_name) {
        client_set_name(call->client, hello.name);
    }
    hello_reply(call);
    return COMMAND_REPLIED;
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command COMMANDS[] = {
    {.name = "ping",
     .arity = -1,
     .class = REQUEST_LOCAL,
     .run = ping_run,
     .is_without_rows = true,
     .arguments = "[message]",
     .summary = "Answers PONG, or the message"},
    {.name = "echo",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = echo_run,
     .is_without_rows = true,
     .arguments = "message",
     .summary = "Answers the message"},
    /* Alone: later commands go to the shards over other connections, and must not overtake. */
    {.name = "hello",
     .arity = -1,
     .class = REQUEST_ALONE,
     .run = hello_run,
     .is_for_all = true,
     .is_without_rows = true,
     .arguments = "[protover [AUTH username password] [SETNAME clientname]]",
     .summary = "Switches to RESP 2 or 3, and says who answers"},
    {.name = "quit",
     .arity = -1,
     .class = REQUEST_LOCAL,
     .run = quit_run,
     .is_for_all = true,
     .is_for_last_moments = true,
     .is_without_rows = true,
     .summary = "Ends the connection"},
    /* Alone: commands that have begun end first. */
    {.name = "reset",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = reset_run,
     .is_for_all = true,
     .is_without_rows = true,
     .summary = "Makes the connection as new"},
    {.name = "select",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = select_run,
     .is_without_rows = true,
     .arguments = "0",
     .summary = "There is one database, 0"},
    {.name = "auth",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = auth_run,
     .is_for_all = true,
     .is_without_rows = true,
     .arguments = "[username] password",
     .summary = "Logs in"},
    {.name = "client",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .is_for_last_moments = true,
     .is_without_rows = true,
     .summary = "Connections",
     .subcommands = command_client_subcommands},
};

struct command_family
command_connection_family(void)
{
    return (struct command_family){"connection", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
