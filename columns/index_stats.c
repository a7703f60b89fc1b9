/*
 * What an index holds and what that costs. in: an index; out: numbers of rows, values, chunks and
 * bytes.
 */
#include "columns/index_stats.h"

#include "columns/index_parts.h"

static void
count_chunks(const struct index *index, const struct column *column, uint64_t chunks[CHUNK_NKINDS],
             uint64_t bytes[CHUNK_NKINDS])
{
    uint32_t nchunks = (uint32_t) ((index->names.nids + CHUNK_ROWS - 1ull) >> CHUNK_BITS);
    for (uint32_t i = 0; i < nchunks; i++) {
        const struct chunk *chunk = table_chunk(column->table, i);
        chunks[chunk->kind]++;
        bytes[chunk->kind] += chunk_bytes(chunk);
    }
}

void
index_stats(const struct index *index, struct index_stats *stats)
{
    *stats =
        (struct index_stats){.rows = index->rows.rows, .rows_incomplete = index->incomplete.rows};
    count_chunks(index, &index->rows, stats->chunks, stats->chunk_bytes);
    if (index->incomplete.rows) {
        count_chunks(index, &index->incomplete, stats->chunks, stats->chunk_bytes);
    }
    for (uint32_t i = 0; i < index->ncolumns; i++) {
        const struct column *column = index->columns[i];
        stats->fields += column->rows != 0;
        stats->values += column->dictionary.nvalues;
        count_chunks(index, column, stats->chunks, stats->chunk_bytes);
    }
    const size_t *bytes = index->memory.bytes;
    stats->table_bytes = bytes[MEMORY_TABLE];
    stats->dictionary_bytes = bytes[MEMORY_DICTIONARY];
    stats->name_bytes = bytes[MEMORY_NAMES];
    stats->snapshot_bytes = bytes[MEMORY_SNAPSHOT];
    stats->other_bytes = bytes[MEMORY_OTHER];
    stats->bytes = memory_total(&index->memory);
    stats->snapshots = index->versions.nholders - index->versions.ndead;
}

bool
index_field(const struct index *index, size_t i, struct index_field_stats *stats)
{
    if (i >= index->ncolumns) {
        return false;
    }
    const struct column *column = index->columns[i];
    uint64_t bytes[CHUNK_NKINDS] = {0};
    *stats = (struct index_field_stats){.name = column->name, .rows = column->rows};
    stats->values = column->dictionary.nvalues;
    count_chunks(index, column, stats->chunks, bytes);
    for (int kind = 0; kind < CHUNK_NKINDS; kind++) {
        stats->bytes += bytes[kind];
    }
    stats->bytes += column_table_bytes(column) + dictionary_bytes(&column->dictionary);
    return true;
}

bool
index_field_name(const struct index *index, size_t i, struct slice *name)
{
    if (i >= index->ncolumns) {
        return false;
    }
    *name = index->columns[i]->name;
    return true;
}

bool
index_has_field(const struct index *index, struct slice field)
{
    int64_t number = index_column(index, field);
    return number != NO_COLUMN && index->columns[number]->rows != 0;
}

bool
index_has_value(const struct index *index, struct slice field, struct slice value)
{
    int64_t number = index_column(index, field);
    return number != NO_COLUMN && dictionary_code(&index->columns[number]->dictionary, value) != 0;
}
