/*
 * Names of datasets for a client. in: the catalog and a user; out: names, or an error that proposes one.
 *
 * Example: who may see `current` and `people` and asks for `poeple` is asked whether `people` was meant;
 * who may not see it is told only that there is no such dataset.
 */
#include "server/commands/dataset_names.h"

#include <string.h>

#include "base/spelling.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/table/services.h"

struct slice *
dataset_names(struct client *client, struct arena *arena, size_t *n)
{
    const struct catalog *catalog = client_services(client)->catalog;
    const struct acl_user *user = client_access(client)->user;
    size_t nmost = catalog_count(catalog) + catalog_naliases(catalog);
    struct slice *names = arena_array(arena, nmost, sizeof *names);
    *n = 0;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        if (!acl_user_sees(user, catalog, dataset)) {
            continue;
        }
        if (catalog_by_name(catalog, dataset->name) == dataset) {
            names[(*n)++] = arena_copy(arena, dataset->name);
        }
        for (size_t a = 0; a < catalog_naliases(catalog); a++) {
            struct catalog_alias alias = catalog_alias_at(catalog, a);
            if (slice_equal(alias.dataset, dataset->name)) {
                names[(*n)++] = arena_copy(arena, alias.name);
            }
        }
    }
    return names;
}

/* The name that an error says there is no dataset of: all that the error carries of it. */
static bool
missing_name(const struct error *err, struct slice *name)
{
    static const char WORDS[] = "there is no dataset '";
    const char *found = strstr(err->message, WORDS);
    const char *end = found ? strrchr(found, '\'') : NULL;
    if (strcmp(err->code, "NODATASET") != 0 || !found || end < found + sizeof WORDS) {
        return false;
    }
    found += sizeof WORDS - 1;
    *name = slice_of(found, (size_t) (end - found));
    return true;
}

void
dataset_names_finish(struct request *request, const struct error *err)
{
    struct slice name, nearest;
    struct error told = {"", ""};
    if (err && missing_name(err, &name)) {
        char quoted[ERROR_QUOTE_BYTES];
        struct arena *arena = arena_new();
        size_t n;
        const struct slice *names = dataset_names(request_owner(request), arena, &n);
        if (spelling_nearest(names, n, name, &nearest)) {
            (void) error_set(&told, err->code, "%s; did you mean %s?", err->message,
                             error_quote(quoted, nearest));
            err = &told;
        }
        arena_free(arena);
    }
    request_finish(request, err);
}
