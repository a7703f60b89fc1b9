/*
 * Finds all positions of a value, as a key. in: a rule, and values with their order keys; out: the
 * keys' numbers and texts.
 *
 * Example: {(1,2) as low, net (2,3), *} has two lists: the first of the items that exclude each
 * other, 1 -> 0 and 2 -> 0, the second of the net, 2 -> 1 and 3 -> 1. The value 3 is in no item of
 * the first list, so it is one of the tail's too: its key is "#1=1:3".
 */
#include "answer/place_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"

/* ---- Items ---- */

/* Singles that exclude each other, as the positions of a BINS dim, and the item of each. */
struct key_list {
    struct bound_dim dim;
    struct place_list places;
    size_t *items;  /* by position */
    bool has_other; /* takes values that no item names: item `other` */
    size_t other;
    bool has_missing;
    size_t missing;
};

static void
list_add(struct key_list *list, const struct place_item *item, size_t number)
{
    for (size_t i = 0; i < item->nsingles; i++) {
        const struct position *single = &item->singles[i];
        switch (single->kind) {
        case POSITION_MISSING:
            list->has_missing = true;
            list->missing = number;
            break;
        case POSITION_OTHER:
            list->has_other = true;
            list->other = number;
            break;
        case POSITION_VALUE:
        case POSITION_RANGE:
            list->items[list->dim.npositions] = number;
            list->dim.positions[list->dim.npositions++] = *single;
            break;
        }
    }
}

static void
list_init(struct key_list *list, struct arena *arena, size_t nsingles)
{
    *list = (struct key_list){.dim.kind = DIM_BINS};
    list->dim.positions = arena_array(arena, nsingles, sizeof *list->dim.positions);
    list->items = arena_array(arena, nsingles, sizeof *list->items);
}

static void
lists_init(struct place_keys *keys)
{
    const struct place_rule *rule = keys->rule;
    size_t nalone = 0;
    keys->lists = arena_array(keys->arena, rule->nitems + 1, sizeof *keys->lists);
    keys->nlists = 1;
    for (size_t i = 0; i < rule->nitems; i++) {
        nalone += rule->items[i].overlaps ? 0 : rule->items[i].nsingles;
    }
    list_init(&keys->lists[0], keys->arena, nalone);
    for (size_t i = 0; i < rule->nitems; i++) {
        const struct place_item *item = &rule->items[i];
        if (item->overlaps) {
            list_init(&keys->lists[keys->nlists], keys->arena, item->nsingles);
            list_add(&keys->lists[keys->nlists++], item, i);
        } else {
            list_add(&keys->lists[0], item, i);
        }
    }
    for (size_t i = 0; i < keys->nlists; i++) {
        struct key_list *list = &keys->lists[i];
        place_list_init(&list->places, keys->arena, &list->dim, true);
    }
}

/* Marks the items that name the value. *is_alone: one that excludes the tail is among them. */
static bool
mark_items(struct place_keys *keys, uint64_t key, struct slice value, bool *is_alone)
{
    bool is_named = false;
    *is_alone = false;
    for (size_t i = 0; i < keys->nlists; i++) {
        struct key_list *list = &keys->lists[i];
        uint32_t position = list->dim.npositions ? place_of(&list->places, key, value) : PLACE_NONE;
        if (position != PLACE_NONE) {
            keys->is_in[list->items[position]] = true;
            is_named = true;
            *is_alone = *is_alone || i == 0;
        }
    }
    return is_named;
}

static void
mark_others(struct place_keys *keys)
{
    for (size_t i = 0; i < keys->nlists; i++) {
        if (keys->lists[i].has_other) {
            keys->is_in[keys->lists[i].other] = true;
        }
    }
}

/* ---- The tail ---- */

static void
add_tail(struct place_keys *keys, struct slice value)
{
    keys->tails = arena_room(keys->arena, keys->tails, keys->ntails, &keys->tails_capacity,
                             sizeof *keys->tails);
    keys->tails[keys->ntails++] = value;
}

