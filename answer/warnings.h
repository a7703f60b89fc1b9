/*
 * What is worth a warning of a query: names that no row has, words that mean something else than they
 * seem to.
 *
 *     warnings_of_all(&warnings, dataset, mentions, presence)
 *         no row of current has the field 'orgin'; did you mean 'Origin'?
 *
 * A warning never makes an error of a query; the caller may, of the first kind (warnings_of_fields).
 */
#ifndef QUIPU_ANSWER_WARNINGS_H
#define QUIPU_ANSWER_WARNINGS_H

#include "answer/answer.h"
#include "base/strbuf.h"
#include "planner/mentions.h"

/* What the rows of a dataset have of what a query mentions; lists as long as those of the mentions. */
struct presence {
    bool *has_field, *has_word;
    bool *has_keyword;   /* as a value of the field, in one of its spellings */
    struct slice *names; /* all fields, each once, by their bytes; where some field is not there */
    size_t nnames;
};

enum { WARNINGS_MOST = 100 };

struct warnings {
    struct arena *arena;
    struct slice *lines; /* each once; what comes when there are WARNINGS_MOST is left out */
    size_t n, capacity;
};

/* All false; in the arena. */
struct presence *presence_new(struct arena *arena, const struct mentions *mentions);

/* Puts its names in order; each is there once. */
void presence_sort(struct presence *presence);

/*
 * Adds a line for each field that no row has, with the name that may have been meant. Of very many
 * names none is proposed: comparing them takes time.
 */
void warnings_of_fields(struct warnings *warnings, struct slice dataset,
                        const struct mentions *mentions, const struct presence *presence);
/*
 * Adds those lines, and what nulls, words and keywords may have been meant as. presence NULL: what the
 * text alone tells, `= null`.
 */
void warnings_of_all(struct warnings *warnings, struct slice dataset,
                     const struct mentions *mentions, const struct presence *presence);
/* The query that tells whether some row has a date of the field: it has a position then. */
void warnings_date_question(struct strbuf *out, struct slice dataset,
                            const struct mention_date *date);
/* Whether the answer shows no date of the field: it is not known yet whether some row has one. */
bool warnings_lack_date(const struct answer *answer, const struct mention_date *date);
/* Adds that no row has a date in the field; for hours, none with a time. */
void warnings_of_date(struct warnings *warnings, struct slice dataset,
                      const struct mention_date *date);

#endif
