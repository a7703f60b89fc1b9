/*
 * What was counted, as a reply of Redis: a sink of answer/sink.h.
 *
 * Any thread may write into the context of a client that is blocked; nothing here can fail.
 */
#ifndef QUIPU_MODULE_ANSWER_H
#define QUIPU_MODULE_ANSWER_H

#include "answer/format.h"
#include "module/redis_api.h"

/* In the table's format. Linear in what is written. */
void answer_table(const struct redis_api *redis, struct redis_ctx *ctx, const struct table *table);
void answer_lines(const struct redis_api *redis, struct redis_ctx *ctx, const struct slice *lines,
                  size_t nlines);

#endif
