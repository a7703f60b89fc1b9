/*
 * Says which watched queries may be counted now. in: turns that wait; out: turns that have a place.
 *
 * Example: two queries are counted, each for 10 ms, and a third one waits. The first place is free again 70 ms after
 * its count has ended; then the third one begins.
 */
#include "server/http/watch_places.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"

enum {
    PLACES = 2,
    RESTS = 7 /* a place rests for so many times as long as its count took */
};

struct place {
    const struct watch_turn *turn; /* that has it; NULL: none */
    int64_t free_us;               /* when it may be used again, by now_us */
};

struct watch_places {
    watch_turn_fn *begin;
    struct list waiting; /* in their order */
    struct place places[PLACES];
    struct event *timer; /* a place is free again */
};

void
watch_turn_init(struct watch_turn *turn)
{
    *turn = (struct watch_turn){0};
    list_init(&turn->in_waiting);
}

bool
watch_turn_is_waiting(const struct watch_turn *turn)
{
    return !list_is_empty(&turn->in_waiting);
}

/* The place that is free first of those that nobody has. NULL: none. */
static struct place *
place_next(struct watch_places *places)
{
    struct place *next = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &places->places[i];
        if (!place->turn && (!next || place->free_us < next->free_us)) {
            next = place;
        }
    }
    return next;
}

static void
timer_set(const struct watch_places *places, int64_t ms)
{
    struct timeval wait = timeval_of_ms(ms);
    evtimer_add(places->timer, &wait);
}

void
watch_places_fill(struct watch_places *places)
{
    struct place *place;
    while (!list_is_empty(&places->waiting) && (place = place_next(places)) != NULL) {
        int64_t left_us = place->free_us - now_us();
        if (left_us > 0) {
            timer_set(places, left_us / 1000 + 1);
            return;
        }
        struct watch_turn *turn = LIST_FIRST(&places->waiting, struct watch_turn, in_waiting);
        list_remove(&turn->in_waiting);
        place->turn = turn;
        turn->began_us = now_us();
        places->begin(turn);
    }
}

void
watch_turn_wait(struct watch_places *places, struct watch_turn *turn)
{
    list_add_last(&places->waiting, &turn->in_waiting);
    watch_places_fill(places);
}

void
watch_turn_end(struct watch_places *places, struct watch_turn *turn)
{
    list_remove(&turn->in_waiting);
    for (size_t i = 0; i < PLACES; i++) {
        if (places->places[i].turn == turn) {
            int64_t now = now_us();
            places->places[i] = (struct place){NULL, now + RESTS * (now - turn->began_us)};
        }
    }
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    watch_places_fill(arg);
}

struct watch_places *
watch_places_new(struct event_base *base, watch_turn_fn *begin)
{
    struct watch_places *places = must_alloc(sizeof *places);
    places->begin = begin;
    list_init(&places->waiting);
    places->timer = must_have(evtimer_new(base, on_timer, places));
    return places;
}

void
watch_places_free(struct watch_places *places)
{
    event_free(places->timer);
    free(places);
}
