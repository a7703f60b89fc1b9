/*
 * Writes a sheet as a pipe table. in: a sheet; out: a caption, a line of heads, a line for each row.
 *
 * Example: the head of a label `a|b` with two leaves is "a\|b: count", "a\|b: avg(x)".
 *
 * What means something in Markdown or HTML is escaped, so a label cannot leave its cell.
 */
#include "answer/draw_markdown.h"

static void
escaped(struct strbuf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '<') {
            strbuf_append_str(out, "&lt;");
            continue;
        }
        if (c == '&') {
            strbuf_append_str(out, "&amp;");
            continue;
        }
        if (memchr("\\`*_[]|~", c, 8)) {
            strbuf_append_char(out, '\\');
        }
        strbuf_append_char(out, c);
    }
}

static void
cell(struct strbuf *out, struct slice text, bool is_bold)
{
    const char *mark = is_bold && text.len ? "**" : "";
    strbuf_append_str(out, " ");
    strbuf_append_str(out, mark);
    escaped(out, text);
    strbuf_append_str(out, mark);
    strbuf_append_str(out, " |");
}

/* "**count** by sex, age": all names, since a pipe table has one line of heads. */
static void
caption_write(const struct sheet *sheet, struct strbuf *out)
{
    if (sheet->layer.len) {
        strbuf_append_str(out, "**");
        escaped(out, sheet->layer);
        strbuf_append_str(out, "**\n\n");
    }
    if (!sheet->across.ptr) {
        return;
    }
    if (sheet->corner.len) {
        escaped(out, sheet->corner);
        strbuf_append_str(out, " by ");
    }
    for (size_t h = 0; h < sheet->nheads; h++) {
        escaped(out, sheet->head_names[h]);
        strbuf_append_str(out, ", ");
    }
    escaped(out, sheet->across);
    strbuf_append_str(out, "\n\n");
}

static void
header_write(const struct sheet *sheet, struct strbuf *out)
{
    strbuf_append_char(out, '|');
    for (size_t h = 0; h < sheet->nheads; h++) {
        cell(out, sheet->head_names[h], false);
    }
    for (size_t c = 0; c < sheet->ngroups * sheet->nleaves; c++) {
        struct slice label = sheet->groups[c / sheet->nleaves].label;
        struct strbuf text;
        strbuf_init(&text);
        strbuf_append(&text, label.ptr ? label : slice_lit(""));
        if (sheet->leaf_names) {
            strbuf_append_str(&text, label.ptr ? ": " : "");
            strbuf_append(&text, sheet->leaf_names[c % sheet->nleaves]);
        }
        cell(out, strbuf_slice(&text), false);
        strbuf_fini(&text);
    }
    strbuf_append_str(out, "\n|");
    for (size_t h = 0; h < sheet->nheads; h++) {
        strbuf_append_str(out, " :-- |");
    }
    for (size_t c = 0; c < sheet->ngroups * sheet->nleaves; c++) {
        strbuf_append_str(out, " --: |");
    }
    strbuf_append_char(out, '\n');
}

static void
row_write(const struct sheet *sheet, size_t row, bool is_total, struct strbuf *out)
{
    size_t ncolumns = sheet->ngroups * sheet->nleaves;
    strbuf_append_char(out, '|');
    for (size_t h = 0; h < sheet->nheads; h++) {
        struct slice head = sheet->heads[row * sheet->nheads + h];
        cell(out, head.ptr ? head : slice_lit(""), is_total);
    }
    for (size_t c = 0; c < ncolumns; c++) {
        const struct sheet_text *text = &sheet->texts[row * ncolumns + c];
        struct strbuf whole;
        strbuf_init(&whole);
        strbuf_append(&whole, text->number);
        if (text->behind.len) {
            strbuf_append_char(&whole, ' ');
            strbuf_append(&whole, text->behind);
        }
        cell(out, strbuf_slice(&whole), is_total || sheet->groups[c / sheet->nleaves].is_total);
        strbuf_fini(&whole);
    }
    strbuf_append_char(out, '\n');
}

void
draw_markdown_sheet(const struct sheet *sheet, struct strbuf *out)
{
    caption_write(sheet, out);
    if (sheet->nrows == 0 || sheet->ngroups == 0) {
        strbuf_append_str(out, "nothing found\n");
        return;
    }
    header_write(sheet, out);
    for (size_t row = 0; row < sheet->nrows; row++) {
        row_write(sheet, row, sheet->totals[row], out);
    }
}

void
draw_markdown_lines(const struct slice *lines, size_t nlines, struct strbuf *out)
{
    for (size_t i = 0; i < nlines; i++) {
        strbuf_append_str(out, i == 0 ? "\n- " : "- ");
        escaped(out, lines[i]);
        strbuf_append_char(out, '\n');
    }
}
