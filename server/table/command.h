/*
 * Commands that Quipu answers itself: a row for each, in the table of its family.
 *
 *     {.name = "hget", .arity = 3, .class = REQUEST_ROW, .run = row_run, .first_key = 1, ...}
 *
 *     command_find(families, slice_lit("CLIENT|list"), &family, &parent)    -> list, of client
 *
 * To add a command, write a row in its family's table (server/commands/command_*.c) and its
 * function. This file knows what the tables say, but not what the functions need.
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
/* The class of a call at this moment. */
typedef enum request_class command_class_fn(const struct call *call);
/*
 * Adds to an action what a call asks for beyond the keys of its row: datasets, or keys in a query's
 * text. Added parts are borrowed from the call or live in the arena. Fails with the command's own
 * error if the words cannot be read.
 */
typedef bool command_asks_fn(const struct call *call, struct access_action *action,
                             struct arena *arena, struct error *err);
typedef struct command_family command_family_fn(void);

struct command {
    const char *name; /* in lower case */
    int arity; /* as in Redis: n exactly, -n at least, with the name (and the subcommand's) */
    enum request_class class;
    command_class_fn *class_now; /* NULL: always that class */
    command_run_fn *run;         /* NULL: only subcommands run */
    int op;                      /* the family's own number: enum row_op, enum admin_op, ... */
    bool is_query; /* its text is a query, as `sum(x)`, and needs no quotes in an inline
                            line */
    bool writes;
    bool writes_and_reads;             /* writes its key, and its answer tells what it read there */
    bool is_for_all;                   /* allowed before logging in: AUTH */
    bool is_for_last_moments;          /* allowed while the server shuts down, to see its
                                          progress */
    bool is_without_rows;              /* its answer shows nothing of rows, or hides small counts */
    bool is_about_all_datasets;        /* DBSIZE */
    int first_key, last_key, key_step; /* places in args, from 1; last -1: the end; 0: no key */
    command_asks_fn *asks;             /* adds what else it asks for; NULL: nothing */
    const char *arguments; /* to be shown: "key field value [field value ...]"; NULL: none */
    const char *summary;
    command_family_fn *subcommands; /* NULL: none */
};

/* A table of commands, in the order of COMMAND LIST, and the group's name in COMMAND DOCS. */
struct command_family {
    const char *group;
    const struct command *commands;
    size_t ncommands;
};

/* All families, in the order in which a name is looked up. */
struct command_families {
    command_family_fn *const *families;
    size_t nfamilies;
};

/* The number of commands, without subcommands. */
size_t command_count(const struct command_families *families);
/* The longest name of a command, with its NUL. */
enum { COMMAND_NAME_BYTES = 48 };
/* Writes the command's name in upper case into buffer, and returns buffer. */
const char *command_upper_name(const struct command *command, char *buffer);
/*
 * Finds a command by name, in any case. For "client|list" the parent is client, otherwise it is
 * NULL. family, if it is not NULL, becomes the command's family. NULL: no such command.
 */
const struct command *command_find(const struct command_families *families, struct slice name,
                                   struct command_family *family, const struct command **parent);
/* Finds a subcommand, in any case. NULL: there is none. */
const struct command *command_find_sub(const struct command *parent, struct slice name);

/* The first word of a text, after white space: `sum` of `sum(x)`. */
struct slice command_leading_word(struct slice text);

#endif
