/*
 * May a client's user read all rows of a dataset? QUIPU.COUNT names no keys, so Redis cannot hold it
 * to the user's key rules: this does.
 *
 *     ACL SETUSER shop on nopass ~order:* +@read        counts datasets with prefixes order:, order:2
 *                                                       not profile_, and not `order`
 */
#ifndef QUIPU_MODULE_RIGHTS_H
#define QUIPU_MODULE_RIGHTS_H

#include "module/redis_api.h"

/* True too where no user is behind the call. Fails with NOPERM. */
bool rights_check(const struct redis_api *redis, struct redis_ctx *ctx, struct slice name,
                  struct slice prefix, struct error *err) QUIPU_MUST_CHECK;

#endif
