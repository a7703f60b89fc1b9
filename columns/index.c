/*
 * Writes rows into the index: a column for each field, a code for each value. in: rows with their
 * fields, as text; out: codes in columns.
 *
 * put_row(profile_7: sex f, age 31):
 *     id = names: found, or a new one, and code 1 in the column of rows
 *     for each pair: the column; its code at id; where that is another value:
 *         code = dictionary (a row more), column set, old code given back (a row less)
 *         the dictionary has values: of the texts 12, 12.0 and 1.2e1 it is the number 12
 *     where the row has more fields than were named: look for them in all columns, and remove them
 *
 * Example: HSET profile_7 age 32, and the module puts the whole row again: sex has the same value,
 * which is seen by comparing it with the text of its code, and costs no write; age gets a new code.
 */
#include "columns/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/number.h"
#include "columns/index_parts.h"
#include "columns/snapshot.h"

enum {
    RECLAIM_PER_WRITE = 16,
    ROW_BITS = 1,
    ROW_CODE = 1,
    MARK_BITS = 15,
    NUMBER_KEPT_BYTES = 4096
};

_Static_assert(MARKS_MOST < 1 << MARK_BITS, "each mark is a code");

/* ---- Life ---- */

static uint64_t
hash_column(const void *ctx, uint32_t number)
{
    const struct index *index = ctx;
    return hash_bytes(index->columns[number]->name, index->seed);
}

static bool
column_is_called(const void *ctx, uint32_t number, const void *key)
{
    const struct index *index = ctx;
    return slice_equal(index->columns[number]->name, *(const struct slice *) key);
}

static void
free_snapshot(void *ctx, struct version_holder *holder)
{
    struct index *index = ctx;
    struct snapshot *snapshot = (struct snapshot *) holder;
    memory_free(&index->memory, MEMORY_SNAPSHOT, snapshot,
                sizeof *snapshot + snapshot->ncolumns * sizeof *snapshot->columns);
}

static uint64_t
seed_new(const void *address)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t) sizeof seed) {
        seed = (uint64_t) (uintptr_t) address * 0x9e3779b97f4a7c15u;
    }
    return seed;
}

/* Makes the parts that index_clear makes again. */
static void
init_content(struct index *index)
{
    names_init(&index->names, &index->memory, index->prefix, index->seed);
    idmap_init(&index->fields, &index->memory, MEMORY_OTHER, hash_column, index);
    index->rows = index->incomplete = index->marks = (struct column){.name = {"", 0}};
    index->columns = NULL;
    index->emptied = NULL;
    index->must_reread = false;
    index->ncolumns = index->columns_capacity = index->expected_column = 0;
}

/* Frees a column. Parts that snapshots show are kept for them. */
static void
column_free(struct index *index, struct column *column)
{
    column_drop(&index->versions, column);
    dictionary_fini(&column->dictionary);
    /* Snapshots borrow the name. */
    version_retire(&index->versions,
                   &(struct retired){(void *) column->name.ptr, 1, (uint32_t) column->name.len + 1,
                                     MEMORY_OTHER, false});
    memory_free(&index->memory, MEMORY_OTHER, column, sizeof *column);
}

static void
fini_content(struct index *index)
{
    for (uint32_t i = 0; i < index->ncolumns; i++) {
        column_free(index, index->columns[i]);
    }
    memory_free(&index->memory, MEMORY_OTHER, index->columns,
                index->columns_capacity * sizeof(struct column *));
    column_drop(&index->versions, &index->rows);
    column_drop(&index->versions, &index->incomplete);
    column_drop(&index->versions, &index->marks);
    idmap_fini(&index->fields);
    names_fini(&index->names);
}

struct index *
index_new(const struct index_options *options)
{
    struct memory memory = {.alloc = options->alloc ? options->alloc : malloc,
                            .release = options->release ? options->release : free};
    struct index *index = memory_alloc_zeroed(&memory, MEMORY_OTHER, sizeof *index);
    index->memory = memory;
    index->seed = seed_new(index);
    index->columns_most = options->max_fields ? options->max_fields : UINT32_MAX - 1;
    index->nrefs = 1;
    versions_init(&index->versions, &index->memory, free_snapshot, index);
    char *prefix = memory_alloc(&index->memory, MEMORY_OTHER, options->prefix.len + 1);
    if (options->prefix.len) {
        memcpy(prefix, options->prefix.ptr, options->prefix.len);
    }
    index->prefix = slice_of(prefix, options->prefix.len);
    init_content(index);
    return index;
}

