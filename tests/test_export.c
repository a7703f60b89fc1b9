/*
 * What quipu-export makes of columns: their kinds, names of SPSS and Stata, valid text, rows kept in a file.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/export/kinds.h"
#include "tools/export/plain_text.h"
#include "tools/export/row_spool.h"
#include "tools/export/stat_names.h"

static const struct {
    const char *cells[4]; /* NULL: missing */
    enum column_kind kind;
    const char *note; /* NULL: none */
} columns[] = {
    {{"1", "2.0", "-17", NULL}, COLUMN_INTEGER, NULL},
    {{"9007199254740992", "1e3", NULL, NULL}, COLUMN_INTEGER, NULL},
    {{"1", "0.1", "1e-7", NULL}, COLUMN_NUMBER, NULL},
    {{"0.12345678901234568", NULL, NULL, NULL}, COLUMN_NUMBER, NULL},
    {{"1", "12345678901234567890", NULL, NULL}, COLUMN_TEXT, "'12345678901234567890'"},
    {{"1", "007", NULL, NULL}, COLUMN_TEXT, "as '007'"},
    {{"2012-06-01", "1999-12-31", NULL, NULL}, COLUMN_DATE, NULL},
    {{"2012-06-01", "2012-02-30", NULL, NULL}, COLUMN_TEXT, NULL},
    {{"2012-06-01", "2012-06-01T09:30:00", NULL, NULL}, COLUMN_TEXT, NULL},
    {{"2012-06-01T09:30:00", NULL, NULL, NULL}, COLUMN_DATETIME, NULL},
    {{"2012-06-01 09:30:00", "2012-06-01T09:30+02:00", NULL, NULL}, COLUMN_TEXT, NULL},
    {{NULL, NULL, NULL, NULL}, COLUMN_TEXT, NULL},
};

START_TEST(test_kinds)
{
    struct arena *arena = arena_new();
    struct export_column column = {.name = slice_lit("a")};
    struct export_table table = {.columns = &column, .ncolumns = 1};
    struct strbuf notes;
    strbuf_init(&notes);
    struct kinds *kinds = kinds_new(arena, &table);
    for (size_t i = 0; i < 4; i++) {
        const char *cell = columns[_i].cells[i];
        kinds_add(kinds, &(struct slice){cell, cell ? strlen(cell) : 0});
    }
    kinds_end(kinds, &notes);
    ck_assert_int_eq(column.kind, columns[_i].kind);
    ck_assert_uint_eq(table.nrows, 4);
    if (columns[_i].note) {
        ck_assert_ptr_nonnull(strstr(notes.ptr, columns[_i].note));
    } else {
        ck_assert_uint_eq(notes.len, 0);
    }
    kinds_fini(kinds);
    strbuf_fini(&notes);
    arena_free(arena);
}
END_TEST

START_TEST(test_bounds)
{
    struct arena *arena = arena_new();
    struct export_column column = {.name = slice_lit("a")};
    struct export_table table = {.columns = &column, .ncolumns = 1};
    struct strbuf notes;
    strbuf_init(&notes);
    struct kinds *kinds = kinds_new(arena, &table);
    kinds_add(kinds, &slice_lit("-3"));
    kinds_add(kinds, &slice_lit("250"));
    kinds_end(kinds, &notes);
    ck_assert_int_eq(column.least, -3);
    ck_assert_int_eq(column.most, 250);
    ck_assert_uint_eq(column.bytes_most, 3);
    kinds_add(kinds, &slice_lit("x\xff")); /* U+FFFD has three bytes */
    kinds_end(kinds, &notes);
    ck_assert_uint_eq(column.bytes_most, 4);
    kinds_fini(kinds);
    strbuf_fini(&notes);
    arena_free(arena);
}
END_TEST

