/*
 * A Redis module that writes to hashes and tells nobody, as some modules do: what QUIPU.VERIFY is
 * to find. For tests/e2e/test_module.py.
 *
 *     SILENT.HSET key field value        SILENT.DEL key
 */
#include <stddef.h>

#include "module/redis_api.h"

int RedisModule_OnLoad(struct redis_ctx *ctx, struct redis_string **argv, int argc);

static struct redis_api redis;
static int (*hash_set)(struct redis_key *key, int flags, ...);
static int (*delete_key)(struct redis_key *key);

static int
on_hset(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    if (argc != 4) {
        return redis.wrong_arity(ctx);
    }
    struct redis_key *key = redis.open_key(ctx, argv[1], REDIS_KEY_READ | REDIS_KEY_WRITE);
    hash_set(key, 0, argv[2], argv[3], NULL);
    redis.close_key(key);
    return redis.reply_with_simple_string(ctx, "OK");
}

static int
on_del(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    if (argc != 2) {
        return redis.wrong_arity(ctx);
    }
    struct redis_key *key = redis.open_key(ctx, argv[1], REDIS_KEY_READ | REDIS_KEY_WRITE);
    delete_key(key);
    redis.close_key(key);
    return redis.reply_with_simple_string(ctx, "OK");
}

int
RedisModule_OnLoad(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    redis_get_api_fn *get_api = *(redis_get_api_fn **) ctx;
    struct error err = {0};
    (void) argv;
    (void) argc;
    if (!redis_api_load(&redis, get_api, &err) ||
        get_api("RedisModule_HashSet", &hash_set) != REDIS_OK ||
        get_api("RedisModule_DeleteKey", &delete_key) != REDIS_OK) {
        return REDIS_ERR;
    }
    redis.set_module_attribs(ctx, "silent", 1, REDIS_API_VERSION);
    return redis.create_command(ctx, "silent.hset", on_hset, "write", 1, 1, 1) == REDIS_OK &&
                   redis.create_command(ctx, "silent.del", on_del, "write", 1, 1, 1) == REDIS_OK
               ? REDIS_OK
               : REDIS_ERR;
}
