/*
 * The command table knows what Redis' commands do and where their keys are, from a shard's own
 * description. in: a shard's COMMAND reply; out: specifications, keys' places.
 *
 * A key specification says where to begin (at an index, or behind a keyword) and how to go on from
 * there (by a range, or by a number of keys):
 *
 *     EVAL script 2 a b     begin at 2; the number there (2) counts keys, the first 1 behind it
 *     XREAD STREAMS a b 0 0 begin behind STREAMS; a range to the last, over 2: the first half
 *
 * A keyword is not enough where it may also be another option's word (XREADGROUP GROUP streams c
 * STREAMS a >) or occur twice (GEORADIUS ... STORE a STORE b, where the last one counts). Such
 * commands are read word by word, as Redis reads them.
 */
#include "executor/shards/command_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct key_spec {
    enum { BEGIN_INDEX, BEGIN_KEYWORD, BEGIN_UNKNOWN } begin;
    int64_t index;
    struct slice keyword;
    int64_t start_from;
    enum { FIND_RANGE, FIND_KEYNUM, FIND_UNKNOWN } find;
    int64_t last_key, key_step, limit;
    int64_t keynum_index, first_key;
    unsigned use; /* enum command_key_use */
    bool is_incomplete;
};

struct command_table {
    struct arena *arena;
    size_t ncommands;
    struct command_spec *commands;
};

/* -- reading the reply ------------------------------------------------------------------------- */

/* The value that follows a name in a flat map. */
static const struct resp_value *
field(const struct resp_value *map, const char *name)
{
    for (size_t i = 0; i + 1 < map->nelements; i += 2) {
        if (slice_equal(map->elements[i].text, slice_str(name))) {
            return &map->elements[i + 1];
        }
    }
    return NULL;
}

static int64_t
field_int(const struct resp_value *map, const char *name)
{
    enum { MOST = 1 << 24 }; /* no place lies beyond; sums of a few places do not overflow */
    const struct resp_value *value = field(map, name);
    int64_t n = value && value->type == VALUE_INTEGER ? value->integer : 0;
    return n > MOST ? MOST : n < -MOST ? -MOST : n;
}

static struct slice
field_text(const struct resp_value *map, const char *name)
{
    const struct resp_value *value = field(map, name);
    return value ? value->text : slice_of("", 0);
}

static const struct resp_value NOTHING = {.type = VALUE_NIL};

struct word {
    const char *name;
    unsigned value;
};

static unsigned
word_value(const struct word *words, struct slice name)
{
    for (; words->name; words++) {
        if (slice_equal(name, slice_str(words->name))) {
            return words->value;
        }
    }
    return 0;
}

static const struct word KEY_FLAGS[] = {
    {"access", COMMAND_KEY_READS},    {"update", COMMAND_KEY_WRITES},
    {"insert", COMMAND_KEY_WRITES},   {"delete", COMMAND_KEY_WRITES},
    {"not_key", COMMAND_KEY_IS_NONE}, {NULL, 0},
};

/* An incomplete specification may hide any use; a specification without flags promises nothing. */
static unsigned
key_use(const struct resp_value *flags)
{
    unsigned use = 0;
    for (size_t i = 0; flags && i < flags->nelements; i++) {
        struct slice flag = flags->elements[i].text;
        use |= word_value(KEY_FLAGS, flag);
        if (slice_equal(flag, slice_lit("incomplete")) ||
            slice_equal(flag, slice_lit("variable_flags"))) {
            use |= COMMAND_KEY_READS | COMMAND_KEY_WRITES;
        }
    }
    return flags && flags->nelements ? use : COMMAND_KEY_READS | COMMAND_KEY_WRITES;
}