static const struct {
    const char *given, *spss, *stata;
} names[] = {
    {"age", "age", "age"},
    {"Age", "Age_2", "Age_2"},
    {"Origin State", "Origin_State", "Origin_State"},
    {"7days", "v_7days", "v_7days"},
    {"by", "by_", "by"},
    {"str20", "str20", "str20_"},
    {"gr\xc3\xb6\xc3\x9f"
     "e (cm)",
     "gr\xc3\xb6\xc3\x9f"
     "e__cm_",
     "gr\xc3\xb6\xc3\x9f"
     "e__cm_"},
    {"", "v", "v"},
    {"\xff", "v_", "v_"},
    {"a23456789012345678901234567890123456789", "a23456789012345678901234567890123456789",
     "a2345678901234567890123456789012"},
    {"a23456789012345678901234567890129999999", "a23456789012345678901234567890129999999",
     "a23456789012345678901234567890_2"},
};
enum { NNAMES = sizeof names / sizeof *names };

START_TEST(test_names)
{
    struct arena *arena = arena_new();
    struct export_column given[NNAMES];
    struct export_table table = {.columns = given, .ncolumns = NNAMES};
    struct strbuf notes;
    strbuf_init(&notes);
    for (size_t i = 0; i < NNAMES; i++) {
        given[i] = (struct export_column){.name = slice_str(names[i].given)};
    }
    const char **spss = stat_names_make(arena, STAT_NAMES_SPSS, &table, &notes);
    const char **stata = stat_names_make(arena, STAT_NAMES_STATA, &table, &notes);
    for (size_t i = 0; i < NNAMES; i++) {
        ck_assert_str_eq(spss[i], names[i].spss);
        ck_assert_str_eq(stata[i], names[i].stata);
    }
    ck_assert_ptr_nonnull(strstr(notes.ptr, "'7days' is called v_7days there\n"));
    strbuf_fini(&notes);
    arena_free(arena);
}
END_TEST

START_TEST(test_plain_text)
{
    struct strbuf buffer;
    strbuf_init(&buffer);
    ck_assert(plain_text_is(slice_lit("gr\xc3\xb6")));
    ck_assert(!plain_text_is(slice_lit("a\0b")));
    ck_assert_str_eq(plain_text_of(slice_lit("a\0b\xff"), &buffer), "a\xef\xbf\xbd"
                                                                    "b\xef\xbf\xbd");
    ck_assert_uint_eq(plain_text_bytes(slice_lit("a\0b\xff")), buffer.len);
    ck_assert_uint_eq(plain_text_cut(slice_lit("gr\xc3\xb6\xc3\x9f"), 3).len, 2);
    strbuf_fini(&buffer);
}
END_TEST

START_TEST(test_spool)
{
    static char large[100000];
    struct error err = {0};
    struct row_spool *spool;
    struct slice row[3] = {slice_lit("a\0b"), {NULL, 0}, slice_of(large, sizeof large)}, read[3];
    memset(large, 'x', sizeof large);
    ck_assert(row_spool_open("-", &spool, &err));
    ck_assert(row_spool_add(spool, row, 3, &err));
    row[1] = slice_lit("");
    ck_assert(row_spool_add(spool, row, 3, &err));
    for (int again = 0; again < 2; again++) {
        ck_assert(row_spool_rewind(spool, &err));
        ck_assert(row_spool_next(spool, read, 3, &err));
        ck_assert(slice_equal(read[0], row[0]) && !read[1].ptr && slice_equal(read[2], row[2]));
        ck_assert(row_spool_next(spool, read, 3, &err));
        ck_assert(read[1].ptr && !read[1].len && slice_equal(read[2], row[2]));
        ck_assert(!row_spool_next(spool, read, 3, &err));
        ck_assert(!error_is_set(&err));
    }
    row_spool_free(spool);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("export");
    TCase *tests = tcase_create("export");
    tcase_add_loop_test(tests, test_kinds, 0, sizeof columns / sizeof *columns);
    tcase_add_test(tests, test_bounds);
    tcase_add_test(tests, test_names);
    tcase_add_test(tests, test_plain_text);
    tcase_add_test(tests, test_spool);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
