/*
 * The column index as it is written: it holds what a plain table of the same writes holds, in every
 * kind of chunk, also as older snapshots show it; its memory is accounted to the byte.
 *
 *     QUIPU_SEED=7 test_columns        random writes from another seed
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "columns/index.h"
#include "columns/index_check.h"
#include "columns/index_parts.h"
#include "columns/index_stats.h"
#include "columns/snapshot.h"
#include "tests/suite.h"

/* ---- Memory that is counted ---- */

static size_t given_bytes, given_blocks;

static void *
counted_alloc(size_t size_bytes)
{
    size_t *block = malloc(size_bytes + 16);
    ck_assert_ptr_nonnull(block);
    *block = size_bytes;
    given_bytes += size_bytes;
    given_blocks++;
    return (char *) block + 16;
}

static void
counted_release(void *ptr)
{
    size_t *block = (size_t *) ((char *) ptr - 16);
    given_bytes -= *block;
    given_blocks--;
    free(block);
}

static struct index *
new_index(void)
{
    return index_new(&(struct index_options){
        .prefix = slice_lit("p_"), .alloc = counted_alloc, .release = counted_release});
}

static void
ck_assert_accounted(const struct index *index)
{
    struct index_stats stats;
    index_stats(index, &stats);
    ck_assert_uint_eq(stats.bytes, given_bytes);
    uint64_t sum = stats.table_bytes + stats.dictionary_bytes + stats.name_bytes +
                   stats.snapshot_bytes + stats.other_bytes;
    for (int i = 0; i < CHUNK_NKINDS; i++) {
        sum += stats.chunk_bytes[i];
    }
    ck_assert_uint_eq(stats.bytes, sum);
}

static void
ck_assert_sound(struct index *index)
{
    struct strbuf difference;
    strbuf_init(&difference);
    ck_assert_msg(index_check(index, &difference), "%s", difference.ptr);
    strbuf_fini(&difference);
    ck_assert_accounted(index);
}

static uint64_t random_state;

