/*
 * Writes a plan as the program that the count script runs in every partition. It is JSON, because
 * Redis' Lua reads that fast, and an operator can read it in MONITOR.
 *
 *     {"ds":"current","method":"cells","dims":[{"e":"value_1","i":1,"n":2,"v":["1","2"],"p":[0,1]}],
 *      "sets":["value_5=1"],"excluded":[],"tests":[],"fields":["value_1"],"named":0,
 *      "ttl":300000,"most":1000}
 *
 * Of several grids: "dims":[... all that are looked up ...],"grids":[[1,2],[]],"by":[false,true].
 *
 * executor/sets/lua/program.lua says what each part means.
 */
#ifndef QUIPU_EXECUTOR_SETS_PROGRAM_H
#define QUIPU_EXECUTOR_SETS_PROGRAM_H

#include "planner/sets_plan.h"

struct program {
    struct slice text;
    const struct filter **named; /* the filters looked up in the cache, by id from 1 */
    size_t nnamed;
};

/* How filters are kept once they are built. */
struct program_settings {
    int64_t cache_ttl_ms;      /* 0: filters are not kept */
    int64_t cache_max_filters; /* in one partition */
    bool outlives_writes;      /* filters stay until they expire; writes do not drop them */
};

/* Everything lives in the arena. */
struct program *program_build(struct arena *arena, const struct plan *plan,
                              const struct program_settings *settings);

#endif
