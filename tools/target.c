/*
 * The dataset of a load. in: its name; out: what its rows are called.
 *
 *     DATASET INFO survey          -NODATASET: DATASET CREATE survey PREFIX survey_
 *                                  rows 12: with is_beside
 *     DATASET CREATE survey.20261129T080000.00009ix PREFIX survey_ PARTITIONS 64 METHOD sets
 *     DATASET DESCRIBE survey      and the same is said of the new one
 *     ... rows ...
 *     DATASET INFO survey          another load may have replaced it meanwhile
 *     DATASET ALIAS survey survey.20261129T080000.00009ix
 *     DATASET DROP survey          (the own name of what it has meant until now)
 *
 * Rows are called by the dataset's own name ("w47:profile_7"), so that a load ends where it began,
 * whatever an alias comes to mean.
 */
#include "tools/target.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/must.h"
#include "tools/beside.h"
#include "tools/dataset_calls.h"
#include "tools/dataset_copy.h"
#include "tools/free_names.h"

static const char default_dataset[] = "current", default_prefix[] = "profile_";

enum { WORDS_MOST = 10, WAIT_MS = 20 };

struct target {
    struct arena *arena;
    struct dataset_calls calls;
    const char *dataset;
    struct slice new_name; /* of the one that is made beside another; empty: none is */
    struct strbuf notes;   /* of what was done before the load */
    struct sink_names names;
    bool has_rows, is_new;
};

/* ---- making one ---- */

/* like: another one, whose method and partitions it gets. NULL: the server's own. */
static bool
create(struct target *target, struct slice name, struct slice prefix,
       const struct dataset_info *like, struct error *err)
{
    struct slice words[WORDS_MOST] = {slice_lit("DATASET"), slice_lit("CREATE"), name,
                                      slice_lit("PREFIX"), prefix};
    size_t nwords = 5;
    if (like && like->method.len) {
        words[nwords++] = slice_lit("METHOD");
        words[nwords++] = like->method;
    }
    if (like && like->npartitions > 0 && slice_equal(like->method, slice_lit("sets"))) {
        words[nwords++] = slice_lit("PARTITIONS");
        words[nwords++] = arena_printf(target->arena, "%lld", (long long) like->npartitions);
    }
    return dataset_tell(&target->calls, words, nwords, err);
}

/* False: the user may lack the right to it. */
static bool
name_connection(struct target *target, struct slice name)
{
    const struct slice words[] = {slice_lit("CLIENT"), slice_lit("SETNAME"), name};
    struct error ignored = {0};
    return dataset_tell(&target->calls, words, 3, &ignored);
}

static bool
create_beside(struct target *target, const struct dataset_info *old, struct error *err)
{
    const struct beside_about about = {slice_str(target->dataset), old->name, old->prefix,
                                       "an earlier --replace had left unfinished"};
    struct slice name;
    if (!beside_name(target->arena, about.dataset, old->prefix, &name, err)) {
        return false;
    }
    target->calls.address.client = beside_client(target->arena, name);
    bool is_claimed = name_connection(target, slice_str(target->calls.address.client));
    if ((is_claimed &&
         !beside_drop_dead(target->calls.connection, &about, target->arena, &target->notes, err)) ||
        !create(target, name, old->prefix, old, err)) {
        return false;
    }
    target->new_name = name;
    return dataset_copy_sayings(&target->calls, about.dataset, name, err);
}

/* ---- its names ---- */

static bool
set_names(struct target *target, const struct dataset_info *info, const char *wanted_prefix,
          struct error *err)
{
    struct sink_names *names = &target->names;
    bool is_default = strcmp(target->dataset, default_dataset) == 0;
    names->prefix = wanted_prefix      ? slice_str(wanted_prefix)
                    : info->prefix.len ? info->prefix
                    : is_default       ? slice_lit(default_prefix)
                                       : slice_lit("");
    if (!names->prefix.len) {
        return error_set(err, "PREFIX",
                         "the prefix of the row keys of '%s' is not known: give it with --prefix",
                         target->dataset);
    }
    if (!slice_starts_with(names->prefix, info->prefix)) {
        /* The server would take such keys for ordinary ones, which no count sees. */
        return error_set(err, "PREFIX",
                         "row keys of dataset '%s' begin with '%.*s', not with '%.*s'",
                         target->dataset, SLICE_ARG(info->prefix), SLICE_ARG(names->prefix));
    }
    /* Keys are shown as "w47:profile_*". */
    size_t behind = info->prefix.len + 1;
    if (info->keys.len > behind) {
        names->address = slice_of(info->keys.ptr, info->keys.len - behind);
    }
    names->start = arena_printf(target->arena, "%.*s%.*s", SLICE_ARG(names->address),
                                SLICE_ARG(names->prefix));
    return true;
}

