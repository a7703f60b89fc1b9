/*
 * What was counted, as a reply: LANGUAGE.md's two formats, and lines of text.
 *
 *     count a in [1,2], b in [1,3] from current          cells {0, 17} {4, 3}
 *
 *     nested:   *2 *3 :17 :0 :0 *3 :0 :3 :0
 *     rows:     *2 *3 $1 1 $1 1 :17   *3 $1 2 $1 2 :3
 *
 * Any thread may write into the context of a client that is blocked; nothing here can fail.
 */
#ifndef QUIPU_MODULE_ANSWER_H
#define QUIPU_MODULE_ANSWER_H

#include "answer/partial.h"
#include "module/redis_api.h"
#include "planner/bind.h"

/* Labels are made in the arena. Linear in what is written. */
void answer_table(const struct redis_api *redis, struct redis_ctx *ctx, struct arena *arena,
                  const struct bound_query *query, const struct partial *partial);
void answer_lines(const struct redis_api *redis, struct redis_ctx *ctx, const struct slice *lines,
                  size_t nlines);

#endif
