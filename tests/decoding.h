/*
 * For tests of what is decoded: bytes are taken whole, or refused in the words of a shard that speaks nonsense.
 *
 *     static bool
 *     decodes(struct arena *arena, struct slice bytes, struct error *err)
 *     {
 *         struct partial *partial;
 *         return partial_decode(arena, bytes, &partial, err);
 *     }
 *
 *     ck_assert_whole_only(decodes, bytes);
 */
#ifndef QUIPU_TESTS_DECODING_H
#define QUIPU_TESTS_DECODING_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

typedef bool decode_fn(struct arena *arena, struct slice bytes, struct error *err);

/* With zeros in them. */
struct bytes_case {
    const char *bytes;
    size_t len;
};
#define BYTES(text) text, sizeof(text) - 1

/* i: said where they are taken. The bytes are a copy of their length, so that a sanitizer sees who reads on. */
static inline void
ck_assert_refused(decode_fn *decode, struct slice bytes, size_t i)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    char *copy = malloc(bytes.len ? bytes.len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    ck_assert_msg(!decode(arena, slice_of(copy, bytes.len), &err), "case %zu was taken", i);
    ck_assert_str_eq(err.code, "SHARDDOWN");
    free(copy);
    arena_free(arena);
}

/* Bytes that are right are refused when any are cut off, and with one more. */
static inline void
ck_assert_whole_only(decode_fn *decode, struct slice bytes)
{
    for (size_t len = 0; len < bytes.len; len++) {
        ck_assert_refused(decode, slice_of(bytes.ptr, len), len);
    }
    char *longer = malloc(bytes.len + 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, bytes.ptr, bytes.len);
    longer[bytes.len] = 'x';
    ck_assert_refused(decode, slice_of(longer, bytes.len + 1), bytes.len + 1);
    free(longer);
}

static inline void
ck_assert_all_refused(decode_fn *decode, const struct bytes_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_refused(decode, slice_of(cases[i].bytes, cases[i].len), i);
    }
}

#endif
