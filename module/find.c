/*
 * Answers with the names of some rows. in: a count whose rows are wanted, and where to begin; out: a
 * reply of Redis.
 *
 * Example: the caller wants the ten least ages. The first answer has 8,192 rows, and the caller sees
 * that the tenth is 18. `before` then leaves nearly all rows out of the next answers.
 */
#include "module/find.h"

#include "base/clock.h"

enum { WINDOW_US = 1000 };

static bool
take(void *arg, const struct row_key *key)
{
    struct find_window *window = arg;
    if ((window->after.ptr && slice_compare(key->name, window->after) <= 0) ||
        (window->bound && row_key_compare(key, window->bound, window->descending) >= 0)) {
        return true;
    }
    struct row_key *own = &window->keys[window->nkeys++];
    own->name = arena_copy(window->arena, key->name);
    own->value = key->value.ptr ? arena_copy(window->arena, key->value) : (struct slice){0};
    return window->nkeys < FIND_ROWS_MOST;
}

bool
find_rows(struct count *count, const struct index *index, const struct bound_query *query,
          const struct find_request *request, struct find_window *window, struct error *err)
{
    int64_t started_us = now_us();
    *window = (struct find_window){.arena = arena_new(),
                                   .after = request->after,
                                   .bound = request->bound.name.ptr ? &request->bound : NULL,
                                   .descending = query->rows_descend};
    if (!count_prepare(count, err)) {
        return false;
    }
    int64_t prepared_us = now_us(), took_us = prepared_us - started_us;
    window->walk =
        (struct row_walk){.next = request->from,
                          .until_us = prepared_us + (took_us > WINDOW_US ? took_us : WINDOW_US),
                          .take = take,
                          .arg = window};
    window->keys = arena_array(window->arena, FIND_ROWS_MOST, sizeof *window->keys);
    count_rows(count, index, &window->walk);
    return true;
}

void
find_reply(const struct redis_api *redis, struct redis_ctx *ctx, const struct find_window *window,
           bool has_values, struct slice slots, struct slice named)
{
    redis->reply_with_array(ctx, named.ptr ? 4 : 3);
    redis->reply_with_long_long(ctx, window->walk.is_done ? -1 : (long long) window->walk.next);
    redis_reply_slice(redis, ctx, slots);
    redis->reply_with_array(ctx, (long) (window->nkeys * (has_values ? 2 : 1)));
    for (size_t i = 0; i < window->nkeys; i++) {
        redis_reply_slice(redis, ctx, window->keys[i].name);
        if (has_values && window->keys[i].value.ptr) {
            redis_reply_slice(redis, ctx, window->keys[i].value);
        } else if (has_values) {
            redis->reply_with_null(ctx);
        }
    }
    if (named.ptr) {
        redis_reply_slice(redis, ctx, named);
    }
}

void
find_fini(struct find_window *window)
{
    arena_free(window->arena);
}

bool
find_read(const struct redis_api *redis, struct redis_string **argv, int argc, int *first,
          struct find_request *out, struct error *err)
{
    int64_t from;
    *out = (struct find_request){.from = 0};
    if (!slice_to_int64(redis_slice(redis, argv[*first]), &from) || from < 0) {
        return error_set(
            err, "ERR", "QUIPU.FIND id [after name] [before name | before-value name value] query");
    }
    out->from = (uint64_t) from;
    (*first)++;
    if (*first + 2 < argc &&
        slice_equal_nocase(redis_slice(redis, argv[*first]), slice_lit("after"))) {
        out->after = redis_slice(redis, argv[*first + 1]);
        *first += 2;
    }
    struct slice word = redis_slice(redis, argv[*first]);
    bool has_value = slice_equal_nocase(word, slice_lit("before-value"));
    int nwords = has_value ? 3 : slice_equal_nocase(word, slice_lit("before")) ? 2 : 0;
    if (nwords && *first + nwords < argc) {
        out->bound.name = redis_slice(redis, argv[*first + 1]);
        out->bound.value = has_value ? redis_slice(redis, argv[*first + 2]) : (struct slice){0};
        *first += nwords;
    }
    return true;
}
