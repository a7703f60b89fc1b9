/*
 * The program's log: lines with a level and the time in UTC, to a stream.
 * in: a level and a format; out: a line.
 */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>

static const char *const LEVEL_NAMES[] = {"debug", "verbose", "notice", "warning"};

void
log_init(struct log *log, enum log_level level, FILE *stream)
{
    log->level = level;
    log->stream = stream;
}

void
log_write(const struct log *log, enum log_level level, const char *fmt, ...)
{
    if (!log->stream || level < log->level) {
        return;
    }
    struct timespec now;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(log->stream, "%s.%03ldZ %s ", stamp, now.tv_nsec / 1000000, LEVEL_NAMES[level]);
    va_list args;
    va_start(args, fmt);
    vfprintf(log->stream, fmt, args);
    va_end(args);
    fputc('\n', log->stream);
    fflush(log->stream);
}
