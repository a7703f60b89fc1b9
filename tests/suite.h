/*
 * How every unit test's main ends: runs a suite, says what failed, and gives the exit status.
 *
 *     return suite_run(suite);
 */
#ifndef QUIPU_TESTS_SUITE_H
#define QUIPU_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Takes the suite over. */
static inline int
suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int nfailed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return nfailed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
