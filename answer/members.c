/*
 * Writes an answer as a map of its members, into a document. in: an answer; out: a map for each of
 * its tables.
 *
 * Every member is a function that writes some of it, and says whether that was all. So a step ends
 * where its cells are used up, and the next one goes on there.
 */
#include "answer/members.h"

#include "answer/document_test.h"
#include "answer/notes.h"

/* What a step has left, in cells. */
struct budget {
    uint64_t left;
};

typedef bool member_fn(struct members *members, struct document *doc, struct budget *budget);

static const struct table *
table_of(const struct members *members)
{
    return members->answer->tables[members->table];
}

static void
spend(struct budget *budget, uint64_t ncells)
{
    budget->left -= ncells < budget->left ? ncells : budget->left;
}

/* ---- Dimensions ---- */

static const char *
kind_name(const struct table_dim *dim, size_t position)
{
    switch (dim->kinds ? dim->kinds[position] : ITEM_VALUE) {
    case ITEM_VALUE:
    case ITEM_TAIL: return "value";
    case ITEM_GROUP: return "group";
    case ITEM_RANGE: return "range";
    case ITEM_NET: return "net";
    case ITEM_WHEN: return "when";
    case ITEM_BIN: return "bin";
    case ITEM_MISSING: return "missing";
    case ITEM_OTHER: return "other";
    case ITEM_TOTAL: return "total";
    }
    return "value";
}

static void
dim_begin(const struct table_dim *dim, struct document *doc)
{
    document_map(doc, 4);
    document_key(doc, "name");
    document_text(doc, dim->name);
    document_key(doc, "field");
    document_text(doc, dim->field.len ? dim->field : slice_of(NULL, 0));
    document_key(doc, "overlaps");
    document_truth(doc, dim->overlaps);
    document_key(doc, "positions");
    document_list(doc, dim->npositions);
}

static void
position_write(const struct table_dim *dim, size_t position, struct document *doc)
{
    document_map(doc, 3);
    document_key(doc, "kind");
    document_text(doc, slice_str(kind_name(dim, position)));
    document_key(doc, "label");
    document_text(doc, dim->labels[position]);
    document_key(doc, "text");
    document_text(doc, dim->texts ? dim->texts[position] : slice_of(NULL, 0));
    document_end(doc);
}

static bool
dims_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct table *table = table_of(members);
    if (!members->is_open) {
        members->is_open = true;
        document_list(doc, table->ndims);
    }
    for (; members->at < table->ndims; members->at++, members->inner = 0) {
        const struct table_dim *dim = &table->dims[members->at];
        if (members->inner == 0) {
            dim_begin(dim, doc);
        }
        for (; members->inner < dim->npositions; members->inner++) {
            if (budget->left == 0 && members->inner > 0) {
                return false;
            }
            position_write(dim, members->inner, doc);
            spend(budget, 1);
        }
        document_end(doc);
        document_end(doc);
    }
    document_end(doc);
    return true;
}

/* ---- Cells ---- */

static bool
nested_write(struct members *members, struct nested nested, struct document *doc,
             struct budget *budget)
{
    if (!members->is_open) {
        members->is_open = true;
        members->nested = nested;
    }
    uint64_t from = members->nested.index;
    bool is_all = nested_step(&members->nested, doc, budget->left);
    spend(budget, members->nested.index - from);
    return is_all;
}

static bool
cells_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct table *table = table_of(members);
    if (table->has_list) {
        document_null(doc);
        return true;
    }
    return nested_write(members, nested_of_cells(table), doc, budget);
}

static bool
numbers_write(struct members *members, const struct number *numbers, struct number absent,
              struct document *doc, struct budget *budget)
{
    if (!numbers) {
        document_null(doc);
        return true;
    }
    return nested_write(members, nested_of_numbers(table_of(members), numbers, absent), doc,
                        budget);
}

static bool
bases_write(struct members *members, struct document *doc, struct budget *budget)
{
    return numbers_write(members, table_of(members)->bases, number_of_integer(0), doc, budget);
}

static bool
effective_write(struct members *members, struct document *doc, struct budget *budget)
{
    /* No count, so none where there are no rows either. */
    struct number none = number_of_text(slice_lit("0"));
    return numbers_write(members, table_of(members)->effective, none, doc, budget);
}

/* The positions of a cell, one after the other. */
static void
indexes_write(const struct table *table, uint64_t index, struct document *doc)
{
    uint64_t span = table->ncells;
    for (size_t d = 0; d < table->ndims; d++) {
        span /= table->dims[d].npositions;
        document_integer(doc, (int64_t) (index / span));
        index %= span;
    }
}

/* How many cells the answer has, and which is the i-th: its place in the table's. */
static size_t
shown_cells(const struct table *table)
{
    return table->has_list ? table->nlist : table->cells.n;
}

static size_t
shown_cell(const struct table *table, size_t i)
{
    return table->has_list ? table->list[i] : i;
}

static bool
rows_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct table *table = table_of(members);
    if (!table->has_list) {
        document_null(doc);
        return true;
    }
    if (!members->is_open) {
        members->is_open = true;
        document_list(doc, table->nlist);
    }
    for (; members->at < table->nlist; members->at++) {
        if (budget->left == 0) {
            return false;
        }
        size_t i = table->list[members->at];
        document_list(doc, table->ndims + 1);
        indexes_write(table, table->cells.indexes[i], doc);
        nested_leaf(doc, table, i);
        document_end(doc);
        spend(budget, 1);
    }
    document_end(doc);
    return true;
}

