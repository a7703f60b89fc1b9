/*
 * A document: maps, lists and values, whatever they are written as. json and map are the same one.
 *
 *     document_map(doc, 2);
 *     document_key(doc, "base");
 *     document_number(doc, number_of_integer(70));
 *     document_key(doc, "rows");
 *     document_null(doc);
 *     document_end(doc);                                      {"base":70,"rows":null}
 *
 * A map says how many pairs follow, a list how many values; then come so many, and document_end.
 * Nothing here can fail, and arguments are not kept.
 */
#ifndef QUIPU_ANSWER_DOCUMENT_H
#define QUIPU_ANSWER_DOCUMENT_H

#include "answer/leaf.h"

struct document {
    const struct document_ops *ops;
};

struct document_ops {
    void (*map)(struct document *doc, uint64_t npairs);
    void (*list)(struct document *doc, uint64_t nvalues);
    void (*end)(struct document *doc); /* of the innermost map or list */
    void (*key)(struct document *doc, struct slice name);
    void (*text)(struct document *doc, struct slice text);
    void (*number)(struct document *doc, struct number number);
    void (*zeros)(struct document *doc, uint64_t n); /* n integers 0: tables have many */
    void (*real)(struct document *doc, double x);    /* not a number: null */
    void (*truth)(struct document *doc, bool is_true);
    void (*null)(struct document *doc);
    /* Whether text had to be changed so far; and whether these would have to be. */
    bool (*has_changed)(const struct document *doc, const struct slice *texts, size_t ntexts);
    bool has_infinity; /* real() writes an infinite number; else it is null */
};

static inline void
document_map(struct document *doc, uint64_t npairs)
{
    doc->ops->map(doc, npairs);
}

static inline void
document_list(struct document *doc, uint64_t nvalues)
{
    doc->ops->list(doc, nvalues);
}

static inline void
document_end(struct document *doc)
{
    doc->ops->end(doc);
}

static inline void
document_key(struct document *doc, const char *name)
{
    doc->ops->key(doc, slice_str(name));
}

/* ptr NULL: null. */
static inline void
document_text(struct document *doc, struct slice text)
{
    if (text.ptr) {
        doc->ops->text(doc, text);
    } else {
        doc->ops->null(doc);
    }
}

static inline void
document_number(struct document *doc, struct number number)
{
    doc->ops->number(doc, number);
}

static inline void
document_integer(struct document *doc, int64_t n)
{
    doc->ops->number(doc, number_of_integer(n));
}

static inline void
document_real(struct document *doc, double x)
{
    doc->ops->real(doc, x);
}

static inline void
document_truth(struct document *doc, bool is_true)
{
    doc->ops->truth(doc, is_true);
}

static inline void
document_null(struct document *doc)
{
    doc->ops->null(doc);
}

#endif
