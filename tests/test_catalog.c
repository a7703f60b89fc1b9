/*
 * The catalog: what names and row keys mean, as datasets and aliases come and go, and that it is
 * the same when it was text between.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner/catalog_text.h"
#include "planner/field_definitions.h"
#include "planner/saved_queries.h"
#include "tests/suite.h"

static struct catalog *catalog;
static struct error err;

static void
setup(void)
{
    catalog = catalog_new();
    error_clear(&err);
}

static void
teardown(void)
{
    catalog_free(catalog);
}

static bool
add(const char *name, const char *prefix)
{
    error_clear(&err);
    return catalog_add(catalog, slice_str(name), slice_str(prefix), 64, METHOD_AUTO, &err);
}

static bool
alias(const char *name, const char *dataset)
{
    error_clear(&err);
    return catalog_alias(catalog, slice_str(name), slice_str(dataset), false, &err);
}

static bool
drop(const char *name)
{
    error_clear(&err);
    return catalog_drop(catalog, slice_str(name), false, 9, &err);
}

static void
is_dataset(const struct dataset *dataset, const char *name)
{
    if (!name) {
        ck_assert_ptr_null(dataset);
    } else {
        ck_assert_ptr_nonnull(dataset);
        ck_assert_msg(slice_equal(dataset->name, slice_str(name)), "%.*s, not %s",
                      SLICE_ARG(dataset->name), name);
    }
}

static void
name_means(const char *name, const char *dataset)
{
    is_dataset(catalog_by_name(catalog, slice_str(name)), dataset);
}

static void
row_means(const char *key, const char *dataset)
{
    is_dataset(catalog_by_row(catalog, slice_str(key)), dataset);
}

static void
text_is(const char *wanted)
{
    struct strbuf text;
    strbuf_init(&text);
    catalog_print(catalog, &text);
    ck_assert_str_eq(text.len ? text.ptr : "", wanted);
    strbuf_fini(&text);
}

START_TEST(a_row_is_found_by_prefix_or_by_name)
{
    ck_assert(add("current", "profile_") && add("people", "person:"));
    row_means("profile_7", "current");
    row_means("profile_", "current");
    row_means("person:7", "people");
    row_means("current:profile_7", "current");
    row_means("people:person:7", "people");
    row_means("people:profile_7", NULL);
    row_means("nobody:profile_7", NULL);
    row_means("profile", NULL);
    row_means("", NULL);
    const struct dataset *people = catalog_by_name(catalog, slice_lit("people"));
    ck_assert(
        slice_equal(dataset_row(people, slice_lit("people:person:7")), slice_lit("person:7")));
    ck_assert(slice_equal(dataset_row(people, slice_lit("person:7")), slice_lit("person:7")));
}
END_TEST

#define NAME_TAKES                                                                                 \
    "it takes up to 200 bytes of UTF-8 without ':', braces, control characters, or blanks at its " \
    "ends"

START_TEST(what_could_be_read_in_two_ways_is_refused)
{
    static const struct {
        const char *name, *prefix, *message;
    } rows[] = {
        {"current", "x_", "dataset 'current' is there already"},
        {"now", "x_", "'now' is an alias already"},
        {" a", "x_", "' a' is no name for a dataset: " NAME_TAKES},
        {"a ", "x_", "'a ' is no name for a dataset: " NAME_TAKES},
        {"a:b", "x_", "'a:b' is no name for a dataset: " NAME_TAKES},
        {"a{b", "x_", "'a{b' is no name for a dataset: " NAME_TAKES},
        {"a\nb", "x_", "'a\\x0ab' is no name for a dataset: " NAME_TAKES},
        {"a\xff", "x_", "'a\xff' is no name for a dataset: " NAME_TAKES},
        {"other", "", "dataset 'other' needs a prefix of at least one byte"},
        {"other", "prof",
         "prefix 'prof' and prefix 'profile_' of dataset current overlap: give them the same one, "
         "or prefixes of which none starts another"},
        {"other", "profile_x",
         "prefix 'profile_x' and prefix 'profile_' of dataset current overlap: give them the same "
         "one, or prefixes of which none starts another"},
        {"other",
         "current:", "prefix 'current:' is what index keys of dataset 'current' start with"},
        {"other", "other:x", "prefix 'other:x' is what index keys of dataset 'other' start with"},
        {"other", "now:", "prefix 'now:' is what rows of alias 'now' are called by"},
        {"profile_2", "x_",
         "'profile_2' cannot be the name of a dataset: keys that start so are rows of prefix "
         "'profile_', of dataset current"},
    };
    ck_assert(add("current", "profile_") && alias("now", "current"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_msg(!add(rows[i].name, rows[i].prefix), "%s %s", rows[i].name, rows[i].prefix);
        ck_assert_str_eq(err.code, "ERR");
        ck_assert_str_eq(err.message, rows[i].message);
    }
    ck_assert(!alias("profile_3", "current"));
    ck_assert_uint_eq(catalog_count(catalog), 1);
}
END_TEST

START_TEST(an_alias_switches_queries_and_plain_rows_in_one_step)
{
    ck_assert(add("w46", "profile_") && alias("current", "w46") && add("w47", "profile_"));
    name_means("current", "w46");
    row_means("profile_7", "w46");
    row_means("w47:profile_7", "w47");
    uint64_t generation = catalog_generation(catalog);
    ck_assert(alias("current", "w47"));
    ck_assert_uint_ne(catalog_generation(catalog), generation);
    name_means("current", "w47");
    row_means("profile_7", "w47");
    row_means("current:profile_7", "w47");
    row_means("w46:profile_7", "w46");
    ck_assert(catalog_has_rows(catalog, catalog_by_name(catalog, slice_lit("w47"))));
    ck_assert(!catalog_has_rows(catalog, catalog_by_name(catalog, slice_lit("w46"))));
}
END_TEST

START_TEST(an_alias_hides_the_dataset_whose_name_it_takes)
{
    ck_assert(add("current", "profile_") && add("w47", "profile_") && alias("current", "w47"));
    name_means("current", "w47");
    row_means("profile_7", "w47");
    ck_assert(alias("w46", "current"));
    name_means("w46", "current");
    row_means("w46:profile_7", "current");
    row_means("profile_7", "w47");
    ck_assert(alias("current", "current"));
    name_means("current", "current");
    row_means("profile_7", "current");
    ck_assert(alias("current", "w47") && !drop("current"));
    ck_assert_str_eq(err.message, "dataset 'current' is what alias w46 means: let that mean "
                                  "another, or take it away, first");
    error_clear(&err);
    ck_assert(catalog_unalias(catalog, slice_lit("w46"), &err));
    name_means("w46", NULL);
    ck_assert(drop("current"));
    name_means("current", "w47");
    row_means("profile_7", "w47");
    ck_assert(add("people", "person_") && !alias("people", "w47"));
}
END_TEST

START_TEST(no_other_alias_moves_plain_rows)
{
    ck_assert(add("w45", "profile_") && add("w46", "profile_") && add("w47", "profile_"));
    row_means("profile_7", "w45");
    ck_assert(alias("trial", "w47"));
    row_means("profile_7", "w45");
    ck_assert(alias("current", "w45") && alias("stable", "w45"));
    ck_assert(alias("stable", "w46"));
    row_means("profile_7", "w45");
    ck_assert(alias("current", "w46"));
    row_means("profile_7", "w46");
    ck_assert(catalog_alias(catalog, slice_lit("trial"), slice_lit("w47"), true, &err));
    row_means("profile_7", "w47");
    ck_assert(catalog_unalias(catalog, slice_lit("trial"), &err));
    row_means("profile_7", "w47");
    ck_assert(!catalog_unalias(catalog, slice_lit("trial"), &err));
}
END_TEST

START_TEST(an_alias_may_go_over_to_another_prefix)
{
    ck_assert(add("a", "a_") && add("b", "b_") && alias("x", "a"));
    row_means("a_1", "a");
    ck_assert(alias("x", "b"));
    row_means("a_1", "a");
    row_means("b_1", "b");
    row_means("x:b_1", "b");
    row_means("x:a_1", NULL);
}
END_TEST

START_TEST(a_dropped_dataset_means_nothing)
{
    ck_assert(add("a", "a_") && add("b", "b_"));
    ck_assert(!drop("nosuch"));
    ck_assert_str_eq(err.code, "NODATASET");
    ck_assert(alias("x", "b") && !drop("x"));
    ck_assert_str_eq(err.code, "ERR");
    ck_assert(drop("a") && !drop("a"));
    name_means("a", NULL);
    row_means("a_1", NULL);
    ck_assert(!alias("y", "a") && !add("a", "c_"));
    ck_assert_uint_eq(catalog_own_name(catalog, slice_lit("a"))->state, DATASET_DROPPING);
    catalog_remove(catalog, slice_lit("a"));
    ck_assert_ptr_null(catalog_own_name(catalog, slice_lit("a")));
    ck_assert(add("a", "c_"));
}
END_TEST

START_TEST(rows_of_the_first_of_a_prefix_are_plain)
{
    ck_assert(add("a", "p_") && add("b", "p_") && add("c", "q_"));
    ck_assert(!catalog_own_name(catalog, slice_lit("a"))->has_own_rows);
    ck_assert(catalog_own_name(catalog, slice_lit("b"))->has_own_rows);
    ck_assert(!catalog_own_name(catalog, slice_lit("c"))->has_own_rows);
    ck_assert(drop("a") && add("d", "p_"));
    ck_assert(catalog_own_name(catalog, slice_lit("d"))->has_own_rows);
    row_means("p_1", "b");
    catalog_remove(catalog, slice_lit("a"));
    ck_assert(add("e", "p_"));
    ck_assert(!catalog_own_name(catalog, slice_lit("e"))->has_own_rows);
}
END_TEST

static const char TEXT[] =
    "dataset w46 prefix a%20%25 partitions 64 method auto rows plain state live born 0 since 0\n"
    "dataset w47 prefix a%20%25 partitions 8 method sets rows own state indexing born 3 since 5\n"
    "dataset w45 prefix a%20%25 partitions 8 method auto rows own state dropping born 2 since 4\n"
    "alias current w47\n"
    "holder a%20%25 current\n";

static const char NAMES[] =
    "dataset my%20100%25%20data prefix a_ partitions 64 method auto rows plain state live born 0 "
    "since 0\n"
    "alias gr\xc3\xb6\xc3\x9f\x65%201 my%20100%25%20data\n"
    "holder a_ gr\xc3\xb6\xc3\x9f\x65%201\n"
    "field my%20100%25%20data =x multi =,\n"
    "label my%20100%25%20data =x =1 =A\n";

START_TEST(it_is_the_same_after_having_been_text)
{
    catalog_free(catalog);
    catalog = catalog_parse(slice_str(TEXT), &err);
    ck_assert_msg(catalog != NULL, "%s", err.message);
    text_is(TEXT);
    row_means("a %7", "w47");
    catalog_free(catalog);
    catalog = catalog_parse(slice_str(NAMES), &err);
    ck_assert_msg(catalog != NULL, "%s", err.message);
    text_is(NAMES);
    name_means("my 100% data", "my 100% data");
    name_means("gr\xc3\xb6\xc3\x9f\x65 1", "my 100% data");
    row_means("a_7", "my 100% data");
    static const char *const bad[] = {"dataset\n",
                                      "dataset a prefix\n",
                                      "dataset a prefix %2\n",
                                      "nonsense a b\n",
                                      "dataset %2 prefix a_ partitions 1\n",
                                      "dataset a%00 prefix a_ partitions 1\n",
                                      "alias x y\n",
                                      "dataset a prefix a_ partitions 0\n",
                                      "dataset a prefix a_ state odd\n",
                                      "dataset a prefix a_ partitions 1 colour red\n",
                                      "field a =x multi =,\n",
                                      "dataset a prefix a_ partitions 1\nfield a =x odd =,\n",
                                      "dataset a prefix a_ partitions 1\nfield a =x epoch h\n",
                                      "dataset a prefix a_ partitions 1\nfield a x multi =,\n",
                                      "dataset a prefix a_ partitions 1\nlabel a =x =1\n",
                                      "dataset a prefix a_ partitions 1\nlabel a =x 1 =A\n",
                                      "dataset a prefix a_ partitions 1\ntitle a =x\n",
                                      "dataset a prefix a_ partitions 1\ntitle a =x =A =B\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error_clear(&err);
        ck_assert_msg(!catalog_parse(slice_str(bad[i]), &err), "%s", bad[i]);
        ck_assert_str_eq(err.code, "ERR");
    }
}
END_TEST

static bool
say(const char *field, const struct field_edit *change)
{
    error_clear(&err);
    return catalog_change_field(catalog, slice_lit("a"), slice_str(field), change, &err);
}

static bool
label(const char *field, const char *value, const char *text)
{
    const struct field_label pair = {slice_str(value), slice_str(text)};
    return say(field, &(struct field_edit){.labels = &pair, .nlabels = 1});
}

START_TEST(what_is_said_of_fields_is_kept)
{
    static const char HEAD[] =
        "dataset a prefix a_ partitions 64 method auto rows plain state live born 0 since 0\n"
        "holder a_ a\n";
    const struct field_edit multi = {.sets_reading = true, .separator = slice_lit(", ")};
    const struct field_edit epoch = {.sets_reading = true, .reading = READ_EPOCH_MS};
    const struct field_edit plain = {.sets_reading = true};
    const struct field_edit no_labels = {.drops_labels = true};
    char text[1000];
    ck_assert(add("a", "a_") && say("c d", &multi) && say("t", &epoch));
    /* values are canonical; a label takes the place of the one before */
    ck_assert(label("sex", "1.0", "Male") && label("sex", "2", "Fe male") &&
              label("sex", "1", "Man"));
    ck_assert(label("sex", "", "none") && label("c d", "%", "=\n"));
    snprintf(text, sizeof text,
             "%sfield a =c%%20d multi =,%%20\nlabel a =c%%20d =%%25 ==%%0A\nfield a =t epoch ms\n"
             "label a =sex =1 =Man\nlabel a =sex =2 =Fe%%20male\nlabel a =sex = =none\n",
             HEAD);
    text_is(text);
    catalog_free(catalog);
    catalog = catalog_parse(slice_str(text), &err);
    ck_assert_msg(catalog != NULL, "%s", err.message);
    text_is(text);
    const struct dataset *a = catalog_by_name(catalog, slice_lit("a"));
    const struct field_definition *sex = dataset_field(a, slice_lit("sex"));
    ck_assert(slice_equal(field_label_of(sex, slice_lit("2")), slice_lit("Fe male")));
    ck_assert(!field_label_of(sex, slice_lit("3")).ptr);
    ck_assert(slice_equal(dataset_field(a, slice_lit("c d"))->separator, slice_lit(", ")));
    ck_assert_int_eq(dataset_field(a, slice_lit("t"))->reading, READ_EPOCH_MS);
    ck_assert(!dataset_field(a, slice_lit("x")));
    /* an empty label takes one away; a field of which nothing is said is not there */
    ck_assert(label("sex", "1", "") && label("sex", "", "") && say("t", &plain) &&
              say("c d", &plain));
    ck_assert(say("c d", &no_labels) && label("x", "1", ""));
    snprintf(text, sizeof text, "%slabel a =sex =2 =Fe%%20male\n", HEAD);
    text_is(text);
    ck_assert(say("sex", &no_labels));
    text_is(HEAD);
    ck_assert(!a->fields);
}
END_TEST

