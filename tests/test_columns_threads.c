/*
 * One thread writes, others count: each count sees every row whole, before or after a write. Built
 * twice, once with ThreadSanitizer (columns_threads_tsan).
 *
 * Every write gives two fields the same value, and the third one the next; rows are put back as
 * soon as they are removed. So in any snapshot the table of the two fields is diagonal, and its sum
 * is the number of rows that the snapshot has.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns/count.h"
#include "columns/index_stats.h"
#include "columns/snapshot.h"
#include "parser/parse.h"
#include "tests/suite.h"

enum { NROWS = 70000, NVALUES = 6, NREADERS = 2, NCOUNTS = 60 };

/* Counts on their way from the writer to the readers. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct count *count; /* NULL: taken */
    bool is_closed;
};

struct shared {
    struct queue queue;
    _Atomic uint64_t ncounted;
    _Atomic uint64_t nwrong;
};

static void
put(struct index *index, uint32_t row, uint32_t value)
{
    char name[32], texts[2][32];
    int len = snprintf(name, sizeof name, "r_%u", row);
    /* Long texts too, so that some are freed while readers look. */
    snprintf(texts[0], sizeof texts[0], value % 2 ? "%u" : "a longer value, %u", value % NVALUES);
    snprintf(texts[1], sizeof texts[1], "%u", value * 31 % 5000);
    struct index_pair pairs[] = {{slice_lit("x"), slice_str(texts[0])},
                                 {slice_lit("y"), slice_str(texts[0])},
                                 {slice_lit("z"), slice_str(texts[1])}};
    index_put_row(index, slice_of(name, (size_t) len), pairs, 3);
}

static void
check_diagonal(struct shared *shared, const struct partial *partial, uint64_t nrows)
{
    uint64_t sum = 0;
    bool is_diagonal = partial->dims[0].npositions == partial->dims[1].npositions;
    for (size_t i = 0; i < partial->cells.n; i++) {
        uint64_t n = partial->dims[1].npositions, index = partial->cells.indexes[i];
        is_diagonal = is_diagonal && index / n == index % n;
        sum += (uint64_t) partial->cells.values[i];
    }
    if (!is_diagonal || sum != nrows) {
        atomic_fetch_add(&shared->nwrong, 1);
    }
    atomic_fetch_add(&shared->ncounted, 1);
}

static void *
read_counts(void *arg)
{
    struct shared *shared = arg;
    for (;;) {
        pthread_mutex_lock(&shared->queue.lock);
        while (!shared->queue.count && !shared->queue.is_closed) {
            pthread_cond_wait(&shared->queue.changed, &shared->queue.lock);
        }
        struct count *count = shared->queue.count;
        shared->queue.count = NULL;
        pthread_cond_broadcast(&shared->queue.changed);
        pthread_mutex_unlock(&shared->queue.lock);
        if (!count) {
            return NULL;
        }
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        struct partials *partials;
        if (count_answer(count, arena, &partials, &err)) {
            const struct partial *partial = partials->items[0];
            check_diagonal(shared, partial, partial->base);
        } else {
            atomic_fetch_add(&shared->nwrong, 1);
        }
        count_free(count);
        arena_free(arena);
    }
}

static struct bound_query *
bind(struct arena *arena, const struct catalog *catalog, const char *text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    struct bound_query *query;
    ck_assert_msg(query_parse(arena, slice_str(text), &limits, &ast, &err) &&
                      query_bind(arena, ast, catalog, 1000000, &query, &err),
                  "%s", err.message);
    return query;
}

/* True: a count was handed over. */
static bool
offer_count(struct shared *shared, struct index *index, const struct bound_query *query)
{
    pthread_mutex_lock(&shared->queue.lock);
    bool is_free = !shared->queue.count;
    pthread_mutex_unlock(&shared->queue.lock);
    if (!is_free) {
        return false;
    }
    struct count *count = count_new(index, query, &(struct count_options){.wants_base = true});
    pthread_mutex_lock(&shared->queue.lock);
    shared->queue.count = count;
    pthread_cond_broadcast(&shared->queue.changed);
    pthread_mutex_unlock(&shared->queue.lock);
    return true;
}

