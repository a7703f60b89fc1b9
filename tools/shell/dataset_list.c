/*
 * Shows the datasets. in: DATASET LIST, and DATASET INFO of each; out: a table.
 *
 * Example: of a dataset whose rows the user may not see the number is left out.
 */
#include "tools/shell/dataset_list.h"

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/width.h"

enum { NCOLUMNS = 5 };

static const struct {
    const char *head, *member;
    enum width_side side;
} COLUMNS[NCOLUMNS] = {{"dataset", "name", WIDTH_LEFT},
                       {"rows", "rows", WIDTH_RIGHT},
                       {"row keys", "prefix", WIDTH_LEFT},
                       {"state", "state", WIDTH_LEFT},
                       {"aliases", "aliases", WIDTH_LEFT}};

struct lines {
    struct arena *arena;
    struct slice (*cells)[NCOLUMNS];
    size_t n;
};

static struct slice
text_of(struct arena *arena, const struct redisReply *value)
{
    struct strbuf text;
    strbuf_init(&text);
    if (value->type == REDIS_REPLY_INTEGER) {
        strbuf_append_int(&text, value->integer);
    } else if (value->str) {
        strbuf_append(&text, slice_of(value->str, value->len));
    }
    for (size_t i = 0; value->type == REDIS_REPLY_ARRAY && i < value->elements; i++) {
        strbuf_printf(&text, "%s%s", i ? ", " : "", value->element[i]->str);
    }
    struct slice kept = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return kept;
}

/* Sets the cells of a line of which a map knows the value. */
static void
cells_fill(struct lines *lines, size_t line, const struct redisReply *map)
{
    for (size_t i = 0; map->type == REDIS_REPLY_ARRAY && i + 1 < map->elements; i += 2) {
        for (size_t c = 0; c < NCOLUMNS; c++) {
            if (map->element[i]->str && strcmp(map->element[i]->str, COLUMNS[c].member) == 0) {
                lines->cells[line][c] = text_of(lines->arena, map->element[i + 1]);
            }
        }
    }
}

static void
lines_print(const struct lines *lines, struct strbuf *out)
{
    size_t widths[NCOLUMNS];
    for (size_t c = 0; c < NCOLUMNS; c++) {
        widths[c] = strlen(COLUMNS[c].head);
        for (size_t i = 0; i < lines->n; i++) {
            size_t width = width_of(lines->cells[i][c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
        width_fit(out, slice_str(COLUMNS[c].head), widths[c], COLUMNS[c].side);
        strbuf_append_str(out, c + 1 < NCOLUMNS ? "  " : "\n");
    }
    for (size_t c = 0; c < NCOLUMNS; c++) {
        for (size_t i = 0; i < widths[c]; i++) {
            strbuf_append_char(out, '-');
        }
        strbuf_append_str(out, c + 1 < NCOLUMNS ? "  " : "\n");
    }
    for (size_t i = 0; i < lines->n; i++) {
        for (size_t c = 0; c < NCOLUMNS; c++) {
            width_fit(out, lines->cells[i][c], widths[c], COLUMNS[c].side);
            if (c + 1 < NCOLUMNS) {
                strbuf_append_str(out, "  ");
            }
        }
        while (out->len && out->ptr[out->len - 1] == ' ') {
            out->ptr[--out->len] = '\0';
        }
        strbuf_append_char(out, '\n');
    }
}

bool
dataset_list_show(struct shell *shell)
{
    const struct slice list[] = {slice_lit("DATASET"), slice_lit("LIST")};
    struct redisReply *reply = run_call(shell, list, 2, (struct slice){0});
    if (!reply) {
        return false;
    }
    struct lines lines = {.arena = arena_new()};
    lines.cells = arena_array(lines.arena, reply->elements, sizeof *lines.cells);
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        cells_fill(&lines, i, reply->element[i]);
        const struct slice info[] = {list[0], slice_lit("INFO"), lines.cells[i][0]};
        struct redisReply *facts = run_call(shell, info, 3, (struct slice){0});
        if (facts) {
            cells_fill(&lines, i, facts);
        }
        freeReplyObject(facts);
        lines.n++;
    }
    freeReplyObject(reply);
    struct strbuf text;
    strbuf_init(&text);
    lines_print(&lines, &text);
    screen_show(&shell->screen, strbuf_slice(&text));
    strbuf_fini(&text);
    arena_free(lines.arena);
    return true;
}
