/*
 * A query as a command. in: words, one text, or an inline line; out: query_start, then its reply.
 *
 *     redis-cli   COUNT sex from current        args joined with a space
 *                 QUERY "count sex from x"      the second arg, byte for byte
 *                 QUERY AFTER profile_7 "rows sex from x"     the fourth
 *     telnet      count sex from current where `Origin State` = 'x'
 *                                               the line, whose quotes are the query's own
 */
#include "server/commands/query_call.h"

#include <ctype.h>
#include <string.h>

#include "base/words.h"
#include "executor/executor.h"
#include "executor/query.h"
#include "parser/hints.h"
#include "parser/parse.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_time.h"
#include "server/commands/dataset_names.h"
#include "server/commands/query_help.h"
#include "server/commands/reply.h"
#include "server/table/acl_category.h"
#include "server/table/services.h"

/* -- the text ---------------------------------------------------------------------------------- */

static struct slice
slice_from(struct slice s, size_t at)
{
    return slice_of(s.ptr + at, s.len - at);
}

static struct slice
skip_space(struct slice s)
{
    size_t at = 0;
    while (at < s.len && isspace((unsigned char) s.ptr[at])) {
        at++;
    }
    return slice_from(s, at);
}

/* `QUERY "..."` over telnet: a single quoted word is taken without its quotes. */
static void
line_rest_append(struct slice rest, struct strbuf *text)
{
    struct strbuf word;
    strbuf_init(&word);
    struct slice behind = rest;
    if (rest.len && (rest.ptr[0] == '"' || rest.ptr[0] == '\'') &&
        words_next(&behind, &word) == WORDS_WORD && skip_space(behind).len == 0) {
        rest = strbuf_slice(&word);
    }
    strbuf_append(text, rest);
    strbuf_fini(&word);
}

static void
line_text(const struct call *call, struct strbuf *text)
{
    struct slice verb = command_leading_word(call->line);
    struct slice rest =
        skip_space(slice_from(call->line, (size_t) (verb.ptr + verb.len - call->line.ptr)));
    if (call->command->op == FORM_WHOLE) {
        /* sum(x) has no space between; none is put there, so that columns in errors are right */
        strbuf_append(text, slice_of(verb.ptr, (size_t) (rest.ptr - verb.ptr)));
    }
    line_rest_append(rest, text);
}

/* How many args stand before those of the text. ACL DRYRUN gives fewer: nobody has counted them. */
static size_t
args_before_text(const struct call *call)
{
    size_t nbefore = 0;
    switch ((enum query_form) call->command->op) {
    case FORM_WHOLE: nbefore = 0; break;
    case FORM_BEHIND_VERB: nbefore = 1; break;
    case FORM_BEHIND_ROW: nbefore = 3; break;
    }
    return nbefore < call->nargs ? nbefore : call->nargs;
}

/* The words of a text that came as several args, as from redis-cli, which takes quotes away. */
enum query_words {
    WORDS_WHOLE,  /* one text: quotes are where they were put */
    WORDS_JOINED, /* words without white space in them */
    WORDS_SPACED  /* one of them at least has white space: it stood in quotes */
};

static enum query_words
query_words(const struct call *call)
{
    size_t nwords = call->nargs - args_before_text(call);
    if (call->line.ptr || nwords < 2) {
        return WORDS_WHOLE;
    }
    for (size_t i = 1; i < call->nargs; i++) {
        for (size_t b = 0; b < call->args[i].len; b++) {
            if (isspace((unsigned char) call->args[i].ptr[b])) {
                return WORDS_SPACED;
            }
        }
    }
    return WORDS_JOINED;
}

/* Says how to keep the quotes, where they would have helped. Room: where the error is put then. */
static const struct error *
error_with_hint(const struct error *err, enum query_words words, struct error *room)
{
    bool helps = words != WORDS_WHOLE && hint_lacks_quotes(err, words == WORDS_SPACED);
    if (!helps) {
        return err;
    }
    error_clear(room);
    (void) error_set(room, err->code, "%s; in redis-cli: query \"...\"", err->message);
    return room;
}

static void
args_text(const struct call *call, struct strbuf *text)
{
    for (size_t i = 0; i < call->nargs; i++) {
        if (i > 0) {
            strbuf_append_char(text, ' ');
        }
        strbuf_append(text, call->args[i]);
    }
}

/* Appends the whole text of a query. */
static void
query_text(const struct call *call, struct strbuf *text)
{
    if (call->line.ptr) {
        line_text(call, text);
    } else { /* one arg is taken as it is, several are joined with a space */
        struct call behind = *call;
        behind.args += args_before_text(call);
        behind.nargs -= args_before_text(call);
        args_text(&behind, text);
    }
}

/*
 * ROWS shows the rows as HGETALL does, so their keys must be the user's to read: all that begin with
 * the prefix. If the dataset is not known here, these are all keys.
 */