static void
key_spec_fill(struct arena *arena, const struct resp_value *value, struct key_spec *out)
{
    const struct resp_value *begin = field(value, "begin_search");
    const struct resp_value *find = field(value, "find_keys");
    const struct resp_value *flags = field(value, "flags");
    *out = (struct key_spec){.begin = BEGIN_UNKNOWN, .find = FIND_UNKNOWN};
    out->use = key_use(flags);
    for (size_t i = 0; flags && i < flags->nelements; i++) {
        out->is_incomplete |= slice_equal(flags->elements[i].text, slice_lit("incomplete"));
    }
    if (!begin || !find) {
        return;
    }
    const struct resp_value *where = field(begin, "spec"), *how = field(find, "spec");
    where = where ? where : &NOTHING;
    how = how ? how : &NOTHING;
    if (slice_equal(field_text(begin, "type"), slice_lit("index"))) {
        out->begin = BEGIN_INDEX;
        out->index = field_int(where, "index");
    } else if (slice_equal(field_text(begin, "type"), slice_lit("keyword"))) {
        out->begin = BEGIN_KEYWORD;
        out->keyword = arena_copy(arena, field_text(where, "keyword"));
        out->start_from = field_int(where, "startfrom");
    }
    if (slice_equal(field_text(find, "type"), slice_lit("range"))) {
        out->find = FIND_RANGE;
        out->last_key = field_int(how, "lastkey");
        out->key_step = field_int(how, "keystep");
        out->limit = field_int(how, "limit");
    } else if (slice_equal(field_text(find, "type"), slice_lit("keynum"))) {
        out->find = FIND_KEYNUM;
        out->keynum_index = field_int(how, "keynumidx");
        out->first_key = field_int(how, "firstkey");
        out->key_step = field_int(how, "keystep");
    }
}

static const struct word FLAGS[] = {
    {"write", COMMAND_WRITE},       {"readonly", COMMAND_READONLY},
    {"blocking", COMMAND_BLOCKING}, {"pubsub", COMMAND_PUBSUB},
    {"admin", COMMAND_ADMIN},       {"noscript", COMMAND_NOSCRIPT},
    {"no_multi", COMMAND_NO_MULTI}, {"movablekeys", COMMAND_MOVABLEKEYS},
    {"no_auth", COMMAND_NO_AUTH},   {NULL, 0},
};

static const struct word REQUEST_TIPS[] = {
    {"request_policy:all_shards", ASK_ALL_SHARDS},
    {"request_policy:all_nodes", ASK_ALL_SHARDS},
    {"request_policy:multi_shard", ASK_MULTI_SHARD},
    {"request_policy:special", ASK_SPECIAL},
    {NULL, 0},
};

static const struct word RESPONSE_TIPS[] = {
    {"response_policy:agg_sum", MERGE_SUM},
    {"response_policy:agg_min", MERGE_MIN},
    {"response_policy:agg_max", MERGE_MAX},
    {"response_policy:agg_logical_and", MERGE_AND},
    {"response_policy:agg_logical_or", MERGE_OR},
    {"response_policy:all_succeeded", MERGE_ALL_SUCCEEDED},
    {"response_policy:one_succeeded", MERGE_ONE_SUCCEEDED},
    {"response_policy:special", MERGE_SPECIAL},
    {NULL, 0},
};

static struct slice
lower_copy(struct arena *arena, struct slice name)
{
    char *copy = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++) {
        copy[i] = (char) tolower((unsigned char) name.ptr[i]);
    }
    return slice_of(copy, name.len);
}

/*
 * A command whose keys move although its specifications name fixed places has a function that finds
 * the keys, as a module's command may. Its specifications say where keys may be, not where all are.
 */
static enum key_reading
spec_reading(const struct command_spec *spec)
{
    static const struct {
        const char *name;
        enum key_reading reading;
    } KNOWN[] = {{"sort", KEYS_OF_SORT},           {"sort_ro", KEYS_OF_SORT},
                 {"georadius", KEYS_OF_GEORADIUS}, {"georadiusbymember", KEYS_OF_GEORADIUS},
                 {"xread", KEYS_OF_XREAD},         {"xreadgroup", KEYS_OF_XREAD}};
    bool are_places = true, is_certain = true;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (slice_equal(spec->name, slice_str(KNOWN[i].name))) {
            return KNOWN[i].reading;
        }
    }
    for (size_t i = 0; i < spec->nkey_specs; i++) {
        const struct key_spec *key = &spec->key_specs[i];
        are_places &= key->begin == BEGIN_INDEX && key->find == FIND_RANGE;
        is_certain &= key->begin == BEGIN_INDEX && key->find != FIND_UNKNOWN && !key->is_incomplete;
    }
    bool has_function = (spec->flags & COMMAND_MOVABLEKEYS) && are_places;
    return is_certain && !has_function ? KEYS_BY_SPECS : KEYS_UNCERTAIN;
}

