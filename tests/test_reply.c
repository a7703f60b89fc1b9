/*
 * server/commands/reply, net/resp_writer: tables and shards' replies in RESP2 and RESP3. Expected bytes
 * are written with a space for each CRLF.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "net/resp_value.h"
#include "server/commands/reply.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static struct strbuf buffer;

static void
setup(void)
{
    strbuf_init(&buffer);
}

static void
teardown(void)
{
    strbuf_fini(&buffer);
}

/* The buffer must hold expected, where CRLF is a space and bulks have none inside. */
static void
check_bytes(const char *expected)
{
    struct strbuf shown;
    strbuf_init(&shown);
    for (size_t i = 0; i < buffer.len; i++) {
        bool is_end = buffer.ptr[i] == '\r' && i + 1 < buffer.len && buffer.ptr[i + 1] == '\n';
        strbuf_append_char(&shown, is_end ? ' ' : buffer.ptr[i]);
        i += is_end;
    }
    ck_assert_str_eq(strbuf_slice(&shown).ptr, expected);
    strbuf_fini(&shown);
}

static struct slice one_two[] = {SLICE_LIT("1"), SLICE_LIT("2")};
static struct slice letters[] = {SLICE_LIT("x"), SLICE_LIT("yy"), SLICE_LIT("z")};
static struct table_dim dims_2x3[] = {{.name = SLICE_LIT("a"), .labels = one_two, .npositions = 2},
                                      {.name = SLICE_LIT("b"), .labels = letters, .npositions = 3}};
static struct table_dim dims_2x0[] = {{.name = SLICE_LIT("a"), .labels = one_two, .npositions = 2},
                                      {.name = SLICE_LIT("b"), .labels = NULL, .npositions = 0}};
static struct table_dim dims_0x2[] = {{.name = SLICE_LIT("b"), .labels = NULL, .npositions = 0},
                                      {.name = SLICE_LIT("a"), .labels = one_two, .npositions = 2}};
static struct table_dim dims_2x1x2[] = {
    {.name = SLICE_LIT("a"), .labels = one_two, .npositions = 2},
    {.name = SLICE_LIT("b"), .labels = letters, .npositions = 1},
    {.name = SLICE_LIT("c"), .labels = one_two, .npositions = 2}};
#define COUNTS(n, indexes, values, states)                                                         \
    {                                                                                              \
        1, {MEASURE_COUNT}, n, indexes, values, states                                             \
    }
static uint64_t at_0_4[] = {0, 4}, at_3[] = {3};
static int64_t values_17_3[] = {17, 3}, values_17_hidden[] = {17, 0},
               values_9e18[] = {9000000000000000000}, values_5[] = {5};
static unsigned char states_hidden[] = {CELL_TOLD, CELL_HIDDEN};
#define CELLS_NONE COUNTS(0, NULL, NULL, NULL)
#define CELLS_0_4 COUNTS(2, at_0_4, values_17_3, NULL)
#define CELLS_TOLD COUNTS(2, at_0_4, values_17_hidden, states_hidden)
#define CELLS_0 COUNTS(1, at_0_4, values_9e18, NULL)
#define CELLS_3 COUNTS(1, at_3, values_5, NULL)

static const struct {
    struct table table;
    const char *nested, *rows;
} table_rows[] = {
    {{.ndims = 2, .dims = dims_2x3, .ncells = 6, .cells = CELLS_0_4, .format = AST_FORMAT_NESTED},
     "*2 *3 :17 :0 :0 *3 :0 :3 :0 ",
     "*2 *3 $1 1 $1 x :17 *3 $1 2 $2 yy :3 "},
    {{.ndims = 2, .dims = dims_2x3, .ncells = 6, .cells = CELLS_NONE, .format = AST_FORMAT_NESTED},
     "*2 *3 :0 :0 :0 *3 :0 :0 :0 ",
     "*0 "},
    {{.ndims = 1, .dims = dims_2x3, .ncells = 2, .cells = CELLS_0, .format = AST_FORMAT_NESTED},
     "*2 :9000000000000000000 :0 ",
     "*1 *2 $1 1 :9000000000000000000 "},
    {{.ndims = 3, .dims = dims_2x1x2, .ncells = 4, .cells = CELLS_3, .format = AST_FORMAT_NESTED},
     "*2 *1 *2 :0 :0 *1 *2 :0 :5 ",
     "*1 *4 $1 2 $1 x $1 2 :5 "},
    /* no dimension: one number */
    {{.ndims = 0, .dims = NULL, .ncells = 1, .cells = CELLS_0, .format = AST_FORMAT_NESTED},
     ":9000000000000000000 ",
     "*1 *1 :9000000000000000000 "},
    {{.ndims = 0, .dims = NULL, .ncells = 1, .cells = CELLS_NONE, .format = AST_FORMAT_NESTED},
     ":0 ",
     "*0 "},
    /* a dimension without positions */
    {{.ndims = 2, .dims = dims_2x0, .ncells = 0, .cells = CELLS_NONE, .format = AST_FORMAT_NESTED},
     "*2 *0 *0 ",
     "*0 "},
    {{.ndims = 2, .dims = dims_0x2, .ncells = 0, .cells = CELLS_NONE, .format = AST_FORMAT_NESTED},
     "*0 ",
     "*0 "},
};

