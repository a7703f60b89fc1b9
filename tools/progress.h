/*
 * A progress line on a terminal, redrawn in place a few times a second.
 *
 *     struct progress progress;
 *     progress_init(&progress, stderr, true, 41000000);
 *     progress_update(&progress, rows, bytes);      as often as you like
 *     progress_fini(&progress);                     wipes the line
 *
 *     [#########...........]  45%  453,000 rows  61,200 rows/s  0:09 left
 *
 * Without a known size only rows and rows/s are shown.
 */
#ifndef QUIPU_TOOLS_PROGRESS_H
#define QUIPU_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *stream;
    bool enabled;
    int64_t total_bytes; /* -1: unknown */
    int64_t started_ms, drawn_ms;
    size_t drawn_len;
};

/* enabled false: nothing is ever written. The stream is the caller's. */
void progress_init(struct progress *progress, FILE *stream, bool enabled, int64_t total_bytes);
/* Draws where the last drawing is old enough. Costs a look at the clock. */
void progress_update(struct progress *progress, uint64_t rows, int64_t bytes);
/* Wipes the line, so that something else can be written; the next update draws it again. */
void progress_wipe(struct progress *progress);
void progress_fini(struct progress *progress);
int64_t progress_elapsed_ms(const struct progress *progress);

/* Room for progress_print and progress_count. */
enum { PROGRESS_LINE_BYTES = 128, PROGRESS_COUNT_BYTES = 32 };
/* The line itself; writes into buffer and returns it. */
const char *progress_print(char buffer[PROGRESS_LINE_BYTES], uint64_t rows, int64_t bytes,
                           int64_t total_bytes, int64_t elapsed_ms);
/* 1234567 as 1,234,567; writes into buffer and returns it. */
const char *progress_count(char buffer[PROGRESS_COUNT_BYTES], uint64_t n);
/* Rows per second, 0 where no time has passed. */
uint64_t progress_rate(uint64_t rows, int64_t elapsed_ms);

#endif
