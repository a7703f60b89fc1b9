/*
 * The catalog: which datasets there are, what they are called, and which row belongs to which.
 *
 *     catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_SETS, &err)
 *     catalog_add(catalog, slice_lit("w47"), slice_lit("profile_"), 64, METHOD_SETS, &err)
 *     catalog_by_row(catalog, slice_lit("profile_7"))         -> dataset current
 *     catalog_by_row(catalog, slice_lit("w47:profile_7"))     -> dataset w47
 *     catalog_alias(catalog, slice_lit("current"), slice_lit("w47"), false, &err)
 *     catalog_by_name(catalog, slice_lit("current"))          -> dataset w47
 *     catalog_by_row(catalog, slice_lit("profile_7"))         -> dataset w47
 *
 * A name is an alias first, then a dataset's own: so an alias may go before the dataset whose name
 * it takes over. Datasets may have the same prefix (versions of the same rows) or prefixes of which
 * none starts another. A row's key alone means one of those with its prefix: the one that a certain
 * name means, the prefix's holder. That is the first dataset's own name, until that dataset is
 * given an alias, which then takes it over; so plain row keys move when that alias does, and no
 * other alias moves them. `name:key` is the row of that key in the dataset that the name means.
 */
#ifndef QUIPU_PLANNER_CATALOG_H
#define QUIPU_PLANNER_CATALOG_H

#include "base/error.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum dataset_method { METHOD_AUTO, METHOD_SETS, METHOD_COLUMNS };

enum dataset_state {
    DATASET_LIVE,
    DATASET_INDEXING, /* its index is being made anew: rows can be written, not counted */
    DATASET_DROPPING  /* gone for all but those who remove its rows */
};

struct dataset {
    struct slice name;
    struct slice prefix;  /* a row's key starts with it */
    unsigned npartitions; /* fixed for the life of the data */
    enum dataset_method method;
    bool has_own_rows; /* another one had its prefix: rows are stored under the dataset's name */
    enum dataset_state state;
    bool keeps_rows; /* DROPPING, by columns: its rows stay, as hashes like others */
    uint64_t born;   /* the catalog's version that made it; 0: before there were versions */
    uint64_t since;  /* the version that put it in its state, or that gave the work to another */
    /* What is said about its fields; NULL: nothing. Retain it to borrow from it: it may change. */
    struct field_definitions *fields;
    size_t users; /* dataset_retain; the catalog is one */
};

struct catalog;
struct field_edit;
struct field_definitions;
struct saved_queries;

enum { CATALOG_NAME_BYTES_MOST = 200 }; /* of a dataset or an alias */

/* The caller frees it. Never fails. */
struct catalog *catalog_new(void);
void catalog_free(struct catalog *catalog);
/*
 * Adds a dataset; name and prefix are copied. A name is UTF-8, without ':', braces, control characters,
 * or blanks at its ends. Fails with ERR where the name is taken or none, where a prefix is empty,
 * starts another one or the keys of an index, or where npartitions is not 1..16384.
 */
bool catalog_add(struct catalog *catalog, struct slice name, struct slice prefix,
                 unsigned npartitions, enum dataset_method method,
                 struct error *err) QUIPU_MUST_CHECK;
/* True of a key that is Quipu's own in every shard, `quipu:catalog`: never a row. */
bool catalog_key_is_own(struct slice key);
/*
 * Whether a name, of a dataset or an alias, and a prefix (empty: none) may be given from now on.
 * Fails with ERR where one of them is of Quipu's own keys, or covers them. What is in a catalog that
 * is read may be from before that was looked at.
 */
bool catalog_check_new(struct slice name, struct slice prefix, struct error *err) QUIPU_MUST_CHECK;
/*
 * Marks a dataset, called by its own name, as one that is to go, since version. Fails with
 * NODATASET, and with ERR where an alias means it or it is no dataset but an alias, or where its
 * rows cannot be kept: by sets they are no hashes that others could use.
 */
bool catalog_drop(struct catalog *catalog, struct slice name, bool keeps_rows, uint64_t version,
                  struct error *err) QUIPU_MUST_CHECK;
/* Takes it out, whatever its state; nothing where it is not there. */
void catalog_remove(struct catalog *catalog, struct slice name);
/*
 * From now on alias means the dataset of this name (its own). With takes_rows, plain row keys of
 * its prefix mean it too. A dataset of the alias' name must have the same prefix, and is hidden; an
 * alias for itself takes such a one away. Fails with NODATASET or ERR.
 */
bool catalog_alias(struct catalog *catalog, struct slice alias, struct slice name, bool takes_rows,
                   struct error *err) QUIPU_MUST_CHECK;
