/*
 * The CSV parser: each text gives the same records however it is cut into pieces.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "tests/suite.h"
#include "tools/rows/csv.h"

struct row {
    const char *text;
    const char *records; /* line:{cell}{cell} ... , or line!message up to the first ':' */
};

static const struct row rows[] = {
    {"", ""},
    {"a", "1:{a} "},
    {"a\n", "1:{a} "},
    {"a,b\n1,2\n", "1:{a}{b} 2:{1}{2} "},
    {"a,b\r\n1,2\r\n", "1:{a}{b} 2:{1}{2} "},
    {"a,b\r\n1,2\r", "1:{a}{b} 2:{1}{2} "},
    {"a,,\n,,c\n", "1:{a}{}{} 2:{}{}{c} "},
    {"\xef\xbb\xbf"
     "a\n",
     "1:{a} "},
    {"\xef\xbb"
     "a\n",
     "1:{\xef\xbb"
     "a} "},
    {"a\n"
     "\xef\xbb\xbf"
     "\"b\"\n",
     "1:{a} 2:{b} "},
    {"a\n\n\r\nb\n", "1:{a} 4:{b} "},
    {"a,b\r\r\n\r\r\n1,\r\r2\r\r", "1:{a}{b} 3:{1}{\r\r2} "},
    {"\"\"\n", "1:{} "},
    {"\"a,b\",c\n", "1:{a,b}{c} "},
    {"\"say \"\"hi\"\"\",\"\"\"\"\n", "1:{say \"hi\"}{\"} "},
    {"\"two\nlines\",x\ny,\"a\r\nb\"\nz,z\n", "1:{two\nlines}{x} 3:{y}{a\r\nb} 5:{z}{z} "},
    {"5\" pipe,a\"\"b\n", "1:{5\" pipe}{a\"\"b} "},
    {" a , b\n", "1:{ a }{ b} "},
    {"a\rb,c\n", "1:{a\rb}{c} "},
    {"a\n\"b\"c\nd\n", "1:{a} 2!text behind a closing quote 3:{d} "},
    {"a\n\"b\nc\n", "1:{a} 2!a quote is opened here and never closed 3:{c} "},
};

/* Offers the text in pieces of so many bytes and writes down what comes out. */
static void
parse_in_pieces(struct csv_marks marks, const char *text, size_t piece, struct strbuf *out)
{
    struct csv *csv = csv_new(marks);
    size_t len = strlen(text), offered = 0, taken = 0;
    for (;;) {
        struct csv_record record;
        struct error err = {0};
        size_t consumed;
        /* A copy of just these bytes, so that reading past them is seen by the sanitizer. */
        char *bytes = malloc(offered - taken + 1);
        ck_assert_ptr_nonnull(bytes);
        memcpy(bytes, text + taken, offered - taken);
        enum csv_status status = csv_next(csv, slice_of(bytes, offered - taken), offered == len,
                                          &consumed, &record, &err);
        ck_assert_uint_le(consumed, offered - taken);
        taken += consumed;
        if (status == CSV_OK) {
            strbuf_printf(out, "%d:", (int) record.line);
            for (size_t i = 0; i < record.ncells; i++) {
                strbuf_printf(out, "{%.*s}", SLICE_ARG(record.cells[i]));
            }
            strbuf_append_char(out, ' ');
        } else if (status == CSV_BAD) {
            char *end = strstr(err.message, " (");
            strbuf_printf(out, "%d!%.*s ", (int) record.line,
                          (int) (end ? (size_t) (end - err.message) : strlen(err.message)),
                          err.message);
        }
        free(bytes);
        if (status == CSV_NEED_MORE) {
            if (offered == len) {
                break;
            }
            offered += piece < len - offered ? piece : len - offered;
        }
    }
    csv_free(csv);
}

START_TEST(test_records)
{
    const struct row *row = &rows[_i];
    for (size_t piece = 1; piece <= strlen(row->text) + 1; piece++) {
        struct strbuf out;
        strbuf_init(&out);
        parse_in_pieces(csv_rfc(), row->text, piece, &out);
        ck_assert_str_eq(out.ptr ? out.ptr : "", row->records);
        strbuf_fini(&out);
    }
}
END_TEST

/* Other marks than RFC 4180's. */
START_TEST(test_other_marks)
{
    static const struct {
        struct csv_marks marks;
        const char *text, *records;
    } others[] = {
        {{';', '"', 0, false, false}, "a;\"b;c\"\n", "1:{a}{b;c} "},
        {{',', '\'', 0, false, false}, "'a,''b',\"c\n", "1:{a,'b}{\"c} "},
        {{',', 0, 0, false, false}, "\"a,b\"\n", "1:{\"a}{b\"} "},
        {{',', '"', '\\', false, false}, "\"a\\\",\\\\\",b\n", "1:{a\",\\}{b} "},
        {{',', '"', 0, true, false}, "a\r\"b\rc\"\rd\r\ne\nf", "1:{a} 2:{b\rc} 4:{d} 5:{e} 6:{f} "},
        {{',', '"', 0, false, true}, " a , b c,\n \"d\" ,\" e \"\n \n", "1:{a}{b c}{} 2:{d}{ e } "},
        {{' ', '"', 0, false, true}, "a  b\n", "1:{a}{}{b} "},
        {{',', '"', 0, true, false}, "a\r\"b\"c\rd", "1:{a} 2!text behind a closing quote 3:{d} "},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        for (size_t piece = 1; piece <= strlen(others[i].text) + 1; piece++) {
            struct strbuf out;
            strbuf_init(&out);
            parse_in_pieces(others[i].marks, others[i].text, piece, &out);
            ck_assert_str_eq(out.ptr, others[i].records);
            strbuf_fini(&out);
        }
    }
}
END_TEST

/* Lines without a record are counted at the record that they stand before. */
START_TEST(test_empty_lines)
{
    struct csv *csv = csv_new(csv_rfc());
    struct slice rest = slice_lit("\na\nb\n\n\nc\n\n");
    static const uint64_t counts[] = {1, 0, 2};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct csv_record record;
        struct error err = {0};
        size_t consumed;
        ck_assert_int_eq(csv_next(csv, rest, true, &consumed, &record, &err), CSV_OK);
        ck_assert_uint_eq(record.nempty, counts[i]);
        rest = slice_of(rest.ptr + consumed, rest.len - consumed);
    }
    csv_free(csv);
}
END_TEST

/* A quote that is never closed must not make the caller buffer the whole file. */
START_TEST(test_record_too_long)
{
    size_t len = (size_t) CSV_RECORD_BYTES_MOST + 2;
    char *text = malloc(len);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', len);
    text[0] = '"';
    struct csv *csv = csv_new(csv_rfc());
    struct csv_record record;
    struct error err = {0};
    size_t consumed;
    ck_assert_int_eq(csv_next(csv, slice_of(text, len), false, &consumed, &record, &err), CSV_BAD);
    ck_assert_int_eq(csv_next(csv, slice_of(text, len), false, &consumed, &record, &err),
                     CSV_NEED_MORE);
    ck_assert_uint_eq(consumed, len);
    struct slice rest = slice_lit("y\nz\n");
    ck_assert_int_eq(csv_next(csv, rest, true, &consumed, &record, &err), CSV_OK);
    ck_assert_uint_eq(record.line, 2);
    csv_free(csv);
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tcase = tcase_create("csv");
    tcase_add_loop_test(tcase, test_records, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, test_other_marks);
    tcase_add_test(tcase, test_empty_lines);
    tcase_add_test(tcase, test_record_too_long);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
