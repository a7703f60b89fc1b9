/*
 * answer/format and what it is made of: answers in each format, in RESP2 and RESP3. Expected bytes are
 * written with a space for each CRLF.
 */
#include <check.h>
#include <stdlib.h>

#include "answer/format.h"
#include "answer/format_text.h"
#include "net/resp_sink.h"
#include "tests/made_answer.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* The text with a space for each CRLF. The caller frees it. */
static char *
shown(const struct strbuf *text)
{
    struct strbuf out;
    strbuf_init(&out);
    for (size_t i = 0; i < text->len; i++) {
        bool is_end = text->ptr[i] == '\r' && i + 1 < text->len && text->ptr[i + 1] == '\n';
        strbuf_append_char(&out, is_end ? ' ' : text->ptr[i]);
        i += is_end;
    }
    return out.ptr ? out.ptr : calloc(1, 1);
}

static char *
written(enum ast_format format, bool resp3, const char *text)
{
    struct arena *arena = arena_new();
    struct strbuf buffer;
    strbuf_init(&buffer);
    struct resp_writer writer = {.out = &buffer, .resp3 = resp3};
    struct resp_sink sink = resp_sink_of(&writer);
    format_answer(&sink.sink, made_answer(arena, format, text));
    char *bytes = shown(&buffer);
    strbuf_fini(&buffer);
    arena_free(arena);
    return bytes;
}

/* ---- nested, rows ---- */

#define TWO_BY_TWO "dim a | value:1 | total:total\ndim b | value:x | total:total\n"

static const struct {
    enum ast_format format;
    const char *text, *resp2, *resp3;
} sink_rows[] = {
    {AST_FORMAT_NESTED, "dim a | value:1 | value:2\ncells 17 0", "*2 :17 :0 ", "*2 :17 :0 "},
    {AST_FORMAT_NESTED, "cells 17", ":17 ", ":17 "},
    /* numbers that are no counts */
    {AST_FORMAT_NESTED, "dim a | value:1 | value:2 | value:3\ncells 0.1 - *", "*3 $3 0.1 $-1 $-1 ",
     "*3 ,0.1 _ _ "},
    {AST_FORMAT_NESTED, "dim a | value:1 | value:2 | value:3\ncells =0.1 =0.5 =9007199254740993",
     "*3 $3 0.1 $3 0.5 $16 9007199254740993 ", "*3 $3 0.1 ,0.5 $16 9007199254740993 "},
    /* several measures */
    {AST_FORMAT_NESTED,
     "dim a | value:1 | value:2\nleaves value:count value:avg(x)\ncells 3/2.5 0/-",
     "*2 *2 :3 $3 2.5 *2 :0 $-1 ", "*2 *2 :3 ,2.5 *2 :0 _ "},
    {AST_FORMAT_NESTED, TWO_BY_TWO "cells 3 3 3 3", "*2 *2 :3 :3 *2 :3 :3 ",
     "*2 *2 :3 :3 *2 :3 :3 "},
    {AST_FORMAT_NESTED, "list\ndim a | value:1\ncells 3\n---\ncells 4", "*2 *1 :3 :4 ",
     "*2 *1 :3 :4 "},
    /* a total has no label; cells without rows are left out */
    {AST_FORMAT_ROWS, TWO_BY_TWO "cells 3 3 3 3",
     "*4 *3 $1 1 $1 x :3 *3 $1 1 $-1 :3 *3 $-1 $1 x :3 *3 $-1 $-1 :3 ",
     "*4 *3 $1 1 $1 x :3 *3 $1 1 _ :3 *3 _ $1 x :3 *3 _ _ :3 "},
    {AST_FORMAT_ROWS, "dim a | value:1 | value:2\nleaves value:count value:avg(x)\ncells 3/2.5 0/-",
     "*1 *2 $1 1 *2 :3 $3 2.5 ", "*1 *2 $1 1 *2 :3 ,2.5 "},
    /* nothing was found: a total of 0; a value that is called total is a value */
    {AST_FORMAT_ROWS, TWO_BY_TWO "cells 0 0 0 0", "*1 *3 $-1 $-1 :0 ", "*1 *3 _ _ :0 "},
    {AST_FORMAT_ROWS, "dim a | value:total\ncells 3", "*1 *2 $5 total :3 ", "*1 *2 $5 total :3 "},
    {AST_FORMAT_ROWS, "dim a | value:1\ncells 0", "*0 ", "*0 "},
    /* what is hidden is there */
    {AST_FORMAT_ROWS, "dim a | value:1 | value:2\ncells * 7", "*2 *2 $1 1 $-1 *2 $1 2 :7 ",
     "*2 *2 $1 1 _ *2 $1 2 :7 "},
    /* a list has its own order, and cells without rows */
    {AST_FORMAT_ROWS, "dim a | value:1 | value:2 | value:3\ncells 0 7 9\nrows 2 0",
     "*2 *2 $1 3 :9 *2 $1 1 :0 ", "*2 *2 $1 3 :9 *2 $1 1 :0 "},
    {AST_FORMAT_ROWS, "dim a | value:1 | value:2\ncells 1:7", "*1 *2 $1 2 :7 ", "*1 *2 $1 2 :7 "},
    {AST_FORMAT_NESTED, "dim a | value:1 | value:2\ncells 1:7", "*2 $-1 :7 ", "*2 _ :7 "},
    {AST_FORMAT_CSV, "dim a | value:1\ncells 7", "$14 a,count 1,7  ", "=18 txt:a,count 1,7  "},
};

