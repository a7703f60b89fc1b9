/*
 * How a test cuts bytes into pieces: functions that say how long the next piece is, of so many bytes
 * that are left.
 *
 *     http_transcript(bytes, piece_one, NULL, &found);
 */
#ifndef QUIPU_TESTS_PIECES_H
#define QUIPU_TESTS_PIECES_H

#include <stddef.h>
#include <stdint.h>

static inline size_t
piece_all(void *arg, size_t left)
{
    (void) arg;
    return left;
}

static inline size_t
piece_one(void *arg, size_t left)
{
    (void) arg, (void) left;
    return 1;
}

/* arg: a seed, from the input itself, so that a find can be repeated. Mostly short ones, some long. */
static inline size_t
piece_random(void *arg, size_t left)
{
    uint64_t *state = arg;
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    size_t len = 1 + (*state >> 33) % ((*state >> 60) == 0 ? left : 5);
    return len < left ? len : left;
}

#endif
