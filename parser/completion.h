/*
 * What the word at the cursor of a query may become: one answer for the shell, the page and whoever asks
 * QUERY COMPLETE.
 *
 *     struct completion completion;
 *     completion_begin(&completion, arena, text, cursor);       count s|  completion.next.wants_field
 *     completion_add(&completion, COMPLETION_FIELD, name, ...)  for each that the dataset has: `sex`
 *     completion_end(&completion);                              keywords and signs
 *     ... completion.items, in the place of the bytes from completion.next.at to the cursor ...
 *
 * Which datasets, fields and values there are is for the caller to know.
 */
#ifndef QUIPU_PARSER_COMPLETION_H
#define QUIPU_PARSER_COMPLETION_H

#include "base/error.h"
#include "parser/next.h"
#include "parser/parse.h"

enum completion_kind {
    COMPLETION_DATASET,
    COMPLETION_FIELD,
    COMPLETION_NAME, /* of the query itself: a dimension, a measure */
    COMPLETION_VALUE,
    COMPLETION_KEYWORD,
    COMPLETION_FUNCTION, /* SUM, AVG, ... */
    COMPLETION_PUNCTUATION
};

struct completion_item {
    struct slice text; /* to be inserted, in quotes where it must be; in the arena */
    enum completion_kind kind;
    struct slice label; /* what it is called; in the arena. ptr NULL: it has none */
    int64_t count;      /* rows that have it; -1: not known */
};

struct completion {
    struct arena *arena;
    struct next next;
    struct slice text, word; /* the whole; what is typed of the word, with its first quote */
    size_t cursor;
    struct completion_item *items;
    size_t nitems, capacity;
};

/* Finds what may stand at the cursor, bytes from 0 up to the text's length. The text is borrowed. */
void completion_begin(struct completion *completion, struct arena *arena, struct slice text,
                      size_t cursor);
/* Whether a dataset, a field or a value begins with what is typed; letters of ASCII in either case. */
bool completion_fits(const struct completion *completion, enum completion_kind kind,
                     struct slice name);
/* What is typed of the word, without its quote. */
struct slice completion_typed(const struct completion *completion);
/*
 * Adds a dataset, a field or a value, if it fits; texts are copied. Label with ptr NULL: it has none.
 * count -1: not known.
 */
void completion_add(struct completion *completion, enum completion_kind kind, struct slice name,
                    struct slice label, int64_t count);
/*
 * Adds what needs no server: names of the query itself; keywords, in the case of what is typed, functions, signs.
 */
void completion_end(struct completion *completion);
/*
 * Where the text before the cursor goes wrong; ask behind completion_end. The word at the cursor is no
 * mistake as long as something may become of it. False: nothing is wrong so far, and what is clear.
 */
bool completion_mistake(const struct completion *completion, const struct parse_limits *limits,
                        struct error *what, size_t *from, size_t *to);
/* "dataset", "field", ... */
const char *completion_kind_name(enum completion_kind kind);

#endif
