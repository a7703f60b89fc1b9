/*
 * The JSON parser: each text gives the same rows, or the same errors, however it is cut into pieces.
 */
#include <check.h>

#include "tests/json_transcript.h"
#include "tests/suite.h"

#define DEEP16 "[[[[[[[[[[[[[[[["

struct row {
    struct slice text;
    const char *transcript; /* "": it is printed */
};

#define ROW(text, transcript)                                                                      \
    {                                                                                              \
        SLICE_LIT(text), transcript                                                                \
    }

static const struct row rows[] = {
    /* what rows stand in */
    ROW("", "."),
    ROW("[]", "."),
    ROW(" [ ] ", "."),
    ROW("[{\"a\":1},{\"a\":2}]", "1{a=1;} 2{a=2;} ."),
    ROW("{\"a\":1}\n{\"a\":2}\n", "1{a=1;} 2{a=2;} ."),
    ROW("{\"a\":1}{\"a\":2} {\"a\":3}", "1{a=1;} 2{a=2;} 3{a=3;} ."),
    ROW("[{\"a\":1}]\n[{\"a\":2}]{\"a\":3}", "1{a=1;} 2{a=2;} 3{a=3;} ."),
    ROW("\xef\xbb\xbf{\"a\":1}", "1{a=1;} ."),
    ROW("\x1e{\"a\":1}\n\x1e{\"a\":2}\n", "1{a=1;} 2{a=2;} ."),
    ROW("{}\n{\"a\":1}", "1{} 2{a=1;} ."),
    /* values */
    ROW("{\"a\":1.0,\"b\":-0,\"c\":1E+5,\"d\":12345678901234567890.123}",
        "1{a=1.0;b=-0;c=1E+5;d=12345678901234567890.123;} ."),
    ROW("{\"a\":true,\"b\":false,\"c\":null,\"d\":\"\"}", "1{a=true;b=false;} ."),
    ROW("{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\\\\u0041\"}",
        "1{a=\xc3\xa9\xf0\x9f\x98\x80\n\"/\\u0041;} ."),
    ROW("{\"a\":\"\\ud83d\",\"b\":1}{\"a\":\"\\ude00\"}{\"a\":\"\\ud83d\\u0041\"}{\"a\":1}",
        "1!line 1, column 1: half of a character: \\ud800 to \\udfff come in pairs 2!line 1, column "
        "21: half of a character: \\ud800 to \\udfff come in pairs 3!line 1, column 35: half of a "
        "character: \\ud800 to \\udfff come in pairs 4{a=1;} ."),
    /* names */
    ROW("{\"a\":{\"b\":1,\"c\":{\"d\":2}},\"e\":3}", "1{a.b=1;a.c.d=2;e=3;} ."),
    ROW("{\"a\":1}{\"b\":2,\"a\":3}{\"c\":{}}", "1{a=1;} 2{a=3;b=2;} 3{} ."),
    ROW("{\"\":1,\"x\":{\"\":2}}", "1{unnamed=1;x.=2;} ."),
    ROW("{\"a\":1,\"a\":null}\n{\"a.b\":1,\"a\":{\"b\":2}}\n{\"a\":1}",
        "1!line 1, column 1: the name 'a' comes twice in it 2!line 2, column 1: the name 'a.b' comes "
        "twice in it 3{a=1;} ."),
    /* arrays */
    ROW("{\"a\":[\"x\",\"y\",2,null,true,\"\"]}{\"a\":[\"z\"]}{\"a\":[]}{\"a\":\"w\"}",
        "1{a=x|y|2|true;} 2{a=z;} 3{} 4{a=w;} ."),
    ROW("{\"a\":[\"x|y\",\"z\"]}{\"a\":[\"v;w\"]}{\"a\":[\"u\"]}",
        "1{a=x|y;z;} 2!line 1, column 18: the value 'v;w' of 'a' has the separator ';' in it that "
        "stands between the field's values: --multi FIELD SEP gives it another 3{a=u;} ."),
    ROW("{\"a\":\"x|y\"}{\"a\":[\"u\",\"v\"]}{\"a\":\"q;r\"}",
        "1{a=x|y;} 2{a=u;v;} 3!line 1, column 27: the value 'q;r' of 'a' has the separator ';' in it "
        "that stands between the field's values: --multi FIELD SEP gives it another ."),
    ROW("{\"a\":[\"|;~^\x7f\",\"x\"]}", "1{a=|;~^\x7f\x1fx;} ."),
    ROW("{\"a\":[\"|;~^\\u001f\"]}",
        "1!line 1, column 1: an array's values have every byte in them "
        "that could stand between them: --multi FIELD SEP tells "
        "another ."),
    ROW("{\"a\":[1,[2, 3]],\"b\":[{\"c\":1}],\"d\":{\"e\":[[]]}}",
        "1{a=[1,[2, 3]];b=[{\"c\":1}];d.e=[[]];} ."),
    /* no rows */
    ROW("[1,\"x\",null,[2],{\"a\":1}]",
        "1!line 1, column 2: a row is an object, {...}, and this is a value alone 2!line 1, column 4: "
        "a row is an object, {...}, and this is a text 3!line 1, column 8: a row is an object, "
        "{...}, and this is null 4!line 1, column 13: a row is an object, {...}, and this is an "
        "array 5{a=1;} ."),
    ROW("17", "1!line 1, column 1: a row is an object, {...}, and this is a value alone ."),
    /* malformed rows, one behind the other: it goes on in the next line that one can begin in */
    ROW("{\"a\":1}\n{\"a\":}\n{\"a\":3}\n",
        "1{a=1;} 2!line 2, column 6: parse error: unallowed token "
        "at this point in JSON text 3{a=3;} ."),
    ROW("{\"a\":{\"b\":1}\n{\"a\":2}\n{\"a\":3}",
        "1!line 2, column 1: parse error: after key and value, inside map, I expect ',' or '}' "
        "2{a=2;} 3{a=3;} ."),
    ROW("{\"a\":\"x\n{\"a\":2}",
        "1!line 1, column 7: lexical error: invalid character inside string. "
        "2{a=2;} ."),
    ROW("{\n \"a\": tru\n}\nx\n{\"a\":2}\n", "1!line 2, column 9: lexical error: invalid string in "
                                             "json text. 2{a=2;} ."),
    ROW("{\"a\":1},\n{\"a\":2}", "1{a=1;} 2!line 1, column 8: parse error: unallowed token at this "
                                 "point in JSON text 3{a=2;} ."),
    ROW("{\"a\":1", "1!line 1, column 7: it ends within a row ."),
    ROW("{\"a\":1}\n{\"a\":\"x", "1{a=1;} 2!line 2, column 8: it ends within a row ."),
    ROW("{\"a\":007}\n{\"a\":\"\xff\"}\n{\"a\":1}",
        "1!line 1, column 6: parse error: after key and value, inside map, I expect ',' or '}' 2!line "
        "2, column 1: bytes that are no UTF-8: say with --encoding what the file is in 3{a=1;} ."),
    ROW("{\"a\":" DEEP16 DEEP16 DEEP16 DEEP16 "\n{\"a\":1}",
        "1!line 1, column 70: objects and arrays more than 64 deep 2{a=1;} ."),
    /* malformed arrays: that is the end */
    ROW("[{\"a\":1}", "1{a=1;} #it ends within the array that begins in line 1"),
    ROW("[{\"a\":1},", "1{a=1;} #it ends within the array that begins in line 1"),
    ROW("[{\"a\":1},\n]", "1{a=1;} #line 2, column 1: behind a comma stands a row"),
    ROW("[{\"a\":1} {\"a\":2}]",
        "1{a=1;} #line 1, column 10: between rows stands a comma, and behind "
        "the last one ]"),
    ROW("[{\"a\":1},{\"a\":x}]", "1{a=1;} #line 1, column 15: lexical error: invalid char in json "
                                 "text."),
};