START_TEST(test_sink)
{
    for (int resp3 = 0; resp3 < 2; resp3++) {
        char *bytes = written(sink_rows[_i].format, resp3, sink_rows[_i].text);
        ck_assert_str_eq(bytes, resp3 ? sink_rows[_i].resp3 : sink_rows[_i].resp2);
        free(bytes);
    }
}
END_TEST

/* ---- csv ---- */

static const struct {
    const char *text, *csv;
} csv_rows[] = {
    {"dim sex | value:f=Female | value:m\ncells 2 3", "sex,count f,2 m,3 "},
    {"cells 4", "count 4 "},
    /* no empty line: readers skip them */
    {"cells *", "count \"\" "},
    {"dim a | value:1,5 | value:say~\"no\" | value:two\\nlines | value:x | value:\\x00\ncells 1 2 3 4 5",
     "a,count \"1,5\",1 \"say \"\"no\"\"\",2 \"two\nlines\",3 x,4 \\0,5 "},
    {"dim a | value:~x | value:y~ | value:\ncells 1 2 3", "a,count \" x\",1 \"y \",2 ,3 "},
    /* a byte order mark at a line's start would be passed over */
    {"dim a | value:\xef\xbb\xbfx\ncells 1", "a,count \"\xef\xbb\xbfx\",1 "},
    {"dim a,b | value:1\nleaves value:sum(x) value:avg(x)\ncells =12345678901234567890.5/0.1",
     "\"a,b\",sum(x),avg(x) 1,12345678901234567890.5,0.1 "},
    {TWO_BY_TWO "leaves percent:percent value:count\ncells 50.0/1 * 25/3 100/4",
     "totals,a,b,percent,count ,1,x,50.0,1 b,1,,, a,,x,25,3 \"a,b\",,,100,4 "},
    {"dim a | value:1 | value:2\ncells 0 3\n---\ndim b | value:x\ncells 7",
     "a,count 2,3  b,count x,7 "},
    {"dim a | value:1 | value:2\ncells 0 3\nrows 1 0", "a,count 2,3 1,0 "},
};

/* The text in steps of so many cells. */
static char *
text_in_steps(enum ast_format format, const char *text, uint64_t ncells)
{
    struct arena *arena = arena_new();
    struct strbuf out;
    strbuf_init(&out);
    struct format_text *to = format_text_new(made_answer(arena, format, text), format, 0, &out);
    while (!format_text_step(to, ncells)) {
    }
    format_text_free(to);
    for (size_t i = 0; i < out.len; i++) { /* so that a NUL can be seen */
        if (out.ptr[i] == '\0') {
            strbuf_append_char(&out, ' ');
            memmove(out.ptr + i + 1, out.ptr + i, out.len - i - 1);
            memcpy(out.ptr + i, "\\0", 2);
        }
    }
    char *bytes = shown(&out);
    strbuf_fini(&out);
    arena_free(arena);
    return bytes;
}

START_TEST(test_csv)
{
    for (uint64_t ncells = 1; ncells < 5; ncells++) {
        char *bytes = text_in_steps(AST_FORMAT_CSV, csv_rows[_i].text, ncells);
        ck_assert_str_eq(bytes, csv_rows[_i].csv);
        free(bytes);
    }
}
END_TEST

/* ---- json, map ---- */

#define EVERYTHING                                                                                 \
    "dataset current\n"                                                                            \
    "dim sex field=Sex overlaps | value:1=Male | net:both | total:total\n"                         \
    "dim age open | bin:[30,40) | missing:missing\n"                                               \
    "leaves value:count value:sum(x)\n"                                                            \
    "cells 3/=0.1 0/- * 3/=12345678901234567890 3/=5 0/-\n"                                        \
    "base 70\nexcluded 2 1\n"                                                                      \
    "bases 3 0 3 0 3 0\neffective 2.5 0 2.5 0 2.5 0\n"                                             \
    "test | 10.5 2 0.05 0.25 0\nresiduals 1.5 -1.5 - -\nletters AB . . B\n"                        \
    "warning no row has \"x\"\nshard 0 40\nshard 1 30\ntook 412"