static uint64_t
next_random(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t
below(uint64_t n)
{
    return next_random() % n;
}

static void
seed_random(void)
{
    const char *seed = getenv("QUIPU_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 20260101;
    printf("QUIPU_SEED=%llu\n", (unsigned long long) random_state);
    fflush(stdout);
}

/* ---- Names ---- */

static const char *const names[] = {"p_0",
                                    "p_7",
                                    "p_007",
                                    "p_",
                                    "p_-1",
                                    "x",
                                    "",
                                    "p_70",
                                    "p_140737488355327",
                                    "p_140737488355328",
                                    "q_7",
                                    "p_7 ",
                                    "p_99999999999999999999",
                                    "p_7.0"};

START_TEST(any_name_is_found_again)
{
    struct index *index = new_index();
    size_t nnames = sizeof names / sizeof *names;
    for (size_t i = 0; i < nnames; i++) {
        ck_assert(!index_has_row(index, slice_str(names[i])));
        index_put_row(index, slice_str(names[i]), NULL, 0);
        ck_assert(index_has_row(index, slice_str(names[i])));
    }
    ck_assert_uint_eq(index_nrows(index), nnames);
    uint64_t cursor = 0;
    struct slice name;
    for (size_t i = 0; i < nnames; i++) {
        ck_assert(index_next_row(index, &cursor, &name));
        ck_assert(slice_equal(name, slice_str(names[i])));
    }
    ck_assert(!index_next_row(index, &cursor, &name));
    ck_assert_sound(index);
    for (size_t i = 0; i < nnames; i++) {
        ck_assert(index_remove_row(index, slice_str(names[i])));
        ck_assert(!index_remove_row(index, slice_str(names[i])));
    }
    ck_assert_uint_eq(index_nrows(index), 0);
    ck_assert_sound(index);
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

START_TEST(name_costs_sixteen_bytes_and_its_id_is_used_again)
{
    struct index *index = new_index();
    char name[32];
    size_t worst = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        int len =
            snprintf(name, sizeof name, "p_%llu", (unsigned long long) (i * 7919 % 100000000));
        index_put_row(index, slice_of(name, (size_t) len), NULL, 0);
        if (i > 100000 && i % 1000 == 0) {
            struct index_stats stats;
            index_stats(index, &stats);
            size_t per_row = (stats.name_bytes * 100) / stats.rows;
            worst = per_row > worst ? per_row : worst;
        }
    }
    ck_assert_msg(worst <= 1600, "%zu bytes for 100 names", worst);
    ck_assert_uint_eq(index_nrows(index), 1000000);
    for (uint64_t i = 0; i < 1000000; i += 3) {
        int len =
            snprintf(name, sizeof name, "p_%llu", (unsigned long long) (i * 7919 % 100000000));
        ck_assert(index_remove_row(index, slice_of(name, (size_t) len)));
    }
    for (uint64_t i = 0; i < 1000000; i += 3) {
        int len = snprintf(name, sizeof name, "p_%llu", (unsigned long long) (i + 200000000));
        index_put_row(index, slice_of(name, (size_t) len), NULL, 0);
    }
    ck_assert_uint_eq(index->names.nids, 1000000);
    ck_assert_sound(index);
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

/* ---- Chunks ---- */

static enum chunk_kind
kind_of(struct index *index, const char *field, uint32_t number)
{
    int64_t column = index_column(index, slice_str(field));
    return column == NO_COLUMN ? CHUNK_EMPTY
                               : table_chunk(index->columns[column]->table, number)->kind;
}

static void
put(struct index *index, uint32_t row, const char *value)
{
    char name[32];
    int len = snprintf(name, sizeof name, "p_%u", row);
    struct index_pair pair = {slice_lit("f"), slice_str(value)};
    index_put_fields(index, slice_of(name, (size_t) len), &pair, 1);
}

static void
take(struct index *index, uint32_t row)
{
    char name[32];
    int len = snprintf(name, sizeof name, "p_%u", row);
    ck_assert(index_remove_field(index, slice_of(name, (size_t) len), slice_lit("f")));
}

START_TEST(chunk_changes_its_kind_as_it_fills_and_empties)
{
    struct index *index = new_index();
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_EMPTY);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        put(index, row, "7");
        enum chunk_kind expected = row < 2730             ? CHUNK_SPARSE
                                   : row < CHUNK_ROWS - 1 ? CHUNK_PLANES
                                                          : CHUNK_CONSTANT;
        ck_assert_uint_eq(kind_of(index, "f", 0), expected);
    }
    ck_assert_sound(index);
    put(index, 40000, "8");
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_PLANES);
    ck_assert_sound(index);
    put(index, 40000, "7");
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_CONSTANT);
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        take(index, row * 7919 % CHUNK_ROWS);
    }
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_EMPTY);
    ck_assert_sound(index);
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

START_TEST(full_planes_become_constant_in_any_order)
{
    struct index *index = new_index();
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        put(index, row, row % 3 ? "a" : "b");
    }
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_PLANES);
    for (uint32_t i = 0; i < CHUNK_ROWS; i++) {
        ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_PLANES);
        put(index, i * 7919 % CHUNK_ROWS, "c");
        if (kind_of(index, "f", 0) == CHUNK_CONSTANT) {
            ck_assert_uint_ge(i, CHUNK_ROWS - 3);
            break;
        }
    }
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        put(index, row, "c");
    }
    ck_assert_uint_eq(kind_of(index, "f", 0), CHUNK_CONSTANT);
    ck_assert_sound(index);
    index_free(index);
}
END_TEST

START_TEST(sparse_positions_are_found)
{
    static uint16_t positions[SPARSE_MOST];
    seed_random();
    for (int round = 0; round < 200; round++) {
        uint32_t n = 0, step = 1 + (uint32_t) below(200), from = (uint32_t) below(CHUNK_ROWS);
        for (uint32_t row = from; row < CHUNK_ROWS && n < SPARSE_MOST;
             row += 1 + (uint32_t) below(step)) {
            positions[n++] = (uint16_t) row;
        }
        for (int i = 0; i < 500; i++) {
            uint32_t row = (uint32_t) below(CHUNK_ROWS), expected = 0;
            while (expected < n && positions[expected] < row) {
                expected++;
            }
            ck_assert_uint_eq(sparse_find(positions, n, row), expected);
        }
    }
}
END_TEST

