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
#include "tools/label_batch.h"

static const char default_dataset[] = "current", default_prefix[] = "profile_";

enum { WORDS_MOST = 10, WAIT_MS = 20 };

/* What DATASET INFO says. Texts are in the arena; empty: it does not say. */
struct info {
    struct slice name, prefix, keys, method;
    int64_t npartitions, percent; /* of the index: 100 where it does not say */
    bool is_known, is_empty;
};

struct target {
    struct arena *arena;
    struct connection_address address;
    struct connection
        *connection; /* NULL: not now. A load is long, and servers close what is idle */
    const char *dataset;
    struct slice new_name; /* of the one that is made beside another; empty: none is */
    struct strbuf notes;   /* of what was done before the load */
    struct sink_names names;
    bool has_rows, is_new;
};

/* ---- asking ---- */

/* The reply, which the caller frees; an error reply is one. NULL: IO. */
static struct redisReply *
ask(struct target *target, const struct slice *words, size_t nwords, struct error *err)
{
    if (!target->connection && !connection_open(&target->address, &target->connection, err)) {
        return NULL;
    }
    connection_send(target->connection, words, nwords);
    return connection_receive(target->connection, err);
}

/* True where it does not answer an error. */
static bool
tell(struct target *target, const struct slice *words, size_t nwords, struct error *err)
{
    struct redisReply *reply = ask(target, words, nwords, err);
    bool ok = reply && reply->type != REDIS_REPLY_ERROR;
    if (reply && !ok) {
        (void) error_set(err, "SERVER", "the server answers: %s", reply->str);
    }
    if (reply) {
        freeReplyObject(reply);
    }
    return ok;
}

static void
info_take(struct arena *arena, struct info *info, struct slice name, const struct redisReply *value)
{
    struct slice *const texts[] = {&info->name, &info->prefix, &info->keys, &info->method};
    static const char *const names[] = {"name", "prefix", "keys", "method"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (slice_equal(name, slice_str(names[i])) && value->str) {
            *texts[i] = arena_copy(arena, reply_slice(value));
        }
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("partitions"))) {
        info->npartitions = value->integer;
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("progress"))) {
        info->percent = value->integer;
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("rows"))) {
        info->is_empty = value->integer == 0;
    }
}

static bool
is_no_dataset(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NODATASET", 9) == 0;
}

/* A server that has no such command, or does not tell it to this user, is no error. *found is false
 * where it says that there is no such dataset. */
static bool
ask_info(struct target *target, struct slice name, struct info *info, bool *found,
         struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("INFO"), name};
    struct redisReply *reply = ask(target, words, 3, err);
    if (!reply) {
        return false;
    }
    *info = (struct info){.is_known = reply->type == REDIS_REPLY_ARRAY, .percent = 100};
    *found = !is_no_dataset(reply);
    for (size_t i = 0; info->is_known && i + 1 < reply->elements; i += 2) {
        info_take(target->arena, info, reply_slice(reply->element[i]), reply->element[i + 1]);
    }
    freeReplyObject(reply);
    return true;
}

/* ---- making one ---- */

static bool
overlap(struct slice a, struct slice b)
{
    return slice_starts_with(a, b) || slice_starts_with(b, a);
}

