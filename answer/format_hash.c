/*
 * Writes an answer as the fields of a hash. in: an answer; out: one cell after the other, as a
 * record of its labels and a record of its numbers.
 *
 * Example: the cell female, 30 of the second table is the field 2,female,30.
 */
#include "answer/format_hash.h"

#include "answer/format_csv.h"

struct format_hash
format_hash_of(const struct answer *answer)
{
    return (struct format_hash){.answer = answer};
}

/* The next cell that has rows. Totals of 0 and zero cells of a list are none. */
static bool
cell_next(struct format_hash *hash, size_t *i)
{
    while (shown_next(&hash->cells, i)) {
        if (shown_has_rows(hash->cells.table, *i)) {
            return true;
        }
    }
    return false;
}

bool
format_hash_next(struct format_hash *hash, struct strbuf *labels, struct strbuf *leaf)
{
    const struct answer *answer = hash->answer;
    for (; hash->table < answer->ntables; hash->table++, hash->cells.table = NULL) {
        const struct table *table = answer->tables[hash->table];
        size_t i;
        if (!hash->cells.table) {
            hash->cells = shown_cells_of(table);
        }
        if (!cell_next(hash, &i)) {
            continue;
        }
        if (answer->is_list) {
            strbuf_append_int(labels, (int64_t) hash->table + 1);
            strbuf_append_str(labels, table->ndims ? "," : "");
        }
        format_csv_labels(labels, table, i);
        format_csv_leaf(leaf, table, i);
        return true;
    }
    return false;
}
