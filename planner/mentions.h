/*
 * What a query names that may not be what was meant: fields, words in the place of values, keywords
 * in lists.
 *
 *     count sex in {m, other}, month by month from current where orgin = null or b = age
 *
 *     fields    sex, month, orgin, b       words  m, null, age      keywords  OTHER of sex
 *     nulls     orgin = null               dates  month BY MONTH
 *
 * Whether rows have all that is asked of the shards (executor/presence.h); answer/warnings.h says what
 * of it is worth a warning.
 */
#ifndef QUIPU_PLANNER_MENTIONS_H
#define QUIPU_PLANNER_MENTIONS_H

#include "parser/ast.h"

/* Of each list but the fields so many are noted, and so many dates: more would be read by nobody. */
enum { MENTIONS_MOST = 100, MENTIONS_DATES_MOST = 10 };

struct mention_null {
    struct slice field;
    enum { NULL_EQUAL, NULL_UNEQUAL, NULL_LISTED } kind;
};

/* MISSING or OTHER in a list. */
struct mention_keyword {
    struct slice field;
    bool is_missing;
};

/* A dimension by years, months, ... */
struct mention_date {
    struct slice field;
    enum ast_unit unit;
};

struct mentions {
    struct slice *fields; /* each once, in the order of the query's text; complete */
    size_t nfields;
    struct slice *words; /* written without quotes where a value stands; each once */
    size_t nwords;
    struct mention_null *nulls;
    size_t nnulls;
    struct mention_keyword *keywords;
    size_t nkeywords;
    struct mention_date *dates;
    size_t ndates;
};

/*
 * A keyword is taken for a value where a row has the field with one of these: `other`, `Other`, `OTHER`;
 * i is below MENTION_SPELLINGS.
 */
enum { MENTION_SPELLINGS = 3 };
struct slice mention_spelling(const struct mention_keyword *keyword, size_t i);

/* Lists live in the arena, their texts are borrowed from the tree. Linear in the query. */
struct mentions *mentions_find(struct arena *arena, const struct ast_query *ast);

#endif
