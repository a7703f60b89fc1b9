/*
 * The log of refusals: a list, the newest first. in: a user and what was refused; out: entries with
 * a count.
 *
 *     ann key "other", ann key "other", bob command "flushall"     -> bob (1), ann (2)
 *
 * A new refusal is compared with all entries; acllog-max-len keeps them few.
 */
#include "server/access/acl_log.h"

#include <stdlib.h>

#include "base/must.h"

enum { SAME_MS = 60 * 1000, OBJECT_BYTES = 256 };

static void
entry_free(struct acl_log_entry *entry)
{
    strbuf_fini(&entry->object);
    strbuf_fini(&entry->username);
    strbuf_fini(&entry->client);
    free(entry);
}

/* Takes an equal entry out of the list; NULL: there is none. */
static struct acl_log_entry *
entry_take(struct acl_log *log, enum acl_log_reason reason, struct slice object,
           struct slice username, int64_t now_ms)
{
    for (struct acl_log_entry **link = &log->newest; *link; link = &(*link)->next) {
        struct acl_log_entry *entry = *link;
        if (entry->reason == reason && slice_equal(strbuf_slice(&entry->object), object) &&
            slice_equal(strbuf_slice(&entry->username), username) &&
            now_ms - entry->at_ms <= SAME_MS) {
            *link = entry->next;
            log->nentries--;
            return entry;
        }
    }
    return NULL;
}

static void
shorten(struct acl_log *log, size_t max_entries)
{
    struct acl_log_entry **link = &log->newest;
    for (size_t i = 0; i < max_entries && *link; i++) {
        link = &(*link)->next;
    }
    while (*link) {
        struct acl_log_entry *entry = *link;
        *link = entry->next;
        log->nentries--;
        entry_free(entry);
    }
}

void
acl_log_add(struct acl_log *log, enum acl_log_reason reason, struct slice object,
            struct slice username, struct slice client, int64_t now_ms, size_t max_entries)
{
    object.len = object.len < OBJECT_BYTES ? object.len : OBJECT_BYTES;
    struct acl_log_entry *entry = entry_take(log, reason, object, username, now_ms);
    if (!entry) {
        entry = must_alloc(sizeof *entry);
        entry->reason = reason;
        strbuf_append(&entry->object, object);
        strbuf_append(&entry->username, username);
    }
    entry->count++;
    entry->at_ms = now_ms;
    strbuf_clear(&entry->client);
    strbuf_append(&entry->client, client);
    entry->next = log->newest;
    log->newest = entry;
    log->nentries++;
    shorten(log, max_entries);
}

void
acl_log_reset(struct acl_log *log)
{
    shorten(log, 0);
}

const char *
acl_log_reason_name(enum acl_log_reason reason)
{
    switch (reason) {
    case ACL_LOG_AUTH: return "auth";
    case ACL_LOG_COMMAND: return "command";
    case ACL_LOG_KEY: return "key";
    case ACL_LOG_CHANNEL: return "channel";
    case ACL_LOG_DATASET: return "dataset";
    case ACL_LOG_NREASONS: break;
    }
    return "";
}
