/*
 * The slow log: commands that took long, the newest first, in Redis' form.
 *
 *     struct slowlog log = {.slower_than_us = 10000, .max_len = 128};
 *     struct slow_command *command = slow_command_new(args, nargs, now_us);
 *     ... it runs ...
 *     slowlog_take(&log, command, now_us, "127.0.0.1:40112", slice_lit("me"));    kept, or freed
 *
 * Words after the 32nd, and bytes after a word's 128th, are counted and not kept, in Redis' words.
 * Secrets are "(redacted)". A query also has its plan.
 */
#ifndef QUIPU_SERVER_CLIENT_SLOWLOG_H
#define QUIPU_SERVER_CLIENT_SLOWLOG_H

#include "base/slice.h"

enum { SLOW_ARGS = 32, SLOW_ARG_BYTES = 128, SLOW_PLAN_BYTES = 4096 };

/* A command's words. In the log it also has its time and client. */
struct slow_command {
    struct slow_command *next; /* in the log: the next older one */
    int64_t started_us;
    int64_t id;      /* from 0 on */
    int64_t ended_s; /* unix time */
    int64_t took_us;
    char *client_address, *client_name; /* in the log; else NULL */
    char *plan;                         /* lines; NULL: it has none */
    size_t nargs;
    struct slice args[];
};

struct slowlog {
    int64_t slower_than_us; /* the least time that is slow; negative: no command is slow */
    size_t max_len;
    struct slow_command *newest;
    size_t len;
    int64_t next_id;
};

/* Copies the kept part of the words. Never fails (out of memory aborts). */
struct slow_command *slow_command_new(const struct slice *args, size_t nargs, int64_t started_us);
void slow_command_free(struct slow_command *command);
/* Gives it a copy of its plan, of SLOW_PLAN_BYTES at most. Call it once. */
void slow_command_set_plan(struct slow_command *command, struct slice plan);

bool slowlog_is_slow(const struct slowlog *log, int64_t took_us);
/*
 * The command has ended. Keeps it if it was slow, and drops the oldest if the log is full.
 * Otherwise frees it.
 */
void slowlog_take(struct slowlog *log, struct slow_command *command, int64_t now_us,
                  const char *client_address, struct slice client_name);
/* The command with that id. NULL: it is not in the log. */
const struct slow_command *slowlog_find(const struct slowlog *log, int64_t id);
/* Drops all commands. Ids go on. */
void slowlog_reset(struct slowlog *log);

#endif
