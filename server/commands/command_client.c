/*
 * The command CLIENT: shows, names and ends connections.
 * in: CLIENT KILL ID 7; out: facts about connections, or their end.
 */
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/client/client_list.h"
#include "server/commands/command_families.h"
#include "server/proxy/conversation.h"
#include "server/proxy/forward.h"
#include "server/table/services.h"

static enum command_outcome
id_run(struct call *call)
{
    resp_write_int(call->out, (int64_t) client_id(call->client));
    return COMMAND_REPLIED;
}

static enum command_outcome
getname_run(struct call *call)
{
    struct slice name = client_name(call->client);
    if (name.len) {
        resp_write_bulk(call->out, name);
    } else {
        resp_write_null(call->out);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
setname_run(struct call *call)
{
    struct error err = {0};
    if (client_check_name(call->args[2], &err)) {
        client_set_name(call->client, call->args[2]);
        resp_write_ok(call->out);
    } else {
        resp_write_error(call->out, &err);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
info_run(struct call *call)
{
    struct strbuf text;
    strbuf_init(&text);
    client_print(call->client, &text);
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}

/* True: the client is among LIST's ID id ...; without ids all clients are. */
static bool
is_listed(const struct call *call, uint64_t id)
{
    for (size_t i = 3; i < call->nargs; i++) {
        int64_t wanted;
        if (slice_to_int64(call->args[i], &wanted) && (uint64_t) wanted == id) {
            return true;
        }
    }
    return call->nargs < 4;
}

enum client_type { TYPE_NORMAL, TYPE_PUBSUB, TYPE_OF_ANOTHER_SERVER };

/* Masters and replicas are clients of the shards, not of this server. */
static bool
type_parse(struct slice word, enum client_type *out)
{
    static const struct {
        const char *word;
        enum client_type type;
    } TYPES[] = {{"normal", TYPE_NORMAL},
                 {"pubsub", TYPE_PUBSUB},
                 {"master", TYPE_OF_ANOTHER_SERVER},
                 {"replica", TYPE_OF_ANOTHER_SERVER},
                 {"slave", TYPE_OF_ANOTHER_SERVER}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (slice_equal_nocase(word, slice_str(TYPES[i].word))) {
            *out = TYPES[i].type;
            return true;
        }
    }
    return false;
}

static enum client_type
type_of(struct client *client)
{
    return client_conversation(client)->is_subscribed ? TYPE_PUBSUB : TYPE_NORMAL;
}

static enum command_outcome
list_run(struct call *call)
{
    bool by_id = call->nargs > 3 && slice_equal_nocase(call->args[2], slice_lit("id"));
    bool by_type = call->nargs == 4 && slice_equal_nocase(call->args[2], slice_lit("type"));
    enum client_type type = TYPE_NORMAL;
    if (call->nargs > 2 && !by_id && !(by_type && type_parse(call->args[3], &type))) {
        resp_write_err(call->out, "syntax error");
        return COMMAND_REPLIED;
    }
    struct strbuf text;
    strbuf_init(&text);
    LIST_EACH (struct client_node, node, &call->services->clients->connected, in_list) {
        bool fits = by_type ? type_of(node->client) == type
                            : !by_id || is_listed(call, client_id(node->client));
        if (fits) {
            client_print(node->client, &text);
        }
    }
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}

/* -- KILL -------------------------------------------------------------------------------------- */

/* A filter of clients: all conditions must hold. */
struct kill_filter {
    int64_t id; /* 0: any */
    struct slice address, local_address, user;
    bool spares_self;
};

static bool
yes_no_parse(struct slice word, bool *out)
{
    *out = slice_equal_nocase(word, slice_lit("yes"));
    return *out || slice_equal_nocase(word, slice_lit("no"));
}

static bool
kill_option_parse(struct kill_filter *filter, struct slice name, struct slice value,
                  struct error *err)
{
    if (slice_equal_nocase(name, slice_lit("id"))) {
        return (slice_to_int64(value, &filter->id) && filter->id > 0) ||
               error_set(err, "ERR", "client-id should be greater than 0");
    }
    if (slice_equal_nocase(name, slice_lit("addr"))) {
        filter->address = value;
    } else if (slice_equal_nocase(name, slice_lit("laddr"))) {
        filter->local_address = value;
    } else if (slice_equal_nocase(name, slice_lit("user"))) {
        filter->user = value;
    } else if (!slice_equal_nocase(name, slice_lit("skipme")) ||
               !yes_no_parse(value, &filter->spares_self)) {
        return error_set(err, "ERR", "syntax error");
    }
    return true;
}

/* Reads CLIENT KILL addr:port, as before Redis 2.8.12, or pairs of filter and value. */
static bool
kill_parse(const struct call *call, struct kill_filter *filter, struct error *err)
{
    if (call->nargs == 3) {
        filter->address = call->args[2];
        return true;
    }
    filter->spares_self = true;
    for (size_t i = 2; i < call->nargs; i += 2) {
        if (i + 1 == call->nargs) {
            return error_set(err, "ERR", "syntax error");
        }
        if (!kill_option_parse(filter, call->args[i], call->args[i + 1], err)) {
            return false;
        }
    }
    return true;
}

static bool
kill_fits(const struct kill_filter *filter, struct client *client)
{
    return (filter->id == 0 || (uint64_t) filter->id == client_id(client)) &&
           (!filter->address.ptr ||
            slice_equal(filter->address, slice_str(client_address(client)))) &&
           (!filter->local_address.ptr ||
            slice_equal(filter->local_address, slice_str(client_local_address(client)))) &&
           (!filter->user.ptr ||
            slice_equal(filter->user, acl_user_name(client_access(client)->user)));
}

static int64_t
kill_all(struct call *call, const struct kill_filter *filter)
{
    int64_t n = 0;
    LIST_EACH (struct client_node, node, &call->services->clients->connected, in_list) {
        struct client *client = node->client;
        bool is_self = client == call->client;
        if (!kill_fits(filter, client) || (is_self && filter->spares_self)) {
            continue;
        }
        n++;
        if (is_self) {
            client_quit(client); /* once it has read the answer */
        } else {
            client_kill(client);
        }
    }
    return n;
}

static enum command_outcome
kill_run(struct call *call)
{
    struct error err = {0};
    struct kill_filter filter = {0};
    if (!kill_parse(call, &filter, &err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    int64_t nkilled = kill_all(call, &filter);
    if (call->nargs > 3) {
        resp_write_int(call->out, nkilled);
    } else if (nkilled) {
        resp_write_ok(call->out);
    } else {
        resp_write_err(call->out, "No such client");
    }
    return COMMAND_REPLIED;
}

/* -- CLIENT UNBLOCK ---------------------------------------------------------------------------- */

static struct client *
blocked_find(const struct call *call, int64_t id)
{
    LIST_EACH (struct client_node, node, &call->services->clients->connected, in_list) {
        if (client_id(node->client) == (uint64_t) id &&
            conversation_is_blocked(client_conversation(node->client))) {
            return node->client;
        }
    }
    return NULL;
}

static enum command_outcome
unblock_run(struct call *call)
{
    struct slice how = call->nargs == 4 ? call->args[3] : slice_lit("TIMEOUT");
    int64_t id;
    bool is_known = slice_equal_nocase(how, slice_lit("timeout")) ||
                    slice_equal_nocase(how, slice_lit("error"));
    if (!slice_to_int64(call->args[2], &id)) {
        resp_write_err(call->out, "value is not an integer or out of range");
    } else if (call->nargs > 4 || !is_known) {
        resp_write_err(call->out, "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    } else {
        struct client *client = blocked_find(call, id);
        if (client && session_unblock(client_conversation(client)->session, how, forward_on_piece,
                                      call->request)) {
            return COMMAND_RUNS;
        }
        resp_write_int(call->out, 0);
    }
    return COMMAND_REPLIED;
}

/* The width of a client's terminal, in which its tables are drawn. */
static enum command_outcome
tablewidth_run(struct call *call)
{
    enum { LEAST = 20, MOST = 10000 };
    int64_t ncells;
    if (slice_to_int64(call->args[2], &ncells) && ncells >= LEAST && ncells <= MOST) {
        client_set_table_cells(call->client, (size_t) ncells);
        resp_write_ok(call->out);
    } else {
        resp_write_err(call->out, "CLIENT TABLEWIDTH takes a number from %d to %d", LEAST, MOST);
    }
    return COMMAND_REPLIED;
}

/* -- what drivers send at their start ---------------------------------------------------------- */

static enum command_outcome
reply_run(struct call *call)
{
    struct slice mode = call->args[2];
    if (slice_equal_nocase(mode, slice_lit("on"))) {
        client_set_replies(call->client, REPLIES_ON);
        request_mute(call->request, false);
        resp_write_ok(call->out);
    } else if (slice_equal_nocase(mode, slice_lit("off"))) {
        client_set_replies(call->client, REPLIES_OFF);
        request_mute(call->request, true);
    } else if (slice_equal_nocase(mode, slice_lit("skip"))) {
        if (client_replies(call->client) != REPLIES_OFF) {
            client_set_replies(call->client, REPLIES_SKIP_NEXT);
        }
        request_mute(call->request, true);
    } else {
        resp_write_err(call->out, "syntax error");
    }
    return COMMAND_REPLIED;
}

/* This server evicts nothing and keeps no clock of keys, so both already hold. */
static enum command_outcome
on_off_run(struct call *call)
{
    if (slice_equal_nocase(call->args[2], slice_lit("on")) ||
        slice_equal_nocase(call->args[2], slice_lit("off"))) {
        resp_write_ok(call->out);
    } else {
        resp_write_err(call->out, "syntax error");
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
setinfo_run(struct call *call)
{
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

/* Tracking is not offered, so no client tracks. */
static enum command_outcome
getredir_run(struct call *call)
{
    resp_write_int(call->out, -1);
    return COMMAND_REPLIED;
}

static enum command_outcome
trackinginfo_run(struct call *call)
{
    resp_write_map(call->out, 3);
    resp_write_bulk_str(call->out, "flags");
    resp_write_set(call->out, 1);
    resp_write_bulk_str(call->out, "off");
    resp_write_bulk_str(call->out, "redirect");
    resp_write_int(call->out, -1);
    resp_write_bulk_str(call->out, "prefixes");
    resp_write_set(call->out, 0);
    return COMMAND_REPLIED;
}

/* -- queries ----------------------------------------------------------------------------------- */

static enum command_outcome
unknown_fields_run(struct call *call)
{
    enum unknown_fields unknown;
    if (unknown_fields_parse(call->args[2], &unknown)) {
        client_set_unknown_fields(call->client, unknown);
        resp_write_ok(call->out);
    } else {
        resp_write_err(call->out, "syntax error");
    }
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "id",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = id_run,
     .is_without_rows = true,
     .summary = "The number of this connection"},
    {.name = "getname",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = getname_run,
     .is_without_rows = true,
     .summary = "Its name"},
    {.name = "setname",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = setname_run,
     .is_without_rows = true,
     .arguments = "connection-name",
     .summary = "Names it"},
    {.name = "setinfo",
     .arity = 4,
     .class = REQUEST_LOCAL,
     .run = setinfo_run,
     .is_without_rows = true,
     .arguments = "LIB-NAME|LIB-VER value",
     .summary = "Taken and not kept"},
    {.name = "info",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = info_run,
     .is_without_rows = true,
     .summary = "What is known of this connection"},
    {.name = "list",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = list_run,
     .arguments = "[TYPE normal|pubsub|master|replica | ID id ...]",
     .summary = "The same for all connections"},
    {.name = "getredir",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = getredir_run,
     .is_without_rows = true,
     .summary = "Whom it tells of invalidations: nobody"},
    {.name = "trackinginfo",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = trackinginfo_run,
     .is_without_rows = true,
     .summary = "That nothing is tracked"},
    {.name = "kill",
     .arity = -3,
     .class = REQUEST_LOCAL,
     .run = kill_run,
     .is_without_rows = true,
     .arguments =
         "addr:port | ID id | ADDR addr:port | LADDR addr:port | USER name | SKIPME yes|no",
     .summary = "Ends connections"},
    {.name = "reply",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = reply_run,
     .is_without_rows = true,
     .arguments = "ON|OFF|SKIP",
     .summary = "Whether requests are answered"},
    {.name = "tablewidth",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = tablewidth_run,
     .is_without_rows = true,
     .arguments = "cells",
     .summary = "How wide a line of FORMAT TABLE may be on this connection (default 80)"},
    {.name = "unblock",
     .arity = -3,
     .class = REQUEST_FORWARD,
     .run = unblock_run,
     .is_without_rows = true,
     .arguments = "client-id [TIMEOUT|ERROR]",
     .summary = "Ends a client's wait in a blocking command"},
    {.name = "no-evict",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = on_off_run,
     .is_without_rows = true,
     .arguments = "ON|OFF",
     .summary = "No client is ever evicted"},
    {.name = "no-touch",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = on_off_run,
     .is_without_rows = true,
     .arguments = "ON|OFF",
     .summary = "No access times are kept"},
    {.name = "unknownfields",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = unknown_fields_run,
     .is_without_rows = true,
     .arguments = "ERROR|WARN|DEFAULT",
     .summary = "What becomes of this connection's queries with fields that no row has"},
};

struct command_family
command_client_subcommands(void)
{
    return (struct command_family){"connection", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
