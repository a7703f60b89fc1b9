/*
 * What a file says of its fields. in: a source's fields; out: commands.
 *
 * Example: {sex, "Sex of the respondent", 1 "female"} is DATASET LABELS survey sex 1 'Sex of the
 * respondent' sex 2 1 female.
 */
#include "tools/field_sayings.h"

#include "tools/label_batch.h"

static bool
say_field(struct target *target, const struct source_field *field, struct label_batch *batch,
          struct error *err)
{
    struct target_saying saying = {.field = field->name, .separator = field->separator};
    bool ok = !saying.separator.len || target_say(target, &saying, err);
    if (field->label.len) {
        ok = ok && label_batch_title(batch, field->name, field->label, err);
    }
    for (size_t i = 0; ok && i < field->nlabels; i++) {
        const struct source_label *label = &field->labels[i];
        ok = !label->value.len ||
             label_batch_value(batch, field->name, label->value, label->label, err);
    }
    return ok;
}

bool
field_sayings_send(struct target *target, const struct source_field *fields, size_t nfields,
                   struct strbuf *notes, struct error *err)
{
    struct label_batch *batch = label_batch_new(target_say_labels, target);
    bool ok = true;
    for (size_t i = 0; ok && i < nfields; i++) {
        ok = say_field(target, &fields[i], batch, err);
    }
    ok = ok && label_batch_end(batch, notes, err);
    label_batch_free(batch);
    return ok;
}
