/*
 * The threads that count: every job ends once, with the right answer or with an error, whatever
 * comes and goes beside it. Built twice, once with ThreadSanitizer (pool_tsan).
 */
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "module/pool.h"
#include "parser/parse.h"
#include "tests/suite.h"

enum { NROWS = 200000, NJOBS = 60 };

struct fixture {
    struct arena *arena;
    struct catalog *catalog;
    struct index *index;
};

static void
fill(struct index *index)
{
    for (uint32_t i = 0; i < NROWS; i++) {
        char name[32], values[2][32];
        struct index_pair pairs[2] = {{slice_lit("a"), {0}}, {slice_lit("b"), {0}}};
        snprintf(name, sizeof name, "profile_%u", i);
        snprintf(values[0], sizeof values[0], "%u", i % 3);
        snprintf(values[1], sizeof values[1], "%u", i * 7919 % 5000);
        pairs[0].value = slice_str(values[0]);
        pairs[1].value = slice_str(values[1]);
        index_put_row(index, slice_str(name), pairs, 2);
    }
}

static void
fixture_init(struct fixture *fixture)
{
    struct error err = {0};
    fixture->arena = arena_new();
    fixture->catalog = catalog_new();
    ck_assert(catalog_add(fixture->catalog, slice_lit("current"), slice_lit("profile_"), 1,
                          METHOD_COLUMNS, &err));
    fixture->index = index_new(&(struct index_options){.prefix = slice_lit("profile_")});
    fill(fixture->index);
}

static void
fixture_fini(struct fixture *fixture)
{
    index_free(fixture->index);
    catalog_free(fixture->catalog);
    arena_free(fixture->arena);
}

struct job {
    struct pool_job pool; /* first */
    _Atomic int ndone;
    struct arena *arena;
};

static void
on_done(struct pool_job *job)
{
    atomic_fetch_add(&((struct job *) job)->ndone, 1);
}

static void
job_init(struct job *job, struct fixture *fixture, const char *text, uint64_t timeout_us)
{
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    const struct count_options options = {.max_cells = 100000};
    struct ast_query *ast;
    struct bound_query *query;
    struct error err = {0};
    memset(job, 0, sizeof *job);
    job->arena = arena_new();
    ck_assert(query_parse(job->arena, slice_str(text), &limits, &ast, &err));
    ck_assert(query_bind(job->arena, ast, fixture->catalog, 100000, &query, &err));
    job->pool.count = count_new(fixture->index, query, &options);
    job->pool.arena = job->arena;
    job->pool.timeout_us = timeout_us;
    job->pool.done = on_done;
}

static void
job_fini(struct job *job)
{
    count_free(job->pool.count);
    arena_free(job->arena);
}

static void
wait_done(struct job *job)
{
    for (int i = 0; i < 60000 && !atomic_load(&job->ndone); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    ck_assert_int_eq(atomic_load(&job->ndone), 1);
}

/* Their answer, made in this thread. */
static void
expect(struct job *job, struct fixture *fixture, const char *text)
{
    struct job here;
    struct partials *partials;
    struct error err = {0};
    struct strbuf a, b;
    strbuf_init(&a);
    strbuf_init(&b);
    job_init(&here, fixture, text, 0);
    ck_assert(count_answer(here.pool.count, here.arena, &partials, &err));
    ck_assert_msg(job->pool.partials != NULL, "%s: %s", text, job->pool.err.message);
    partials_print(partials, &a);
    partials_print(job->pool.partials, &b);
    ck_assert(slice_equal(strbuf_slice(&a), strbuf_slice(&b)));
    strbuf_fini(&a);
    strbuf_fini(&b);
    job_fini(&here);
}

static const char *const TEXTS[] = {
    "count from current",
    "count a from current where b < 2500",
    "count a, b from current",
    "count a in [0,2], b by 100 from current where !(b = 7)",
    "count b from current where a = 1 || b in [1,9]",
};
enum { NTEXTS = sizeof TEXTS / sizeof *TEXTS };

START_TEST(jobs_are_counted_whatever_the_number_of_threads)
{
    struct fixture fixture;
    fixture_init(&fixture);
    for (unsigned nthreads = 1; nthreads <= 4; nthreads++) {
        struct pool *pool = pool_new(nthreads);
        struct job *jobs = calloc(NJOBS, sizeof *jobs);
        for (int i = 0; i < NJOBS; i++) {
            job_init(&jobs[i], &fixture, TEXTS[i % NTEXTS], 0);
            pool_submit(pool, &jobs[i].pool);
        }
        for (int i = 0; i < NJOBS; i++) {
            wait_done(&jobs[i]);
            expect(&jobs[i], &fixture, TEXTS[i % NTEXTS]);
            job_fini(&jobs[i]);
        }
        ck_assert_uint_eq(pool_njobs(pool), 0);
        pool_free(pool);
        free(jobs);
    }
    fixture_fini(&fixture);
}
END_TEST

START_TEST(cancelled_jobs_end_once)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct pool *pool = pool_new(3);
    struct job *jobs = calloc(NJOBS, sizeof *jobs);
    for (int i = 0; i < NJOBS; i++) {
        job_init(&jobs[i], &fixture, TEXTS[i % NTEXTS], 0);
        pool_submit(pool, &jobs[i].pool);
        if (i % 2) {
            pool_cancel(&jobs[i - 1].pool);
        }
    }
    for (int i = 0; i < NJOBS; i++) {
        wait_done(&jobs[i]);
        if (jobs[i].pool.partials) {
            expect(&jobs[i], &fixture, TEXTS[i % NTEXTS]);
        } else {
            ck_assert_str_eq(jobs[i].pool.err.message, "the count was cancelled");
            ck_assert(i % 2 == 0);
        }
        job_fini(&jobs[i]);
    }
    pool_free(pool);
    free(jobs);
    fixture_fini(&fixture);
}
END_TEST

