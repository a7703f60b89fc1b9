/*
 * Random rows, random conditions on them, and a walk that tests a condition row by row: for tests of
 * counting. The walk reads the tree of what was written, and shares no code with the filter's normal
 * form or the counting.
 *
 * Example: row 17 has a = 2, g = x4; c is missing. `g exists && !(c = 1)` holds for it.
 */
#include "tests/count_rows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/like.h"
#include "base/number.h"

/* ---- Random numbers ---- */

static uint64_t random_state;

uint64_t
next_random(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t
below(uint32_t n)
{
    return (uint32_t) (next_random() % n);
}

int
rows_rounds(int usual)
{
    const char *wanted = getenv("QUIPU_ROUNDS");
#ifdef __SANITIZE_ADDRESS__
    usual = (usual + 1) / 2; /* which takes several times as long */
#endif
    return wanted ? atoi(wanted) : usual;
}

/* ---- Rows ---- */

static const char *const fields[NFIELDS] = {"a", "b", "c", "d", "e", "g", "h",
                                            "k", "m", "n", "p", "q", "w", "z"};
static const uint32_t nvalues[NFIELDS] = {2, 8, 3, 7, 5, 300, 999, 5, 2, 3, 40, 60, 9, 500};

static char texts[NFIELDS][NVALUES + 1][32];

/* The parts of the value: some of 1, 2, x and 7.5, one of them twice. */
static void
make_multi(char *to, uint32_t v)
{
    static const char *const PARTS[] = {"1", "2", "x", "7.5", "1"};
    *to = '\0';
    for (uint32_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (v >> i & 1) {
            sprintf(to + strlen(to), "%s%s", *to ? ";" : "", PARTS[i]);
        }
    }
    sprintf(to + strlen(to), v > 31 ? ";y%u" : "", v);
}

static void
make_text(char *to, uint32_t f, uint32_t v)
{
    static const char *const WEIGHTS[] = {"10", "1", "0.5", "2.25", "0", "-1", "x", "3", "0.125"};
    switch (f) {
    case FIELD_MIXED: sprintf(to, v % 3 == 0 ? "-%u.5" : v % 3 == 1 ? "x%u" : "%u", v); return;
    case FIELD_TEXT: sprintf(to, "x%u", v); return;
    case FIELD_LONG: sprintf(to, "1234567890123456%u", v); return;
    case FIELD_MULTI: make_multi(to, v); return;
    case FIELD_WEIGHT: sprintf(to, v <= 9 ? "%s" : "%s%u", WEIGHTS[v % 9], v); return;
    case FIELD_WIDE: sprintf(to, v % 3 ? "%u00000000.25" : "-%u0000007", v); return;
    default: sprintf(to, "%u", v);
    }
}

void
rows_begin(void)
{
    const char *seed = getenv("QUIPU_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 20260102;
    printf("QUIPU_SEED=%llu\n", (unsigned long long) random_state);
    fflush(stdout);
    for (uint32_t f = 0; f < NFIELDS; f++) {
        for (uint32_t v = 1; v <= NVALUES; v++) {
            make_text(texts[f][v], f, v);
        }
    }
}

const char *
rows_field(uint32_t f)
{
    return fields[f];
}

const char *
rows_text(uint32_t f, uint32_t value)
{
    return texts[f][value];
}

uint32_t
rows_nvalues(uint32_t f)
{
    return nvalues[f];
}

static uint16_t
random_value(uint32_t f, uint32_t row)
{
    uint16_t any = (uint16_t) (1 + below(nvalues[f]));
    switch (f) {
    case 2: return below(1000) ? 0 : any;
    case 3: return below(8) ? 0 : any;
    case 4: return (uint16_t) (1 + row / 40000 % nvalues[f]);
    case 6: return below(2) ? 0 : any;
    case 7: return below(5000) ? any : 0;
    case 8: return row > 500 ? 0 : any;
    case FIELD_LONG: return below(30) ? 0 : any;
    case FIELD_WEIGHT: return below(20) ? any : 0;
    default: return any;
    }
}

struct slice
row_name(char *buffer, uint32_t row)
{
    return slice_of(buffer, (size_t) sprintf(buffer, "r_%u", row));
}

static uint16_t *
value_of(const struct table *table, uint32_t row, uint32_t f)
{
    return &table->values[(size_t) row * NFIELDS + f];
}

/* A number in one of the ways to write it; the index has the number. */
static void
write_otherwise(char *buffer, const char *text, uint32_t row)
{
    bool is_number = number_is_canonical(slice_str(text));
    bool has_sign = text[0] == '-', has_point = strchr(text, '.');
    bool has_zeros = is_number && row % 7 == 1, has_exponent = is_number && row % 7 < 3;
    sprintf(buffer, "%s%s%s%s", is_number && !has_sign && row % 7 == 4 ? "+" : "", text,
            has_zeros ? has_point ? "0" : ".00" : "", has_exponent ? "E0" : "");
}

static void
store_row(struct index *index, const struct table *table, uint32_t row)
{
    struct index_pair pairs[NFIELDS];
    size_t npairs = 0;
    char name[32], written[NFIELDS][48];
    for (uint32_t f = 0; f < NFIELDS; f++) {
        uint16_t value = *value_of(table, row, f);
        if (value) {
            write_otherwise(written[f], texts[f][value], row);
            pairs[npairs++] = (struct index_pair){slice_str(fields[f]), slice_str(written[f])};
        }
    }
    index_put_row(index, row_name(name, row), pairs, npairs);
}

void
fill_table(struct table *table, struct index *index, uint32_t nrows)
{
    table->nrows = nrows;
    table->exists = calloc(nrows, sizeof *table->exists);
    table->values = calloc((size_t) nrows * NFIELDS, sizeof *table->values);
    for (uint32_t row = 0; row < nrows; row++) {
        table->exists[row] = true;
        for (uint32_t f = 0; f < NFIELDS; f++) {
            *value_of(table, row, f) = random_value(f, row);
        }
        store_row(index, table, row);
    }
}

void
change_rows(struct table *table, struct index *index, uint32_t nchanges)
{
    char name[32];
    for (uint32_t i = 0; i < nchanges; i++) {
        uint32_t row = below(table->nrows), f = below(NFIELDS);
        switch (below(8)) {
        case 0:
            index_remove_row(index, row_name(name, row));
            table->exists[row] = false;
            memset(value_of(table, row, 0), 0, NFIELDS * sizeof *table->values);
            break;
        case 1:
            index_remove_field(index, row_name(name, row), slice_str(fields[f]));
            *value_of(table, row, f) = 0;
            break;
        case 2:
            for (f = 0; f < NFIELDS; f++) {
                *value_of(table, row, f) = random_value(f, row);
            }
            store_row(index, table, row);
            table->exists[row] = true;
            break;
        default: {
            uint16_t value = (uint16_t) (1 + below(nvalues[f]));
            struct index_pair pair = {slice_str(fields[f]), slice_str(texts[f][value])};
            index_put_fields(index, row_name(name, row), &pair, 1);
            *value_of(table, row, f) = value;
            table->exists[row] = true;
            break;
        }
        }
    }
}

void
free_table(struct table *table)
{
    free(table->exists);
    free(table->values);
}

/* ---- The oracle ---- */

/* ptr NULL: missing. */
struct slice
row_value(const struct table *table, uint32_t row, struct slice field)
{
    for (uint32_t f = 0; f < NFIELDS; f++) {
        uint16_t value = *value_of(table, row, f);
        if (slice_equal(field, slice_str(fields[f])) && value) {
            return slice_str(texts[f][value]);
        }
    }
    return (struct slice){NULL, 0};
}

static bool
is_between(struct slice value, const struct ast_range *range)
{
    if (!value.ptr || !number_is_canonical(value)) {
        return false;
    }
    int above = range->has_lo ? number_compare(value, range->lo.text) : 1;
    int below = range->has_hi ? number_compare(range->hi.text, value) : 1;
    return (above > 0 || (above == 0 && range->lo_inclusive)) &&
           (below > 0 || (below == 0 && range->hi_inclusive));
}

static bool
single_holds(const struct ast_single *single, struct slice value)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE: return value.ptr && slice_equal(value, single->value.text);
    case AST_SINGLE_RANGE: return is_between(value, &single->range);
    case AST_SINGLE_MISSING: return !value.ptr;
    case AST_SINGLE_OTHER: return value.ptr != NULL;
    }
    return false;
}

