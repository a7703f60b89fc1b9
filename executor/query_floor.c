/*
 * Holds queries against the floor of their user. in: a floor, a bound query, its answer; out: whether
 * it may be told.
 *
 * Example: a floor of 5, raised to 10 while `count a from current` is answered: the answer hides what is
 * below 5, and is not told any more.
 */
#include "executor/query_floor.h"

#include "planner/bind_check.h"

/* A plan shows some counts, so it is refused where small counts are to be hidden. */
bool
query_floor_allows(int64_t floor, const struct bound_query *bound, struct error *err)
{
    if (!floor) {
        return true;
    }
    if (bound->mode != AST_RUN) {
        return error_set(err, "NOPERM",
                         "counts below %lld are to be kept from this user, and a plan tells some",
                         (long long) floor);
    }
    return bind_check_hidden(bound, "NOPERM", err);
}

bool
query_floor_allows_questions(int64_t floor, struct error *err)
{
    return !floor || error_set(err, "NOPERM",
                               "counts below %lld are to be kept from this user, and TOP and "
                               "QUANTILES may tell them",
                               (long long) floor);
}

int64_t
query_floor_least(int64_t floor, const struct bound_query *bound)
{
    return bound->suppress_below > floor ? bound->suppress_below : floor;
}

static bool
was_raised(struct error *err)
{
    return error_set(err, "NOPERM", "more small counts are to be hidden by now: ask again");
}

bool
query_floor_can_hide(int64_t floor, const struct bound_query *bound, struct error *err)
{
    return query_floor_least(floor, bound) <= 1 || bound->ntables < 2 ||
           bound->suppress_below > 1 || was_raised(err);
}

bool
query_floor_was_kept(int64_t floor, const struct answering *answering, struct error *err)
{
    int64_t least = query_floor_least(floor, answering->bound);
    const struct description *description = answering->counted.description;
    return (answering->suppress_below >= least &&
            (!description || description->suppress_below >= least)) ||
           was_raised(err);
}
