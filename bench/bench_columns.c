/*
 * The column index by itself, no Redis: the mission's queries over rows of the mission's shape,
 * beside the time it takes to read the same planes once; updates; memory.
 *
 *     bench_columns [--rows N] [--clustered] [--turns] [--csv] [--only NAME]
 *       --rows N      100000000 unless said
 *       --clustered   the rows sorted by value_1, value_2; without it as quipu-gen makes them
 *       --turns       says "ready" before each round and after the last, and waits for a line on
 *                     standard input: rounds in turn with a peer's
 *       --csv         no measuring: writes the rows to standard output, for a peer
 *       --only NAME   only the queries whose name begins so, and no updates
 *
 * bench_rows.h says what fields stand beside the mission's twenty. A query is measured from what is
 * bound to the table with its labels and numbers. Each measurement is the median of 9 rounds; in a
 * round all are taken in turn. What is measured by a field, and tables with totals, are asked on two
 * threads alone. One line each, with tabs:
 *
 *     time      <name>    <median ms>  <least ms>  <most ms>
 *     figure    <name>    <number>
 *     answer    <query>   <cells that are not 0>  <sum of the counts, or of thousandths of all numbers>
 *     text      <name>    <line>
 */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/answer.h"
#include "bench/bench_rows.h"
#include "columns/count.h"
#include "columns/index_parts.h"
#include "columns/index_stats.h"
#include "columns/kernel_ops.h"
#include "columns/snapshot.h"
#include "parser/parse.h"

enum { NROUNDS = 9, NUPDATES = 1 << 20, NUPDATES_AT_ONCE = 32 };

#define OR16                                                                                       \
    "value_5=1 || value_6=1 || value_7=1 || value_8=1 || value_9=1 || value_10=1 || "              \
    "value_11=1 || value_12=1 || value_13=1 || value_14=1 || value_15=1 || value_16=1 || "         \
    "value_17=1 || value_18=1 || value_19=1 || value_20=1"
#define CELLS "value_1 in [1,2], value_2 in [1,8]"
#define DENSE "count " CELLS
#define TABLE_2 "value_1 in [1,2], dense_1 in [1,8]"
#define TABLE_3 "value_2 in [1,8], dense_1 in [1,8]"

static const struct query {
    const char *name, *text;
    bool is_measured; /* or has more tables, or totals: told of two threads alone */
    /* Compared with counts, so it is asked on one thread right before, as they are. */
    bool is_beside_counts;
} queries[] = {
    {"dense", DENSE " from current", false, false},
    {"mission", DENSE ", value_3 in [1,3], value_4 in [1,7] from current where " OR16, false,
     false},
    {"dense_or", DENSE " from current where " OR16, false, false},
    {"four_dense", DENSE ", dense_1 in [1,8], dense_2 in [1,8] from current", false, false},
    {"open_or", "count value_1, value_2 from current where dense_1 in {1,2,5} && dense_2 = 3",
     false, false},
    {"sum_hundred", "sum(hundred) by " CELLS " from current", true, false},
    {"all_hundred", "avg(hundred), min(hundred), max(hundred) by " CELLS " from current", true,
     false},
    {"sum_or", "sum(hundred) by " CELLS " from current where " OR16, true, false},
    {"sum_many", "sum(hundred_thousand) by " CELLS " from current", true, false},
    {"all_many",
     "avg(hundred_thousand), min(hundred_thousand), max(hundred_thousand) by " CELLS
     " from current",
     true, false},
    {"distinct", "distinct(million) by " CELLS " from current", true, false},
    {"median", "median(thousand) by " CELLS " from current", true, false},
    {"margins", DENSE " from current totals", true, true},
    {"percent", DENSE " from current percent of row", true, true},
    {"table_2", "count " TABLE_2 " from current", true, true},
    {"table_3", "count " TABLE_3 " from current", true, true},
    {"tables", "count (" CELLS "), (" TABLE_2 "), (" TABLE_3 ") from current", true, true},
    {"table_2_or", "count " TABLE_2 " from current where " OR16, true, true},
    {"table_3_or", "count " TABLE_3 " from current where " OR16, true, true},
    {"tables_or", "count (" CELLS "), (" TABLE_2 "), (" TABLE_3 ") from current where " OR16, true,
     true},
};
enum { MISSION = 1, NQUERIES = sizeof queries / sizeof *queries };

static const char DIGITS[] = "0123456789";
static uint64_t random_state = 3;

/* ---- Measuring ---- */

static double
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static int
double_compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

struct series {
    char name[64];
    double ms[NROUNDS];
};

