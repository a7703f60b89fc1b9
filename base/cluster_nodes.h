/*
 * Reads the text that a node of a Redis Cluster answers to CLUSTER NODES.
 *
 *     07c3... 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 6000 [93->-292f...]
 *     id      address               flags         master  epoch     slots        (93 leaves for 292f...)
 *
 *     cluster_nodes_find(text, slice_of(NULL, 0), &node)   the node that was asked
 *     node_slots_shift(&node.slots, &range)                {SLOTS_SERVED, 0, 5460}, {..., 6000, 6000},
 *                                                          {SLOTS_LEAVING, 93, 93, "292f..."}, false
 */
#ifndef QUIPU_BASE_CLUSTER_NODES_H
#define QUIPU_BASE_CLUSTER_NODES_H

#include "base/slice.h"

/* All slices are borrowed from the text. */
struct cluster_node {
    struct slice id;
    struct slice address; /* "127.0.0.1:30001" */
    struct slice master;  /* of a replica its master's id; "-": it is a master */
    uint64_t epoch;       /* of its configuration; 0: not readable */
    struct slice slots;   /* what follows */
};

enum slots_state { SLOTS_SERVED, SLOTS_LEAVING, SLOTS_COMING };

struct node_slots {
    enum slots_state state;
    unsigned first, last; /* first <= last < CLUSTER_SLOTS */
    struct slice peer;    /* LEAVING, COMING: the other node's id */
};

/* Finds a node by its id; without one (NULL), the node that was asked. */
bool cluster_nodes_find(struct slice nodes, struct slice id, struct cluster_node *out);
/* Takes the next range off a node's slots. Words that are none are left out. False: no more. */
bool node_slots_shift(struct slice *slots, struct node_slots *out);

#endif
