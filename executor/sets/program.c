/*
 * Program: the plan written as JSON for the count script. in: struct plan; out: JSON text, and the
 * id of each filter in it.
 */
#include "executor/sets/program.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "executor/handle/keys.h"

enum { LONGEST_NAME_BYTES = 120 };

/* Fields that are read of a row, by place - 1. */
struct fields {
    struct slice *names;
    size_t count;
    struct map places;
};

struct writer {
    struct arena *arena;
    const struct plan *plan;
    struct strbuf out;
    struct fields *fields; /* the fields that are read of a row */
    struct program *program;
    bool outlives_writes; /* cache-consistency ttl: writes do not drop cached filters */
};

/* ---- JSON ---- */

static void
write_string(struct writer *w, struct slice text)
{
    json_append_string(&w->out, text);
}

static void
separate(struct writer *w, size_t i)
{
    if (i) {
        strbuf_append_char(&w->out, ',');
    }
}

/* A name as it stands in keys, as a JSON string. */
static void
write_escaped(struct writer *w, struct slice name, void (*escape)(struct strbuf *, struct slice))
{
    struct strbuf escaped;
    strbuf_init(&escaped);
    escape(&escaped, name);
    write_string(w, strbuf_slice(&escaped));
    strbuf_fini(&escaped);
}

/* ---- Sets ---- */

/* Writes "value_1=1", or "value_1" for the field's own set. */
static void
write_single(struct writer *w, struct slice field, const struct slice *value)
{
    struct strbuf key;
    strbuf_init(&key);
    key_append_field(&key, field);
    if (value) {
        strbuf_append_char(&key, '=');
        key_append_value(&key, *value);
    }
    write_string(w, strbuf_slice(&key));
    strbuf_fini(&key);
}

/*
 * The name of a cached filter in its keys: a version, then its text, or a digest of a long text. In
 * version 2 `x = 12` has the rows with 12.0 too. A filter that writes do not drop has a name of its
 * own, so that a server that needs fresh ones does not use it.
 */
static void
write_name(struct writer *w, struct slice text)
{
    struct strbuf name;
    strbuf_init(&name);
    strbuf_append_str(&name, w->outlives_writes ? "2~" : "2:");
    if (text.len <= LONGEST_NAME_BYTES) {
        key_append_value(&name, text);
    } else {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        SHA256((const unsigned char *) text.ptr, text.len, digest);
        strbuf_append_str(&name, "sha256-");
        for (int i = 0; i < 16; i++) {
            strbuf_printf(&name, "%02x", digest[i]);
        }
    }
    write_string(w, strbuf_slice(&name));
    strbuf_fini(&name);
}

static void
write_bounds(struct writer *w, const struct filter *range)
{
    if (range->lo.given) {
        strbuf_append_str(&w->out, ",\"lo\":");
        write_string(w, range->lo.value);
        if (!range->lo.inclusive) {
            strbuf_append_str(&w->out, ",\"lox\":true");
        }
    }
    if (range->hi.given) {
        strbuf_append_str(&w->out, ",\"hi\":");
        write_string(w, range->hi.value);
        if (!range->hi.inclusive) {
            strbuf_append_str(&w->out, ",\"hix\":true");
        }
    }
    if (range->is_text) {
        strbuf_append_str(&w->out, ",\"text\":true");
    }
}

static void
write_pattern(struct writer *w, const struct filter *like)
{
    strbuf_append_str(&w->out, ",\"p\":");
    write_string(w, like->pattern);
    if (like->folds_case) {
        strbuf_append_str(&w->out, ",\"folds\":true");
    }
}

static void write_sets(struct writer *w, const char *name, struct plan_set *const *sets, size_t n);
static void write_test(struct writer *w, const struct filter *test);
static void write_tests(struct writer *w, const struct filter *const *tests, size_t n);
static void write_fields(struct writer *w);
static struct fields *fields_new(struct arena *arena);

/* The test of a part is one of a row of one field: its place is 1. */
static void
write_parts(struct writer *w, const struct filter *parts)
{
    struct fields *outer = w->fields;
    strbuf_append_str(&w->out, ",\"s\":");
    write_string(w, parts->separator);
    strbuf_append_str(&w->out, ",\"t\":");
    w->fields = fields_new(w->arena);
    write_test(w, parts->part);
    w->fields = outer;
}