static void
print_series(struct series *series)
{
    qsort(series->ms, NROUNDS, sizeof *series->ms, double_compare);
    printf("time\t%s\t%.4f\t%.4f\t%.4f\n", series->name, series->ms[NROUNDS / 2], series->ms[0],
           series->ms[NROUNDS - 1]);
}

static void *
run_worker(void *arg)
{
    struct count_worker *worker = count_worker_new(arg);
    while (count_run(worker, UINT32_MAX)) {
    }
    count_worker_free(worker);
    return NULL;
}

/* The sum of a table's counts, or of the thousandths of all its numbers, which no rounding changes. */
static int64_t
sum_table(const struct table *table)
{
    int64_t sum = 0;
    for (size_t i = 0; i < table->cells.n; i++) {
        for (size_t k = 0; k < (table->numbers ? table->nleaves : 1); k++) {
            struct number number = table_number(table, i, k);
            char text[64];
            if (!table->numbers) {
                sum += number.integer;
            } else if (number.kind == NUMBER_INTEGER) {
                sum += number.integer * 1000;
            } else if (number.kind != NUMBER_NULL) {
                snprintf(text, sizeof text, "%.*s", SLICE_ARG(number.text));
                sum += llround(strtod(text, NULL) * 1000);
            }
        }
    }
    return sum;
}

static void
tell(const char *name, const struct count *count, double cost_us, const struct answer *answer)
{
    struct arena *arena = arena_new();
    size_t ncells = 0, nlines;
    int64_t sum = 0;
    for (size_t t = 0; t < answer->ntables; t++) {
        ncells += answer->tables[t]->cells.n;
        sum += sum_table(answer->tables[t]);
    }
    struct count_facts facts;
    count_facts(count, &facts);
    struct slice *lines = count_profile(arena, count, &nlines);
    printf("answer\t%s\t%zu\t%lld\n", name, ncells, (long long) sum);
    printf("text\t%s\t%.*s\n", name, SLICE_ARG(lines[0]));
    printf("figure\t%s read MB\t%.1f\n", name, (double) facts.read_bytes / 1e6);
    printf("figure\t%s estimated MB\t%.1f\n", name, (double) facts.estimated_bytes / 1e6);
    printf("figure\t%s estimated ms\t%.2f\n", name, cost_us / 1000);
    arena_free(arena);
}

/* One count from the bound query to the table; the time it took. */
static double
time_count(struct index *index, const struct bound_query *query, int nthreads,
           enum kernel_set kernels, const char *name, bool tells)
{
    struct arena *arena = arena_new();
    struct error err = {"", ""};
    struct partials *partials;
    struct answer *answer;
    double start_ms = now_ms();
    struct count *count = count_new(index, query, &(struct count_options){.kernels = kernels});
    double cost_us = count_cost_us(count);
    check(count_prepare(count, &err), err.message);
    pthread_t thread;
    if (nthreads > 1) {
        check(pthread_create(&thread, NULL, run_worker, count) == 0, "no thread");
    }
    run_worker(count);
    if (nthreads > 1) {
        pthread_join(thread, NULL);
    }
    check(count_finish(count, arena, &partials, &err), err.message);
    check(answer_build(arena, query, (const struct partials *const *) &partials, 1,
                       &(struct table_limits){.max_cells = 0}, &answer, &err),
          err.message);
    double took_ms = now_ms() - start_ms;
    if (tells) {
        tell(name, count, cost_us, answer);
    }
    count_free(count);
    arena_free(arena);
    return took_ms;
}

/* The same asked so often in a row, as a screen does that many look at: the median. */
static double
time_again(struct index *index, const struct bound_query *query)
{
    enum { NTIMES = 51 };
    double ms[NTIMES];
    for (int i = 0; i < NTIMES; i++) {
        ms[i] = time_count(index, query, 1, KERNELS_AUTO, NULL, false);
    }
    qsort(ms, NTIMES, sizeof *ms, double_compare);
    return ms[NTIMES / 2];
}

static uint64_t streamed; /* so that the reading is not left out */

/* Reads all planes of two fields once. */
static double
time_stream(const struct index *index, const char *const *fields, int nfields, double *bytes)
{
    const struct kernels *kernels = kernels_of(KERNELS_AUTO);
    double start_ms = now_ms();
    *bytes = 0;
    uint32_t nchunks = (uint32_t) ((index_nrows(index) + CHUNK_ROWS - 1) / CHUNK_ROWS);
    for (uint32_t i = 0; i < nchunks; i++) {
        for (int f = 0; f < nfields; f++) {
            const struct column *column = index->columns[index_column(index, slice_str(fields[f]))];
            const struct chunk *chunk = table_chunk(column->table, i);
            if (chunk->kind == CHUNK_PLANES) {
                streamed ^= kernels->stream(chunk->planes, (size_t) chunk->width * CHUNK_WORDS);
                *bytes += (double) chunk->width * PLANE_BYTES;
            }
        }
    }
    return now_ms() - start_ms;
}

