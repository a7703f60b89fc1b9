/*
 * From lines to statements that run. in: a terminal, a script, a text; out: answers, in their order.
 *
 * Example: "count from a; count form a" shows a number and an error; both have run, and the whole has
 * failed.
 */
#include "tools/shell/shell.h"

#include <errno.h>
#include <unistd.h>

#include "tools/shell/editor.h"
#include "tools/shell/own_commands.h"
#include "tools/shell/signals.h"
#include "tools/shell/statement.h"

void
shell_init(struct shell *shell, const struct shell_options *options,
           const struct connection_address *address)
{
    *shell = (struct shell){.options = options,
                            .address = address,
                            .dialog = dialog_new(address),
                            .aside = aside_new(address),
                            .format = options->format};
    screen_init(&shell->screen);
}

void
shell_fini(struct shell *shell)
{
    dialog_free(shell->dialog);
    aside_free(shell->aside);
    screen_fini(&shell->screen);
    strbuf_fini(&shell->last_query);
}

/* -- statements -------------------------------------------------------------------------------- */

static enum own_result
result_of(bool ok)
{
    return ok ? OWN_OK : OWN_FAILED;
}

/* Words that people try in any shell. */
static bool
is_word(struct slice text, const char *word)
{
    return slice_equal_nocase(text, slice_str(word));
}

static enum own_result
statement_run(struct shell *shell, enum statement_kind kind, struct slice text)
{
    switch (kind) {
    case STATEMENT_NONE: break;
    case STATEMENT_OWN: return own_command_run(shell, text);
    case STATEMENT_QUERY:
        strbuf_clear(&shell->last_query);
        strbuf_append(&shell->last_query, text);
        return result_of(run_query(shell, text));
    case STATEMENT_REDIS:
        if (is_word(text, "quit") || is_word(text, "exit")) {
            return OWN_QUIT;
        }
        if (is_word(text, "help") || is_word(text, "?")) {
            return own_command_run(shell, slice_lit("\\help"));
        }
        return result_of(run_redis(shell, text));
    }
    return OWN_OK;
}

/* What a run of statements has come to. */
struct course {
    bool has_failed, has_quit;
};

/* Runs all whole statements of the reader. */
static void
statements_run(struct shell *shell, struct statement_reader *reader, struct editor *editor,
               struct course *course)
{
    struct strbuf text;
    enum statement_kind kind;
    strbuf_init(&text);
    while (!course->has_quit && !signals_has_end() &&
           (kind = statement_take(reader, &text)) != STATEMENT_NONE) {
        if (editor) {
            editor_remember(editor, kind, strbuf_slice(&text));
        }
        enum own_result result = statement_run(shell, kind, strbuf_slice(&text));
        course->has_failed |= result == OWN_FAILED;
        course->has_quit |= result == OWN_QUIT;
    }
    strbuf_fini(&text);
}

bool
shell_run_text(struct shell *shell, struct slice text)
{
    struct statement_reader reader = {0};
    struct course course = {0};
    while (text.len) {
        statement_add_line(&reader, slice_shift(&text, '\n'));
        statements_run(shell, &reader, NULL, &course);
    }
    statement_end(&reader);
    statements_run(shell, &reader, NULL, &course);
    statement_reader_fini(&reader);
    return !course.has_failed && !signals_has_end();
}

/* -- a script ---------------------------------------------------------------------------------- */

/* More bytes of a descriptor. False: its end, a signal that ends us, or Ctrl-C. */
static bool
read_more(int fd, struct strbuf *out)
{
    enum { BYTES = 65536 };
    struct pollfd waited = {fd, POLLIN, 0};
    while (signals_poll(&waited, 1, -1) < 0) {
        if (errno != EINTR || signals_has_end() || signals_take_interrupt()) {
            return false;
        }
    }
    ssize_t n = read(fd, strbuf_reserve(out, BYTES), BYTES);
    if (n > 0) {
        out->len += (size_t) n;
        out->ptr[out->len] = '\0';
    }
    return n > 0;
}

bool
shell_run_script(struct shell *shell, int fd)
{
    struct statement_reader reader = {0};
    struct course course = {0};
    struct strbuf bytes;
    strbuf_init(&bytes);
    for (bool more = true; more && !course.has_quit;) {
        size_t taken = 0;
        more = read_more(fd, &bytes);
        while (taken < bytes.len && !course.has_quit) {
            const char *start = bytes.ptr + taken;
            const char *end = memchr(start, '\n', bytes.len - taken);
            if (!end && more) {
                break;
            }
            struct slice line = slice_of(start, end ? (size_t) (end - start) : bytes.len - taken);
            taken += line.len + (end != NULL);
            statement_add_line(&reader, line);
            statements_run(shell, &reader, NULL, &course);
        }
        memmove(bytes.ptr, bytes.ptr + taken, bytes.len - taken);
        bytes.len -= taken;
    }
    statement_end(&reader);
    statements_run(shell, &reader, NULL, &course);
    strbuf_fini(&bytes);
    statement_reader_fini(&reader);
    return !course.has_failed && !signals_has_end();
}

/* -- a terminal -------------------------------------------------------------------------------- */

void
shell_run_terminal(struct shell *shell)
{
    struct statement_reader reader = {0};
    struct course course = {0};
    struct error err = {0};
    struct editor *editor = editor_new(shell->aside);
    shell->is_prompting = true;
    if (dialog_open(shell->dialog, &err)) {
        printf("quipu %s, connected to %s; \\help for help\n", QUIPU_VERSION,
               dialog_name(shell->dialog));
    } else {
        screen_error(&shell->screen, err.message);
    }
    while (!course.has_quit && !signals_has_end()) {
        struct slice line;
        enum editor_outcome outcome =
            editor_read(editor, strbuf_slice(&reader.lines), statement_is_open(&reader), &line);
        if (outcome == EDITOR_END) {
            break;
        }
        if (outcome == EDITOR_INTERRUPT) {
            statement_reader_clear(&reader);
            continue;
        }
        statement_add_line(&reader, line);
        statements_run(shell, &reader, editor, &course);
    }
    editor_free(editor);
    statement_reader_fini(&reader);
    shell->is_prompting = false;
}