START_TEST(a_field_has_a_label_of_its_own)
{
    const struct field_edit title = {.sets_label = true, .label = slice_lit("Sex, as asked\n")};
    const struct field_edit none = {.sets_label = true, .label = slice_lit("")};
    const struct field_edit no_labels = {.drops_labels = true};
    static const char TITLE[] =
        "dataset a prefix a_ partitions 64 method auto rows plain state live born 0 since 0\n"
        "holder a_ a\ntitle a =sex =Sex,%20as%20asked%0A\n";
    char text[1000];
    ck_assert(add("a", "a_") && label("sex", "1", "Male") && say("sex", &title));
    snprintf(text, sizeof text, "%slabel a =sex =1 =Male\n", TITLE);
    text_is(text);
    catalog_free(catalog);
    catalog = catalog_parse(slice_str(text), &err);
    ck_assert_msg(catalog != NULL, "%s", err.message);
    text_is(text);
    /* labels of values go alone */
    ck_assert(say("sex", &no_labels));
    text_is(TITLE);
    const struct dataset *a = catalog_by_name(catalog, slice_lit("a"));
    ck_assert(slice_equal(dataset_field(a, slice_lit("sex"))->label, title.label));
    ck_assert(say("sex", &none) && say("other", &none));
    ck_assert(!a->fields);
}
END_TEST

