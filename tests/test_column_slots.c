/*
 * Whose word holds for which slot: answers that cover every slot once are taken, others are not;
 * rows that source and target both have are the target's.
 */
#include <check.h>
#include <string.h>

#include "executor/column_slots.h"
#include "tests/suite.h"

enum { PARTS = 2, SINCE_US = 1000 };

static const uint32_t HERE[] = {1};

/* A shard's rows of a slot that leaves it; slot 0: none does. */
static struct named_rows *
leaving(struct arena *arena, uint64_t epoch, uint32_t slot)
{
    struct named_rows *rows = arena_alloc(arena, sizeof *rows);
    rows->epoch = epoch;
    rows->nslots = slot != 0;
    rows->slots = arena_alloc(arena, sizeof *rows->slots);
    rows->slots[0] = (struct named_slot){.slot = slot, .peer = slice_lit("67ed 10.0.0.2:6379")};
    rows->slots[0].nrows = 2;
    rows->slots[0].rows = arena_array(arena, 2, sizeof *rows->slots[0].rows);
    rows->slots[0].rows[0] = (struct named_row){slice_lit("p_7"), true, HERE};
    rows->slots[0].rows[1] = (struct named_row){slice_lit("p_8"), true, HERE};
    return rows;
}

START_TEST(answers_fit_or_do_not)
{
    static const struct {
        const char *counted[PARTS];
        uint64_t epochs[PARTS]; /* 0: no rows by name, as from an older module */
        uint32_t leaves[PARTS];
        size_t nmoving;
        const char *error; /* NULL: they fit */
    } ROWS[] = {
        {{"0-8191", "8192-16383"}, {1, 2}, {0, 0}, 0, NULL},
        {{"0-8191", "8192-16383"}, {0, 0}, {0, 0}, 0, NULL},
        {{"0-92 94-8191", "8192-16383"}, {1, 2}, {93, 0}, 1, NULL},
        {{"0-92 94-8191", "8192-9998 10000-16383"}, {1, 2}, {93, 9999}, 2, NULL},
        /* It has arrived, and the source has not heard of it. */
        {{"0-92 94-8191", "93 8192-16383"}, {1, 2}, {93, 0}, 0, NULL},
        {{"0-92 94-8191", "93 8192-16383"}, {2, 1}, {93, 0}, 0, "shard 3 (b) counted slots"},
        {{"0-92 94-8191", "93 8192-16383"}, {2, 0}, {93, 0}, 0, "shard 3 (b) counted slots"},
        {{"0-92 94-8191", "8192-16383"}, {1, 2}, {93, 93}, 0, "counted slots"},
        {{"0-8191", "8191-16383"}, {1, 2}, {0, 0}, 0, "shard 4 (b) counted slots"},
        {{"0-8191", "replica"}, {1, 2}, {0, 0}, 0, "shard 4 (b) counted slots"},
        {{"0-8191", ""}, {1, 2}, {0, 0}, 0, "8192 slots of the cluster were counted by nobody"},
        {{"0-8191", "8192-16384"}, {1, 2}, {0, 0}, 0, "shard 4 (b) counted slots"},
        {{"0-8191", "8192-16383"}, {1, 2}, {99999, 0}, 0, "shard 3 (b) counted slots"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        struct column_slots parts[PARTS];
        struct moving_slot *moving;
        size_t nmoving;
        for (size_t p = 0; p < PARTS; p++) {
            parts[p] = (struct column_slots){
                .shard = 3 + p, .name = "b", .counted = slice_str(ROWS[i].counted[p])};
            if (ROWS[i].epochs[p]) {
                parts[p].named = leaving(arena, ROWS[i].epochs[p], ROWS[i].leaves[p]);
            }
        }
        bool fit = column_slots_check(arena, parts, PARTS, &moving, &nmoving, &err);
        ck_assert_msg(fit == (ROWS[i].error == NULL), "row %zu: %s", i, err.message);
        if (!fit) {
            ck_assert_str_eq(err.code, "SHARDDOWN");
            ck_assert_msg(strstr(err.message, ROWS[i].error) != NULL, "row %zu: %s", i,
                          err.message);
            arena_free(arena);
            continue;
        }
        ck_assert_uint_eq(nmoving, ROWS[i].nmoving);
        for (size_t m = 0; m < nmoving; m++) {
            ck_assert(slice_equal(moving[m].id, slice_lit("67ed")));
            ck_assert(slice_equal(moving[m].address, slice_lit("10.0.0.2:6379")));
        }
        if (ROWS[i].leaves[0] && !nmoving) {
            ck_assert(!parts[0].named->slots[0].rows[0].is_counted);
        }
        arena_free(arena);
    }
}
END_TEST

/* Shards that were asked several times: what each had in all answers, and in the last one. */
START_TEST(slots_begin_and_end_to_move)
{
    static const struct {
        const char *throughout[PARTS]; /* NULL: as the last answer */
        const char *last[PARTS];
        uint32_t leaves[PARTS];
        const char *moving; /* those that are asked for, and where; NULL: the answers do not fit */
    } ROWS[] = {
        {{"0-8191", "8192-16383"}, {"0-8191", "8192-16383"}, {0, 0}, ""},
        /* It began to leave. */
        {{"0-92 94-8191", NULL}, {"0-92 94-8191", "8192-16383"}, {93, 0}, "93 10.0.0.2:6379 "},
        /* It ended to move, and stays where it was, or has come. */
        {{"0-92 94-8191", NULL}, {"0-8191", "8192-16383"}, {0, 0}, "93 b "},
        {{"0-92 94-8191", "8192-16383"}, {"0-92 94-8191", "93 8192-16383"}, {0, 0}, "93 b "},
        /* It left shard 0 after that one's last answer, and came to shard 1 before its last. */
        {{NULL, "8192-16383"}, {"0-8191", "93 8192-16383"}, {0, 0}, ""},
        /* By its last answer it leaves shard 0; shard 1 has it by now. */
        {{"0-92 94-8191", "8192-16383"},
         {"0-92 94-8191", "93 8192-16383"},
         {93, 0},
         "93 10.0.0.2:6379 "},
        /* It left one, and had not come to the other when that was asked. */
        {{"0-92 94-8191", NULL}, {"0-92 94-8191", "8192-16383"}, {0, 0}, NULL},
        /* Two have it. */
        {{"0-92 94-8191", "8192-16383"}, {"0-8191", "93 8192-16383"}, {0, 0}, NULL},
        {{NULL, NULL}, {"0-8191", "93 8192-16383"}, {0, 0}, NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        struct column_slots parts[PARTS];
        struct slot_set sets[PARTS];
        struct moving_slot *moving;
        size_t nmoving;
        struct strbuf text;
        for (size_t p = 0; p < PARTS; p++) {
            parts[p] = (struct column_slots){.shard = p,
                                             .name = "b",
                                             .counted = slice_str(ROWS[i].last[p]),
                                             .named = leaving(arena, 1, ROWS[i].leaves[p])};
            if (ROWS[i].throughout[p]) {
                struct slot_set last;
                ck_assert(slot_set_read(slice_str(ROWS[i].throughout[p]), &sets[p]));
                ck_assert(slot_set_read(parts[p].counted, &last));
                slot_set_cut(&sets[p], &last);
                parts[p].throughout = &sets[p];
            }
        }
        bool fit = column_slots_check(arena, parts, PARTS, &moving, &nmoving, &err);
        ck_assert_msg(fit == (ROWS[i].moving != NULL), "row %zu: %s", i, err.message);
        strbuf_init(&text);
        for (size_t m = 0; fit && m < nmoving; m++) {
            ck_assert_int_eq(moving[m].source != NULL, ROWS[i].leaves[0] == 93);
            strbuf_printf(&text, "%u %.*s ", moving[m].slot, SLICE_ARG(moving[m].address));
        }
        ck_assert(!fit || slice_equal(strbuf_slice(&text), slice_str(ROWS[i].moving)));
        strbuf_fini(&text);
        arena_free(arena);
    }
}
END_TEST

START_TEST(rows_of_both_are_the_targets)
{
    static const struct {
        uint32_t slot;
        uint64_t quiet_us;
        const char *name;
        bool fits, is_first_counted;
    } ROWS[] = {
        {93, SINCE_US, "p_7", true, false},
        {93, SINCE_US, "p_9", true, true},
        {93, SINCE_US - 1, "p_9", false, true}, /* a row may have gone on */
        {94, SINCE_US, "p_9", false, true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        struct named_rows *source = leaving(arena, 1, 93), *target = leaving(arena, 2, 93);
        struct moving_slot moving = {.slot = 93, .source = source->slots};
        target->slots[0].slot = ROWS[i].slot;
        target->slots[0].quiet_us = ROWS[i].quiet_us;
        target->slots[0].nrows = 1;
        target->slots[0].rows[0] = (struct named_row){slice_str(ROWS[i].name), false, NULL};
        ck_assert_int_eq(column_slots_join(arena, &moving, target, SINCE_US, &err), ROWS[i].fits);
        ck_assert_int_eq(source->slots[0].rows[0].is_counted, ROWS[i].is_first_counted);
        ck_assert(source->slots[0].rows[1].is_counted);
        arena_free(arena);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("column_slots");
    TCase *tcase = tcase_create("column_slots");
    tcase_add_test(tcase, answers_fit_or_do_not);
    tcase_add_test(tcase, slots_begin_and_end_to_move);
    tcase_add_test(tcase, rows_of_both_are_the_targets);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
