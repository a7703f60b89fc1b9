/*
 * A call: a request that a client made, and the command it asks for.
 *
 *     struct call call = {.services = services, .client = client, .args = args, .nargs = 3};
 *     call_resolve(&call);                           HGET profile_7 age -> call.command "hget"
 *     call.request = request_push(queue, command_class(&call), resp3);
 *     command_run(&call);                            replies now or later
 */
#ifndef QUIPU_SERVER_CLIENT_CALL_H
#define QUIPU_SERVER_CLIENT_CALL_H

#include "server/client/request.h"
#include "server/table/command.h"

struct client;
struct command_spec;
struct services;

struct call {
    struct services *services;
    struct client *client;
    struct request *request;
    struct resp_writer *out;         /* writes the request's reply */
    const struct command *command;   /* NULL: Quipu has none of that name */
    const struct command *parent;    /* the command of a subcommand; else NULL */
    const struct command_spec *spec; /* one of Redis' own commands, for the shards; else NULL */
    const char *refused;             /* why spec is not forwarded; NULL: it is */
    bool is_rejected;                /* it was refused before it ran: no right, wrong arity */
    const struct slice *args;        /* the command's name first; empty for an inline query */
    size_t nargs;
    struct slice line;  /* an inline query as it was typed; else ptr NULL */
    struct slice bytes; /* the request's bytes, if they can be sent on unchanged; else ptr NULL */
};

/* Finds the call's command by args or line. */
void call_resolve(struct call *call);
/* What a command's run returns: it runs on if it was sent, otherwise err is its reply. */
enum command_outcome call_outcome(struct call *call, bool is_sent, const struct error *err);

#endif