/* The last owner, the writer or a reader, frees the index. */
static void
unref(struct index *index)
{
    if (atomic_fetch_sub_explicit(&index->nrefs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    versions_fini(&index->versions);
    fini_content(index);
    strbuf_fini(&index->number);
    memory_free(&index->memory, MEMORY_OTHER, (void *) index->prefix.ptr, index->prefix.len + 1);
    index->memory.release(index);
}

void
index_free(struct index *index)
{
    if (index) {
        unref(index);
    }
}

void
index_clear(struct index *index)
{
    fini_content(index);
    init_content(index);
}

/* ---- Columns ---- */

int64_t
index_column(const struct index *index, struct slice field)
{
    uint32_t number =
        idmap_find(&index->fields, hash_bytes(field, index->seed), column_is_called, index, &field);
    return number == IDMAP_NONE ? NO_COLUMN : (int64_t) number;
}

/* NULL: there are as many columns as allowed. */
static struct column *
column_add(struct index *index, struct slice field)
{
    struct memory *memory = &index->memory;
    if (index->ncolumns >= index->columns_most) {
        return NULL;
    }
    if (index->ncolumns == index->columns_capacity) {
        uint32_t capacity = index->columns_capacity ? index->columns_capacity * 2 : 16;
        index->columns = memory_grow(memory, MEMORY_OTHER, index->columns,
                                     index->columns_capacity * sizeof(struct column *),
                                     capacity * sizeof(struct column *));
        index->columns_capacity = capacity;
    }
    struct column *column = memory_alloc_zeroed(memory, MEMORY_OTHER, sizeof *column);
    char *name = memory_alloc(memory, MEMORY_OTHER, field.len + 1);
    if (field.len) {
        memcpy(name, field.ptr, field.len);
    }
    column->name = slice_of(name, field.len);
    dictionary_init(&column->dictionary, &index->versions, index->seed);
    column->number = index->ncolumns++;
    index->columns[column->number] = column;
    idmap_add(&index->fields, hash_bytes(field, index->seed), column->number);
    return column;
}

/* The last column takes over the number of the removed one. */
static void
column_forget(struct index *index, struct column *column)
{
    struct column *last = index->columns[index->ncolumns - 1];
    idmap_remove(&index->fields, hash_bytes(column->name, index->seed), column->number);
    if (last != column) {
        uint64_t hash = hash_bytes(last->name, index->seed);
        idmap_remove(&index->fields, hash, last->number);
        last->number = column->number;
        index->columns[last->number] = last;
        idmap_add(&index->fields, hash, last->number);
    }
    index->ncolumns--;
    column_free(index, column);
}

/* Called at the end of a write: a field may have a row again after losing its last one. */
static void
forget_emptied(struct index *index)
{
    for (struct column *column; (column = index->emptied);) {
        index->emptied = column->next_emptied;
        column->is_emptied = false;
        if (!column->rows) {
            column_forget(index, column);
            index->must_reread = index->incomplete.rows;
            index->reread_next = 0;
        }
    }
}

/* NULL: the column is unknown and is not to be added, or cannot be. */
static struct column *
column_of(struct index *index, struct slice field, bool adds)
{
    uint32_t expected = index->expected_column;
    if (expected < index->ncolumns && slice_equal(index->columns[expected]->name, field)) {
        index->expected_column++;
        return index->columns[expected];
    }
    int64_t number = index_column(index, field);
    if (number == NO_COLUMN) {
        return adds ? column_add(index, field) : NULL;
    }
    index->expected_column = (uint32_t) number + 1;
    return index->columns[number];
}

struct column *
index_known_column(struct index *index, struct slice field)
{
    return column_of(index, field, false);
}

/* ---- Writing ---- */

static void
tidy(struct index *index)
{
    if (version_has_garbage(&index->versions)) {
        version_reclaim(&index->versions, RECLAIM_PER_WRITE);
    }
}

static uint32_t
find_row(const struct index *index, struct slice name)
{
    struct name_key key = names_key(&index->names, name);
    return names_find(&index->names, &key);
}

uint32_t
index_find_row(const struct index *index, struct slice name)
{
    return find_row(index, name);
}

static uint32_t
row_own(struct index *index, const struct name_key *key)
{
    uint32_t id = names_find(&index->names, key);
    if (id == IDMAP_NONE) {
        id = names_add(&index->names, key);
        column_set(&index->versions, &index->rows, id, ROW_CODE, ROW_BITS);
    }
    return id;
}

/*
 * Reading a row from memory takes several reads, each of which waits for the one before: hash
 * table, name, codes. So the reads of many rows are started together: first all of the table, then
 * those of names and codes, before it is certain that the ids are those of the names.
 */
static void
touch_rows(struct index *index, const struct index_write *writes, size_t n,
           const struct name_key *keys)
{
    enum { PAIRS_MOST = 4 };
    struct touch touch;
    touch.n = 0;
    for (size_t i = 0; i < n; i++) {
        names_touch(&index->names, &keys[i], &touch);
    }
    touch_all(&touch);
    for (size_t i = 0; i < n; i++) {
        uint32_t id = names_guess(&index->names, &keys[i], &touch);
        for (size_t j = 0; id != IDMAP_NONE && j < writes[i].npairs && j < PAIRS_MOST; j++) {
            struct column *column = column_of(index, writes[i].pairs[j].field, false);
            if (column) {
                column_touch(column, id, &touch);
            }
        }
        index->expected_column = 0;
    }
    touch_all(&touch);
}

/* True: the field has that value already. */
static bool
has_value(const struct column *column, uint32_t code, struct slice value)
{
    struct dictionary_view view = dictionary_view(&column->dictionary);
    return code && slice_equal(value_text(dictionary_value(&view, code)), value);
}

/* Most texts are their own values, and most rows are put again with most of the values they have. */
static void
field_put(struct index *index, struct column *column, uint32_t id, struct slice text)
{
    struct dictionary *dictionary = &column->dictionary;
    uint32_t old = column_get(column, id);
    if (has_value(column, old, text)) {
        return;
    }
    struct slice value = value_canonical_buffered(&index->number, text);
    if (value.ptr != text.ptr && has_value(column, old, value)) {
        return;
    }
    uint32_t code = dictionary_take(dictionary, value);
    column_set(&index->versions, column, id, code, code_bits(dictionary->ncodes));
    if (old) {
        dictionary_give_back(dictionary, old);
    } else {
        names_add_fields(&index->names, id, 1);
    }
    if (index->number.capacity > NUMBER_KEPT_BYTES) {
        strbuf_fini(&index->number);
    }
}

static bool
field_remove(struct index *index, struct column *column, uint32_t id)
{
    if (!column_get(column, id)) {
        return false;
    }
    unsigned bits = code_bits(column->dictionary.ncodes);
    uint32_t old = column_set(&index->versions, column, id, 0, bits);
    dictionary_give_back(&column->dictionary, old);
    names_add_fields(&index->names, id, -1);
    if (!column->rows && !column->is_emptied) {
        column->is_emptied = true;
        column->next_emptied = index->emptied;
        index->emptied = column;
    }
    return true;
}

static void
set_incomplete(struct index *index, uint32_t id, bool is_incomplete)
{
    bool was = index->incomplete.rows && column_get(&index->incomplete, id);
    if (was != is_incomplete) {
        column_set(&index->versions, &index->incomplete, id, is_incomplete, ROW_BITS);
    }
}

/* Removes the row's fields except those of the current mark; `most` is their largest number. */
static void
remove_unmarked(struct index *index, uint32_t id, uint32_t most)
{
    for (uint32_t i = 0; i < index->ncolumns && most; i++) {
        struct column *column = index->columns[i];
        if (column->mark != index->mark) {
            most -= field_remove(index, column, id);
        }
    }
}

static uint32_t
fields_besides(const struct index *index, uint32_t id, uint32_t ngiven)
{
    uint32_t nfields = names_nfields(&index->names, id);
    return nfields == NAMES_FIELDS_MOST ? UINT32_MAX : nfields - ngiven;
}

/* False: some of its fields found no room. */
static bool
row_put_whole(struct index *index, uint32_t id, const struct index_pair *pairs, size_t npairs)
{
    uint32_t ngiven = 0;
    bool is_complete = true;
    index->mark++;
    for (size_t i = 0; i < npairs; i++) {
        struct column *column = column_of(index, pairs[i].field, true);
        if (!column) {
            is_complete = false;
            continue;
        }
        ngiven += column->mark != index->mark;
        column->mark = index->mark;
        field_put(index, column, id, pairs[i].value);
    }
    remove_unmarked(index, id, fields_besides(index, id, ngiven));
    set_incomplete(index, id, !is_complete);
    index->expected_column = 0;
    return is_complete;
}

static void
row_put_fields(struct index *index, uint32_t id, const struct index_pair *pairs, size_t npairs)
{
    for (size_t i = 0; i < npairs; i++) {
        struct column *column = column_of(index, pairs[i].field, true);
        if (column) {
            field_put(index, column, id, pairs[i].value);
        } else {
            set_incomplete(index, id, true);
        }
    }
}

void
index_put_rows(struct index *index, const struct index_write *writes, size_t nwrites)
{
    enum { AT_ONCE = 32 };
    struct name_key keys[AT_ONCE];
    while (nwrites) {
        tidy(index);
        size_t n = nwrites < AT_ONCE ? nwrites : AT_ONCE;
        for (size_t i = 0; i < n; i++) {
            keys[i] = names_key(&index->names, writes[i].name);
        }
        touch_rows(index, writes, n, keys);
        for (size_t i = 0; i < n; i++) {
            const struct index_write *write = &writes[i];
            uint32_t id = row_own(index, &keys[i]);
            if (write->is_whole) {
                if (!row_put_whole(index, id, write->pairs, write->npairs)) {
                    /* There may be room now: that of a field that the row had before. */
                    forget_emptied(index);
                    (void) row_put_whole(index, id, write->pairs, write->npairs);
                }
            } else {
                row_put_fields(index, id, write->pairs, write->npairs);
            }
        }
        forget_emptied(index);
        writes += n;
        nwrites -= n;
    }
}

void
index_put_row(struct index *index, struct slice name, const struct index_pair *pairs, size_t npairs)
{
    index_put_rows(index, &(struct index_write){name, pairs, npairs, true}, 1);
}

void
index_put_fields(struct index *index, struct slice name, const struct index_pair *pairs,
                 size_t npairs)
{
    index_put_rows(index, &(struct index_write){name, pairs, npairs, false}, 1);
}

bool
index_remove_field(struct index *index, struct slice name, struct slice field)
{
    tidy(index);
    uint32_t id = find_row(index, name);
    struct column *column = column_of(index, field, false);
    bool had = id != IDMAP_NONE && column && field_remove(index, column, id);
    forget_emptied(index);
    return had;
}

static void
set_mark(struct index *index, uint32_t id, uint32_t mark)
{
    if (column_get(&index->marks, id) != mark) {
        column_set(&index->versions, &index->marks, id, mark, MARK_BITS);
    }
}

bool
index_mark_row(struct index *index, struct slice name, uint32_t mark)
{
    assert(mark <= MARKS_MOST);
    tidy(index);
    uint32_t id = find_row(index, name);
    if (id == IDMAP_NONE) {
        return false;
    }
    set_mark(index, id, mark);
    return true;
}

void
index_clear_marks(struct index *index)
{
    column_drop(&index->versions, &index->marks);
    index->marks = (struct column){.name = {"", 0}};
}

bool
index_remove_row(struct index *index, struct slice name)
{
    tidy(index);
    uint32_t id = find_row(index, name);
    if (id == IDMAP_NONE) {
        return false;
    }
    index->mark++;
    remove_unmarked(index, id, fields_besides(index, id, 0));
    column_set(&index->versions, &index->rows, id, 0, ROW_BITS);
    set_incomplete(index, id, false);
    set_mark(index, id, 0);
    names_remove(&index->names, id);
    forget_emptied(index);
    return true;
}

bool
index_rename_row(struct index *index, struct slice from, struct slice to)
{
    uint32_t id = find_row(index, from);
    if (id == IDMAP_NONE) {
        return false;
    }
    if (!slice_equal(from, to)) {
        index_remove_row(index, to);
        struct name_key key = names_key(&index->names, to);
        names_rename(&index->names, id, &key);
    }
    return true;
}

/* ---- Reading ---- */

bool
index_has_row(const struct index *index, struct slice name)
{
    return find_row(index, name) != IDMAP_NONE;
}

uint64_t
index_nrows(const struct index *index)
{
    return index->rows.rows;
}

uint64_t
index_nincomplete(const struct index *index)
{
    return index->incomplete.rows;
}

uint32_t
index_max_fields(const struct index *index)
{
    return index->columns_most;
}

bool
index_next_reread(struct index *index, struct slice *name)
{
    while (index->must_reread && index->reread_next < index->names.nids) {
        uint32_t id = index->reread_next;
        const struct chunk *chunk = table_chunk(index->incomplete.table, id >> CHUNK_BITS);
        if (!chunk->rows) {
            uint64_t next = ((uint64_t) (id >> CHUNK_BITS) + 1) << CHUNK_BITS;
            index->reread_next = next < UINT32_MAX ? (uint32_t) next : UINT32_MAX;
            continue;
        }
        index->reread_next++;
        if (column_get(&index->incomplete, id) && names_text(&index->names, id, name)) {
            return true;
        }
    }
    index->must_reread = index->must_reread && index->reread_next < index->names.nids;
    return false;
}

bool
index_next_row(struct index *index, uint64_t *cursor, struct slice *name)
{
    while (*cursor < index->names.nids) {
        if (names_text(&index->names, (uint32_t) (*cursor)++, name)) {
            return true;
        }
    }
    return false;
}

uint64_t
index_nmarked(const struct index *index)
{
    return index->marks.rows;
}

/* The first row from `row` on with the code; CHUNK_ROWS: none. */
static uint32_t
find_code(const struct chunk *chunk, uint32_t code, uint32_t row)
{
    if (chunk->kind == CHUNK_EMPTY || (chunk->kind == CHUNK_CONSTANT && chunk->code != code)) {
        return CHUNK_ROWS;
    }
    if (chunk->kind == CHUNK_SPARSE) {
        const void *codes = sparse_codes(chunk);
        for (uint32_t i = row ? sparse_find(chunk->positions, chunk->rows, row) : 0;
             i < chunk->rows; i++) {
            if (sparse_code(codes, chunk->width, i) == code) {
                return chunk->positions[i];
            }
        }
        return CHUNK_ROWS;
    }
    while (row < CHUNK_ROWS && chunk_get(chunk, row) != code) {
        row++;
    }
    return row;
}

bool
index_next_marked(struct index *index, uint32_t mark, uint64_t *cursor, uint32_t *id,
                  struct slice *name)
{
    while (*cursor < index->names.nids) {
        uint32_t number = (uint32_t) (*cursor >> CHUNK_BITS);
        uint32_t row = find_code(table_chunk(index->marks.table, number), mark,
                                 (uint32_t) *cursor & (CHUNK_ROWS - 1));
        uint64_t found = ((uint64_t) number << CHUNK_BITS) + row;
        *cursor = row < CHUNK_ROWS ? found + 1 : found;
        if (row < CHUNK_ROWS && names_text(&index->names, (uint32_t) found, name)) {
            *id = (uint32_t) found;
            return true;
        }
    }
    return false;
}

/* ---- Snapshots ---- */

static struct column_view
column_view(const struct column *column)
{
    return (struct column_view){column->table, column->rows, column->name,
                                dictionary_view(&column->dictionary)};
}

struct snapshot *
index_snapshot(struct index *index)
{
    tidy(index);
    struct snapshot *snapshot =
        memory_alloc(&index->memory, MEMORY_SNAPSHOT,
                     sizeof *snapshot + index->ncolumns * sizeof *snapshot->columns);
    version_hold(&index->versions, &snapshot->holder);
    atomic_fetch_add_explicit(&index->nrefs, 1, memory_order_relaxed);
    snapshot->index = index;
    snapshot->nchunks = (uint32_t) ((index->names.nids + CHUNK_ROWS - 1ull) >> CHUNK_BITS);
    snapshot->rows = column_view(&index->rows);
    snapshot->marks = column_view(&index->marks);
    snapshot->marks.dictionary.ncodes = MARKS_MOST;
    snapshot->ncolumns = index->ncolumns;
    for (uint32_t i = 0; i < index->ncolumns; i++) {
        snapshot->columns[i] = column_view(index->columns[i]);
    }
    return snapshot;
}

void
snapshot_release(struct snapshot *snapshot)
{
    /* Once it is pushed, the writer may free it. */
    struct index *index = snapshot->index;
    version_release(&index->versions, &snapshot->holder);
    unref(index);
}

uint64_t
snapshot_nrows(const struct snapshot *snapshot)
{
    return snapshot->rows.rows;
}

uint32_t
snapshot_nchunks(const struct snapshot *snapshot)
{
    return snapshot->nchunks;
}

size_t
index_reclaim(struct index *index, size_t max_blocks)
{
    return version_reclaim(&index->versions, max_blocks);
}
