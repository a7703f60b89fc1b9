/*
 * An answer with everything that is told about it: what FORMAT MAP and JSON say, in the order of
 * docs/language.md, "Answers". Written piece by piece.
 *
 *     {"dataset":"current","dims":[...],"measures":["count"],"cells":[68,68],"rows":null, ...}
 *
 *     struct members members = members_of(answer);
 *     while (!members_step(&members, doc, 1000)) { other work }
 *
 * Several tables are a list of such maps.
 */
#ifndef QUIPU_ANSWER_MEMBERS_H
#define QUIPU_ANSWER_MEMBERS_H

#include "answer/answer.h"
#include "answer/nested.h"

struct members {
    const struct answer *answer;
    size_t table;  /* the one that is being written */
    size_t member; /* of the table: the next one */
    /* Within a member: */
    bool is_open;
    uint64_t at, inner; /* of what it is a list of: the next one; in a dimension, the position */
    struct nested nested;
};

/* Borrows the answer. */
struct members members_of(const struct answer *answer);
/* Writes about ncells cells. True: that was all. */
bool members_step(struct members *members, struct document *doc, uint64_t ncells);

#endif
