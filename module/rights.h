/*
 * Checks whether a client's user may read all rows of a dataset. QUIPU.COUNT names no keys, so
 * Redis cannot check the user's key rules. This file does.
 *
 *     ACL SETUSER shop on nopass ~order:* +@read        counts datasets with prefixes order:, order:2
 *                                                       not profile_, and not `order`
 */
#ifndef QUIPU_MODULE_RIGHTS_H
#define QUIPU_MODULE_RIGHTS_H

#include "module/redis_api.h"

/* Also true if the call has no user. Fails with NOPERM. */
bool rights_check(const struct redis_api *redis, struct redis_ctx *ctx, struct slice name,
                  struct slice prefix, struct error *err) QUIPU_MUST_CHECK;

#endif
