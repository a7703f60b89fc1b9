/*
 * Allocates memory, or ends the process with one message: nobody need check. in: a size; out: a
 * block of the C library's heap, or the process has ended.
 *
 * must_grow(NULL, 4, 8) is the first block of a list, must_grow(list, 8, 8) the next.
 */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 8 };

void
out_of_memory(void)
{
    fputs("quipu: out of memory\n", stderr);
    abort();
}

void *
must_have(void *ptr)
{
    if (!ptr) {
        out_of_memory();
    }
    return ptr;
}

void *
must_alloc(size_t size_bytes)
{
    return must_have(calloc(1, size_bytes));
}

void *
must_array(size_t n, size_t size_bytes)
{
    return must_have(calloc(n ? n : 1, size_bytes));
}

void *
must_grow(void *ptr, size_t n, size_t size_bytes)
{
    if (size_bytes && n > SIZE_MAX / size_bytes) {
        out_of_memory();
    }
    return must_have(realloc(ptr, n * size_bytes));
}

void *
must_double(void *list, size_t *capacity, size_t size_bytes)
{
    *capacity = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    return must_grow(list, *capacity, size_bytes);
}

char *
must_copy(struct slice bytes)
{
    char *copy = must_grow(NULL, bytes.len + 1, 1);
    if (bytes.len) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    copy[bytes.len] = '\0';
    return copy;
}