static void
put(const char *user, const char *name, const char *text)
{
    struct slice of = slice_str(user), called = slice_str(name), query = slice_str(text);
    error_clear(&err);
    ck_assert_msg(saved_queries_check(catalog_saved(catalog), of, called, query, &err), "%s",
                  err.message);
    saved_queries_put(catalog_saved(catalog), of, called, query);
}

START_TEST(saved_queries_are_their_users)
{
    static const char SAVED[] = "saved ann =a%20b =count\xc3\xa9%20'%25'\n"
                                "saved ann =b =count%20from%20d\n"
                                "saved bob =b =x%0Ay\n";
    put("bob", "b", "x\ny");
    put("ann", "b", "old");
    put("ann", "a b", "count\xc3\xa9 '%'");
    put("ann", "b", "count from d");
    text_is(SAVED);
    catalog_free(catalog);
    catalog = catalog_parse(slice_str(SAVED), &err);
    ck_assert_msg(catalog != NULL, "%s", err.message);
    text_is(SAVED);
    struct catalog *other = catalog_new();
    catalog_update(other, catalog);
    size_t n;
    const struct saved_query *first = saved_queries_of(catalog_saved(other), slice_lit("ann"), &n);
    ck_assert(n == 2 && slice_equal(first[1].text, slice_lit("count from d")));
    ck_assert(!saved_queries_find(catalog_saved(other), slice_lit("an"), slice_lit("b")));
    ck_assert(!saved_queries_of(catalog_saved(other), slice_lit("an"), &n) && n == 0);
    ck_assert(!saved_queries_remove(catalog_saved(other), slice_lit("bob"), slice_lit("a b")));
    ck_assert(saved_queries_remove(catalog_saved(other), slice_lit("ann"), slice_lit("a b")));
    saved_queries_remove_user(catalog_saved(other), slice_lit("ann"));
    ck_assert_uint_eq(catalog_saved(other)->n, 1);
    catalog_free(other);
    text_is(SAVED);
}
END_TEST

