/*
 * Draws a sheet with blanks, dashes and bars. in: a sheet; out: lines, in blocks where it is wide.
 *
 * A block has the heads of rows, and as many groups of columns as fit. A group has a column for each
 * leaf, and a label that stands over them:
 *
 *     heads     group          group, a total
 *     sex     | 30         |  | total      |
 *             | count  avg |  | count  avg |
 */
#include "answer/draw.h"

#include "answer/wrap.h"
#include "base/width.h"

enum { LABEL_CELLS_MOST = 14, HEADS_CELLS_MOST = 44, HEAD_CELLS_LEAST = 8 };

struct column {
    size_t whole, part, behind; /* cells before the point, from it on, of letters with a blank */
    size_t width;
};

struct group {
    size_t first_column, width;
    struct slice lines[WRAP_LINES_MOST];
    size_t nlines;
};

struct drawing {
    struct arena *arena;
    const struct sheet *sheet;
    size_t *heads, heads_width; /* with two blanks between them */
    struct column *columns;
    struct group *groups;
    struct strbuf *out;
    struct strbuf line;
};

/* ---- Widths ---- */

/* Where a number's point is; a dot alone is a zero. */
static size_t
point_at(struct slice number)
{
    const char *point = number.len > 1 ? memchr(number.ptr, '.', number.len) : NULL;
    return point ? (size_t) (point - number.ptr) : number.len;
}

static void
raise(size_t *most, size_t n)
{
    if (n > *most) {
        *most = n;
    }
}

static void
columns_measure(struct drawing *drawing)
{
    const struct sheet *sheet = drawing->sheet;
    size_t ncolumns = sheet->ngroups * sheet->nleaves;
    drawing->columns = arena_array(drawing->arena, ncolumns, sizeof *drawing->columns);
    for (size_t i = 0; i < sheet->nrows * ncolumns; i++) {
        struct column *column = &drawing->columns[i % ncolumns];
        const struct sheet_text *text = &sheet->texts[i];
        size_t point = point_at(text->number);
        raise(&column->whole, point);
        raise(&column->part, text->number.len - point);
        raise(&column->behind, text->behind.len ? text->behind.len + 1 : 0);
    }
    for (size_t c = 0; c < ncolumns; c++) {
        struct column *column = &drawing->columns[c];
        column->width = column->whole + column->part + column->behind;
        if (sheet->leaf_names) {
            size_t name = width_of(sheet->leaf_names[c % sheet->nleaves]);
            raise(&column->width, name < LABEL_CELLS_MOST ? name : LABEL_CELLS_MOST);
        }
    }
}

static void
groups_measure(struct drawing *drawing)
{
    const struct sheet *sheet = drawing->sheet;
    drawing->groups = arena_array(drawing->arena, sheet->ngroups, sizeof *drawing->groups);
    for (size_t g = 0; g < sheet->ngroups; g++) {
        struct group *group = &drawing->groups[g];
        group->first_column = g * sheet->nleaves;
        group->width = 2 * (sheet->nleaves - 1);
        for (size_t k = 0; k < sheet->nleaves; k++) {
            group->width += drawing->columns[group->first_column + k].width;
        }
        if (!sheet->groups[g].label.ptr) {
            continue;
        }
        size_t most = group->width > LABEL_CELLS_MOST ? group->width : LABEL_CELLS_MOST;
        group->nlines = wrap(drawing->arena, sheet->groups[g].label, most, group->lines);
        size_t widest = 0;
        for (size_t i = 0; i < group->nlines; i++) {
            raise(&widest, width_of(group->lines[i]));
        }
        if (widest > group->width) {
            drawing->columns[group->first_column + sheet->nleaves - 1].width +=
                widest - group->width;
            group->width = widest;
        }
    }
}

