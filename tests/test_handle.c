/*
 * Handles: a dataset's partitions and users, as the catalog changes; queries that are kept prepared
 * let go of a dataset when the catalog is another.
 */
#include <check.h>
#include <string.h>

#include <event2/event.h>

#include "executor/handle/handle.h"
#include "executor/prepared.h"
#include "executor/shards/later.h"
#include "planner/catalog.h"
#include "tests/suite.h"

static struct catalog *catalog;
static struct handles *handles;

static void
setup(void)
{
    struct error err = {"", ""};
    catalog = catalog_new();
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_SETS, &err));
    handles = handles_new(catalog);
}

static void
teardown(void)
{
    handles_free(handles);
    catalog_free(catalog);
}

static struct handle *
current(void)
{
    return handles_get(handles, catalog_by_name(catalog, slice_lit("current")));
}

static void
drop_current(void)
{
    catalog_remove(catalog, slice_lit("current"));
    handles_sync(handles);
}

START_TEST(partitions_have_tags_and_keys)
{
    struct handle *handle = current();
    ck_assert_ptr_eq(handle, current());
    for (unsigned p = 0; p < 64; p++) {
        const struct partition *partition = &handle->partitions[p];
        ck_assert_uint_eq(partition->slot, key_slot(partition->rows_key));
        ck_assert_uint_eq(partition->slot / (CLUSTER_SLOTS / 64), p);
        ck_assert(slice_starts_with(partition->rows_key, slice_lit("current:rows{")));
    }
}
END_TEST

START_TEST(a_handle_lives_as_long_as_it_is_used)
{
    struct handle *handle = handle_retain(current());
    ck_assert_uint_eq(handle->users, 2);
    drop_current();
    ck_assert_ptr_null(handles_first(handles));
    ck_assert_uint_eq(handle->users, 1);
    ck_assert(slice_equal(handle->dataset->name, slice_lit("current")));
    handle_release(handle);
}
END_TEST

START_TEST(the_same_name_is_another_dataset)
{
    struct error err = {"", ""};
    struct handle *old = handle_retain(current());
    drop_current();
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_SETS, &err));
    ck_assert_ptr_ne(current(), old);
    handle_release(old);
}
END_TEST

START_TEST(an_index_in_the_making_is_not_counted)
{
    struct error err = {"", ""};
    struct handle *handle = current();
    ck_assert(handle_is_counted(handle, &err));
    catalog_own_name(catalog, slice_lit("current"))->state = DATASET_INDEXING;
    handle->percent = 42;
    ck_assert(!handle_is_counted(handle, &err));
    ck_assert_str_eq(err.code, "INDEXING");
    ck_assert_str_eq(err.message, "42%: the index of dataset current is being made anew");
}
END_TEST

START_TEST(what_is_prepared_lets_go_when_the_catalog_changes)
{
    static const struct executor_settings SETTINGS = EXECUTOR_SETTINGS_DEFAULT;
    struct slice text = slice_lit("count a in [1,2] from current");
    struct error err = {"", ""};
    struct prepared_cache *cache = prepared_cache_new(catalog, handles, &SETTINGS);
    struct handle *handle = handle_retain(current());
    ck_assert_ptr_null(prepared_find(cache, text, 0));
    struct prepared *prepared = prepared_new(cache, text, 0, &err);
    ck_assert_msg(prepared != NULL, "%s", err.message);
    ck_assert_ptr_eq(prepared->dataset, handle);
    prepared_keep(cache, prepared);
    prepared_release(prepared);
    ck_assert_uint_eq(handle->users, 3); /* the list, the cache, this test */
    prepared_cache_sync(cache);
    prepared = prepared_find(cache, text, 0);
    ck_assert_ptr_nonnull(prepared);
    prepared_release(prepared);

    ck_assert(catalog_add(catalog, slice_lit("w47"), slice_lit("w47_"), 64, METHOD_SETS, &err));
    ck_assert_ptr_null(prepared_find(cache, text, 0));
    ck_assert_uint_eq(handle->users, 3);
    prepared_cache_sync(cache);
    ck_assert_uint_eq(handle->users, 2);
    handle_release(handle);
    prepared_cache_free(cache);
}
END_TEST

struct order {
    struct later *later;
    char text[8];
};

static void
add_b(void *arg)
{
    struct order *order = arg;
    strcat(order->text, "b");
}

static void
add_a(void *arg)
{
    struct order *order = arg;
    strcat(order->text, "a");
    later_call(order->later, add_b, order);
}

START_TEST(later_is_in_the_order_of_asking)
{
    struct event_base *base = event_base_new();
    struct order order = {.later = later_new(base)};
    later_call(order.later, add_a, &order);
    later_call(order.later, add_b, &order);
    ck_assert_str_eq(order.text, "");
    later_run(order.later);
    ck_assert_str_eq(order.text, "ab"); /* what was added meanwhile waits */
    event_base_loop(base, EVLOOP_NONBLOCK);
    ck_assert_str_eq(order.text, "abb");
    later_free(order.later);
    event_base_free(base);
}
END_TEST

START_TEST(changes_are_added_up_while_a_shard_goes_on_counting)
{
    struct change_counts counts = {0};
    change_counts_add(&counts, 2);
    ck_assert_int_eq(counts.total, 2);
    change_counts_note(&counts, 3, 100, 17); /* before anybody asked */
    ck_assert_int_eq(counts.total, 2);
    change_counts_note(&counts, 3, 100, 20);
    change_counts_note(&counts, 0, 100, 5);
    change_counts_note(&counts, 0, 100, 5);
    ck_assert_int_eq(counts.total, 5);
    change_counts_note(&counts, 3, 200, 19); /* a replica took its place, a little behind */
    change_counts_note(&counts, 0, 50, 900); /* and one that has counted for longer */
    ck_assert_int_eq(counts.total, 5);
    change_counts_note(&counts, 3, 200, 21);
    change_counts_note(&counts, 0, 50, 903);
    ck_assert_int_eq(counts.total, 10);
    change_counts_note(&counts, 3, 200, -1);
    ck_assert_int_eq(counts.total, 10);
    change_counts_note(&counts, 1, 0, 7); /* modules that do not say since when */
    change_counts_note(&counts, 1, 0, 9);
    change_counts_note(&counts, 1, 0, 8);
    ck_assert_int_eq(counts.total, 12);
    change_counts_fini(&counts);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("handle");
    TCase *tcase = tcase_create("handle");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, partitions_have_tags_and_keys);
    tcase_add_test(tcase, a_handle_lives_as_long_as_it_is_used);
    tcase_add_test(tcase, the_same_name_is_another_dataset);
    tcase_add_test(tcase, an_index_in_the_making_is_not_counted);
    tcase_add_test(tcase, what_is_prepared_lets_go_when_the_catalog_changes);
    tcase_add_test(tcase, later_is_in_the_order_of_asking);
    tcase_add_test(tcase, changes_are_added_up_while_a_shard_goes_on_counting);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
