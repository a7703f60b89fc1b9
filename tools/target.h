/*
 * The dataset that rows are loaded into: made where there is none, or beside the one there is, to
 * take its place.
 *
 *     target_open(&address, &wishes, &target, &err)
 *     target_names(target)                     what its rows are called
 *     ... rows are written ...
 *     target_wait(target, is_stopped, &err)    until counts of it are answered
 *     target_say(target, &saying, &err)        DATASET LABEL, DATASET ALTER
 *     target_say_labels(target, words, 3, &err)        DATASET LABELS
 *     target_finish(target, &notes, &err)      with `is_beside`: DATASET ALIAS, and DROP of the old one
 */
#ifndef QUIPU_TOOLS_TARGET_H
#define QUIPU_TOOLS_TARGET_H

#include "base/strbuf.h"
#include "tools/connection.h"
#include "tools/sink.h"

struct target;

struct target_wishes {
    const char *dataset;
    const char *prefix; /* NULL: the dataset's; of a new one, its name and '_' */
    bool is_beside;     /* where it has rows, a new one is made to take its place */
};

/* What is said of a field: a label of a value; with no value, its own label; with none of both, what stands
 * between its values. */
struct target_saying {
    struct slice field, value, label, separator;
};

/* Connects, and makes what is to be made; what --replace left behind when it was killed is dropped. The
 * address is borrowed. The caller frees *out. Fails with
 * IO; SERVER: what the server says; PREFIX: rows of this prefix are not the dataset's. */
bool target_open(const struct connection_address *address, const struct target_wishes *wishes,
                 struct target **out, struct error *err) QUIPU_MUST_CHECK;
/* NULL is fine. A dataset that was made beside another, and is not finished, is dropped. */
void target_free(struct target *target);

/* The name that the connection of a load has to have: for connection_address. NULL: none. */
const char *target_client(const struct target *target);
/* No connection is kept while rows are loaded: loads are long, and servers close what is idle. */
void target_rest(struct target *target);
/* Borrowed. */
struct sink_names target_names(const struct target *target);
/* False only where it is sure: there is no row. */
bool target_has_rows(const struct target *target);
/* It was made here. */
bool target_is_new(const struct target *target);

/* Fails with IO, SERVER. */
bool target_say(struct target *target, const struct target_saying *saying,
                struct error *err) QUIPU_MUST_CHECK;
/* Waits until counts of a dataset that was made here are answered: by columns, a shard looks first for
 * rows of the prefix that are there. Fails with IO, SERVER, or STOPPED. */
bool target_wait(struct target *target, bool (*is_stopped)(void),
                 struct error *err) QUIPU_MUST_CHECK;
/* DATASET LABELS with these words behind the dataset's name (label_batch.h). arg: the target. Fails with
 * IO, SERVER. */
bool target_say_labels(void *arg, const struct slice *words, size_t nwords,
                       struct error *err) QUIPU_MUST_CHECK;
/* The load's own connections are closed by now: those of target_client's name tell others that it goes on. Appends
 * a line to notes where there is something to tell. Fails with IO, SERVER. */
bool target_finish(struct target *target, struct strbuf *notes, struct error *err) QUIPU_MUST_CHECK;

#endif