static void
check_transcript(const struct source_options *options, struct slice text, const char *wanted)
{
    for (size_t piece = 1; piece <= text.len + 1; piece++) {
        struct strbuf out;
        strbuf_init(&out);
        json_transcript(options, text, piece, &out);
        ck_assert_str_eq(out.ptr, wanted);
        strbuf_fini(&out);
    }
}

START_TEST(test_rows)
{
    struct source_options options = {0};
    check_transcript(&options, rows[_i].text, rows[_i].transcript);
}
END_TEST

START_TEST(test_separator_that_is_told)
{
    static const struct source_separator told[] = {{SLICE_LIT("a"), SLICE_LIT(", ")}};
    struct source_options options = {.separators = told, .nseparators = 1};
    check_transcript(&options, slice_lit("{\"a\":[\"x\",\"y\"],\"b\":[1,2]}{\"a\":\"u, v\"}"),
                     "1{a=x, y;b=1|2;} 2{a=u, v;} .");
    check_transcript(
        &options, slice_lit("{\"a\":[\"x, y\"]}"),
        "1!line 1, column 1: the value 'x, y' of 'a' has the separator ', ' in it that "
        "stands between the field's values: --multi FIELD SEP gives it another .");
}
END_TEST

START_TEST(test_rows_in_an_object)
{
    struct source_options options = {.rows_in = "d.rows"};
    static const struct row in[] = {
        ROW("{\"n\":[{\"d\":1}],\"d\":{\"x\":[],\"rows\":[{\"a\":1},{\"a\":2}],\"y\":[{\"a\":3}]}} x",
            "1{a=1;} 2{a=2;} ."),
        ROW("\xef\xbb\xbf\n{\"d\":{\"rows\":\n[\n{\"a\":x}",
            "#line 4, column 6: lexical error: invalid char in json text."),
        ROW("{\"d\":{\"rows\":[]}}", "."),
        ROW("{\"d\":\n{\"rows\":{}}}", "#line 2: it ends before an array 'd.rows', which "
                                       "--rows-in names, was found"),
        ROW("{\"d\":{\"rows\":[{\"a\":1}",
            "1{a=1;} #it ends within the array that begins in line 1"),
        ROW("[{\"d\":{\"rows\":[1]}}]", "#line 1: it ends before an array 'd.rows', which "
                                        "--rows-in names, was found"),
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        check_transcript(&options, in[i].text, in[i].transcript);
    }
}
END_TEST