static bool
can_save(const char *user, struct slice name, struct slice text)
{
    error_clear(&err);
    return saved_queries_check(catalog_saved(catalog), slice_str(user), name, text, &err);
}

START_TEST(saved_queries_are_bounded)
{
    static char many[SAVED_QUERY_TEXT_BYTES_MOST + 1];
    memset(many, 'x', sizeof many);
    struct slice text = slice_of(many, SAVED_QUERY_TEXT_BYTES_MOST), name = slice_lit("a");
    ck_assert(can_save("ann", name, text));
    ck_assert(!can_save("ann", name, slice_of(many, sizeof many)) && !strcmp(err.code, "LIMIT"));
    ck_assert(can_save("ann", slice_of(many, SAVED_QUERY_NAME_BYTES_MOST), text));
    ck_assert(!can_save("ann", slice_of(many, SAVED_QUERY_NAME_BYTES_MOST + 1), text));
    ck_assert(!can_save("ann", slice_lit(""), text) && !can_save("ann", slice_lit("a\n"), text) &&
              !can_save("ann", slice_lit("\xff"), text) && !strcmp(err.code, "ERR"));
    for (int i = 0; i < SAVED_QUERIES_MOST; i++) {
        char called[8];
        snprintf(called, sizeof called, "%d", i);
        put("ann", called, "x");
    }
    ck_assert(!can_save("ann", name, slice_lit("x")) && !strcmp(err.code, "LIMIT"));
    ck_assert(can_save("ann", slice_lit("7"), text) && can_save("bob", name, text));
    for (int i = 0; can_save("bob", name, text); i++) {
        char user[16];
        snprintf(user, sizeof user, "%d", i);
        saved_queries_put(catalog_saved(catalog), slice_str(user), name, text);
    }
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_uint_eq(catalog_saved(catalog)->n,
                      SAVED_QUERIES_MOST + SAVED_QUERIES_BYTES_MOST / SAVED_QUERY_TEXT_BYTES_MOST -
                          1);
}
END_TEST

