/*
 * server/client/request: requests that end in any order are answered in theirs; which classes may be in
 * flight together; and what is left of them when the client leaves.
 */
#include <check.h>
#include <stdlib.h>

#include "server/client/request.h"
#include "tests/suite.h"

static struct request_pool pool;
static struct request_queue queue;
static struct strbuf passed; /* whole replies that were never kept */
static int nended;

static void
on_done(void *arg)
{
    (*(int *) arg)++;
}

static void
on_reply(void *arg, struct slice bytes)
{
    (void) arg;
    strbuf_append(&passed, bytes);
}

static const struct request_events EVENTS = {on_done, on_reply, NULL, NULL};

static void
setup(void)
{
    nended = 0;
    strbuf_init(&passed);
    request_queue_init(&queue, &pool, &EVENTS, &nended);
}

static void
teardown(void)
{
    request_queue_fini(&queue);
    request_pool_clear(&pool);
    strbuf_fini(&passed);
}

static void
end_with(struct request *request, int64_t n)
{
    resp_write_int(request_writer(request), n);
    request_done(request);
}

static void
check_pop(const char *expected)
{
    struct strbuf reply;
    ck_assert(request_queue_pop(&queue, &reply));
    ck_assert_str_eq(strbuf_slice(&reply).ptr, expected);
    strbuf_fini(&reply);
}

static void
check_nothing_to_pop(void)
{
    struct strbuf reply;
    ck_assert(!request_queue_pop(&queue, &reply));
}

START_TEST(test_order)
{
    struct request *first = request_push(&queue, REQUEST_QUERY, false);
    struct request *second = request_push(&queue, REQUEST_QUERY, false);
    struct request *third = request_push(&queue, REQUEST_LOCAL, false);
    end_with(third, 3);
    end_with(second, 2);
    check_nothing_to_pop();
    ck_assert_uint_eq(queue.reply_bytes, 8);
    end_with(first, 1);
    ck_assert_int_eq(nended, 3);
    check_pop(":1\r\n");
    check_pop(":2\r\n");
    check_pop(":3\r\n");
    check_nothing_to_pop();
    ck_assert_uint_eq(queue.reply_bytes, 0);
    ck_assert_uint_eq(queue.nrequests, 0);
}
END_TEST

START_TEST(test_classes)
{
    ck_assert(request_queue_admits(&queue, REQUEST_ROW));
    struct request *row = request_push(&queue, REQUEST_ROW, false);
    ck_assert(request_queue_admits(&queue, REQUEST_ROW));
    ck_assert(request_queue_admits(&queue, REQUEST_LOCAL));
    ck_assert(!request_queue_admits(&queue, REQUEST_QUERY));
    end_with(row, 1);
    /* what has ended holds nobody up, also when an earlier one has not been sent */
    ck_assert(request_queue_admits(&queue, REQUEST_QUERY));
    struct request *query = request_push(&queue, REQUEST_QUERY, false);
    ck_assert(request_queue_admits(&queue, REQUEST_QUERY));
    ck_assert(!request_queue_admits(&queue, REQUEST_ROW));
    end_with(query, 1);
    ck_assert(request_queue_admits(&queue, REQUEST_ROW));
}
END_TEST

/* Their confirmations are pushed, so no other reply may come between; among themselves they may run. */
START_TEST(test_subscriptions_run_beside_each_other_and_nothing_else)
{
    ck_assert(request_queue_admits(&queue, REQUEST_LISTEN));
    struct request *first = request_push(&queue, REQUEST_LISTEN, false);
    struct request *second = request_push(&queue, REQUEST_LISTEN, false);
    ck_assert(request_queue_admits(&queue, REQUEST_LISTEN));
    ck_assert(request_queue_has_room(&queue, 1));
    request_done(first);
    for (int class = REQUEST_LOCAL; class < REQUEST_NCLASSES; class ++) {
        ck_assert_int_eq(request_queue_admits(&queue, (enum request_class) class),
                         class == REQUEST_LISTEN);
    }
    request_done(second);
    ck_assert(request_queue_admits(&queue, REQUEST_LOCAL));
    struct request *row = request_push(&queue, REQUEST_ROW, false);
    ck_assert(!request_queue_admits(&queue, REQUEST_LISTEN));
    end_with(row, 1);
}
END_TEST

/* How many may be under way at shards, where their replies may be so many bytes together. */
static size_t
count_admitted(size_t budget_bytes)
{
    size_t n = 0;
    for (; n < 2000 && request_queue_has_room(&queue, budget_bytes); n++) {
        (void) request_push(&queue, REQUEST_FORWARD, false);
    }
    return n;
}

