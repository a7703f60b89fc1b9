/*
 * Prints a count as lines of text. in: a plan, and a count's figures; out: what EXPLAIN and PROFILE
 * show of this shard.
 *
 *     columns  15259 chunks of 65536 rows, kernels avx512
 */
#include "columns/count_print.h"

#include "base/lines.h"
#include "columns/count_plan.h"
#include "columns/snapshot.h"
#include "planner/filter_text.h"

static void
print_bytes(struct strbuf *out, double bytes)
{
    if (bytes < 1e4) {
        strbuf_printf(out, "%.0f bytes", bytes);
    } else if (bytes < 1e6) {
        strbuf_printf(out, "%.1f kB", bytes / 1e3);
    } else {
        strbuf_printf(out, "%.1f MB", bytes / 1e6);
    }
}

static void
print_field(struct lines *lines, uint32_t nchunks, struct slice field,
            const struct column_view *column)
{
    uint64_t kinds[CHUNK_NKINDS] = {0};
    for (uint32_t i = 0; i < nchunks; i++) {
        kinds[table_chunk(column->table, i)->kind]++;
    }
    strbuf_append_str(&lines->text, "  field  ");
    filter_print_field(&lines->text, field);
    strbuf_printf(&lines->text, ": %u values, %llu rows; chunks:", column->dictionary.nvalues,
                  (unsigned long long) column->rows);
    const char *separator = " ";
    for (int kind = 0; kind < CHUNK_NKINDS; kind++) {
        if (kinds[kind]) {
            strbuf_printf(&lines->text, "%s%llu %s", separator, (unsigned long long) kinds[kind],
                          chunk_kind_name((enum chunk_kind) kind));
            separator = ", ";
        }
    }
    if (!nchunks) {
        strbuf_append_str(&lines->text, " none");
    }
    lines_end(lines);
}

struct field_list {
    struct slice names[1000];
    size_t n;
};

/* Lists each field once; if a query has more than a thousand, only the first. */
static void
print_field_once(struct lines *lines, uint32_t nchunks, struct field_list *seen, struct slice field,
                 const struct column_view *column)
{
    for (size_t i = 0; i < seen->n; i++) {
        if (slice_equal(seen->names[i], field)) {
            return;
        }
    }
    if (seen->n < sizeof seen->names / sizeof *seen->names) {
        seen->names[seen->n++] = field;
        print_field(lines, nchunks, field, column);
    }
}

static void
print_filter_fields(struct lines *lines, uint32_t nchunks, struct field_list *seen,
                    const struct count_node *node)
{
    if (node->kind == NODE_TEST) {
        print_field_once(lines, nchunks, seen, node->field, node->column);
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        print_filter_fields(lines, nchunks, seen, node->children[i]);
    }
}

struct slice *
count_print_explain(struct arena *arena, const struct count_plan *plan,
                    const struct count_facts *facts, size_t *nlines)
{
    struct lines lines;
    lines_init(&lines, arena);
    struct field_list seen = {.n = 0};
    strbuf_printf(&lines.text, "columns  %llu rows in %u chunks, kernels %s",
                  (unsigned long long) snapshot_nrows(plan->snapshot), facts->chunks,
                  kernel_set_name(facts->kernels));
    lines_end(&lines);
    for (size_t d = 0; d < plan->query->ndims; d++) {
        const struct count_dim *dim = &plan->dims[d];
        if (!dim->when) {
            print_field_once(&lines, facts->chunks, &seen, dim->bound->field, dim->column);
        } else if (dim->when->filter) {
            print_filter_fields(&lines, facts->chunks, &seen, dim->when->filter);
        }
    }
    if (plan->own_filter) {
        print_filter_fields(&lines, facts->chunks, &seen, plan->own_filter);
    }
    strbuf_append_str(&lines.text, "estimate ");
    print_bytes(&lines.text, facts->estimated_bytes);
    strbuf_printf(&lines.text, " read, %.2f ms on one thread", facts->estimated_ns / 1e6);
    lines_end(&lines);
    lines_fini(&lines);
    *nlines = lines.count;
    return lines.items;
}

struct slice *
count_print_profile(struct arena *arena, const struct count_facts *facts, size_t *nlines)
{
    static const char *const METHODS[] = {"skipped",      "whole",   "by list",  "by planes",
                                          "by histogram", "by walk", "by bytes", "by scatter"};
    struct lines lines;
    lines_init(&lines, arena);
    strbuf_printf(&lines.text, "chunks   %u", facts->chunks);
    if (facts->grids > 1) {
        strbuf_printf(&lines.text, ", for %u grids", facts->grids);
    }
    for (int i = 0; i < COUNT_NMETHODS; i++) {
        if (i <= COUNT_WALK || facts->chunks_by[i]) { /* the others are of measures */
            strbuf_printf(&lines.text, "%s %llu %s", i ? "," : ":",
                          (unsigned long long) facts->chunks_by[i], METHODS[i]);
        }
    }
    lines_end(&lines);
    strbuf_append_str(&lines.text, "read     ");
    print_bytes(&lines.text, (double) facts->read_bytes);
    lines_end(&lines);
    lines_fini(&lines);
    *nlines = lines.count;
    return lines.items;
}
