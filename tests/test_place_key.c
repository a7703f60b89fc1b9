/*
 * answer/place_key: a value's positions as one key, and a key's parts.
 */
#include <check.h>
#include <string.h>

#include "answer/place_key.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/words.h"
#include "tests/suite.h"

static struct arena *arena;

static void
setup(void)
{
    arena = arena_new();
}

static void
teardown(void)
{
    arena_free(arena);
}

#define VALUE(text)                                                                                \
    {                                                                                              \
        .kind = POSITION_VALUE, .value = { text, sizeof text - 1 }                                 \
    }
#define RANGE(from, to)                                                                            \
    {                                                                                              \
        .kind = POSITION_RANGE, .lo = {from, sizeof from - 1}, .hi = { to, sizeof to - 1 }         \
    }
#define MISSING                                                                                    \
    {                                                                                              \
        .kind = POSITION_MISSING                                                                   \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        .kind = POSITION_OTHER                                                                     \
    }
#define ITEM(singles)                                                                              \
    {                                                                                              \
        singles, sizeof singles / sizeof *singles, false                                           \
    }
#define NET(singles)                                                                               \
    {                                                                                              \
        singles, sizeof singles / sizeof *singles, true                                            \
    }

static struct position low[] = {VALUE("1"), VALUE("2")}, some[] = {VALUE("2"), RANGE("3", "5")},
                       rest[] = {OTHER}, none[] = {MISSING}, none_or_9[] = {MISSING, VALUE("9")};

static struct place_item low_and_some[] = {ITEM(low), NET(some)},
                         low_and_rest[] = {ITEM(low), ITEM(rest), ITEM(none)},
                         nets[] = {NET(some), NET(none_or_9), ITEM(rest)};

static const struct {
    const char *name;
    struct place_rule rule;
    const char *values, *keys; /* "-" among the keys: in no position */
    const char *of_missing;
} ROWS[] = {
    {"a group, a net and all others",
     {low_and_some, 2, TAIL_VALUES, .separator = {NULL, 0}},
     "1 2 3 7 x",
     "#0 #0#1 #1=1:3 =1:7 =1:x",
     "-"},
    {"nothing else", {low_and_some, 2, TAIL_NONE, .separator = {NULL, 0}}, "1 4 7", "#0 #1 -", "-"},
    {"nothing else, and all rows are kept",
     {low_and_some, 2, TAIL_NONE, .keeps_all = true},
     "1 4 7",
     "#0 #1 ",
     ""},
    {"others and missing",
     {low_and_rest, 3, TAIL_NONE, .keeps_all = false},
     "1 7 x",
     "#0 #1 #1",
     "#2"},
    {"a net names its values for OTHER",
     {nets, 3, TAIL_NONE, .keeps_all = false},
     "2 9 8",
     "#0 #1 #2",
     "#1"},
    {"bins, others where there is no number",
     {low_and_rest, 3, TAIL_WIDTH, .width = {"10", 2}},
     "1 7 19.5 -1 x",
     "#0 =1:0 =2:10 =3:-10 #1",
     "#2"},
    {"months, others where there is no date",
     {low_and_rest, 3, TAIL_UNIT, .unit = DATE_MONTH},
     "1 1970-01-31 1970-03-01T10:00 x",
     "#0 =5:23640 =5:23642 #1",
     "#2"},
    {"hours of seconds since 1970",
     {NULL, 0, TAIL_UNIT, .unit = DATE_HOUR, .reading = READ_EPOCH_S},
     "0 3600 -1 x",
     "=1:0 =1:1 =2:23 -",
     "-"},
    {"several values in a field",
     {low_and_some, 2, TAIL_VALUES, .separator = {",", 1}},
     "1,x,3 x,10,9,x 2,1 ,, ,7",
     "#0#1=1:3=1:x =1:9=2:10=1:x #0#1 - =1:7",
     "-"},
    {"no value among several is as missing",
     {low_and_rest, 3, TAIL_NONE, .separator = {",", 1}},
     "'' , ,1,x,",
     "#2 #2 #0#1",
     "#2"},
    {"several values, by number",
     {low_and_some, 2, TAIL_VALUES, .separator = {"; ", 2}},
     "'2.0; 7.50'",
     "#0#1=3:7.5",
     "-"},
};

