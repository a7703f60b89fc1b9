/*
 * The database that a client has selected, where the server leaves it in another one.
 *
 *     selection_note(&selection, filter, name);      each command, before it runs
 *     selection_restore(&selection, ctx, event);     at the end of an event
 *
 * The context of an event has the event's database selected. In Valkey 8.1 it is the context of the
 * client whose command runs, and nobody goes back: behind MOVE and COPY ... DB, whose last event is
 * of the other database, the client would stay there, and its next command be carried out there. So
 * the client's own is noted before such a command, a transaction or a script, and selected again.
 * In other servers an event's context has a client of its own, and this changes nothing.
 *
 * A transaction that has SELECT before COPY ... DB is not seen through: there it ends in the
 * database that the client had before.
 */
#ifndef QUIPU_MODULE_SELECTION_H
#define QUIPU_MODULE_SELECTION_H

#include "module/redis_api.h"

struct selection {
    const struct redis_api *redis;
    int db; /* -1: not known */
};

void selection_init(struct selection *selection, const struct redis_api *redis);
void selection_note(struct selection *selection, struct redis_filter *filter, struct slice name);
void selection_restore(const struct selection *selection, struct redis_ctx *ctx, const char *event);

#endif