/* "profile_" and a random row's number. */
static struct slice
random_name(char *buffer, uint64_t bits, uint64_t nrows)
{
    char number[24], *at = number + sizeof number;
    uint64_t row = 1 + (uint64_t) (((unsigned __int128) bits * nrows) >> 64);
    do {
        *--at = (char) ('0' + row % 10);
        row /= 10;
    } while (row);
    size_t ndigits = (size_t) (number + sizeof number - at);
    memcpy(buffer, "profile_", 8);
    memcpy(buffer + 8, at, ndigits);
    return slice_of(buffer, 8 + ndigits);
}

/* Single-field updates of random rows by name, so many in a call. */
static double
time_updates(struct index *index, uint64_t nrows, int at_once)
{
    static char names[NUPDATES_AT_ONCE][32];
    static struct index_pair pairs[NUPDATES_AT_ONCE];
    static struct index_write writes[NUPDATES_AT_ONCE];
    double start_ms = now_ms();
    for (int i = 0; i < NUPDATES; i += at_once) {
        for (int j = 0; j < at_once; j++) {
            uint64_t bits = bench_random(&random_state);
            pairs[j] =
                (struct index_pair){slice_lit("value_2"), slice_of(&DIGITS[1 + (bits & 7)], 1)};
            writes[j] =
                (struct index_write){random_name(names[j], bits, nrows), &pairs[j], 1, false};
        }
        if (at_once == 1) {
            index_put_fields(index, writes[0].name, pairs, 1);
        } else {
            index_put_rows(index, writes, (size_t) at_once);
        }
    }
    return now_ms() - start_ms;
}

/* The longest of the same writes, each after a snapshot that is still alive: every one copies. */
static double
longest_write_us(struct index *index, uint64_t nrows)
{
    char name[32];
    double longest_ms = 0;
    struct snapshot *snapshot = index_snapshot(index);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = bench_random(&random_state);
        struct slice row = random_name(name, bits, nrows);
        struct index_pair pair = {slice_lit("value_2"), slice_of(&DIGITS[1 + (bits & 7)], 1)};
        struct snapshot *next = index_snapshot(index);
        double start_ms = now_ms();
        index_put_fields(index, row, &pair, 1);
        double took_ms = now_ms() - start_ms;
        longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
        snapshot_release(snapshot);
        snapshot = next;
    }
    snapshot_release(snapshot);
    return longest_ms * 1000;
}

static void
print_memory(const struct index *index)
{
    struct index_stats stats;
    struct index_field_stats field;
    uint64_t bytes = 0;
    index_stats(index, &stats);
    for (size_t i = 0; index_field(index, i, &field); i++) {
        if (slice_starts_with(field.name, slice_lit("value_"))) {
            bytes += field.bytes;
        }
    }
    double nrows = (double) stats.rows;
    printf("figure\tbits a row, 20 fields\t%.2f\n", (double) bytes * 8 / nrows);
    printf("figure\tbytes a row, names\t%.2f\n", (double) stats.name_bytes / nrows);
    printf("figure\tbytes a row, all\t%.2f\n", (double) stats.bytes / nrows);
    for (int kind = 0; kind < CHUNK_NKINDS; kind++) {
        printf("figure\tchunks %s\t%llu\n", chunk_kind_name((enum chunk_kind) kind),
               (unsigned long long) stats.chunks[kind]);
    }
}

static const struct bound_query *
bind(struct arena *arena, const struct catalog *catalog, const char *text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    struct bound_query *query = NULL;
    check(query_parse(arena, slice_str(text), &limits, &ast, &err) &&
              query_bind(arena, ast, catalog, 1000000, &query, &err),
          err.message);
    return query;
}

/* Waits for its turn. */
static void
take_turn(bool takes_turns)
{
    if (takes_turns) {
        puts("ready");
        fflush(stdout);
        while (getchar() != '\n' && !feof(stdin)) {
        }
    }
}

static bool
is_asked(const char *only, const struct query *query)
{
    return strncmp(query->name, only, strlen(only)) == 0;
}

