/*
 * The server's log: one line per event, `2026-11-20T21:40:00.123Z notice shard 1: connected`.
 *
 *     struct log log;
 *     log_init(&log, LOG_NOTICE, stderr);
 *     log_write(&log, LOG_WARNING, "shard %d: %s", 1, "connection refused");
 *
 * A log is passed down, never global. Lines go out at once (the stream is flushed).
 */
#ifndef QUIPU_BASE_LOG_H
#define QUIPU_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_DEBUG, LOG_VERBOSE, LOG_NOTICE, LOG_WARNING };

struct log {
    enum log_level level; /* what is below it is not written */
    FILE *stream;         /* the caller's; NULL writes nothing */
};

void log_init(struct log *log, enum log_level level, FILE *stream);
void log_write(const struct log *log, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
