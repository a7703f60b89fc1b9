/*
 * Writes a table's test into a document. in: its chi-square test, residuals and letters, as far as
 * they were asked for; out: a map of four.
 *
 * Example: with TEST COLUMNS alone "chi2" and "residuals" are null.
 */
#include "answer/document_test.h"

#include "answer/chi2.h"
#include "answer/column_letters.h"

static void
keyed_real(struct document *doc, const char *name, double x)
{
    document_key(doc, name);
    document_real(doc, x);
}

static void
chi2_write(const struct chi2_test *test, struct document *doc)
{
    if (!test || test->is_null) {
        document_null(doc);
        return;
    }
    document_map(doc, 7);
    keyed_real(doc, "statistic", test->statistic);
    document_key(doc, "df");
    document_integer(doc, (int64_t) test->df);
    keyed_real(doc, "p", test->p);
    keyed_real(doc, "v", test->v);
    keyed_real(doc, "low_expected", test->low_expected);
    document_key(doc, "yates");
    if (test->has_yates) {
        document_map(doc, 2);
        keyed_real(doc, "statistic", test->yates_statistic);
        keyed_real(doc, "p", test->yates_p);
        document_end(doc);
    } else {
        document_null(doc);
    }
    document_key(doc, "fisher");
    if (test->has_fisher) {
        document_map(doc, 2);
        keyed_real(doc, "p", test->fisher.p);
        keyed_real(doc, "odds_ratio", test->fisher.odds_ratio);
        document_end(doc);
    } else {
        document_null(doc);
    }
    document_end(doc);
}

static void
letters_write(const struct letters *letters, struct document *doc)
{
    struct strbuf text;
    strbuf_init(&text);
    letters_print(letters, &text);
    document_text(doc, strbuf_slice(&text));
    strbuf_fini(&text);
}

/* Residuals, or letters: rows of as many as there are columns. */
static void
grid_write(const struct table_test *test, const double *residuals, const struct letters *letters,
           struct document *doc)
{
    if (!residuals && !letters) {
        document_null(doc);
        return;
    }
    document_list(doc, test->nrows);
    for (size_t row = 0; row < test->nrows; row++) {
        document_list(doc, test->ncols);
        for (size_t i = row * test->ncols; i < (row + 1) * test->ncols; i++) {
            if (residuals) {
                document_real(doc, residuals[i]);
            } else {
                letters_write(&letters[i], doc);
            }
        }
        document_end(doc);
    }
    document_end(doc);
}

void
document_test(struct document *doc, const struct table *table, const struct table_test *test)
{
    document_map(doc, 4);
    document_key(doc, "layer");
    document_list(doc, table->ndims - 2);
    for (size_t d = 0; d < table->ndims - 2; d++) {
        document_integer(doc, (int64_t) test->layer[d]);
    }
    document_end(doc);
    document_key(doc, "chi2");
    chi2_write(test->chi2, doc);
    document_key(doc, "residuals");
    grid_write(test, test->residuals, NULL, doc);
    document_key(doc, "letters");
    grid_write(test, NULL, test->letters, doc);
    document_end(doc);
}