static void
heads_measure(struct drawing *drawing)
{
    const struct sheet *sheet = drawing->sheet;
    size_t n = sheet->nheads, most = HEADS_CELLS_MOST / (n ? n : 1),
           corner = width_of(sheet->corner);
    raise(&most, HEAD_CELLS_LEAST);
    drawing->heads = arena_array(drawing->arena, n, sizeof *drawing->heads);
    for (size_t h = 0; h < n; h++) {
        drawing->heads[h] = width_of(sheet->head_names[h]);
        for (size_t row = 0; row < sheet->nrows; row++) {
            struct slice head = sheet->heads[row * n + h];
            raise(&drawing->heads[h], head.ptr ? width_of(head) : 0);
        }
        if (drawing->heads[h] > most) {
            drawing->heads[h] = most;
        }
        drawing->heads_width += drawing->heads[h] + (h > 0 ? 2 : 0);
    }
    if (n > 0 && corner > drawing->heads_width) {
        corner = corner < HEADS_CELLS_MOST ? corner : HEADS_CELLS_MOST;
        if (corner > drawing->heads_width) {
            drawing->heads[n - 1] += corner - drawing->heads_width;
            drawing->heads_width = corner;
        }
    }
}

/* ---- Lines ---- */

static void
repeat(struct strbuf *out, char c, size_t n)
{
    memset(strbuf_reserve(out, n), c, n);
    out->len += n;
}

/* Ends the line, without blanks at its end. */
static void
line_end(struct drawing *drawing)
{
    struct strbuf *line = &drawing->line;
    while (line->len && line->ptr[line->len - 1] == ' ') {
        line->len--;
    }
    strbuf_append(drawing->out, strbuf_slice(line));
    strbuf_append_char(drawing->out, '\n');
    strbuf_clear(line);
}

/* What stands between the heads, or the group before, and this one. */
static void
gap_write(struct drawing *drawing, size_t g, bool is_first, char fill)
{
    if (drawing->sheet->groups[g].is_total) {
        strbuf_append_str(&drawing->line, fill == '-' ? "-+-" : " | ");
    } else if (!is_first || drawing->sheet->nheads > 0) {
        repeat(&drawing->line, fill, 2);
    }
}

static size_t
gap_width(const struct drawing *drawing, size_t g, bool is_first)
{
    return drawing->sheet->groups[g].is_total ? 3 : !is_first || drawing->sheet->nheads > 0 ? 2 : 0;
}

/* NULL: no heads, blanks in their place. */
static void
heads_write(struct drawing *drawing, const struct slice *heads)
{
    for (size_t h = 0; h < drawing->sheet->nheads; h++) {
        struct slice head = heads && heads[h].ptr ? heads[h] : slice_lit("");
        repeat(&drawing->line, ' ', h > 0 ? 2 : 0);
        width_fit(&drawing->line, head, drawing->heads[h], WIDTH_LEFT);
    }
}

/* A rule from the head `from` on; its heads before that stay blank. */
static void
rule_write(struct drawing *drawing, size_t from, size_t first, size_t end)
{
    size_t blanks = 0;
    for (size_t h = 0; h < from; h++) {
        blanks += drawing->heads[h] + 2;
    }
    repeat(&drawing->line, ' ', blanks);
    repeat(&drawing->line, '-', drawing->heads_width - blanks);
    for (size_t g = first; g < end; g++) {
        gap_write(drawing, g, g == first, '-');
        repeat(&drawing->line, '-', drawing->groups[g].width);
    }
    line_end(drawing);
}

/* The labels stand at the bottom of their lines; over several columns they begin at the left. */
static void
labels_write(struct drawing *drawing, size_t first, size_t end)
{
    const struct sheet *sheet = drawing->sheet;
    size_t nlines = 0;
    for (size_t g = first; g < end; g++) {
        raise(&nlines, drawing->groups[g].nlines);
    }
    for (size_t i = 0; i < nlines; i++) {
        bool is_last = i + 1 == nlines && !sheet->leaf_names;
        heads_write(drawing, is_last ? sheet->head_names : NULL);
        for (size_t g = first; g < end; g++) {
            const struct group *group = &drawing->groups[g];
            size_t above = nlines - group->nlines;
            gap_write(drawing, g, g == first, ' ');
            width_fit(&drawing->line, i < above ? slice_lit("") : group->lines[i - above],
                      group->width, sheet->nleaves == 1 ? WIDTH_RIGHT : WIDTH_LEFT);
        }
        line_end(drawing);
    }
}

