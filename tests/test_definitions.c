/*
 * executor/datasets/definitions, with its store, rebuild, prepare, peers and catalog_copies: the catalog
 * is read, changed and rebuilt by what a shard with a small store of its own answers.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "executor/datasets/catalog_copies.h"
#include "executor/datasets/datasets.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/definitions_store.h"
#include "executor/sets/script.h"
#include "planner/catalog_text.h"
#include "tests/scripted_cluster.h"
#include "tests/suite.h"

#define DATASET(name, born)                                                                        \
    "dataset " name " prefix " name "_ partitions 64 method sets rows plain state live born " born \
    " since " born "\n"

#define HOLDERS "holder current_ current\nholder w46_ w46\n"

static const char CURRENT[] = DATASET("current", "0") "holder current_ current\n";
static const char W46[] = DATASET("current", "0") DATASET("w46", "3") HOLDERS;

/* A hash with the fields version and definitions. */
struct hash {
    int version; /* 0: it is not there */
    char text[1024];
};

enum { STORED, COPY, NHASHES = COPY + CATALOG_COPIES };

struct test {
    struct hash hashes[NHASHES];
    struct hash other; /* what another server writes, right before the next write */
    const char *peer;  /* the version that another server knows; NULL: there is none */
    /* Commands that begin so are answered so, as often as that. */
    const char *start, *answer;
    int times;
    size_t nreads, nversions, nwrites, nmarks, nrewrites, ntold, nedits;

    struct strbuf out;
    struct shards_script scripts[NSCRIPTS];
    struct scripted_setup setup;
    struct scripted_cluster cluster;
    struct catalog *catalog;
    struct handles *handles;
    struct later *later;
    struct datasets *datasets;
    struct datasets_settings settings;
    struct cache_counters cache;
    bool is_known, is_done;
    struct error err; /* what was done told; else why it is not known */
};

/* -- the shard's store ------------------------------------------------------------------------- */

static void
hash_set(struct hash *hash, int version, const char *text)
{
    hash->version = version;
    snprintf(hash->text, sizeof hash->text, "%s", text);
}

static void
append_bulk(struct strbuf *out, const char *text)
{
    strbuf_printf(out, "$%zu\r\n%s\r\n", strlen(text), text);
}

static const char *
out_text(struct strbuf *out)
{
    strbuf_append_char(out, '\0');
    return out->ptr;
}

static void
append_version(struct strbuf *out, const struct hash *hash)
{
    char text[16];
    snprintf(text, sizeof text, "%d", hash->version);
    append_bulk(out, text);
}

static const char *
hash_answer(struct test *test)
{
    const struct hash *hash = &test->hashes[STORED];
    struct strbuf *out = &test->out;
    strbuf_printf(out, "*%d\r\n", (hash->version ? 4 : 0) + (test->peer ? 2 : 0));
    if (hash->version) {
        append_bulk(out, "version");
        append_version(out, hash);
        append_bulk(out, "definitions");
        append_bulk(out, hash->text);
    }
    if (test->peer) {
        append_bulk(out, "server:other");
        append_bulk(out, test->peer);
    }
    return out_text(out);
}

static const char *
version_answer(struct test *test)
{
    if (!test->hashes[STORED].version) {
        return "$-1\r\n";
    }
    append_version(&test->out, &test->hashes[STORED]);
    return out_text(&test->out);
}

/* had, version, text: the script catalog.lua. */
static const char *
write_answer(struct test *test, const char *args)
{
    struct hash *hash = &test->hashes[STORED];
    char *rest;
    int had = (int) strtol(args, &rest, 10), version = (int) strtol(rest, &rest, 10);
    test->nwrites++;
    if (test->other.version) {
        *hash = test->other;
        test->other.version = 0;
    }
    if (had != hash->version) {
        return ":0\r\n";
    }
    hash_set(hash, version, rest + 1);
    return ":1\r\n";
}

static const char *
copy_write(struct test *test, const char *args)
{
    char *rest;
    struct hash *copy = &test->hashes[COPY + strtol(args, &rest, 10)];
    int version = (int) strtol(rest, &rest, 10);
    if (copy->version < version) {
        hash_set(copy, version, rest + 1);
    }
    return "$-1\r\n";
}

