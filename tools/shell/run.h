/*
 * Runs what was typed: queries, and commands of Redis, shown as text.
 *
 *     run_query(&shell, slice_lit("count sex from survey"))      the table, on the screen
 *     run_redis(&shell, slice_lit("hgetall survey_7"))
 */
#ifndef QUIPU_TOOLS_SHELL_RUN_H
#define QUIPU_TOOLS_SHELL_RUN_H

#include "parser/ast.h"
#include "tools/shell/aside.h"
#include "tools/shell/dialog.h"
#include "tools/shell/options.h"
#include "tools/shell/screen.h"

struct shell {
    const struct shell_options *options;
    struct dialog *dialog;
    struct aside *aside; /* for completion, by a connection of its own */
    struct screen screen;
    const struct connection_address *address;
    enum ast_format format;        /* of queries that name none; DEFAULT: the server's */
    enum ast_format format_before; /* before \o */
    bool has_timing;
    bool is_prompting;        /* somebody types */
    struct strbuf last_query; /* as it was typed */
};

/* True: it was answered. An error has been shown. */
bool run_query(struct shell *shell, struct slice text);
/* The same for the words of a command. Subscriptions are shown until Ctrl-C. */
bool run_redis(struct shell *shell, struct slice text);
/*
 * Calls the server, and shows an error or that it was given up. The reply, which is no error, is the
 * caller's; NULL. query: what an error's column is counted in; ptr NULL: it is of no query.
 */
struct redisReply *run_call(struct shell *shell, const struct slice *args, size_t nargs,
                            struct slice query);

#endif
