/*
 * Makes an answer of a text. in: lines (made_answer.h); out: struct answer.
 *
 * Example: "dim a | value:x | total:total\ncells 3 3" is a table of one dimension with its total.
 */
#include "tests/made_answer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "answer/chi2.h"
#include "answer/column_letters.h"

enum {
    TABLES_MOST = 4,
    DIMS_MOST = 8,
    WORDS_MOST = 4096,
    TESTS_MOST = 16,
    WORDS_OF_TEST_MOST = 16
};

struct maker {
    struct arena *arena;
    struct answer *answer;
    struct table *table;
    enum ast_format format;
};

_Noreturn static void
wrong(struct slice line)
{
    fprintf(stderr, "made_answer: %.*s\n", SLICE_ARG(line));
    abort();
}

/* ---- Words ---- */

static struct slice
trimmed(struct slice s)
{
    while (s.len && s.ptr[0] == ' ') {
        s = slice_of(s.ptr + 1, s.len - 1);
    }
    while (s.len && s.ptr[s.len - 1] == ' ') {
        s.len--;
    }
    return s;
}

/* Takes what stands before the separator off rest. */
static struct slice
taken(struct slice *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    size_t len = at ? (size_t) (at - rest->ptr) : rest->len;
    struct slice word = slice_of(rest->ptr, len);
    *rest = at ? slice_of(at + 1, rest->len - len - 1) : slice_of(rest->ptr + len, 0);
    return word;
}

static struct slice
next_word(struct slice *rest)
{
    *rest = trimmed(*rest);
    return taken(rest, ' ');
}

static size_t
words_of(struct slice rest, struct slice *words)
{
    size_t n = 0;
    for (struct slice word; (word = next_word(&rest)).len;) {
        if (n == WORDS_MOST) {
            wrong(rest);
        }
        words[n++] = word;
    }
    return n;
}

static double
real_of(struct slice word)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(word));
    return strtod(text, NULL);
}

static struct slice
unescaped(struct arena *arena, struct slice text)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == 'n') {
            out[n++] = '\n';
            i++;
        } else if (text.ptr[i] == '\\' && i + 3 < text.len) {
            char hex[3] = {text.ptr[i + 2], text.ptr[i + 3], '\0'};
            out[n++] = (char) strtol(hex, NULL, 16);
            i += 3;
        } else {
            out[n++] = text.ptr[i] == '~' ? ' ' : text.ptr[i];
        }
    }
    return slice_of(out, n);
}

static struct number
number_of(struct slice word)
{
    if (slice_equal(word, slice_lit("-"))) {
        return (struct number){.kind = NUMBER_NULL};
    }
    if (slice_equal(word, slice_lit("*"))) {
        return (struct number){.kind = NUMBER_HIDDEN};
    }
    if (word.ptr[0] == '=') {
        return number_of_exact(slice_of(word.ptr + 1, word.len - 1));
    }
    bool is_integer = !memchr(word.ptr, '.', word.len) && !memchr(word.ptr, 'e', word.len);
    return is_integer ? number_of_integer(strtoll(word.ptr, NULL, 10)) : number_of_text(word);
}

/* ---- Lines ---- */

static const struct {
    const char *name;
    enum item_kind kind;
} KINDS[] = {{"value", ITEM_VALUE},     {"group", ITEM_GROUP}, {"range", ITEM_RANGE},
             {"net", ITEM_NET},         {"when", ITEM_WHEN},   {"bin", ITEM_BIN},
             {"missing", ITEM_MISSING}, {"other", ITEM_OTHER}, {"total", ITEM_TOTAL}};

static enum item_kind
kind_of(struct slice name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        if (slice_equal(name, slice_str(KINDS[i].name))) {
            return KINDS[i].kind;
        }
    }
    wrong(name);
}

static void
add_dim(struct maker *maker, struct slice rest)
{
    struct table *table = maker->table;
    struct table_dim *dim = &table->dims[table->ndims++];
    struct slice head = taken(&rest, '|');
    dim->name = dim->field = unescaped(maker->arena, next_word(&head));
    for (struct slice word; (word = next_word(&head)).len;) {
        if (slice_equal(word, slice_lit("overlaps"))) {
            dim->overlaps = true;
        } else if (slice_equal(word, slice_lit("open"))) {
            dim->is_open = true;
        } else {
            taken(&word, '=');
            dim->field = word;
        }
    }
    dim->labels = arena_array(maker->arena, WORDS_MOST, sizeof *dim->labels);
    dim->kinds = arena_array(maker->arena, WORDS_MOST, sizeof *dim->kinds);
    dim->texts = arena_array(maker->arena, WORDS_MOST, sizeof *dim->texts);
    while (rest.len) {
        struct slice item = trimmed(taken(&rest, '|'));
        size_t at = dim->npositions++;
        dim->kinds[at] = kind_of(taken(&item, ':'));
        struct slice label = taken(&item, '=');
        dim->labels[at] = unescaped(maker->arena, label);
        if (item.len) {
            dim->texts[at] = unescaped(maker->arena, item);
        }
        dim->has_total = dim->kinds[at] == ITEM_TOTAL;
    }
    table->ncells *= dim->npositions;
}

