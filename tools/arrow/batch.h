/*
 * Arrow's record batches: columns of values, checked before any is read.
 *
 *     arrow_batch_read(arena, &batch_message, &schema_fields, dictionaries, &batch, &err)
 *     batch.columns[0]        of batch.nrows values
 *
 *     body: [mask of column 0][data of column 0][mask of column 1][offsets of column 1][data of column 1] ...
 *
 * What an array points to is in the message's body, or in the arena where the body is compressed (LZ4 frames,
 * Zstandard).
 */
#ifndef QUIPU_TOOLS_ARROW_BATCH_H
#define QUIPU_TOOLS_ARROW_BATCH_H

#include "tools/arrow/schema.h"

/* Values of one field. */
struct arrow_array {
    const struct arrow_field *field;
    size_t n;
    const uint8_t *mask;         /* a bit for each value: it is there. NULL: all are */
    struct slice data;           /* values, offsets, views or indices */
    struct slice bytes;          /* of texts with offsets */
    const struct slice *buffers; /* of texts by views */
    size_t nbuffers;
    const struct arrow_array *children;
    const struct arrow_dictionary *dictionary;
};

struct arrow_batch {
    size_t nrows;
    const struct arrow_array *columns; /* one for each field */
};

/* A dictionary's values, in parts: a part may be added later. */
struct arrow_dictionary {
    int64_t id;
    struct arrow_array *parts;
    size_t nparts, capacity;
};

struct arrow_dictionaries;

/* The caller frees it. */
struct arrow_dictionaries *arrow_dictionaries_new(void);
/* NULL is fine. */
void arrow_dictionaries_free(struct arrow_dictionaries *dictionaries);

/*
 * Reads a RECORD_BATCH's message. Each offset, index and view of it is within bounds behind this. The arena and the
 * body must live as long as the batch. Fails with DATA.
 */
bool arrow_batch_read(struct arena *arena, struct flat_table message, struct slice body,
                      const struct arrow_schema *schema,
                      const struct arrow_dictionaries *dictionaries, struct arrow_batch *out,
                      struct error *err) QUIPU_MUST_CHECK;
/* Reads a DICTIONARY_BATCH's message: its values are copied. Fails with DATA. */
bool arrow_dictionary_read(struct arrow_dictionaries *dictionaries, struct flat_table message,
                           struct slice body, const struct arrow_schema *schema,
                           struct error *err) QUIPU_MUST_CHECK;

/* Whether the value is there. */
bool arrow_is_there(const struct arrow_array *array, size_t row);
/* A value as an integer; of an array of indices, the index. */
int64_t arrow_integer(const struct arrow_array *array, size_t row);

#endif
