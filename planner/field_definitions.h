/*
 * All that a dataset says about its fields. It does not change while it has several users: then a
 * change makes another one. So a query may borrow from it while it is a user.
 *
 *     struct field_definitions *fields = NULL;                     says nothing
 *     field_definitions_change(&fields, slice_lit("sex"), &change, &err)
 *     field_definitions_find(fields, slice_lit("sex"))->labels[0].label       "Male"
 *     field_definitions_release(fields);
 */
#ifndef QUIPU_PLANNER_FIELD_DEFINITIONS_H
#define QUIPU_PLANNER_FIELD_DEFINITIONS_H

#include "base/error.h"
#include "base/strbuf.h"
#include "planner/field_definition.h"

enum { FIELD_SEPARATOR_MOST = 16, FIELD_LABEL_MOST = 4096, FIELD_LABELS_MOST = 4000 };

struct field_definitions {
    size_t users;
    struct field_definition *items; /* in the order in which they were given */
    size_t n;
};

/* What one of them becomes. What is not set stays as it is. */
struct field_edit {
    bool sets_reading;      /* MULTI, EPOCH, PLAIN: these two */
    struct slice separator; /* ptr NULL: none */
    enum field_reading reading;
    bool sets_label;                  /* the field's own */
    struct slice label;               /* empty: none */
    bool drops_labels;                /* those of its values */
    const struct field_label *labels; /* added, each in place of the one its value has; an empty one
                                         takes that away */
    size_t nlabels;
};

/*
 * Changes *fields, of which the caller is a user, or puts another one in its place. All is copied,
 * values as they are canonical (base/number.h). A field about which nothing is left to say is not in
 * it; where nothing is left at all *fields becomes NULL. Fails with ERR, and nothing has changed.
 */
bool field_definitions_change(struct field_definitions **fields, struct slice field,
                              const struct field_edit *change, struct error *err) QUIPU_MUST_CHECK;
void field_definitions_retain(const struct field_definitions *fields);
void field_definitions_release(const struct field_definitions *fields);
/* NULL: nothing is said about it. */
const struct field_definition *field_definitions_find(const struct field_definitions *fields,
                                                      struct slice field);
bool field_definitions_equal(const struct field_definitions *a, const struct field_definitions *b);
/* "s", "ms"; empty for READ_AS_IS. */
const char *field_reading_name(enum field_reading reading);
bool field_reading_parse(struct slice name, enum field_reading *out);
/* The label of a value; ptr NULL: it has none. */
struct slice field_label_of(const struct field_definition *field, struct slice value);

/*
 * Whether a separator may be said anew. Fails with ERR if a number can have it in it. The signs may be
 * said: a text that is a number as a whole, -5 or 1e-5, is one before it is split. What a catalog has
 * from before is not looked at.
 */
bool field_separator_check(struct slice separator, struct error *err) QUIPU_MUST_CHECK;

#endif