/* Writes the members of a union, each value as in keys, no matter where the list comes from. */
static void
write_union(struct writer *w, const struct plan_set *set)
{
    strbuf_append_str(&w->out, "\"k\":\"u\",\"c\":[");
    size_t n = 0;
    if (!set->nchildren) {
        for (size_t v = 0; v < set->filter->nvalues; v++) {
            separate(w, n++);
            write_single(w, set->filter->field, &set->filter->values[v]);
        }
    }
    strbuf_append_char(&w->out, ']');
}

static void
write_name_and_fields(struct writer *w, const struct filter *filter)
{
    struct program *program = w->program;
    size_t nfields;
    struct slice *fields = filter_fields(w->arena, filter, &nfields);
    const struct filter **named = arena_array(w->arena, program->nnamed + 1, sizeof *named);
    if (program->nnamed) {
        memcpy(named, program->named, program->nnamed * sizeof *named);
    }
    named[program->nnamed++] = filter;
    program->named = named;
    strbuf_append_str(&w->out, ",\"w\":");
    write_name(w, filter->text);
    strbuf_printf(&w->out, ",\"id\":%zu,\"d\":[", program->nnamed);
    for (size_t i = 0; i < nfields && !w->outlives_writes; i++) {
        separate(w, i);
        write_escaped(w, fields[i], key_append_field);
    }
    strbuf_append_char(&w->out, ']');
}

static void
write_set(struct writer *w, const struct plan_set *set)
{
    const struct filter *filter = set->filter;
    if (set->kind == SET_SINGLE) {
        write_single(w, filter->field, filter->kind == FILTER_IN ? &filter->values[0] : NULL);
        return;
    }
    strbuf_append_char(&w->out, '{');
    switch (set->kind) {
    case SET_SINGLE: break;
    case SET_UNION:
        if (filter->kind == FILTER_RANGE) {
            strbuf_append_str(&w->out, "\"k\":\"r\",\"e\":");
            write_escaped(w, filter->field, key_append_field);
            write_bounds(w, filter);
        } else if (filter->kind == FILTER_LIKE) {
            strbuf_append_str(&w->out, "\"k\":\"l\",\"e\":");
            write_escaped(w, filter->field, key_append_field);
            write_pattern(w, filter);
        } else if (filter->kind == FILTER_PARTS) {
            strbuf_append_str(&w->out, "\"k\":\"p\",\"e\":");
            write_escaped(w, filter->field, key_append_field);
            write_parts(w, filter);
        } else if (set->nchildren) {
            strbuf_append_str(&w->out, "\"k\":\"u\"");
            write_sets(w, "c", set->children, set->nchildren);
        } else {
            write_union(w, set);
        }
        break;
    case SET_INTERSECT:
        strbuf_append_str(&w->out, "\"k\":\"i\"");
        write_sets(w, "c", set->children, set->nchildren);
        write_sets(w, "x", set->excluded, set->nexcluded);
        break;
    case SET_SELECT: {
        /* A selection reads fields of its own: their places are counted from 1 inside it. */
        struct fields *outer = w->fields;
        strbuf_append_str(&w->out, "\"k\":\"s\"");
        write_sets(w, "c", set->children, set->nchildren);
        write_sets(w, "x", set->excluded, set->nexcluded);
        w->fields = fields_new(w->arena);
        strbuf_append_str(&w->out, ",\"t\":");
        write_tests(w, set->tests, set->ntests);
        strbuf_append_str(&w->out, ",\"f\":");
        write_fields(w);
        w->fields = outer;
        break;
    }
    }
    if (set->is_named && w->plan->caches_filters) {
        write_name_and_fields(w, filter);
    }
    strbuf_append_char(&w->out, '}');
}

/* ,"name":[...] */
static void
write_sets(struct writer *w, const char *name, struct plan_set *const *sets, size_t n)
{
    strbuf_printf(&w->out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        separate(w, i);
        write_set(w, sets[i]);
    }
    strbuf_append_char(&w->out, ']');
}

/* ---- Tests ---- */

static struct fields *
fields_new(struct arena *arena)
{
    struct fields *fields = arena_alloc(arena, sizeof *fields);
    map_init(&fields->places, arena);
    return fields;
}