START_TEST(a_value_has_a_key_of_all_its_positions)
{
    struct place_keys keys;
    struct strbuf out;
    struct slice *words;
    size_t nwords;
    strbuf_init(&out);
    place_keys_init(&keys, arena, &ROWS[_i].rule);
    ck_assert(words_split(arena, slice_str(ROWS[_i].values), &words, &nwords));
    for (size_t i = 0; i < nwords; i++) {
        uint32_t id = place_key_of(&keys, arena, order_key(words[i]), words[i]);
        strbuf_append_str(&out, i ? " " : "");
        strbuf_append(&out, id == PLACE_NONE ? slice_lit("-") : keys.texts[id]);
    }
    ck_assert_msg(slice_equal(strbuf_slice(&out), slice_str(ROWS[_i].keys)), "%s: %s",
                  ROWS[_i].name, out.ptr);
    uint32_t id = place_key_missing(&keys);
    struct slice missing = id == PLACE_NONE ? slice_lit("-") : keys.texts[id];
    ck_assert_msg(slice_equal(missing, slice_str(ROWS[_i].of_missing)), "%s", ROWS[_i].name);
    strbuf_fini(&out);
}
END_TEST

START_TEST(equal_keys_have_one_number)
{
    struct place_keys keys;
    place_keys_init(&keys, arena, &ROWS[3].rule);
    uint32_t first = place_key_of(&keys, arena, order_key(slice_lit("1")), slice_lit("1"));
    ck_assert_uint_eq(place_key_of(&keys, arena, order_key(slice_lit("2")), slice_lit("2")), first);
    ck_assert_uint_ne(place_key_missing(&keys), first);
    ck_assert_uint_eq(keys.ntexts, 2);
}
END_TEST

static const struct {
    enum place_tail tail;
    enum date_unit unit;
    const char *value, *label; /* NULL: it cannot be one */
} LABELS[] = {
    {TAIL_VALUES, 0, "x", "x"},
    {TAIL_NONE, 0, "x", NULL},
    {TAIL_WIDTH, 0, "-10", "[-10,0)"},
    {TAIL_WIDTH, 0, "x", NULL},
    {TAIL_UNIT, DATE_MONTH, "23642", "1970-03"},
    {TAIL_UNIT, DATE_WEEKDAY, "0", "Mon"},
    {TAIL_UNIT, DATE_WEEKDAY, "7", NULL},
    {TAIL_UNIT, DATE_HOUR, "24", NULL},
    {TAIL_UNIT, DATE_YEAR, "10000", NULL},
    {TAIL_UNIT, DATE_DAY, "x", NULL},
};

START_TEST(a_value_of_the_tail_has_a_label)
{
    const struct place_rule rule = {
        .tail = LABELS[_i].tail, .unit = LABELS[_i].unit, .width = slice_lit("10")};
    struct slice label;
    bool is_value = place_tail_label(arena, &rule, slice_str(LABELS[_i].value), &label);
    ck_assert_int_eq(is_value, LABELS[_i].label != NULL);
    ck_assert(!is_value || slice_equal(label, slice_str(LABELS[_i].label)));
}
END_TEST

static const struct {
    const char *key, *parts; /* "!": malformed from there on */
} KEYS[] = {
    {"", ""},      {"#0#12=1:7=3:a=b", "0 12 '7' 'a=b'"}, {"=0:", "''"}, {"#", "!"}, {"=2:7", "!"},
    {"#1x", "1!"}, {"=99999999999999999999:7", "!"},
};

START_TEST(a_key_is_read_part_by_part)
{
    struct slice key = slice_str(KEYS[_i].key);
    struct place_part part;
    struct strbuf out;
    strbuf_init(&out);
    while (place_key_next(&key, &part)) {
        strbuf_append_str(&out, out.len ? " " : "");
        if (part.is_item) {
            strbuf_printf(&out, "%zu", part.item);
        } else {
            strbuf_printf(&out, "'%.*s'", SLICE_ARG(part.value));
        }
    }
    strbuf_append_str(&out, key.len ? "!" : "");
    ck_assert_str_eq(out.ptr ? out.ptr : "", KEYS[_i].parts);
    strbuf_fini(&out);
}
END_TEST

START_TEST(a_bin_that_cannot_be_is_found_out)
{
    struct place_keys keys;
    const struct place_rule rule = {.tail = TAIL_WIDTH, .width = slice_lit("10")};
    struct slice value = slice_lit("123456789012345678901234567890123456789012345");
    place_keys_init(&keys, arena, &rule);
    ck_assert_uint_eq(keys.too_long, PLACE_NONE);
    uint32_t id = place_key_of(&keys, arena, order_key(value), value);
    ck_assert_uint_eq(keys.too_long, id);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("place_key");
    TCase *tcase = tcase_create("place_key");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_value_has_a_key_of_all_its_positions, 0,
                        sizeof ROWS / sizeof *ROWS);
    tcase_add_test(tcase, equal_keys_have_one_number);
    tcase_add_loop_test(tcase, a_key_is_read_part_by_part, 0, sizeof KEYS / sizeof *KEYS);
    tcase_add_loop_test(tcase, a_value_of_the_tail_has_a_label, 0, sizeof LABELS / sizeof *LABELS);
    tcase_add_test(tcase, a_bin_that_cannot_be_is_found_out);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
