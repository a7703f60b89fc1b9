/*
 * Remembers the commands that took long, for SLOWLOG.
 * in: words of commands, how long they took; out: what SLOWLOG GET shows.
 *
 *     [struct slow_command | slices of its words | their bytes]      one block
 *
 * A list walked from its head: it is short (slowlog-max-len), and only a slow command is added.
 */
#include "server/client/slowlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "server/table/secrets.h"

/* A note behind a text that was cut: "... (123456 more bytes)". */
enum { NOTE_BYTES = 64 };

/* How many bytes a word takes in the log, at most. */
static size_t
room_for(struct slice arg)
{
    return arg.len <= SLOW_ARG_BYTES ? arg.len : SLOW_ARG_BYTES + NOTE_BYTES;
}

static struct slice
note_print(char *to, const char *format, size_t n)
{
    return slice_of(to, (size_t) snprintf(to, NOTE_BYTES, format, n));
}

/* Writes a text of which at most so many bytes are kept. There is room for them and a note. */
static struct slice
text_print(char *to, struct slice text, size_t most_bytes)
{
    if (text.len <= most_bytes) {
        memcpy(to, text.ptr, text.len);
        return slice_of(to, text.len);
    }
    memcpy(to, text.ptr, most_bytes);
    struct slice note = note_print(to + most_bytes, "... (%zu more bytes)", text.len - most_bytes);
    return slice_of(to, most_bytes + note.len);
}

struct slow_command *
slow_command_new(const struct slice *args, size_t nargs, int64_t started_us)
{
    /* If there are too many words, the last place says how many were left out. */
    size_t nkept = nargs <= SLOW_ARGS ? nargs : SLOW_ARGS - 1;
    size_t nwords = nargs <= SLOW_ARGS ? nargs : SLOW_ARGS;
    static const struct slice HIDDEN = SLICE_LIT("(redacted)");
    struct slice shown[SLOW_ARGS];
    size_t bytes = nkept < nwords ? NOTE_BYTES : 0;
    bool may_be_secret = secrets_may_be(args[0]);
    for (size_t i = 0; i < nkept; i++) {
        shown[i] = may_be_secret && secrets_hide(args, nargs, i) ? HIDDEN : args[i];
        bytes += room_for(shown[i]);
    }
    struct slow_command *command =
        must_have(malloc(sizeof *command + nwords * sizeof *command->args + bytes));
    *command = (struct slow_command){.started_us = started_us, .nargs = nwords};
    char *to = (char *) &command->args[nwords];
    for (size_t i = 0; i < nkept; i++) {
        command->args[i] = text_print(to, shown[i], SLOW_ARG_BYTES);
        to += room_for(shown[i]);
    }
    if (nkept < nwords) {
        command->args[nkept] = note_print(to, "... (%zu more arguments)", nargs - nkept);
    }
    return command;
}

void
slow_command_free(struct slow_command *command)
{
    free(command->client_address);
    free(command->client_name);
    free(command->plan);
    free(command);
}

void
slow_command_set_plan(struct slow_command *command, struct slice plan)
{
    char text[SLOW_PLAN_BYTES + NOTE_BYTES];
    command->plan = must_copy(text_print(text, plan, SLOW_PLAN_BYTES));
}

bool
slowlog_is_slow(const struct slowlog *log, int64_t took_us)
{
    return log->slower_than_us >= 0 && took_us >= log->slower_than_us;
}

static void
slowlog_trim(struct slowlog *log, size_t max_len)
{
    struct slow_command **link = &log->newest;
    for (size_t i = 0; i < max_len && *link; i++) {
        link = &(*link)->next;
    }
    while (*link) {
        struct slow_command *oldest = *link;
        *link = oldest->next;
        slow_command_free(oldest);
        log->len--;
    }
}

void
slowlog_take(struct slowlog *log, struct slow_command *command, int64_t now_us,
             const char *client_address, struct slice client_name)
{
    command->took_us = now_us - command->started_us;
    if (!slowlog_is_slow(log, command->took_us)) {
        slow_command_free(command);
        return;
    }
    command->id = log->next_id++;
    command->ended_s = time(NULL);
    command->client_address = must_copy(slice_str(client_address));
    command->client_name = must_copy(client_name);
    command->next = log->newest;
    log->newest = command;
    log->len++;
    slowlog_trim(log, log->max_len);
}

const struct slow_command *
slowlog_find(const struct slowlog *log, int64_t id)
{
    const struct slow_command *command = log->newest;
    while (command && command->id != id) {
        command = command->next;
    }
    return command;
}

void
slowlog_reset(struct slowlog *log)
{
    slowlog_trim(log, 0);
}