static const char *
copy_answer(struct test *test, const char *args)
{
    const struct hash *copy = &test->hashes[COPY + strtol(args, NULL, 10)];
    if (!copy->version) {
        return "*2\r\n$-1\r\n$-1\r\n";
    }
    strbuf_append_str(&test->out, "*2\r\n");
    append_version(&test->out, copy);
    append_bulk(&test->out, copy->text);
    return out_text(&test->out);
}

/* Version, text, and the text that is to be there. */
static const char *
rewrite_answer(struct test *test, const char *args)
{
    struct hash *hash = &test->hashes[STORED];
    char *text;
    size_t had = strlen(hash->text);
    int version = (int) strtol(args, &text, 10);
    size_t len = strlen(text + 1) - (1 + had);
    ck_assert_str_eq(text + 1 + len + 1, hash->text);
    hash->version = version;
    snprintf(hash->text, sizeof hash->text, "%.*s", (int) len, text + 1);
    test->nrewrites++;
    test->times = 0; /* it is mended */
    return ":1\r\n";
}

/* What stands behind the text; NULL: it is not there. */
static const char *
behind(const char *command, const char *text)
{
    const char *at = strstr(command, text);
    return at ? at + strlen(text) : NULL;
}

static const char *
layout_answer(struct test *test, const char *command)
{
    strbuf_append_str(&test->out, "*2\r\n$-1\r\n");
    append_bulk(&test->out, strstr(command, "shard "));
    return out_text(&test->out);
}

static const char *
answer(void *arg, size_t node, const char *command)
{
    struct test *test = arg;
    const char *args;
    (void) node;
    strbuf_clear(&test->out);
    test->nreads += strncmp(command, "HGETALL", 7) == 0;
    test->nversions += strncmp(command, "HGET ", 5) == 0;
    test->ntold += strncmp(command, "HSET quipu:catalog server:", 26) == 0;
    if (test->times && strncmp(command, test->start, strlen(test->start)) == 0) {
        test->times--;
        test->nwrites += behind(command, "catalog 1 ") != NULL;
        return test->answer;
    }
    if (strcmp(command, "HGETALL quipu:catalog") == 0) {
        return hash_answer(test);
    }
    if (strcmp(command, "HGET quipu:catalog version") == 0) {
        return version_answer(test);
    }
    if ((args = behind(command, "EVALSHA catalog 1 quipu:catalog ")) != NULL) {
        return write_answer(test, args);
    }
    if (strncmp(command, "EVALSHA mark ", 13) == 0) {
        test->nmarks++;
        return "*1\r\n:64\r\n";
    }
    if ((args = behind(command, "HMGET quipu:copy:")) != NULL) {
        return copy_answer(test, args);
    }
    if ((args = behind(command, " 1 quipu:copy:")) != NULL) {
        return copy_write(test, args);
    }
    if ((args = behind(command, " 2 quipu:catalog quipu:damaged{quipu:catalog} ")) != NULL) {
        return rewrite_answer(test, args);
    }
    if (strstr(command, " 1 quipu:layout:")) {
        return layout_answer(test, command);
    }
    const char *greeting = scripted_greeting(command);
    return greeting                                   ? greeting
           : strncmp(command, "SCRIPT LOAD", 11) == 0 ? "+OK\r\n"
           : strncmp(command, "QUIPU.", 6) == 0       ? "-ERR unknown command\r\n"
                                                      : ":1\r\n";
}

/* -- what stands above ------------------------------------------------------------------------- */

static void
on_tick(void *arg, int64_t now_ms)
{
    struct test *test = arg;
    struct error why = {"", ""};
    datasets_tick(test->datasets, now_ms);
    test->is_known = definitions_are_known(test->datasets, &why);
    if (!test->is_known) {
        test->err = why;
    }
}

static const struct dataset_wish CURRENT_WISH = {.name = SLICE_LIT("current"),
                                                 .prefix = SLICE_LIT("current_"),
                                                 .npartitions = 64,
                                                 .method = METHOD_SETS,
                                                 .is_default = true};

