/*
 * Labels of many fields in few commands. in: labels, field by field; out: words of DATASET LABELS.
 *
 * Each command is a change of the catalog in all shards, which servers wait for: a survey of a thousand
 * variables should not be thousands of them.
 */
#include "tools/label_batch.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"

enum { WORDS_OF_COMMAND = 10000 };

struct label_batch {
    label_batch_send_fn *send;
    void *arg;
    struct arena *arena; /* of numbers and cut labels */
    struct slice *words;
    size_t nwords, capacity;
    struct slice field; /* whose values are being labelled; ptr NULL: none */
    size_t count_at;    /* the word that says how many follow */
    uint64_t nvalues;   /* of the field */
    uint64_t ncut;      /* labels */
    struct strbuf notes;
};

struct label_batch *
label_batch_new(label_batch_send_fn *send, void *arg)
{
    struct label_batch *batch = must_alloc(sizeof *batch);
    *batch = (struct label_batch){.send = send, .arg = arg, .arena = arena_new()};
    return batch;
}

void
label_batch_free(struct label_batch *batch)
{
    arena_free(batch->arena);
    free(batch->words);
    strbuf_fini(&batch->notes);
    free(batch);
}

static void
put(struct label_batch *batch, struct slice word)
{
    batch->words = must_room(batch->words, batch->nwords, &batch->capacity, sizeof *batch->words);
    batch->words[batch->nwords++] = word;
}

/* Ends what is said of a field's values: now it is known how many words that is. */
static void
close_values(struct label_batch *batch)
{
    if (!batch->field.ptr) {
        return;
    }
    batch->words[batch->count_at] =
        arena_printf(batch->arena, "%zu", batch->nwords - batch->count_at - 1);
    if (batch->nvalues > LABEL_BATCH_VALUES_MOST) {
        strbuf_printf(&batch->notes, "'%.*s' has %llu labelled values: the first %d have labels\n",
                      SLICE_ARG(batch->field), (unsigned long long) batch->nvalues,
                      LABEL_BATCH_VALUES_MOST);
    }
    batch->field = slice_of(NULL, 0);
}

static bool
flush(struct label_batch *batch, struct error *err)
{
    bool ok = batch->nwords == 0 || batch->send(batch->arg, batch->words, batch->nwords, err);
    batch->nwords = 0;
    return ok;
}

/* A label that the server takes: cut in front of a character. */
static struct slice
short_label(struct label_batch *batch, struct slice label)
{
    if (label.len > LABEL_BATCH_BYTES_MOST) {
        batch->ncut++;
        label.len = LABEL_BATCH_BYTES_MOST;
        while (label.len && ((unsigned char) label.ptr[label.len] & 0xc0) == 0x80) {
            label.len--;
        }
    }
    return label;
}

bool
label_batch_title(struct label_batch *batch, struct slice field, struct slice label,
                  struct error *err)
{
    close_values(batch);
    if (batch->nwords >= WORDS_OF_COMMAND && !flush(batch, err)) {
        return false;
    }
    put(batch, field);
    put(batch, slice_lit("1"));
    put(batch, short_label(batch, label));
    return true;
}

bool
label_batch_value(struct label_batch *batch, struct slice field, struct slice value,
                  struct slice label, struct error *err)
{
    if (!batch->field.ptr || !slice_equal(batch->field, field)) {
        close_values(batch);
        if (batch->nwords >= WORDS_OF_COMMAND && !flush(batch, err)) {
            return false;
        }
        put(batch, field);
        batch->count_at = batch->nwords;
        put(batch, slice_lit(""));
        batch->field = field;
        batch->nvalues = 0;
    }
    if (batch->nvalues++ < LABEL_BATCH_VALUES_MOST) {
        put(batch, value);
        put(batch, short_label(batch, label));
    }
    return true;
}

bool
label_batch_end(struct label_batch *batch, struct strbuf *notes, struct error *err)
{
    close_values(batch);
    if (batch->ncut) {
        strbuf_printf(&batch->notes, "%llu labels are longer than %d bytes, and cut\n",
                      (unsigned long long) batch->ncut, LABEL_BATCH_BYTES_MOST);
    }
    strbuf_append(notes, strbuf_slice(&batch->notes));
    return flush(batch, err);
}