/* The prefixes there are; NULL: it does not say. The caller frees it. */
static struct redisReply *
ask_list(struct target *target)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("LIST")};
    struct error ignored = {0};
    struct redisReply *reply = ask(target, words, 2, &ignored);
    if (reply && reply->type != REDIS_REPLY_ARRAY) {
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

/* No dataset of the list has a prefix, or a name before a colon, that overlaps with it. */
static bool
prefix_is_free(struct arena *arena, const struct redisReply *list, struct slice prefix)
{
    for (size_t i = 0; i < list->elements; i++) {
        const struct redisReply *dataset = list->element[i];
        for (size_t j = 0; j + 1 < dataset->elements; j += 2) {
            struct slice what = reply_slice(dataset->element[j]);
            struct slice text = reply_slice(dataset->element[j + 1]);
            bool is_name = slice_equal(what, slice_lit("name"));
            if (is_name) {
                text = arena_printf(arena, "%.*s:", SLICE_ARG(text));
            }
            if ((is_name || slice_equal(what, slice_lit("prefix"))) && overlap(prefix, text)) {
                return false;
            }
        }
    }
    return true;
}

/* The first form of the name that is free, as a prefix with `behind` behind it; "": none is. */
static struct slice
free_form(struct target *target, const struct redisReply *list, const char *const *forms,
          size_t nforms, const char *behind, const char *name)
{
    for (size_t i = 0; i < nforms; i++) {
        char text[256];
        snprintf(text, sizeof text, forms[i], name);
        struct slice form = arena_printf(target->arena, "%s%s", text, behind);
        if (prefix_is_free(target->arena, list, form)) {
            return slice_of(form.ptr, form.len - strlen(behind));
        }
    }
    return slice_lit("");
}

/* survey.2 for survey_2: an underscore is what rows of `survey` go on with. */
static const char *
with_points(struct target *target)
{
    char *name = (char *) arena_copy(target->arena, slice_str(target->dataset)).ptr;
    for (char *at = name; (at = strchr(at, '_'));) {
        *at = '.';
    }
    return name;
}

/* Behind what the server says of prefixes and names that overlap: one that does not. */
static void
propose(struct target *target, struct slice prefix, struct error *err)
{
    static const char *const prefixes[] = {"%s_", "rows-%s_", "r-%s_", "2-%s_", "rows2-%s_"};
    static const char *const names[] = {"%s", "data.%s", "d.%s", "x.%s"};
    struct redisReply *list = ask_list(target);
    if (!list) {
        return;
    }
    struct slice key = arena_printf(target->arena, "%s:", target->dataset);
    bool is_name_free = prefix_is_free(target->arena, list, key);
    bool is_prefix_free = prefix_is_free(target->arena, list, prefix);
    const char *option = is_name_free ? "--prefix" : "--dataset";
    struct slice form = slice_lit("");
    if (!is_name_free) {
        form =
            free_form(target, list, names, sizeof names / sizeof *names, ":", with_points(target));
    } else if (!is_prefix_free) {
        form = free_form(target, list, prefixes, sizeof prefixes / sizeof *prefixes, "",
                         target->dataset);
    }
    if (form.len) {
        struct error server = *err;
        error_clear(err);
        (void) error_set(err, server.code, "%s; %s %.*s is free", server.message, option,
                         SLICE_ARG(form));
    }
    freeReplyObject(list);
}

/* like: another one, whose method and partitions it gets. NULL: the server's own. */
static bool
create(struct target *target, struct slice name, struct slice prefix, const struct info *like,
       struct error *err)
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
    return tell(target, words, nwords, err);
}

/* How the new one's field is read. */
static bool
copy_reading(struct target *target, struct slice field, const char *how, struct slice value,
             struct error *err)
{
    const struct slice alter[] = {slice_lit("DATASET"),
                                  slice_lit("ALTER"),
                                  target->new_name,
                                  slice_lit("FIELD"),
                                  field,
                                  slice_str(how),
                                  value};
    return tell(target, alter, sizeof alter / sizeof *alter, err);
}

/* What is said of one field; pairs: a name, and what it is. */
static bool
copy_field(struct target *target, struct label_batch *batch, const struct redisReply *pairs,
           struct error *err)
{
    struct slice field = slice_lit("");
    bool ok = true;
    for (size_t i = 0; ok && i + 1 < pairs->elements; i += 2) {
        struct slice what = reply_slice(pairs->element[i]);
        const struct redisReply *value = pairs->element[i + 1];
        if (slice_equal(what, slice_lit("field"))) {
            field = reply_slice(value);
        } else if (slice_equal(what, slice_lit("label"))) {
            ok = label_batch_title(batch, field, reply_slice(value), err);
        } else if (slice_equal(what, slice_lit("multi")) && value->len) {
            ok = copy_reading(target, field, "MULTI", reply_slice(value), err);
        } else if (slice_equal(what, slice_lit("epoch")) && value->len) {
            ok = copy_reading(target, field, "EPOCH", reply_slice(value), err);
        }
        bool are_labels = slice_equal(what, slice_lit("labels"));
        for (size_t k = 0; ok && are_labels && k + 1 < value->elements; k += 2) {
            ok = label_batch_value(batch, field, reply_slice(value->element[k]),
                                   reply_slice(value->element[k + 1]), err);
        }
    }
    return ok;
}

/* What is said of the fields of the one that the name means is said of the new one's. */
static bool
copy_sayings(struct target *target, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DESCRIBE"),
                                  slice_str(target->dataset)};
    struct redisReply *reply = ask(target, words, 3, err);
    struct label_batch *batch = label_batch_new(target_say_labels, target);
    struct strbuf notes; /* there are none: all of it was in a catalog */
    strbuf_init(&notes);
    bool ok = reply != NULL;
    for (size_t i = 0; ok && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        ok = copy_field(target, batch, reply->element[i], err);
    }
    ok = ok && label_batch_end(batch, &notes, err);
    strbuf_fini(&notes);
    label_batch_free(batch);
    if (reply) {
        freeReplyObject(reply);
    }
    return ok;
}

/* False: the user may lack the right to it. */
static bool
name_connection(struct target *target, struct slice name)
{
    const struct slice words[] = {slice_lit("CLIENT"), slice_lit("SETNAME"), name};
    struct error ignored = {0};
    return tell(target, words, 3, &ignored);
}

