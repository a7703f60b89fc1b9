/*
 * Tells whether a client's user may read all rows of a dataset. in: a context and a prefix; out:
 * whether the user may read each key that begins with the prefix.
 *
 * Redis is asked about two names: the prefix itself, and the prefix with bytes behind it that no
 * rule would name. A rule that allows both is a rule for the whole prefix, unless it was made for
 * these names; `~profile_1*` or `~profile_[0-9]*` is not. (Newer servers can be asked about a
 * prefix, but Redis 8 and Valkey 9 do it by functions of one name with different arguments.)
 */
#include "module/rights.h"

#include "base/strbuf.h"

enum { REDIS_KEY_ACCESS = 1 << 4 };

static bool
may_read_key(const struct redis_api *redis, struct redis_user *user, struct slice key)
{
    struct redis_string *name = redis->create_string(NULL, key.ptr, key.len);
    bool may = redis->check_key(user, name, REDIS_KEY_ACCESS) == REDIS_OK;
    redis->free_string(NULL, name);
    return may;
}

static bool
may_read(const struct redis_api *redis, struct redis_user *user, struct slice prefix)
{
    static const char ODD[] = "\1?~ \2[any] \x7f";
    struct strbuf odd;
    strbuf_init(&odd);
    strbuf_append(&odd, prefix);
    strbuf_append_str(&odd, ODD);
    bool may = may_read_key(redis, user, prefix) && may_read_key(redis, user, strbuf_slice(&odd));
    strbuf_fini(&odd);
    return may;
}

/* NULL: there is none. A script's client is in no list; its user is the one that called it. */
static struct redis_string *
user_name(const struct redis_api *redis, struct redis_ctx *ctx)
{
    return redis->context_flags(ctx) & REDIS_CTX_LUA
               ? redis->current_user(ctx)
               : redis->client_user(ctx, redis->client_id(ctx));
}

bool
rights_check(const struct redis_api *redis, struct redis_ctx *ctx, struct slice name,
             struct slice prefix, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct redis_string *user_string = user_name(redis, ctx);
    if (!user_string) {
        return true;
    }
    struct redis_user *user = redis->find_user(user_string);
    bool may = !user || may_read(redis, user, prefix);
    if (user) {
        redis->free_user(user);
    }
    redis->free_string(ctx, user_string);
    return may || error_set(err, "NOPERM", "this user may not read all rows of %s",
                            error_quote(quoted, name));
}
