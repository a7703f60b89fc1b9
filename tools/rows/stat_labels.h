/*
 * Sets of value labels, by their names, and the variables that have them.
 *
 *     stat_labels_init(&labels, arena, is_sas)
 *     set = stat_labels_set(&labels, "sexes")         made where there is none
 *     stat_label_add(&labels, set, value, "female")
 *     stat_label_use(&labels, set, 3)                 the fourth variable has it
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_LABELS_H
#define QUIPU_TOOLS_ROWS_STAT_LABELS_H

#include <readstat.h>

#include "base/arena.h"
#include "base/map.h"

struct stat_label {
    readstat_value_t value;
    struct slice text;
};

struct stat_label_set {
    struct slice name;
    struct stat_label *labels;
    size_t nlabels, labels_capacity;
    uint32_t *columns;
    size_t ncolumns, columns_capacity;
};

struct stat_labels {
    struct arena *arena;
    bool is_sas;
    struct map ids; /* names: places in sets */
    struct stat_label_set *sets;
    size_t nsets, sets_capacity;
};

/* is_sas: names are those of formats. All is in the arena, which is borrowed. */
void stat_labels_init(struct stat_labels *labels, struct arena *arena, bool is_sas);
/*
 * The set of this name, valid until the next call. A format of SAS is used with a width, which is no part
 * of its name, and written in letters of any case: "sexes8.2" is SEXES.
 */
struct stat_label_set *stat_labels_set(struct stat_labels *labels, const char *name);
/* A label more. The texts are copied. Returns it, valid until the next one. */
const struct stat_label *stat_label_add(struct stat_labels *labels, struct stat_label_set *set,
                                        readstat_value_t value, const char *text);
/* A variable more that has the set. */
void stat_label_use(struct stat_labels *labels, struct stat_label_set *set, uint32_t column);

#endif
