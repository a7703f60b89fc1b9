/*
 * The kernels in plain C: every machine runs them, and the others are compared with them. in:
 * planes and bitmaps of a chunk; out: counts, bitmaps, lists.
 *
 * Example: see kernel_body.h.
 */
#include "columns/kernel_body.h"

const struct kernels *
kernels_plain(void)
{
    static const struct kernels KERNELS = {.joint = body_joint,
                                           .gather16 = body_gather16,
                                           .gather32 = body_gather32,
                                           .match = body_match,
                                           .popcount = body_popcount,
                                           .list = body_list,
                                           .stream = body_stream};
    return &KERNELS;
}