static void
leaf_names_write(struct drawing *drawing, size_t first, size_t end)
{
    const struct sheet *sheet = drawing->sheet;
    heads_write(drawing, sheet->head_names);
    for (size_t g = first; g < end; g++) {
        gap_write(drawing, g, g == first, ' ');
        for (size_t k = 0; k < sheet->nleaves; k++) {
            repeat(&drawing->line, ' ', k > 0 ? 2 : 0);
            width_fit(&drawing->line, sheet->leaf_names[k],
                      drawing->columns[drawing->groups[g].first_column + k].width, WIDTH_RIGHT);
        }
    }
    line_end(drawing);
}

static void
number_write(struct drawing *drawing, const struct column *column, const struct sheet_text *text)
{
    size_t point = point_at(text->number), used = column->whole + column->part + column->behind;
    size_t part = text->number.len - point;
    repeat(&drawing->line, ' ', column->width - used + column->whole - point);
    strbuf_append(&drawing->line, text->number);
    repeat(&drawing->line, ' ', column->part - part);
    if (column->behind) {
        repeat(&drawing->line, ' ', text->behind.len ? 1 : column->behind);
        strbuf_append(&drawing->line, text->behind);
        repeat(&drawing->line, ' ', text->behind.len ? column->behind - text->behind.len - 1 : 0);
    }
}

static void
row_write(struct drawing *drawing, size_t row, size_t first, size_t end)
{
    const struct sheet *sheet = drawing->sheet;
    size_t ncolumns = sheet->ngroups * sheet->nleaves;
    heads_write(drawing, &sheet->heads[row * sheet->nheads]);
    for (size_t g = first; g < end; g++) {
        gap_write(drawing, g, g == first, ' ');
        for (size_t k = 0; k < sheet->nleaves; k++) {
            size_t c = drawing->groups[g].first_column + k;
            repeat(&drawing->line, ' ', k > 0 ? 2 : 0);
            number_write(drawing, &drawing->columns[c], &sheet->texts[row * ncolumns + c]);
        }
    }
    line_end(drawing);
}

/* The groups from first up to end. */
static void
block_write(struct drawing *drawing, size_t first, size_t end)
{
    const struct sheet *sheet = drawing->sheet;
    if (sheet->across.ptr) {
        width_fit(&drawing->line, sheet->corner, drawing->heads_width, WIDTH_LEFT);
        repeat(&drawing->line, ' ', 2);
        strbuf_append(&drawing->line, sheet->across);
        line_end(drawing);
    }
    labels_write(drawing, first, end);
    if (sheet->leaf_names) {
        leaf_names_write(drawing, first, end);
    }
    rule_write(drawing, 0, first, end);
    for (size_t row = 0; row < sheet->nrows; row++) {
        if (sheet->rules[row]) {
            rule_write(drawing, sheet->rules[row] - 1, first, end);
        }
        row_write(drawing, row, first, end);
    }
}

void
draw_sheet(struct arena *arena, const struct sheet *sheet, size_t ncells, struct strbuf *out)
{
    size_t most = ncells ? ncells : DRAW_CELLS_DEFAULT;
    struct drawing drawing = {.arena = arena, .sheet = sheet, .out = out};
    if (sheet->layer.len) {
        strbuf_append(out, sheet->layer);
        strbuf_append_char(out, '\n');
    }
    if (sheet->nrows == 0 || sheet->ngroups == 0) {
        strbuf_append_str(out, "nothing found\n");
        return;
    }
    columns_measure(&drawing);
    groups_measure(&drawing);
    heads_measure(&drawing);
    for (size_t first = 0, end; first < sheet->ngroups; first = end) {
        size_t width =
            drawing.heads_width + gap_width(&drawing, first, true) + drawing.groups[first].width;
        for (end = first + 1; end < sheet->ngroups; end++) {
            width += gap_width(&drawing, end, false) + drawing.groups[end].width;
            if (width > most) {
                break;
            }
        }
        if (first > 0) {
            strbuf_append_char(out, '\n');
        }
        block_write(&drawing, first, end);
    }
    strbuf_fini(&drawing.line);
}
