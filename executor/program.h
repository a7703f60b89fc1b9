/*
 * A plan as the program that the count script runs in every partition: JSON, since Redis' Lua reads
 * it fast and an operator can read it in MONITOR.
 *
 *     {"ds":"current","method":"cells","dims":[{"e":"value_1","i":1,"n":2,"v":["1","2"],"p":[0,1]}],
 *      "sets":["value_5=1"],"excluded":[],"tests":[],"fields":["value_1"],"named":0,"ttl":300000,"most":1000}
 *
 * executor/lua/program.lua says what each part means.
 */
#ifndef QUIPU_EXECUTOR_PROGRAM_H
#define QUIPU_EXECUTOR_PROGRAM_H

#include "executor/executor.h"
#include "planner/plan.h"

struct program {
    struct slice text;
    const struct filter **named; /* the filters looked up in the cache, by id from 1 */
    size_t nnamed;
};

/* Everything lives in the arena. The settings say how long filters are kept, and how many. */
struct program *program_build(struct arena *arena, const struct plan *plan,
                              const struct executor_settings *settings);

#endif
