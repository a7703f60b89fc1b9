/*
 * Memory that is there. in: a size; out: a block of the C library's heap, or the process has ended.
 *
 * must_grow(NULL, 4, 8) is the first block of a list, must_grow(list, 8, 8) the next.
 */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

static void *
have(void *ptr)
{
    if (!ptr) {
        fputs("quipu: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

void *
must_alloc(size_t size_bytes)
{
    return have(calloc(1, size_bytes));
}

void *
must_grow(void *ptr, size_t n, size_t size_bytes)
{
    return have(realloc(ptr, n * size_bytes));
}