static void
write_some(struct index *index, uint64_t *state)
{
    char name[32];
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint32_t row = (uint32_t) (*state >> 33) % NROWS;
    if ((*state >> 20) % 16 == 0) {
        int len = snprintf(name, sizeof name, "r_%u", row);
        ck_assert(index_remove_row(index, slice_of(name, (size_t) len)));
    }
    put(index, row, (uint32_t) (*state >> 40));
}

START_TEST(every_row_is_seen_whole)
{
    struct shared shared = {.ncounted = 0};
    pthread_mutex_init(&shared.queue.lock, NULL);
    pthread_cond_init(&shared.queue.changed, NULL);
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct error err = {"", ""};
    ck_assert(catalog_add(catalog, slice_lit("current"), slice_lit("r_"), 64, METHOD_AUTO, &err));
    struct bound_query *query = bind(arena, catalog, "count x, y from current where z >= 0");
    for (uint32_t row = 0; row < NROWS; row++) {
        put(index, row, row);
    }
    pthread_t readers[NREADERS];
    for (int i = 0; i < NREADERS; i++) {
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_counts, &shared), 0);
    }
    uint64_t state = 1, nwrites = 0;
    for (int offered = 0; offered < NCOUNTS;) {
        for (int i = 0; i < 20; i++, nwrites++) {
            write_some(index, &state);
        }
        offered += offer_count(&shared, index, query);
    }
    pthread_mutex_lock(&shared.queue.lock);
    shared.queue.is_closed = true;
    pthread_cond_broadcast(&shared.queue.changed);
    pthread_mutex_unlock(&shared.queue.lock);
    for (int i = 0; i < NREADERS; i++) {
        pthread_join(readers[i], NULL);
    }
    printf("%llu writes beside %d counts\n", (unsigned long long) nwrites, NCOUNTS);
    ck_assert_uint_eq(shared.nwrong, 0);
    ck_assert_uint_eq(shared.ncounted, NCOUNTS);
    struct index_stats stats;
    while (index_reclaim(index, 1000) == 1000) {
    }
    index_stats(index, &stats);
    ck_assert_uint_eq(stats.snapshots, 0);
    ck_assert_uint_eq(stats.snapshot_bytes, 0);
    index_free(index);
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

struct share {
    struct count *count;
};

static void *
share_work(void *arg)
{
    struct count_worker *worker = count_worker_new(((struct share *) arg)->count);
    while (count_run(worker, 1)) {
    }
    count_worker_free(worker);
    return NULL;
}

START_TEST(workers_share_one_count_while_the_index_goes)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct error err = {"", ""};
    ck_assert(catalog_add(catalog, slice_lit("current"), slice_lit("r_"), 64, METHOD_AUTO, &err));
    struct bound_query *query = bind(arena, catalog, "count x, y from current");
    for (uint32_t row = 0; row < 3 * NROWS; row++) {
        put(index, row, row);
    }
    struct count *count = count_new(index, query, &(struct count_options){.wants_base = true});
    struct share share = {count};
    struct partials *partials;
    pthread_t workers[3];
    ck_assert(count_prepare(count, &err));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&workers[i], NULL, share_work, &share), 0);
    }
    for (uint32_t row = 0; row < NROWS; row++) {
        put(index, row, row + 1);
    }
    index_free(index);
    for (int i = 0; i < 3; i++) {
        pthread_join(workers[i], NULL);
    }
    ck_assert(count_finish(count, arena, &partials, &err));
    ck_assert_uint_eq(partials->items[0]->base, 3 * NROWS);
    ck_assert_uint_eq(partials->items[0]->excluded, 0);
    count_free(count);
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("columns_threads");
    TCase *tcase = tcase_create("columns_threads");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, every_row_is_seen_whole);
    tcase_add_test(tcase, workers_share_one_count_while_the_index_goes);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
