/*
 * Loading reads from a shard's INFO how much of its data the shard has read into memory. in: INFO's
 * text; out: figures, and the error that reports them.
 *
 * Redis counts the bytes that it has read of all files together, so the percentage only grows.
 */
#include "executor/shards/loading.h"

#include "executor/shards/shard_reply.h"

/* -1: the field is missing, or it is no number from 0 on. */
static int64_t
field_read(struct slice info, const char *name)
{
    int64_t n;
    return slice_to_int64(reply_info(info, name), &n) && n >= 0 ? n : -1;
}

bool
loading_read(struct loading *loading, struct slice info)
{
    int64_t total = field_read(info, "loading_total_bytes");
    int64_t loaded = field_read(info, "loading_loaded_bytes");
    int64_t eta = field_read(info, "loading_eta_seconds");
    if (field_read(info, "loading") != 1) {
        return false;
    }
    loading->total_bytes = total > 0 ? total : 0;
    loading->loaded_bytes = loaded > 0 ? loaded : 0;
    loading->eta_s = eta > 0 ? eta : 0;
    return true;
}

int
loading_percent(const struct loading *loading)
{
    if (loading->total_bytes == 0) {
        return 0;
    }
    double percent = 100.0 * (double) loading->loaded_bytes / (double) loading->total_bytes;
    return percent > 100 ? 100 : (int) percent;
}

void
loading_error(const struct loading *loading, const char *name, struct error *err)
{
    error_set(err, "LOADING", "%d%%: %s is loading its data", loading_percent(loading), name);
}
