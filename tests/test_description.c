/*
 * Descriptions of fields: from the counts of their values to a table that is read, and to json.
 */
#include <check.h>

#include "answer/description.h"
#include "base/strbuf.h"
#include "tests/suite.h"

enum { VALUES_MOST = 5 };

struct row {
    struct {
        const char *value;
        int64_t count;
    } counts[VALUES_MOST];
    int64_t total, suppress_below;
    const char
        *shown; /* kind values rows least greatest most-frequent; NULL: the field is not told */
};

static const struct row ROWS[] = {
    {{{"1", 3}, {"2", 4}}, 7, 0, "integer 2 7 1 2 2"},
    {{{"1", 4}, {"2", 4}}, 8, 0, "integer 2 8 1 2 1"},
    {{{"-1.5", 1}, {"2", 1}}, 8, 0, "number 2 2 -1.5 2 -1.5"},
    {{{"9", 1}, {"31", 4}, {"unknown", 1}}, 7, 0, "mixed 3 6 9 unknown 31"},
    {{{"2012-06-01", 1}, {"2012-06-02T09:30Z", 1}},
     7,
     0,
     "date 2 2 2012-06-01 2012-06-02T09:30Z 2012-06-01"},
    {{{"2012-06-01", 1}, {"2012-06-31", 1}}, 7, 0, "text 2 2 2012-06-01 2012-06-31 2012-06-01"},
    {{{"7", 1}, {"2012-06-01", 1}}, 7, 0, "mixed 2 2 7 2012-06-01 7"},
    {{{"", 2}}, 7, 0, "text 1 2   "},
    {{{NULL, 0}}, 7, 0, NULL},
    /* small counts are hidden: of values, of rows with the field, of rows without it */
    {{{"a", 2}, {"b", 5}, {"c", 7}, {"d", 1}}, 20, 5, "text 2 15 b c c"},
    {{{"a", 2}, {"b", 5}, {"c", 7}, {"d", 1}}, 19, 5, "text 2 * b c c"},
    {{{"a", 2}, {"b", 5}, {"c", 7}, {"d", 1}}, 15, 5, "text 2 15 b c c"},
    {{{"a", 2}, {"b", 2}}, 20, 5, NULL},
    {{{"a", 2}, {"b", 3}}, 20, 5, ". 0 5 . . ."},
    {{{"a", 1}}, 2, 1, "text 1 1 a a a"},
};

static void
text_append(struct strbuf *out, struct slice text)
{
    strbuf_append(out, text.ptr ? text : slice_lit("."));
}

static void
number_append(struct strbuf *out, struct number number)
{
    if (number.kind == NUMBER_INTEGER) {
        strbuf_append_int(out, number.integer);
    } else {
        strbuf_append_char(out, '*');
    }
}

static void
field_print(struct strbuf *out, const struct described_field *field)
{
    text_append(out, field->kind);
    strbuf_append_char(out, ' ');
    number_append(out, field->values);
    strbuf_append_char(out, ' ');
    number_append(out, field->rows);
    const struct slice texts[] = {field->least, field->greatest, field->most_frequent};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        strbuf_append_char(out, ' ');
        text_append(out, texts[i]);
    }
}

START_TEST(test_of_counts)
{
    const struct row *row = &ROWS[_i];
    struct arena *arena = arena_new();
    struct slice labels[VALUES_MOST];
    struct table_dim dim = {.labels = labels, .is_open = true};
    struct table table = {.ndims = 1, .dims = &dim, .cells = cell_list_counts(arena, VALUES_MOST)};
    for (size_t i = 0; i < VALUES_MOST && row->counts[i].value; i++) {
        labels[dim.npositions++] = slice_str(row->counts[i].value);
        cell_list_add(&table.cells, i, row->counts[i].count);
    }
    struct described_field field = {0};
    bool is_told =
        described_field_of_counts(arena, &table, row->total, row->suppress_below, &field);
    ck_assert_int_eq(is_told, row->shown != NULL);
    if (row->shown) {
        struct strbuf out;
        strbuf_init(&out);
        field_print(&out, &field);
        ck_assert_str_eq(strbuf_slice(&out).ptr, row->shown);
        ck_assert_int_eq(field.values_are, row->suppress_below > 1 ? VALUES_SEEN : VALUES_EXACT);
        strbuf_fini(&out);
    }
    arena_free(arena);
}
END_TEST

static const struct {
    int64_t rows, nvalues, total, suppress_below;
    const char *shown;
} MANY[] = {
    {100, 90, 200, 0, ". 90 100 . . ."},
    {100, 90, 200, 5, ". * 100 . . ."},
    {100, 90, 104, 5, ". * * . . ."},
    {4, 4, 200, 5, NULL},
    {0, 0, 200, 0, NULL},
};