static void
test_open(struct test *test, size_t nnodes)
{
    for (int i = 0; i < NSCRIPTS; i++) {
        test->scripts[i] = (struct shards_script){slice_lit("a script"), "other"};
    }
    test->scripts[SCRIPT_CATALOG].sha = "catalog";
    test->scripts[SCRIPT_MARK].sha = "mark";
    test->setup = (struct scripted_setup){.nnodes = nnodes,
                                          .timeout_ms = 500,
                                          .scripts = test->scripts,
                                          .nscripts = NSCRIPTS,
                                          .answer = answer,
                                          .on_tick = on_tick,
                                          .arg = test};
    strbuf_init(&test->out);
    scripted_cluster_open(&test->cluster, &test->setup);
    test->catalog = catalog_new();
    test->handles = handles_new(test->catalog);
    test->later = later_new(test->cluster.base);
    test->settings = (struct datasets_settings){&CURRENT_WISH, 1};
    const struct datasets_setup datasets = {.shards = test->cluster.shards,
                                            .catalog = test->catalog,
                                            .handles = test->handles,
                                            .later = test->later,
                                            .settings = &test->settings,
                                            .cache = &test->cache};
    test->datasets = datasets_new(&datasets);
}

static void
test_close(struct test *test)
{
    scripted_cluster_close(&test->cluster);
    later_run(test->later);
    datasets_free(test->datasets);
    handles_free(test->handles);
    later_free(test->later);
    catalog_free(test->catalog);
    scripted_cluster_free(&test->cluster);
    strbuf_fini(&test->out);
}

static void
wait_known(struct test *test)
{
    ck_assert_msg(scripted_wait(test->cluster.base, &test->is_known, 5000), "%s",
                  test->err.message);
}

/* Until the shard was asked so often, and a moment more for what comes of it. */
static void
wait_asked(struct test *test, const size_t *count, size_t n)
{
    for (int ms = 0; ms < 5000 && *count < n; ms += 10) {
        scripted_cluster_run(&test->cluster, 10);
    }
    ck_assert_uint_ge(*count, n);
    scripted_cluster_run(&test->cluster, 100);
}

static void
on_done(void *arg, const struct error *err)
{
    struct test *test = arg;
    test->err = err ? *err : (struct error){"", ""};
    test->is_done = true;
}

static bool
edit_add_w47(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    struct test *test = arg;
    (void) is_first;
    test->nedits++;
    bool ok = catalog_add(catalog, slice_lit("w47"), slice_lit("w47_"), 64, METHOD_SETS, err);
    if (ok) {
        struct dataset *dataset = catalog_own_name(catalog, slice_lit("w47"));
        dataset->born = dataset->since = version;
    }
    return ok;
}

static bool
edit_nothing(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    struct test *test = arg;
    (void) catalog, (void) version, (void) is_first, (void) err;
    test->nedits++;
    return true;
}

/* Changes it and waits for the end. */
static void
change(struct test *test, definitions_edit_fn *edit)
{
    test->is_done = false;
    definitions_change(test->datasets, edit, test, on_done);
    ck_assert(!test->is_done);
    ck_assert(scripted_wait(test->cluster.base, &test->is_done, 5000));
}

/* The shard's hash, and what is known here, are this. */
static void
check_catalog(const struct test *test, int version, const char *text)
{
    struct strbuf known;
    strbuf_init(&known);
    catalog_print(test->catalog, &known);
    ck_assert_str_eq(test->hashes[STORED].text, text);
    ck_assert_int_eq(test->hashes[STORED].version, version);
    ck_assert_msg(slice_equal(strbuf_slice(&known), slice_str(test->hashes[STORED].text)), "%.*s",
                  SLICE_ARG(strbuf_slice(&known)));
    strbuf_fini(&known);
}

static bool
has_dataset(const struct test *test, const char *name)
{
    return catalog_by_name(test->catalog, slice_str(name)) != NULL;
}

/* -- at the start, and later ------------------------------------------------------------------- */

