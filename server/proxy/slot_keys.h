/*
 * The keys of one slot, by the names that clients use, over all shards.
 *
 *     slot_keys_count(&call, key_slot(slice_lit("{user}:1")))     -> :2
 *
 * Shards that are not part of a cluster have no list of keys by slot, and a row may be stored under
 * another name. So all keys are scanned, some at a time. That costs as much as a complete SCAN.
 */
#ifndef QUIPU_SERVER_PROXY_SLOT_KEYS_H
#define QUIPU_SERVER_PROXY_SLOT_KEYS_H

#include "server/client/call.h"

/* Answers the number of keys. A key that comes or goes meanwhile may be counted or not. */
enum command_outcome slot_keys_count(struct call *call, unsigned slot);
/* Answers the names of the keys, at most max. */
enum command_outcome slot_keys_list(struct call *call, unsigned slot, size_t max);

#endif
