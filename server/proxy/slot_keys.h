/*
 * The keys of one slot, by the names that clients use, over all shards.
 *
 *     slot_keys_count(&call, key_slot(slice_lit("{user}:1")))     -> :2
 *
 * Shards that are no cluster's have no list by slot, and a row may be stored under another name:
 * so all keys are scanned, some at a time. It costs what a SCAN of everything costs.
 */
#ifndef QUIPU_SERVER_PROXY_SLOT_KEYS_H
#define QUIPU_SERVER_PROXY_SLOT_KEYS_H

#include "server/client/call.h"

/* Answers how many there are. A key that comes and goes meanwhile may be counted or not. */
enum command_outcome slot_keys_count(struct call *call, unsigned slot);
/* Answers their names, at most so many. */
enum command_outcome slot_keys_list(struct call *call, unsigned slot, size_t max);

#endif
