/*
 * Partial counts that a shard sent: few bytes are read at once, many beside the event loop, and the
 * loop's memory is not touched before they are handed over.
 */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "executor/arena_discard.h"
#include "executor/partials_reading.h"
#include "tests/suite.h"

enum { MANY_CELLS = 100000, FEW_CELLS = 100 };

struct fixture {
    struct event_base *base;
    struct side_thread *side;
    struct arena *arena;
    struct strbuf bytes;
    /* What came: */
    size_t ntimes;
    struct partials *partials;
};

/* The bytes of a grid with a cell for each position. */
static void
make_bytes(size_t ncells, struct strbuf *out)
{
    struct arena *arena = arena_new();
    struct partial partial = {.ndims = 1};
    partial.dims = arena_array(arena, 1, sizeof *partial.dims);
    partial.dims[0].npositions = ncells;
    partial.cells = cell_list_counts(arena, ncells);
    for (size_t i = 0; i < ncells; i++) {
        cell_list_add(&partial.cells, i, (int64_t) (1 + i % 7));
    }
    ck_assert(partial_multiply_dims(&partial));
    struct partial *items[] = {&partial};
    partials_encode(&(struct partials){1, items}, out);
    arena_free(arena);
}

static struct fixture
fixture_new(size_t ncells)
{
    struct fixture fixture = {.base = event_base_new(), .arena = arena_new()};
    fixture.side = side_thread_new(fixture.base);
    strbuf_init(&fixture.bytes);
    make_bytes(ncells, &fixture.bytes);
    return fixture;
}

static void
fixture_end(struct fixture *fixture)
{
    side_thread_free(fixture->side);
    event_base_free(fixture->base);
    arena_free(fixture->arena);
    strbuf_fini(&fixture->bytes);
}

static void
on_read(void *arg, struct partials *partials)
{
    struct fixture *fixture = arg;
    fixture->ntimes++;
    fixture->partials = partials;
    event_base_loopbreak(fixture->base);
}

static void
check_cells(const struct fixture *fixture, size_t ncells)
{
    ck_assert_uint_eq(fixture->ntimes, 1);
    ck_assert_ptr_nonnull(fixture->partials);
    const struct cell_list *cells = &fixture->partials->items[0]->cells;
    ck_assert_uint_eq(cells->n, ncells);
    for (size_t i = 0; i < ncells; i++) {
        ck_assert_uint_eq(cells->indexes[i], i);
        ck_assert_int_eq(cell_value(cells, i, 0), (int64_t) (1 + i % 7));
    }
}

START_TEST(test_few_bytes_are_read_at_once)
{
    struct fixture fixture = fixture_new(FEW_CELLS);
    struct partials_reading *reading = NULL;
    partials_read(fixture.side, strbuf_slice(&fixture.bytes), fixture.arena, on_read, &fixture,
                  &reading);
    ck_assert_ptr_null(reading);
    check_cells(&fixture, FEW_CELLS);
    fixture_end(&fixture);
}
END_TEST

START_TEST(test_many_bytes_are_read_beside_the_loop_into_the_arena)
{
    struct fixture fixture = fixture_new(MANY_CELLS);
    struct partials_reading *reading = NULL;
    partials_read(fixture.side, strbuf_slice(&fixture.bytes), fixture.arena, on_read, &fixture,
                  &reading);
    ck_assert_ptr_nonnull(reading);
    ck_assert_uint_eq(fixture.ntimes, 0);
    ck_assert_uint_eq(arena_bytes(fixture.arena), 0);
    memset(fixture.bytes.ptr, 0xff, fixture.bytes.len); /* they were copied */
    event_base_dispatch(fixture.base);
    side_thread_free(fixture.side);
    fixture.side = NULL;
    check_cells(&fixture, MANY_CELLS);
    fixture_end(&fixture);
}
END_TEST

START_TEST(test_bytes_that_are_no_count_are_told_so)
{
    for (int is_many = 0; is_many < 2; is_many++) {
        struct fixture fixture = fixture_new(is_many ? MANY_CELLS : FEW_CELLS);
        struct partials_reading *reading = NULL;
        fixture.bytes.len--;
        partials_read(fixture.side, strbuf_slice(&fixture.bytes), fixture.arena, on_read, &fixture,
                      &reading);
        if (is_many) {
            event_base_dispatch(fixture.base);
        }
        ck_assert_uint_eq(fixture.ntimes, 1);
        ck_assert_ptr_null(fixture.partials);
        fixture_end(&fixture);
    }
}
END_TEST

static void
nothing(void *arg)
{
    (void) arg;
}

static void
on_last(void *arg)
{
    event_base_loopbreak(arg);
}

/* Also where the side thread ends before it has begun. */
START_TEST(test_a_reading_that_is_cancelled_is_not_told)
{
    for (int ends = 0; ends < 2; ends++) {
        struct fixture fixture = fixture_new(MANY_CELLS);
        struct partials_reading *reading = NULL;
        partials_read(fixture.side, strbuf_slice(&fixture.bytes), fixture.arena, on_read, &fixture,
                      &reading);
        partials_reading_cancel(reading);
        if (!ends) {
            side_thread_run(fixture.side, nothing, on_last, fixture.base);
            event_base_dispatch(fixture.base);
        }
        fixture_end(&fixture);
        ck_assert_uint_eq(fixture.ntimes, 0);
    }
}
END_TEST

/* A sanitizer finds what is not freed. */
START_TEST(test_arenas_are_discarded_whatever_their_size)
{
    struct event_base *base = event_base_new();
    struct side_thread *side = side_thread_new(base);
    arena_discard(side, NULL);
    for (size_t size_bytes = 1; size_bytes < 1 << 24; size_bytes *= 16) {
        struct arena *arena = arena_new();
        (void) arena_alloc(arena, size_bytes);
        arena_discard(side, arena);
    }
    side_thread_run(side, nothing, on_last, base);
    event_base_dispatch(base);
    struct arena *late = arena_new();
    (void) arena_alloc(late, 1 << 24);
    arena_discard(side, late);
    side_thread_free(side);
    event_base_free(base);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("partials_reading");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_few_bytes_are_read_at_once);
    tcase_add_test(tcase, test_many_bytes_are_read_beside_the_loop_into_the_arena);
    tcase_add_test(tcase, test_bytes_that_are_no_count_are_told_so);
    tcase_add_test(tcase, test_a_reading_that_is_cancelled_is_not_told);
    tcase_add_test(tcase, test_arenas_are_discarded_whatever_their_size);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