static void
set_leaves(struct maker *maker, const struct slice *words, size_t nwords)
{
    static const char *const NAMES[] = {"percent", "value", "low", "high"};
    struct table *table = maker->table;
    table->leaves = arena_array(maker->arena, nwords, sizeof *table->leaves);
    table->nleaves = nwords;
    for (size_t i = 0; i < nwords; i++) {
        struct slice name = words[i], kind = taken(&name, ':');
        table->leaves[i].name = name;
        for (size_t k = 0; k < 4; k++) {
            if (slice_equal(kind, slice_str(NAMES[k]))) {
                table->leaves[i].kind = (enum leaf_kind) k;
            }
        }
    }
}

/* How many rows a cell has whose first leaf is this number: not always right, but 0 where there are none. */
static int64_t
rows_of(struct number number)
{
    switch (number.kind) {
    case NUMBER_NULL:
    case NUMBER_HIDDEN: return 0;
    case NUMBER_INTEGER: return number.integer;
    case NUMBER_DECIMAL:
    case NUMBER_EXACT: return real_of(number.text) != 0;
    }
    return 0;
}

static void
set_cells(struct maker *maker, const struct slice *words, size_t nwords)
{
    static const unsigned char COUNTS = MEASURE_COUNT;
    struct table *table = maker->table;
    bool is_sparse = nwords && memchr(words[0].ptr, ':', words[0].len);
    if (!is_sparse && nwords && nwords != table->ncells) {
        wrong(slice_lit("cells"));
    }
    table->is_dense = !is_sparse;
    table->cells = cell_list_new(maker->arena, &COUNTS, 1, nwords, true);
    table->numbers = arena_array(maker->arena, nwords * table->nleaves, sizeof *table->numbers);
    for (size_t i = 0; i < nwords; i++) {
        struct slice word = words[i];
        uint64_t index = is_sparse ? strtoull(taken(&word, ':').ptr, NULL, 10) : i;
        for (size_t k = 0; k < table->nleaves; k++) {
            struct slice part = taken(&word, '/');
            table->numbers[i * table->nleaves + k] =
                number_of(part.len ? part : slice_lit("*")); /* hidden: one stands for all */
        }
        struct number first = table->numbers[i * table->nleaves];
        table->cells.indexes[i] = index;
        table->cells.values[i] = rows_of(first);
        table->cells.states[i] = first.kind == NUMBER_HIDDEN ? CELL_HIDDEN : CELL_TOLD;
        table->cells.n++;
    }
}

static struct number *
numbers_of(struct maker *maker, const struct slice *words, size_t nwords)
{
    struct number *numbers = arena_array(maker->arena, nwords, sizeof *numbers);
    for (size_t i = 0; i < nwords; i++) {
        numbers[i] = number_of(words[i]);
    }
    return numbers;
}

static void
add_test(struct maker *maker, struct slice rest)
{
    struct table *table = maker->table;
    struct table_test *test = &table->tests[table->ntests++];
    struct slice before = taken(&rest, '|'), words[WORDS_OF_TEST_MOST];
    size_t *layer = arena_array(maker->arena, DIMS_MOST, sizeof *layer);
    for (size_t d = 0; d + 2 < table->ndims; d++) {
        layer[d] = strtoul(next_word(&before).ptr, NULL, 10);
    }
    test->layer = layer;
    const struct table_dim *dims = table->dims + table->ndims - 2;
    test->nrows = dims[0].npositions - dims[0].has_total;
    test->ncols = dims[1].npositions - dims[1].has_total;
    size_t nwords = words_of(rest, words);
    if (nwords >= 5) {
        struct chi2_test *chi2 = arena_alloc(maker->arena, sizeof *chi2);
        *chi2 = (struct chi2_test){.statistic = real_of(words[0]),
                                   .df = real_of(words[1]),
                                   .p = real_of(words[2]),
                                   .v = real_of(words[3]),
                                   .low_expected = real_of(words[4]),
                                   .has_yates = nwords >= 7,
                                   .has_fisher = nwords >= 9};
        if (chi2->has_yates) {
            chi2->yates_statistic = real_of(words[5]);
            chi2->yates_p = real_of(words[6]);
        }
        if (chi2->has_fisher) {
            chi2->fisher = (struct fisher_test){real_of(words[7]), real_of(words[8])};
        }
        test->chi2 = chi2;
    }
}

