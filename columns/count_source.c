/*
 * Finds where a list of rows may start. in: a chunk's dimensions and its filter; out: the smallest
 * sparse chunk that every counted row must be in.
 *
 * Example: value_3 is sparse with 65 rows, the filter's test of city has 900: the list starts from
 * value_3.
 */
#include "columns/count_source.h"

#include "columns/index_parts.h"

static void
offer(struct list_source *source, const struct chunk *chunk, const struct code_set *codes,
      size_t dim)
{
    if (chunk->kind == CHUNK_SPARSE && (!source->chunk || chunk->rows < source->chunk->rows)) {
        *source = (struct list_source){chunk, codes, dim};
    }
}

static const struct code_set ANY_CODE = {.kind = CODES_ANY};

struct list_source
list_source_find(const struct count_plan *plan, const struct chunk *rows_chunk, bool has_filter,
                 uint32_t number, const struct chunk_dim *dims, size_t ndims)
{
    struct list_source source = {NULL, NULL, NO_DIM};
    for (size_t d = 0; d < ndims; d++) {
        if (chunk_dim_is_needed(&dims[d])) {
            offer(&source, dims[d].chunk, &dims[d].dim->codes, d);
        }
    }
    if (has_filter && !plan->is_complement) {
        const struct count_node *node = plan->filter;
        if (node->kind == NODE_TEST) {
            offer(&source, table_chunk(node->column->table, number), &node->codes, NO_DIM);
        }
        for (size_t i = 0; node->kind == NODE_AND && i < node->npositive; i++) {
            const struct count_node *child = node->children[i];
            if (child->kind == NODE_TEST) {
                offer(&source, table_chunk(child->column->table, number), &child->codes, NO_DIM);
            }
        }
    }
    offer(&source, rows_chunk, &ANY_CODE, NO_DIM);
    return source;
}
