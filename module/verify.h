/*
 * QUIPU.VERIFY compares an index with the real hashes, in both directions.
 *
 *     QUIPU.VERIFY current          1) "rows" 2) 5000000 3) "fields" 4) 13240518
 *                                   5) "mismatches" 6) 0 7) "differences" 8) the first ten, as text
 *     QUIPU.VERIFY current DEEP     and the index against itself, which holds Redis up meanwhile
 *
 * Each hash with the name of a row must be in the index, field by field. Each row of the index must
 * be a hash. The work is done half a millisecond at a time, like filling (backfill.h). Writes go on
 * meanwhile, and each row is compared at one moment.
 */
#ifndef QUIPU_MODULE_VERIFY_H
#define QUIPU_MODULE_VERIFY_H

#include "module/redis_api.h"

struct module;

int verify_run(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc);

#endif
