/*
 * server/metrics: the table, labels, numbers, and the figures of commands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "executor/query_figures.h"
#include "executor/shards/command_table.h"
#include "server/client/call.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/metric_print.h"
#include "server/metrics/metric_table.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct {
    const char *value, *shown;
} label_rows[] = {
    {"", "\"\""},
    {"current", "\"current\""},
    {"a \"b\"\\c\nd", "\"a \\\"b\\\"\\\\c\\nd\""},
    {"\xc3\xa9\xff", "\"\xc3\xa9\xef\xbf\xbd\""},
};

START_TEST(test_label)
{
    struct strbuf out;
    strbuf_init(&out);
    metric_print_label(&out, slice_str(label_rows[_i].value));
    ck_assert_str_eq(out.ptr, label_rows[_i].shown);
    strbuf_fini(&out);
}
END_TEST

static const struct {
    long long number;
    int decimals;
    const char *shown;
} number_rows[] = {{0, 0, "0"},        {17, 0, "17"},  {1250, 2, "12.50"},
                   {5, 2, "0.05"},     {0, 2, "0.00"}, {1000001, 6, "1.000001"},
                   {16, 6, "0.000016"}};

START_TEST(test_number)
{
    struct strbuf out;
    strbuf_init(&out);
    metric_print_number(&out, number_rows[_i].number, number_rows[_i].decimals);
    ck_assert_str_eq(out.ptr, number_rows[_i].shown);
    strbuf_fini(&out);
}
END_TEST

/* Rows of one name stand together, the first of them has the help; counters are named as such. */
START_TEST(test_table)
{
    const struct metric *metric;
    for (size_t i = 0; (metric = metric_at(i)); i++) {
        ck_assert(metric->name || metric->section);
        ck_assert(!metric->section || metric->line || metric->print_lines);
        const struct metric *before = i > 0 ? metric_at(i - 1) : NULL;
        bool goes_on =
            before && before->name && metric->name && strcmp(before->name, metric->name) == 0;
        ck_assert_msg(!metric->name || goes_on == !metric->help, "%s", metric->name);
        size_t len = metric->name ? strlen(metric->name) : 0;
        bool is_total = len > 6 && strcmp(metric->name + len - 6, "_total") == 0;
        ck_assert(!metric->name || is_total == (metric->type == METRIC_COUNTER));
        const struct metric *other;
        for (size_t j = 0; (other = metric_at(j)) && j + 1 < i; j++) {
            ck_assert_msg(!metric->help || !other->name || strcmp(metric->name, other->name) != 0,
                          "%s stands in two places", metric->name ? metric->name : "");
            ck_assert(!metric->line || !other->line || strcmp(metric->line, other->line) != 0);
        }
    }
}
END_TEST

