/*
 * Rows that exist in another Redis, copied into a dataset.
 *
 *     struct copy_options options = {.from = url, .match = "profile_*", ...};
 *     copy_run(&options)      SCAN and HGETALL there, HSET here; true: every hash is a row now
 *
 * What stands afterwards for each key that was there all the time: the row has the hash's fields,
 * and no others. Running it again does no harm. What was deleted there in the meantime stays here.
 */
#ifndef QUIPU_TOOLS_COPY_H
#define QUIPU_TOOLS_COPY_H

#include "tools/pipeline.h"
#include "tools/redis_url.h"
#include "tools/sink.h"

struct copy_options {
    struct redis_url from;
    struct ssl_ctx_st *tls; /* for it, where its URL says so */
    const char *match;      /* a glob pattern */
    struct sink_names names;
    const char *dataset;
    const char *cursor_path; /* where to remember how far it is; gone when all is done */
    struct connection_address to;
    size_t window;
    bool skip_errors, quiet;
};

/* Says on standard error what was wrong, and how it went. */
bool copy_run(const struct copy_options *options);

#endif
