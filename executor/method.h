/*
 * What both access methods offer to a query: a count that can be started, watched and cancelled.
 *
 *     const struct method *method = dataset_is_columns(dataset) ? column_count_method()
 *                                                               : sets_count_method();
 *     method->start(executor, &request, arena, on_counted, query, &query->counting);
 *     ... on_counted(query, &result, NULL)     or     on_counted(query, NULL, &err)
 *
 * So a query knows nothing of what a method does in between.
 */
#ifndef QUIPU_EXECUTOR_METHOD_H
#define QUIPU_EXECUTOR_METHOD_H

#include "answer/answer.h"
#include "answer/description.h"
#include "answer/listing.h"
#include "answer/partials.h"
#include "base/arena.h"
#include "base/error.h"

struct executor;
struct found_rows;
struct method;
struct prepared;

/* One count under way: the first member of each method's own struct. */
struct counting {
    const struct method *method;
};

struct method_request {
    struct prepared *prepared; /* borrowed until the end */
    int64_t started_us;        /* when the query came; PROFILE tells how long it took */
    int64_t until_ms;          /* its deadline, by now_ms; 0: none */
    int64_t suppress_below;    /* the query's, or more */
    uint64_t max_cells;        /* limits the cells that are not zero */
    struct slice after;        /* ROWS: only those whose names are behind this one; ptr NULL: all */
    bool names_only; /* DESCRIBE: the fields' names and labels, and nothing of their values */
    bool is_fresh;   /* the catalog was just read for this query, so missing indexes may be made */
    /* ROWS by sets: the rows are added to these, and the result is empty. NULL: they are counted. */
    struct found_rows *found;
    const struct slice *warnings; /* ROWS: what its answer is to warn of */
    size_t nwarnings;
    /* ROWS: gets all parts of the answer but the last. The method then waits for go_on. */
    void (*on_part)(void *arg, const struct listing *part);
};

/*
 * EXPLAIN and PROFILE have lines, DESCRIBE a description, all others what each shard counted, of
 * which an answer is made (answer/answer.h). PROFILE of a count has both, so that another query can use
 * what it counted. Lines live until done returns, all else in the arena that was given.
 */
struct method_result {
    const struct description *description; /* of DESCRIBE, which has none of the others */
    const struct listing *listing;         /* of ROWS: the last part of its answer */
    const struct partials *const *parts;
    size_t nparts;
    struct answer_shard *shards; /* which shards counted how many rows; none: not known */
    size_t nshards;
    struct slice *lines;
    size_t nlines;
};

/* Exactly one of result and err is not NULL. The count is gone when it returns. */
typedef void method_done_fn(void *arg, const struct method_result *result, const struct error *err);

struct method {
    /* Whether anything can be counted now. If not, why is ERR. */
    bool (*check)(const struct executor *executor, struct error *why);
    /*
     * done is called once, later or from inside this call, unless the count is cancelled first. out
     * is set before that. Errors of any kind come through done.
     */
    void (*start)(struct executor *executor, const struct method_request *request,
                  struct arena *arena, method_done_fn *done, void *arg, struct counting **out);
    /* done is not called any more. The count's work in the shards ends. */
    void (*cancel)(struct counting *counting);
    /*
     * How many parts (partitions or shards) have answered, of how many. 0 of 0 if none was asked.
     */
    void (*progress)(const struct counting *counting, size_t *ndone, size_t *nparts);
    /* What the count is doing: "learning", "counting" or "labelling". */
    const char *(*state)(const struct counting *counting);
    /* Why the count is not finished yet. Empty if nothing went wrong. */
    const char *(*why)(const struct counting *counting);
    /* A part of the answer was taken. NULL: the method has no parts. */
    void (*go_on)(struct counting *counting);
};

#endif