/* The page has the row of each metric, just as the table prints it. */
START_TEST(test_documents)
{
    static char page[256 * 1024];
    const struct metric *metric;
    struct strbuf row, lacking;
    strbuf_init(&row);
    strbuf_init(&lacking);
    FILE *file = fopen(QUIPU_SOURCE_DIR "/docs/metrics.md", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_lt(fread(page, 1, sizeof page - 1, file), sizeof page - 1);
    fclose(file);
    for (size_t i = 0; (metric = metric_at(i)); i++) {
        strbuf_clear(&row);
        if (metric->help) {
            metric_print_row(metric, &row);
            strbuf_append_str(&lacking, strstr(page, row.ptr) ? "" : row.ptr);
        }
    }
    if (lacking.len) {
        printf("docs/metrics.md lacks:\n%s", lacking.ptr);
    }
    ck_assert_uint_eq(lacking.len, 0);
    strbuf_fini(&row);
    strbuf_fini(&lacking);
}
END_TEST

static void
add(struct command_stats *stats, const struct call *call, int64_t took_us, bool is_error)
{
    command_stats_end(stats, command_stats_of(stats, call), took_us, is_error);
}

/* A command is one, whoever answers it; its kind is that of its row. */
START_TEST(test_commands)
{
    const struct command parent = {.name = "config"}, sub = {.name = "get"};
    const struct command own_hget = {.name = "hget", .first_key = 1};
    const struct command_spec hget = {.name = SLICE_LIT("hget"), .flags = COMMAND_READONLY};
    const struct command_spec set = {.name = SLICE_LIT("set"), .flags = COMMAND_WRITE};
    const struct call calls[] = {{.command = &sub, .parent = &parent},
                                 {.command = &own_hget},
                                 {.spec = &hget},
                                 {.spec = &set}};
    struct command_stats *stats = command_stats_new();
    const struct call unknown = {.nargs = 0};
    ck_assert_ptr_null(command_stats_of(stats, &unknown));
    for (int i = 0; i < NROWS(calls); i++) {
        add(stats, &calls[i], 10 * (i + 1), i == 3);
    }
    command_stats_forget_specs(stats);
    add(stats, &calls[2], -1, false);
    command_stats_reject(command_stats_of(stats, &calls[3]));
    const struct command_stat *stat = command_stats_at(stats, 0);
    ck_assert_str_eq(stat->name, "config|get");
    ck_assert_int_eq(stat->kind, COMMAND_KIND_OTHER);
    stat = command_stats_at(stats, 1);
    ck_assert_str_eq(stat->name, "hget");
    ck_assert_int_eq(stat->kind, COMMAND_KIND_READ);
    ck_assert_uint_eq(stat->calls, 3);
    ck_assert_uint_eq(stat->us, 50);
    ck_assert_uint_eq(stat->took->count, 2);
    stat = command_stats_at(stats, 2);
    ck_assert_str_eq(stat->name, "set");
    ck_assert_int_eq(stat->kind, COMMAND_KIND_WRITE);
    ck_assert_uint_eq(stat->failed, 1);
    ck_assert_uint_eq(stat->rejected, 1);
    ck_assert_ptr_null(command_stats_at(stats, 3));
    ck_assert_uint_eq(command_stats_of_kind(stats, COMMAND_KIND_READ)->sum_us, 50);
    command_stats_reset(stats);
    ck_assert_uint_eq(command_stats_of_kind(stats, COMMAND_KIND_READ)->count, 0);
    ck_assert_ptr_null(command_stats_at(stats, 1)->took);
    command_stats_track(stats, false);
    add(stats, &calls[1], 5, false);
    ck_assert_uint_eq(command_stats_at(stats, 1)->calls, 1);
    ck_assert_ptr_null(command_stats_at(stats, 1)->took);
    command_stats_free(stats);
}
END_TEST

/* The table of addresses grows; each command keeps its stat. */
START_TEST(test_many_commands)
{
    enum { N = 1000 };
    static struct command commands[N];
    static char names[N][16];
    struct command_stats *stats = command_stats_new();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            snprintf(names[i], sizeof names[i], "c%d", i);
            commands[i] = (struct command){.name = names[i]};
            const struct call call = {.command = &commands[i]};
            add(stats, &call, i, false);
        }
    }
    for (int i = 0; i < N; i++) {
        ck_assert_str_eq(command_stats_at(stats, (size_t) i)->name, names[i]);
        ck_assert_uint_eq(command_stats_at(stats, (size_t) i)->us, (uint64_t) (3 * i));
    }
    ck_assert_ptr_null(command_stats_at(stats, N));
    command_stats_free(stats);
}
END_TEST

static const struct {
    const char *code;
    enum query_outcome outcome;
} outcome_rows[] = {{"", OUTCOME_OK},
                    {"ERR", OUTCOME_ERROR},
                    {"NODATASET", OUTCOME_ERROR},
                    {"NOPERM", OUTCOME_ERROR},
                    {"TIMEOUT", OUTCOME_TIMEOUT},
                    {"KILLED", OUTCOME_KILLED},
                    {"LOADING", OUTCOME_UNAVAILABLE},
                    {"SHARDDOWN", OUTCOME_UNAVAILABLE}};

START_TEST(test_outcome)
{
    struct query_figures figures = {0};
    struct error err = {"", ""};
    bool is_error = outcome_rows[_i].code[0] != '\0';
    if (is_error) {
        (void) error_set(&err, outcome_rows[_i].code, "x");
    }
    query_figures_end(&figures, NULL, is_error ? &err : NULL, 7);
    for (int outcome = 0; outcome < OUTCOME_NOUTCOMES; outcome++) {
        ck_assert_uint_eq(figures.ended[FIGURES_BY_NONE][outcome],
                          outcome == (int) outcome_rows[_i].outcome);
    }
    ck_assert_uint_eq(figures.took[FIGURES_BY_NONE].sum_us, 7);
    query_figures_cancel(&figures, NULL);
    ck_assert_uint_eq(figures.ended[FIGURES_BY_NONE][OUTCOME_CANCELLED], 1);
    ck_assert_uint_eq(figures.took[FIGURES_BY_NONE].count, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_label, 0, NROWS(label_rows));
    tcase_add_loop_test(tcase, test_number, 0, NROWS(number_rows));
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_documents);
    tcase_add_test(tcase, test_commands);
    tcase_add_test(tcase, test_many_commands);
    tcase_add_loop_test(tcase, test_outcome, 0, NROWS(outcome_rows));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
