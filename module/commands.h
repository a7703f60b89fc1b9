/*
 * The module's commands: their names, and what Redis must know about each.
 *
 *     QUIPU.COUNT text    QUIPU.PARTIAL text   QUIPU.EXPLAIN text   QUIPU.PROFILE text
 *     QUIPU.ROWS slot,... text
 *     QUIPU.INDEX CREATE name PREFIX prefix | DROP name | LIST
 *     QUIPU.INFO [name [FIELDS]]               QUIPU.VERIFY name [DEEP]
 */
#ifndef QUIPU_MODULE_COMMANDS_H
#define QUIPU_MODULE_COMMANDS_H

#include "module/redis_api.h"

/* Call it while the module is being loaded. Fails with ERR. */
bool commands_register(const struct redis_api *redis, struct redis_ctx *ctx,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