static void
reply_table(struct resp_writer *writer, struct table *table)
{
    const struct query_result result = {.table = table};
    reply_query_write(&result, writer);
}

START_TEST(test_table_nested)
{
    for (int resp3 = 0; resp3 < 2; resp3++) {
        struct resp_writer writer = {.out = &buffer, .resp3 = resp3};
        strbuf_clear(&buffer);
        struct table table = table_rows[_i].table;
        reply_table(&writer, &table);
        check_bytes(table_rows[_i].nested);
    }
}
END_TEST

START_TEST(test_table_rows)
{
    for (int resp3 = 0; resp3 < 2; resp3++) {
        struct resp_writer writer = {.out = &buffer, .resp3 = resp3};
        struct table table = table_rows[_i].table;
        table.format = AST_FORMAT_ROWS;
        strbuf_clear(&buffer);
        reply_table(&writer, &table);
        check_bytes(table_rows[_i].rows);
    }
}
END_TEST

START_TEST(test_what_is_suppressed_is_null)
{
    struct table table = {.ndims = 2,
                          .dims = dims_2x3,
                          .ncells = 6,
                          .cells = CELLS_TOLD,
                          .format = AST_FORMAT_NESTED};
    struct resp_writer resp2 = {.out = &buffer}, resp3 = {.out = &buffer, .resp3 = true};
    strbuf_clear(&buffer);
    reply_table(&resp2, &table);
    check_bytes("*2 *3 :17 :0 :0 *3 :0 $-1 :0 ");
    strbuf_clear(&buffer);
    reply_table(&resp3, &table);
    check_bytes("*2 *3 :17 :0 :0 *3 :0 _ :0 ");
    table.format = AST_FORMAT_ROWS;
    strbuf_clear(&buffer);
    reply_table(&resp2, &table);
    check_bytes("*2 *3 $1 1 $1 x :17 *3 $1 2 $2 yy $-1 ");
}
END_TEST

/* A million cells, ten dimensions: what counts is that it is quick and has all leaves. */
START_TEST(test_large_table)
{
    enum { NDIMS = 10, NPOSITIONS = 4 };
    struct table_dim dims[NDIMS];
    struct table table = {
        .ndims = NDIMS, .dims = dims, .ncells = 1, .cells = CELLS_3, .format = AST_FORMAT_NESTED};
    for (int i = 0; i < NDIMS; i++) {
        dims[i] = (struct table_dim){.name = SLICE_LIT("d"), .npositions = NPOSITIONS};
        table.ncells *= NPOSITIONS;
    }
    struct resp_writer writer = {.out = &buffer, .resp3 = false};
    reply_table(&writer, &table);
    size_t nleaves = 0, nheaders = 0;
    for (size_t i = 0; i < buffer.len; i++) {
        nleaves += buffer.ptr[i] == ':';
        nheaders += buffer.ptr[i] == '*';
    }
    ck_assert_uint_eq(nleaves, table.ncells);
    ck_assert_uint_eq(nheaders, (table.ncells - 1) / (NPOSITIONS - 1));
}
END_TEST

