/*
 * Labels of many fields, in few commands: DATASET LABELS.
 *
 *     label_batch_title(batch, sex, "Sex of the respondent", &err)       sex 1 'Sex of the respondent'
 *     label_batch_value(batch, sex, "1", "female", &err)
 *     label_batch_value(batch, sex, "2", "male", &err)                   sex 4 1 female 2 male
 *     label_batch_end(batch, &notes, &err)                               they are sent
 */
#ifndef QUIPU_TOOLS_LABEL_BATCH_H
#define QUIPU_TOOLS_LABEL_BATCH_H

#include "base/error.h"
#include "base/strbuf.h"

/* What a server keeps; more is left out, and told. */
enum { LABEL_BATCH_VALUES_MOST = 4000, LABEL_BATCH_BYTES_MOST = 4096 };

struct label_batch;

/* Sends words that stand behind the dataset's name. */
typedef bool label_batch_send_fn(void *arg, const struct slice *words, size_t nwords,
                                 struct error *err);

/* The caller frees it. */
struct label_batch *label_batch_new(label_batch_send_fn *send, void *arg);
void label_batch_free(struct label_batch *batch);
/* Texts are borrowed until label_batch_end. Labels of a field's values stand behind each other. Fail
 * as sending does. */
bool label_batch_title(struct label_batch *batch, struct slice field, struct slice label,
                       struct error *err) QUIPU_MUST_CHECK;
bool label_batch_value(struct label_batch *batch, struct slice field, struct slice value,
                       struct slice label, struct error *err) QUIPU_MUST_CHECK;
/* Sends the rest. Appends a line to notes for what was left out. */
bool label_batch_end(struct label_batch *batch, struct strbuf *notes,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