static bool
create_beside(struct target *target, const struct info *old, struct error *err)
{
    const struct beside_about about = {slice_str(target->dataset), old->name, old->prefix,
                                       "an earlier --replace had left unfinished"};
    struct slice name;
    if (!beside_name(target->arena, about.dataset, old->prefix, &name, err)) {
        return false;
    }
    target->address.client = beside_client(target->arena, name);
    bool is_claimed = name_connection(target, slice_str(target->address.client));
    if ((is_claimed &&
         !beside_drop_dead(target->connection, &about, target->arena, &target->notes, err)) ||
        !create(target, name, old->prefix, old, err)) {
        return false;
    }
    target->new_name = name;
    return copy_sayings(target, err);
}

/* ---- its names ---- */

static bool
set_names(struct target *target, const struct info *info, const char *wanted_prefix,
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
    struct info info;
    bool found;
    if (!ask_info(target, name, &info, &found, err)) {
        return false;
    }
    if (!found) {
        struct slice prefix = wishes->prefix ? slice_str(wishes->prefix)
                                             : arena_printf(target->arena, "%s_", target->dataset);
        if (!create(target, name, prefix, NULL, err)) {
            propose(target, prefix, err);
            return false;
        }
        target->is_new = true;
    } else if (wishes->is_beside && info.is_known && !info.is_empty) {
        if (!create_beside(target, &info, err)) {
            return false;
        }
        name = target->new_name;
    }
    if ((target->is_new || target->new_name.len) && !ask_info(target, name, &info, &found, err)) {
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
    *target =
        (struct target){.arena = arena_new(), .address = *address, .dataset = wishes->dataset};
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
    return target->address.client;
}

void
target_rest(struct target *target)
{
    connection_free(target->connection);
    target->connection = NULL;
}

static bool
drop(struct target *target, struct slice name, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DROP"), name};
    return tell(target, words, 3, err);
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
    connection_free(target->connection);
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

bool
target_say(struct target *target, const struct target_saying *saying, struct error *err)
{
    struct slice name = target->new_name.len ? target->new_name : slice_str(target->dataset);
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
    return tell(target, words, nwords, err);
}

bool
target_wait(struct target *target, bool (*is_stopped)(void), struct error *err)
{
    struct slice name = target->new_name.len ? target->new_name : slice_str(target->dataset);
    struct info info = {0};
    bool found = true;
    while ((target->is_new || target->new_name.len) && found && info.percent < 100) {
        if (is_stopped()) {
            return error_set(err, "STOPPED", "stopped by a signal");
        }
        if (info.is_known) {
            (void) poll(NULL, 0, WAIT_MS);
        }
        if (!ask_info(target, name, &info, &found, err)) {
            return false;
        }
    }
    return true;
}

bool
target_say_labels(void *arg, const struct slice *words, size_t nwords, struct error *err)
{
    struct target *target = arg;
    struct slice *command = must_array(nwords + 3, sizeof *command);
    command[0] = slice_lit("DATASET");
    command[1] = slice_lit("LABELS");
    command[2] = target->new_name.len ? target->new_name : slice_str(target->dataset);
    memcpy(command + 3, words, nwords * sizeof *words);
    bool ok = tell(target, command, nwords + 3, err);
    free(command);
    return ok;
}

/* ---- its end ---- */

/* Drops a dataset that has been replaced, and says so. False: another load has dropped it already. */
static bool
drop_replaced(struct target *target, struct slice name, struct strbuf *notes)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DROP"), name};
    struct error err = {0};
    struct redisReply *reply = ask(target, words, 3, &err);
    bool is_there = !reply || !is_no_dataset(reply);
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
drop_all_replaced(struct target *target, const struct info *old, struct strbuf *notes)
{
    struct error ignored = {0};
    struct info now = {0};
    bool found, is_let_go = name_connection(target, slice_lit("quipu-load"));
    bool was_first = !old->name.len || slice_equal(old->name, target->new_name) ||
                     drop_replaced(target, old->name, notes);
    if (ask_info(target, slice_str(target->dataset), &now, &found, &ignored) && now.name.len &&
        !slice_equal(now.name, target->new_name)) {
        strbuf_printf(notes, "; another --replace has loaded %.*s meanwhile, which it means since",
                      SLICE_ARG(now.name));
        was_first &= drop_replaced(target, target->new_name, notes);
    }
    strbuf_append_char(notes, '\n');
    if (!was_first && is_let_go) {
        const struct beside_about about = {slice_str(target->dataset), slice_lit(""), old->prefix,
                                           "another --replace has loaded meanwhile"};
        bool ok = beside_drop_dead(target->connection, &about, target->arena, notes, &ignored);
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
    struct info old;
    bool found;
    if (!ask_info(target, words[2], &old, &found, err) || !tell(target, words, 4, err)) {
        return false;
    }
    strbuf_append(notes, strbuf_slice(&target->notes));
    strbuf_printf(notes, "'%s' means dataset %.*s now", target->dataset,
                  SLICE_ARG(target->new_name));
    drop_all_replaced(target, &old, notes);
    target->new_name = slice_lit("");
    return true;
}