static bool
is_hidden(const struct table *table, size_t i)
{
    return table_number(table, i, 0).kind == NUMBER_HIDDEN;
}

/* Few: SUPPRESS takes tables of up to 10,000 cells. */
static bool
hidden_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct table *table = table_of(members);
    size_t n = shown_cells(table), nhidden = 0;
    for (size_t i = 0; i < n; i++) {
        nhidden += is_hidden(table, shown_cell(table, i));
    }
    document_list(doc, nhidden);
    for (size_t i = 0; nhidden && i < n; i++) {
        size_t cell = shown_cell(table, i);
        if (is_hidden(table, cell)) {
            document_list(doc, table->ndims);
            indexes_write(table, table->cells.indexes[cell], doc);
            document_end(doc);
        }
    }
    document_end(doc);
    spend(budget, n / 16 + nhidden);
    return true;
}

/* ---- What is told beside them ---- */

static bool
tests_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct table *table = table_of(members);
    if (!members->is_open) {
        members->is_open = true;
        document_list(doc, table->ntests);
    }
    for (; members->at < table->ntests; members->at++) {
        if (budget->left == 0) {
            return false;
        }
        const struct table_test *test = &table->tests[members->at];
        document_test(doc, table, test);
        spend(budget, 1 + test->nrows * test->ncols);
    }
    document_end(doc);
    return true;
}

static bool
dataset_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    document_text(doc, members->answer->dataset);
    return true;
}

/* A leaf's numbers, by name. */
static bool
measures_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    const struct table *table = table_of(members);
    document_list(doc, table->numbers ? table->nleaves : 1);
    for (size_t k = 0; k < table->nleaves; k++) {
        document_text(doc, table->leaves[k].name);
    }
    if (!table->numbers) {
        document_text(doc, slice_lit("count"));
    }
    document_end(doc);
    return true;
}

static bool
base_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    document_number(doc, table_of(members)->base);
    return true;
}

static bool
excluded_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    document_map(doc, 2);
    document_key(doc, "position");
    document_number(doc, table_of(members)->excluded_position);
    document_key(doc, "weight");
    document_number(doc, table_of(members)->excluded_weight);
    document_end(doc);
    return true;
}

static bool
warnings_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    const struct answer *answer = members->answer;
    struct notes notes = {.arena = arena_new()};
    notes_of_weights(&notes, table_of(members));
    if (!doc->ops->has_infinity) {
        notes_of_infinity(&notes, table_of(members));
    }
    bool has_changed = doc->ops->has_changed(doc, answer->warnings, answer->nwarnings);
    document_list(doc, answer->nwarnings + notes.n + has_changed);
    for (size_t i = 0; i < answer->nwarnings; i++) {
        document_text(doc, answer->warnings[i]);
    }
    for (size_t i = 0; i < notes.n; i++) {
        document_text(doc, notes.lines[i]);
    }
    if (has_changed) {
        document_text(doc,
                      slice_lit("some labels are not UTF-8: U+FFFD stands for bytes of theirs"));
    }
    document_end(doc);
    arena_free(notes.arena);
    return true;
}

static bool
shards_write(struct members *members, struct document *doc, struct budget *budget)
{
    const struct answer *answer = members->answer;
    document_list(doc, answer->nshards);
    for (size_t i = 0; i < answer->nshards; i++) {
        document_map(doc, 2);
        document_key(doc, "name");
        document_text(doc, answer->shards[i].name);
        document_key(doc, "rows");
        document_integer(doc, (int64_t) answer->shards[i].rows);
        document_end(doc);
    }
    document_end(doc);
    spend(budget, answer->nshards);
    return true;
}

static bool
took_write(struct members *members, struct document *doc, struct budget *budget)
{
    (void) budget;
    document_integer(doc, members->answer->took_us);
    return true;
}

/* ---- All of it ---- */

static const struct {
    const char *name;
    member_fn *write;
} MEMBERS[] = {
    {"dataset", dataset_write},     {"dims", dims_write},         {"measures", measures_write},
    {"cells", cells_write},         {"rows", rows_write},         {"hidden", hidden_write},
    {"base", base_write},           {"excluded", excluded_write}, {"bases", bases_write},
    {"effective", effective_write}, {"tests", tests_write},       {"warnings", warnings_write},
    {"shards", shards_write},       {"took_us", took_write},
};
enum { NMEMBERS = sizeof MEMBERS / sizeof *MEMBERS };

struct members
members_of(const struct answer *answer)
{
    return (struct members){.answer = answer};
}

/* Writes the table's members, as far as the budget goes. */
static bool
table_step(struct members *members, struct document *doc, struct budget *budget)
{
    for (; members->member < NMEMBERS; members->member++) {
        if (!members->is_open) {
            document_key(doc, MEMBERS[members->member].name);
        }
        if (!MEMBERS[members->member].write(members, doc, budget)) {
            return false;
        }
        members->is_open = false;
        members->at = members->inner = 0;
    }
    return true;
}

bool
members_step(struct members *members, struct document *doc, uint64_t ncells)
{
    const struct answer *answer = members->answer;
    struct budget budget = {ncells};
    bool is_begin = members->table == 0 && members->member == 0 && !members->is_open;
    if (is_begin && answer->is_list) {
        document_list(doc, answer->ntables);
    }
    for (; members->table < answer->ntables; members->table++, members->member = 0) {
        if (members->member == 0 && !members->is_open) {
            document_map(doc, NMEMBERS);
        }
        if (!table_step(members, doc, &budget)) {
            return false;
        }
        document_end(doc);
    }
    if (answer->is_list) {
        document_end(doc);
    }
    return true;
}
