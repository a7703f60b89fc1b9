/*
 * What the module does where there is no server to try it on: an older Redis, and the words of
 * CLUSTER NODES and of --loadmodule.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/redis_api.h"
#include "module/settings.h"
#include "module/slots.h"
#include "tests/suite.h"

/* ---- Servers ---- */

static int
version_6(void)
{
    return 0x060207;
}

static int
version_7(void)
{
    return 0x07000f;
}

static void
anything(void)
{
}

static int
put(void *out, void (*function)(void))
{
    memcpy(out, &function, sizeof function);
    return REDIS_OK;
}

/* 6.2.7, which has a version to ask for. */
static int
get_from_6(const char *name, void *out)
{
    return put(out, strcmp(name, "RedisModule_GetServerVersion") == 0 ? (void (*)(void)) version_6
                                                                      : anything);
}

/* One so old that it has not even that. */
static int
get_from_5(const char *name, void *out)
{
    return strcmp(name, "RedisModule_GetServerVersion") == 0 ? REDIS_ERR : put(out, anything);
}

/* One that says 7.0, but lacks something. */
static int
get_from_fork(const char *name, void *out)
{
    if (strcmp(name, "RedisModule_CreateSubcommand") == 0) {
        return REDIS_ERR;
    }
    return put(out, strcmp(name, "RedisModule_GetServerVersion") == 0 ? (void (*)(void)) version_7
                                                                      : anything);
}

static int
get_from_7(const char *name, void *out)
{
    return put(out, strcmp(name, "RedisModule_GetServerVersion") == 0 ? (void (*)(void)) version_7
                                                                      : anything);
}