/* ---- Random writes, against a plain table ---- */

enum { NROWS = 3000, NFIELDS = 9 };

struct table {
    bool exists[NROWS];
    char values[NROWS][NFIELDS][24]; /* empty: the row lacks the field */
};

static struct slice
row_name(char *buffer, uint32_t row)
{
    /* Some names are not the prefix and an integer. */
    int len = row % 10 ? sprintf(buffer, "p_%u", row * 37) : sprintf(buffer, "odd:%u", row);
    return slice_of(buffer, (size_t) len);
}

static struct slice
field_name(char *buffer, uint32_t field)
{
    return slice_of(buffer, (size_t) sprintf(buffer, "field_%u", field));
}

/* Fields have ever more values; those of the last one are long. */
static void
random_value(char *buffer, uint32_t field)
{
    static const uint32_t nvalues[NFIELDS] = {1, 2, 3, 8, 20, 300, 5000, 100000, 50};
    uint32_t value = (uint32_t) below(nvalues[field]);
    sprintf(buffer, field == 8 ? "a longer value, %u" : field % 2 ? "%u" : "v%u", value);
}

static size_t
row_pairs(const struct table *table, uint32_t row, struct index_pair *pairs,
          char fields[NFIELDS][16])
{
    size_t npairs = 0;
    for (uint32_t f = 0; f < NFIELDS; f++) {
        if (table->values[row][f][0]) {
            pairs[npairs].field = field_name(fields[f], f);
            pairs[npairs++].value = slice_str(table->values[row][f]);
        }
    }
    return npairs;
}

static void
random_write(struct index *index, struct table *table)
{
    char name_buffer[32], fields[NFIELDS][16], other_buffer[32];
    struct index_pair pairs[NFIELDS];
    uint32_t row = (uint32_t) below(NROWS), f = (uint32_t) below(NFIELDS);
    struct slice name = row_name(name_buffer, row);
    switch (below(10)) {
    case 0:
        ck_assert(index_remove_row(index, name) == table->exists[row]);
        table->exists[row] = false;
        memset(table->values[row], 0, sizeof table->values[row]);
        break;
    case 1:
        ck_assert(index_remove_field(index, name, field_name(fields[0], f)) ==
                  (table->values[row][f][0] != '\0'));
        table->values[row][f][0] = '\0';
        break;
    case 2:
    case 3:
    case 4: {
        for (f = 0; f < NFIELDS; f++) {
            table->values[row][f][0] = '\0';
            if (below(3)) {
                random_value(table->values[row][f], f);
            }
        }
        size_t npairs = row_pairs(table, row, pairs, fields);
        if (below(2)) {
            index_put_row(index, name, pairs, npairs);
        } else {
            /* One row twice: first the field alone. */
            struct index_write writes[] = {{name, pairs, npairs > 0, false},
                                           {name, pairs, npairs, true}};
            index_put_rows(index, writes, 2);
        }
        table->exists[row] = true;
        break;
    }
    case 5: {
        uint32_t to = (uint32_t) below(NROWS);
        struct slice other = row_name(other_buffer, to);
        ck_assert(index_rename_row(index, name, other) == table->exists[row]);
        if (table->exists[row] && to != row) {
            memcpy(table->values[to], table->values[row], sizeof table->values[to]);
            memset(table->values[row], 0, sizeof table->values[row]);
            table->exists[to] = true;
            table->exists[row] = false;
        }
        break;
    }
    default:
        random_value(table->values[row][f], f);
        pairs[0] = (struct index_pair){field_name(fields[0], f), slice_str(table->values[row][f])};
        index_put_fields(index, name, pairs, 1);
        table->exists[row] = true;
        break;
    }
}

static void
ck_assert_same(struct index *index, const struct table *table)
{
    char name_buffer[32], fields[NFIELDS][16];
    struct index_pair pairs[NFIELDS];
    struct strbuf difference;
    strbuf_init(&difference);
    uint64_t nrows = 0;
    for (uint32_t row = 0; row < NROWS; row++) {
        struct slice name = row_name(name_buffer, row);
        ck_assert(index_has_row(index, name) == table->exists[row]);
        nrows += table->exists[row];
        size_t npairs = row_pairs(table, row, pairs, fields);
        if (table->exists[row]) {
            ck_assert_msg(index_check_row(index, name, pairs, npairs, &difference), "%s",
                          difference.ptr);
        }
    }
    ck_assert_uint_eq(index_nrows(index), nrows);
    strbuf_fini(&difference);
}

