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
    static const struct kernels KERNELS = {body_joint, body_gather16, body_gather32, body_match,
                                           NULL,       body_popcount, body_list,     body_stream};
    return &KERNELS;
}
