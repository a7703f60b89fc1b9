/*
 * Makes shares of exact amounts. in: a draft with the totals that shares are of; out: percents.
 *
 * Example: a sum of -3.5 of a total of 12.25, both at scale 2, is 100 x -350 / 1225, rounded once.
 */
#include "answer/percent.h"

#include "answer/interval.h"

/* The place of the total that a cell is a share of; *is_hidden: one of both must not be shown. */
static size_t
base_place(const struct draft *draft, size_t place, bool *is_hidden)
{
    size_t base = draft_find(draft, draft_percent_base(draft, draft->indexes[place]));
    *is_hidden = draft_is_hidden(draft, place) ||
                 (base != NO_PLACE && draft_is_hidden(draft, base) &&
                  measured_rows(&draft->rows, place) > 0); /* no rows are no share of any total */
    return base;
}

struct number
percent_number(const struct draft *draft, struct arena *arena, const struct measured *measured,
               size_t place)
{
    struct ratio ratio;
    struct wide part, whole;
    bool is_hidden;
    size_t base = base_place(draft, place, &is_hidden);
    if (is_hidden) {
        return (struct number){.kind = NUMBER_HIDDEN};
    }
    if (base == NO_PLACE || !measured_amount(measured, place, &part) ||
        !measured_amount(measured, base, &whole) || wide_is_zero(whole)) {
        return (struct number){.kind = NUMBER_NULL};
    }
    if (wide_is_negative(whole)) {
        part = wide_negate(part);
        whole = wide_negate(whole);
    }
    ratio_of(&ratio, part, whole);
    ratio_multiply10(&ratio, 2);
    return number_of_ratio(arena, &ratio);
}

/* An amount of rows, or of weights, as a test takes it. */
static long double
count_of(const struct draft *draft, size_t place)
{
    struct wide amount;
    struct ratio ratio;
    bool is_there = measured_amount(&draft->rows, place, &amount);
    if (is_there && !draft->rows.has_weight) {
        return (long double) amount.word[0];
    }
    ratio_of(&ratio, amount, wide_of_uint64(1));
    ratio_divide10(&ratio, measured_amount_scale(&draft->rows));
    return ratio_to_double(&ratio);
}

void
percent_interval(const struct draft *draft, struct arena *arena, size_t place, double z,
                 struct number *low, struct number *high)
{
    struct ratio effective;
    bool is_hidden;
    size_t base = base_place(draft, place, &is_hidden);
    struct interval interval = {.is_null = true};
    if (!is_hidden && base != NO_PLACE) {
        long double part = count_of(draft, place), whole = count_of(draft, base);
        if (draft->rows.has_weight && measured_effective(&draft->rows, base, &effective)) {
            part = part / whole * ratio_to_double(&effective);
            whole = ratio_to_double(&effective);
        }
        interval = interval_of_share(part, whole, z);
    }
    *low = *high = (struct number){.kind = is_hidden ? NUMBER_HIDDEN : NUMBER_NULL};
    if (!interval.is_null) {
        *low = number_of_double(arena, interval.low);
        *high = number_of_double(arena, interval.high);
    }
}
