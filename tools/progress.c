/*
 * How far a load is, on one line of the terminal.
 * in: how many rows and bytes are done; out: one line on a terminal, overwritten with \r.
 */
#include "tools/progress.h"

#include <string.h>

#include "base/clock.h"

enum { REDRAW_MS = 200, BAR_CELLS = 20 };

const char *
progress_count(char buffer[PROGRESS_COUNT_BYTES], uint64_t n)
{
    char digits[24];
    int ndigits = snprintf(digits, sizeof digits, "%llu", (unsigned long long) n);
    char *to = buffer;
    for (int i = 0; i < ndigits; i++) {
        if (i && (ndigits - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return buffer;
}

uint64_t
progress_rate(uint64_t rows, int64_t elapsed_ms)
{
    return elapsed_ms > 0 ? (uint64_t) ((double) rows * 1000 / (double) elapsed_ms) : 0;
}

const char *
progress_print(char buffer[PROGRESS_LINE_BYTES], uint64_t rows, int64_t bytes, int64_t total_bytes,
               int64_t elapsed_ms)
{
    char count[PROGRESS_COUNT_BYTES], rate[PROGRESS_COUNT_BYTES];
    progress_count(count, rows);
    progress_count(rate, progress_rate(rows, elapsed_ms));
    if (total_bytes <= 0) {
        snprintf(buffer, PROGRESS_LINE_BYTES, "%s rows  %s rows/s", count, rate);
        return buffer;
    }
    double part = (double) bytes / (double) total_bytes;
    part = part > 1 ? 1 : part;
    char bar[BAR_CELLS + 1];
    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', (size_t) (part * BAR_CELLS));
    bar[BAR_CELLS] = '\0';
    int len = snprintf(buffer, PROGRESS_LINE_BYTES, "[%s] %3d%%  %s rows  %s rows/s", bar,
                       (int) (part * 100), count, rate);
    if (part > 0) {
        int left_s = (int) ((double) elapsed_ms * (1 - part) / part / 1000 + 0.5);
        snprintf(buffer + len, PROGRESS_LINE_BYTES - (size_t) len, "  %d:%02d left", left_s / 60,
                 left_s % 60);
    }
    return buffer;
}

void
progress_init(struct progress *progress, FILE *stream, bool enabled, int64_t total_bytes)
{
    *progress = (struct progress){stream, enabled, total_bytes, now_ms(), 0, 0};
    progress->drawn_ms = progress->started_ms;
}

int64_t
progress_elapsed_ms(const struct progress *progress)
{
    return now_ms() - progress->started_ms;
}

void
progress_update(struct progress *progress, uint64_t rows, int64_t bytes)
{
    if (!progress->enabled) {
        return;
    }
    int64_t at_ms = now_ms();
    if (at_ms - progress->drawn_ms < REDRAW_MS) {
        return;
    }
    progress->drawn_ms = at_ms;
    char line[PROGRESS_LINE_BYTES];
    progress_print(line, rows, bytes, progress->total_bytes, at_ms - progress->started_ms);
    size_t len = strlen(line);
    int padding = len < progress->drawn_len ? (int) (progress->drawn_len - len) : 0;
    fprintf(progress->stream, "\r%s%*s", line, padding, "");
    fflush(progress->stream);
    progress->drawn_len = len;
}

void
progress_wipe(struct progress *progress)
{
    if (progress->drawn_len) {
        fprintf(progress->stream, "\r%*s\r", (int) progress->drawn_len, "");
        fflush(progress->stream);
        progress->drawn_len = 0;
    }
}

void
progress_fini(struct progress *progress)
{
    progress_wipe(progress);
    progress->enabled = false;
}