/* What a snapshot shows, as one number. */
static uint64_t
digest(const struct snapshot *snapshot)
{
    uint64_t hash = 1;
    for (uint32_t i = 0; i < snapshot->nchunks; i++) {
        for (uint32_t row = 0; row < CHUNK_ROWS; row += 1) {
            hash = hash_number(hash ^ chunk_get(table_chunk(snapshot->rows.table, i), row), 1);
            for (uint32_t c = 0; c < snapshot->ncolumns; c++) {
                const struct column_view *column = &snapshot->columns[c];
                uint32_t code = chunk_get(table_chunk(column->table, i), row);
                if (code) {
                    struct slice text = value_text(dictionary_value(&column->dictionary, code));
                    hash = hash_number(hash ^ hash_bytes(text, c + 2), row);
                }
            }
        }
    }
    return hash;
}

START_TEST(random_writes_leave_what_they_say)
{
    static struct table table;
    seed_random();
    struct index *index = new_index();
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 5000; i++) {
            random_write(index, &table);
        }
        ck_assert_same(index, &table);
        ck_assert_sound(index);
        if (round == 20) {
            index_clear(index);
            memset(&table, 0, sizeof table);
            ck_assert_sound(index);
        }
    }
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

/* More rows at a time than are fetched together, whole ones and single fields, some of them twice.
 */