/* Plain row keys that followed it stay with the dataset. Fails with ERR where there is none. */
bool catalog_unalias(struct catalog *catalog, struct slice alias,
                     struct error *err) QUIPU_MUST_CHECK;

/*
 * From now on this is said about a field of the dataset that the name means. Fails with NODATASET or
 * ERR.
 */
bool catalog_change_field(struct catalog *catalog, struct slice name, struct slice field,
                          const struct field_edit *change, struct error *err) QUIPU_MUST_CHECK;

/* The same, of a dataset of the catalog, whatever its state. */
bool catalog_set_field(struct catalog *catalog, struct dataset *dataset, struct slice field,
                       const struct field_edit *change, struct error *err) QUIPU_MUST_CHECK;

/* What the configuration asks for. */
struct dataset_wish {
    struct slice name, prefix;
    unsigned npartitions;
    bool npartitions_given; /* else any number will do where there is such a dataset */
    enum dataset_method method;
    bool is_default; /* nobody wrote it: only wanted where there is no catalog yet */
};
/*
 * Adds the datasets that are wished for and are not there, born at version; is_first: there is no
 * catalog yet. Fails with ERR where one is there with another prefix or number of partitions.
 */
bool catalog_merge(struct catalog *catalog, const struct dataset_wish *wishes, size_t nwishes,
                   bool is_first, uint64_t version, struct error *err) QUIPU_MUST_CHECK;
/*
 * Becomes equal to from. Datasets that are the same in both stay where they are, with their state
 * brought up to date; others are released.
 */
void catalog_update(struct catalog *catalog, const struct catalog *from);

/* What a query means by the name. NULL where there is none or it is to go. */
const struct dataset *catalog_by_name(const struct catalog *catalog, struct slice name);
/* What a row command means by the key. */
const struct dataset *catalog_by_row(const struct catalog *catalog, struct slice key);
/*
 * The dataset by columns that is being dropped with its rows, and would take a key stored by this
 * name along. NULL: there is none. For keys of which catalog_by_row knows nothing.
 */
const struct dataset *catalog_dropping_row(const struct catalog *catalog, struct slice key);
/* One is being dropped. */
bool catalog_is_dropping(const struct catalog *catalog);
/* By its own name, whatever its state; the caller may change state, born and since. */
struct dataset *catalog_own_name(const struct catalog *catalog, struct slice name);
/* The row's key without the dataset's name before it; catalog_by_row has given the dataset. */
struct slice dataset_row(const struct dataset *dataset, struct slice key);

/*
 * Counted by the shards' own modules: its rows are ordinary keys of the shards, under the names
 * that dataset_append_row_prefix says. auto is for the shards to decide when the dataset is made;
 * in a catalog from before there were columns it means sets.
 */
bool dataset_is_columns(const struct dataset *dataset);
/* What a columns dataset's row is stored behind: nothing, or `w47:`. */
void dataset_append_row_prefix(const struct dataset *dataset, struct strbuf *out);

/* In the order they were made. */
size_t catalog_count(const struct catalog *catalog);
const struct dataset *catalog_at(const struct catalog *catalog, size_t index);
struct catalog_alias {
    struct slice name, dataset;
};
size_t catalog_naliases(const struct catalog *catalog);
struct catalog_alias catalog_alias_at(const struct catalog *catalog, size_t index);
/* Whether plain row keys of its prefix mean this one. */
bool catalog_has_rows(const struct catalog *catalog, const struct dataset *dataset);
/* A name that means the dataset: its own, or an alias' where one hides that. False: there is none.
 */
bool catalog_address(const struct catalog *catalog, const struct dataset *dataset,
                     struct slice *name);
/* For catalog_parse: the name that plain row keys of a prefix follow. */
size_t catalog_nholders(const struct catalog *catalog);
void catalog_holder_at(const struct catalog *catalog, size_t index, struct slice *prefix,
                       struct slice *name);
void catalog_hold(struct catalog *catalog, struct slice prefix, struct slice name);
/* The queries that users have saved (planner/saved_queries.h): the catalog's, to be read and changed. */
struct saved_queries *catalog_saved(const struct catalog *catalog);
/* Another number whenever what a name means may be another. */
uint64_t catalog_generation(const struct catalog *catalog);

/* A dataset outlives its catalog while it has users. */
void dataset_retain(const struct dataset *dataset);
void dataset_release(const struct dataset *dataset);

const char *dataset_method_name(enum dataset_method method);
/* False where it is none. */
bool dataset_method_parse(struct slice name, enum dataset_method *out);
/* "live", "indexing", "dropping". */
const char *dataset_state_name(enum dataset_state state);

#endif