static size_t
spec_only_key(const struct command_spec *spec)
{
    const struct key_spec *key = spec->key_specs;
    bool is_only = spec->reading == KEYS_BY_SPECS && spec->nkey_specs == 1 && key->index > 0 &&
                   key->find == FIND_RANGE && key->last_key == 0;
    return is_only ? (size_t) key->index : 0;
}

/*
 * An entry has ten elements in Redis 7: name, arity, flags, first, last, step, categories, tips,
 * specs, subs.
 */
static bool
spec_fill(struct arena *arena, const struct resp_value *value, struct command_spec *out)
{
    if (value->type != VALUE_ARRAY || value->nelements < 10) {
        return false;
    }
    const struct resp_value *at = value->elements;
    static const size_t LISTS[] = {2, 6, 7, 8, 9};
    if (at[0].type != VALUE_STRING || at[1].type != VALUE_INTEGER) {
        return false;
    }
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        if (at[LISTS[i]].type != VALUE_ARRAY) { /* without flags nothing would be refused */
            return false;
        }
    }
    *out = (struct command_spec){.name = lower_copy(arena, at[0].text), .arity = at[1].integer};
    for (size_t i = 0; i < at[2].nelements; i++) {
        out->flags |= word_value(FLAGS, at[2].elements[i].text);
    }
    struct slice *categories = arena_array(arena, at[6].nelements, sizeof *categories);
    for (size_t i = 0; i < at[6].nelements; i++) {
        categories[i] = arena_copy(arena, at[6].elements[i].text);
    }
    out->categories = categories;
    for (size_t i = 0; i < at[6].nelements; i++) {
        out->runs_script |= slice_equal(categories[i], slice_lit("@scripting")) &&
                            (slice_starts_with(out->name, slice_lit("eval")) ||
                             slice_starts_with(out->name, slice_lit("fcall")));
    }
    out->ncategories = at[6].nelements;
    for (size_t i = 0; i < at[7].nelements; i++) {
        struct slice tip = at[7].elements[i].text;
        out->ask |= word_value(REQUEST_TIPS, tip);
        out->merge |= word_value(RESPONSE_TIPS, tip);
    }
    struct key_spec *keys = arena_array(arena, at[8].nelements, sizeof *keys);
    for (size_t i = 0; i < at[8].nelements; i++) {
        key_spec_fill(arena, &at[8].elements[i], &keys[i]);
    }
    out->key_specs = keys;
    out->nkey_specs = at[8].nelements;
    out->reading = spec_reading(out);
    out->only_key = spec_only_key(out);
    struct command_spec *subs = arena_array(arena, at[9].nelements, sizeof *subs);
    for (size_t i = 0; i < at[9].nelements; i++) {
        if (!spec_fill(arena, &at[9].elements[i], &subs[i])) {
            return false;
        }
    }
    out->subcommands = subs;
    out->nsubcommands = at[9].nelements;
    return true;
}

bool
command_table_new(const struct resp_value *reply, struct command_table **out, struct error *err)
{
    if (reply->type != VALUE_ARRAY) {
        return error_set(err, "ERR", "COMMAND answered no list of commands");
    }
    struct command_table *table = must_alloc(sizeof *table);
    table->arena = arena_new();
    table->ncommands = reply->nelements;
    table->commands = arena_array(table->arena, reply->nelements, sizeof *table->commands);
    for (size_t i = 0; i < reply->nelements; i++) {
        if (!spec_fill(table->arena, &reply->elements[i], &table->commands[i])) {
            command_table_free(table);
            return error_set(err, "ERR",
                             "COMMAND describes a command in less than Redis 7 does: "
                             "Redis 7.0 or later is needed");
        }
    }
    *out = table;
    return true;
}

void
command_table_free(struct command_table *table)
{
    if (table) {
        arena_free(table->arena);
        free(table);
    }
}

size_t
command_table_count(const struct command_table *table)
{
    return table->ncommands;
}

/* -- finding ----------------------------------------------------------------------------------- */

const struct command_spec *
command_table_at(const struct command_table *table, size_t index)
{
    return &table->commands[index];
}

