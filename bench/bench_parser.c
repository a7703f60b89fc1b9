/*
 * How long a long query takes to parse: 10,000 OR'ed tests, the median of many runs.
 *
 *     $ build/bench_parser
 *     10000 tests, 64 KiB: lex 0.5 ms, lex and parse 1.9 ms
 *     10000 tests, 64 KiB, wrong at the end: 3.1 ms
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "parser/lexer.h"
#include "parser/parse.h"

enum { NTESTS = 10000, NRUNS = 201 };

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

static void
lex(struct slice text)
{
    struct lexer lexer;
    struct token token;
    struct error err = {0};
    lexer_init(&lexer, text);
    do {
        if (!lexer_next(&lexer, &token, &err)) {
            fprintf(stderr, "bench_parser: %s\n", err.message);
            exit(1);
        }
    } while (token.kind);
}

static void
parse(struct slice text)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query;
    struct error err = {0};
    if (!query_parse(arena, text, &limits, &query, &err) || query->where->nchildren != NTESTS) {
        fprintf(stderr, "bench_parser: %s\n", err.message);
        exit(1);
    }
    arena_free(arena);
}

static void
refuse(struct slice text)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query;
    struct error err = {0};
    if (query_parse(arena, text, &limits, &query, &err)) {
        fprintf(stderr, "bench_parser: a wrong query was taken\n");
        exit(1);
    }
    arena_free(arena);
}

static double
median_ms(void (*run)(struct slice), struct slice text)
{
    static double took_ms[NRUNS];
    for (size_t i = 0; i < NRUNS; i++) {
        double start_ms = now_ms();
        run(text);
        took_ms[i] = now_ms() - start_ms;
    }
    qsort(took_ms, NRUNS, sizeof *took_ms, double_compare);
    return took_ms[NRUNS / 2];
}

int
main(void)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count a in [1,2] from current where a=0");
    for (size_t i = 1; i < NTESTS; i++) {
        strbuf_printf(&text, "||%c=%zu", (char) ('a' + i % 26), i % 100);
    }
    size_t kib = text.len / 1024;
    double lex_ms = median_ms(lex, strbuf_slice(&text));
    double parse_ms = median_ms(parse, strbuf_slice(&text));
    printf("%d tests, %zu KiB: lex %.2f ms, lex and parse %.2f ms\n", NTESTS, kib, lex_ms,
           parse_ms);
    strbuf_append_str(&text, " limt 10");
    printf("%d tests, %zu KiB, wrong at the end: %.2f ms\n", NTESTS, kib,
           median_ms(refuse, strbuf_slice(&text)));
    strbuf_fini(&text);
    return 0;
}
