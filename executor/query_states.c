/*
 * The table of a query's legal moves. in: two states; out: whether the second may follow the first.
 *
 * Example: a query that counts may find its catalog old, and then waits for it: COUNTING to REFRESHING.
 */
#include "executor/query_states.h"

enum { NSTATES = QUERY_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NSTATES];
} STATES[NSTATES] = {
    [QUERY_STARTING] = {.name = "starting",
                        .may_move_to = {[QUERY_REFRESHING] = true,
                                        [QUERY_ASKING] = true,
                                        [QUERY_CLAIMING] = true,
                                        [QUERY_COUNTING] = true,
                                        [QUERY_OVER] = true}},
    [QUERY_REFRESHING] = {.name = "starting",
                          .may_move_to = {[QUERY_STARTING] = true, [QUERY_OVER] = true}},
    [QUERY_ASKING] = {.name = "asking",
                      .may_move_to = {[QUERY_REFRESHING] = true,
                                      [QUERY_CLAIMING] = true,
                                      [QUERY_COUNTING] = true,
                                      [QUERY_OVER] = true}},
    [QUERY_CLAIMING] = {.name = "starting",
                        .may_move_to = {[QUERY_COUNTING] = true, [QUERY_OVER] = true}},
    [QUERY_COUNTING] =
        {.name = "counting",
         .may_move_to = {[QUERY_REFRESHING] = true, [QUERY_TELLING] = true, [QUERY_OVER] = true}},
    [QUERY_TELLING] = {.name = "answering", .may_move_to = {[QUERY_OVER] = true}},
    [QUERY_OVER] = {.name = "over"},
};

const char *
query_state_name(enum query_state state)
{
    return STATES[state].name;
}

bool
query_state_may_move(enum query_state from, enum query_state to)
{
    return STATES[from].may_move_to[to];
}
