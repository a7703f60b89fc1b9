/*
 * Writes an answer sheet by sheet. in: an answer; out: text, in the style of TABLE or of MARKDOWN.
 *
 * Example: of two tables, the first with two layers, there are three sheets with an empty line
 * between, and notes below the second and the third.
 */
#include "answer/format_sheets.h"

#include "answer/draw.h"
#include "answer/draw_markdown.h"
#include "answer/notes.h"
#include "answer/sheet.h"

struct format_sheets
format_sheets_of(const struct answer *answer, bool is_markdown, size_t ncells)
{
    return (struct format_sheets){.answer = answer, .is_markdown = is_markdown, .ncells = ncells};
}

static void
draw(const struct format_sheets *sheets, struct arena *arena, const struct sheet *sheet,
     struct strbuf *out)
{
    if (sheets->is_markdown) {
        draw_markdown_sheet(sheet, out);
    } else {
        draw_sheet(arena, sheet, sheets->ncells, out);
    }
}

/* What stands below a sheet; below a table's last one also what is told of the table. */
static void
notes_write(const struct format_sheets *sheets, struct arena *arena, const struct table *table,
            bool is_last, struct strbuf *out)
{
    struct notes notes = {.arena = arena};
    const struct table_test *test = sheet_test(table, sheets->sheet);
    if (test) {
        notes_of_test(&notes, test);
    }
    if (is_last) {
        notes_of_table(&notes, table);
    }
    if (is_last && sheets->table + 1 == sheets->answer->ntables) {
        notes_of_answer(&notes, sheets->answer);
    }
    if (sheets->is_markdown) {
        draw_markdown_lines(notes.lines, notes.n, out);
        return;
    }
    for (size_t i = 0; i < notes.n; i++) {
        strbuf_append(out, notes.lines[i]);
        strbuf_append_char(out, '\n');
    }
}

/* Writes one sheet; returns how many cells that was. */
static uint64_t
sheet_write(const struct format_sheets *sheets, const struct table *table, struct strbuf *out)
{
    struct arena *arena = arena_new();
    size_t n = sheet_count(table);
    uint64_t ncells = 1;
    if (n == 0) {
        strbuf_append_str(out, "nothing found\n");
    } else {
        const struct sheet *sheet = sheet_of(arena, table, sheets->sheet, sheets->has_dots);
        draw(sheets, arena, sheet, out);
        ncells += (uint64_t) sheet->nrows * sheet->ngroups * sheet->nleaves;
    }
    const struct sheet *residuals = sheet_of_residuals(arena, table, sheets->sheet);
    if (residuals) {
        strbuf_append_char(out, '\n');
        draw(sheets, arena, residuals, out);
    }
    notes_write(sheets, arena, table, sheets->sheet + 1 >= n, out);
    arena_free(arena);
    return ncells;
}

bool
format_sheets_step(struct format_sheets *sheets, struct strbuf *out, uint64_t ncells)
{
    for (; sheets->table < sheets->answer->ntables; sheets->table++, sheets->sheet = 0) {
        const struct table *table = sheets->answer->tables[sheets->table];
        size_t n = sheet_count(table);
        if (sheets->sheet == 0) {
            sheets->has_dots = sheet_has_dots(table);
        }
        do {
            if (ncells == 0) {
                return false;
            }
            if (sheets->table > 0 || sheets->sheet > 0) {
                strbuf_append_char(out, '\n');
            }
            uint64_t nwritten = sheet_write(sheets, table, out);
            ncells -= nwritten < ncells ? nwritten : ncells;
        } while (++sheets->sheet < n);
    }
    return true;
}
