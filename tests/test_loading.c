/*
 * executor/shards/loading: what INFO says of a shard that loads.
 */
#include <check.h>

#include "executor/shards/loading.h"
#include "executor/shards/shard_reply.h"
#include "tests/suite.h"

static const struct {
    const char *info;
    bool is_loading;
    const char *message; /* of its error */
} rows[] = {
    {"# Persistence\r\nloading:0\r\nasync_loading:0\r\n", false, ""},
    {"# Persistence\r\nloading:1\r\nloading_total_bytes:5800\r\nloading_loaded_bytes:2436\r\n"
     "loading_eta_seconds:3\r\n",
     true, "42%: shard 0 is loading its data"},
    {"loading:1", true, "0%: shard 0 is loading its data"},
    {"loading:1\nloading_total_bytes:0\nloading_loaded_bytes:10", true,
     "0%: shard 0 is loading its data"},
    {"loading:1\nloading_total_bytes:10\nloading_loaded_bytes:11", true,
     "100%: shard 0 is loading its data"},
    {"loading:1\nloading_total_bytes:200\nloading_loaded_bytes:199", true,
     "99%: shard 0 is loading its data"},
    {"loading:1\nloading_total_bytes:-3\nloading_loaded_bytes:x", true,
     "0%: shard 0 is loading its data"},
    {"async_loading:1\r\n", false, ""},
    {"loading:", false, ""},
    {"loading", false, ""},
    {"", false, ""},
};

START_TEST(test_info)
{
    struct loading loading = {.since_ms = 1};
    struct error err = {"", ""};
    ck_assert_int_eq(loading_read(&loading, slice_str(rows[_i].info)), rows[_i].is_loading);
    if (rows[_i].is_loading) {
        loading_error(&loading, "shard 0", &err);
        ck_assert_str_eq(err.code, "LOADING");
        ck_assert_str_eq(err.message, rows[_i].message);
    }
}
END_TEST

START_TEST(test_said)
{
    ck_assert(reply_says_loading(slice_lit("LOADING Redis is loading the dataset in memory")));
    ck_assert(!reply_says_loading(slice_lit("ERR LOADING")));
    ck_assert(!reply_says_loading(slice_lit("")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("loading");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_info, 0, (int) (sizeof rows / sizeof *rows));
    tcase_add_test(tcase, test_said);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
