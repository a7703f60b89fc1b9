/*
 * libFuzzer target: labels and numbers of any bytes, in every format. What is written is json that is
 * UTF-8 with its brackets in order, csv with all its fields, a table and markdown without a control
 * character, and the same in one step as in many.
 *
 *     byte 0   how many dimensions, whether there are totals, a list, several tables
 *     then     labels with a length byte before them, at the end numbers. 255: the next 8 bytes, 256 times; with
 *              one dimension 8192 times, so that a label has 64 KiB
 *
 *     ./fuzz_format -max_total_time=120 /tmp/new tests/corpus/format
 */
#include <stdlib.h>
#include <string.h>

#include "answer/format.h"
#include "answer/format_text.h"
#include "base/utf8.h"
#include "net/resp_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIMS_MOST = 4, POSITIONS_MOST = 4, CELLS_MOST = 256 };
/* How often the bytes of a long text are repeated; LONGEST where few cells show it. */
enum { LONG_TIMES = 256, LONGEST_TIMES = 8192 };

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t
take_byte(struct slice *rest)
{
    if (rest->len == 0) {
        return 0;
    }
    uint8_t byte = (uint8_t) rest->ptr[0];
    *rest = slice_of(rest->ptr + 1, rest->len - 1);
    return byte;
}

static struct slice
take_text(struct arena *arena, struct slice *rest, size_t times)
{
    size_t len = take_byte(rest);
    bool is_long = len == 255;
    len = is_long ? 8 : len % 32;
    len = len < rest->len ? len : rest->len;
    struct slice text = slice_of(rest->ptr, len);
    *rest = slice_of(rest->ptr + len, rest->len - len);
    if (!is_long || len == 0) {
        return len ? text : slice_lit("");
    }
    char *many = arena_alloc(arena, len * times);
    for (size_t i = 0; i < times; i++) {
        memcpy(many + i * len, text.ptr, len);
    }
    return slice_of(many, len * times);
}

static struct number
take_number(struct slice *rest)
{
    static const struct slice TEXTS[] = {SLICE_LIT("0.1"), SLICE_LIT("-12.5"), SLICE_LIT("1e+21"),
                                         SLICE_LIT("12345678901234567890.25")};
    uint8_t byte = take_byte(rest);
    switch (byte % 5) {
    case 0: return number_of_integer(byte);
    case 1: return (struct number){.kind = NUMBER_NULL};
    case 2: return (struct number){.kind = NUMBER_HIDDEN};
    case 3: return number_of_text(TEXTS[byte / 5 % 3]);
    default: return number_of_exact(TEXTS[byte / 5 % 2 * 3]);
    }
}

static struct table *
take_table(struct arena *arena, struct slice *rest, uint8_t shape)
{
    static const unsigned char COUNTS = MEASURE_COUNT;
    struct table *table = arena_alloc(arena, sizeof *table);
    table->ndims = shape % (DIMS_MOST + 1);
    table->dims = arena_array(arena, DIMS_MOST, sizeof *table->dims);
    table->ncells = 1;
    size_t times = table->ndims > 1 ? LONG_TIMES : LONGEST_TIMES;
    for (size_t d = 0; d < table->ndims; d++) {
        struct table_dim *dim = &table->dims[d];
        dim->name = dim->field = take_text(arena, rest, LONG_TIMES);
        dim->npositions = take_byte(rest) % (POSITIONS_MOST + 1);
        dim->has_total = dim->npositions > 0 && shape & 0x20;
        dim->overlaps = shape & 0x80;
        dim->labels = arena_array(arena, POSITIONS_MOST, sizeof *dim->labels);
        dim->texts = arena_array(arena, POSITIONS_MOST, sizeof *dim->texts);
        for (size_t i = 0; i < dim->npositions; i++) {
            dim->labels[i] = take_text(arena, rest, times);
            dim->texts[i] = i % 2 ? take_text(arena, rest, times) : slice_of(NULL, 0);
        }
        table->ncells *= dim->npositions;
    }
    table->nleaves = 1 + take_byte(rest) % 3;
    table->leaves = arena_array(arena, table->nleaves, sizeof *table->leaves);
    for (size_t k = 0; k < table->nleaves; k++) {
        table->leaves[k] = (struct leaf){(enum leaf_kind)(take_byte(rest) % 4), 0,
                                         take_text(arena, rest, LONG_TIMES)};
    }
    table->is_dense = true;
    table->cells = cell_list_new(arena, &COUNTS, 1, table->ncells, true);
    table->numbers = arena_array(arena, table->ncells * table->nleaves, sizeof *table->numbers);
    for (uint64_t i = 0; i < table->ncells; i++) {
        cell_list_add(&table->cells, i, take_byte(rest) % 2);
        for (size_t k = 0; k < table->nleaves; k++) {
            table->numbers[i * table->nleaves + k] = take_number(rest);
        }
    }
    table->has_list = shape & 0x40;
    table->list = arena_array(arena, table->ncells, sizeof *table->list);
    for (uint64_t i = 0; table->has_list && i < table->ncells; i += 2) {
        table->list[table->nlist++] = table->ncells - 1 - i;
    }
    return table;
}