START_TEST(test_texts_without_bytes)
{
    static const char text[] =
        "{\"a\":\"\",\"b\":null,\"c\":[],\"d\":[null],\"e\":[\"x\",\"\"]}{\"a\":\"y\"}";
    struct source_options options = {0}, keeps = {.keeps_empty_texts = true};
    check_transcript(&options, slice_lit(text), "1{e=x;} 2{a=y;} .");
    check_transcript(&keeps, slice_lit(text), "1{a=;c=;d=;e=x;} 2{a=y;} .");
}
END_TEST

/* A value of 16 MB is one; a row that never ends is not waited for. */
START_TEST(test_long_rows)
{
    struct source_options options = {0};
    static const size_t lengths[] = {16 << 20, JSON_RECORD_BYTES_MOST + (8 << 20)};
    for (size_t i = 0; i < 2; i++) {
        struct strbuf text, out;
        strbuf_init(&text);
        strbuf_init(&out);
        strbuf_append_str(&text, "{\"a\":\"");
        memset(strbuf_reserve(&text, lengths[i]), 'x', lengths[i]);
        text.len += lengths[i];
        strbuf_append_str(&text, "\"}\n{\"a\":1}");
        json_transcript(&options, strbuf_slice(&text), 1 << 22, &out);
        if (i == 0) {
            ck_assert_uint_eq(out.len, lengths[i] + strlen("1{a=;} 2{a=1;} ."));
        } else {
            ck_assert_str_eq(out.ptr, "1!line 1, column 1: a row of more than 64 MB 2{a=1;} .");
        }
        strbuf_fini(&text);
        strbuf_fini(&out);
    }
}
END_TEST

/* Names that are values make no end of fields. */
START_TEST(test_many_fields)
{
    struct source_options options = {0};
    struct strbuf text, out;
    strbuf_init(&text);
    strbuf_init(&out);
    for (int i = 0; i <= JSON_FIELDS_MOST; i++) {
        strbuf_printf(&text, "{\"f%d\":1}\n", i);
    }
    json_transcript(&options, strbuf_slice(&text), 1 << 12, &out);
    ck_assert_ptr_nonnull(strstr(out.ptr, "10000{f9999=1;} 10001!line 10001, column "));
    ck_assert_ptr_nonnull(strstr(out.ptr, "more than 10000 fields: are names of it values? ."));
    strbuf_fini(&text);
    strbuf_fini(&out);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_rows, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, test_separator_that_is_told);
    tcase_add_test(tcase, test_rows_in_an_object);
    tcase_add_test(tcase, test_texts_without_bytes);
    tcase_add_test(tcase, test_long_rows);
    tcase_add_test(tcase, test_many_fields);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
