/*
 * Finds a name or a prefix that a dataset could have. in: those that the server did not take; out: a
 * proposal behind its error.
 *
 *     DATASET CREATE survey_2 PREFIX survey_2_      an error
 *     DATASET LIST                                  survey: prefix survey_, of which survey_2:7 were a row
 *                                                   ...; --dataset survey.2 is free
 */
#include "tools/free_names.h"

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

static bool
overlap(struct slice a, struct slice b)
{
    return slice_starts_with(a, b) || slice_starts_with(b, a);
}

/* The prefixes there are; NULL: it does not say. The caller frees it. */
static struct redisReply *
ask_list(struct dataset_calls *calls)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("LIST")};
    struct error ignored = {0};
    struct redisReply *reply = dataset_ask(calls, words, 2, &ignored);
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
free_form(struct arena *arena, const struct redisReply *list, const char *const *forms,
          size_t nforms, const char *behind, const char *name)
{
    for (size_t i = 0; i < nforms; i++) {
        char text[256];
        snprintf(text, sizeof text, forms[i], name);
        struct slice form = arena_printf(arena, "%s%s", text, behind);
        if (prefix_is_free(arena, list, form)) {
            return slice_of(form.ptr, form.len - strlen(behind));
        }
    }
    return slice_lit("");
}

/* survey.2 for survey_2: an underscore is what rows of `survey` go on with. */
static const char *
with_points(struct arena *arena, const char *dataset)
{
    char *name = (char *) arena_copy(arena, slice_str(dataset)).ptr;
    for (char *at = name; (at = strchr(at, '_'));) {
        *at = '.';
    }
    return name;
}

void
free_names_propose(struct dataset_calls *calls, struct arena *arena, const char *dataset,
                   struct slice prefix, struct error *err)
{
    static const char *const prefixes[] = {"%s_", "rows-%s_", "r-%s_", "2-%s_", "rows2-%s_"};
    static const char *const names[] = {"%s", "data.%s", "d.%s", "x.%s"};
    struct redisReply *list = ask_list(calls);
    if (!list) {
        return;
    }
    struct slice key = arena_printf(arena, "%s:", dataset);
    bool is_name_free = prefix_is_free(arena, list, key);
    bool is_prefix_free = prefix_is_free(arena, list, prefix);
    const char *option = is_name_free ? "--prefix" : "--dataset";
    struct slice form = slice_lit("");
    if (!is_name_free) {
        form = free_form(arena, list, names, sizeof names / sizeof *names, ":",
                         with_points(arena, dataset));
    } else if (!is_prefix_free) {
        form = free_form(arena, list, prefixes, sizeof prefixes / sizeof *prefixes, "", dataset);
    }
    if (form.len) {
        struct error server = *err;
        error_clear(err);
        (void) error_set(err, server.code, "%s; %s %.*s is free", server.message, option,
                         SLICE_ARG(form));
    }
    freeReplyObject(list);
}
