/*
 * The thread beside the event loop: jobs run there in their order, and end in the loop.
 */
#include <check.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>

#include "executor/side_thread.h"
#include "tests/suite.h"

enum { NJOBS = 50 };

struct seen {
    pthread_t loop;
    struct event_base *base;
    size_t nrun, ndone, wanted;
    bool is_in_order, is_beside;
};

struct work {
    struct seen *seen;
    size_t number;
    bool has_run;
};

static void
run(void *arg)
{
    struct work *work = arg;
    struct seen *seen = work->seen;
    work->has_run = true;
    seen->is_in_order = seen->is_in_order && work->number == seen->nrun;
    seen->is_beside = seen->is_beside && !pthread_equal(pthread_self(), seen->loop);
    seen->nrun++;
}

static void
done(void *arg)
{
    struct work *work = arg;
    struct seen *seen = work->seen;
    ck_assert(pthread_equal(pthread_self(), seen->loop));
    ck_assert_uint_eq(work->number, seen->ndone);
    if (++seen->ndone == seen->wanted) {
        event_base_loopbreak(seen->base);
    }
}

static void
jobs_start(struct side_thread *side, struct seen *seen, struct work *works)
{
    for (size_t i = 0; i < NJOBS; i++) {
        works[i] = (struct work){.seen = seen, .number = i};
        side_thread_run(side, run, done, &works[i]);
    }
}

static struct seen
seen_new(void)
{
    return (struct seen){.loop = pthread_self(),
                         .base = event_base_new(),
                         .wanted = NJOBS,
                         .is_in_order = true,
                         .is_beside = true};
}

START_TEST(test_jobs_run_beside_the_loop_and_end_in_it)
{
    struct seen seen = seen_new();
    struct side_thread *side = side_thread_new(seen.base);
    struct work works[NJOBS];
    jobs_start(side, &seen, works);
    ck_assert_uint_eq(seen.ndone, 0); /* nothing ends from inside the call */
    event_base_dispatch(seen.base);
    ck_assert_uint_eq(seen.ndone, NJOBS);
    ck_assert(seen.is_in_order && seen.is_beside);
    side_thread_free(side);
    event_base_free(seen.base);
}
END_TEST

START_TEST(test_at_the_end_every_job_is_done_whether_it_has_run_or_not)
{
    struct seen seen = seen_new();
    struct side_thread *side = side_thread_new(seen.base);
    struct work works[NJOBS];
    jobs_start(side, &seen, works);
    side_thread_free(side);
    ck_assert_uint_eq(seen.ndone, NJOBS);
    size_t nrun = 0;
    for (size_t i = 0; i < NJOBS; i++) {
        nrun += works[i].has_run;
    }
    ck_assert_uint_eq(nrun, seen.nrun);
    event_base_free(seen.base);
}
END_TEST

START_TEST(test_without_a_job_there_is_no_thread_to_wait_for)
{
    struct event_base *base = event_base_new();
    side_thread_free(side_thread_new(base));
    side_thread_free(NULL);
    event_base_free(base);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("side_thread");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_jobs_run_beside_the_loop_and_end_in_it);
    tcase_add_test(tcase, test_at_the_end_every_job_is_done_whether_it_has_run_or_not);
    tcase_add_test(tcase, test_without_a_job_there_is_no_thread_to_wait_for);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
