/*
 * A line as somebody types it: edited, completed, remembered (libedit).
 *
 *     struct editor *editor = editor_new(aside);
 *     editor_read(editor, before, false, &line)       quipu> count sex fr<Tab>
 */
#ifndef QUIPU_TOOLS_SHELL_EDITOR_H
#define QUIPU_TOOLS_SHELL_EDITOR_H

#include "tools/shell/aside.h"
#include "tools/shell/statement.h"

struct editor;

enum editor_outcome { EDITOR_LINE, EDITOR_INTERRUPT, EDITOR_END };

/* For standard input, which is a terminal. Reads the history. Borrows the aside. */
struct editor *editor_new(struct aside *aside);
/* Gives the terminal back as it was. */
void editor_free(struct editor *editor);
/*
 * Reads one line, without its end; borrowed until the next call. before: the lines of the statement
 * that it goes on with. END: Ctrl-D on an empty line, or the end of the program.
 */
enum editor_outcome editor_read(struct editor *editor, struct slice before, bool is_continued,
                                struct slice *line);
/* Keeps a statement in the history, unless it may have a password in it. */
void editor_remember(struct editor *editor, enum statement_kind kind, struct slice text);

#endif