/* A unit is known by its number (base/date.h), whose order is that of time. */
static bool
mark_unit(struct place_keys *keys, struct arena *scratch, struct slice value)
{
    enum field_reading reading = keys->rule->reading;
    struct date date;
    int64_t number;
    bool is_date = reading == READ_AS_IS ? date_read(value, &date)
                                         : date_of_epoch(value, reading == READ_EPOCH_MS, &date);
    if (!is_date || !date_key(date, keys->rule->unit, &number)) {
        return false;
    }
    add_tail(keys, arena_printf(scratch, "%lld", (long long) number));
    return true;
}

/* False: the tail has no place for the value. */
static bool
mark_tail(struct place_keys *keys, struct arena *scratch, uint64_t key, struct slice value)
{
    uint32_t bin;
    switch (keys->rule->tail) {
    case TAIL_NONE: return false;
    case TAIL_VALUES: add_tail(keys, value); return true;
    case TAIL_WIDTH:
        bin = place_bin(&keys->bins, scratch, key, value);
        if (bin != PLACE_NONE) {
            add_tail(keys, keys->bins.lowers[bin]);
        }
        return bin != PLACE_NONE;
    case TAIL_UNIT: return mark_unit(keys, scratch, value);
    }
    return false;
}

/* Marks all positions of one value. */
static void
mark_value(struct place_keys *keys, struct arena *scratch, uint64_t key, struct slice value)
{
    bool is_alone, is_named = mark_items(keys, key, value, &is_alone);
    bool has_tail = !is_alone && mark_tail(keys, scratch, key, value);
    if (!is_named && !has_tail) {
        mark_others(keys);
    }
}

/* ---- Keys ---- */

static uint32_t
intern(struct place_keys *keys, struct slice text)
{
    size_t *known = map_find(&keys->ids, text);
    if (!known) {
        struct slice own = arena_copy(keys->arena, text);
        keys->texts = arena_room(keys->arena, keys->texts, keys->ntexts, &keys->capacity,
                                 sizeof *keys->texts);
        keys->texts[keys->ntexts] = own;
        known = map_add(&keys->ids, own, NULL);
        *known = keys->ntexts++;
    }
    return (uint32_t) *known;
}

static int
by_value(const void *a, const void *b)
{
    return value_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/* Writes the tail's values, each once. True: one of them is PLACE_TOO_LONG. */
static bool
write_tails(struct place_keys *keys, struct strbuf *out)
{
    bool is_too_long = false;
    if (keys->ntails > 1) {
        qsort(keys->tails, keys->ntails, sizeof *keys->tails, by_value);
    }
    for (size_t i = 0; i < keys->ntails; i++) {
        struct slice value = keys->tails[i];
        if (i == 0 || !slice_equal(value, keys->tails[i - 1])) {
            strbuf_printf(out, "=%zu:", value.len);
            strbuf_append(out, value);
            is_too_long = is_too_long ||
                          (keys->rule->tail == TAIL_WIDTH && slice_equal(value, PLACE_TOO_LONG));
        }
    }
    return is_too_long;
}

/* Makes a key of what is marked, and clears the marks. */
static uint32_t
take_key(struct place_keys *keys)
{
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < keys->rule->nitems; i++) {
        if (keys->is_in[i]) {
            strbuf_printf(&text, "#%zu", i);
            keys->is_in[i] = false;
        }
    }
    bool is_too_long = write_tails(keys, &text);
    uint32_t id = PLACE_NONE;
    if (text.len || keys->rule->keeps_all) {
        id = intern(keys, strbuf_slice(&text));
        keys->too_long = is_too_long && keys->too_long == PLACE_NONE ? id : keys->too_long;
    }
    keys->ntails = 0;
    strbuf_fini(&text);
    return id;
}

