/*
 * The shell's own commands. in: a line that begins with a backslash; out: what it does.
 *
 * Example: "\d survey" runs `describe survey`, whose table shows the fields.
 */
#include "tools/shell/own_commands.h"

#include <ctype.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/spelling.h"
#include "base/words.h"
#include "parser/ast_names.h"
#include "parser/next.h"
#include "tools/shell/dataset_list.h"
#include "tools/shell/help.h"
#include "tools/shell/loader.h"
#include "tools/shell/saved.h"
#include "tools/shell/signals.h"

struct own_command {
    const char *name, *arguments, *summary;
    enum own_result (*run)(struct shell *shell, struct slice rest);
};

static enum own_result
result_of(bool ok)
{
    return ok ? OWN_OK : OWN_FAILED;
}

static enum own_result
fail(struct shell *shell, const char *text)
{
    screen_error(&shell->screen, text);
    return OWN_FAILED;
}

static enum own_result
say(struct shell *shell, const char *fmt, const char *value)
{
    if (shell->is_prompting) {
        printf(fmt, value);
        fflush(stdout);
    }
    return OWN_OK;
}

static struct slice
take_word(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->len && !isspace((unsigned char) rest->ptr[n])) {
        n++;
    }
    struct slice word = slice_of(rest->ptr, n);
    while (n < rest->len && isspace((unsigned char) rest->ptr[n])) {
        n++;
    }
    *rest = slice_of(rest->ptr + n, rest->len - n);
    return word;
}

/* -- each of them ------------------------------------------------------------------------------ */

static void
append_dataset(struct strbuf *out, struct slice name)
{
    bool is_plain = next_is_plain_word(name) || (name.len && name.ptr[0] == '`');
    strbuf_printf(out, is_plain ? "%.*s" : "`%.*s`", SLICE_ARG(name));
}

static enum own_result
describe_run(struct shell *shell, struct slice rest)
{
    if (!rest.len) {
        return result_of(dataset_list_show(shell));
    }
    struct strbuf query;
    strbuf_init(&query);
    strbuf_append_str(&query, "describe ");
    append_dataset(&query, rest);
    bool ok = run_query(shell, strbuf_slice(&query));
    strbuf_fini(&query);
    return result_of(ok);
}

static enum own_result
explain_run(struct shell *shell, struct slice rest)
{
    struct strbuf query;
    strbuf_init(&query);
    strbuf_append_str(&query, "explain ");
    strbuf_append(&query, rest.len ? rest : strbuf_slice(&shell->last_query));
    bool ok = query.len > strlen("explain ") && run_query(shell, strbuf_slice(&query));
    if (query.len == strlen("explain ")) {
        screen_error(&shell->screen, "\\explain takes a query; none was run before");
    }
    strbuf_fini(&query);
    return result_of(ok);
}

static enum own_result
format_run(struct shell *shell, struct slice rest)
{
    char word[32];
    snprintf(word, sizeof word, "%.*s", SLICE_ARG(rest));
    if (rest.len && !options_format(word, &shell->format)) {
        return fail(shell,
                    "\\format takes table, markdown, csv, json, map, rows, nested or server");
    }
    return say(shell, "format %s\n",
               shell->format == AST_FORMAT_DEFAULT ? "server" : ast_format_name(shell->format));
}

static enum own_result
timing_run(struct shell *shell, struct slice rest)
{
    bool is_on = slice_equal_nocase(rest, slice_lit("on"));
    if (rest.len && !is_on && !slice_equal_nocase(rest, slice_lit("off"))) {
        return fail(shell, "\\timing takes on or off");
    }
    shell->has_timing = rest.len ? is_on : !shell->has_timing;
    return say(shell, "timing %s\n", shell->has_timing ? "on" : "off");
}

/* Files whose names say how answers are written into them. */
static void
format_of_file(struct shell *shell, const char *path)
{
    const char *dot = strrchr(path, '.');
    enum ast_format format;
    if (dot && strcmp(dot, ".md") == 0) {
        shell->format = AST_FORMAT_MARKDOWN;
    } else if (dot && options_format(dot + 1, &format)) {
        shell->format = format;
    }
}

static enum own_result
output_run(struct shell *shell, struct slice rest)
{
    struct arena *arena = arena_new();
    struct error err = {0};
    const char *path = rest.len ? arena_copy(arena, rest).ptr : NULL;
    bool had_file = shell->screen.file != NULL;
    bool ok = screen_open_file(&shell->screen, path, &err);
    if (!ok) {
        screen_error(&shell->screen, err.message);
    } else if (path) {
        shell->format_before = had_file ? shell->format_before : shell->format;
        format_of_file(shell, path);
        (void) say(shell, "answers go to %s\n", path);
    } else if (had_file) {
        shell->format = shell->format_before;
    }
    arena_free(arena);
    return result_of(ok);
}

static enum own_result
watch_run(struct shell *shell, struct slice rest)
{
    enum { MS_MOST = 86400 * 1000 };
    char number[32], *end;
    snprintf(number, sizeof number, "%.*s", rest.len ? (int) rest.len : 1,
             rest.len ? rest.ptr : "2");
    double seconds = strtod(number, &end);
    if (*end || !(seconds >= 0.1) || seconds * 1000 > MS_MOST) {
        return fail(shell, "\\watch takes seconds, from 0.1 on");
    }
    if (!shell->last_query.len) {
        return fail(shell, "\\watch runs the last query again; none was run before");
    }
    bool pages = shell->screen.is_interactive;
    shell->screen.is_interactive = false; /* a pager would hold it up */
    bool ok = true;
    while (ok && !signals_has_end()) {
        if (shell->screen.is_terminal && !shell->screen.file) {
            fputs("\033[H\033[2J", stdout);
        }
        ok = run_query(shell, strbuf_slice(&shell->last_query));
        (void) signals_poll(NULL, 0, (int) (seconds * 1000));
        if (signals_take_interrupt()) {
            (void) say(shell, "%s", "\n");
            break;
        }
    }
    shell->screen.is_interactive = pages;
    return result_of(ok);
}

