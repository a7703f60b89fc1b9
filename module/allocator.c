/*
 * Sends every allocation of quipu.so to Redis, which counts it against maxmemory. in: malloc,
 * calloc, realloc and free, as everything in quipu.so calls them; out: Redis' memory, so that
 * `maxmemory` and INFO memory know of it.
 *
 * The linker turns each call in quipu.so into one of these functions (--wrap, CMakeLists.txt): the
 * arenas of queries, their cells and texts, threads and lists. So the libraries below need no
 * change for the module; the server, the tools and the tests use the C library's allocator.
 *
 * Example: a count of a million cells takes 16 MB: INFO memory has them, while it runs.
 *
 * Any thread may call them. Nothing is allocated before the API is looked up. Redis ends the
 * process if there is no memory. Memory that the C library itself allocates and hands out (strdup,
 * getline) must not be used in quipu.so: it would be freed by the wrong allocator. With
 * AddressSanitizer the calls stay the C library's, so that it sees them.
 */
#include <stddef.h>

#include "module/shared.h"

void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t n, size_t size_bytes);
void *__wrap_realloc(void *ptr, size_t size_bytes);
void __wrap_free(void *ptr);

void *
__wrap_malloc(size_t size_bytes)
{
    return module_get()->redis.alloc(size_bytes);
}

void *
__wrap_calloc(size_t n, size_t size_bytes)
{
    return module_get()->redis.alloc_zeroed(n, size_bytes);
}

void *
__wrap_realloc(void *ptr, size_t size_bytes)
{
    return module_get()->redis.alloc_again(ptr, size_bytes);
}

void
__wrap_free(void *ptr)
{
    module_get()->redis.release(ptr);
}
