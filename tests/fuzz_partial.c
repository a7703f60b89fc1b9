/*
 * Any bytes as a partial count: they are refused, or they are a count that encodes to bytes which
 * decode to the same one, and that can be added to itself. Bytes with a second "Q2" in them are two
 * partials, of shards that need not agree on anything: they do not fit each other, or it is the
 * same which of them comes first. Bytes that begin with "Q3" are partials of several grids: refused,
 * or the same again from their own bytes. Bytes that begin with "R" are rows by name: refused, or the same
 * again from their own bytes, and a partial count that encodes.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/merge.h"
#include "answer/named_rows.h"
#include "answer/partials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_two(struct slice first, struct slice second)
{
    enum { MAX_CELLS = 1000 };
    struct arena *arena = arena_new();
    struct error err = {"", ""}, other_err = {"", ""};
    struct partial *a, *b, *sum, *mirrored;
    if (partial_decode(arena, first, &a, &err) && partial_decode(arena, second, &b, &err)) {
        const struct partial *parts[] = {a, b}, *others[] = {b, a};
        bool ok = partial_merge(arena, parts, 2, MAX_CELLS, slice_lit("v"), &sum, &err);
        if (ok !=
            partial_merge(arena, others, 2, MAX_CELLS, slice_lit("v"), &mirrored, &other_err)) {
            abort();
        }
        struct strbuf text, other_text;
        strbuf_init(&text);
        strbuf_init(&other_text);
        if (ok) {
            partial_print(sum, &text);
            partial_print(mirrored, &other_text);
        }
        if (!slice_equal(strbuf_slice(&text), strbuf_slice(&other_text))) {
            abort();
        }
        strbuf_fini(&text);
        strbuf_fini(&other_text);
    }
    arena_free(arena);
}

static void
fuzz_named(struct slice bytes)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    struct named_rows *rows, *again;
    if (named_rows_decode(arena, bytes, &rows, &err)) {
        struct strbuf own, first, second;
        struct partial *partial, *decoded;
        strbuf_init(&own);
        strbuf_init(&first);
        strbuf_init(&second);
        named_rows_encode(rows, &own);
        if (!named_rows_decode(arena, strbuf_slice(&own), &again, &err)) {
            abort();
        }
        named_rows_print(rows, &first);
        named_rows_print(again, &second);
        if (!slice_equal(strbuf_slice(&first), strbuf_slice(&second))) {
            abort();
        }
        for (int all = 0; all < 2; all++) {
            strbuf_clear(&own);
            if (named_rows_partial(arena, rows, all, &partial, &err)) {
                partial_encode(partial, &own);
                if (!partial_decode(arena, strbuf_slice(&own), &decoded, &err)) {
                    abort();
                }
            }
        }
        strbuf_fini(&own);
        strbuf_fini(&first);
        strbuf_fini(&second);
    }
    arena_free(arena);
}

static void
fuzz_grids(struct slice bytes)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    struct partials *partials, *again, *sum;
    if (partials_decode(arena, bytes, &partials, &err)) {
        struct strbuf own, first, second;
        strbuf_init(&own);
        strbuf_init(&first);
        strbuf_init(&second);
        partials_encode(partials, &own);
        if (!partials_decode(arena, strbuf_slice(&own), &again, &err)) {
            abort();
        }
        partials_print(partials, &first);
        partials_print(again, &second);
        if (!slice_equal(strbuf_slice(&first), strbuf_slice(&second))) {
            abort();
        }
        const struct partials *parts[] = {partials, partials};
        const struct bound_query query = {
            .grids = arena_array(arena, partials->n, sizeof *query.grids), .ngrids = partials->n};
        if (partials_merge(arena, &query, parts, 2, NULL, &sum, &err) && sum->n != partials->n) {
            abort();
        }
        strbuf_fini(&own);
        strbuf_fini(&first);
        strbuf_fini(&second);
    }
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] == 'Q' && data[1] == '3') {
        fuzz_grids(slice_of(data, size));
        return 0;
    }
    if (size && data[0] == 'R') {
        fuzz_named(slice_of(data, size));
        return 0;
    }
    const uint8_t *other = size > 2 ? memmem(data + 1, size - 1, "Q2", 2) : NULL;
    if (other) {
        size_t len = (size_t) (other - data);
        fuzz_two(slice_of(data, len), slice_of(other, size - len));
        return 0;
    }
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
        if (partial_merge(arena, parts, 2, 0, slice_lit("v"), &sum, &err) &&
            sum->cells.n != partial->cells.n) {
            abort();
        }
        strbuf_fini(&bytes);
        strbuf_fini(&first);
        strbuf_fini(&second);
    }
    arena_free(arena);
    return 0;
}
