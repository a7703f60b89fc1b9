/*
 * Places for the counts of watched queries: so few are counted at a time, and each place rests behind a count.
 *
 *     watch_turn_wait(places, &turn)       begin(&turn), at once or when a place is free
 *     watch_turn_end(places, &turn)        its count is over: the place rests for seven times as long as it took
 *
 * So all watched queries together are counted for a quarter of the time at most, as if one was counted after the
 * other.
 */
#ifndef QUIPU_SERVER_HTTP_WATCH_PLACES_H
#define QUIPU_SERVER_HTTP_WATCH_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct event_base;
struct watch_places;

/* Of one watched query: it waits for a place, or has one, or neither. A part of the watch. */
struct watch_turn {
    struct list in_waiting;
    int64_t began_us; /* when it got the last place, by now_us */
};

typedef void watch_turn_fn(struct watch_turn *turn);

/* begin is called when a turn has got a place. */
struct watch_places *watch_places_new(struct event_base *base, watch_turn_fn *begin);
/* No turn waits, or has a place. */
void watch_places_free(struct watch_places *places);

void watch_turn_init(struct watch_turn *turn);
bool watch_turn_is_waiting(const struct watch_turn *turn);
/* Waits behind all that wait. begin may be called from inside. */
void watch_turn_wait(struct watch_places *places, struct watch_turn *turn);
/* Waits no more, and gives its place back. Call watch_places_fill after it. */
void watch_turn_end(struct watch_places *places, struct watch_turn *turn);
/* Gives free places to those that wait. */
void watch_places_fill(struct watch_places *places);

#endif
