/*
 * Selects the client's database again after commands that, on some servers, leave another one
 * selected. in: commands as Redis shows them to filters; out: a context with the client's database.
 *
 * Example: COPY profile_1 profile_2 DB 3 of a client in database 0: 0 is noted; during the event
 * copy_to 3 is selected; afterwards 0 is.
 */
#include "module/selection.h"

#include <string.h>

void
selection_init(struct selection *selection, const struct redis_api *redis)
{
    *selection = (struct selection){.redis = redis, .db = -1};
}

static bool
may_change_another(struct slice name)
{
    static const char *const NAMES[] = {"move",    "copy",       "exec",  "eval",    "eval_ro",
                                        "evalsha", "evalsha_ro", "fcall", "fcall_ro"};
    char first = name.len ? (char) (name.ptr[0] | ' ') : ' '; /* most commands end here */
    if (first != 'm' && first != 'c' && first != 'e' && first != 'f') {
        return false;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (slice_equal_nocase(name, slice_str(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

void
selection_note(struct selection *selection, struct redis_filter *filter, struct slice name)
{
    const struct redis_api *redis = selection->redis;
    if (!redis->filter_client_id || !may_change_another(name)) {
        return;
    }
    struct redis_client_info info = {.version = REDIS_CLIENT_INFO_VERSION};
    /* A script's command has a client that is not found: the script's own client was noted. */
    if (redis->client_info(&info, redis->filter_client_id(filter)) == REDIS_OK) {
        selection->db = info.db;
    }
}

void
selection_restore(const struct selection *selection, struct redis_ctx *ctx, const char *event)
{
    if (selection->db >= 0 && (strcmp(event, "copy_to") == 0 || strcmp(event, "move_to") == 0)) {
        selection->redis->select_db(ctx, selection->db);
    }
}
