/*
 * A short page about queries. in: the text of a query; out: lines.
 *
 *     count help   ->   1) COUNT [dimension, ...] FROM dataset [WHERE condition] [option ...]
 *                       2) ...
 */
#include "server/commands/query_help.h"

#include <ctype.h>

static const char *const PAGE[] = {
    "COUNT [dimension, ...] FROM dataset [WHERE condition] [option ...]. For example:",
    "  count sex, age by 10 from current where region = north",
    "measure [, ...] [BY dimension, ...] FROM dataset ... For example:",
    "  avg(income), count by sex from current",
    "Dimensions: field, field IN [1,8], field IN {1, 2, [5,9] AS some, OTHER, MISSING}, field BY 10,",
    "  field BY YEAR|QUARTER|MONTH|WEEK|DAY|WEEKDAY|HOUR, field BY 4 QUANTILES. In a list also groups",
    "  (a, b) AS c, NET (a, b), WHEN (age > 40) AS old, *, TOP 5. Several tables: (sex), (sex, age).",
    "Measures: COUNT, SUM(field), AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT,",
    "  QUANTILE(field, 0.9).",
    "Conditions: = != < <= > >=, IN {1,2}, IN [1,5), BETWEEN 1 AND 5, LIKE or ILIKE 'a%',",
    "  IS MISSING, EXISTS; AND, OR, NOT, parentheses.",
    "Options: HAVING, ORDER BY, LIMIT, TOTALS, PERCENT OF ROW|COLUMN|TOTAL, WEIGHT BY, SUPPRESS BELOW,",
    "  TEST CHI2|COLUMNS, RESIDUALS, CI, INTO key, TIMEOUT, NOCACHE,",
    "  FORMAT NESTED|ROWS|MAP|TABLE|MARKDOWN|JSON|CSV.",
    "ROWS field [, ...] FROM dataset or ROWS * FROM dataset, with WHERE, ORDER BY field, LIMIT, OFFSET,",
    "  FORMAT ROWS|JSON|CSV|TABLE, shows the rows themselves.",
    "VALUES field FROM dataset and DESCRIBE dataset show what there is.",
    "EXPLAIN or PROFILE in front of a query shows how it is answered.",
    "redis-cli takes quotes away; this way it leaves them where they are:",
    "  query \"count from current where city = 'New York'\"",
};

static struct slice
skip(struct slice text, bool spaces)
{
    while (text.len && (isspace((unsigned char) text.ptr[0]) != 0) == spaces) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    return text;
}

bool
query_help_is_wanted(struct slice text)
{
    struct slice behind_verb = skip(skip(skip(text, true), false), true);
    struct slice behind = skip(behind_verb, false);
    struct slice word = slice_of(behind_verb.ptr, behind_verb.len - behind.len);
    return slice_equal_nocase(word, slice_lit("help")) && !skip(behind, true).len;
}

void
query_help_reply(struct resp_writer *out)
{
    size_t nlines = sizeof PAGE / sizeof *PAGE;
    resp_write_array(out, nlines);
    for (size_t i = 0; i < nlines; i++) {
        resp_write_simple(out, slice_str(PAGE[i]));
    }
}