START_TEST(test_lines)
{
    struct slice lines[] = {SLICE_LIT("scan"), SLICE_LIT("cells")};
    struct strbuf reply;
    strbuf_init(&reply);
    struct query_result result = {.lines = lines, .nlines = 2, .reply = &reply};
    struct resp_writer beside = {.out = &reply, .resp3 = true};
    struct resp_writer writer = {.out = &buffer, .resp3 = true};
    reply_query_write(&result, &beside);
    reply_query_result(&writer, &result);
    check_bytes("*2 $4 scan $5 cells ");
    ck_assert_uint_eq(reply.len, 0); /* the buffer has changed hands */
    strbuf_fini(&reply);
}
END_TEST

START_TEST(test_pairs)
{
    struct admin_pair pairs[] = {{"rows", 7, {NULL, 0}}, {"name", 0, SLICE_LIT("current")}};
    struct resp_writer writer = {.out = &buffer, .resp3 = false};
    reply_admin_pairs(&writer, pairs, 2);
    writer.resp3 = true;
    reply_admin_pairs(&writer, pairs, 2);
    check_bytes("*4 $4 rows :7 $4 name $7 current %2 $4 rows :7 $4 name $7 current ");
}
END_TEST

START_TEST(test_redis)
{
    const struct resp_value string = {.type = VALUE_STRING, .text = slice_lit("val")};
    const struct resp_value nil = {.type = VALUE_NIL};
    const struct resp_value number = {.type = VALUE_INTEGER, .integer = -7};
    const struct resp_value ok = {.type = VALUE_STATUS, .text = slice_lit("OK")};
    const struct resp_value wrong = {.type = VALUE_ERROR,
                                     .text = slice_lit("WRONGTYPE not a hash")};
    const struct resp_value elements[] = {string, nil};
    const struct resp_value array = {.type = VALUE_ARRAY, .nelements = 2, .elements = elements};
    const struct resp_value empty = {.type = VALUE_ARRAY};
    const struct {
        const struct resp_value *reply;
        bool as_map;
        const char *resp2, *resp3;
    } rows[] = {
        {&string, false, "$3 val ", "$3 val "},
        {&nil, false, "$-1 ", "_ "},
        {&number, false, ":-7 ", ":-7 "},
        {&ok, false, "+OK ", "+OK "},
        {&wrong, true, "-WRONGTYPE not a hash ", "-WRONGTYPE not a hash "},
        {&array, false, "*2 $3 val $-1 ", "*2 $3 val _ "},
        {&array, true, "*2 $3 val $-1 ", "%1 $3 val _ "},
        {&empty, true, "*0 ", "%0 "},
    };
    for (int i = 0; i < NROWS(rows); i++) {
        for (int resp3 = 0; resp3 < 2; resp3++) {
            struct resp_writer writer = {.out = &buffer, .resp3 = resp3};
            strbuf_clear(&buffer);
            reply_redis(&writer, rows[i].reply, rows[i].as_map);
            check_bytes(resp3 ? rows[i].resp3 : rows[i].resp2);
        }
    }
}
END_TEST

START_TEST(test_writer)
{
    struct error err = {.code = "SYNTAX", .message = "found\r\n+OK\x01"};
    for (int resp3 = 0; resp3 < 2; resp3++) {
        struct resp_writer writer = {.out = &buffer, .resp3 = resp3};
        strbuf_clear(&buffer);
        resp_write_error(&writer, &err);
        resp_write_double(&writer, 2.5);
        resp_write_double(&writer, 0.1);
        resp_write_bool(&writer, true);
        resp_write_verbatim(&writer, "txt", slice_lit("a\r\nb"));
        resp_write_set(&writer, 1);
        resp_write_null(&writer);
        check_bytes(resp3 ? "-SYNTAX found  +OK  ,2.5 ,0.1 #t =8 txt:a b ~1 _ "
                          : "-SYNTAX found  +OK  $3 2.5 $3 0.1 :1 $4 a b *1 $-1 ");
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reply");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_table_nested, 0, NROWS(table_rows));
    tcase_add_loop_test(tcase, test_table_rows, 0, NROWS(table_rows));
    tcase_add_test(tcase, test_large_table);
    tcase_add_test(tcase, test_what_is_suppressed_is_null);
    tcase_add_test(tcase, test_lines);
    tcase_add_test(tcase, test_pairs);
    tcase_add_test(tcase, test_redis);
    tcase_add_test(tcase, test_writer);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
