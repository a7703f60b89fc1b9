/*
 * May a client's user read all rows of a dataset? in: a context and a prefix; out: whether its user
 * may read each key that begins so.
 *
 * Redis is asked for two names: the prefix itself, and one that goes on with bytes which no rule is
 * made for. What lets both pass is, but for a rule that was made for them, a rule for the whole
 * prefix; `~profile_1*` or `~profile_[0-9]*` is none. (Newer servers can be asked for a prefix, but
 * Redis 8 and Valkey 9 by functions of one name that take different arguments.)
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

/* NULL: nobody. A script's client is in no list, and has the user that called it. */
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
