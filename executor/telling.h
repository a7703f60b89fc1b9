/*
 * From what was counted to what is told: the answer is made, its warnings are waited for, and it is
 * written as a reply, or into a hash.
 *
 *     ANSWERING --is made--> [WARNING] --are known--> ANSWERING --reply is made--> OVER
 *         |                                               |                         ^
 *         +---------------- without warnings -------------+--> WRITING: INTO -------+
 *
 *     telling_start(&telling, &request, on_told, query);
 *     on_told(query, &result, NULL)     or     on_told(query, NULL, &err)
 *
 * The floor of the query's user may be raised at any time. It is looked at after each step.
 */
#ifndef QUIPU_EXECUTOR_TELLING_H
#define QUIPU_EXECUTOR_TELLING_H

#include "executor/answering.h"

struct executor;
struct into;
struct query_warnings;

/*
 * Exactly one of result and err is not NULL, once. But if the telling was cancelled while the side
 * thread had its memory, both are NULL, and its owner may be freed from then on.
 */
typedef void telling_done_fn(void *arg, const struct query_result *result, const struct error *err);

struct telling_request {
    struct executor *executor;
    struct answering answering; /* what it is made of */
    int64_t floor;
    struct query_warnings *warnings; /* told with the answer; NULL: there are none */
    bool were_told;                  /* the warnings are complete, and were told already */
    telling_done_fn *done;
    void *arg;
};

enum telling_state {
    TELLING_IDLE, /* not started; all zero */
    TELLING_ANSWERING,
    TELLING_WARNING,
    TELLING_WRITING,
    TELLING_OVER
};

struct telling {
    struct telling_request request;
    enum telling_state state;
    struct into *into; /* WRITING */
};

void telling_start(struct telling *telling, const struct telling_request *request);
/* The warnings are complete (err NULL), or are an error. */
void telling_warned(struct telling *telling, const struct error *err);
/* The floor is this by now. */
void telling_raise_floor(struct telling *telling, int64_t floor);
/* Ends it, in any state. done is not called, unless telling_is_beside. */
void telling_cancel(struct telling *telling);
/* True: the side thread has its memory, and that of the query. */
bool telling_is_beside(const struct telling *telling);
/* Frees what it has, when it is over. */
void telling_fini(struct telling *telling, struct side_thread *side);
/* "answering", "looking for warnings", "writing" */
const char *telling_state_name(const struct telling *telling);

#endif
