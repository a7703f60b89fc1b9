/*
 * A doubly linked list whose links are in its items: nothing is allocated, and an item leaves without
 * being looked for.
 *
 *     struct session { struct list in_sessions; ... };
 *
 *     struct list sessions;
 *     list_init(&sessions);
 *     list_add_first(&sessions, &session->in_sessions);
 *     LIST_EACH (struct session, s, &sessions, in_sessions) {
 *         session_free(s);                                  which may take s out, but no other
 *     }
 *
 * The list and its items are one ring: `next` of the last item is the list, as is `prev` of the first.
 * An item in no list is a ring of its own. A list in use must not move.
 */
#ifndef QUIPU_BASE_LIST_H
#define QUIPU_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A list, and what makes an item of a struct. */
struct list {
    struct list *next, *prev;
};

/* An empty list, or an item in none. */
static inline void
list_init(struct list *list)
{
    list->next = list->prev = list;
}

/* Of an item: it is in no list. */
static inline bool
list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void
list_add_between(struct list *prev, struct list *item, struct list *next)
{
    item->prev = prev;
    item->next = next;
    prev->next = next->prev = item;
}

/* The item must be in no list; it need not have been initialised. */
static inline void
list_add_first(struct list *list, struct list *item)
{
    list_add_between(list, item, list->next);
}

static inline void
list_add_last(struct list *list, struct list *item)
{
    list_add_between(list->prev, item, list);
}

/* Nothing where it is in none. */
static inline void
list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

/* All items of from, in their order; to must be empty, and need not have been initialised. */
static inline void
list_move(struct list *from, struct list *to)
{
    list_add_first(from, to);
    list_remove(from);
}

/* The struct that a link is the member of. */
#define LIST_ITEM(link, type, member) ((type *) (void *) ((char *) (link) -offsetof(type, member)))

/* The first item; NULL: the list is empty. */
#define LIST_FIRST(list, type, member)                                                             \
    (list_is_empty(list) ? NULL : LIST_ITEM((list)->next, type, member))

/* From the first item to the last. The body may take out and free the item it is given. */
#define LIST_EACH(type, item, list, member)                                                        \
    for (type *item = LIST_ITEM((list)->next, type, member),                                       \
              *item##_next = LIST_ITEM(item->member.next, type, member);                           \
         &item->member != (list);                                                                  \
         item = item##_next, item##_next = LIST_ITEM(item->member.next, type, member))

#endif