/* The place, from 1, of a field that is read; a new field is added. */
static size_t
place_of(struct writer *w, struct slice field)
{
    struct fields *fields = w->fields;
    bool is_new;
    size_t *place = map_add(&fields->places, field, &is_new);
    if (!is_new) {
        return *place;
    }
    /* Full at each power of two less one. */
    if ((fields->count & (fields->count + 1)) == 0) {
        struct slice *grown = arena_array(w->arena, 2 * fields->count + 2, sizeof *grown);
        if (fields->count) {
            memcpy(grown, fields->names, fields->count * sizeof *grown);
        }
        fields->names = grown;
    }
    fields->names[fields->count++] = field;
    return *place = fields->count;
}

static void
write_fields(struct writer *w)
{
    strbuf_append_char(&w->out, '[');
    for (size_t i = 0; i < w->fields->count; i++) {
        separate(w, i);
        write_string(w, w->fields->names[i]);
    }
    strbuf_append_char(&w->out, ']');
}

static void
write_test(struct writer *w, const struct filter *test)
{
    static const char *const KINDS[] = {"in", "rg", "lk", "pt", "ex", "or", "and", "not"};
    strbuf_printf(&w->out, "{\"k\":\"%s\"", KINDS[test->kind]);
    if (test->kind <= FILTER_EXISTS) {
        strbuf_printf(&w->out, ",\"i\":%zu", place_of(w, test->field));
    }
    switch (test->kind) {
    case FILTER_IN:
        strbuf_append_str(&w->out, ",\"v\":[");
        for (size_t i = 0; i < test->nvalues; i++) {
            separate(w, i);
            write_string(w, test->values[i]);
        }
        strbuf_append_char(&w->out, ']');
        break;
    case FILTER_RANGE: write_bounds(w, test); break;
    case FILTER_LIKE: write_pattern(w, test); break;
    case FILTER_PARTS: write_parts(w, test); break;
    case FILTER_EXISTS: break;
    case FILTER_OR:
    case FILTER_AND:
    case FILTER_NOT:
        strbuf_append_str(&w->out, ",\"c\":[");
        for (size_t i = 0; i < test->nchildren; i++) {
            separate(w, i);
            write_test(w, test->children[i]);
        }
        strbuf_append_char(&w->out, ']');
        break;
    }
    strbuf_append_char(&w->out, '}');
}

static void
write_tests(struct writer *w, const struct filter *const *tests, size_t n)
{
    strbuf_append_char(&w->out, '[');
    for (size_t i = 0; i < n; i++) {
        separate(w, i);
        write_test(w, tests[i]);
    }
    strbuf_append_char(&w->out, ']');
}

/* ---- Dimensions ---- */

/* {"n":2,"when":[tests]}: position 1 is of the rows for which they hold */
static void
write_when(struct writer *w, const struct bound_dim *dim)
{
    strbuf_append_str(&w->out, "{\"n\":2,\"when\":");
    write_tests(w, &dim->when, dim->when != NULL);
    strbuf_append_char(&w->out, '}');
}

/* Is the dim looked up in rows? Else only sets of its values are counted. */
static bool
is_read(const struct plan *plan, size_t dim)
{
    const struct bound_query *query = plan->query;
    bool is_read = plan->method != PLAN_MIXED;
    for (size_t g = 0; g < query->ngrids && !is_read; g++) {
        for (size_t d = 0; d < query->grids[g].ndims && !plan->by_cells[g]; d++) {
            is_read = is_read || query->grids[g].dims[d] == dim;
        }
    }
    return is_read;
}

static void
write_dim(struct writer *w, size_t number)
{
    const struct bound_dim *dim = &w->plan->query->dims[number];
    if (dim->kind == DIM_WHEN) {
        write_when(w, dim);
        return;
    }
    strbuf_append_str(&w->out, "{\"e\":");
    write_escaped(w, dim->field, key_append_field);
    if (is_read(w->plan, number)) {
        strbuf_printf(&w->out, ",\"i\":%zu", place_of(w, dim->field));
    }
    if (bound_dim_is_open(dim)) {
        strbuf_printf(&w->out, ",\"open\":true%s}", dim->has_missing ? ",\"missing\":0" : "");
        return;
    }
    strbuf_printf(&w->out, ",\"n\":%zu,\"v\":[", dim->npositions);
    size_t n = 0;
    for (size_t i = 0; i < dim->npositions; i++) {
        if (dim->positions[i].kind == POSITION_VALUE) {
            separate(w, n++);
            write_string(w, dim->positions[i].value);
        }
    }
    strbuf_append_str(&w->out, "],\"p\":[");
    n = 0;
    for (size_t i = 0; i < dim->npositions; i++) {
        if (dim->positions[i].kind == POSITION_VALUE) {
            separate(w, n++);
            strbuf_printf(&w->out, "%zu", i);
        }
    }
    strbuf_append_char(&w->out, ']');
    for (size_t i = 0; i < dim->npositions; i++) {
        if (dim->positions[i].kind == POSITION_MISSING) {
            strbuf_printf(&w->out, ",\"missing\":%zu", i);
        } else if (dim->positions[i].kind == POSITION_OTHER) {
            strbuf_printf(&w->out, ",\"other\":%zu", i);
        }
    }
    strbuf_append_char(&w->out, '}');
}