static void
set_residuals(struct maker *maker, const struct slice *words, size_t nwords)
{
    double *residuals = arena_array(maker->arena, nwords, sizeof *residuals);
    for (size_t i = 0; i < nwords; i++) {
        residuals[i] = words[i].ptr[0] == '-' && words[i].len == 1 ? NAN : real_of(words[i]);
    }
    maker->table->tests[maker->table->ntests - 1].residuals = residuals;
}

static void
set_letters(struct maker *maker, const struct slice *words, size_t nwords)
{
    struct letters *sets = arena_array(maker->arena, nwords, sizeof *sets);
    for (size_t i = 0; i < nwords; i++) {
        for (size_t k = 0; k < words[i].len; k++) {
            if (words[i].ptr[k] != '.') {
                sets[i].bits[0] |= (uint64_t) 1 << (words[i].ptr[k] - 'A');
            }
        }
    }
    maker->table->tests[maker->table->ntests - 1].letters = sets;
}

static void
begin_table(struct maker *maker)
{
    static const struct slice COUNT = SLICE_LIT("value:count");
    struct table *table = arena_alloc(maker->arena, sizeof *table);
    table->dims = arena_array(maker->arena, DIMS_MOST, sizeof *table->dims);
    table->tests = arena_array(maker->arena, TESTS_MOST, sizeof *table->tests);
    table->ncells = 1;
    table->format = maker->format;
    maker->answer->tables[maker->answer->ntables++] = maker->table = table;
    set_leaves(maker, &COUNT, 1);
    set_cells(maker, &COUNT, 0);
}

static bool
is_of_table(struct maker *maker, struct slice name, const struct slice *words, size_t nwords)
{
    struct table *table = maker->table;
    if (slice_equal(name, slice_lit("leaves"))) {
        set_leaves(maker, words, nwords);
    } else if (slice_equal(name, slice_lit("cells"))) {
        set_cells(maker, words, nwords);
    } else if (slice_equal(name, slice_lit("rows"))) {
        table->has_list = true;
        table->list = arena_array(maker->arena, nwords, sizeof *table->list);
        for (size_t i = 0; i < nwords; i++) {
            table->list[table->nlist++] = strtoul(words[i].ptr, NULL, 10);
        }
    } else if (slice_equal(name, slice_lit("base"))) {
        table->base = number_of(words[0]);
    } else if (slice_equal(name, slice_lit("excluded"))) {
        table->excluded_position = number_of(words[0]);
        table->excluded_weight = number_of(words[1]);
    } else if (slice_equal(name, slice_lit("bases"))) {
        table->bases = numbers_of(maker, words, nwords);
    } else if (slice_equal(name, slice_lit("effective"))) {
        table->effective = numbers_of(maker, words, nwords);
    } else if (slice_equal(name, slice_lit("residuals"))) {
        set_residuals(maker, words, nwords);
    } else if (slice_equal(name, slice_lit("letters"))) {
        set_letters(maker, words, nwords);
    } else {
        return false;
    }
    return true;
}

static void
read_line(struct maker *maker, struct slice line)
{
    static struct slice words[WORDS_MOST];
    struct answer *answer = maker->answer;
    struct slice rest = line, name = next_word(&rest);
    size_t nwords = words_of(rest, words);
    if (is_of_table(maker, name, words, nwords)) {
        return;
    }
    if (slice_equal(name, slice_lit("dim"))) {
        add_dim(maker, rest);
    } else if (slice_equal(name, slice_lit("test"))) {
        add_test(maker, rest);
    } else if (slice_equal(name, slice_lit("---"))) {
        begin_table(maker);
    } else if (slice_equal(name, slice_lit("list"))) {
        answer->is_list = true;
    } else if (slice_equal(name, slice_lit("dataset"))) {
        answer->dataset = words[0];
    } else if (slice_equal(name, slice_lit("warning"))) {
        answer->warnings[answer->nwarnings++] = unescaped(maker->arena, trimmed(rest));
    } else if (slice_equal(name, slice_lit("shard"))) {
        answer->shards[answer->nshards++] =
            (struct answer_shard){words[0], strtoull(words[1].ptr, NULL, 10)};
    } else if (slice_equal(name, slice_lit("took"))) {
        answer->took_us = strtoll(words[0].ptr, NULL, 10);
    } else if (line.len) {
        wrong(line);
    }
}

struct answer *
made_answer(struct arena *arena, enum ast_format format, const char *text)
{
    struct answer *answer = arena_alloc(arena, sizeof *answer);
    struct maker maker = {.arena = arena, .answer = answer, .format = format};
    answer->tables = arena_array(arena, TABLES_MOST, sizeof *answer->tables);
    answer->warnings = arena_array(arena, WORDS_MOST, sizeof *answer->warnings);
    answer->shards = arena_array(arena, WORDS_MOST, sizeof *answer->shards);
    answer->dataset = slice_lit("current");
    begin_table(&maker);
    struct slice rest = arena_copy(arena, slice_str(text));
    while (rest.len) {
        read_line(&maker, taken(&rest, '\n'));
    }
    return answer;
}
