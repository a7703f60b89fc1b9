/*
 * Saved queries: what a command asks for, as an edit of the catalog. in: struct saved_change; out: the
 * catalog changed for all servers.
 *
 * Example: ann saves "by sex" on one server; another one reads the catalog before it answers QUERY SAVED.
 */
#include "executor/datasets/saved_change.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions.h"
#include "planner/catalog.h"
#include "planner/saved_queries.h"

struct pending {
    struct datasets *datasets;
    struct arena *arena;
    struct saved_change change;
    bool was_there;
    saved_change_done_fn *done;
    void *arg;
};

static bool
edit(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) version, (void) is_first;
    struct pending *pending = arg;
    const struct saved_change *change = &pending->change;
    struct saved_queries *saved = catalog_saved(catalog);
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
    case SAVED_CLEAR: saved_queries_remove_user(saved, change->user); break;
    }
    return true;
}

static void
on_changed(void *arg, const struct error *err)
{
    struct pending *pending = arg;
    if (pending->done && !shards_are_closing(pending->datasets->shards)) {
        pending->done(pending->arg, pending->was_there, err);
    }
    arena_free(pending->arena);
    free(pending);
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
    *pending = (struct pending){.datasets = datasets, .arena = arena, .done = done, .arg = arg};
    pending->change = (struct saved_change){.op = change->op,
                                            .user = arena_copy(arena, change->user),
                                            .name = arena_copy(arena, change->name),
                                            .text = arena_copy(arena, change->text)};
    later_call(datasets->later, on_known, pending);
}
