/*
 * What may come next in a query that is being typed, for completion.
 *
 *     count s| from current                      a field of current; FROM, BY
 *     count sex in {female, | from current       a value of sex; MISSING, OTHER, TOP, ...
 *     count sex from |                           a dataset
 *     count sex, avg(age) as mean from current order by |     sex, mean: names of the query itself
 *
 * The parser's own automaton says so. It sees the text before the cursor; a FROM behind it tells the
 * dataset.
 */
#ifndef QUIPU_PARSER_NEXT_H
#define QUIPU_PARSER_NEXT_H

#include "base/arena.h"
#include "base/slice.h"

struct next {
    size_t at;                   /* where the word at the cursor begins; the cursor: a new word */
    const char *const *keywords; /* those that may stand there, upper-case; in the arena */
    size_t nkeywords;
    const char *const *signs; /* "," "(" "<=" ...: those that may stand there; in the arena */
    size_t nsigns;
    bool wants_field, wants_dataset, wants_value;
    bool wants_number;   /* a number may stand there, beside whatever else */
    struct slice field;  /* whose value is wanted; ptr NULL: not known */
    struct slice *names; /* the query's own, which alone are wanted; in the arena */
    size_t nnames;
    struct slice dataset; /* ptr NULL: the text names none */
};

/*
 * Finds it for the word that ends at the cursor, bytes from 0. Names come without quotes, in the
 * arena. Where the text before that word begins no query, nothing may come next. Linear in the text.
 */
void next_find(struct arena *arena, struct slice text, size_t cursor, struct next *out);
/* Whether a text's first word begins a query. */
bool next_begins_query(struct slice text);
/* The text's first token, a part of it; empty: it begins with none. */
struct slice next_first_token(struct slice text);
/* Whether a text is one word of the language that is no keyword, and needs no quotes. */
bool next_is_plain_word(struct slice text);

#endif
