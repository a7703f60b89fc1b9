/*
 * Help for the words of the language. in: a word; out: lines, each topic with an example.
 *
 * Example: ROW, COLUMN and OF are words of the topic PERCENT. docs/language.md says more.
 */
#include "tools/shell/help.h"

static const struct {
    const char *words; /* the first is the topic's name */
    const char *text, *example;
} TOPICS[] = {
    {"COUNT",
     "COUNT [dimension, ...] FROM dataset [WHERE condition] [option ...]\n"
     "  Counts rows in each cell of a table; without dimensions, all that the condition holds for.",
     "count sex, age by 10 from survey where region = north"},
    {"FROM DATASET", "FROM dataset\n  \\d lists the datasets.", "count from survey"},
    {"WHERE CONDITION AND OR NOT = != < <= > >=",
     "WHERE condition\n"
     "  = != < <= > >=, IN {1, 2}, IN [1,5), BETWEEN 1 AND 5, LIKE 'a%', IS MISSING, EXISTS,\n"
     "  joined by AND, OR, NOT and parentheses. A test of a field that a row lacks is false.",
     "count from survey where age >= 18 and not region in {north, south}"},
    {"IN POSITIONS",
     "field IN [1,8] | field IN {value, [5,9], (a, b) AS label, NET(a, b), *, OTHER, MISSING}\n"
     "  The positions of a dimension: of integers one each, or a list; in WHERE, a test.",
     "count region in {north, (south, east) as others, missing} from survey"},
    {"BY BINS QUANTILES YEAR QUARTER MONTH WEEK DAY WEEKDAY HOUR",
     "field BY width | YEAR|QUARTER|MONTH|WEEK|DAY|WEEKDAY|HOUR | n QUANTILES\n"
     "  Bins of a number or of a date. Behind a measure: BY dimension, ...",
     "count income by 4 quantiles from survey"},
    {"AS", "... AS name\n  Names a dimension, a position or a measure.",
     "avg(income) as mean by sex from survey"},
    {"MISSING EXISTS IS",
     "MISSING, field IS MISSING, field EXISTS\n  Rows that lack a field; in a list, their position.",
     "count region in {*, missing} from survey"},
    {"OTHER * TOP",
     "*, TOP n, OTHER\n"
     "  In a list: all values, the n most frequent, all that no other position of the list names.",
     "count region in {top 3, other} from survey"},
    {"NET", "NET(value, ...) [AS label]\n  A position that may overlap others.",
     "count region in {north, south, net(north, south) as both} from survey"},
    {"WHEN",
     "{WHEN (condition) AS label, ...} AS name\n  Positions by conditions; they may overlap.",
     "count {when (age < 30) as young, when (income > 50000) as rich} as who from survey"},
    {"LIKE ILIKE",
     "field LIKE 'a%' | field ILIKE 'a%'\n"
     "  % is any text, _ one character; ILIKE takes letters of either case.",
     "count from survey where region like 'n%'"},
    {"BETWEEN", "field BETWEEN low AND high\n  Both ends belong to it.",
     "count from survey where age between 30 and 39"},
    {"SUM AVG MIN MAX MEDIAN STDDEV VARIANCE DISTINCT QUANTILE MEASURE",
     "SUM|AVG|MIN|MAX|MEDIAN|STDDEV|VARIANCE|DISTINCT(field), QUANTILE(field, p), COUNT\n"
     "  Measures of each cell: measure, ... [BY dimension, ...] FROM dataset",
     "avg(income), median(income), count by region from survey"},
    {"VALUES",
     "VALUES field FROM dataset [WHERE condition]\n  A field's values, each with its count.",
     "values region from survey"},
    {"ROWS", "ROWS *|field, ... FROM dataset [WHERE condition]\n  The rows themselves.",
     "rows sex, age from survey where income > 50000 limit 10"},
    {"DESCRIBE",
     "DESCRIBE dataset\n  Its fields: kind, values, rows that have them. As \\d dataset.",
     "describe survey"},
    {"EXPLAIN PROFILE",
     "EXPLAIN query | PROFILE query\n  How a query is answered; PROFILE runs it and shows the times.",
     "explain count sex from survey"},
    {"TOTALS TOTAL", "TOTALS\n  A position more at the end of each dimension: all of its rows.",
     "count sex, region from survey totals"},
    {"PERCENT OF ROW COLUMN WITH",
     "PERCENT OF ROW|COLUMN|TOTAL [WITH COUNT]\n  Shares, from 0 to 100, in place of counts.",
     "count sex, region from survey percent of row with count"},
    {"HAVING", "HAVING measure|name comparison number\n  Keeps the cells for which it holds.",
     "count region from survey having count > 50"},
    {"ORDER ASC DESC", "ORDER BY measure|name [ASC|DESC], ...\n  Makes the answer a list, sorted.",
     "count region from survey order by count desc"},
    {"LIMIT OFFSET", "LIMIT n [OFFSET m]\n  The first cells alone.",
     "count region from survey order by count desc limit 3"},
    {"WEIGHT", "WEIGHT BY field\n  Each row counts as much as the field says.",
     "count sex from survey weight by weight"},
    {"SUPPRESS BELOW",
     "SUPPRESS BELOW n\n  Hides small counts, and what they could be worked out of.",
     "count sex, region from survey suppress below 5"},
    {"TEST CHI2 COLUMNS LEVEL",
     "TEST CHI2 | TEST COLUMNS [LEVEL alpha]\n"
     "  Are rows and columns independent; which columns' shares differ.",
     "count sex, region from survey test chi2"},
    {"RESIDUALS", "RESIDUALS\n  Adjusted standardized residuals of each cell.",
     "count sex, region from survey residuals"},
    {"CI", "CI confidence\n  Intervals of percentages (Wilson's).",
     "count sex, region from survey percent of row ci 0.95"},
    {"INTO EX", "INTO key [EX seconds]\n  Writes the cells into a hash.",
     "count region from survey into regions ex 3600"},
    {"FORMAT NESTED MAP TABLE MARKDOWN JSON CSV",
     "FORMAT NESTED|ROWS|MAP|TABLE|MARKDOWN|JSON|CSV\n  For one query; \\format for all.",
     "count sex from survey format csv"},
    {"MULTI PLAIN",
     "DATASET ALTER dataset FIELD field MULTI separator | PLAIN\n"
     "  A field of several values: a row is in each of their positions. PLAIN: it has one again.",
     "dataset alter survey field languages multi ,"},
    {"EPOCH",
     "DATASET ALTER dataset FIELD field EPOCH s|ms\n"
     "  A field of seconds or milliseconds since 1970 is read as dates (UTC), for BY MONTH and its kin.",
     "dataset alter survey field created epoch s"},
    {"LABEL LABELS",
     "DATASET LABEL dataset field value label [value label ...] | label\n"
     "  What values, or the field itself, are called in tables.",
     "dataset label survey smokes yes Smoker no \"No smoker\""},
    {"TIMEOUT", "TIMEOUT milliseconds\n  An error, if the answer takes longer.",
     "count from survey timeout 500"},
    {"NOCACHE", "NOCACHE\n  Neither reads nor keeps cached filters.", "count from survey nocache"},
};
enum { NTOPICS = sizeof TOPICS / sizeof *TOPICS };

bool
help_append(struct strbuf *out, struct slice word)
{
    for (size_t i = 0; i < NTOPICS; i++) {
        struct slice words = slice_str(TOPICS[i].words);
        while (words.len) {
            if (slice_equal_nocase(slice_shift(&words, ' '), word)) {
                strbuf_printf(out, "%s\n  For example: %s\n", TOPICS[i].text, TOPICS[i].example);
                return true;
            }
        }
    }
    return false;
}

void
help_append_overview(struct strbuf *out)
{
    enum { WIDTH = 76 };
    strbuf_append_str(out, "\nA query ends with `;` or an empty line. For example:\n"
                           "  count sex, age by 10 from survey where region = north totals;\n"
                           "\\help word tells more of these:\n");
    size_t used = 0;
    for (size_t i = 0; i < NTOPICS; i++) {
        struct slice words = slice_str(TOPICS[i].words), name = slice_shift(&words, ' ');
        if (used + name.len > WIDTH) {
            strbuf_append_char(out, '\n');
            used = 0;
        }
        strbuf_append_str(out, used ? " " : "  ");
        strbuf_append(out, name);
        used += name.len + 1;
    }
    strbuf_append_char(out, '\n');
}