static bool
find_dataset(struct target *target, const struct target_wishes *wishes, struct error *err)
{
    struct slice name = slice_str(target->dataset);
    struct dataset_info info;
    bool found;
    if (!dataset_ask_info(&target->calls, target->arena, name, &info, &found, err)) {
        return false;
    }
    if (!found) {
        struct slice prefix = wishes->prefix ? slice_str(wishes->prefix)
                                             : arena_printf(target->arena, "%s_", target->dataset);
        if (!create(target, name, prefix, NULL, err)) {
            free_names_propose(&target->calls, target->arena, target->dataset, prefix, err);
            return false;
        }
        target->is_new = true;
    } else if (wishes->is_beside && info.is_known && !info.is_empty) {
        if (!create_beside(target, &info, err)) {
            return false;
        }
        name = target->new_name;
    }
    if ((target->is_new || target->new_name.len) &&
        !dataset_ask_info(&target->calls, target->arena, name, &info, &found, err)) {
        return false;
    }
    target->has_rows = !info.is_empty;
    return set_names(target, &info, wishes->prefix, err);
}

/* ---- a target ---- */

bool
target_open(const struct connection_address *address, const struct target_wishes *wishes,
            struct target **out, struct error *err)
{
    struct target *target = must_alloc(sizeof *target);
    *target = (struct target){
        .arena = arena_new(), .calls.address = *address, .dataset = wishes->dataset};
    target->names.address = target->new_name = slice_lit("");
    if (!find_dataset(target, wishes, err)) {
        target_free(target);
        return false;
    }
    *out = target;
    return true;
}

const char *
target_client(const struct target *target)
{
    return target->calls.address.client;
}

void
target_rest(struct target *target)
{
    dataset_calls_rest(&target->calls);
}

static bool
drop(struct target *target, struct slice name, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DROP"), name};
    return dataset_tell(&target->calls, words, 3, err);
}

void
target_free(struct target *target)
{
    if (!target) {
        return;
    }
    if (target->new_name.len) {
        struct error ignored = {0};
        bool ok = drop(target, target->new_name, &ignored);
        (void) ok; /* it stays, and DATASET LIST shows it */
    }
    dataset_calls_rest(&target->calls);
    strbuf_fini(&target->notes);
    arena_free(target->arena);
    free(target);
}

struct sink_names
target_names(const struct target *target)
{
    return target->names;
}

bool
target_has_rows(const struct target *target)
{
    return target->has_rows;
}

bool
target_is_new(const struct target *target)
{
    return target->is_new;
}

/* What rows are loaded into. */
static struct slice
name_of(const struct target *target)
{
    return target->new_name.len ? target->new_name : slice_str(target->dataset);
}

bool
target_say(struct target *target, const struct target_saying *saying, struct error *err)
{
    struct slice name = name_of(target);
    struct slice words[WORDS_MOST] = {slice_lit("DATASET"), slice_lit("ALTER"), name};
    size_t nwords = 3;
    if (saying->value.len || saying->label.len) {
        words[1] = slice_lit("LABEL");
        words[nwords++] = saying->field;
        if (saying->value.len) {
            words[nwords++] = saying->value;
        }
        words[nwords++] = saying->label;
    } else {
        words[nwords++] = slice_lit("FIELD");
        words[nwords++] = saying->field;
        words[nwords++] = slice_lit("MULTI");
        words[nwords++] = saying->separator;
    }
    return dataset_tell(&target->calls, words, nwords, err);
}

