/*
 * Saved queries: what a command asks for, as an edit of the catalog. in: struct saved_change; out: the
 * catalog changed for all servers.
 *
 * Example: ann saves "by sex" on one server; another one reads the catalog before it answers QUERY SAVED.
 *
 * To clear a user's queries must not fail for good, lest another user of that name find them:
 *
 *     UNDER WAY --the catalog is changed--> over
 *      ^     |
 *      |     +--the shards cannot be reached--> RESTING
 *      +-------------------RETRY_MS----------------+
 *
 * Until it is over, the user has no saved queries here: none is listed, and one that is saved takes the place of
 * all old ones.
 *
 * What is not over is kept in memory only: if the server stops, the queries stay in the catalog, and a new user of that
 * name has them. No server can mend that at its start by users that it does not have: another server may have them.
 */
#include "executor/datasets/saved_change.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/must.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions.h"
#include "planner/catalog.h"
#include "planner/saved_queries.h"

enum { RETRY_MS = 1000 };

struct pending {
    struct datasets *datasets;
    struct arena *arena;
    struct saved_change change;
    struct list in_clearings; /* SAVED_CLEAR */
    bool is_resting;          /* SAVED_CLEAR, which has failed */
    int64_t since_ms;         /* when it has */
    bool is_void;             /* SAVED_CLEAR: a later change of the user has cleared, too */
    bool clears;              /* this change has */
    uint64_t number;          /* in the order of the commands */
    bool was_there;
    saved_change_done_fn *done;
    void *arg;
};

/* Whether some clearing of this user, which was asked for before that number, is not over. */
static bool
is_cleared_before(const struct datasets *datasets, struct slice user, uint64_t number)
{
    LIST_EACH (struct pending, clearing, &datasets->clearings, in_clearings) {
        if (clearing->number < number && !clearing->is_void &&
            slice_equal(clearing->change.user, user)) {
            return true;
        }
    }
    return false;
}

static void
clearings_void(struct datasets *datasets, struct slice user, uint64_t number)
{
    LIST_EACH (struct pending, clearing, &datasets->clearings, in_clearings) {
        clearing->is_void |= clearing->number < number && slice_equal(clearing->change.user, user);
    }
}

static bool
edit(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) version, (void) is_first;
    struct pending *pending = arg;
    const struct saved_change *change = &pending->change;
    struct saved_queries *saved = catalog_saved(catalog);
    pending->clears = is_cleared_before(pending->datasets, change->user, pending->number);
    if (pending->clears) {
        saved_queries_remove_user(saved, change->user);
    }
    switch (change->op) {
    case SAVED_PUT:
        if (!saved_queries_check(saved, change->user, change->name, change->text, err)) {
            return false;
        }
        saved_queries_put(saved, change->user, change->name, change->text);
        break;
    case SAVED_REMOVE:
        pending->was_there = saved_queries_remove(saved, change->user, change->name);
        break;
    case SAVED_CLEAR:
        if (!pending->is_void) {
            saved_queries_remove_user(saved, change->user);
        }
        break;
    }
    return true;
}

static void
pending_free(struct pending *pending)
{
    list_remove(&pending->in_clearings);
    arena_free(pending->arena);
    free(pending);
}

static void
on_changed(void *arg, const struct error *err)
{
    struct pending *pending = arg;
    struct datasets *datasets = pending->datasets;
    bool is_closing = shards_are_closing(datasets->shards);
    if (pending->done && !is_closing) {
        pending->done(pending->arg, pending->was_there, err);
    }
    if (!err && pending->clears) {
        clearings_void(datasets, pending->change.user, pending->number);
    }
    if (err && !is_closing && pending->change.op == SAVED_CLEAR && !pending->is_void) {
        pending->is_resting = true;
        pending->since_ms = now_ms();
    } else {
        pending_free(pending);
    }
}

static void
on_known(void *arg)
{
    struct pending *pending = arg;
    struct error err = {"", ""};
    if (shards_are_closing(pending->datasets->shards)) {
        on_changed(pending, NULL);
    } else if (!definitions_are_known(pending->datasets, &err)) {
        on_changed(pending, &err);
    } else {
        definitions_change(pending->datasets, edit, pending, on_changed);
    }
}

void
saved_change_start(struct datasets *datasets, const struct saved_change *change,
                   saved_change_done_fn *done, void *arg)
{
    struct pending *pending = must_alloc(sizeof *pending);
    struct arena *arena = arena_new();
    *pending = (struct pending){.datasets = datasets,
                                .arena = arena,
                                .number = ++datasets->nsaved_changes,
                                .done = done,
                                .arg = arg};
    pending->change = (struct saved_change){.op = change->op,
                                            .user = arena_copy(arena, change->user),
                                            .name = arena_copy(arena, change->name),
                                            .text = arena_copy(arena, change->text)};
    list_init(&pending->in_clearings);
    if (change->op == SAVED_CLEAR) {
        list_add_last(&datasets->clearings, &pending->in_clearings);
    }
    later_call(datasets->later, on_known, pending);
}

bool
saved_change_is_clearing(const struct datasets *datasets, struct slice user)
{
    return is_cleared_before(datasets, user, UINT64_MAX);
}

void
saved_change_tick(struct datasets *datasets, int64_t now)
{
    LIST_EACH (struct pending, clearing, &datasets->clearings, in_clearings) {
        if (clearing->is_resting && now - clearing->since_ms >= RETRY_MS) {
            clearing->is_resting = false;
            definitions_change(datasets, edit, clearing, on_changed);
        }
    }
}

void
saved_change_free_all(struct datasets *datasets)
{
    while (!list_is_empty(&datasets->clearings)) {
        pending_free(LIST_FIRST(&datasets->clearings, struct pending, in_clearings));
    }
}