static void
measure(struct index *index, uint64_t nrows, const char *only, bool takes_turns)
{
    static const char *const dense[] = {"value_1", "value_2", "dense_1", "dense_2"};
    static struct series one[NQUERIES], two[NQUERIES], other[2], stream, stream_four, updates,
        batched, again;
    static const enum kernel_set others[] = {KERNELS_AVX2, KERNELS_PLAIN};
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct error err = {"", ""};
    double bytes = 0;
    check(catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err),
          err.message);
    const struct bound_query *bound[NQUERIES];
    for (int q = 0; q < NQUERIES; q++) {
        bound[q] = bind(arena, catalog, queries[q].text);
        if (!is_asked(only, &queries[q])) {
            continue;
        }
        time_count(index, bound[q], 1, KERNELS_AUTO, queries[q].name, true);
        snprintf(one[q].name, sizeof one[q].name, "%s, one thread", queries[q].name);
        snprintf(two[q].name, sizeof two[q].name, "%s, two threads", queries[q].name);
    }
    snprintf(again.name, sizeof again.name, "%s, again and again", queries[MISSION].name);
    snprintf(stream.name, sizeof stream.name, "stream value_1, value_2");
    snprintf(stream_four.name, sizeof stream_four.name, "stream four dense");
    snprintf(updates.name, sizeof updates.name, "2^20 updates, one by one");
    snprintf(batched.name, sizeof batched.name, "2^20 updates, 32 in a call");
    for (int round = 0; round < NROUNDS; round++) {
        take_turn(takes_turns);
        stream_four.ms[round] = time_stream(index, dense, 4, &bytes);
        stream.ms[round] = time_stream(index, dense, 2, &bytes);
        for (int q = 0; q < NQUERIES; q++) {
            if (!is_asked(only, &queries[q])) {
                continue;
            }
            if (!queries[q].is_measured || queries[q].is_beside_counts) {
                one[q].ms[round] = time_count(index, bound[q], 1, KERNELS_AUTO, NULL, false);
            }
            two[q].ms[round] = time_count(index, bound[q], 2, KERNELS_AUTO, NULL, false);
        }
        if (!*only) {
            again.ms[round] = time_again(index, bound[MISSION]);
        }
        for (int k = 0; k < 2 && !*only; k++) {
            snprintf(other[k].name, sizeof other[k].name, "dense, one thread, %s",
                     kernel_set_name(kernel_set_chosen(others[k])));
            other[k].ms[round] = time_count(index, bound[0], 1, others[k], NULL, false);
        }
    }
    take_turn(takes_turns);
    printf("figure\tstream MB\t%.1f\n", bytes / 1e6);
    print_series(&stream);
    print_series(&stream_four);
    for (int q = 0; q < NQUERIES; q++) {
        if (is_asked(only, &queries[q]) && !queries[q].is_measured) {
            print_series(&one[q]);
        }
        if (is_asked(only, &queries[q])) {
            print_series(&two[q]);
        }
    }
    if (!*only) {
        print_series(&again);
        print_series(&other[0]);
        print_series(&other[1]);
    }
    /* Last: they change the data. */
    for (int round = 0; round < NROUNDS && !*only; round++) {
        updates.ms[round] = time_updates(index, nrows, 1);
        batched.ms[round] = time_updates(index, nrows, NUPDATES_AT_ONCE);
    }
    if (!*only) {
        print_series(&updates);
        print_series(&batched);
        printf("figure\tlongest write after a snapshot, us\t%.0f\n",
               longest_write_us(index, nrows));
    }
    catalog_free(catalog);
    arena_free(arena);
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        {"rows", required_argument, NULL, 'r'}, {"clustered", no_argument, NULL, 'c'},
        {"turns", no_argument, NULL, 't'},      {"csv", no_argument, NULL, 'v'},
        {"only", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
    int64_t nrows = 100000000;
    const char *only = "";
    bool is_clustered = false, writes_csv = false, takes_turns = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r':
            check(slice_to_int64(slice_str(optarg), &nrows) && nrows > 0, "--rows takes a number");
            break;
        case 'c': is_clustered = true; break;
        case 't': takes_turns = true; break;
        case 'v': writes_csv = true; break;
        case 'o': only = optarg; break;
        default:
            check(false,
                  "usage: bench_columns [--rows N] [--clustered] [--turns] [--csv] [--only NAME]");
        }
    }
    struct bench_rows *rows = bench_rows_new((uint64_t) nrows);
    if (writes_csv) {
        bench_rows_write_csv(rows);
        bench_rows_free(rows);
        return 0;
    }
    double start_ms = now_ms();
    struct index *index = bench_rows_index(rows, is_clustered);
    printf("figure\trows\t%lld\nfigure\trows/s built\t%.0f\n", (long long) nrows,
           (double) nrows / (now_ms() - start_ms) * 1000);
    bench_rows_free(rows);
    print_memory(index);
    measure(index, (uint64_t) nrows, only, takes_turns);
    index_free(index);
    return streamed == 1; /* hardly ever */
}
