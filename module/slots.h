/*
 * Which slots of a Redis Cluster this node serves: what its rows are the rows of.
 *
 *     slots_ask(redis, ctx, &text, &err)        "0-5460 6000", in the text
 *                                               TRYAGAIN slot 93 is on its way to another node
 *
 * The module API has nothing about slots; CLUSTER NODES has, in the line of the node itself.
 *
 * While a slot is under way some of its rows are here and some are not, and which ones changes from
 * one moment to the next: counts of two nodes cannot be added up to a right one. Both nodes know it
 * (the one it leaves as MIGRATING, the one it goes to as IMPORTING), and both refuse. With the
 * slots beside each partial count, whoever adds them up can see that no slot is missing and none is
 * there twice, also when one went from node to node between two answers.
 *
 * A replica's rows are its master's; which of that one's slots are under way it does not know.
 */
#ifndef QUIPU_MODULE_SLOTS_H
#define QUIPU_MODULE_SLOTS_H

#include "base/strbuf.h"
#include "module/redis_api.h"

/* Out of a cluster the text is empty. Fails with TRYAGAIN. */
bool slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct strbuf *text,
               struct error *err) QUIPU_MUST_CHECK;
/* The same from the text of CLUSTER NODES. */
bool slots_read(struct slice nodes, struct strbuf *text, struct error *err) QUIPU_MUST_CHECK;

#endif
