/*
 * The lines of EXPLAIN and PROFILE of DESCRIBE. in: a dataset's fields, and what counting them has shown;
 * out: lines of text.
 *
 * Example, of PROFILE:
 *
 *     query    describe current: 2 fields, counted one after the other
 *     method   columns: all rows are counted, the shards are asked for the fields, then each field is counted
 *     rows     7 in 0.2 ms
 *     fields   2 in 0.1 ms
 *     field    age: 2050 bytes of index; 5 values of 6 rows in 0.4 ms
 *     field    sex: 604 bytes of index; 2 values of 7 rows in 0.3 ms
 *     plan     of age, which took longest
 *       query    1 dimension, the cells that occur of current
 *       ...
 *     measured 1.2 ms
 */
#include "executor/describe_plan.h"

#include "base/clock.h"
#include "base/lines.h"
#include "planner/filter_text.h"

void
describe_plan_init(struct describe_plan *plan, struct arena *arena, const struct bound_query *bound,
                   int64_t started_us)
{
    *plan = (struct describe_plan){.arena = arena, .bound = bound, .started_us = started_us};
}

void
describe_plan_fini(struct describe_plan *plan)
{
    arena_free(plan->shown_arena);
}

void
describe_plan_fields(struct describe_plan *plan, const struct field_size *sizes, size_t nsizes)
{
    plan->sizes = sizes;
    plan->nsizes = nsizes;
    plan->counts = arena_array(plan->arena, nsizes, sizeof *plan->counts);
}

size_t
describe_plan_largest(const struct describe_plan *plan)
{
    size_t largest = 0;
    for (size_t i = 1; i < plan->nsizes; i++) {
        largest = plan->sizes[i].bytes > plan->sizes[largest].bytes ? i : largest;
    }
    return largest;
}

void
describe_plan_count(struct describe_plan *plan, size_t field, const struct method_result *counted,
                    int64_t took_us)
{
    struct described_count *count = &plan->counts[field];
    count->took_us += took_us;
    if (!counted ||
        (plan->shown_arena && count->took_us <= plan->counts[plan->shown_field].took_us)) {
        return;
    }
    arena_free(plan->shown_arena);
    plan->shown_arena = arena_new();
    plan->shown = arena_array(plan->shown_arena, counted->nlines, sizeof *plan->shown);
    for (size_t i = 0; i < counted->nlines; i++) {
        plan->shown[i] = arena_copy(plan->shown_arena, counted->lines[i]);
    }
    plan->nshown = counted->nlines;
    plan->shown_field = field;
}

void
describe_plan_field(struct describe_plan *plan, size_t i, const struct described_field *field)
{
    plan->counts[i].field = *field;
}

/* ---- Lines ---- */

static double
ms(int64_t us)
{
    return (double) us / 1000;
}

/* "1 value", "2 values" */
static void
number_print(struct lines *lines, int64_t n, const char *noun)
{
    strbuf_printf(&lines->text, "%lld %s%s", (long long) n, noun, n == 1 ? "" : "s");
}

static void
field_print(struct lines *lines, const struct describe_plan *plan, size_t i)
{
    const struct field_size *size = &plan->sizes[i];
    const struct described_count *count = &plan->counts[i];
    const struct described_field *field = &count->field;
    strbuf_append_str(&lines->text, "field    ");
    filter_print_field(&lines->text, size->name);
    strbuf_printf(&lines->text, ": %lld bytes of index", (long long) size->bytes);
    if (plan->bound->mode == AST_EXPLAIN) {
        strbuf_append_str(&lines->text, ", at least ");
        number_print(lines, size->nvalues, "value");
        lines_end(lines);
        return;
    }
    bool has_values = field->values_are == VALUES_EXACT;
    strbuf_append_str(&lines->text, "; ");
    if (has_values) {
        number_print(lines, field->values.integer, "value");
        strbuf_append_str(&lines->text, " of ");
    }
    number_print(lines, field->rows.integer, "row");
    strbuf_printf(&lines->text, " in %.1f ms%s", ms(count->took_us),
                  has_values ? "" : ": its values were too many to be counted, so its rows were");
    lines_end(lines);
}

static void
shown_print(struct lines *lines, const struct describe_plan *plan)
{
    strbuf_append_str(&lines->text, "plan     of ");
    filter_print_field(&lines->text, plan->sizes[plan->shown_field].name);
    strbuf_append_str(&lines->text, plan->bound->mode == AST_EXPLAIN
                                        ? ", whose index is the largest"
                                        : ", which took longest");
    lines_end(lines);
    for (size_t i = 0; i < plan->nshown; i++) {
        strbuf_append_str(&lines->text, "  ");
        strbuf_append(&lines->text, plan->shown[i]);
        lines_end(lines);
    }
}

struct slice *
describe_plan_lines(const struct describe_plan *plan, size_t *nlines)
{
    const struct dataset *dataset = plan->bound->dataset;
    bool is_measured = plan->bound->mode == AST_PROFILE;
    struct lines lines;
    lines_init(&lines, plan->arena);
    strbuf_append_str(&lines.text, "query    describe ");
    filter_print_field(&lines.text, dataset->name);
    strbuf_printf(&lines.text, ": %zu field%s, counted one after the other", plan->nsizes,
                  plan->nsizes == 1 ? "" : "s");
    lines_end(&lines);
    strbuf_printf(
        &lines.text,
        "method   %s: all rows are counted, the shards are asked for the fields, then each "
        "field is counted",
        dataset_method_name(dataset->method));
    lines_end(&lines);
    if (is_measured) {
        strbuf_printf(&lines.text, "rows     %lld in %.1f ms", (long long) plan->total,
                      ms(plan->total_us));
        lines_end(&lines);
        strbuf_printf(&lines.text, "fields   %zu in %.1f ms", plan->nsizes, ms(plan->learning_us));
        lines_end(&lines);
    }
    for (size_t i = 0; i < plan->nsizes; i++) {
        field_print(&lines, plan, i);
    }
    if (plan->shown_arena) {
        shown_print(&lines, plan);
    }
    if (is_measured) {
        strbuf_printf(&lines.text, "measured %.1f ms", ms(now_us() - plan->started_us));
        lines_end(&lines);
    }
    lines_fini(&lines);
    *nlines = lines.count;
    return lines.items;
}