static const struct {
    const char *text, *json;
} json_rows[] = {
    {EVERYTHING,
     "{\"dataset\":\"current\",\"dims\":[{\"name\":\"sex\",\"field\":\"Sex\",\"overlaps\":true,"
     "\"positions\":[{\"kind\":\"value\",\"label\":\"1\",\"text\":\"Male\"},"
     "{\"kind\":\"net\",\"label\":\"both\",\"text\":null},"
     "{\"kind\":\"total\",\"label\":\"total\",\"text\":null}]},"
     "{\"name\":\"age\",\"field\":\"age\",\"overlaps\":false,\"positions\":["
     "{\"kind\":\"bin\",\"label\":\"[30,40)\",\"text\":null},"
     "{\"kind\":\"missing\",\"label\":\"missing\",\"text\":null}]}],"
     "\"measures\":[\"count\",\"sum(x)\"],"
     "\"cells\":[[[3,0.1],[0,null]],[[null,null],[3,12345678901234567890]],[[3,5],[0,null]]],"
     "\"rows\":null,\"hidden\":[[1,0]],\"base\":70,\"excluded\":{\"position\":2,\"weight\":1},"
     "\"bases\":[[3,0],[3,0],[3,0]],\"effective\":[[2.5,0],[2.5,0],[2.5,0]],"
     "\"tests\":[{\"layer\":[],\"chi2\":{\"statistic\":10.5,\"df\":2,\"p\":0.05,\"v\":0.25,"
     "\"low_expected\":0,\"yates\":null,\"fisher\":null},"
     "\"residuals\":[[1.5,-1.5],[null,null]],\"letters\":[[\"A B\",\"\"],[\"\",\"B\"]]}],"
     "\"warnings\":[\"no row has \\\"x\\\"\","
     "\"tests are of weighted counts, scaled to Kish's effective base\"],"
     "\"shards\":[{\"name\":\"0\",\"rows\":40},{\"name\":\"1\",\"rows\":30}],\"took_us\":412}"},
    {"cells 3\nbase 3",
     "{\"dataset\":\"current\",\"dims\":[],\"measures\":[\"count\"],\"cells\":3,\"rows\":null,"
     "\"hidden\":[],\"base\":3,\"excluded\":{\"position\":null,\"weight\":null},\"bases\":null,"
     "\"effective\":null,\"tests\":[],\"warnings\":[],\"shards\":[],\"took_us\":0}"},
    /* a list, two tables, hidden cells of a list, bytes that are no UTF-8 */
    {"list\ndim a | value:\\xff\\x22 | value:z\ncells * 3\nrows 1 0\nbase 3\nexcluded 0 0\n---\n"
     "dim b field= open\nbase 3\nexcluded 3 0",
     "[{\"dataset\":\"current\",\"dims\":[{\"name\":\"a\",\"field\":\"a\",\"overlaps\":false,"
     "\"positions\":[{\"kind\":\"value\",\"label\":\"\xef\xbf\xbd\\\"\",\"text\":null},"
     "{\"kind\":\"value\",\"label\":\"z\",\"text\":null}]}],\"measures\":[\"count\"],"
     "\"cells\":null,\"rows\":[[1,3],[0,null]],\"hidden\":[[0]],\"base\":3,"
     "\"excluded\":{\"position\":0,\"weight\":0},\"bases\":null,\"effective\":null,\"tests\":[],"
     "\"warnings\":[\"some labels are not UTF-8: U+FFFD stands for bytes of theirs\"],"
     "\"shards\":[],\"took_us\":0},"
     "{\"dataset\":\"current\",\"dims\":[{\"name\":\"b\",\"field\":null,\"overlaps\":false,"
     "\"positions\":[]}],\"measures\":[\"count\"],\"cells\":[],\"rows\":null,\"hidden\":[],"
     "\"base\":3,\"excluded\":{\"position\":3,\"weight\":0},\"bases\":null,\"effective\":null,"
     "\"tests\":[],"
     "\"warnings\":[\"some labels are not UTF-8: U+FFFD stands for bytes of theirs\"],"
     "\"shards\":[],\"took_us\":0}]"},
};

START_TEST(test_json)
{
    for (uint64_t ncells = 1; ncells < 12; ncells++) {
        char *bytes = text_in_steps(AST_FORMAT_JSON, json_rows[_i].text, ncells);
        ck_assert_str_eq(bytes, json_rows[_i].json);
        free(bytes);
    }
}
END_TEST