START_TEST(test_of_rows)
{
    struct described_field field = {.values_are = VALUES_EXACT};
    bool is_told = described_field_of_rows(MANY[_i].rows, MANY[_i].nvalues, MANY[_i].total,
                                           MANY[_i].suppress_below, &field);
    ck_assert_int_eq(is_told, MANY[_i].shown != NULL);
    ck_assert_int_eq(field.values_are, VALUES_AT_LEAST);
    if (is_told) {
        struct strbuf out;
        strbuf_init(&out);
        field_print(&out, &field);
        ck_assert_str_eq(strbuf_slice(&out).ptr, MANY[_i].shown);
        strbuf_fini(&out);
    }
}
END_TEST

/* ---- Formats ---- */

struct text_sink {
    struct sink sink;
    struct strbuf text;
};

static void
verbatim(struct sink *sink, const char *kind, struct slice text)
{
    ck_assert_str_eq(kind, "txt");
    strbuf_append(&((struct text_sink *) sink)->text, text);
}

static void
description_check(enum ast_format format, bool has_label, const char *expected)
{
    static const struct sink_ops OPS = {.verbatim = verbatim};
    struct described_field fields[] = {
        {.name = slice_lit("id"),
         .rows = number_of_integer(120),
         .values = number_of_integer(100),
         .values_are = VALUES_AT_LEAST,
         .bytes = number_of_integer(7000)},
        {.name = slice_lit("a \"b\"\n"),
         .kind = slice_lit("text"),
         .rows = {.kind = NUMBER_HIDDEN},
         .values = number_of_integer(2),
         .values_are = VALUES_SEEN,
         .least = slice_lit("\xe6\x97\xa5"),
         .greatest = slice_lit("a name that is longer than the column is wide"),
         .most_frequent = slice_lit(""),
         .bytes = {.kind = NUMBER_HIDDEN}},
    };
    if (has_label) {
        fields[0].label = slice_lit("Number of the row");
    }
    struct description description = {.fields = fields, .nfields = 2, .format = format};
    struct text_sink to = {.sink = {.ops = &OPS}};
    strbuf_init(&to.text);
    format_description(&to.sink, &description);
    ck_assert_str_eq(strbuf_slice(&to.text).ptr, expected);
    strbuf_fini(&to.text);
}

START_TEST(test_table)
{
    description_check(
        AST_FORMAT_TABLE, false,
        "field   kind  values  rows  least  greatest                  most frequent  bytes\n"
        "------  ----  ------  ----  -----  ------------------------  -------------  -----\n"
        "id      .       100+   120  .      .                         .               7000\n"
        "a \"b\"\xe2\x90\x8a  text      2+     *  \xe6\x97\xa5     a name that is longer t\xe2\x80\xa6"
        "                     *\n");
}
END_TEST

START_TEST(test_json)
{
    description_check(
        AST_FORMAT_JSON, false,
        "{\"id\":{\"kind\":null,\"values\":100,\"exact\":false,\"rows\":120,\"least\":null,"
        "\"greatest\":null,\"most_frequent\":null,\"bytes\":7000},"
        "\"a \\\"b\\\"\\u000a\":{\"kind\":\"text\",\"values\":2,\"exact\":null,\"rows\":null,"
        "\"least\":\"\xe6\x97\xa5\","
        "\"greatest\":\"a name that is longer than the column is wide\",\"most_frequent\":\"\","
        "\"bytes\":null}}");
}
END_TEST

/* Labels are shown where there are some, and change nothing else. */
START_TEST(test_labels)
{
    description_check(
        AST_FORMAT_TABLE, true,
        "field   kind  values  rows  least  greatest                  most frequent  bytes  label\n"
        "------  ----  ------  ----  -----  ------------------------  -------------  -----  "
        "-----------------\n"
        "id      .       100+   120  .      .                         .               7000  Number of "
        "the row\n"
        "a \"b\"\xe2\x90\x8a  text      2+     *  \xe6\x97\xa5     a name that is longer t\xe2\x80\xa6"
        "                     *\n");
    description_check(
        AST_FORMAT_JSON, true,
        "{\"id\":{\"kind\":null,\"values\":100,\"exact\":false,\"rows\":120,\"least\":null,"
        "\"greatest\":null,\"most_frequent\":null,\"bytes\":7000,\"label\":\"Number of the row\"},"
        "\"a \\\"b\\\"\\u000a\":{\"kind\":\"text\",\"values\":2,\"exact\":null,\"rows\":null,"
        "\"least\":\"\xe6\x97\xa5\","
        "\"greatest\":\"a name that is longer than the column is wide\",\"most_frequent\":\"\","
        "\"bytes\":null}}");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("description");
    TCase *tcase = tcase_create("fields");
    tcase_add_loop_test(tcase, test_of_counts, 0, (int) (sizeof ROWS / sizeof *ROWS));
    tcase_add_loop_test(tcase, test_of_rows, 0, (int) (sizeof MANY / sizeof *MANY));
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_json);
    tcase_add_test(tcase, test_labels);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
