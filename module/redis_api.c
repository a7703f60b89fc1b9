/*
 * Looks up Redis' functions, which a module gets by name. in: the server's own look-up; out: a
 * table of functions, or the reason why not.
 *
 * Example: on Redis 6.2.7 GetServerVersion says 0x060207: "quipu needs Redis 7.0 or later: this
 * server is 6.2.7". If not even that function exists, the error names it.
 */
#include "module/redis_api.h"

#include <stdio.h>

enum { OLDEST = 0x070000 };

bool
redis_api_load(struct redis_api *api, redis_get_api_fn *get_api, struct error *err)
{
    int (*get_version)(void) = NULL;
    if (get_api("RedisModule_GetServerVersion", &get_version) == REDIS_OK) {
        int version = get_version();
        if (version < OLDEST) {
            return error_set(err, "ERR", "quipu needs Redis 7.0 or later: this server is %d.%d.%d",
                             version >> 16, version >> 8 & 0xff, version & 0xff);
        }
    }
#define REDIS_API_LOOK_UP(type, field, name, parameters)                                           \
    if (get_api("RedisModule_" #name, &api->field) != REDIS_OK) {                                  \
        return error_set(err, "ERR", "quipu needs Redis 7.0 or later: this server has no %s",      \
                         "RedisModule_" #name);                                                    \
    }
    REDIS_API(REDIS_API_LOOK_UP)
#undef REDIS_API_LOOK_UP
#define REDIS_API_LOOK_UP_OPTIONAL(type, field, name, parameters)                                  \
    if (get_api("RedisModule_" #name, &api->field) != REDIS_OK) {                                  \
        api->field = NULL;                                                                         \
    }
    REDIS_API_OPTIONAL(REDIS_API_LOOK_UP_OPTIONAL)
#undef REDIS_API_LOOK_UP_OPTIONAL
    void (*anything)(void);
    api->is_valkey = get_api("ValkeyModule_SetModuleOptions", &anything) == REDIS_OK;
    return true;
}

void
redis_reply_error(const struct redis_api *redis, struct redis_ctx *ctx, const struct error *err)
{
    char text[ERROR_CODE_BYTES + ERROR_MESSAGE_BYTES];
    int len = snprintf(text, sizeof text, "%s %s", err->code, err->message);
    for (int i = 0; i < len && i < (int) sizeof text; i++) {
        if (text[i] == '\r' || text[i] == '\n') {
            text[i] = ' ';
        }
    }
    redis->reply_with_error(ctx, text);
}