START_TEST(no_user_takes_the_room_of_the_others_saved_queries)
{
    static char many[SAVED_QUERY_TEXT_BYTES_MOST];
    memset(many, 'x', sizeof many);
    struct slice text = slice_of(many, sizeof many - 1), name = slice_lit("a");
    static const char *const called[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < SAVED_QUERIES_USER_BYTES_MOST / sizeof many; i++) {
        ck_assert(can_save("ann", slice_str(called[i]), text));
        saved_queries_put(catalog_saved(catalog), slice_lit("ann"), slice_str(called[i]), text);
    }
    ck_assert(!can_save("ann", slice_lit("e"), slice_lit("x")) && !strcmp(err.code, "LIMIT"));
    ck_assert(can_save("ann", name, text) && can_save("bob", name, text));
}
END_TEST

START_TEST(what_is_wrong_to_say_of_a_field)
{
    char longest[FIELD_LABEL_MOST + 2];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    const struct field_edit empty = {.sets_reading = true, .separator = slice_lit("")};
    const struct field_edit longer = {.sets_reading = true,
                                      .separator = slice_lit("12345678901234567")};
    ck_assert(add("a", "a_"));
    ck_assert(!say("f", &empty) && !say("f", &longer) && !label("f", "1", longest));
    ck_assert(!label("", "1", "x"));
    ck_assert(!say("f", &(struct field_edit){.sets_label = true, .label = slice_str(longest)}));
    error_clear(&err);
    ck_assert(!catalog_change_field(catalog, slice_lit("b"), slice_lit("f"), &empty, &err));
    ck_assert_str_eq(err.code, "NODATASET");
    ck_assert(!catalog_by_name(catalog, slice_lit("a"))->fields);
}
END_TEST

