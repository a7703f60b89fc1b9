/*
 * The kinds of requests. A command's row in its table says which kind it is.
 */
#ifndef QUIPU_SERVER_TABLE_REQUEST_CLASS_H
#define QUIPU_SERVER_TABLE_REQUEST_CLASS_H

/*
 * The kind decides which requests may be in flight together: requests of the same kind may, except
 * for REQUEST_ALONE. A request waits until all earlier requests of other kinds have ended. So a
 * COUNT behind an HSET counts the new row.
 */
enum request_class {
    REQUEST_LOCAL, /* answered at once */
    REQUEST_ROW,
    REQUEST_QUERY,   /* counts, and commands about the data as a whole */
    REQUEST_FORWARD, /* Redis' own commands, carried out by the shards */
    REQUEST_SCRIPT,  /* those of them that take another way to the shards: EVAL, over several
                        shards */
    REQUEST_ALONE,   /* Redis' own too, but nothing else of this client may be in flight */
    REQUEST_LISTEN,  /* SUBSCRIBE and its kin: their confirmations are sent at once and not in their
                        turn, so local ones wait too */
    REQUEST_NCLASSES
};

#endif
