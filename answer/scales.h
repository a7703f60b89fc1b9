/*
 * Decimals of different lengths: the partials of folded grids have the scale of their own values.
 *
 *     shard 0   scales 1,0 | 0:2,125      the sum 12.5          shard 1   scales 3,0 | 0:1,1005
 *     same      scales 3,0 | 0:2,12500                                    scales 3,0 | 0:1,1005
 */
#ifndef QUIPU_ANSWER_SCALES_H
#define QUIPU_ANSWER_SCALES_H

#include "answer/partial.h"

/* True: all have scales with the same powers, or none has any. */
bool scales_fit(const struct partial *const *parts, size_t nparts);
/*
 * Brings the parts, which fit, to the largest scales that one of them has. *out is the list of
 * them: those that have them already, and others in the arena. Fails with LIMIT: a sum of the field
 * `summed` does not fit with so many decimals.
 */
bool scales_unite(struct arena *arena, const struct partial *const *parts, size_t nparts,
                  struct slice summed, const struct partial *const **out,
                  struct error *err) QUIPU_MUST_CHECK;

#endif