START_TEST(the_first_server_writes_the_catalog)
{
    struct test test = {.nreads = 0};
    test_open(&test, 1);
    wait_known(&test);
    ck_assert_uint_eq(test.nwrites, 1);
    ck_assert(has_dataset(&test, "current"));
    check_catalog(&test, 1, test.hashes[STORED].text);
    scripted_cluster_run(&test.cluster, 100);
    ck_assert_uint_eq(test.ntold, 1);
    for (int i = 0; i < CATALOG_COPIES; i++) {
        ck_assert_int_eq(test.hashes[COPY + i].version, 1);
        ck_assert_str_eq(test.hashes[COPY + i].text, test.hashes[STORED].text);
    }
    test_close(&test);
}
END_TEST

START_TEST(a_catalog_is_read_and_not_again)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, W46);
    test_open(&test, 1);
    wait_known(&test);
    ck_assert(has_dataset(&test, "current") && has_dataset(&test, "w46"));
    wait_asked(&test, &test.nversions, 1);
    ck_assert_uint_eq(test.nreads, 1);
    ck_assert_uint_eq(test.nwrites, 0);
    ck_assert_uint_eq(test.nmarks, 0);
    test_close(&test);
}
END_TEST

START_TEST(another_servers_change_is_read)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    ck_assert(!has_dataset(&test, "w46"));
    hash_set(&test.hashes[STORED], 18, W46);
    wait_asked(&test, &test.nreads, 2);
    ck_assert(has_dataset(&test, "w46"));
    hash_set(&test.hashes[STORED], 19, CURRENT);
    test.is_done = false;
    ck_assert_ptr_nonnull(definitions_refresh(test.datasets, on_done, &test));
    ck_assert(scripted_wait(test.cluster.base, &test.is_done, 5000));
    ck_assert(!has_dataset(&test, "w46"));
    ck_assert_uint_eq(test.nwrites, 0);
    test_close(&test);
}
END_TEST

START_TEST(who_leaves_is_not_called)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    definitions_wait_cancel(definitions_refresh(test.datasets, on_done, &test));
    scripted_cluster_run(&test.cluster, 200);
    ck_assert(!test.is_done);
    ck_assert_uint_eq(test.nreads, 2);
    test_close(&test);
}
END_TEST

START_TEST(a_configuration_that_contradicts_is_told)
{
    static const struct dataset_wish WISH = {.name = SLICE_LIT("current"),
                                             .prefix = SLICE_LIT("profile_"),
                                             .npartitions = 64,
                                             .method = METHOD_SETS};
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    test.settings.wishes = &WISH;
    scripted_cluster_run(&test.cluster, 500);
    ck_assert(!test.is_known);
    ck_assert_str_eq(test.err.code, "ERR");
    ck_assert_uint_eq(test.nwrites, 0);
    test.settings.wishes = &CURRENT_WISH;
    wait_known(&test);
    test_close(&test);
}
END_TEST

/* -- changes ----------------------------------------------------------------------------------- */

START_TEST(a_change_is_written)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.message, "");
    ck_assert_uint_eq(test.nwrites, 1);
    ck_assert_uint_eq(test.nmarks, 1); /* the dataset's partitions know it */
    ck_assert(has_dataset(&test, "w47"));
    check_catalog(&test, 18, test.hashes[STORED].text);
    change(&test, edit_add_w47); /* there is one by now */
    ck_assert_str_eq(test.err.code, "ERR");
    change(&test, edit_nothing);
    ck_assert_str_eq(test.err.message, "");
    ck_assert_uint_eq(test.nwrites, 1);
    check_catalog(&test, 18, test.hashes[STORED].text);
    test_close(&test);
}
END_TEST

START_TEST(a_change_is_made_anew_on_what_another_wrote)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    hash_set(&test.other, 18, W46);
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.message, "");
    ck_assert_uint_eq(test.nedits, 2);
    ck_assert_uint_eq(test.nwrites, 2);
    ck_assert(has_dataset(&test, "w46") && has_dataset(&test, "w47"));
    ck_assert_uint_eq(catalog_own_name(test.catalog, slice_lit("w47"))->born, 19);
    check_catalog(&test, 19, test.hashes[STORED].text);
    test_close(&test);
}
END_TEST

START_TEST(others_do_not_overtake_for_ever)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    test.start = "EVALSHA catalog", test.answer = ":0\r\n", test.times = 1000;
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.message, "other servers kept changing the datasets: try again");
    ck_assert_uint_eq(test.nwrites, 50);
    check_catalog(&test, 17, test.hashes[STORED].text);
    test_close(&test);
}
END_TEST

