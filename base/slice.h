/*
 * A slice is a borrowed run of bytes: a pointer and a length, not NUL-terminated, never freed
 * through the slice. Whoever made the bytes owns them; in a query that is the query's arena.
 *
 *     struct slice name = slice_lit("value_1");
 *     slice_equal(name, slice_of("value_1x", 7))   -> true
 */
#ifndef QUIPU_BASE_SLICE_H
#define QUIPU_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

/* A string literal (or any char array whose last byte is NUL) as a constant initialiser. */
#define SLICE_LIT(s)                                                                               \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
#define slice_lit(s) ((struct slice) SLICE_LIT(s))

/* printf: "%.*s", SLICE_ARG(name) */
#define SLICE_ARG(s) (int) (s).len, (s).ptr

static inline struct slice
slice_of(const void *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

/* A NUL-terminated string as a slice; NULL gives the empty slice. */
struct slice slice_str(const char *s);

static inline bool
slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Equal when ASCII letters are folded to lower case. */
bool slice_equal_nocase(struct slice a, struct slice b);
static inline bool
slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal(slice_of(s.ptr, prefix.len), prefix);
}
/* The same for its end, as slice_equal_nocase; false where it is nothing else: ".gz" has no ending. */
bool slice_ends_nocase(struct slice s, struct slice ending);

/* What stands before the separator, which is taken off rest with it; all of rest where there is none. */
struct slice slice_shift(struct slice *rest, char separator);
/*
 * Takes the next part off *rest, up to the separator, which has one byte or more. Nothing between two
 * separators is no part. False: there is none left.
 */
bool slice_next_part(struct slice *rest, struct slice separator, struct slice *part);

/* Byte order; a proper prefix comes first. Negative, 0 or positive. */
int slice_compare(struct slice a, struct slice b);
/* FNV-1a, 64 bits: for hash tables only, not safe against crafted collisions of persistent names.
 */
uint64_t slice_hash(struct slice s);
/*
 * The whole slice as a decimal signed 64-bit integer ("-12"; no sign '+', no spaces). False, and
 * *out untouched, when it is anything else or out of range.
 */
bool slice_to_int64(struct slice s, int64_t *out);

#endif
