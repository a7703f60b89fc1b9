/*
 * Says in words what may not have been meant. in: what a query mentions, what the rows have of that;
 * out: lines.
 *
 * Example: `count sex in {m, other} from current where orgin = null`, of rows that have sex = other and
 * an Origin, is worth three lines.
 */
#include "answer/warnings.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/spelling.h"
#include "parser/ast_names.h"
#include "parser/ast_text_parts.h"

/* How many pairs of names are compared for a query: some 10 ms. */
enum { COMPARED_MOST = 50000 };

static void
add(struct warnings *warnings, struct slice line)
{
    if (warnings->n == WARNINGS_MOST) {
        return;
    }
    for (size_t i = 0; i < warnings->n; i++) {
        if (slice_equal(warnings->lines[i], line)) {
            return;
        }
    }
    warnings->lines =
        arena_room(warnings->arena, warnings->lines, warnings->n, &warnings->capacity, sizeof line);
    warnings->lines[warnings->n++] = line;
}

struct presence *
presence_new(struct arena *arena, const struct mentions *mentions)
{
    struct presence *presence = arena_alloc(arena, sizeof *presence);
    presence->has_field = arena_array(arena, mentions->nfields, sizeof(bool));
    presence->has_word = arena_array(arena, mentions->nwords, sizeof(bool));
    presence->has_keyword = arena_array(arena, mentions->nkeywords, sizeof(bool));
    return presence;
}

static int
by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *) a, *(const struct slice *) b);
}

void
presence_sort(struct presence *presence)
{
    if (presence->nnames) {
        qsort(presence->names, presence->nnames, sizeof *presence->names, by_bytes);
    }
}

static void
add_nulls(struct warnings *warnings, const struct mentions *mentions)
{
    for (size_t i = 0; i < mentions->nnulls; i++) {
        const struct mention_null *null = &mentions->nulls[i];
        char quoted[ERROR_QUOTE_BYTES];
        const char *field = error_quote(quoted, null->field);
        const char *without = null->kind == NULL_UNEQUAL ? "" : "out";
        const char *found = null->kind == NULL_UNEQUAL  ? "are found by EXISTS"
                            : null->kind == NULL_LISTED ? "are what MISSING lists"
                                                        : "are found by IS MISSING";
        add(warnings,
            arena_printf(warnings->arena, "null is a text like any other; rows with%s %s %s",
                         without, field, found));
    }
}

void
warnings_of_fields(struct warnings *warnings, struct slice dataset, const struct mentions *mentions,
                   const struct presence *presence)
{
    struct arena *arena = warnings->arena;
    size_t ncompared = 0;
    for (size_t i = 0; i < mentions->nfields && warnings->n < WARNINGS_MOST; i++) {
        char quoted[ERROR_QUOTE_BYTES];
        struct slice nearest, hint = slice_lit("");
        if (presence->has_field[i]) {
            continue;
        }
        ncompared += presence->nnames;
        if (ncompared <= COMPARED_MOST &&
            spelling_nearest(presence->names, presence->nnames, mentions->fields[i], &nearest)) {
            hint = arena_printf(arena, "; did you mean %s?", error_quote(quoted, nearest));
        }
        add(warnings, arena_printf(arena, "no row of %.*s has the field %s%.*s", SLICE_ARG(dataset),
                                   error_quote(quoted, mentions->fields[i]), SLICE_ARG(hint)));
    }
}

static void
add_words(struct warnings *warnings, const struct mentions *mentions,
          const struct presence *presence)
{
    struct arena *arena = warnings->arena;
    char quoted[ERROR_QUOTE_BYTES];
    for (size_t i = 0; i < mentions->nwords; i++) {
        if (presence->has_word[i]) {
            add(warnings, arena_printf(arena,
                                       "%s is a text here and not the field of that name: fields "
                                       "are not compared with each other",
                                       error_quote(quoted, mentions->words[i])));
        }
    }
    for (size_t i = 0; i < mentions->nkeywords; i++) {
        const struct mention_keyword *keyword = &mentions->keywords[i];
        if (presence->has_keyword[i]) {
            add(warnings, arena_printf(arena,
                                       "%s in a list is no value, but %s has a value of that name: "
                                       "in quotes it is the value",
                                       keyword->is_missing ? "MISSING" : "OTHER",
                                       error_quote(quoted, keyword->field)));
        }
    }
}

void
warnings_of_all(struct warnings *warnings, struct slice dataset, const struct mentions *mentions,
                const struct presence *presence)
{
    if (presence) {
        warnings_of_fields(warnings, dataset, mentions, presence);
    }
    add_nulls(warnings, mentions);
    if (presence) {
        add_words(warnings, mentions, presence);
    }
}

/* A bin of any unit is of a date; hours are of dates with a time of day. */
static bool
has_bin_of(const struct table_dim *dim, const struct mention_date *date)
{
    if (!dim->has_dates || !slice_equal(dim->field, date->field) ||
        (date->unit == AST_UNIT_HOUR && dim->unit != DATE_HOUR)) {
        return false;
    }
    for (size_t p = 0; p < dim->npositions; p++) {
        if (dim->kinds[p] == ITEM_BIN) {
            return true;
        }
    }
    return false;
}

bool
warnings_lack_date(const struct answer *answer, const struct mention_date *date)
{
    for (size_t t = 0; t < answer->ntables; t++) {
        const struct table *table = answer->tables[t];
        for (size_t d = 0; d < table->ndims; d++) {
            if (has_bin_of(&table->dims[d], date)) {
                return false;
            }
        }
    }
    return true;
}

void
warnings_date_question(struct strbuf *out, struct slice dataset, const struct mention_date *date)
{
    strbuf_append_str(out, "count ");
    ast_text_name(out, date->field);
    strbuf_printf(out, " by %s from ", ast_unit_name(date->unit));
    ast_text_name(out, dataset);
}

void
warnings_of_date(struct warnings *warnings, struct slice dataset, const struct mention_date *date)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct strbuf unit;
    strbuf_init(&unit);
    for (const char *c = ast_unit_name(date->unit); *c; c++) {
        strbuf_append_char(&unit, (char) toupper((unsigned char) *c));
    }
    add(warnings,
        arena_printf(warnings->arena, "no row of %.*s has a %s in %s: BY %.*s finds nothing",
                     SLICE_ARG(dataset), date->unit == AST_UNIT_HOUR ? "time of day" : "date",
                     error_quote(quoted, date->field), SLICE_ARG(strbuf_slice(&unit))));
    strbuf_fini(&unit);
}
