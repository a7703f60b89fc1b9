/*
 * The kinds of requests: what a command's row in its table says of how it runs.
 */
#ifndef QUIPU_SERVER_TABLE_REQUEST_CLASS_H
#define QUIPU_SERVER_TABLE_REQUEST_CLASS_H

/*
 * What may be in flight together: each but the last with its own kind. A request of one kind
 * waits until all of the others that came before it have ended, so that a COUNT behind an HSET sees
 * it.
 */
enum request_class {
    REQUEST_LOCAL, /* answered at once */
    REQUEST_ROW,
    REQUEST_QUERY,   /* counts, and questions about the data as a whole */
    REQUEST_FORWARD, /* Redis' own commands, carried out by the shards */
    REQUEST_SCRIPT,  /* of those, what takes another way to them: EVAL, over several shards */
    REQUEST_ALONE,   /* the same, and nothing else of this client's is in flight */
    REQUEST_NCLASSES
};

#endif
