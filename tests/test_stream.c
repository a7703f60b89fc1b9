/*
 * net/stream: whoever has gone is told nothing more.
 */
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"
#include "tests/suite.h"

static void
on_input(void *arg, struct slice bytes)
{
    (void) arg, (void) bytes;
}

static void
on_end(void *arg, const char *why)
{
    (void) arg, (void) why;
}

static void
on_hangup(void *arg)
{
    ++*(int *) arg;
}

static const struct stream_handlers HANDLERS = {
    .on_input = on_input, .on_end = on_end, .on_hangup = on_hangup};

/*
 * The other side leaves while the stream is paused. is_shared: another process has the file too, as
 * one has that was forked and has not run its program yet. is_freed: the stream went before.
 */
static int
count_hangups(bool is_shared, bool is_freed)
{
    int ends[2], nhangups = 0;
    struct event_base *base = event_base_new();
    struct stream_loop *loop = stream_loop_new(base);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    int shared = is_shared ? dup(ends[0]) : -1;
    struct stream *stream = stream_open(loop, ends[0], NULL, &HANDLERS, &nhangups);
    stream_pause(stream, true);
    if (is_freed) {
        stream_free(stream);
    }
    close(ends[1]);
    event_base_loop(base, EVLOOP_NONBLOCK);
    if (!is_freed) {
        stream_free(stream);
    }
    if (is_shared) {
        close(shared);
    }
    stream_loop_free(loop);
    event_base_free(base);
    return nhangups;
}

START_TEST(test_hangup)
{
    ck_assert_int_eq(count_hangups(false, false), 1);
    ck_assert_int_eq(count_hangups(true, false), 1);
}
END_TEST

START_TEST(test_no_hangup_of_a_freed_stream)
{
    ck_assert_int_eq(count_hangups(false, true), 0);
    ck_assert_int_eq(count_hangups(true, true), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_hangup);
    tcase_add_test(tcase, test_no_hangup_of_a_freed_stream);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
