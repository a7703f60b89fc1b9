/*
 * A client's SUBSCRIBEs, UNSUBSCRIBEs and their kin that are under way: they go to the shards as they
 * come, and are confirmed in their order, each when all shards have it.
 *
 *     SUBSCRIBE a, SUBSCRIBE b          two are awaited
 *     its session: a's confirmation     goes to the client if the ears have a too, else it is held
 *     its session: a's mark             a's request ends, and b's confirmation is next
 *
 * The ears (ears.h) are the connections to the other shards; what the session sends after a
 * confirmation that is held, messages too, is held with it.
 */
#ifndef QUIPU_SERVER_PROXY_CONFIRMATIONS_H
#define QUIPU_SERVER_PROXY_CONFIRMATIONS_H

#include "base/slice.h"

struct client;
struct confirmation;
struct ears;
struct request;

/* All zero except the client and the ears: none. */
struct confirmations {
    struct client *client;
    const struct ears *ears;
    struct confirmation *head, *tail;
    struct confirmation *current; /* the session is answering it; NULL: it has answered all */
    size_t held_bytes;            /* of all of them */
};

bool confirmations_are_awaited(const struct confirmations *confirmations);
/*
 * Awaits the confirmation of a command that was written to the session, with a mark behind it, and
 * before that told to the ears. The request runs until confirmations_next or confirmations_drop
 * returns it.
 */
void confirmations_await(struct confirmations *confirmations, struct request *request);
/* Takes what the session has sent. It is pushed to the client or held; both may end the client. */
void confirmations_take(struct confirmations *confirmations, struct slice bytes);
/* The session has sent the mark behind the command that it was answering. */
void confirmations_mark(struct confirmations *confirmations);
/*
 * Pushes to the client what need not be held any longer, up to the end of a command that all shards
 * have confirmed, and returns the request of that command, which the caller ends. NULL: none is
 * confirmed yet. To be called until then, whenever the session or an ear has sent a mark.
 */
struct request *confirmations_next(struct confirmations *confirmations);
/* The shards' answers will not come: returns the oldest request, to be failed. NULL: none is left. */
struct request *confirmations_drop(struct confirmations *confirmations);

#endif