bool
target_wait(struct target *target, bool (*is_stopped)(void), struct error *err)
{
    struct slice name = name_of(target);
    struct dataset_info info = {0};
    bool found = true;
    while ((target->is_new || target->new_name.len) && found && info.percent < 100) {
        if (is_stopped()) {
            return error_set(err, "STOPPED", "stopped by a signal");
        }
        if (info.is_known) {
            (void) poll(NULL, 0, WAIT_MS);
        }
        if (!dataset_ask_info(&target->calls, target->arena, name, &info, &found, err)) {
            return false;
        }
    }
    return true;
}

bool
target_say_labels(void *arg, const struct slice *words, size_t nwords, struct error *err)
{
    struct target *target = arg;
    return dataset_tell_labels(&target->calls, name_of(target), words, nwords, err);
}

/* ---- its end ---- */

/* Drops a dataset that has been replaced, and says so. False: another load has dropped it already. */
static bool
drop_replaced(struct target *target, struct slice name, struct strbuf *notes)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DROP"), name};
    struct error err = {0};
    struct redisReply *reply = dataset_ask(&target->calls, words, 3, &err);
    bool is_there = !reply || !reply_is_no_dataset(reply);
    if (!reply) {
        strbuf_printf(notes, "; %.*s stays: %s", SLICE_ARG(name), err.message);
    } else if (reply->type != REDIS_REPLY_ERROR) {
        strbuf_printf(notes, "; %.*s is dropped", SLICE_ARG(name));
    } else if (is_there) {
        strbuf_printf(notes, "; %.*s stays: the server answers: %s", SLICE_ARG(name), reply->str);
    }
    freeReplyObject(reply);
    return is_there;
}

/*
 * Drops what the name meant before, and what loads that ended at the same moment have replaced:
 *
 *     A, B   DATASET INFO survey       both see the old one
 *     A      DATASET ALIAS survey a
 *     B      DATASET ALIAS survey b    nobody has seen that it meant a
 *
 * The second to drop the old one hears that it is gone. If that is B, it drops what nobody means and nobody
 * loads into, so a: A has let go of it before it dropped anything. If it is A, the name means b by then, and A
 * drops a itself.
 */
static void
drop_all_replaced(struct target *target, const struct dataset_info *old, struct strbuf *notes)
{
    struct error ignored = {0};
    struct dataset_info now = {0};
    bool found, is_let_go = name_connection(target, slice_lit("quipu-load"));
    bool was_first = !old->name.len || slice_equal(old->name, target->new_name) ||
                     drop_replaced(target, old->name, notes);
    if (dataset_ask_info(&target->calls, target->arena, slice_str(target->dataset), &now, &found,
                         &ignored) &&
        now.name.len && !slice_equal(now.name, target->new_name)) {
        strbuf_printf(notes, "; another --replace has loaded %.*s meanwhile, which it means since",
                      SLICE_ARG(now.name));
        was_first &= drop_replaced(target, target->new_name, notes);
    }
    strbuf_append_char(notes, '\n');
    if (!was_first && is_let_go) {
        const struct beside_about about = {slice_str(target->dataset), slice_lit(""), old->prefix,
                                           "another --replace has loaded meanwhile"};
        bool ok =
            beside_drop_dead(target->calls.connection, &about, target->arena, notes, &ignored);
        (void) ok; /* the next --replace drops them */
    }
}

bool
target_finish(struct target *target, struct strbuf *notes, struct error *err)
{
    if (!target->new_name.len) {
        return true;
    }
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("ALIAS"),
                                  slice_str(target->dataset), target->new_name};
    /* It need not be the one that was there at the start: another load may have replaced that. */
    struct dataset_info old;
    bool found;
    if (!dataset_ask_info(&target->calls, target->arena, words[2], &old, &found, err) ||
        !dataset_tell(&target->calls, words, 4, err)) {
        return false;
    }
    strbuf_append(notes, strbuf_slice(&target->notes));
    strbuf_printf(notes, "'%s' means dataset %.*s now", target->dataset,
                  SLICE_ARG(target->new_name));
    drop_all_replaced(target, &old, notes);
    target->new_name = slice_lit("");
    return true;
}
