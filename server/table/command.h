/*
 * Commands that Quipu answers itself: a row for each, in the table of its family.
 *
 *     {.name = "hget", .arity = 3, .class = REQUEST_ROW, .run = row_run, .first_key = 1, ...}
 *
 *     command_find(families, slice_lit("CLIENT|list"), &family, &parent)    -> list, of client
 *
 * To add a command: a row in its family's table (server/command_*.c) and its function. What the
 * tables say is known here; what the functions need is not.
 */
#ifndef QUIPU_SERVER_TABLE_COMMAND_H
#define QUIPU_SERVER_TABLE_COMMAND_H

#include "base/error.h"
#include "base/slice.h"
#include "server/table/request_class.h"

struct access_action;
struct arena;
struct call;
struct command_family;

enum command_outcome {
    COMMAND_REPLIED, /* the reply is written */
    COMMAND_RUNS     /* request_done will be called, later */
};
typedef enum command_outcome command_run_fn(struct call *call);
/*
 * Adds to an action what a call asks for beyond the keys in its row: datasets, keys in a query's
 * text. What is added is borrowed from the call or lives in the arena. Fails as the command would,
 * where the words cannot be read.
 */
typedef bool command_asks_fn(const struct call *call, struct access_action *action,
                             struct arena *arena, struct error *err);
typedef struct command_family command_family_fn(void);

struct command {
    const char *name; /* in lower case */
    int arity; /* as Redis counts: n exactly, -n at least, the name (and sub-name) included */
    enum request_class class;
    command_run_fn *run; /* NULL: only its subcommands run */
    int op;              /* the family's own: enum row_op, enum admin_op, ... */
    bool is_query;       /* its text is a query: `sum(x)`, and needs no quotes in a line */
    bool writes;
    bool writes_and_reads;             /* its key: it answers what it has read */
    bool is_for_all;                   /* also those who have not logged in: AUTH */
    bool is_for_last_moments;          /* of a server that is shutting down: how far it is */
    bool is_without_rows;              /* its answer says nothing of rows, or hides small counts */
    bool is_about_all_datasets;        /* DBSIZE */
    int first_key, last_key, key_step; /* places in args, from 1; last -1: the end; 0: no key */
    command_asks_fn *asks;             /* what else it asks for; NULL: nothing */
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

/* All families there are, in the order in which a name is looked for. */
struct command_families {
    command_family_fn *const *families;
    size_t nfamilies;
};

/* How many commands there are, without subcommands. */
size_t command_count(const struct command_families *families);
/* No command's name is longer, with its NUL. */
enum { COMMAND_NAME_BYTES = 48 };
/* Its name in upper case, as people write it; into buffer, which it returns. */
const char *command_upper_name(const struct command *command, char *buffer);
/*
 * By name in any case; of "client|list", client is the parent, else that is NULL. family, where it
 * is not NULL, becomes the family it is in. NULL: none.
 */
const struct command *command_find(const struct command_families *families, struct slice name,
                                   struct command_family *family, const struct command **parent);
/* NULL: it has none of that name, in any case. */
const struct command *command_find_sub(const struct command *parent, struct slice name);

/* The word that a text begins with, behind white space: `sum` of `sum(x)`. */
struct slice command_leading_word(struct slice text);

#endif
