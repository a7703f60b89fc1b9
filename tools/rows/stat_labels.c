/*
 * Sets of value labels. in: names, labels, variables, as ReadStat tells them, in any order; out: who has what.
 *
 * Example: of SAS, the catalog's SEXES, and a variable whose format is "sexes8.", have the same set.
 */
#include "tools/rows/stat_labels.h"

#include <ctype.h>

void
stat_labels_init(struct stat_labels *labels, struct arena *arena, bool is_sas)
{
    *labels = (struct stat_labels){.arena = arena, .is_sas = is_sas};
    map_init(&labels->ids, arena);
}

/* A format's own name does not end in a digit: digits are the width. */
static struct slice
format_name(struct arena *arena, struct slice text)
{
    struct slice name = slice_shift(&text, '.');
    while (name.len && isdigit((unsigned char) name.ptr[name.len - 1])) {
        name.len--;
    }
    char *upper = arena_array(arena, name.len + 1, 1);
    for (size_t i = 0; i < name.len; i++) {
        upper[i] = (char) toupper((unsigned char) name.ptr[i]);
    }
    return slice_of(upper, name.len);
}

struct stat_label_set *
stat_labels_set(struct stat_labels *labels, const char *name)
{
    bool is_new;
    struct slice text = slice_str(name);
    struct slice own =
        labels->is_sas ? format_name(labels->arena, text) : arena_copy(labels->arena, text);
    size_t *id = map_add(&labels->ids, own, &is_new);
    if (is_new) {
        *id = labels->nsets;
        labels->sets = arena_room(labels->arena, labels->sets, labels->nsets,
                                  &labels->sets_capacity, sizeof *labels->sets);
        labels->sets[labels->nsets++] = (struct stat_label_set){.name = own};
    }
    return &labels->sets[*id];
}

const struct stat_label *
stat_label_add(struct stat_labels *labels, struct stat_label_set *set, readstat_value_t value,
               const char *text)
{
    struct arena *arena = labels->arena;
    struct stat_label label = {.value = value, .text = arena_copy(arena, slice_str(text))};
    if (readstat_value_type(value) == READSTAT_TYPE_STRING) {
        label.value.v.string_value = arena_copy(arena, slice_str(value.v.string_value)).ptr;
    }
    set->labels =
        arena_room(arena, set->labels, set->nlabels, &set->labels_capacity, sizeof *set->labels);
    set->labels[set->nlabels++] = label;
    return &set->labels[set->nlabels - 1];
}

void
stat_label_use(struct stat_labels *labels, struct stat_label_set *set, uint32_t column)
{
    set->columns = arena_room(labels->arena, set->columns, set->ncolumns, &set->columns_capacity,
                              sizeof *set->columns);
    set->columns[set->ncolumns++] = column;
}
