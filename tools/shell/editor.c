/*
 * Edits lines by libedit. in: keys; out: lines.
 *
 * Keys are read here and not by libedit, so that a signal is seen while it waits: Ctrl-C drops the
 * statement, SIGTERM and SIGHUP end the shell.
 *
 * Example: Tab behind `count se` puts `sex ` there; behind `count ` it lists what there is.
 */
#include "tools/shell/editor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <histedit.h>

#include "base/must.h"
#include "base/width.h"
#include "tools/shell/complete.h"
#include "tools/shell/history_file.h"
#include "tools/shell/signals.h"

enum { HISTORY_MOST = 1000 };

struct editor {
    EditLine *line;
    History *history;
    struct aside *aside;
    char path[4096]; /* of the history; empty: none is kept */
    struct slice before;
    bool is_continued;
    enum editor_outcome outcome; /* why no line came */
    mbstate_t decoding;
    struct strbuf text;
};

static struct editor *
editor_of(EditLine *line)
{
    struct editor *editor = NULL;
    el_get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *
on_prompt(EditLine *line)
{
    static char first[] = "quipu> ", next[] = "    -> ";
    return editor_of(line)->is_continued ? next : first;
}

/* -- keys -------------------------------------------------------------------------------------- */

/* Ends the line: no character comes. */
static int
end_line(struct editor *editor, enum editor_outcome outcome)
{
    editor->outcome = outcome;
    return 0;
}

static int
on_read(EditLine *line, wchar_t *out)
{
    struct editor *editor = editor_of(line);
    for (;;) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        int n = signals_poll(&input, 1, -1);
        if (signals_has_end()) {
            return end_line(editor, EDITOR_END);
        }
        if (signals_take_interrupt()) {
            return end_line(editor, EDITOR_INTERRUPT);
        }
        if (n < 0) {
            el_resize(line);
            continue;
        }
        char byte;
        ssize_t nread = read(STDIN_FILENO, &byte, 1);
        if (nread <= 0) {
            if (nread < 0 && errno == EINTR) {
                continue;
            }
            return end_line(editor, EDITOR_END);
        }
        size_t taken = mbrtowc(out, &byte, 1, &editor->decoding);
        if (taken == (size_t) -1) {
            memset(&editor->decoding, 0, sizeof editor->decoding); /* a byte of no character */
        } else if (taken != (size_t) -2) {
            return 1;
        }
    }
}

/* -- Tab --------------------------------------------------------------------------------------- */

static void
list_choices(const struct choices *choices, size_t screen_cells)
{
    enum { SHOWN_MOST = 200, GAP = 2 };
    size_t widest = 0, n = choices->n < SHOWN_MOST ? choices->n : SHOWN_MOST;
    for (size_t i = 0; i < n; i++) {
        size_t width = width_of(choices->texts[i]);
        widest = width > widest ? width : widest;
    }
    size_t ncolumns = screen_cells / (widest + GAP);
    ncolumns = ncolumns ? ncolumns : 1;
    size_t nlines = (n + ncolumns - 1) / ncolumns;
    struct strbuf out;
    strbuf_init(&out);
    strbuf_append_char(&out, '\n');
    for (size_t l = 0; l < nlines; l++) {
        for (size_t i = l; i < n; i += nlines) {
            width_fit(&out, choices->texts[i], widest + GAP, WIDTH_LEFT);
        }
        strbuf_append_char(&out, '\n');
    }
    if (n < choices->n) {
        strbuf_printf(&out, "... and %zu more\n", choices->n - n);
    }
    fwrite(out.ptr, 1, out.len, stdout);
    fflush(stdout);
    strbuf_fini(&out);
}

/* How many characters of UTF-8. */
static int
count_characters(struct slice text)
{
    int n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char) text.ptr[i] & 0xc0) != 0x80;
    }
    return n;
}

/* Puts a text in the place of the word at the cursor. */
static void
replace(EditLine *line, struct slice word, struct slice text, bool is_whole)
{
    char *inserted = must_alloc(text.len + 2);
    memcpy(inserted, text.ptr, text.len);
    inserted[text.len] = is_whole ? ' ' : '\0';
    el_deletestr(line, count_characters(word));
    (void) el_insertstr(line, inserted);
    free(inserted);
}

