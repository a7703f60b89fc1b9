/*
 * Says of a dataset's fields what is said of another's. in: DATASET DESCRIBE of the one; out: DATASET
 * ALTER and LABELS of the other.
 *
 *     DATASET DESCRIBE survey            field sex, label 'Sex', labels 1 female 2 male
 *                                        field likes, multi |
 *     DATASET ALTER new FIELD likes MULTI |
 *     DATASET LABELS new sex 5 'Sex' 1 female 2 male
 */
#include "tools/dataset_copy.h"

#include <hiredis/hiredis.h>

#include "tools/label_batch.h"

struct copying {
    struct dataset_calls *calls;
    struct slice to;
};

/* How the new one's field is read. */
static bool
copy_reading(const struct copying *copying, struct slice field, const char *how, struct slice value,
             struct error *err)
{
    const struct slice alter[] = {slice_lit("DATASET"),
                                  slice_lit("ALTER"),
                                  copying->to,
                                  slice_lit("FIELD"),
                                  field,
                                  slice_str(how),
                                  value};
    return dataset_tell(copying->calls, alter, sizeof alter / sizeof *alter, err);
}

/* What is said of one field; pairs: a name, and what it is. */
static bool
copy_field(const struct copying *copying, struct label_batch *batch, const struct redisReply *pairs,
           struct error *err)
{
    struct slice field = slice_lit("");
    bool ok = true;
    for (size_t i = 0; ok && i + 1 < pairs->elements; i += 2) {
        struct slice what = reply_slice(pairs->element[i]);
        const struct redisReply *value = pairs->element[i + 1];
        if (slice_equal(what, slice_lit("field"))) {
            field = reply_slice(value);
        } else if (slice_equal(what, slice_lit("label"))) {
            ok = label_batch_title(batch, field, reply_slice(value), err);
        } else if (slice_equal(what, slice_lit("multi")) && value->len) {
            ok = copy_reading(copying, field, "MULTI", reply_slice(value), err);
        } else if (slice_equal(what, slice_lit("epoch")) && value->len) {
            ok = copy_reading(copying, field, "EPOCH", reply_slice(value), err);
        }
        bool are_labels = slice_equal(what, slice_lit("labels"));
        for (size_t k = 0; ok && are_labels && k + 1 < value->elements; k += 2) {
            ok = label_batch_value(batch, field, reply_slice(value->element[k]),
                                   reply_slice(value->element[k + 1]), err);
        }
    }
    return ok;
}

static bool
send_labels(void *arg, const struct slice *words, size_t nwords, struct error *err)
{
    const struct copying *copying = arg;
    return dataset_tell_labels(copying->calls, copying->to, words, nwords, err);
}

bool
dataset_copy_sayings(struct dataset_calls *calls, struct slice from, struct slice to,
                     struct error *err)
{
    struct copying copying = {calls, to};
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DESCRIBE"), from};
    struct redisReply *reply = dataset_ask(calls, words, 3, err);
    struct label_batch *batch = label_batch_new(send_labels, &copying);
    struct strbuf notes; /* there are none: all of it was in a catalog */
    strbuf_init(&notes);
    bool ok = reply != NULL;
    for (size_t i = 0; ok && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        ok = copy_field(&copying, batch, reply->element[i], err);
    }
    ok = ok && label_batch_end(batch, &notes, err);
    strbuf_fini(&notes);
    label_batch_free(batch);
    if (reply) {
        freeReplyObject(reply);
    }
    return ok;
}
