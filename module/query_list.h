/*
 * The queries whose clients are blocked, and counters of queries by kind.
 */
#ifndef QUIPU_MODULE_QUERY_LIST_H
#define QUIPU_MODULE_QUERY_LIST_H

#include <pthread.h>
#include <stdint.h>

#include "base/list.h"

struct query_list {
    struct list running;  /* struct query, the newest first */
    pthread_mutex_t lock; /* between the thread that ends a query and the one that cancels it */
    uint64_t nshort, nlong, ncancelled, nfailed;
};

void query_list_init(struct query_list *list);
/* Call it when no client waits for a query. */
void query_list_fini(struct query_list *list);

#endif
