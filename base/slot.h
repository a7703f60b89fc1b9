/*
 * Hash slots of Redis Cluster: which of 16,384 a key is in.
 *
 *     key_slot(slice_lit("{user1000}.following")) == key_slot(slice_lit("user1000"))
 *     key_tag(slice_lit("foo{}{bar}"))                -> empty, so the whole key is hashed
 */
#ifndef QUIPU_BASE_SLOT_H
#define QUIPU_BASE_SLOT_H

#include "base/slice.h"

enum { CLUSTER_SLOTS = 16384 };

/* CRC16-CCITT (XModem): polynomial 0x1021, as the Redis Cluster specification has it. */
uint16_t crc16(struct slice bytes);
/* What is between the first { of key and the next }: a part of key. Empty where key has no tag. */
struct slice key_tag(struct slice key);
/* The slot of the key's tag; where it has none, of the whole key. */
unsigned key_slot(struct slice key);

#endif
