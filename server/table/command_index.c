/*
 * Puts our commands and the shards' own into one look-up by name. in: the families' tables and the
 * shards' table; out: entries by name.
 */
#include "server/table/command_index.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "server/table/acl_category.h"

enum { MAX_NAME_BYTES = 64 };

struct command_index {
    struct arena *arena;
    const struct command_families *families;
    const struct command_table *table;
    struct map names; /* places in entries */
    struct command_entry *entries;
    size_t nentries;
    uint32_t *categories; /* of the table's commands, in its order */
};

/*
 * Commands that administer one server, or change their connection. Connections to the shards are
 * shared, so the change would affect all clients. Commands are listed here by name if their flags
 * do not tell it.
 */
static const struct {
    const char *name, *why;
} REFUSED[] = {
    {"monitor", "it shows one shard: send it there"},
    {"swapdb", "there is one database"},
    {"wait", "the connections to the shards are shared: it would wait for others' writes"},
    {"waitaof", "the connections to the shards are shared: it would wait for others' writes"},
    {"script|debug", "the debugger would take over a connection that others share: use a shard"},
    {"move", "there is one database"},
    {"migrate", "it moves keys away from the shards: send it to a shard"},
    {"module", "the shards have modules: send it to a shard"},
    {"cluster", "clients see one node, which has all slots: send it to a shard"},
    {"restore-asking", "the shards' slots are not the clients' concern"},
};

static bool
has_category(const struct command_spec *spec, struct slice name)
{
    for (size_t i = 0; i < spec->ncategories; i++) {
        if (slice_equal(spec->categories[i], name)) {
            return true;
        }
    }
    return false;
}

/*
 * True: none of our commands answers it, and its description, from Redis or a module, says that it
 * is about its connection: by its category; it logs in (no_auth); it cannot be in MULTI, which is a
 * state of the connection; it waits without a key to wait for; or it subscribes.
 */
static bool
is_about_connection(const struct command_spec *spec)
{
    bool waits = spec->flags & COMMAND_BLOCKING && spec->nkey_specs == 0;
    bool subscribes = spec->flags & COMMAND_PUBSUB && spec->flags & COMMAND_NOSCRIPT;
    return waits || subscribes || spec->flags & (COMMAND_NO_AUTH | COMMAND_NO_MULTI) ||
           has_category(spec, slice_lit("@connection"));
}

const char *
command_refused(const struct command_spec *spec)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        if (slice_equal(spec->name, slice_str(REFUSED[i].name))) {
            return REFUSED[i].why;
        }
    }
    if (slice_starts_with(spec->name, slice_lit("quipu."))) {
        return "it asks the module of one shard: COUNT, EXPLAIN, PROFILE and DATASET ask all of "
               "them";
    }
    if (spec->flags & COMMAND_ADMIN) {
        return "it administers one server: send it to a shard";
    }
    if (spec->reading == KEYS_UNCERTAIN) {
        return "its shard does not say where all its keys stand";
    }
    if (is_about_connection(spec)) {
        return "it is about the connection it comes by, and those to the shards are shared";
    }
    return NULL;
}

static struct command_entry *
entry_add(struct command_index *index, struct slice name)
{
    bool is_new;
    size_t *place = map_add(&index->names, name, &is_new);
    if (is_new) {
        *place = index->nentries++;
    }
    return &index->entries[*place];
}

struct command_index *
command_index_new(const struct command_families *families, const struct command_table *table)
{
    struct command_index *index = must_alloc(sizeof *index);
    size_t nspecs = table ? command_table_count(table) : 0;
    index->arena = arena_new();
    index->families = families;
    index->table = table;
    index->entries =
        arena_array(index->arena, nspecs + command_count(families), sizeof *index->entries);
    index->categories = arena_array(index->arena, nspecs, sizeof *index->categories);
    map_init(&index->names, index->arena);
    for (size_t i = 0; i < nspecs; i++) {
        const struct command_spec *spec = command_table_at(table, i);
        struct command_entry *entry = entry_add(index, spec->name);
        entry->spec = spec;
        entry->refused = command_refused(spec);
        index->categories[i] = acl_category_of_spec(spec);
    }
    for (size_t i = 0; i < families->nfamilies; i++) {
        struct command_family family = families->families[i]();
        for (size_t j = 0; j < family.ncommands; j++) {
            const struct command *command = &family.commands[j];
            entry_add(index, slice_str(command->name))->own = command;
        }
    }
    return index;
}

void
command_index_free(struct command_index *index)
{
    if (index) {
        arena_free(index->arena);
        free(index);
    }
}

const struct command_families *
command_index_families(const struct command_index *index)
{
    return index->families;
}

const struct command_table *
command_index_table(const struct command_index *index)
{
    return index->table;
}

/* Subcommands, and commands of a table that was replaced, are looked up by name. */
uint32_t
command_index_categories(const struct command_index *index, const struct command_spec *spec)
{
    size_t n = index->table ? command_table_count(index->table) : 0;
    const struct command_spec *first = n ? command_table_at(index->table, 0) : NULL;
    bool is_of_table = first && spec >= first && spec < first + n;
    return is_of_table ? index->categories[spec - first] : acl_category_of_spec(spec);
}

size_t
command_index_count(const struct command_index *index)
{
    return index->nentries;
}

const struct command_entry *
command_index_find(const struct command_index *index, struct slice name)
{
    char lower[MAX_NAME_BYTES];
    if (name.len > sizeof lower) {
        return NULL;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        lower[i] = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    const size_t *place = map_find(&index->names, slice_of(lower, name.len));
    return place ? &index->entries[*place] : NULL;
}

static bool
spec_has_subcommand(const struct command_spec *spec, struct slice full_name)
{
    for (size_t i = 0; i < spec->nsubcommands; i++) {
        if (slice_equal_nocase(spec->subcommands[i].name, full_name)) {
            return true;
        }
    }
    return false;
}

bool
command_index_has(const struct command_index *index, struct slice full_name)
{
    const struct command *parent;
    const char *bar = full_name.len ? memchr(full_name.ptr, '|', full_name.len) : NULL;
    size_t len = bar ? (size_t) (bar - full_name.ptr) : full_name.len;
    const struct command_entry *entry = command_index_find(index, slice_of(full_name.ptr, len));
    if (!entry) {
        return index->table == NULL;
    }
    return !bar || command_find(index->families, full_name, NULL, &parent) ||
           (entry->spec && spec_has_subcommand(entry->spec, full_name)) ||
           (slice_equal_nocase(slice_of(bar + 1, full_name.len - len - 1), slice_lit("help")) &&
            entry->own && entry->own->subcommands);
}

bool
command_index_is_query(const struct command_index *index, struct slice text)
{
    struct slice word = command_leading_word(text);
    const struct command_entry *entry = command_index_find(index, word);
    if (!entry || !entry->own || !entry->own->is_query) {
        return false;
    }
    const char *behind = word.ptr + word.len;
    size_t len = text.len - (size_t) (behind - text.ptr);
    return !command_find_sub(entry->own, command_leading_word(slice_of(behind, len)));
}
