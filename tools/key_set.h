/*
 * Keys that were seen: whether one comes twice.
 *
 *     key_set_add(set, slice_lit("7"))     -> KEY_NEW;  again -> KEY_SEEN
 *
 * Of each key it keeps 64 bits, at most 16 bytes of memory a key: among ten million keys one is
 * taken for another once in 400,000 loads. Beyond fifty million keys it does not know any more.
 */
#ifndef QUIPU_TOOLS_KEY_SET_H
#define QUIPU_TOOLS_KEY_SET_H

#include "base/slice.h"

enum key_seen { KEY_NEW, KEY_SEEN, KEY_UNKNOWN };

struct key_set;

struct key_set *key_set_new(void);
/* NULL is fine. */
void key_set_free(struct key_set *set);
enum key_seen key_set_add(struct key_set *set, struct slice key);

#endif
