/*
 * One document of JSON, as FORMAT JSON of ROWS writes it. in: rows; out: the document, row by row.
 *
 *     {"dataset":"current","fields":["sex"],"rows":[["profile_1","female"],...],"warnings":[]}
 *
 * The name of a row is the first of its texts, and no field.
 */
#include "answer/listing_json.h"

#include "tools/export/format.h"

struct json_out {
    const struct export_table *table;
    struct output *output;
    struct strbuf text;
    struct document_json json;
    bool has_names;
};

static bool
write_text(struct json_out *out, struct error *err)
{
    bool ok = output_write(out->output, strbuf_slice(&out->text), err);
    strbuf_clear(&out->text);
    return ok;
}

static bool
open_json(const struct export_table *table, struct output *output, struct arena *arena,
          void **state, struct error *err)
{
    struct json_out *out = arena_alloc(arena, sizeof *out);
    struct slice *names = arena_array(arena, table->ncolumns, sizeof *names);
    out->table = table;
    out->output = output;
    strbuf_init(&out->text);
    out->json = document_json_to(&out->text);
    out->has_names = table->ncolumns && table->columns[0].is_key;
    for (size_t i = out->has_names; i < table->ncolumns; i++) {
        names[i] = table->columns[i].name;
    }
    listing_json_head(&out->json, table->dataset, names + out->has_names,
                      table->ncolumns - out->has_names);
    *state = out;
    if (!write_text(out, err)) {
        strbuf_fini(&out->text);
        document_json_fini(&out->json);
        return false;
    }
    return true;
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    struct json_out *out = state;
    listing_json_row(&out->json, out->has_names ? cells[0] : (struct slice){0},
                     cells + out->has_names, out->table->ncolumns - out->has_names);
    return write_text(out, err);
}

static bool
finish(void *state, struct error *err)
{
    struct json_out *out = state;
    listing_json_end(&out->json, NULL, 0);
    strbuf_append_char(&out->text, '\n');
    return write_text(out, err);
}

static void
close_json(void *state)
{
    struct json_out *out = state;
    strbuf_fini(&out->text);
    document_json_fini(&out->json);
}

static void
notes(const void *state, struct strbuf *out)
{
    const struct json_out *json = state;
    if (json->json.has_changed) {
        strbuf_append_str(out, "some texts are not UTF-8: U+FFFD stands for bytes of theirs\n");
    }
}

const struct export_format *
format_json_out(void)
{
    static const struct export_format FORMAT = {.name = "json",
                                                .suffixes = ".json",
                                                .open = open_json,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_json,
                                                .notes = notes};
    return &FORMAT;
}