static unsigned char
on_tab(EditLine *line, int key)
{
    (void) key;
    struct editor *editor = editor_of(line);
    const LineInfo *now = el_line(line);
    struct strbuf text;
    struct arena *arena = arena_new();
    struct choices choices;
    strbuf_init(&text);
    strbuf_append(&text, editor->before);
    strbuf_append(&text, slice_of(now->buffer, (size_t) (now->lastchar - now->buffer)));
    size_t cursor = editor->before.len + (size_t) (now->cursor - now->buffer);
    complete(arena, editor->aside, strbuf_slice(&text), cursor, &choices);
    unsigned char outcome = CC_REFRESH_BEEP;
    if (choices.n && choices.at >= editor->before.len) {
        struct slice word = slice_of(text.ptr + choices.at, cursor - choices.at);
        size_t common = choices_common(&choices);
        struct slice grown = slice_of(choices.texts[0].ptr, common);
        if (choices.n == 1 || common > word.len) {
            replace(line, word, grown, choices.n == 1 && !choices.is_open);
            outcome = CC_REFRESH;
        } else {
            int columns = 0;
            (void) el_get(line, EL_GETTC, "co", &columns);
            list_choices(&choices, columns > 0 ? (size_t) columns : 80);
            outcome = CC_REDISPLAY;
        }
    }
    strbuf_fini(&text);
    arena_free(arena);
    return outcome;
}

/* -- the whole --------------------------------------------------------------------------------- */

struct editor *
editor_new(struct aside *aside)
{
    HistEvent event;
    struct editor *editor = must_alloc(sizeof *editor);
    editor->aside = aside;
    editor->line = must_have(el_init("quipu", stdin, stdout, stderr));
    editor->history = must_have(history_init());
    history(editor->history, &event, H_SETSIZE, HISTORY_MOST);
    history(editor->history, &event, H_SETUNIQUE, 1);
    if (history_file_path(editor->path, sizeof editor->path)) {
        history(editor->history, &event, H_LOAD, editor->path);
    } else {
        editor->path[0] = '\0';
    }
    el_set(editor->line, EL_CLIENTDATA, editor);
    el_set(editor->line, EL_EDITOR, "emacs");
    el_set(editor->line, EL_PROMPT, on_prompt);
    el_set(editor->line, EL_SIGNAL, 0);
    el_set(editor->line, EL_GETCFN, on_read);
    el_set(editor->line, EL_HIST, history, editor->history);
    el_set(editor->line, EL_ADDFN, "quipu-complete", "Completes the word", on_tab);
    el_set(editor->line, EL_BIND, "^I", "quipu-complete", NULL);
    el_set(editor->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(editor->line, NULL);
    return editor;
}

void
editor_free(struct editor *editor)
{
    if (editor) {
        el_end(editor->line);
        history_end(editor->history);
        strbuf_fini(&editor->text);
        free(editor);
    }
}

enum editor_outcome
editor_read(struct editor *editor, struct slice before, bool is_continued, struct slice *line)
{
    int nbytes = 0;
    editor->before = before;
    editor->is_continued = is_continued;
    editor->outcome = EDITOR_END;          /* Ctrl-D */
    el_set(editor->line, EL_PREP_TERM, 1); /* before the prompt: who sees it can type any key */
    memset(&editor->decoding, 0, sizeof editor->decoding);
    const char *text = el_gets(editor->line, &nbytes);
    if (!text || nbytes <= 0) {
        fputc('\n', stdout);
        fflush(stdout);
        return editor->outcome;
    }
    strbuf_clear(&editor->text);
    strbuf_append(&editor->text, slice_str(text));
    while (editor->text.len && strchr("\r\n", editor->text.ptr[editor->text.len - 1])) {
        editor->text.len--;
    }
    *line = strbuf_slice(&editor->text);
    return EDITOR_LINE;
}

void
editor_remember(struct editor *editor, enum statement_kind kind, struct slice text)
{
    if (history_is_secret(text)) {
        return;
    }
    HistEvent event;
    char *line = must_alloc(text.len + 2);
    for (size_t i = 0; i < text.len; i++) {
        line[i] = text.ptr[i] == '\n' ? ' ' : text.ptr[i];
    }
    line[text.len] = kind == STATEMENT_QUERY ? ';' : '\0';
    history(editor->history, &event, H_ENTER, line);
    free(line);
    if (editor->path[0]) {
        history(editor->history, &event, H_SAVE, editor->path);
    }
}