START_TEST(auto_becomes_sets_where_there_is_no_module)
{
    static const struct dataset_wish WISH = {.name = SLICE_LIT("current"),
                                             .prefix = SLICE_LIT("current_"),
                                             .npartitions = 64,
                                             .method = METHOD_AUTO,
                                             .is_default = true};
    struct test test = {.nreads = 0};
    test_open(&test, 1);
    test.settings.wishes = &WISH;
    wait_known(&test);
    ck_assert_int_eq(catalog_by_name(test.catalog, slice_lit("current"))->method, METHOD_SETS);
    ck_assert_ptr_nonnull(strstr(test.hashes[STORED].text, " method sets "));
    test_close(&test);
}
END_TEST

START_TEST(a_change_waits_for_the_other_servers)
{
    struct test test = {.peer = "17"};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    change(&test, edit_add_w47);
    test.is_done = false;
    definitions_await_others(test.datasets, on_done, &test);
    ck_assert(!scripted_wait(test.cluster.base, &test.is_done, 300));
    test.peer = "18";
    ck_assert(scripted_wait(test.cluster.base, &test.is_done, 1500));
    test_close(&test);
}
END_TEST

/* -- damage ------------------------------------------------------------------------------------ */

#define WRONGTYPE "-WRONGTYPE Operation against a key\r\n"

static const struct {
    const char *what;
    int version;                /* of what is stored; 0: the key is of another type */
    const char *text;           /* that is stored; NULL: the key is of another type */
    int copies[CATALOG_COPIES]; /* their versions */
    int rebuilt;                /* the version it has then; 0: it cannot be */
} damages[] = {
    {"another type", 0, NULL, {17, 16, 17}, 17},
    {"another type, no copy", 0, NULL, {0, 0, 0}, 0},
    {"text that does not parse", 17, "datasets!\n", {0, 17, 0}, 17},
    {"text that is cut", 17, "dataset current prefix", {16, 17, 15}, 17},
    {"newer than each copy", 17, "datasets!\n", {16, 16, 15}, 0},
    {"older than a copy", 17, "datasets!\n", {16, 18, 18}, 18},
    {"no copy", 17, "datasets!\n", {0, 0, 0}, 0},
    {"gone", 0, "", {0, 5, 17}, 17},
};

static void
damage(struct test *test, int row)
{
    if (damages[row].text) {
        hash_set(&test->hashes[STORED], damages[row].version, damages[row].text);
    } else {
        hash_set(&test->hashes[STORED], 0, "");
        test->start = "HGET", test->answer = WRONGTYPE, test->times = 1000;
    }
}

START_TEST(what_is_damaged_is_rebuilt_from_copies)
{
    struct test test = {.nreads = 0};
    for (int i = 0; i < CATALOG_COPIES; i++) {
        int version = damages[_i].copies[i];
        hash_set(&test.hashes[COPY + i], version, version >= 17 ? W46 : CURRENT);
    }
    damage(&test, _i);
    test_open(&test, 1);
    if (damages[_i].rebuilt) {
        wait_known(&test);
        ck_assert(has_dataset(&test, "w46"));
        ck_assert_uint_eq(test.nrewrites, 1);
        ck_assert_uint_eq(test.nwrites, 0);
        ck_assert_int_eq(test.hashes[STORED].version, damages[_i].rebuilt);
    } else {
        scripted_cluster_run(&test.cluster, 400);
        ck_assert(!test.is_known);
        ck_assert_str_eq(test.err.code, "ERR");
        ck_assert_ptr_nonnull(strstr(test.err.message, "is damaged"));
        ck_assert_ptr_nonnull(strstr(test.err.message, "no shard has a copy as new as it"));
        ck_assert_uint_eq(test.nrewrites + test.nwrites, 0);
    }
    test_close(&test);
}
END_TEST

