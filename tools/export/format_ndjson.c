/*
 * An object a line. in: rows; out: lines of JSON.
 *
 *     {"key":"profile_1","age":31,"code":"007","langs":["de","fr"]}
 *
 * What a row lacks is left out. A number is one of JSON only if its text is what every reader has
 * after it: 31 and 0.1 are, 1.50 and 12345678901234567890 are text, since a reader would change them.
 */
#include "base/json.h"

#include "tools/export/format.h"
#include "tools/export/kinds.h"

struct ndjson_out {
    const struct export_table *table;
    struct output *output;
    struct strbuf line, buffer;
    struct strbuf *keys; /* of each column: `"age":` */
    bool has_changed;    /* some text is not UTF-8 */
};

static void
text_write(struct ndjson_out *out, struct slice text)
{
    bool has_changed = json_append_valid_string(&out->line, text);
    out->has_changed = out->has_changed || has_changed;
}

static void
value_write(struct ndjson_out *out, struct slice text)
{
    struct slice number;
    bool is_number = !out->table->is_all_text && kinds_read_number(text, &out->buffer, &number) &&
                     slice_equal(number, text);
    if (is_number) {
        strbuf_append(&out->line, text);
    } else {
        text_write(out, text);
    }
}

static void
values_write(struct ndjson_out *out, struct slice text, struct slice separator)
{
    struct slice part;
    strbuf_append_char(&out->line, '[');
    for (bool is_first = true; slice_next_part(&text, separator, &part); is_first = false) {
        strbuf_append_str(&out->line, is_first ? "" : ",");
        value_write(out, part);
    }
    strbuf_append_char(&out->line, ']');
}

static bool
open_ndjson(const struct export_table *table, struct output *output, struct arena *arena,
            void **state, struct error *err)
{
    (void) err;
    struct ndjson_out *out = arena_alloc(arena, sizeof *out);
    out->table = table;
    out->output = output;
    strbuf_init(&out->line);
    strbuf_init(&out->buffer);
    out->keys = arena_array(arena, table->ncolumns, sizeof *out->keys);
    for (size_t i = 0; i < table->ncolumns; i++) {
        strbuf_init(&out->keys[i]);
        out->has_changed |= json_append_valid_string(&out->keys[i], table->columns[i].name);
        strbuf_append_char(&out->keys[i], ':');
    }
    *state = out;
    return true;
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    struct ndjson_out *out = state;
    bool is_first = true;
    strbuf_clear(&out->line);
    strbuf_append_char(&out->line, '{');
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        const struct export_column *column = &out->table->columns[i];
        if (!cells[i].ptr) {
            continue;
        }
        strbuf_append_str(&out->line, is_first ? "" : ",");
        strbuf_append(&out->line, strbuf_slice(&out->keys[i]));
        is_first = false;
        if (column->is_key) {
            text_write(out, cells[i]);
        } else if (column->separator.len) {
            values_write(out, cells[i], column->separator);
        } else {
            value_write(out, cells[i]);
        }
    }
    strbuf_append_str(&out->line, "}\n");
    return output_write(out->output, strbuf_slice(&out->line), err);
}

static bool
finish(void *state, struct error *err)
{
    (void) state, (void) err;
    return true;
}

static void
close_ndjson(void *state)
{
    struct ndjson_out *out = state;
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        strbuf_fini(&out->keys[i]);
    }
    strbuf_fini(&out->line);
    strbuf_fini(&out->buffer);
}

static void
notes(const void *state, struct strbuf *out)
{
    const struct ndjson_out *ndjson = state;
    if (ndjson->has_changed) {
        strbuf_append_str(out, "some texts are not UTF-8: U+FFFD stands for bytes of theirs\n");
    }
}

const struct export_format *
format_ndjson_out(void)
{
    static const struct export_format FORMAT = {.name = "ndjson",
                                                .suffixes = ".ndjson .jsonl",
                                                .open = open_ndjson,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_ndjson,
                                                .notes = notes};
    return &FORMAT;
}