/* What shards are told: how fields are read, without labels. */
START_TEST(readings_alone_are_text)
{
    static const char READ[] = "field a =c%20d multi =;\nfield a =t epoch s\n";
    const struct field_edit multi = {.sets_reading = true, .separator = slice_lit(";")};
    const struct field_edit epoch = {.sets_reading = true, .reading = READ_EPOCH_S};
    struct field_definitions *read;
    struct strbuf text;
    strbuf_init(&text);
    ck_assert(add("a", "a_") && label("sex", "1", "Male"));
    const struct dataset *a = catalog_by_name(catalog, slice_lit("a"));
    catalog_print_readings(a, a->fields, &text);
    ck_assert_uint_eq(text.len, 0);
    ck_assert(say("c d", &multi) && say("t", &epoch) && label("t", "0", "zero"));
    catalog_print_readings(a, a->fields, &text);
    ck_assert_str_eq(text.ptr, READ);
    ck_assert(catalog_parse_readings(strbuf_slice(&text), &read, &err));
    strbuf_clear(&text);
    catalog_print_readings(a, read, &text);
    ck_assert_str_eq(text.ptr, READ);
    field_definitions_release(read);
    ck_assert(catalog_parse_readings(slice_lit(""), &read, &err) && !read);
    static const char *const bad[] = {"label a =x =1 =A\n",   "field a\n",
                                      "field a =x\nfield\n",  "field a =x multi\n",
                                      "field a =x multi =\n", "x\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error_clear(&err);
        ck_assert_msg(!catalog_parse_readings(slice_str(bad[i]), &read, &err) && !read, "%s",
                      bad[i]);
    }
    error_clear(&err);
    strbuf_fini(&text);
}
END_TEST

