/*
 * Completes words. in: a text and a cursor; out: words that may stand there.
 *
 * Example: of `count sex from survey where region = no` the server says that "north" may stand there
 * (QUERY COMPLETE). Where it says nothing in time, the language alone is asked: keywords.
 */
#include "tools/shell/complete.h"

#include <hiredis/hiredis.h>

#include "parser/completion.h"
#include "tools/shell/complete_path.h"
#include "tools/shell/own_commands.h"

/* -- queries ----------------------------------------------------------------------------------- */

/* Signs are typed as fast as they are chosen. */
static bool
is_offered(const struct redisReply *text, const struct redisReply *kind)
{
    return text && text->str && kind && kind->str &&
           !slice_equal(slice_of(kind->str, kind->len),
                        slice_str(completion_kind_name(COMPLETION_PUNCTUATION)));
}

/* False: the reply is none. */
static bool
take_reply(struct arena *arena, const struct redisReply *reply, size_t cursor, struct choices *out)
{
    const struct redisReply *from = aside_member(reply, "from");
    const struct redisReply *items = aside_member(reply, "items");
    if (!from || !items || items->type != REDIS_REPLY_ARRAY || from->integer < 0 ||
        (size_t) from->integer > cursor) {
        return false;
    }
    out->at = (size_t) from->integer;
    for (size_t i = 0; i < items->elements; i++) {
        const struct redisReply *text = aside_member(items->element[i], "text");
        if (is_offered(text, aside_member(items->element[i], "kind"))) {
            choices_add(arena, out, slice_of(text->str, text->len));
        }
    }
    return true;
}

static void
complete_keywords(struct arena *arena, struct slice text, size_t cursor, struct choices *out)
{
    struct completion completion;
    completion_begin(&completion, arena, text, cursor);
    completion_end(&completion);
    out->at = completion.next.at;
    for (size_t i = 0; i < completion.nitems; i++) {
        if (completion.items[i].kind != COMPLETION_PUNCTUATION) {
            choices_add(arena, out, completion.items[i].text);
        }
    }
}

static void
complete_query(struct arena *arena, struct aside *aside, struct slice text, size_t cursor,
               struct choices *out)
{
    struct redisReply *reply = aside_complete(aside, text, cursor);
    if (!reply || !take_reply(arena, reply, cursor, out)) {
        complete_keywords(arena, text, cursor, out);
    }
    freeReplyObject(reply);
}

/* -- the shell's own commands ------------------------------------------------------------------ */

static void
complete_name(struct arena *arena, struct slice word, struct choices *out)
{
    out->at = 0;
    for (size_t i = 0; own_command_name(i); i++) {
        struct slice name = slice_str(own_command_name(i));
        if (name.len >= word.len && slice_equal_nocase(slice_of(name.ptr, word.len), word)) {
            choices_add(arena, out, name);
        }
    }
}

/* An own command whose argument stands where a query has it: `\d sur` as `describe sur`. */
static const struct {
    const char *command, *query;
} AS_QUERIES[] = {{"\\explain ", ""}, {"\\d ", "describe "}};

/* False: no query is in the line. */
static bool
complete_as_query(struct arena *arena, struct aside *aside, struct slice line, size_t cursor,
                  struct choices *out)
{
    for (size_t i = 0; i < sizeof AS_QUERIES / sizeof *AS_QUERIES; i++) {
        struct slice command = slice_str(AS_QUERIES[i].command);
        struct slice begun = slice_str(AS_QUERIES[i].query);
        if (!slice_starts_with(line, command) || cursor < command.len) {
            continue;
        }
        struct slice text = arena_printf(arena, "%s%.*s", begun.ptr, (int) (line.len - command.len),
                                         line.ptr + command.len);
        complete_query(arena, aside, text, cursor - command.len + begun.len, out);
        out->at = out->at < begun.len ? cursor : out->at - begun.len + command.len;
        return true;
    }
    return false;
}

/* Own commands whose argument is a file: the rest of the line, or its first word. */
static const struct {
    const char *command;
    bool is_word;
} OF_FILES[] = {{"\\load ", true}, {"\\o ", false}};

static void
complete_file(struct arena *arena, struct slice front, struct choices *out)
{
    for (size_t i = 0; i < sizeof OF_FILES / sizeof *OF_FILES; i++) {
        struct slice command = slice_str(OF_FILES[i].command);
        if (!slice_starts_with(front, command)) {
            continue;
        }
        struct slice typed = slice_of(front.ptr + command.len, front.len - command.len);
        bool is_quoted = typed.len && typed.ptr[0] == '"';
        bool is_over = OF_FILES[i].is_word && typed.len &&
                       memchr(typed.ptr + is_quoted, is_quoted ? '"' : ' ', typed.len - is_quoted);
        out->at = command.len;
        if (!is_over) {
            complete_path(arena, typed, OF_FILES[i].is_word, out);
        }
    }
}

static void
complete_own(struct arena *arena, struct aside *aside, struct slice line, size_t cursor,
             struct choices *out)
{
    struct slice front = slice_of(line.ptr, cursor);
    if (!memchr(front.ptr, ' ', front.len)) {
        complete_name(arena, front, out);
    } else if (!complete_as_query(arena, aside, line, cursor, out)) {
        complete_file(arena, front, out);
    }
}

void
complete(struct arena *arena, struct aside *aside, struct slice text, size_t cursor,
         struct choices *out)
{
    *out = (struct choices){.at = cursor};
    if (text.len && text.ptr[0] == '\\') {
        complete_own(arena, aside, text, cursor, out);
    } else {
        complete_query(arena, aside, text, cursor, out);
    }
}