void
place_keys_init(struct place_keys *keys, struct arena *arena, const struct place_rule *rule)
{
    *keys = (struct place_keys){.arena = arena, .rule = rule, .too_long = PLACE_NONE};
    keys->is_in = arena_array(arena, rule->nitems, sizeof *keys->is_in);
    map_init(&keys->ids, arena);
    lists_init(keys);
    if (rule->tail == TAIL_WIDTH) {
        place_bins_init(&keys->bins, arena, rule->width);
    }
}

static void
mark_missing(struct place_keys *keys)
{
    for (size_t i = 0; i < keys->nlists; i++) {
        if (keys->lists[i].has_missing) {
            keys->is_in[keys->lists[i].missing] = true;
        }
    }
}

/*
 * Marks the positions of each part of a field of several values. An empty part is no value, and a
 * text that has no other part is as a field that is missing.
 */
static void
mark_parts(struct place_keys *keys, struct arena *scratch, struct slice value)
{
    struct slice part;
    bool has_part = false;
    while (slice_next_part(&value, keys->rule->separator, &part)) {
        struct slice own = value_canonical(scratch, part);
        mark_value(keys, scratch, order_key(own), own);
        has_part = true;
    }
    if (!has_part) {
        mark_missing(keys);
    }
}

uint32_t
place_key_of(struct place_keys *keys, struct arena *scratch, uint64_t key, struct slice value)
{
    if (keys->rule->separator.ptr) {
        mark_parts(keys, scratch, value);
    } else {
        mark_value(keys, scratch, key, value);
    }
    return take_key(keys);
}

uint32_t
place_key_missing(struct place_keys *keys)
{
    mark_missing(keys);
    return take_key(keys);
}

/* ---- Reading ---- */

/* Takes a number off the text; false: there is none. */
static bool
take_number(struct slice *text, size_t *out)
{
    size_t n = 0, len = 0;
    for (; len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9'; len++) {
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (size_t) (text->ptr[len] - '0'), &n)) {
            return false;
        }
    }
    *text = slice_of(text->ptr + len, text->len - len);
    *out = n;
    return len > 0;
}

bool
place_key_next(struct slice *key, struct place_part *part)
{
    size_t number;
    if (!key->len || (key->ptr[0] != '#' && key->ptr[0] != '=')) {
        return false;
    }
    struct slice rest = slice_of(key->ptr + 1, key->len - 1);
    *part = (struct place_part){.is_item = key->ptr[0] == '#'};
    if (!take_number(&rest, &number)) {
        return false;
    }
    if (part->is_item) {
        part->item = number;
        *key = rest;
        return true;
    }
    if (!rest.len || rest.ptr[0] != ':' || number > rest.len - 1) {
        return false;
    }
    part->value = slice_of(rest.ptr + 1, number);
    *key = slice_of(rest.ptr + 1 + number, rest.len - 1 - number);
    return true;
}

/* The number comes from a shard. */
static bool
is_unit(enum date_unit unit, int64_t number)
{
    static const struct date FIRST = {1, 1, 1, 0}, LAST = {9999, 12, 31, 23};
    int64_t first = 0, last = unit == DATE_WEEKDAY ? 6 : 23;
    if (unit != DATE_WEEKDAY && unit != DATE_HOUR &&
        (!date_key(FIRST, unit, &first) || !date_key(LAST, unit, &last))) {
        return false;
    }
    return number >= first && number <= last;
}

static bool
unit_label(struct arena *arena, const struct place_rule *rule, struct slice value,
           struct slice *label)
{
    struct strbuf text;
    int64_t number;
    if (!slice_to_int64(value, &number) || !is_unit(rule->unit, number)) {
        return false;
    }
    strbuf_init(&text);
    date_label_print(&text, rule->unit, number);
    *label = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return true;
}

bool
place_tail_label(struct arena *arena, const struct place_rule *rule, struct slice value,
                 struct slice *label)
{
    switch (rule->tail) {
    case TAIL_NONE: return false;
    case TAIL_VALUES: *label = value; return true;
    case TAIL_WIDTH: return place_bin_label(arena, value, rule->width, label);
    case TAIL_UNIT: return unit_label(arena, rule, value, label);
    }
    return false;
}
