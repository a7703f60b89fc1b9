/*
 * The rows of bench_columns. in: how many; out: an index of them, or CSV for a peer.
 *
 * Small fields are made once and kept, a byte each. What is measured is made of the row's number
 * whenever it is needed.
 *
 * Example: row 7 of a clustered index and row 7 of the CSV have different numbers, but the rows of
 * both are the same.
 */
#include "bench/bench_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/shape.h"

enum { SMALL_FIELDS = SHAPE_FIELDS + 2, LARGE_FIELDS = 4, NFIELDS = SMALL_FIELDS + LARGE_FIELDS };
enum { VALUE_BYTES = 8, LINE_BYTES = 2 * SMALL_FIELDS + (VALUE_BYTES + 1) * LARGE_FIELDS };

static const char DIGITS[] = "0123456789";
static const char *const FIELDS[NFIELDS] = {
    "value_1",  "value_2",  "value_3",  "value_4",          "value_5",  "value_6",  "value_7",
    "value_8",  "value_9",  "value_10", "value_11",         "value_12", "value_13", "value_14",
    "value_15", "value_16", "value_17", "value_18",         "value_19", "value_20", "dense_1",
    "dense_2",  "hundred",  "thousand", "hundred_thousand", "million"};

struct bench_rows {
    uint64_t n;
    unsigned char *small; /* SMALL_FIELDS bytes a row; 0: it lacks the field */
};

void
check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_columns: %s\n", what);
        exit(1);
    }
}

uint64_t
bench_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct bench_rows *
bench_rows_new(uint64_t nrows)
{
    struct bench_rows *rows = malloc(sizeof *rows);
    check(rows != NULL, "out of memory");
    rows->n = nrows;
    rows->small = malloc(nrows * SMALL_FIELDS);
    check(rows->small != NULL, "out of memory");
    struct shape *shape = shape_new(nrows, 1);
    uint64_t state = 2;
    for (unsigned char *row = rows->small; shape_next(shape, row); row += SMALL_FIELDS) {
        uint64_t bits = bench_random(&state);
        row[SHAPE_FIELDS] = (unsigned char) (1 + (bits & 7));
        row[SHAPE_FIELDS + 1] = (unsigned char) (1 + (bits >> 3 & 7));
    }
    shape_free(shape);
    return rows;
}

void
bench_rows_free(struct bench_rows *rows)
{
    free(rows->small);
    free(rows);
}

/* The measured values of a row. */
static void
large_values(uint64_t row, uint32_t values[LARGE_FIELDS])
{
    static const uint64_t MOST[LARGE_FIELDS] = {100, 1000, 100000, 1000000};
    uint64_t state = row * LARGE_FIELDS;
    for (int f = 0; f < LARGE_FIELDS; f++) {
        values[f] = (uint32_t) (1 + ((bench_random(&state) >> 32) * MOST[f] >> 32));
    }
}

/* Writes the digits behind each other; returns how many. */
static size_t
put_number(char to[VALUE_BYTES], uint32_t number)
{
    char digits[VALUE_BYTES], *at = digits + sizeof digits;
    do {
        *--at = DIGITS[number % 10];
        number /= 10;
    } while (number);
    size_t n = (size_t) (digits + sizeof digits - at);
    memcpy(to, at, n);
    return n;
}

void
bench_rows_write_csv(const struct bench_rows *rows)
{
    for (int f = 0; f < NFIELDS; f++) {
        printf("%s%s", f ? "," : "", FIELDS[f]);
    }
    putchar('\n');
    for (uint64_t i = 0; i < rows->n; i++) {
        char line[LINE_BYTES], *at = line;
        uint32_t large[LARGE_FIELDS];
        for (int f = 0; f < SMALL_FIELDS; f++) {
            unsigned char value = rows->small[i * SMALL_FIELDS + (unsigned) f];
            if (value) {
                *at++ = DIGITS[value];
            }
            *at++ = ',';
        }
        large_values(i, large);
        for (int f = 0; f < LARGE_FIELDS; f++) {
            at += put_number(at, large[f]);
            *at++ = f == LARGE_FIELDS - 1 ? '\n' : ',';
        }
        check(fwrite(line, 1, (size_t) (at - line), stdout) == (size_t) (at - line),
              "standard output is closed");
    }
}

static void
put_row(struct index *index, uint64_t number, const struct bench_rows *rows, uint64_t row)
{
    char name[32], texts[LARGE_FIELDS][VALUE_BYTES];
    const unsigned char *small = rows->small + row * SMALL_FIELDS;
    uint32_t large[LARGE_FIELDS];
    struct index_pair pairs[NFIELDS];
    size_t npairs = 0;
    for (int f = 0; f < SMALL_FIELDS; f++) {
        if (small[f]) {
            pairs[npairs++] =
                (struct index_pair){slice_str(FIELDS[f]), slice_of(&DIGITS[small[f]], 1)};
        }
    }
    large_values(row, large);
    for (int f = 0; f < LARGE_FIELDS; f++) {
        struct slice text = slice_of(texts[f], put_number(texts[f], large[f]));
        pairs[npairs++] = (struct index_pair){slice_str(FIELDS[SMALL_FIELDS + f]), text};
    }
    int len = snprintf(name, sizeof name, "profile_%llu", (unsigned long long) number);
    index_put_row(index, slice_of(name, (size_t) len), pairs, npairs);
}

struct index *
bench_rows_index(const struct bench_rows *rows, bool is_clustered)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("profile_")});
    uint64_t number = 1;
    for (int key = 0; key < (is_clustered ? 16 : 1); key++) {
        for (uint64_t i = 0; i < rows->n; i++) {
            const unsigned char *small = rows->small + i * SMALL_FIELDS;
            if (!is_clustered || (small[0] - 1) * 8 + small[1] - 1 == key) {
                put_row(index, number++, rows, i);
            }
        }
    }
    return index;
}