const struct command_spec *
command_spec_of_args(const struct command_spec *spec, const struct slice *args, size_t nargs)
{
    for (size_t i = 0; nargs > 1 && i < spec->nsubcommands; i++) {
        struct slice name = spec->subcommands[i].name;
        size_t skip = spec->name.len + 1;
        if (name.len > skip &&
            slice_equal_nocase(args[1], slice_of(name.ptr + skip, name.len - skip))) {
            return &spec->subcommands[i];
        }
    }
    return spec;
}

/* -- keys -------------------------------------------------------------------------------------- */

struct places {
    size_t *at;
    unsigned *uses; /* NULL: not asked for */
    size_t count, max;
    unsigned use; /* of the keys that are added */
};

static void
place_add(struct places *places, int64_t place, size_t nargs)
{
    if (place <= 0 || (uint64_t) place >= nargs) {
        return;
    }
    if (places->count < places->max) {
        places->at[places->count] = (size_t) place;
        if (places->uses) {
            places->uses[places->count] = places->use;
        }
    }
    places->count++;
}

/* The place where a specification begins; 0: it does not apply. */
static int64_t
spec_begin(const struct key_spec *spec, const struct slice *args, size_t nargs)
{
    if (spec->begin == BEGIN_INDEX) {
        return spec->index;
    }
    if (spec->begin == BEGIN_KEYWORD) {
        int64_t step = spec->start_from < 0 ? -1 : 1;
        int64_t i = spec->start_from < 0 ? (int64_t) nargs + spec->start_from : spec->start_from;
        for (; i > 0 && i < (int64_t) nargs; i += step) {
            if (slice_equal_nocase(args[i], spec->keyword)) {
                return i + 1;
            }
        }
    }
    return 0;
}

static void
spec_places(const struct key_spec *spec, const struct slice *args, size_t nargs,
            struct places *places)
{
    int64_t first = spec_begin(spec, args, nargs), count = 0, end = (int64_t) nargs;
    if (first <= 0 || first >= end) {
        return;
    }
    int64_t step = spec->key_step > 0 ? spec->key_step : 1;
    if (spec->find == FIND_RANGE) {
        int64_t last = spec->last_key >= 0 ? first + spec->last_key : end + spec->last_key;
        if (spec->limit > 1 && spec->last_key < 0) {
            last = first + (end - first) / spec->limit + spec->last_key;
        }
        for (; first <= last; first += step) {
            place_add(places, first, nargs);
        }
    } else if (spec->find == FIND_KEYNUM && first + spec->keynum_index > 0 &&
               first + spec->keynum_index < end &&
               slice_to_int64(args[first + spec->keynum_index], &count)) {
        first += spec->first_key;
        for (int64_t i = 0; i < count && first < end; i++, first += step) {
            place_add(places, first, nargs);
        }
    }
}

/* -- commands that are read word by word ------------------------------------------------------- */

static bool
word_is(struct slice arg, const char *word)
{
    return slice_equal_nocase(arg, slice_str(word));
}

/* The number of words that this option of SORT takes. */
static size_t
sort_option_words(struct slice option)
{
    return word_is(option, "limit") ? 2 : word_is(option, "by") || word_is(option, "get") ? 1 : 0;
}

/*
 * The place of the last STORE's key; 0: there is none. takes_word: that key is not read as an
 * option.
 */
static size_t
sort_store(const struct slice *args, size_t nargs, bool takes_word)
{
    size_t place = 0;
    for (size_t i = 2; i < nargs; i++) {
        if (i + 1 < nargs && word_is(args[i], "store")) {
            place = i + 1;
            i += takes_word;
        } else {
            i += sort_option_words(args[i]);
        }
    }
    return place;
}

/*
 * SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [STORE key]. SORT writes the key
 * behind the last STORE, as SORT itself reads its words. A shard that looks for keys (its access
 * rules do) reads a key as an option if it has an option's name. Where it would find another key,
 * both are given.
 */
