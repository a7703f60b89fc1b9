/*
 * Keeps the order of a subscriber's confirmations, while several commands are under way.
 * in: what the client's own session sends, its marks, and how far the ears are; out: confirmations
 * and messages to the client, and the requests that are confirmed.
 *
 *     head                          current
 *     [a, ">3 subscribe a"]         [b, ">3 subscribe b" ">3 message a"]       an ear owes two marks
 *         the ear's mark for a  ->  ">3 subscribe a" goes, a's request ends
 *         the ear's mark for b  ->  the rest goes; b's request ends with the session's mark
 */
#include "server/proxy/confirmations.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "server/client/client.h"
#include "server/proxy/ears.h"

struct confirmation {
    struct confirmation *next;
    struct request *request;
    uint64_t told;      /* the ears' last command then */
    struct strbuf held; /* what the session has sent since the mark before; not pushed yet */
};

bool
confirmations_are_awaited(const struct confirmations *confirmations)
{
    return confirmations->head != NULL;
}

void
confirmations_await(struct confirmations *confirmations, struct request *request)
{
    struct confirmation *confirmation = must_alloc(sizeof *confirmation);
    *confirmation = (struct confirmation){.request = request, .told = confirmations->ears->ntold};
    strbuf_init(&confirmation->held);
    if (confirmations->tail) {
        confirmations->tail->next = confirmation;
    } else {
        confirmations->head = confirmation;
    }
    confirmations->tail = confirmation;
    confirmations->current = confirmations->current ? confirmations->current : confirmation;
}

static bool
is_heard_everywhere(const struct confirmations *confirmations, const struct confirmation *one)
{
    return ears_have_confirmed(confirmations->ears, one->told);
}

void
confirmations_take(struct confirmations *confirmations, struct slice bytes)
{
    struct confirmation *of = confirmations->current ? confirmations->current : confirmations->tail;
    if (!of || (of == confirmations->head && is_heard_everywhere(confirmations, of))) {
        client_push(confirmations->client, bytes);
    } else {
        strbuf_append(&of->held, bytes);
        confirmations->held_bytes += bytes.len;
        client_push_held(confirmations->client, confirmations->held_bytes);
    }
}

void
confirmations_mark(struct confirmations *confirmations)
{
    if (confirmations->current) {
        confirmations->current = confirmations->current->next;
    }
}

struct request *
confirmations_drop(struct confirmations *confirmations)
{
    struct confirmation *head = confirmations->head;
    if (!head) {
        return NULL;
    }
    struct request *request = head->request;
    confirmations->head = head->next;
    confirmations->tail = head->next ? confirmations->tail : NULL;
    confirmations->current = confirmations->current == head ? head->next : confirmations->current;
    confirmations->held_bytes -= head->held.len;
    strbuf_fini(&head->held);
    free(head);
    return request;
}

struct request *
confirmations_next(struct confirmations *confirmations)
{
    struct confirmation *head = confirmations->head;
    if (!head || !is_heard_everywhere(confirmations, head)) {
        return NULL;
    }
    struct strbuf held = head->held;
    confirmations->held_bytes -= held.len;
    strbuf_init(&head->held);
    if (held.len > 0) {
        client_push(confirmations->client, strbuf_slice(&held));
    }
    strbuf_fini(&held);
    /* The push may have ended the client. Then nothing is awaited any more. */
    bool is_marked = confirmations->head != confirmations->current;
    return is_marked ? confirmations_drop(confirmations) : NULL;
}