/* Copies that mean nothing are none; what a running server knows is as good as one. */
START_TEST(what_a_server_knows_is_a_copy)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, W46);
    test_open(&test, 1);
    wait_known(&test);
    for (int i = 0; i < CATALOG_COPIES; i++) {
        hash_set(&test.hashes[COPY + i], 18, "datasets!\n");
    }
    damage(&test, _i);
    test.is_done = false;
    definitions_refresh(test.datasets, on_done, &test);
    ck_assert(scripted_wait(test.cluster.base, &test.is_done, 2000));
    ck_assert(test.is_known && has_dataset(&test, "w46"));
    change(&test, edit_nothing);
    ck_assert_str_eq(test.err.message, "");
    ck_assert(has_dataset(&test, "w46"));
    ck_assert_uint_eq(test.nrewrites + test.nwrites, 1);
    ck_assert_ptr_nonnull(strstr(test.hashes[STORED].text, DATASET("w46", "3")));
    test_close(&test);
}
END_TEST

/* -- replies of another shape ------------------------------------------------------------------ */

static const struct {
    const char *start, *answer;
} misshapen[] = {
    {"HGETALL", "+OK\r\n"},
    {"HGETALL", ":1\r\n"},
    {"HGETALL", "$-1\r\n"},
    {"HGETALL", "*1\r\n$1\r\na\r\n"},
    {"HGETALL", "*2\r\n:1\r\n:2\r\n"},
    {"HGETALL", "*2\r\n$7\r\nversion\r\n*0\r\n"},
    {"HGETALL", "*2\r\n$-1\r\n$-1\r\n"},
    {"HGETALL", "-ERR no\r\n"},
    {"EVALSHA catalog", "+OK\r\n"},
    {"EVALSHA catalog", "*1\r\n:1\r\n"},
    {"EVALSHA catalog", "$-1\r\n"},
    {"EVALSHA catalog", "-ERR no\r\n"},
    {"EVALSHA catalog", ":-7\r\n"}, /* not written: it is tried again */
    {"HMGET", ":1\r\n"},
    {"HMGET", "*1\r\n:1\r\n"},
    {"HMGET", "*2\r\n:1\r\n:1\r\n"},
    {"HMGET", "*2\r\n$2\r\n-1\r\n$0\r\n\r\n"},
    {"HMGET", "*2\r\n$1\r\nx\r\n$0\r\n\r\n"},
    {"HMGET", "-ERR no\r\n"},
};

/* At the first start: an error at most, and all is well when the shard says again what it should. */
START_TEST(a_misshapen_reply_is_an_error)
{
    struct test test = {.start = misshapen[_i].start, .answer = misshapen[_i].answer, .times = 1};
    test_open(&test, 1);
    wait_known(&test);
    ck_assert_int_eq(test.times, 0);
    ck_assert(has_dataset(&test, "current"));
    check_catalog(&test, 1, test.hashes[STORED].text);
    test_close(&test);
}
END_TEST

/* What partitions say that are told of a new dataset. */
static const char *const marks[] = {":1\r\n", "*2\r\n:1\r\n:1\r\n", "*1\r\n$1\r\na\r\n", "*0\r\n",
                                    "-ERR no\r\n"};

START_TEST(a_misshapen_mark_ends_a_change)
{
    struct test test = {.start = "EVALSHA mark", .answer = marks[_i], .times = 1};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    ck_assert_uint_eq(test.nwrites, 0);
    check_catalog(&test, 17, CURRENT);
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.code, "");
    ck_assert(has_dataset(&test, "w47"));
    test_close(&test);
}
END_TEST

/* Asked for its version, it says these; whether all is read then. */
static const struct {
    const char *answer;
    bool is_read;
} versions[] = {
    {"$3\r\nabc\r\n", true}, {"*0\r\n", true},       {"$-1\r\n", true},
    {":17\r\n", true},       {"-ERR no\r\n", false}, {WRONGTYPE, true},
};

START_TEST(a_misshapen_version_is_at_most_a_reason_to_read)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, W46);
    test_open(&test, 1);
    wait_known(&test);
    test.start = "HGET ", test.answer = versions[_i].answer, test.times = 1;
    wait_asked(&test, &test.nversions, 1);
    ck_assert_int_eq(test.times, 0);
    ck_assert(test.is_known && has_dataset(&test, "w46"));
    ck_assert_uint_eq(test.nreads, 1U + versions[_i].is_read);
    ck_assert_uint_eq(test.nwrites, 0);
    test_close(&test);
}
END_TEST

