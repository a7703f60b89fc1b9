/*
 * Commands: what a request asks for, found in one table by family.
 *
 *     struct call call = {.server = server, .client = client, .args = args, .nargs = 3};
 *     command_resolve(&call);                        HGET profile_7 age -> call.command "hget"
 *     call.request = request_push(queue, command_class(&call), resp3);
 *     command_run(&call);                            replies now or later
 *
 * To add a command: a row in its family's table (server/command_*.c) and its function.
 */
#ifndef QUIPU_SERVER_COMMAND_H
#define QUIPU_SERVER_COMMAND_H

#include "server/request.h"

struct services;
struct client;
struct command;
struct command_family;
struct command_spec;

struct call {
    struct services *services;
    struct client *client;
    struct request *request;
    struct resp_writer *out;         /* the request's */
    const struct command *command;   /* NULL: none of that name */
    const struct command *parent;    /* of a subcommand; else NULL */
    const struct command_spec *spec; /* one of Redis' own, for the shards; else NULL */
    const char *refused;             /* why that is not forwarded; NULL: it is */
    const struct slice *args;        /* the command's name first; none in an inline query */
    size_t nargs;
    struct slice line;  /* an inline query as it was typed; else ptr NULL */
    struct slice bytes; /* the request as it came, where it can be sent on so; else ptr NULL */
};

enum command_outcome {
    COMMAND_REPLIED, /* the reply is written */
    COMMAND_RUNS     /* request_done will be called, later */
};
typedef enum command_outcome command_run_fn(struct call *call);
typedef struct command_family command_family_fn(void);

struct command {
    const char *name; /* in lower case */
    int arity; /* as Redis counts: n exactly, -n at least, the name (and sub-name) included */
    enum request_class class;
    command_run_fn *run; /* NULL: only its subcommands run */
    int op;              /* the family's own: enum row_op, enum admin_op, ... */
    bool writes;
    int first_key, last_key, key_step; /* places in args, from 1; last -1: the end; 0: no key */
    const char *arguments; /* for people: "key field value [field value ...]"; NULL: none */
    const char *summary;
    command_family_fn *subcommands; /* NULL: none */
};

/* A table of commands, in the order of COMMAND LIST, and what COMMAND DOCS calls the group. */
struct command_family {
    const char *group;
    const struct command *commands;
    size_t ncommands;
};

/* True when a line that begins so is a query, whose quotes are the query's own. */
bool command_is_query(struct slice text);
/* Finds call->command by args or line. */
void command_resolve(struct call *call);
enum request_class command_class(const struct call *call);
/* Runs it, or answers why not. request_done has been or will be called. */
void command_run(struct call *call);

/* server/command_time.c: microseconds of a clock that only goes forward, for a call that is to run.
 */
int64_t command_start_us(const struct call *call);
/*
 * For command_run: the command has run since then, and has been answered or runs on. It comes into
 * the slow log when it took, or will have taken, long.
 */
void command_time(struct call *call, int64_t started_us, enum command_outcome outcome);

size_t command_nfamilies(void);
struct command_family command_family_at(size_t index);
/* How many commands there are, without subcommands. */
size_t command_count(void);
/* No command's name is longer, with its NUL. */
enum { COMMAND_NAME_BYTES = 48 };
/* Its name in upper case, as people write it; into buffer, which it returns. */
const char *command_upper_name(const struct command *command, char *buffer);
/*
 * By name in any case; of "client|list", client is the parent, else that is NULL. family, where it
 * is not NULL, becomes the family it is in. NULL: none.
 */
const struct command *command_find(struct slice name, struct command_family *family,
                                   const struct command **parent);

#endif