static bool
orders(struct slice value, enum ast_operator op, const struct ast_value *with)
{
    bool is_text = with->kind == AST_TEXT;
    if (!is_text && !number_is_canonical(value)) {
        return false;
    }
    int order = is_text ? slice_compare(value, with->text) : number_compare(value, with->text);
    return op == AST_LT   ? order < 0
           : op == AST_LE ? order <= 0
           : op == AST_GT ? order > 0
                          : order >= 0;
}

static bool
compare_holds(const struct ast_cond *cond, struct slice value)
{
    if (!value.ptr) {
        return false;
    }
    if (cond->op == AST_EQ || cond->op == AST_NE) {
        return slice_equal(value, cond->value.text) == (cond->op == AST_EQ);
    }
    return orders(value, cond->op, &cond->value);
}

static bool
between_holds(const struct ast_cond *cond, struct slice value)
{
    return orders(value, AST_GE, &cond->value) && orders(value, AST_LE, &cond->high);
}

static bool
in_holds(const struct ast_positions *positions, struct slice value)
{
    if (positions->kind == AST_RANGE) {
        return is_between(value, &positions->range);
    }
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        if (single_holds(item->singles, value)) {
            return true;
        }
    }
    return false;
}

bool
cond_holds(const struct table *table, uint32_t row, const struct ast_cond *cond)
{
    struct slice value = {NULL, 0};
    if (cond->kind >= AST_COMPARE) {
        value = row_value(table, row, cond->field);
    }
    switch (cond->kind) {
    case AST_OR:
    case AST_AND:
        for (const struct ast_cond *child = cond->children; child; child = child->next) {
            if (cond_holds(table, row, child) == (cond->kind == AST_OR)) {
                return cond->kind == AST_OR;
            }
        }
        return cond->kind == AST_AND;
    case AST_NOT: return !cond_holds(table, row, cond->children);
    case AST_COMPARE: return compare_holds(cond, value);
    case AST_IN:
        return cond->negated ? value.ptr && !in_holds(cond->positions, value)
                             : in_holds(cond->positions, value);
    case AST_MISSING: return !value.ptr;
    case AST_EXISTS: return value.ptr != NULL;
    case AST_LIKE:
        return value.ptr &&
               like_matches(cond->value.text, cond->folds_case, value) != cond->negated;
    case AST_BETWEEN: return value.ptr && between_holds(cond, value) != cond->negated;
    }
    return false;
}

