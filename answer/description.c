/*
 * Describes a field by its values. in: the counts of the values, in their order; out: kind, number
 * of values, least, greatest and most frequent.
 *
 * Example: 9: 1 row, 31: 4 rows, unknown: 1 row, of 7 rows in all, is kind mixed, rows 6, values 3,
 * least 9, greatest unknown (text comes behind numbers), most frequent 31.
 */
#include "answer/description.h"

#include "base/date.h"
#include "base/number.h"

/* True for a count that must not be told. */
static bool
is_small(int64_t count, int64_t suppress_below)
{
    return count > 0 && count < suppress_below;
}

struct kinds {
    uint64_t nintegers, nnumbers, ndates, nvalues; /* integers are numbers too */
};

static void
kinds_add(struct kinds *kinds, struct slice value)
{
    struct date date;
    kinds->nvalues++;
    if (number_is_canonical(value)) {
        kinds->nnumbers++;
        kinds->nintegers += number_is_integer(value);
    } else {
        kinds->ndates += date_read(value, &date);
    }
}

static struct slice
kinds_name(const struct kinds *kinds)
{
    if (kinds->nvalues == 0) {
        return slice_of(NULL, 0);
    }
    if (kinds->nintegers == kinds->nvalues) {
        return slice_lit("integer");
    }
    if (kinds->nnumbers == kinds->nvalues) {
        return slice_lit("number");
    }
    if (kinds->ndates == kinds->nvalues) {
        return slice_lit("date");
    }
    return kinds->nnumbers ? slice_lit("mixed") : slice_lit("text");
}

/* Sets rows, or hides them. False: the field is not to be told of. */
static bool
rows_tell(int64_t rows, int64_t total, int64_t suppress_below, struct described_field *out)
{
    bool is_told = !is_small(total - rows, suppress_below);
    out->rows = is_told ? number_of_integer(rows) : (struct number){.kind = NUMBER_HIDDEN};
    return rows > 0 && !is_small(rows, suppress_below);
}

static struct slice
own(struct arena *arena, struct slice value)
{
    return value.ptr ? arena_copy(arena, value) : value;
}

bool
described_field_of_counts(struct arena *arena, const struct table *counts, int64_t total,
                          int64_t suppress_below, struct described_field *out)
{
    const struct cell_list *cells = &counts->cells;
    struct kinds kinds = {0};
    struct slice least = {0}, greatest = {0}, most_frequent = {0};
    int64_t rows = 0, most = 0;
    for (size_t i = 0; i < cells->n; i++) {
        int64_t count = cell_value(cells, i, 0);
        if (table_is_total(&counts->dims[0], cells->indexes[i])) {
            rows = count; /* behind all others, of values of which a row may have several */
            continue;
        }
        struct slice value = counts->dims[0].labels[cells->indexes[i]];
        rows += count;
        if (is_small(count, suppress_below)) {
            continue;
        }
        kinds_add(&kinds, value);
        least = kinds.nvalues == 1 ? value : least;
        greatest = value;
        most_frequent = count > most ? value : most_frequent;
        most = count > most ? count : most;
    }
    out->kind = kinds_name(&kinds);
    out->values = number_of_integer((int64_t) kinds.nvalues);
    out->values_are = suppress_below > 1 ? VALUES_SEEN : VALUES_EXACT;
    out->least = own(arena, least);
    out->greatest = own(arena, greatest);
    out->most_frequent = own(arena, most_frequent);
    return rows_tell(rows, total, suppress_below, out);
}

bool
described_field_of_rows(int64_t rows, int64_t nvalues, int64_t total, int64_t suppress_below,
                        struct described_field *out)
{
    bool is_told = suppress_below <= 1; /* else it is how many values have so many rows */
    out->kind = out->least = out->greatest = out->most_frequent = slice_of(NULL, 0);
    out->values = is_told ? number_of_integer(nvalues) : (struct number){.kind = NUMBER_HIDDEN};
    out->values_are = VALUES_AT_LEAST;
    return rows_tell(rows, total, suppress_below, out);
}
