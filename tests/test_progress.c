/*
 * What the progress line says.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/progress.h"

static const struct {
    uint64_t rows;
    int64_t bytes, total_bytes, elapsed_ms;
    const char *line;
} rows[] = {
    {0, 0, 1000, 0, "[....................]   0%  0 rows  0 rows/s"},
    {453000, 450, 1000, 7402,
     "[#########...........]  45%  453,000 rows  61,199 rows/s  0:09 left"},
    {1000000, 1000, 1000, 16000,
     "[####################] 100%  1,000,000 rows  62,500 rows/s  0:00 left"},
    {10, 2000, 1000, 1000, "[####################] 100%  10 rows  10 rows/s  0:00 left"},
    {1, 1, 1000, 1000, "[....................]   0%  1 rows  1 rows/s  16:39 left"},
    {1234, 99, -1, 1000, "1,234 rows  1,234 rows/s"},
};

START_TEST(test_line)
{
    char buffer[PROGRESS_LINE_BYTES];
    ck_assert_str_eq(progress_print(buffer, rows[_i].rows, rows[_i].bytes, rows[_i].total_bytes,
                                    rows[_i].elapsed_ms),
                     rows[_i].line);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");
    tcase_add_loop_test(tcase, test_line, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