#define MAP_MIDDLE                                                                                 \
    " $4 rows _ $6 hidden *0 $4 base :3 $8 excluded %2 $8 position :0 $6 weight :0 $5 bases _ "    \
    "$9 effective _ $5 tests *0 $8 warnings *0 $6 shards *0 $7 took_us :0 "

START_TEST(test_map)
{
    const char *text = "dim a | value:\\xff | total:total\ncells =0.1 2.5\nbase 3\nexcluded 0 0";
    char *resp3 = written(AST_FORMAT_MAP, true, text);
    ck_assert_str_eq(resp3, "%14 $7 dataset $7 current $4 dims *1 %4 $4 name $1 a $5 field $1 a "
                            "$8 overlaps #f $9 positions *2 %3 $4 kind $5 value $5 label $1 \xff "
                            "$4 text _ %3 $4 kind $5 total $5 label $5 total $4 text _ "
                            "$8 measures *1 $5 count $5 cells *2 $3 0.1 ,2.5" MAP_MIDDLE);
    char *resp2 = written(AST_FORMAT_MAP, false, text);
    ck_assert(strncmp(resp2, "*28 $7 dataset ", 15) == 0);
    ck_assert(strstr(resp2, " $8 overlaps :0 ") &&
              strstr(resp2, " $5 cells *2 $3 0.1 $3 2.5 $4 rows $-1 "));
    free(resp2);
    free(resp3);
    /* a cell without rows has an effective number of 0, which is no count */
    char *zero = written(AST_FORMAT_MAP, true,
                         "dim a | value:1 | value:2\ncells 1:7\nbases 7\neffective 3.5");
    ck_assert(strstr(zero, " $5 bases *2 :0 :7 $9 effective *2 ,0 ,3.5 "));
    free(zero);
}
END_TEST

/* JSON has no infinity, and says what stands for it; RESP has one. */
START_TEST(test_infinity)
{
    const char *text = "dim a | value:1 | value:2\ndim b | value:x | value:y\ncells 4 0 2 6\n"
                       "test | 6 1 0.01 0.7 1 3.2 0.07 0.06 inf";
    const char *warning = "an infinite odds_ratio is null: JSON has no infinity";
    char *json = text_in_steps(AST_FORMAT_JSON, text, 100),
         *map = written(AST_FORMAT_MAP, true, text);
    ck_assert(strstr(json, "\"odds_ratio\":null") && strstr(json, warning));
    ck_assert(strstr(map, " $10 odds_ratio ,inf ") && strstr(map, " $8 warnings *0 "));
    free(json);
    free(map);
}
END_TEST

/* ---- a label of 64 KiB ---- */

enum { LONG_LABEL = 65536 };

/* The longest run of x. */
static size_t
find_run(const char *text)
{
    size_t most = 0;
    for (size_t n; *text; text += n ? n : 1) {
        n = strspn(text, "x");
        most = n > most ? n : most;
    }
    return most;
}

static const struct {
    enum ast_format format;
    size_t run; /* how much of the label is shown */
    const char *behind;
} long_rows[] = {
    {AST_FORMAT_CSV, LONG_LABEL, "x,2 b,3 "},
    {AST_FORMAT_JSON, LONG_LABEL, "x\",\"text\":null},{\"kind\":\"value\",\"label\":\"b\""},
    {AST_FORMAT_MARKDOWN, LONG_LABEL, "x | 2 |\n| b | 3 |\n"},
    {AST_FORMAT_TABLE, 43, "\nb "},
};

/* All of it, but in a table, which fits a terminal; in one step as in many. */
START_TEST(test_long_label)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "dim a | value:");
    for (size_t i = 0; i < LONG_LABEL; i++) {
        strbuf_append_char(&text, 'x');
    }
    strbuf_append_str(&text, " | value:b\ncells 2 3\nbase 5");
    strbuf_append_char(&text, '\0');
    char *parts = text_in_steps(long_rows[_i].format, text.ptr, 1),
         *whole = text_in_steps(long_rows[_i].format, text.ptr, 100);
    ck_assert_str_eq(parts, whole);
    ck_assert_uint_eq(find_run(whole), long_rows[_i].run);
    ck_assert(strstr(whole, long_rows[_i].behind));
    free(parts);
    free(whole);
    strbuf_fini(&text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_sink, 0, NROWS(sink_rows));
    tcase_add_loop_test(tcase, test_csv, 0, NROWS(csv_rows));
    tcase_add_loop_test(tcase, test_json, 0, NROWS(json_rows));
    tcase_add_test(tcase, test_map);
    tcase_add_test(tcase, test_infinity);
    tcase_add_loop_test(tcase, test_long_label, 0, NROWS(long_rows));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