/* -- a shard that is down ---------------------------------------------------------------------- */

START_TEST(a_shard_that_is_down_is_told_of)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 2);
    wait_known(&test);
    scripted_cluster_kill(&test.cluster, shards_owner(test.cluster.shards, store_slot()));
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    ck_assert(!has_dataset(&test, "w47"));
    test.is_done = false;
    definitions_refresh(test.datasets, on_done, &test);
    ck_assert(scripted_wait(test.cluster.base, &test.is_done, 5000));
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    ck_assert(test.is_known); /* as it was */
    test_close(&test);
}
END_TEST

/* New datasets are made known to all, the shard with the catalog is not enough. */
START_TEST(all_shards_must_be_up_for_a_new_dataset)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 2);
    wait_known(&test);
    scripted_cluster_kill(&test.cluster, 1 - shards_owner(test.cluster.shards, store_slot()));
    scripted_cluster_run(&test.cluster, 50);
    change(&test, edit_add_w47);
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    ck_assert_uint_eq(test.nwrites, 0);
    change(&test, edit_nothing);
    ck_assert_str_eq(test.err.code, "");
    test_close(&test);
}
END_TEST

START_TEST(it_is_not_known_before_the_shard_is_there)
{
    struct test test = {.start = "", .answer = NULL, .times = 1000};
    test_open(&test, 1);
    scripted_cluster_run(&test.cluster, 300);
    ck_assert(!test.is_known);
    ck_assert_str_eq(test.err.code, "SHARDDOWN");
    ck_assert(!definitions_are_read(test.datasets));
    test_close(&test);
}
END_TEST

START_TEST(who_changes_is_told_of_the_end)
{
    struct test test = {.nreads = 0};
    hash_set(&test.hashes[STORED], 17, CURRENT);
    test_open(&test, 1);
    wait_known(&test);
    test.start = "HGETALL", test.answer = NULL, test.times = 1000;
    definitions_change(test.datasets, edit_add_w47, &test, on_done);
    scripted_cluster_run(&test.cluster, 50);
    ck_assert(!test.is_done);
    test_close(&test);
    ck_assert(test.is_done);
    ck_assert_str_eq(test.err.message, "the server is ending");
}
END_TEST

#define COUNT(array) (int) (sizeof(array) / sizeof *(array))

int
main(void)
{
    Suite *suite = suite_create("definitions");
    TCase *tcase = tcase_create("definitions");
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, the_first_server_writes_the_catalog);
    tcase_add_test(tcase, a_catalog_is_read_and_not_again);
    tcase_add_test(tcase, another_servers_change_is_read);
    tcase_add_test(tcase, who_leaves_is_not_called);
    tcase_add_test(tcase, a_configuration_that_contradicts_is_told);
    tcase_add_test(tcase, a_change_is_written);
    tcase_add_test(tcase, a_change_is_made_anew_on_what_another_wrote);
    tcase_add_test(tcase, others_do_not_overtake_for_ever);
    tcase_add_test(tcase, auto_becomes_sets_where_there_is_no_module);
    tcase_add_test(tcase, a_change_waits_for_the_other_servers);
    tcase_add_loop_test(tcase, what_is_damaged_is_rebuilt_from_copies, 0, COUNT(damages));
    tcase_add_loop_test(tcase, what_a_server_knows_is_a_copy, 0, COUNT(damages));
    tcase_add_loop_test(tcase, a_misshapen_reply_is_an_error, 0, COUNT(misshapen));
    tcase_add_loop_test(tcase, a_misshapen_mark_ends_a_change, 0, COUNT(marks));
    tcase_add_loop_test(tcase, a_misshapen_version_is_at_most_a_reason_to_read, 0, COUNT(versions));
    tcase_add_test(tcase, a_shard_that_is_down_is_told_of);
    tcase_add_test(tcase, all_shards_must_be_up_for_a_new_dataset);
    tcase_add_test(tcase, it_is_not_known_before_the_shard_is_there);
    tcase_add_test(tcase, who_changes_is_told_of_the_end);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