static void
sort_places(const struct command_spec *spec, const struct slice *args, size_t nargs,
            struct places *places)
{
    places->use = COMMAND_KEY_READS;
    place_add(places, 1, nargs);
    if (spec->name.len > 4) { /* SORT_RO */
        return;
    }
    size_t written = sort_store(args, nargs, true), found = sort_store(args, nargs, false);
    places->use = COMMAND_KEY_WRITES;
    place_add(places, (int64_t) written, nargs);
    if (found != written) {
        place_add(places, (int64_t) found, nargs);
    }
}

/* GEORADIUS key longitude latitude radius unit ..., GEORADIUSBYMEMBER key member radius unit ... */
static void
georadius_places(const struct slice *args, size_t nargs, struct places *places)
{
    enum { OPTIONS = 5 };
    size_t stored = 0;
    places->use = COMMAND_KEY_READS;
    place_add(places, 1, nargs);
    for (size_t i = OPTIONS; i + 1 < nargs; i++) {
        if (word_is(args[i], "store") || word_is(args[i], "storedist")) {
            stored = ++i;
        }
    }
    places->use = COMMAND_KEY_WRITES;
    place_add(places, (int64_t) stored, nargs);
}

/* XREAD [COUNT n] [BLOCK n] [GROUP group consumer] [NOACK] [CLAIM n] STREAMS key ... id ... */
static void
xread_places(const struct slice *args, size_t nargs, struct places *places)
{
    size_t at = 1;
    while (at < nargs && !word_is(args[at], "streams")) {
        bool has_word =
            word_is(args[at], "count") || word_is(args[at], "block") || word_is(args[at], "claim");
        at += word_is(args[at], "group") ? 3 : has_word ? 2 : 1;
    }
    size_t nwords = at + 1 < nargs ? nargs - at - 1 : 0;
    places->use = COMMAND_KEY_READS;
    for (size_t i = 0; nwords % 2 == 0 && i < nwords / 2; i++) {
        place_add(places, (int64_t) (at + 1 + i), nargs);
    }
}

size_t
command_pattern(const struct command_spec *spec, const struct slice *args, size_t nargs, size_t at)
{
    if (spec->reading != KEYS_OF_SORT) {
        return 0;
    }
    for (size_t i = at < 2 ? 2 : at; i + 1 < nargs; i++) {
        if (word_is(args[i], "by") || word_is(args[i], "get")) {
            return i;
        }
        i += word_is(args[i], "store") ? 1 : sort_option_words(args[i]);
    }
    return 0;
}

/*
 * SET reads only where GET is asked for: its specification says "variable_flags". Other commands
 * with that flag (BITFIELD) are taken to read and write.
 */
static unsigned
set_use(const struct slice *args, size_t nargs)
{
    for (size_t i = 3; i < nargs; i++) {
        if (slice_equal_nocase(args[i], slice_lit("get"))) {
            return COMMAND_KEY_READS | COMMAND_KEY_WRITES;
        }
    }
    return COMMAND_KEY_WRITES;
}

static void
specs_places(const struct command_spec *spec, const struct slice *args, size_t nargs,
             struct places *places)
{
    bool is_set = places->uses && slice_equal(spec->name, slice_lit("set"));
    for (size_t i = 0; i < spec->nkey_specs; i++) {
        places->use = is_set ? set_use(args, nargs) : spec->key_specs[i].use;
        spec_places(&spec->key_specs[i], args, nargs, places);
    }
}

size_t
command_keys_used(const struct command_spec *spec, const struct slice *args, size_t nargs,
                  size_t *places, unsigned *uses, size_t max)
{
    struct places found = {.at = places, .uses = uses, .max = max};
    switch (spec->reading) {
    case KEYS_OF_SORT: sort_places(spec, args, nargs, &found); break;
    case KEYS_OF_GEORADIUS: georadius_places(args, nargs, &found); break;
    case KEYS_OF_XREAD: xread_places(args, nargs, &found); break;
    case KEYS_BY_SPECS:
    case KEYS_UNCERTAIN: specs_places(spec, args, nargs, &found); break;
    }
    return found.count;
}

size_t
command_keys(const struct command_spec *spec, const struct slice *args, size_t nargs,
             size_t *places, size_t max)
{
    if (spec->only_key > 0 && spec->only_key < nargs && max > 0) {
        places[0] = spec->only_key;
        return 1;
    }
    return command_keys_used(spec, args, nargs, places, NULL, max);
}