/* ,"grids":[[1,2],[]],"by":[false,true]: the dims of each, from 1, and which are by cells */
static void
write_grids(struct writer *w)
{
    const struct bound_query *query = w->plan->query;
    strbuf_append_str(&w->out, ",\"grids\":[");
    for (size_t g = 0; g < query->ngrids; g++) {
        separate(w, g);
        strbuf_append_char(&w->out, '[');
        for (size_t d = 0; d < query->grids[g].ndims; d++) {
            separate(w, d);
            strbuf_printf(&w->out, "%zu", query->grids[g].dims[d] + 1);
        }
        strbuf_append_char(&w->out, ']');
    }
    strbuf_append_str(&w->out, "],\"by\":[");
    for (size_t g = 0; g < query->ngrids; g++) {
        separate(w, g);
        strbuf_append_str(&w->out, w->plan->by_cells[g] ? "true" : "false");
    }
    strbuf_append_char(&w->out, ']');
}

/* The rows that are counted: the filter's sets by cells, the candidates by split. */
static void
write_rows(struct writer *w)
{
    const struct plan *plan = w->plan;
    const struct plan_choice *choice = plan_has_split(plan) ? &plan->split : &plan->cells;
    if (plan->method == PLAN_MIXED) {
        write_sets(w, "filter", plan->cells.sets, plan->cells.nsets);
    }
    write_sets(w, "sets", choice->sets, choice->nsets);
    write_sets(w, "excluded", choice->excluded, choice->nexcluded);
    strbuf_append_str(&w->out, ",\"tests\":");
    write_tests(w, choice->tests, choice->ntests);
}

static void
write_row_prefix(struct writer *w, const struct dataset *dataset)
{
    struct strbuf prefix;
    strbuf_init(&prefix);
    key_append_row_prefix(&prefix, dataset->name, dataset->has_own_rows);
    write_string(w, strbuf_slice(&prefix));
    strbuf_fini(&prefix);
}

struct program *
program_build(struct arena *arena, const struct plan *plan, const struct program_settings *settings)
{
    struct program *program = arena_alloc(arena, sizeof *program);
    struct writer w = {.arena = arena,
                       .plan = plan,
                       .program = program,
                       .outlives_writes = settings->outlives_writes};
    const struct bound_query *query = plan->query;
    w.fields = fields_new(arena);
    strbuf_init(&w.out);
    strbuf_append_str(&w.out, "{\"ds\":");
    write_string(&w, query->dataset->name);
    strbuf_printf(&w.out, ",\"born\":\"%llu\",\"rp\":", (unsigned long long) query->dataset->born);
    write_row_prefix(&w, query->dataset);
    static const char *const METHODS[] = {"cells", "split", "mixed"};
    strbuf_printf(
        &w.out, ",\"method\":\"%s\",\"complement\":%s,\"ttl\":%lld,\"most\":%lld,\"dims\":[",
        METHODS[plan->method], plan_has_cells(plan) && plan->cells.is_complement ? "true" : "false",
        (long long) settings->cache_ttl_ms, (long long) settings->cache_max_filters);
    for (size_t i = 0; i < query->ndims; i++) {
        separate(&w, i);
        write_dim(&w, i);
    }
    strbuf_append_char(&w.out, ']');
    if (!plan_is_of_one_grid(query)) {
        write_grids(&w);
    }
    write_rows(&w);
    strbuf_append_str(&w.out, ",\"fields\":");
    write_fields(&w);
    strbuf_printf(&w.out, ",\"named\":%zu}", program->nnamed);
    program->text = arena_copy(arena, strbuf_slice(&w.out));
    strbuf_fini(&w.out);
    return program;
}
