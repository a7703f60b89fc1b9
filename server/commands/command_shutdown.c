/*
 * The command SHUTDOWN: does what SIGTERM does.
 * in: SHUTDOWN NOW; out: no reply, as in Redis: the connection ends with the server. If SHUTDOWN
 * ABORT comes first, the reply is an error.
 *
 * SAVE, NOSAVE and FORCE change nothing: shards write each change to their files, or belong to
 * others.
 */
#include <stdlib.h>

#include "server/commands/command_families.h"
#include "server/table/services.h"

struct shutdown_words {
    bool save, nosave, now, force, abort;
};

static bool
word_parse(struct shutdown_words *words, struct slice word)
{
    const struct {
        const char *name;
        bool *flag;
    } known[] = {{"save", &words->save},
                 {"nosave", &words->nosave},
                 {"now", &words->now},
                 {"force", &words->force},
                 {"abort", &words->abort}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slice_equal_nocase(word, slice_str(known[i].name))) {
            *known[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool
words_parse(const struct call *call, struct shutdown_words *words)
{
    for (size_t i = 1; i < call->nargs; i++) {
        if (!word_parse(words, call->args[i])) {
            return false;
        }
    }
    return !(words->save && words->nosave) && !(words->abort && call->nargs > 2);
}

static enum command_outcome
abort_run(struct call *call)
{
    struct error err = {0};
    if (call->services->control->abort_shutdown(call->services->server, &err)) {
        resp_write_ok(call->out);
    } else {
        resp_write_error(call->out, &err);
    }
    return COMMAND_REPLIED;
}

enum command_outcome
command_shutdown_run(struct call *call)
{
    struct shutdown_words words = {0};
    if (!words_parse(call, &words)) {
        resp_write_err(call->out, "syntax error");
        return COMMAND_REPLIED;
    }
    if (words.abort) {
        return abort_run(call);
    }
    struct shutdown_waiter *waiter = request_work(call->request, sizeof *waiter);
    waiter->request = call->request;
    call->services->control->shut_down(call->services->server, words.now, waiter);
    return COMMAND_RUNS;
}