START_TEST(older_servers_are_refused)
{
    static const struct {
        redis_get_api_fn *get_api;
        const char *message; /* NULL: it is taken */
    } ROWS[] = {
        {get_from_6, "quipu needs Redis 7.0 or later: this server is 6.2.7"},
        {get_from_5, "quipu needs Redis 7.0 or later: this server has no "
                     "RedisModule_GetServerVersion"},
        {get_from_fork, "quipu needs Redis 7.0 or later: this server has no "
                        "RedisModule_CreateSubcommand"},
        {get_from_7, NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct redis_api api;
        struct error err = {0};
        bool ok = redis_api_load(&api, ROWS[i].get_api, &err);
        ck_assert_int_eq(ok, ROWS[i].message == NULL);
        ck_assert_str_eq(err.message, ROWS[i].message ? ROWS[i].message : "");
    }
}
END_TEST

/* ---- Slots ---- */

#define OTHER "67ed 127.0.0.1:30002@31002 master - 0 14 2 connected 5461-10922\n"
#define MYSELF "07c3 127.0.0.1:30001@31001 myself,master - 0 0 1 connected"

START_TEST(slots_are_read)
{
    static const struct {
        const char *nodes, *slots, *error; /* error NULL: there is none */
    } ROWS[] = {
        {MYSELF " 0-5460 6000\n" OTHER, "0-5460 6000", NULL},
        {OTHER MYSELF " 0-5460", "0-5460", NULL},
        {OTHER MYSELF "\n", "", NULL},
        {MYSELF " 0-5460 [6000-<-67ed]\n" OTHER, "0-5460", NULL},
        {MYSELF " 0-5460 [77->-67ed]\n" OTHER, "0-76 78-5460", NULL},
        {MYSELF " 0-1 [0->-67ed] [1->-67ed] [9-<-dead]\n" OTHER, "", NULL},
        {MYSELF " 0-16383 [16383->-67ed]\n" OTHER, "0-16382", NULL},
        {MYSELF " [93-<-67ed]\n", "", NULL},
        {MYSELF " 7-8 [x->-67ed] [99999->-67ed] [\n" OTHER, "7-8", NULL},
        {"ab12 127.0.0.1:3@4 myself,slave 67ed 0 0 1 connected\n" OTHER, "5461-10922", NULL},
        {"ab12 127.0.0.1:3@4 myself,slave dead 0 0 1 connected\n" OTHER, "",
         "TRYAGAIN this replica does not know its master yet"},
        {OTHER, "", "TRYAGAIN this node does not know its place in the cluster yet"},
        {"", "", "TRYAGAIN this node does not know its place in the cluster yet"},
        {"\n\n", "", "TRYAGAIN this node does not know its place in the cluster yet"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct slots slots;
        struct error err = {0};
        char said[600];
        slots_init(&slots);
        bool ok = slots_read(slice_str(ROWS[i].nodes), &slots, &err);
        struct slice text = strbuf_slice(&slots.text);
        ck_assert_msg(ok == (ROWS[i].error == NULL), "%s", ROWS[i].nodes);
        if (ok) {
            ck_assert_msg(slice_equal(text, slice_str(ROWS[i].slots)), "%s: %.*s", ROWS[i].nodes,
                          SLICE_ARG(text));
        } else {
            snprintf(said, sizeof said, "%s %s", err.code, err.message);
            ck_assert_str_eq(said, ROWS[i].error);
        }
        slots_fini(&slots);
    }
}
END_TEST

START_TEST(slots_under_way_are_told)
{
    static const struct {
        const char *nodes, *peer, *error;
        unsigned slot;
        bool is_leaving;
    } ROWS[] = {
        {MYSELF " 0-5460 [6000-<-67ed]\n" OTHER, "67ed 127.0.0.1:30002",
         "slot 6000 is on its way to this node", 6000, false},
        {OTHER MYSELF " 0-5460 [77->-67ed]", "67ed 127.0.0.1:30002",
         "slot 77 is on its way to another node", 77, true},
        {MYSELF " 0-5460 [77->-dead]\n" OTHER, "dead ", "slot 77 is on its way to another node", 77,
         true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct slots slots;
        struct error err = {0};
        slots_init(&slots);
        ck_assert(slots_read(slice_str(ROWS[i].nodes), &slots, &err));
        const struct slot_way *way = slots_way(&slots, ROWS[i].slot);
        ck_assert(way && way->is_leaving == ROWS[i].is_leaving);
        ck_assert(!slots_way(&slots, 78));
        ck_assert(!slots_is_settled(&slots, ROWS[i].slot));
        ck_assert_uint_eq(slots.epoch, 1);
        ck_assert(slice_equal(slice_of(slots.peers.ptr + way->peer_at, way->peer_len),
                              slice_str(ROWS[i].peer)));
        ck_assert(!slots_are_quiet(&slots, &err));
        ck_assert_str_eq(err.message, ROWS[i].error);
        slots_fini(&slots);
    }
}
END_TEST

START_TEST(slots_are_known_one_by_one)
{
    struct slots slots;
    struct error err = {0};
    slots_init(&slots);
    ck_assert(slots_read(slice_lit(MYSELF " 0-2 9 16383\n" OTHER), &slots, &err));
    ck_assert(slots.is_own);
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        ck_assert_int_eq(slots_has(&slots, slot), slot <= 2 || slot == 9 || slot == 16383);
    }
    slots_fini(&slots);
}
END_TEST

/* ---- Settings ---- */

START_TEST(datasets_stand_among_other_words)
{
    struct slice words[] = {slice_lit("dataset"), slice_lit("a"),       slice_lit("a_"),
                            slice_lit("WORKERS"), slice_lit("3"),       slice_lit("dataset"),
                            slice_lit("dataset"), slice_lit("workers"), slice_lit("kernel"),
                            slice_lit("plain")};
    struct settings settings;
    struct error err = {0};
    ck_assert(settings_read(&settings, words, sizeof words / sizeof *words, &err));
    ck_assert_uint_eq(settings.nworkers, 3);
    ck_assert_int_eq(settings.kernels, KERNELS_PLAIN);
    ck_assert_uint_eq(settings.ndatasets, 2);
    ck_assert(slice_equal(settings.words[0], slice_lit("a")));
    ck_assert(slice_equal(settings.words[1], slice_lit("a_")));
    ck_assert(slice_equal(settings.words[2], slice_lit("dataset")));
    ck_assert(slice_equal(settings.words[3], slice_lit("workers")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("module_api");
    TCase *tcase = tcase_create("module_api");
    tcase_add_test(tcase, older_servers_are_refused);
    tcase_add_test(tcase, slots_are_read);
    tcase_add_test(tcase, slots_under_way_are_told);
    tcase_add_test(tcase, slots_are_known_one_by_one);
    tcase_add_test(tcase, datasets_stand_among_other_words);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
