/*
 * What somebody meant who mistyped a name: "did you mean 'Origin'?"
 *
 *     const struct slice names[] = {SLICE_LIT("Origin"), SLICE_LIT("Order")};
 *     struct slice nearest;
 *     spelling_nearest(names, 2, slice_lit("orgin"), &nearest)       -> true, "Origin"
 */
#ifndef QUIPU_BASE_SPELLING_H
#define QUIPU_BASE_SPELLING_H

#include "base/slice.h"

/*
 * The name with the fewest mistakes: characters left out, added, changed, or two that changed places.
 * Letters of ASCII in the other case are no mistake. Of two as near, the first. False where none is
 * near: up to half of the characters may be wrong in a name of up to 5, 2 in one of up to 8, then a third
 * of them. Names of more than 64 characters are near to none.
 */
bool spelling_nearest(const struct slice *names, size_t nnames, struct slice wrong,
                      struct slice *out);

#endif
