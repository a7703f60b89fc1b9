/*
 * Selects a client's database again, on servers that leave the client in another one.
 *
 *     selection_note(&selection, filter, name);      each command, before it runs
 *     selection_restore(&selection, ctx, event);     at the end of an event
 *
 * The context of an event has the event's database selected. In Valkey 8.1 that is the context of
 * the client whose command runs, and its database is not selected again. The last event of MOVE and
 * COPY ... DB is of the other database. So the client would stay there, and its next command would
 * run there. Therefore the client's own database is noted before such a command, a transaction or a
 * script, and selected again afterwards. In other servers an event's context has its own client,
 * and this changes nothing.
 *
 * One case is not solved: after a transaction that has SELECT before COPY ... DB, the client is in
 * the database that it had before the transaction.
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