/* The file, its dataset if it has another name, options of quipu-load. */
static bool
load_words(struct shell *shell, struct arena *arena, struct slice *words, size_t nwords)
{
    size_t options_at = nwords > 1 && words[1].ptr[0] != '-' ? 2 : 1;
    const char *dataset = options_at == 2 ? words[1].ptr : loader_dataset_name(arena, words[0].ptr);
    const struct loader_job job = {.path = words[0].ptr,
                                   .dataset = dataset,
                                   .words = words + options_at,
                                   .nwords = nwords - options_at,
                                   .is_loud = shell->is_prompting};
    return loader_run(shell->options, shell->address, &job);
}

static enum own_result
load_run(struct shell *shell, struct slice rest)
{
    struct arena *arena = arena_new();
    struct slice *words;
    size_t nwords;
    bool ok = words_split(arena, rest, &words, &nwords) && nwords > 0;
    if (!ok) {
        screen_error(&shell->screen,
                     "\\load takes a file, its dataset's name if it has another, and options of "
                     "quipu-load");
    } else {
        ok = load_words(shell, arena, words, nwords);
    }
    arena_free(arena);
    return result_of(ok);
}

static enum own_result
save_run(struct shell *shell, struct slice rest)
{
    if (!rest.len || !shell->last_query.len) {
        return fail(shell, "\\save takes a name, and keeps the last query under it");
    }
    return result_of(saved_keep(shell, rest));
}

static enum own_result
saved_list_run(struct shell *shell, struct slice rest)
{
    return result_of(rest.len ? saved_run(shell, rest) : saved_show(shell));
}

static enum own_result help_run(struct shell *shell, struct slice rest);

static enum own_result
quit_run(struct shell *shell, struct slice rest)
{
    (void) shell;
    (void) rest;
    return OWN_QUIT;
}

static const struct own_command COMMANDS[] = {
    {"\\d", "[dataset]", "the datasets; the fields of one", describe_run},
    {"\\explain", "[query]", "how a query is answered; without one, the last", explain_run},
    {"\\format", "[word]",
     "how answers are shown: table, markdown, csv, json, map, rows, nested, server", format_run},
    {"\\help", "[word]", "this list; what a word of the language means", help_run},
    {"\\load", "file [dataset]", "loads a file into a dataset; options of quipu-load may follow",
     load_run},
    {"\\o", "[file]",
     "writes answers into a file, .csv .json .md by their format; without one, here", output_run},
    {"\\q", "", "ends the shell, as Ctrl-D does", quit_run},
    {"\\save", "name", "keeps the last query at the server", save_run},
    {"\\saved", "[name]", "the queries that are kept; runs one", saved_list_run},
    {"\\timing", "[on|off]", "shows how long each answer took", timing_run},
    {"\\watch", "[seconds]", "runs the last query again and again, until Ctrl-C", watch_run},
};
enum { NCOMMANDS = sizeof COMMANDS / sizeof *COMMANDS };

static enum own_result
help_run(struct shell *shell, struct slice rest)
{
    struct strbuf text;
    strbuf_init(&text);
    bool ok = true;
    if (rest.len) {
        ok = help_append(&text, rest);
    } else {
        for (size_t i = 0; i < NCOMMANDS; i++) {
            char both[40];
            snprintf(both, sizeof both, "%s %s", COMMANDS[i].name, COMMANDS[i].arguments);
            strbuf_printf(&text, "%-22s %s\n", both, COMMANDS[i].summary);
        }
        help_append_overview(&text);
    }
    if (ok) {
        screen_show(&shell->screen, strbuf_slice(&text));
    } else {
        screen_error(&shell->screen, "no such word; \\help lists those there are");
    }
    strbuf_fini(&text);
    return result_of(ok);
}

const char *
own_command_name(size_t n)
{
    return n < NCOMMANDS ? COMMANDS[n].name : NULL;
}

static enum own_result
unknown(struct shell *shell, struct slice name)
{
    struct slice names[NCOMMANDS], nearest;
    for (size_t i = 0; i < NCOMMANDS; i++) {
        names[i] = slice_str(COMMANDS[i].name);
    }
    char text[160];
    if (spelling_nearest(names, NCOMMANDS, name, &nearest)) {
        snprintf(text, sizeof text, "no command %.*s; did you mean %.*s?",
                 name.len > 40 ? 40 : (int) name.len, name.ptr, SLICE_ARG(nearest));
    } else {
        snprintf(text, sizeof text, "no command %.*s; \\help lists them",
                 name.len > 40 ? 40 : (int) name.len, name.ptr);
    }
    return fail(shell, text);
}

enum own_result
own_command_run(struct shell *shell, struct slice line)
{
    struct slice rest = line, name = take_word(&rest);
    for (size_t i = 0; i < NCOMMANDS; i++) {
        if (slice_equal_nocase(name, slice_str(COMMANDS[i].name))) {
            return COMMANDS[i].run(shell, rest);
        }
    }
    return slice_equal(name, slice_lit("\\?")) ? help_run(shell, rest) : unknown(shell, name);
}
