/*
 * Keeps queries at the server, by QUERY SAVE and QUERY SAVED. in: a name; out: a list, or a query that
 * runs.
 *
 * Example: `\save by sex` behind a query keeps it; `\saved by sex` runs it again, from any shell of that
 * user.
 */
#include "tools/shell/saved.h"

#include <hiredis/hiredis.h>

#include "base/width.h"
#include "tools/shell/aside.h"

static struct redisReply *
ask(struct shell *shell)
{
    const struct slice args[] = {slice_lit("QUERY"), slice_lit("SAVED")};
    return run_call(shell, args, 2, (struct slice){0});
}

/* A member of the i-th query of the reply; empty: it has none. */
static struct slice
member_of(const struct redisReply *reply, size_t i, const char *name)
{
    const struct redisReply *value = aside_member(reply->element[i], name);
    return value && value->str ? slice_of(value->str, value->len) : slice_of("", 0);
}

bool
saved_show(struct shell *shell)
{
    struct redisReply *reply = ask(shell);
    if (!reply) {
        return false;
    }
    struct strbuf text;
    strbuf_init(&text);
    size_t n = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0, widest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t width = width_of(member_of(reply, i, "name"));
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < n; i++) {
        width_fit(&text, member_of(reply, i, "name"), widest, WIDTH_LEFT);
        strbuf_append_str(&text, "  ");
        width_append(&text, member_of(reply, i, "text"));
        strbuf_append_char(&text, '\n');
    }
    if (!n) {
        strbuf_append_str(&text, "no query is saved; \\save name keeps the last one\n");
    }
    screen_show(&shell->screen, strbuf_slice(&text));
    strbuf_fini(&text);
    freeReplyObject(reply);
    return true;
}

bool
saved_keep(struct shell *shell, struct slice name)
{
    struct slice query = strbuf_slice(&shell->last_query);
    const struct slice args[] = {slice_lit("QUERY"), slice_lit("SAVE"), name, query};
    struct redisReply *reply = run_call(shell, args, 4, query);
    bool ok = reply != NULL;
    freeReplyObject(reply);
    return ok;
}

bool
saved_run(struct shell *shell, struct slice name)
{
    struct redisReply *reply = ask(shell);
    if (!reply) {
        return false;
    }
    bool is_found = false;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements && !is_found; i++) {
        is_found = slice_equal(member_of(reply, i, "name"), name);
        if (is_found) {
            strbuf_clear(&shell->last_query);
            strbuf_append(&shell->last_query, member_of(reply, i, "text"));
        }
    }
    freeReplyObject(reply);
    if (!is_found) {
        screen_error(&shell->screen, "no query is saved under that name; \\saved lists them");
    }
    return is_found && run_query(shell, strbuf_slice(&shell->last_query));
}
