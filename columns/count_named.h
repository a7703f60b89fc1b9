/*
 * A count's answer for single rows: count_named of count.h, for count.c.
 */
#ifndef QUIPU_COLUMNS_COUNT_NAMED_H
#define QUIPU_COLUMNS_COUNT_NAMED_H

#include "answer/named_rows.h"
#include "base/arena.h"
#include "base/error.h"

struct count_plan;
struct kernels;

struct count_row {
    uint32_t id;
    struct slice name;
};

/* hides: as in struct count_options. */
bool named_rows_of_plan(const struct count_plan *plan, const struct kernels *kernels, bool hides,
                        struct arena *arena, const struct count_row *rows, size_t nrows,
                        struct named_rows *out, struct error *err) QUIPU_MUST_CHECK;

#endif
