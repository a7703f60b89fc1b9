/*
 * Writes what a shard's module is asked. in: a bound query and its text; out: words.
 *
 * Example: `count a from current` of a user with a floor of 5 becomes `count a from current timeout
 * 10000 suppress below 5`.
 */
#include "executor/column_words.h"

#include <assert.h>

#include "planner/catalog_text.h"

enum { NO_TIMEOUT_MS = 24 * 3600 * 1000, MODULE_MAX_CELLS = 1000000 };

void
column_words_add(struct column_words *words, struct slice word)
{
    assert(words->n < COLUMN_WORDS_MOST);
    words->items[words->n++] = word;
}

void
column_words_add_fields(struct column_words *words, struct arena *arena,
                        const struct bound_query *query)
{
    struct strbuf text;
    strbuf_init(&text);
    catalog_print_readings(query->dataset, query->fields_said, &text);
    if (text.len) {
        column_words_add(words, slice_lit("fields"));
        column_words_add(words, arena_copy(arena, strbuf_slice(&text)));
    }
    strbuf_fini(&text);
}

static void
limit_add(struct column_words *words, struct arena *arena, const char *name, uint64_t limit)
{
    column_words_add(words, slice_str(name));
    column_words_add(words, arena_printf(arena, "%llu", (unsigned long long) limit));
}

struct column_words
column_words_of_count(struct arena *arena, const struct bound_query *query, struct slice text,
                      const struct executor_settings *settings)
{
    struct column_words words = {.n = 0};
    column_words_add(&words, slice_lit("QUIPU.PARTIAL"));
    /* A plain query has no more than its cells: it is asked for as ever. */
    if (!query->is_plain) {
        limit_add(&words, arena, "max-partial-bytes", settings->max_partial_bytes);
    }
    /* A module has a limit of its own, as it answers others, too. */
    if (settings->max_cells > MODULE_MAX_CELLS) {
        limit_add(&words, arena, "max-cells", settings->max_cells);
    }
    column_words_add_fields(&words, arena, query);
    column_words_add(&words, text);
    return words;
}

struct slice
column_words_text(struct arena *arena, const struct bound_query *query, struct slice text,
                  int64_t timeout_ms, int64_t suppress_below)
{
    struct strbuf out; /* may hold any byte */
    strbuf_init(&out);
    strbuf_append(&out, text);
    if (query->timeout_ms <= 0) {
        strbuf_printf(&out, " timeout %lld",
                      (long long) (timeout_ms > 0 ? timeout_ms : NO_TIMEOUT_MS));
    }
    /* a floor that is newer than the query; others than plain ones may be counted in another way by it */
    if (suppress_below > 0 && !query->has_suppress && query->is_plain) {
        strbuf_printf(&out, " suppress below %lld", (long long) suppress_below);
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&out));
    strbuf_fini(&out);
    return copy;
}
