/*
 * Random rows, and a walk that tests a condition row by row.
 *
 *     rows_begin();                                prints the seed: QUIPU_SEED=7 repeats it
 *     fill_table(&table, index, 2000)              the same rows in both
 *     cond_holds(&table, 17, ast->where)
 */
#ifndef QUIPU_TESTS_COUNT_ROWS_H
#define QUIPU_TESTS_COUNT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "columns/index.h"
#include "parser/ast.h"

enum {
    NFIELDS = 14,
    NVALUES = 1000,
    FIELD_MIXED = 5,   /* decimals, negative ones, texts */
    FIELD_TEXT = 7,    /* texts alone */
    FIELD_LONG = 10,   /* numbers that are alike in their first fifteen digits */
    FIELD_MULTI = 11,  /* several values, with ';' between them */
    FIELD_WEIGHT = 12, /* decimals, 0, a negative one, a text */
    FIELD_WIDE = 13    /* numbers of more than 32 bits; every row has one */
};

/* Value 0 is missing. */
struct table {
    uint32_t nrows;
    bool *exists;
    uint16_t *values; /* nrows x NFIELDS */
};

/* Starts the random numbers, and makes the values' texts. */
void rows_begin(void);
/* QUIPU_ROUNDS, or as many as usual; half of that under AddressSanitizer. */
int rows_rounds(int usual);
uint64_t next_random(void);
uint32_t below(uint32_t n);

const char *rows_field(uint32_t f);
/* Value 1 and those behind it; there are texts for more values than rows have. */
const char *rows_text(uint32_t f, uint32_t value);
uint32_t rows_nvalues(uint32_t f);

/* The row's name, in the buffer of 32 bytes. */
struct slice row_name(char *buffer, uint32_t row);
void fill_table(struct table *table, struct index *index, uint32_t nrows);
void change_rows(struct table *table, struct index *index, uint32_t nchanges);
void free_table(struct table *table);
/* ptr NULL: missing. */
struct slice row_value(const struct table *table, uint32_t row, struct slice field);

bool cond_holds(const struct table *table, uint32_t row, const struct ast_cond *cond);

/* A row's position in a plain dimension as text: a number for a closed one. False: in none. */
bool dim_label(struct arena *arena, const struct ast_dim *dim, struct slice value,
               struct slice *label);

#endif