START_TEST(rows_put_together_are_rows_put_one_by_one)
{
    enum { NWRITES = 100 };
    static struct table table;
    static struct index_pair pairs[NWRITES][NFIELDS];
    static char fields[NWRITES][NFIELDS][16], rows[NWRITES][32], values[NWRITES][NFIELDS][24];
    seed_random();
    struct index *together = new_index(), *alone = new_index();
    struct index_write writes[NWRITES];
    for (int round = 0; round < 300; round++) {
        size_t n = (size_t) below(NWRITES + 1);
        for (size_t i = 0; i < n; i++) {
            uint32_t row = (uint32_t) below(NROWS);
            bool is_whole = below(2);
            size_t npairs = 0;
            if (is_whole) {
                memset(table.values[row], 0, sizeof table.values[row]);
            }
            for (uint32_t f = 0; f < NFIELDS; f++) {
                if (below(2)) {
                    random_value(table.values[row][f], f);
                    memcpy(values[i][f], table.values[row][f], sizeof values[i][f]);
                    pairs[i][npairs++] =
                        (struct index_pair){field_name(fields[i][f], f), slice_str(values[i][f])};
                }
            }
            table.exists[row] = true;
            writes[i] = (struct index_write){row_name(rows[i], row), pairs[i], npairs, is_whole};
            (is_whole ? index_put_row : index_put_fields)(alone, writes[i].name, pairs[i], npairs);
        }
        index_put_rows(together, writes, n);
    }
    ck_assert_same(together, &table);
    ck_assert_same(alone, &table);
    index_free(alone);
    ck_assert_sound(together);
    index_free(together);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

/* ---- Fields that come and go ---- */

enum { NAMES_MOST = 40, FEW_ROWS = 30, FIELDS_KEPT = 12 };

struct few {
    bool exists[FEW_ROWS];
    bool has[FEW_ROWS][NAMES_MOST];
};

static void
put_whole(struct index *index, const struct few *few, uint32_t row)
{
    char name[32], fields[NAMES_MOST][16];
    struct index_pair pairs[NAMES_MOST];
    size_t npairs = 0;
    for (uint32_t f = 0; f < NAMES_MOST; f++) {
        if (few->has[row][f]) {
            pairs[npairs].field = field_name(fields[f], f);
            pairs[npairs++].value = slice_lit("1");
        }
    }
    index_put_row(index, row_name(name, row), pairs, npairs);
}

static uint32_t
nfields_of(const struct few *few)
{
    uint32_t n = 0;
    for (uint32_t f = 0; f < NAMES_MOST; f++) {
        bool has = false;
        for (uint32_t row = 0; row < FEW_ROWS; row++) {
            has = has || few->has[row][f];
        }
        n += has;
    }
    return n;
}

static void
change_few(struct index *index, struct few *few)
{
    char name[32], field[16];
    uint32_t row = (uint32_t) below(FEW_ROWS);
    uint32_t f = (uint32_t) below(below(50) ? FIELDS_KEPT : NAMES_MOST);
    switch (below(4)) {
    case 0:
        memset(few->has[row], 0, sizeof few->has[row]);
        few->exists[row] = false;
        index_remove_row(index, row_name(name, row));
        return;
    case 1:
        few->exists[row] = few->has[row][f] = true;
        struct index_pair pair = {field_name(field, f), slice_lit("1")};
        index_put_fields(index, row_name(name, row), &pair, 1);
        return;
    case 2: few->has[row][f] = false; break;
    default: memset(few->has[row], 0, sizeof few->has[row]); break;
    }
    for (uint64_t n = below(4); n; n--) {
        few->has[row][below(below(100) ? FIELDS_KEPT - 2 : NAMES_MOST)] = true;
    }
    few->exists[row] = true;
    put_whole(index, few, row);
}

/* Whole rows again where there may be room for them by now, as the module reads them. */
static void
reread(struct index *index, const struct few *few)
{
    struct slice name;
    char buffer[32];
    while (index_next_reread(index, &name)) {
        for (uint32_t row = 0; row < FEW_ROWS; row++) {
            if (slice_equal(name, row_name(buffer, row))) {
                put_whole(index, few, row);
                break;
            }
        }
    }
}

START_TEST(fields_are_kept_up_to_a_number_and_forgotten)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("p_"),
                                                            .alloc = counted_alloc,
                                                            .release = counted_release,
                                                            .max_fields = FIELDS_KEPT});
    struct few *few = calloc(1, sizeof *few);
    struct snapshot *snapshot = NULL;
    struct strbuf difference;
    uint32_t ncomplete = 0, nincomplete = 0, nrows;
    strbuf_init(&difference);
    for (int i = 0; i < 10000; i++) {
        struct index_stats stats;
        struct index_field_stats field;
        change_few(index, few);
        if (below(50) == 0) {
            if (snapshot) {
                snapshot_release(snapshot);
            }
            snapshot = below(2) ? index_snapshot(index) : NULL;
        }
        reread(index, few);
        nrows = 0;
        for (uint32_t row = 0; row < FEW_ROWS; row++) {
            nrows += few->exists[row];
        }
        index_stats(index, &stats);
        ck_assert_uint_eq(stats.rows, nrows);
        ck_assert_uint_le(stats.fields, FIELDS_KEPT);
        ck_assert(index_field(index, stats.fields, &field) == false);
        /* It goes through all chunks, which takes long. */
        if (i % 100 == 0) {
            ck_assert_msg(index_check(index, &difference), "%s", difference.ptr);
        }
        if (nfields_of(few) <= FIELDS_KEPT) {
            ck_assert_uint_eq(index_nincomplete(index), 0);
        }
        if (index_nincomplete(index)) {
            nincomplete++;
            ck_assert_uint_gt(nfields_of(few), FIELDS_KEPT);
            continue;
        }
        ncomplete++;
        ck_assert_uint_eq(stats.fields, nfields_of(few));
    }
    ck_assert_uint_gt(ncomplete, 100);
    ck_assert_uint_gt(nincomplete, 100);
    if (snapshot) {
        snapshot_release(snapshot);
    }
    ck_assert_accounted(index);
    strbuf_fini(&difference);
    index_free(index);
    ck_assert_uint_eq(given_bytes, 0);
    free(few);
}
END_TEST

