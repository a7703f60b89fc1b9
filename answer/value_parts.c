/*
 * Counts different values in texts that hold several. in: texts and their separator; out: how many
 * values a set of texts has.
 *
 * Example: "red,blue" and "blue,3.0,3" have three: red, blue and 3.
 *
 * Each value gets a number once. A count marks the numbers that it has met with its own number, so
 * that nothing has to be cleared before the next one.
 */
#include "answer/value_parts.h"

#include "answer/ranks.h"
#include "base/number.h"

struct value_parts {
    size_t *begins;     /* by text, and one more: where its parts begin in the list */
    size_t *list;       /* numbers of parts */
    uint64_t *last_met; /* by number: the last count that met it */
    uint64_t count;
};

struct value_parts *
value_parts_new(struct arena *arena, struct slice separator, const struct slice *texts, size_t n)
{
    struct value_parts *parts = arena_alloc(arena, sizeof *parts);
    struct slice *values = NULL, part;
    size_t nvalues = 0, capacity = 0;
    parts->begins = arena_array(arena, n + 1, sizeof *parts->begins);
    for (size_t i = 0; i < n; i++) {
        struct slice rest = texts[i];
        while (slice_next_part(&rest, separator, &part)) {
            values = arena_room(arena, values, nvalues, &capacity, sizeof *values);
            values[nvalues++] = value_canonical(arena, part);
        }
        parts->begins[i + 1] = nvalues;
    }
    parts->list = arena_array(arena, nvalues + 1, sizeof *parts->list);
    size_t ndifferent = values_rank(arena, values, nvalues,
                                    arena_array(arena, nvalues + 1, sizeof *values), parts->list);
    parts->last_met = arena_array(arena, ndifferent + 1, sizeof *parts->last_met);
    return parts;
}

bool
value_parts_has(const struct value_parts *parts, size_t text)
{
    return parts->begins[text] < parts->begins[text + 1];
}

void
value_parts_begin(struct value_parts *parts)
{
    parts->count++;
}

size_t
value_parts_add(struct value_parts *parts, size_t text)
{
    size_t n = 0;
    for (size_t i = parts->begins[text]; i < parts->begins[text + 1]; i++) {
        n += parts->last_met[parts->list[i]] != parts->count;
        parts->last_met[parts->list[i]] = parts->count;
    }
    return n;
}