static void
text_write(const struct answer *answer, enum ast_format format, uint64_t ncells, struct strbuf *out)
{
    struct format_text *text = format_text_new(answer, format, 0, out);
    while (!format_text_step(text, ncells)) {
    }
    format_text_free(text);
}

/* Brackets close as they open, outside of strings; a string has no control character. */
static void
check_json(struct slice json)
{
    char open[64];
    size_t depth = 0;
    bool in_string = false;
    must(utf8_is_valid(json));
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        must((unsigned char) c >= ' ');
        if (in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '[' || c == '{')) {
            must(depth < sizeof open);
            open[depth++] = c;
        } else if (!in_string && (c == ']' || c == '}')) {
            must(depth > 0 && open[--depth] == (c == ']' ? '[' : '{'));
        }
    }
    must(depth == 0 && !in_string);
}

/* As many fields in each record as in the header of its table. */
static void
check_csv(struct slice csv)
{
    size_t nfields = 1, nheader = 0;
    bool in_quotes = false, is_empty = true;
    for (size_t i = 0; i < csv.len; i++) {
        char c = csv.ptr[i];
        if (c == '"') {
            in_quotes = !in_quotes;
        } else if (!in_quotes && c == ',') {
            nfields++;
        } else if (!in_quotes && c == '\r') {
            must(i + 1 < csv.len && csv.ptr[++i] == '\n');
            bool is_gap = is_empty; /* or the only field of a record is empty */
            must(is_gap || nheader == 0 || nfields == nheader);
            nheader = is_gap ? 0 : nfields;
            nfields = 1;
            is_empty = true;
            continue;
        }
        is_empty = false;
    }
    must(!in_quotes && is_empty);
}

static void
check_shown(struct slice text)
{
    must(utf8_is_valid(text));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        must(c >= ' ' || c == '\n');
    }
}

static void
check_format(const struct answer *answer, enum ast_format format)
{
    struct strbuf whole, parts;
    strbuf_init(&whole);
    strbuf_init(&parts);
    text_write(answer, format, UINT64_MAX, &whole);
    text_write(answer, format, 3, &parts);
    must(slice_equal(strbuf_slice(&whole), strbuf_slice(&parts)));
    if (format == AST_FORMAT_JSON) {
        check_json(strbuf_slice(&whole));
    } else if (format == AST_FORMAT_CSV) {
        check_csv(strbuf_slice(&whole));
    } else {
        check_shown(strbuf_slice(&whole));
    }
    strbuf_fini(&whole);
    strbuf_fini(&parts);
}

static void
check_sink(const struct answer *answer, enum ast_format format)
{
    for (int resp3 = 0; resp3 < 2; resp3++) {
        struct strbuf out;
        strbuf_init(&out);
        struct resp_writer writer = {.out = &out, .resp3 = resp3};
        struct resp_sink sink = resp_sink_of(&writer);
        for (size_t i = 0; i < answer->ntables; i++) {
            answer->tables[i]->format = format;
        }
        format_answer(&sink.sink, answer);
        strbuf_fini(&out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice rest = slice_of((const char *) data, size);
    uint8_t shape = take_byte(&rest);
    struct table *tables[2];
    struct answer answer = {.tables = tables, .ntables = 1 + (shape & 8 ? 1 : 0)};
    answer.is_list = answer.ntables > 1;
    struct slice warning = take_text(arena, &rest, LONG_TIMES);
    answer.warnings = &warning;
    answer.nwarnings = 1;
    answer.dataset = slice_lit("current");
    for (size_t i = 0; i < answer.ntables; i++) {
        tables[i] = take_table(arena, &rest, shape);
    }
    check_format(&answer, AST_FORMAT_JSON);
    check_format(&answer, AST_FORMAT_CSV);
    check_format(&answer, AST_FORMAT_TABLE);
    check_format(&answer, AST_FORMAT_MARKDOWN);
    check_sink(&answer, AST_FORMAT_MAP);
    check_sink(&answer, AST_FORMAT_NESTED);
    check_sink(&answer, AST_FORMAT_ROWS);
    arena_free(arena);
    return 0;
}
