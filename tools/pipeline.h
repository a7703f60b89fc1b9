/*
 * A connection on which commands go out ahead of their replies, a window of them at a time.
 *
 *     pipeline_open(&address, 1000, on_reply, load, &pipeline, &err)
 *     resp_append(pipeline_out(pipeline), ...)       one command, as RESP
 *     pipeline_commit(pipeline, line, &err)          counts it; waits where the window is full
 *     pipeline_drain(pipeline, &err)                 waits for every reply
 *
 *     committed ---- written ---- acknowledged: on_reply(arg, line, reply)
 *        |<------ at most `window` ------>|
 *
 * Writing and reading go on at the same time, so neither side can block the other by a full buffer.
 * When the window is full, the caller waits until half of it is acknowledged: the server always has
 * work, and bytes go out in large pieces.
 */
#ifndef QUIPU_TOOLS_PIPELINE_H
#define QUIPU_TOOLS_PIPELINE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "tools/connection.h"

struct pipeline;
struct redisReply;

/* The reply is gone when it returns. tag is what was committed with the command. */
typedef void pipeline_reply_fn(void *arg, uint64_t tag, const struct redisReply *reply);

/* As connection_open. The caller frees *out. Fails with IO. */
bool pipeline_open(const struct connection_address *address, size_t window,
                   pipeline_reply_fn *on_reply, void *arg, struct pipeline **out,
                   struct error *err) QUIPU_MUST_CHECK;
/* Replies still to come are dropped. */
void pipeline_free(struct pipeline *pipeline);

/* Where the next command's bytes are to be appended. Borrowed. */
struct strbuf *pipeline_out(struct pipeline *pipeline);
/*
 * Says that a whole command has been appended. Fails with IO where the connection is lost or
 * nothing comes for 60 s; then only pipeline_free may follow.
 */
bool pipeline_commit(struct pipeline *pipeline, uint64_t tag, struct error *err) QUIPU_MUST_CHECK;
bool pipeline_drain(struct pipeline *pipeline, struct error *err) QUIPU_MUST_CHECK;
/* Commands whose reply has not come. */
size_t pipeline_in_flight(const struct pipeline *pipeline);

#endif
