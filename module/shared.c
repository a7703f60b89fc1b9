/*
 * What the parts of the module share. in: nothing; out: the one struct of this process, and indexes
 * that are up to date.
 *
 * It stands below commands, queries and definitions, which all begin with module_get.
 */
#include "module/shared.h"

static struct module the_module;

struct module *
module_get(void)
{
    return &the_module;
}

bool
module_catch_up(struct module *module, struct redis_ctx *ctx, struct error *err)
{
    return follower_catch_up(&module->follower, ctx, module->redis.get_selected_db(ctx)) ||
           error_set(err, "TRYAGAIN",
                     "the time of a row's field was over when the transaction began");
}
