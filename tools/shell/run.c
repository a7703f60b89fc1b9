/*
 * From a statement to what is shown of it. in: its text; out: an answer on the screen.
 *
 * Example: `count sex from survey` names no format, so it goes out as QUERY "count sex from survey
 * format table". A query that does not parse goes out as it is: the server says what is wrong.
 */
#include "tools/shell/run.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/words.h"
#include "parser/ast_names.h"
#include "parser/parse.h"
#include "tools/shell/mistake.h"
#include "tools/shell/progress_line.h"
#include "tools/shell/reply_text.h"

/* -- calls ------------------------------------------------------------------------------------- */

static void
show_error(const struct shell *shell, struct slice error, struct slice query)
{
    struct strbuf text;
    strbuf_init(&text);
    if (query.ptr) {
        mistake_append(&text, error, query);
    } else {
        strbuf_append(&text, error);
    }
    screen_error(&shell->screen, strbuf_slice(&text).ptr);
    strbuf_fini(&text);
}

static void
show_time(const struct shell *shell, int64_t took_us)
{
    if (shell->has_timing) {
        fflush(stdout);
        fprintf(stderr, "%.1f ms\n", (double) took_us / 1000);
    }
}

/* What was waited for; NULL: it is shown why it did not come. */
static struct redisReply *
reply_of(struct shell *shell, enum dialog_outcome outcome, struct redisReply *reply,
         const struct error *err, struct slice query)
{
    if (outcome == DIALOG_LOST) {
        screen_error(&shell->screen, err->message);
        return NULL;
    }
    if (outcome == DIALOG_GIVEN_UP) {
        screen_error(&shell->screen, "cancelled");
        return NULL;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        show_error(shell, slice_of(reply->str, reply->len), query);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

struct redisReply *
run_call(struct shell *shell, const struct slice *args, size_t nargs, struct slice query)
{
    struct progress_line line = {.screen = shell->is_prompting ? &shell->screen : NULL,
                                 .dialog = shell->dialog,
                                 .aside = shell->aside};
    const struct dialog_wait wait = {.on_tick = progress_line_tick, .arg = &line};
    struct redisReply *reply = NULL;
    struct error err = {0};
    if (shell->screen.is_terminal || shell->options->has_width) {
        dialog_set_table_cells(shell->dialog, screen_width(&shell->screen));
    }
    enum dialog_outcome outcome = dialog_call(shell->dialog, args, nargs, &wait, &reply, &err);
    progress_line_end(&line);
    return reply_of(shell, outcome, reply, &err, query);
}

static void
show_text(struct shell *shell, const struct redisReply *reply, bool is_lines)
{
    struct strbuf text;
    strbuf_init(&text);
    if (is_lines) {
        reply_text_append_lines(&text, reply);
    } else {
        reply_text_append(&text, reply);
    }
    screen_show(&shell->screen, strbuf_slice(&text));
    strbuf_fini(&text);
}

/* -- queries ----------------------------------------------------------------------------------- */

/* The format to ask for; DEFAULT: the query says it, or the server. */
static enum ast_format
format_for(const struct shell *shell, const struct ast_query *query)
{
    if (query->mode != AST_RUN || query->options.format != AST_FORMAT_DEFAULT ||
        query->options.into_key.ptr || shell->format == AST_FORMAT_DEFAULT) {
        return AST_FORMAT_DEFAULT;
    }
    bool has_format = true;
    switch (query->statement) {
    case AST_CROSSTAB:
    case AST_VALUES: break;
    case AST_ROWS:
        has_format = shell->format != AST_FORMAT_NESTED && shell->format != AST_FORMAT_MAP &&
                     shell->format != AST_FORMAT_MARKDOWN;
        break;
    case AST_DESCRIBE:
        has_format = shell->format == AST_FORMAT_MAP || shell->format == AST_FORMAT_JSON;
        break;
    }
    return has_format ? shell->format : AST_FORMAT_TABLE;
}

/* A text that is shown as it is, with a line's end. */
static void
show_plain(struct shell *shell, const struct redisReply *reply)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append(&text, slice_of(reply->str, reply->len));
    if (text.len && text.ptr[text.len - 1] != '\n') {
        strbuf_append_char(&text, '\n');
    }
    screen_show(&shell->screen, strbuf_slice(&text));
    strbuf_fini(&text);
}

bool
run_query(struct shell *shell, struct slice text)
{
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct arena *arena = arena_new();
    struct ast_query *query = NULL;
    struct error ignored = {0};
    struct strbuf whole;
    strbuf_init(&whole);
    strbuf_append(&whole, text);
    bool is_lines = true; /* also the page about queries */
    if (query_parse(arena, text, &limits, &query, &ignored)) {
        is_lines = query->mode != AST_RUN;
        enum ast_format format = format_for(shell, query);
        if (format != AST_FORMAT_DEFAULT) {
            strbuf_printf(&whole, " format %s", ast_format_name(format));
        }
    }
    arena_free(arena);
    const struct slice args[] = {slice_lit("QUERY"), strbuf_slice(&whole)};
    int64_t started_us = now_us();
    struct redisReply *reply = run_call(shell, args, 2, text);
    int64_t took_us = now_us() - started_us;
    if (reply && reply->type == REDIS_REPLY_STRING) {
        show_plain(shell, reply);
    } else if (reply) {
        show_text(shell, reply, is_lines);
    }
    bool ok = reply != NULL;
    show_time(shell, took_us);
    freeReplyObject(reply);
    strbuf_fini(&whole);
    return ok;
}

/* -- commands of Redis ------------------------------------------------------------------------- */

static bool
is_one_of(struct slice word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_equal_nocase(word, slice_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* After these, replies come until the connection ends. */
static bool
is_subscription(struct slice verb)
{
    static const char *const VERBS[] = {"subscribe", "psubscribe", "ssubscribe", "monitor"};
    return is_one_of(verb, VERBS, sizeof VERBS / sizeof *VERBS);
}

static void
show_stream(struct shell *shell)
{
    const struct dialog_wait wait = {0};
    struct redisReply *reply = NULL;
    struct error err = {0};
    while (dialog_more(shell->dialog, &wait, &reply, &err) == DIALOG_REPLY) {
        show_text(shell, reply, false);
        freeReplyObject(reply);
    }
    if (error_is_set(&err)) {
        screen_error(&shell->screen, err.message);
    }
}

bool
run_redis(struct shell *shell, struct slice text)
{
    struct arena *arena = arena_new();
    struct slice *words;
    size_t nwords;
    bool ok = words_split(arena, text, &words, &nwords);
    if (!ok) {
        screen_error(&shell->screen, "a quote is not closed, or text stands right behind it");
    } else if (nwords > 0) {
        int64_t started_us = now_us();
        struct redisReply *reply = run_call(shell, words, nwords, (struct slice){0});
        int64_t took_us = now_us() - started_us;
        ok = reply != NULL;
        if (ok) {
            show_text(shell, reply, false);
            show_time(shell, took_us);
            freeReplyObject(reply);
            if (is_subscription(words[0])) {
                show_stream(shell);
            }
        }
    }
    arena_free(arena);
    return ok;
}
