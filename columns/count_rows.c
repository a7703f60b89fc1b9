/*
 * Lists the rows of a filter, chunk by chunk. in: a plan, and the id to begin with; out: names and
 * values, for a callback.
 *
 * Example: 100,000 rows, of which the filter holds 3, 17 and 70,000: chunk 0 becomes a bitmap with
 * two bits, chunk 1 one with a single bit. If the time is over after row 17, the walk goes on with
 * id 18, which costs that chunk's bitmap once more.
 *
 * Names are the writer's, so the walk is made in its thread, with the index as it was when the plan
 * was made. So a row's id, name and value fit together.
 */
#include "columns/count_rows.h"

#include "base/clock.h"
#include "columns/count_mask.h"

enum { ROWS_BETWEEN_LOOKS = 256 }; /* at the clock */

/* The rows of the chunk that the filter takes. NULL: none. Borrowed until the next chunk. */
static const uint64_t *
chunk_rows(struct chunk_work *work, uint32_t number)
{
    const struct count_plan *plan = work->plan;
    work->number = number;
    work->rows_chunk = table_chunk(plan->snapshot->rows.table, number);
    work->has_mask = false;
    enum select_state state = plan->filter ? select_state(plan->filter, number) : SELECT_ALL;
    if (plan->filter && plan->is_complement) {
        state = SELECT_ALL - state;
    }
    if (!work->rows_chunk->rows || state == SELECT_NEVER) {
        return NULL;
    }
    if (state == SELECT_ALL) {
        return mask_of_rows(work);
    }
    mask_make(work);
    return work->mask;
}

/* False: the walk is left. */
static bool
row_take(const struct count_plan *plan, const struct index *index, struct row_walk *walk,
         uint32_t id)
{
    struct row_key key = {.value = {0}};
    walk->next = (uint64_t) id + 1;
    if (!names_text(&index->names, id, &key.name)) {
        return true;
    }
    if (plan->query->ndims) {
        const struct column_view *column = plan->dims[0].column;
        uint32_t code =
            chunk_get(table_chunk(column->table, id >> CHUNK_BITS), id & (CHUNK_ROWS - 1));
        if (code) {
            key.value = value_text(dictionary_value(&column->dictionary, code));
        }
    }
    return walk->take(walk->arg, &key);
}

/* False: the walk is left. */
static bool
chunk_take(const struct count_plan *plan, const struct index *index, struct row_walk *walk,
           uint32_t number, const uint64_t *bits)
{
    uint32_t first = (uint32_t) (walk->next & (CHUNK_ROWS - 1)), nlooked = 0;
    for (size_t w = first / 64; w < CHUNK_WORDS; w++) {
        uint64_t word = bits[w];
        if (w == first / 64) {
            word &= UINT64_MAX << first % 64;
        }
        for (; word; word &= word - 1) {
            uint32_t row = (uint32_t) (w * 64) + (uint32_t) __builtin_ctzll(word);
            if (!row_take(plan, index, walk, (number << CHUNK_BITS) + row) ||
                (++nlooked % ROWS_BETWEEN_LOOKS == 0 && now_us() > walk->until_us)) {
                return false;
            }
        }
    }
    return true;
}

void
rows_of_plan(const struct count_plan *plan, const struct kernels *kernels, uint32_t nchunks,
             const struct index *index, struct row_walk *walk)
{
    struct chunk_work work;
    bool goes_on = true;
    chunk_work_init(&work, plan, kernels, false);
    uint64_t number = walk->next >> CHUNK_BITS;
    while (goes_on && number < nchunks) {
        const uint64_t *bits = chunk_rows(&work, (uint32_t) number);
        goes_on = !bits || chunk_take(plan, index, walk, (uint32_t) number, bits);
        if (goes_on) {
            walk->next = ++number << CHUNK_BITS;
            goes_on = now_us() <= walk->until_us;
        }
    }
    walk->is_done = walk->next >> CHUNK_BITS >= nchunks;
    chunk_work_fini(&work);
}