START_TEST(field_costs_what_is_in_it)
{
    enum { MANY = 5000, BYTES_MOST = 1000 };
    struct index *index = new_index();
    char name[32], (*fields)[16] = malloc(MANY * sizeof *fields);
    struct index_pair *pairs = malloc(MANY * sizeof *pairs);
    struct index_pair pair = {slice_lit("a"), slice_lit("1")};
    index_put_fields(index, row_name(name, 1), &pair, 1);
    size_t before = given_bytes;
    for (uint32_t f = 0; f < MANY; f++) {
        pairs[f] = (struct index_pair){field_name(fields[f], f), slice_lit("a value")};
    }
    index_put_row(index, row_name(name, 0), pairs, MANY);
    ck_assert_uint_lt((given_bytes - before) / MANY, BYTES_MOST);
    printf("%zu bytes a field\n", (given_bytes - before) / MANY);
    index_remove_row(index, row_name(name, 0));
    /* What is left: the list of columns has its size. */
    ck_assert_uint_lt(given_bytes - before, MANY * 2 * sizeof(void *) + 4096);
    index_free(index);
    free(fields);
    free(pairs);
}
END_TEST

START_TEST(snapshot_shows_its_moment_whatever_is_written)
{
    enum { NSNAPSHOTS = 8 };
    static struct table table;
    seed_random();
    struct index *index = new_index();
    struct snapshot *snapshots[NSNAPSHOTS] = {NULL};
    uint64_t digests[NSNAPSHOTS];
    for (int round = 0; round < 120; round++) {
        for (uint64_t i = below(600); i > 0; i--) {
            random_write(index, &table);
        }
        uint32_t slot = (uint32_t) below(NSNAPSHOTS);
        if (snapshots[slot]) {
            ck_assert_uint_eq(digest(snapshots[slot]), digests[slot]);
            snapshot_release(snapshots[slot]);
        }
        snapshots[slot] = index_snapshot(index);
        digests[slot] = digest(snapshots[slot]);
        if (round == 70) {
            index_clear(index);
            memset(&table, 0, sizeof table);
        }
        ck_assert_accounted(index);
    }
    struct index_stats stats;
    index_stats(index, &stats);
    ck_assert_uint_gt(stats.snapshot_bytes, 0);
    for (int i = 0; i < NSNAPSHOTS; i++) {
        ck_assert_uint_eq(digest(snapshots[i]), digests[i]);
        snapshot_release(snapshots[i]);
    }
    while (index_reclaim(index, 100) == 100) {
    }
    index_stats(index, &stats);
    ck_assert_uint_eq(stats.snapshot_bytes, 0);
    ck_assert_uint_eq(stats.snapshots, 0);
    ck_assert_same(index, &table);
    ck_assert_sound(index);
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

/* Texts of one value have one code, and the code stays while a row has one of them. */
START_TEST(texts_of_one_value_are_one_code)
{
    static const char *const texts[] = {"12", "12.0", "+12", "1.2e1", "12.00", "120e-1"};
    struct index *index = new_index();
    const struct column *column = NULL;
    for (uint32_t row = 0; row < 6; row++) {
        put(index, row, texts[row]);
        column = index->columns[0];
        ck_assert_uint_eq(column->dictionary.nvalues, 1);
    }
    for (uint32_t row = 0; row < 6; row++) {
        put(index, row, texts[(row + 1) % 6]);
        ck_assert_uint_eq(column->dictionary.nvalues, 1);
        ck_assert_uint_eq(column->dictionary.ncodes, 1);
    }
    ck_assert_uint_eq(dictionary_rows(&column->dictionary, 1), 6);
    ck_assert_uint_eq(dictionary_code(&column->dictionary, slice_lit("12")), 1);
    ck_assert_uint_eq(dictionary_code(&column->dictionary, slice_lit("12.0")), 0);
    put(index, 0, "012");
    ck_assert_uint_eq(column->dictionary.nvalues, 2);
    ck_assert_sound(index);
    /* A long one, which is not kept for ever. */
    struct strbuf text;
    strbuf_init(&text);
    for (int i = 0; i < 9000; i++) {
        strbuf_append_char(&text, '7');
    }
    strbuf_append_str(&text, ".0");
    put(index, 1, text.ptr);
    text.ptr[9000] = '\0';
    ck_assert_uint_gt(dictionary_code(&column->dictionary, slice_str(text.ptr)), 0);
    ck_assert_uint_lt(index->number.capacity, 9000);
    strbuf_fini(&text);
    ck_assert_sound(index);
    index_free(index);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

START_TEST(index_outlives_its_owner_for_a_snapshot)
{
    struct index *index = new_index();
    for (uint32_t row = 0; row < 1000; row++) {
        put(index, row, row % 2 ? "a" : "a value that is not short");
    }
    struct snapshot *snapshot = index_snapshot(index);
    uint64_t before = digest(snapshot);
    index_free(index);
    ck_assert_uint_eq(snapshot_nrows(snapshot), 1000);
    ck_assert_uint_eq(digest(snapshot), before);
    snapshot_release(snapshot);
    ck_assert_uint_eq(given_blocks, 0);
}
END_TEST

START_TEST(difference_is_told)
{
    static const struct {
        const char *row, *field, *value, *difference;
    } cases[] = {
        {"p_1", "a", "1", ""},
        {"p_1", "a", "2", "row 'p_1': field 'a' is '2', the index has '1'"},
        {"p_1", "b", "2", "row 'p_1': field 'b' is '2', the index has none"},
        {"p_1", "a", "1.0", ""},
        {"p_1", "a", "+1e0", ""},
        {"p_1", "a", "10e-1", ""},
        {"p_1", "a", "01", "row 'p_1': field 'a' is '01', the index has '1'"},
        {"p_2", "a", "1", "row 'p_2': the index has no such row"},
        {"p_3", "a", "1", "row 'p_3': the index has field 'b', 'x', which the row has not"},
    };
    struct index *index = new_index();
    struct index_pair pairs[] = {{slice_lit("a"), slice_lit("1")},
                                 {slice_lit("b"), slice_lit("x")}};
    index_put_row(index, slice_lit("p_1"), pairs, 1);
    index_put_row(index, slice_lit("p_3"), pairs, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf difference;
        strbuf_init(&difference);
        struct index_pair pair = {slice_str(cases[i].field), slice_str(cases[i].value)};
        bool same = index_check_row(index, slice_str(cases[i].row), &pair, 1, &difference);
        ck_assert(same == !*cases[i].difference);
        ck_assert(slice_equal(strbuf_slice(&difference), slice_str(cases[i].difference)));
        strbuf_fini(&difference);
    }
    index_free(index);
}
END_TEST

START_TEST(order_keys_order_numbers)
{
    static const char *const sorted[] = {"-100000000000000000000000",
                                         "-12.5",
                                         "-12.45",
                                         "-12",
                                         "-1",
                                         "-0.5",
                                         "-0.05",
                                         "0",
                                         "0.05",
                                         "0.5",
                                         "0.55",
                                         "1",
                                         "9",
                                         "9.5",
                                         "10",
                                         "12.45",
                                         "12.5",
                                         "9223372036854775806",
                                         "9223372036854775807",
                                         "100000000000000000000000"};
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        ck_assert_uint_gt(order_key(slice_str(sorted[i])), 0);
        if (i) {
            ck_assert_uint_le(order_key(slice_str(sorted[i - 1])), order_key(slice_str(sorted[i])));
        }
    }
    ck_assert_uint_eq(order_key(slice_lit("007")), 0);
    ck_assert_uint_eq(order_key(slice_lit("")), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("columns");
    TCase *tcase = tcase_create("columns");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, any_name_is_found_again);
    tcase_add_test(tcase, name_costs_sixteen_bytes_and_its_id_is_used_again);
    tcase_add_test(tcase, chunk_changes_its_kind_as_it_fills_and_empties);
    tcase_add_test(tcase, full_planes_become_constant_in_any_order);
    tcase_add_test(tcase, sparse_positions_are_found);
    tcase_add_test(tcase, random_writes_leave_what_they_say);
    tcase_add_test(tcase, rows_put_together_are_rows_put_one_by_one);
    tcase_add_test(tcase, fields_are_kept_up_to_a_number_and_forgotten);
    tcase_add_test(tcase, field_costs_what_is_in_it);
    tcase_add_test(tcase, snapshot_shows_its_moment_whatever_is_written);
    tcase_add_test(tcase, texts_of_one_value_are_one_code);
    tcase_add_test(tcase, index_outlives_its_owner_for_a_snapshot);
    tcase_add_test(tcase, difference_is_told);
    tcase_add_test(tcase, order_keys_order_numbers);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