START_TEST(time_that_is_over_is_an_error)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct pool *pool = pool_new(2);
    struct job jobs[8];
    for (int i = 0; i < 8; i++) {
        job_init(&jobs[i], &fixture, "count a, b from current where !(b = 7)", i % 2 ? 0 : 1);
        pool_submit(pool, &jobs[i].pool);
    }
    for (int i = 0; i < 8; i++) {
        wait_done(&jobs[i]);
        if (i % 2) {
            expect(&jobs[i], &fixture, "count a, b from current where !(b = 7)");
        } else {
            ck_assert_str_eq(jobs[i].pool.err.code, "TIMEOUT");
            ck_assert(!jobs[i].pool.partials);
        }
        job_fini(&jobs[i]);
    }
    pool_free(pool);
    fixture_fini(&fixture);
}
END_TEST

/* Some thousand ranges, each in a chain of its own: many passes over the values of b. */
static char *
long_text(size_t nranges)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count from current where a = 1");
    for (size_t i = 0; i < nranges; i++) {
        strbuf_printf(&text, " || (a = 2 && b < %zu)", i);
    }
    return text.ptr;
}

START_TEST(preparing_takes_turns_and_can_be_cancelled)
{
    struct fixture fixture;
    struct job slow, quick, cancelled, late;
    fixture_init(&fixture);
    struct pool *pool = pool_new(1);
    char *text = long_text(1500);
    job_init(&slow, &fixture, text, 0);
    job_init(&cancelled, &fixture, text, 0);
    job_init(&late, &fixture, text, 1000);
    job_init(&quick, &fixture, "count a from current", 0);
    pool_submit(pool, &slow.pool);
    pool_submit(pool, &cancelled.pool);
    pool_submit(pool, &late.pool);
    pool_submit(pool, &quick.pool);
    wait_done(&quick);
    ck_assert_int_eq(atomic_load(&slow.ndone), 0);
    pool_cancel(&cancelled.pool);
    wait_done(&cancelled);
    wait_done(&late);
    ck_assert_int_eq(atomic_load(&slow.ndone), 0);
    ck_assert_str_eq(cancelled.pool.err.message, "the count was cancelled");
    ck_assert_str_eq(late.pool.err.code, "TIMEOUT");
    wait_done(&slow);
    expect(&slow, &fixture, text);
    job_fini(&slow);
    job_fini(&cancelled);
    job_fini(&late);
    job_fini(&quick);
    free(text);
    pool_free(pool);
    fixture_fini(&fixture);
}
END_TEST

START_TEST(what_cannot_be_answered_is_an_error)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct pool *pool = pool_new(2);
    struct job job;
    job_init(&job, &fixture, "count a, b from current", 0);
    struct job limited;
    const struct count_options options = {.max_cells = 100};
    job_init(&limited, &fixture, "count from current", 0);
    count_free(limited.pool.count);
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    struct bound_query *query;
    struct error err = {0};
    ck_assert(query_parse(limited.arena, slice_lit("count b from current"), &limits, &ast, &err));
    ck_assert(query_bind(limited.arena, ast, fixture.catalog, 100, &query, &err));
    limited.pool.count = count_new(fixture.index, query, &options);
    pool_submit(pool, &limited.pool);
    pool_submit(pool, &job.pool);
    wait_done(&limited);
    wait_done(&job);
    ck_assert_str_eq(limited.pool.err.code, "LIMIT");
    expect(&job, &fixture, "count a, b from current");
    job_fini(&limited);
    job_fini(&job);
    pool_free(pool);
    fixture_fini(&fixture);
}
END_TEST

static void
add_one(void *arg)
{
    atomic_fetch_add((_Atomic int *) arg, 1);
}

START_TEST(what_is_under_way_ends_with_the_pool)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct pool *pool = pool_new(2);
    struct job *jobs = calloc(NJOBS, sizeof *jobs);
    _Atomic int ncalls = 0;
    for (int i = 0; i < NJOBS; i++) {
        job_init(&jobs[i], &fixture, "count a, b from current", 0);
        pool_submit(pool, &jobs[i].pool);
        pool_call(pool, add_one, &ncalls);
    }
    pool_free(pool);
    ck_assert_int_eq(ncalls, NJOBS);
    for (int i = 0; i < NJOBS; i++) {
        ck_assert_int_eq(atomic_load(&jobs[i].ndone), 1);
        job_fini(&jobs[i]);
    }
    free(jobs);
    fixture_fini(&fixture);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tcase = tcase_create("pool");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, jobs_are_counted_whatever_the_number_of_threads);
    tcase_add_test(tcase, cancelled_jobs_end_once);
    tcase_add_test(tcase, time_that_is_over_is_an_error);
    tcase_add_test(tcase, preparing_takes_turns_and_can_be_cancelled);
    tcase_add_test(tcase, what_cannot_be_answered_is_an_error);
    tcase_add_test(tcase, what_is_under_way_ends_with_the_pool);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
