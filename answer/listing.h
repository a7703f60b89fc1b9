/*
 * Rows as ROWS answers with them: each with its name, and what it has in some fields, or in all.
 *
 *     rows sex, age from current                  rows * from current
 *
 *     profile_1   female  31                      profile_1   age 31, sex female
 *     profile_3   male    null                    profile_3   sex male
 *
 * Format rows is written part by part, since its rows are read part by part. The other formats are
 * one text, for which all rows are needed.
 */
#ifndef QUIPU_ANSWER_LISTING_H
#define QUIPU_ANSWER_LISTING_H

#include "answer/sink.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "parser/ast.h"

struct listed_row {
    struct slice name;
    /*
     * Of fields that were named: their values, in the order of the query; ptr NULL: the row has none.
     * Of all fields: each field and its value, in byte order of the fields.
     */
    const struct slice *texts;
    size_t ntexts;
};

/* A part of an answer, or all of it. */
struct listing {
    struct slice dataset;
    const struct slice *fields; /* the query's; none: all */
    size_t nfields;
    enum ast_format format;
    bool is_first;  /* of the parts */
    uint64_t total; /* rows of the whole answer */
    const struct listed_row *rows;
    size_t nrows;
    const struct slice *warnings; /* json and table tell them */
    size_t nwarnings;
    struct slice text; /* formats other than rows: the whole answer, and no rows */
};

/* Writes a part. */
void format_listing(struct sink *sink, const struct listing *listing);

/*
 * The text of a listing that has all its rows, written piece by piece, so that a million rows need
 * not hold up an event loop.
 */
struct listing_text;
/* Everything is borrowed; the text is appended to out. Lives in the arena, until listing_text_fini. */
struct listing_text *listing_text_new(struct arena *arena, const struct listing *listing,
                                      struct strbuf *out);
/* Writes about so many rows. True: that was all. */
bool listing_text_step(struct listing_text *text, size_t nrows);
void listing_text_fini(struct listing_text *text);

#endif
