/*
 * The index of one dataset: which rows there are, and what each of their fields holds, in columns.
 *
 *     struct index *index = index_new(&(struct index_options){.prefix = slice_lit("profile_")});
 *     struct index_pair row[] = {{slice_lit("sex"), slice_lit("f")}, {slice_lit("age"), ...}};
 *     index_put_row(index, slice_lit("profile_7"), row, 2);       the row is exactly this now
 *     index_remove_field(index, slice_lit("profile_7"), slice_lit("age"));
 *
 *     struct snapshot *now = index_snapshot(index);               what counts read: snapshot.h
 *
 * Rows have dense ids; ids of removed rows are used again. A field is a column: a dictionary of its
 * values (value <-> code) and chunks of 65,536 rows that hold codes:
 *
 *     row ids     0 .. 65535   65536 .. 131071   131072 ..
 *     "sex"      [ planes    ][ constant       ][ sparse  ]        code 0: the row lacks the field
 *     "age"      [ planes    ][ planes         ][ empty   ]
 *     rows       [ constant  ][ constant       ][ sparse  ]        code 1: there is such a row
 *
 * Threads: one thread writes, and takes snapshots; it is called the writer, and every function of
 * this header is its alone. Any number of threads may read snapshots meanwhile. What a snapshot
 * shows is not changed but copied, block by block, when it is written; the writer never waits for a
 * reader. One call of a function below is one write: a snapshot has all of it or nothing.
 *
 * How long the writer is held: a put is some 100 ns a field; the worst single step (a chunk that
 * changes its kind, a part of the hash table that is split, the first write to a chunk after a
 * snapshot) is well below 1 ms.
 *
 * Out of memory aborts. All memory comes from options->alloc and is accounted: index_stats.h.
 */
#ifndef QUIPU_COLUMNS_INDEX_H
#define QUIPU_COLUMNS_INDEX_H

#include "base/slice.h"

struct index;
struct snapshot;

struct index_options {
    /* What row names begin with. A name of the prefix and a canonical integer below 2^47 costs at
     * most 16 bytes; any other name works and costs its bytes and some more. Copied. */
    struct slice prefix;
    /* Both or neither; both may be called by any thread. NULL: malloc and free. The module passes
     * Redis' own, so that the memory counts as Redis'. */
    void *(*alloc)(size_t size_bytes);
    void (*release)(void *ptr);
    /* Different names of fields that the index keeps at a time; 0: any number. A row with more is
     * incomplete: index_nincomplete. */
    uint32_t max_fields;
};

/*
 * Borrowed from the caller for the time of a call. Any bytes, also none. A value is the text that
 * the row has; what the index keeps is the value of the text (base/number.h): 12 of 12.0.
 */
struct index_pair {
    struct slice field, value;
};

/* Never fails. */
struct index *index_new(const struct index_options *options);
/*
 * The writer gives the index up, whatever snapshots there still are: it is freed here, or by the
 * thread that releases the last snapshot. Takes about 100 ns for each of its blocks (a block is 8
 * KiB or so); any thread may do it once no other writes. NULL is allowed.
 */
void index_free(struct index *index);

/* ---- Writing ---- */

/*
 * The row has exactly these fields now: it is added where it is new, fields that are not named are
 * removed. A field that is named twice has the last value. No pair: a row without fields, which
 * counts as a row nevertheless (a key that is gone is index_remove_row).
 *
 * Linear in npairs; where fields are removed also linear in the number of the index's fields. A
 * field that no row has any more is forgotten: what it cost is given back.
 */
void index_put_row(struct index *index, struct slice name, const struct index_pair *pairs,
                   size_t npairs);
/* The row has these fields now, and what else it had; it is added where it is new. */
void index_put_fields(struct index *index, struct slice name, const struct index_pair *pairs,
                      size_t npairs);
/*
 * The same for many rows, in their order; a snapshot has all of it or nothing. Several times faster
 * than one by one where the rows are all over a large index: what they need from memory is fetched
 * together, before the first is written.
 */
struct index_write {
    struct slice name;
    const struct index_pair *pairs;
    size_t npairs;
    bool is_whole; /* as by index_put_row; else by index_put_fields */
};
void index_put_rows(struct index *index, const struct index_write *writes, size_t nwrites);
/* False where there was none. The row stays, also when it was the last field. */
bool index_remove_field(struct index *index, struct slice name, struct slice field);
/* False where there was none. */
bool index_remove_row(struct index *index, struct slice name);
/*
 * The row goes by another name now; a row that had that name is removed. False, and nothing done,
 * where there is no row called `from`.
 */
bool index_rename_row(struct index *index, struct slice from, struct slice to);
/*
 * No rows, no fields. About 100 ns for each block: for a large index, a new one and index_free in
 * another thread hold the writer less.
 */
void index_clear(struct index *index);

/*
 * Marks set rows apart: a count may leave out those with some marks (count.h), and they can be
 * found without a walk over all rows. A row has one mark at most, and loses it when it is removed.
 * What the marks mean is the caller's affair; they cost nothing where there are none.
 */
enum { MARKS_MOST = 16384 };
/* mark: 1 .. MARKS_MOST; 0: none. False where there is no such row. */
bool index_mark_row(struct index *index, struct slice name, uint32_t mark);
/* No row has a mark. Some 100 ns for each block of them. */
void index_clear_marks(struct index *index);

/* ---- Reading by the writer ---- */

bool index_has_row(const struct index *index, struct slice name);
uint64_t index_nrows(const struct index *index);
/*
 * How many rows have fields that were not kept, since there were max_fields others. Until there are
 * none, no count is right.
 */
uint64_t index_nincomplete(const struct index *index);
uint32_t index_max_fields(const struct index *index);
/*
 * An incomplete row that should be put anew, whole: since it was found to be so a field was
 * forgotten, and there may be a place for its own. False: there is none. The name is valid until the next call of any function
 * with this index.
 */
bool index_next_reread(struct index *index, struct slice *name);
/*
 * Walks all rows: start with *cursor 0; false when there are no more. The name is valid until the
 * next call of any function with this index. Rows that come and go meanwhile are met or not; all
 * others are met once.
 */
bool index_next_row(struct index *index, uint64_t *cursor, struct slice *name);
uint64_t index_nmarked(const struct index *index);
/*
 * Walks the rows with this mark in the order of their ids, as index_next_row does: start with
 * *cursor 0. The id is one that snapshots know, for as long as the row is not removed.
 */
bool index_next_marked(struct index *index, uint32_t mark, uint64_t *cursor, uint32_t *id,
                       struct slice *name);
/* ---- Snapshots and memory ---- */

/* The index as it is now, until snapshot_release. Some nanoseconds a field, whatever the rows. */
struct snapshot *index_snapshot(struct index *index);
/*
 * Frees what no snapshot needs any more, at most max_blocks blocks (about 100 ns each). Every write
 * frees a few by itself; so does a snapshot; a timer should call this for the time when neither
 * happens. Returns how many blocks were freed: fewer than max_blocks means that nothing is left to
 * do.
 */
size_t index_reclaim(struct index *index, size_t max_blocks);

#endif