bool
dim_label(struct arena *arena, const struct ast_dim *dim, struct slice value, struct slice *label)
{
    struct slice upper;
    int position = 0, other = -1;
    switch (dim->kind) {
    case AST_DIM_OPEN: *label = value; return value.ptr != NULL;
    case AST_DIM_BINS:
        return value.ptr && number_is_canonical(value) &&
               number_bin(arena, value, dim->bins.width.text, label, &upper);
    case AST_DIM_POSITIONS: break;
    case AST_DIM_WHENS: return false; /* not counted yet */
    }
    if (dim->positions->kind == AST_INT_RANGE) {
        int64_t lo, hi, n;
        if (!slice_to_int64(dim->positions->range.lo.text, &lo) ||
            !slice_to_int64(dim->positions->range.hi.text, &hi) || !value.ptr ||
            !slice_to_int64(value, &n) || n < lo || n > hi) {
            return false;
        }
        *label = arena_printf(arena, "%d", (int) (n - lo));
        return true;
    }
    for (const struct ast_item *item = dim->positions->items; item; item = item->next, position++) {
        if (item->singles->kind == AST_SINGLE_OTHER) {
            other = position;
        } else if (single_holds(item->singles, value)) {
            *label = arena_printf(arena, "%d", position);
            return true;
        }
    }
    *label = arena_printf(arena, "%d", other);
    return other >= 0 && value.ptr;
}