static void
rows_ask(const struct call *call, const struct ast_query *ast, struct access_action *action,
         struct arena *arena)
{
    const struct dataset *dataset = catalog_by_name(call->services->catalog, ast->dataset);
    struct slice text = dataset ? dataset->prefix : slice_lit("");
    struct acl_prefix *prefix = arena_alloc(arena, sizeof *prefix);
    if (dataset && dataset->has_own_rows) {
        text = arena_printf(arena, "%.*s:%.*s", SLICE_ARG(dataset->name), SLICE_ARG(text));
    }
    *prefix = (struct acl_prefix){text, ACL_KEY_READ};
    action->prefixes = prefix;
    action->nprefixes = 1;
}

/*
 * Finds the dataset, and the key behind INTO, which is no separate word in a text. With INTO a query
 * is a command that writes, as SORT is: `+@read` does not allow it.
 */
bool
query_call_asks(const struct call *call, struct access_action *action, struct arena *arena,
                struct error *err)
{
    struct strbuf text;
    struct ast_query *ast = NULL;
    strbuf_init(&text);
    query_text(call, &text);
    if (query_help_is_wanted(strbuf_slice(&text))) {
        strbuf_fini(&text);
        return true;
    }
    bool ok =
        query_parse(arena, strbuf_slice(&text), &call->services->settings->parse_limits, &ast, err);
    strbuf_fini(&text);
    if (!ok) {
        struct error room;
        *err = *error_with_hint(err, query_words(call), &room);
        return false;
    }
    action->datasets = &ast->dataset;
    action->ndatasets = 1;
    if (ast->statement == AST_ROWS) {
        rows_ask(call, ast, action, arena);
    }
    if (ast->options.into_key.ptr) {
        struct acl_range *key = arena_alloc(arena, sizeof *key);
        *key = (struct acl_range){0, 0, 1, ACL_KEY_WRITE};
        action->args = &ast->options.into_key;
        action->keys = key;
        action->nkeys = 1;
        action->writes = true;
        action->categories = (action->categories & ~(uint32_t) ACL_READ) | ACL_WRITE;
    }
    return true;
}

/* -- counts ------------------------------------------------------------------------------------ */

static void
on_query_done(void *arg, const struct query_result *result, const struct error *err)
{
    struct request *request = arg;
    command_time_query(request);
    if (!err) {
        reply_query_result(request_writer(request), result);
    }
    dataset_names_finish(request, err);
}

static void
on_joined_done(void *arg, const struct query_result *result, const struct error *err)
{
    struct error room;
    on_query_done(arg, result, err ? error_with_hint(err, WORDS_JOINED, &room) : NULL);
}

static void
on_spaced_done(void *arg, const struct query_result *result, const struct error *err)
{
    struct error room;
    on_query_done(arg, result, err ? error_with_hint(err, WORDS_SPACED, &room) : NULL);
}

/* The connection's word goes before its user's, and that before the configuration's. */
static bool
unknown_fields_are_errors(const struct call *call)
{
    enum unknown_fields unknown = client_unknown_fields(call->client);
    if (unknown == UNKNOWN_FIELDS_BY_DEFAULT) {
        unknown = acl_user_unknown_fields(client_access(call->client)->user);
    }
    return unknown == UNKNOWN_FIELDS_BY_DEFAULT
               ? call->services->config->unknown_fields == UNKNOWN_FIELDS_ERROR
               : unknown == UNKNOWN_FIELDS_REFUSED;
}

static void
on_room(void *arg, bool is_dropped)
{
    if (!is_dropped) { /* else the query was cancelled */
        query_go_on(request_query(arg));
    }
}

/* Sends a part of an answer, and waits until the client has taken it. */
static void
on_query_part(void *arg, const struct listing *part)
{
    struct request *request = arg;
    reply_listing(request_writer(request), part);
    request_tell(request, on_room, request);
}

enum command_outcome
query_call_run(struct call *call)
{
    static query_done_fn *const DONE[] = {on_query_done, on_joined_done, on_spaced_done};
    struct strbuf text;
    strbuf_init(&text);
    query_text(call, &text);
    if (query_help_is_wanted(strbuf_slice(&text))) {
        strbuf_fini(&text);
        query_help_reply(call->out);
        return COMMAND_REPLIED;
    }
    struct query *query = query_start(call->services->executor, strbuf_slice(&text),
                                      DONE[query_words(call)], call->request);
    if (call->command->op == FORM_BEHIND_ROW) {
        query_set_after(query, call->args[2]);
    }
    query_set_on_part(query, on_query_part);
    query_set_writer(query, reply_query_write, request_writer(call->request));
    query_set_budget(query, client_budget(call->client));
    query_set_floor(query, acl_user_suppress_below(client_access(call->client)->user));
    query_set_unknown_fields(query, unknown_fields_are_errors(call));
    request_set_query(call->request, query);
    strbuf_fini(&text);
    return COMMAND_RUNS;
}
