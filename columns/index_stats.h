/*
 * What an index holds, and its memory by what it is for. The writer's thread, as all of index.h.
 */
#ifndef QUIPU_COLUMNS_INDEX_STATS_H
#define QUIPU_COLUMNS_INDEX_STATS_H

#include "columns/chunk_kind.h"
#include "columns/index.h"

struct index_stats {
    uint64_t rows;
    uint64_t fields; /* that some row has */
    uint64_t rows_incomplete;
    uint64_t values;               /* different ones, summed over the fields */
    uint64_t chunks[CHUNK_NKINDS]; /* of all fields, and of the column of rows */
    uint64_t chunk_bytes[CHUNK_NKINDS];
    uint64_t table_bytes;      /* where each chunk is */
    uint64_t dictionary_bytes; /* values and their hash tables */
    uint64_t name_bytes;       /* row names and their hash table */
    uint64_t snapshot_bytes;   /* blocks that only snapshots still need */
    uint64_t other_bytes;
    uint64_t bytes;     /* all of it: what was asked of alloc and not given back */
    uint64_t snapshots; /* taken and not yet known to be released */
};

/* Linear in the number of chunks: some microseconds for a million rows and twenty fields. */
void index_stats(const struct index *index, struct index_stats *stats);

struct index_field_stats {
    struct slice name; /* borrowed: valid until the index is freed or cleared */
    uint64_t rows;     /* that have the field */
    uint64_t values;   /* different ones */
    uint64_t chunks[CHUNK_NKINDS];
    uint64_t bytes; /* chunks, tables, dictionary */
};

/* The i-th field, from 0, in any order. False: no more. */
bool index_field(const struct index *index, size_t i, struct index_field_stats *stats);

/* The i-th field's name, as index_field has it, without what that costs. */
bool index_field_name(const struct index *index, size_t i, struct slice *name);
/* Whether some row has the field; whether one has this value of it, as it is canonical. */
bool index_has_field(const struct index *index, struct slice field);
bool index_has_value(const struct index *index, struct slice field, struct slice value);

#endif
