/*
 * Any bytes as a partial count: they are refused, or they are a count that encodes to bytes which
 * decode to the same one, and that can be added to itself.
 */
#include <stdlib.h>

#include "columns/partial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    struct partial *partial, *again, *sum;
    if (partial_decode(arena, slice_of(data, size), &partial, &err)) {
        struct strbuf bytes, first, second;
        strbuf_init(&bytes);
        strbuf_init(&first);
        strbuf_init(&second);
        partial_encode(partial, &bytes);
        if (!partial_decode(arena, strbuf_slice(&bytes), &again, &err)) {
            abort();
        }
        partial_print(partial, &first);
        partial_print(again, &second);
        if (!slice_equal(strbuf_slice(&first), strbuf_slice(&second))) {
            abort();
        }
        const struct partial *parts[] = {partial, again};
        if (partial_merge(arena, parts, 2, 0, &sum, &err) && sum->nnonzero != partial->nnonzero) {
            abort();
        }
        strbuf_fini(&bytes);
        strbuf_fini(&first);
        strbuf_fini(&second);
    }
    arena_free(arena);
    return 0;
}