/* A query borrows labels from before; an update brings the new ones. */
START_TEST(labels_outlive_their_change)
{
    ck_assert(add("a", "a_") && label("sex", "1", "Male"));
    const struct dataset *a = catalog_by_name(catalog, slice_lit("a"));
    struct field_definitions *before = a->fields;
    field_definitions_retain(before);
    struct slice male = before->items[0].labels[0].label;
    struct catalog *other = catalog_new();
    catalog_update(other, catalog);
    ck_assert(label("sex", "1", "Man"));
    ck_assert_ptr_ne(a->fields, before);
    ck_assert(slice_equal(male, slice_lit("Male")));
    const struct dataset *same = catalog_by_name(other, slice_lit("a"));
    ck_assert(slice_equal(same->fields->items[0].labels[0].label, slice_lit("Male")));
    catalog_update(other, catalog);
    ck_assert_ptr_eq(catalog_by_name(other, slice_lit("a")), same);
    ck_assert(slice_equal(same->fields->items[0].labels[0].label, slice_lit("Man")));
    ck_assert(field_definitions_equal(same->fields, a->fields));
    ck_assert(!field_definitions_equal(before, a->fields));
    field_definitions_release(before);
    catalog_free(other);
}
END_TEST

START_TEST(an_update_keeps_what_is_the_same)
{
    ck_assert(add("a", "a_") && add("b", "b_") && alias("x", "a"));
    const struct dataset *a = catalog_by_name(catalog, slice_lit("a"));
    const struct dataset *b = catalog_by_name(catalog, slice_lit("b"));
    dataset_retain(b);
    struct catalog *other = catalog_new();
    ck_assert(catalog_add(other, slice_lit("a"), slice_lit("a_"), 64, METHOD_AUTO, &err));
    ck_assert(catalog_add(other, slice_lit("b"), slice_lit("b_"), 32, METHOD_AUTO, &err));
    catalog_own_name(other, slice_lit("a"))->state = DATASET_INDEXING;
    catalog_update(catalog, other);
    catalog_free(other);
    ck_assert_ptr_eq(catalog_by_name(catalog, slice_lit("a")), a);
    ck_assert_int_eq(a->state, DATASET_INDEXING);
    ck_assert_ptr_ne(catalog_by_name(catalog, slice_lit("b")), b);
    ck_assert_uint_eq(b->npartitions, 64);
    dataset_release(b);
    name_means("x", NULL);
}
END_TEST

static bool
merge(const struct dataset_wish *wish, bool is_first)
{
    error_clear(&err);
    return catalog_merge(catalog, wish, 1, is_first, 7, &err);
}