static void
end_all(size_t reply_bytes)
{
    static const char BYTES[4096];
    struct strbuf reply;
    while (queue.head) {
        struct request *request = queue.head;
        for (size_t left = reply_bytes; left > sizeof BYTES; left -= sizeof BYTES) {
            strbuf_append(request_writer(request)->out, slice_of(BYTES, sizeof BYTES));
        }
        request_done(request);
        ck_assert(request_queue_pop(&queue, &reply));
        strbuf_fini(&reply);
    }
}

START_TEST(test_room)
{
    enum { MIB = 1024 * 1024, BUDGET = 32 * MIB };
    /* of a stranger few; of one whose replies are small ever more; behind a large one the next */
    size_t n = count_admitted(BUDGET), before;
    ck_assert_uint_le(n, 4);
    do {
        before = n;
        end_all(0);
        n = count_admitted(BUDGET);
    } while (n > before);
    ck_assert_uint_eq(n, 128); /* a pipeline that begins */
    struct strbuf reply;
    for (int i = 0; i < 50; i++) {
        request_done(queue.head);
        ck_assert(request_queue_pop(&queue, &reply));
        strbuf_fini(&reply);
    }
    ck_assert_uint_gt(count_admitted(BUDGET), 1000); /* and goes on */
    end_all(0);
    (void) request_push(&queue, REQUEST_FORWARD, false);
    end_all(20 * MIB);
    ck_assert_uint_eq(count_admitted(BUDGET), 1);
    end_all(20 * MIB);
    ck_assert_uint_eq(count_admitted(MIB), 1); /* never none */
    end_all(0);
}
END_TEST

START_TEST(test_mute)
{
    struct request *request = request_push(&queue, REQUEST_LOCAL, false);
    request_mute(request, true);
    end_with(request, 1);
    check_pop("");
}
END_TEST

/* Whole replies, and whose turn it is when they come. */
START_TEST(test_pass)
{
    struct request *first = request_push(&queue, REQUEST_FORWARD, false);
    struct request *second = request_push(&queue, REQUEST_FORWARD, false);
    struct request *third = request_push(&queue, REQUEST_FORWARD, false);
    request_pass(second, slice_lit("+2\r\n"), true);
    ck_assert_uint_eq(passed.len, 0);
    request_pass(first, slice_lit("+1\r\n"), true);
    ck_assert_str_eq(passed.ptr, "+1\r\n");
    check_pop("");
    check_pop("+2\r\n");
    request_pass(third, slice_lit("$1\r\n"), false);
    request_pass(third, slice_lit("3\r\n"), true);
    ck_assert_str_eq(passed.ptr, "+1\r\n"); /* in pieces: kept until there is much of it */
    check_pop("$1\r\n3\r\n");
    request_mute(request_push(&queue, REQUEST_FORWARD, false), true);
    request_pass(queue.head, slice_lit("+4\r\n"), true);
    ck_assert_str_eq(passed.ptr, "+1\r\n");
    check_pop("");
}
END_TEST

/* One that ended is used again, and nothing of it is left in it. */
START_TEST(test_pool)
{
    struct request *request = request_push(&queue, REQUEST_LOCAL, true);
    request_mute(request, true);
    request_done(request);
    check_pop("");
    ck_assert_uint_eq(pool.nfree, 1);
    ck_assert(request_push(&queue, REQUEST_LOCAL, false) == request);
    ck_assert_uint_eq(pool.nfree, 0);
    ck_assert(!request_is_resp3(request));
    end_with(request, 5);
    check_pop(":5\r\n");
}
END_TEST

START_TEST(test_abandon)
{
    struct request *running = request_push(&queue, REQUEST_ROW, false);
    end_with(request_push(&queue, REQUEST_ROW, false), 2);
    ck_assert(!request_queue_abandon(&queue));
    ck_assert_uint_eq(queue.nrequests, 1);
    ck_assert_uint_eq(queue.nrunning[REQUEST_ROW], 1);
    *(int *) request_work(running, sizeof(int)) = 7; /* still there for whoever calls back */
    end_with(running, 1);
    ck_assert_int_eq(nended, 2);
    ck_assert(request_queue_abandon(&queue));
    ck_assert_uint_eq(queue.nrequests, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("request");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_order);
    tcase_add_test(tcase, test_classes);
    tcase_add_test(tcase, test_subscriptions_run_beside_each_other_and_nothing_else);
    tcase_add_test(tcase, test_room);
    tcase_add_test(tcase, test_mute);
    tcase_add_test(tcase, test_pass);
    tcase_add_test(tcase, test_pool);
    tcase_add_test(tcase, test_abandon);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
