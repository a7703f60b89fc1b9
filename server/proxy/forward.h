/*
 * Redis' own commands, which the shards that have their keys carry out.
 *
 *     SET a 1             -> to the shard of a, its reply as it is
 *     MGET a b c          -> split by shard, merged in the order asked
 *     TTL profile_7       -> a row: asked under the name the shard has for it
 *     EXPIRE profile_7 60 -> refused: the index would not follow it
 *     SINTER a b          -> -CROSSSLOT where a and b are not in one slot
 */
#ifndef QUIPU_SERVER_PROXY_FORWARD_H
#define QUIPU_SERVER_PROXY_FORWARD_H

#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "server/proxy/route.h"

/* Whether a call whose spec is known may wait for something to happen: BLPOP; XREAD with BLOCK. */
bool forward_is_blocking(const struct call *call);
/* The class of a call whose spec is known. */
enum request_class forward_class(const struct call *call);
/* Runs a call whose spec is known. */
enum command_outcome forward_run(struct call *call);

/* A callback for link calls whose reply goes to one request, which is arg. */
void forward_on_piece(void *request, struct slice piece, bool is_last, const struct error *err);

#endif
