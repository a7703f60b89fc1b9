/*
 * Writes results as replies of Redis, by a sink of answer/sink.h.
 *
 * Any thread may write into the context of a blocked client. Nothing here can fail.
 */
#ifndef QUIPU_MODULE_ANSWER_H
#define QUIPU_MODULE_ANSWER_H

#include "answer/format.h"
#include "module/redis_api.h"

/* Writes an answer in its format. Takes time linear in the output. */
void answer_whole(const struct redis_api *redis, struct redis_ctx *ctx,
                  const struct answer *answer);
void answer_lines(const struct redis_api *redis, struct redis_ctx *ctx, const struct slice *lines,
                  size_t nlines);

#endif
