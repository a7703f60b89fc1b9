/*
 * Whether every query can be answered now: all shards are connected and have loaded their data, and
 * no dataset's index is being made.
 *
 *     readiness_look(readiness, exchange)      later: 200 {"ready":true}, or 503 and why not
 *
 * A shard's module alone knows how far its indexes are, so it is asked, one dataset after the other.
 * All who ask meanwhile get the same answer.
 */
#ifndef QUIPU_SERVER_HTTP_READINESS_H
#define QUIPU_SERVER_HTTP_READINESS_H

#include "server/http/exchange.h"

/* One for each server. It must outlive the executor, whose callbacks it gets. */
struct readiness;

/* services is borrowed. The caller frees it. */
struct readiness *readiness_new(struct services *services);
void readiness_free(struct readiness *readiness);
/* Answers the exchange, which has no work yet. */
void readiness_look(struct readiness *readiness, struct exchange *exchange);

#endif
