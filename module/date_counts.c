/*
 * Counts whether fields have dates. in: a query's dimensions by months and their kin; out: warnings.
 *
 * Example: `count born by month from current where sex = x` has no cell. 12,000 rows have a month in
 * born, so nothing is said; if none had, BY MONTH finds nothing.
 */
#include "module/date_counts.h"

#include "parser/parse.h"

/* False: it cannot be counted, and so nothing is said. */
static bool
date_bind(struct arena *arena, const struct date_counts_request *request,
          const struct mention_date *date, struct bound_query **out)
{
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error ignored = {"", ""};
    struct ast_query *ast;
    struct strbuf text;
    strbuf_init(&text);
    warnings_date_question(&text, request->dataset, date);
    struct slice own = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return query_parse(arena, own, &limits, &ast, &ignored) &&
           query_bind(arena, ast, request->catalog, request->options.max_cells, out, &ignored);
}

static bool
is_there(const struct date_counts_request *request, struct slice field)
{
    const struct mentions *mentions = request->mentions;
    for (size_t i = 0; i < mentions->nfields; i++) {
        if (slice_equal(mentions->fields[i], field)) {
            return request->presence->has_field[i];
        }
    }
    return false;
}

void
date_counts_init(struct date_counts *dates, struct arena *arena, struct index *index,
                 const struct date_counts_request *request)
{
    *dates = (struct date_counts){.dataset = request->dataset};
    for (size_t i = 0; i < request->mentions->ndates; i++) {
        const struct mention_date *date = &request->mentions->dates[i];
        struct date_count *own = &dates->items[dates->n];
        if (is_there(request, date->field) && date_bind(arena, request, date, &own->bound)) {
            own->date = date;
            own->count = count_new(index, own->bound, &request->options);
            dates->n++;
        }
    }
}

double
date_counts_cost_us(const struct date_counts *dates)
{
    double cost = 0;
    for (size_t i = 0; i < dates->n; i++) {
        cost += count_cost_us(dates->items[i].count);
    }
    return cost;
}

/* True also if it cannot be known. */
static bool
has_date(const struct date_count *own, struct arena *arena)
{
    struct error ignored = {"", ""};
    struct partials *partials;
    struct answer *answer;
    if (!count_answer(own->count, arena, &partials, &ignored)) {
        return true;
    }
    const struct partials *parts[] = {partials};
    const struct table_limits limits = {.max_cells = 0};
    return !answer_build(arena, own->bound, parts, 1, &limits, &answer, &ignored) ||
           answer->tables[0]->dims[0].npositions > 0;
}

void
date_counts_warn(struct date_counts *dates, struct arena *arena, const struct answer *answer,
                 struct warnings *warnings)
{
    for (size_t i = 0; i < dates->n; i++) {
        const struct date_count *own = &dates->items[i];
        if (warnings_lack_date(answer, own->date) && !has_date(own, arena)) {
            warnings_of_date(warnings, dates->dataset, own->date);
        }
    }
}

void
date_counts_fini(struct date_counts *dates)
{
    for (size_t i = 0; i < dates->n; i++) {
        count_free(dates->items[i].count);
    }
    dates->n = 0;
}
