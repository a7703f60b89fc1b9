/*
 * The list of queries that run. in: nothing; out: an empty list and its lock. query.c puts queries
 * in and takes them out.
 */
#include "module/query_list.h"

void
query_list_init(struct query_list *list)
{
    *list = (struct query_list){.nshort = 0};
    list_init(&list->running);
    pthread_mutex_init(&list->lock, NULL);
}

void
query_list_fini(struct query_list *list)
{
    pthread_mutex_destroy(&list->lock);
}