START_TEST(a_configuration_is_merged_or_contradicts)
{
    struct dataset_wish by_default = {
        slice_lit("current"), slice_lit("profile_"), 64, false, METHOD_AUTO, true};
    struct dataset_wish people = {
        slice_lit("people"), slice_lit("person_"), 8, true, METHOD_SETS, false};
    ck_assert(merge(&by_default, false));
    name_means("current", NULL);
    ck_assert(merge(&by_default, true) && merge(&people, false));
    text_is("dataset current prefix profile_ partitions 64 method auto rows plain state live born "
            "0 since 0\n"
            "dataset people prefix person_ partitions 8 method sets rows plain state live born 7 "
            "since 7\n"
            "holder profile_ current\n"
            "holder person_ people\n");
    uint64_t generation = catalog_generation(catalog);
    ck_assert(merge(&by_default, false) && merge(&people, false));
    ck_assert_uint_eq(catalog_generation(catalog), generation);
    people.prefix = slice_lit("user_");
    ck_assert(!merge(&people, false));
    ck_assert_str_eq(err.message, "the shards have dataset people with prefix 'person_', the "
                                  "configuration gives it prefix 'user_': rows would be lost from "
                                  "sight");
    people.prefix = slice_lit("person_");
    people.npartitions = 9;
    ck_assert(!merge(&people, false));
    ck_assert_str_eq(err.message, "the shards have dataset people in 8 partitions, the "
                                  "configuration makes it 9: rows would be lost from sight");
    people.npartitions_given = false;
    ck_assert(merge(&people, false));
    /* An alias of its name with the same prefix is what the configuration means. */
    ck_assert(add("w47", "profile_") && alias("current", "w47") && merge(&by_default, false));
}
END_TEST

START_TEST(nothing_new_is_called_as_quipus_own_keys)
{
    static const struct {
        const char *name, *prefix;
        bool is_fine;
    } rows[] = {
        {"evil", "quipu:", false},  {"evil", "quipu:catalog", false}, {"evil", "quipu", false},
        {"evil", "q", false},       {"quipu", "fine_", false},        {"quipu", "", false},
        {"quipus", "quipu_", true}, {"fine", "quipus:", true},        {"fine", "x:quipu:", true},
        {"Quipu", "Quipu:", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        error_clear(&err);
        bool is_fine = catalog_check_new(slice_str(rows[i].name), slice_str(rows[i].prefix), &err);
        ck_assert_msg(is_fine == rows[i].is_fine, "%s %s", rows[i].name, rows[i].prefix);
    }
    /* A catalog from before that was looked at is read, and no such key is a row. */
    ck_assert(add("evil", "quip"));
    row_means("quipulow", "evil");
    row_means("quipu:catalog", NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("catalog");
    TCase *tcase = tcase_create("catalog");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_row_is_found_by_prefix_or_by_name);
    tcase_add_test(tcase, what_could_be_read_in_two_ways_is_refused);
    tcase_add_test(tcase, an_alias_switches_queries_and_plain_rows_in_one_step);
    tcase_add_test(tcase, an_alias_hides_the_dataset_whose_name_it_takes);
    tcase_add_test(tcase, no_other_alias_moves_plain_rows);
    tcase_add_test(tcase, an_alias_may_go_over_to_another_prefix);
    tcase_add_test(tcase, a_dropped_dataset_means_nothing);
    tcase_add_test(tcase, rows_of_the_first_of_a_prefix_are_plain);
    tcase_add_test(tcase, it_is_the_same_after_having_been_text);
    tcase_add_test(tcase, what_is_said_of_fields_is_kept);
    tcase_add_test(tcase, a_field_has_a_label_of_its_own);
    tcase_add_test(tcase, saved_queries_are_their_users);
    tcase_add_test(tcase, saved_queries_are_bounded);
    tcase_add_test(tcase, no_user_takes_the_room_of_the_others_saved_queries);
    tcase_add_test(tcase, what_is_wrong_to_say_of_a_field);
    tcase_add_test(tcase, readings_alone_are_text);
    tcase_add_test(tcase, labels_outlive_their_change);
    tcase_add_test(tcase, an_update_keeps_what_is_the_same);
    tcase_add_test(tcase, a_configuration_is_merged_or_contradicts);
    tcase_add_test(tcase, nothing_new_is_called_as_quipus_own_keys);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
