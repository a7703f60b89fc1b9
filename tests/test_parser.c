/*
 * The parser: each query gives this tree (ast_print), or, where the tree is NULL, this error.
 */
#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "parser/ast_print.h"
#include "parser/ast_text.h"
#include "parser/parse.h"
#include "tests/suite.h"

struct row {
    const char *query;
    const char *tree;  /* NULL: a syntax error is expected */
    const char *error; /* its message; NULL: any */
};

static const struct row select_rows[] = {
    {"count from current", "(count (from current))", NULL},
    {"  COUNT\r\n\tFROM\ncurrent\n", "(count (from current))", NULL},
    {"explain count from d", "(explain (count (from d)))", NULL},
    {"Profile Count a From d", "(profile (count (dim a) (from d)))", NULL},
    {"count a from `my data`", "(count (dim a) (from `my data`))", NULL},
    {"count a from d:1.x-y", "(count (dim a) (from d:1.x-y))", NULL},
    /* measures */
    {"count by a from d", "(select count (dim a) (from d))", NULL},
    {"count by a, b in [1,2] from d", "(select count (dim a) (dim b in [1,2]) (from d))", NULL},
    {"count, sum(x) from d", "(select count (sum x) (from d))", NULL},
    {"count, count from d", "(select count count (from d))", NULL},
    {"sum(x) from d", "(select (sum x) (from d))", NULL},
    {"sum(x) by a from current", "(select (sum x) (dim a) (from current))", NULL},
    {"AVG ( x ) , min(`a b`), count, max(y), distinct(z) by a by 10, b from d",
     "(select (avg x) (min `a b`) count (max y) (distinct z) (dim a by 10) (dim b) (from d))",
     NULL},
    {"count() from d", NULL, "at column 7: expected a field name, found ')'"},
    {"count a, sum(x) from d", NULL,
     "at column 13: expected ',', IN, BY or FROM, found '('; measures have commas between them: count, avg(a) by b from current"},
    {"sum(x) a from d", NULL,
     "at column 8: expected ',', BY or FROM, found 'a'; dimensions stand behind BY: avg(x) by a, b from current"},
    {"sum x from d", NULL, "at column 5: expected '(', found 'x'"},
    {"sum() from d", NULL, "at column 5: expected a field name, found ')'"},
    {"sum(x from d", NULL, "at column 7: expected ')', found 'from'"},
    {"count, a from d", NULL,
     "at column 8: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT or QUANTILE, found 'a'; dimensions stand behind BY: avg(x) by a, b from current"},
    {"", NULL,
     "at column 1: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES, DESCRIBE, EXPLAIN or PROFILE, found end of query"},
    {"select a from d", NULL,
     "at column 1: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES, DESCRIBE, EXPLAIN or PROFILE, found 'select'; a query begins with COUNT: count a, b from current"},
    {"explain profile count from d", NULL,
     "at column 9: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES or DESCRIBE, found 'profile'; a query begins with COUNT: count a, b from current"},
    {"count", NULL, "at column 6: expected a field name, ',', BY or FROM, found end of query"},
    {"count a", NULL, "at column 8: expected ',', IN, BY or FROM, found end of query"},
    {"count a from", NULL, "at column 13: expected a dataset name, found end of query"},
    {"count a from 'd'", NULL,
     "at column 14: expected a dataset name, found the text 'd'; a name stands without quotes, or in backquotes"},
    {"count a from d e", NULL,
     "at column 16: expected WHERE, an option or end of query, found 'e'"},
    {"count a from d;", "(count (dim a) (from d))", NULL},
    {"count a from d where b = 1 totals ;", "(count (dim a) (from d) (where (= b 1)) (totals))",
     NULL},
    {"explain count from d ; ", "(explain (count (from d)))", NULL},
    {"count a from d;;", NULL, "at column 16: expected end of query, found ';'"},
    {"count a from d; count b from d", NULL, "at column 17: expected end of query, found 'count'"},
    {"; count from d", NULL, NULL},
    {"count a from d -- all", NULL, NULL},
    {"count 'a' from d", NULL,
     "at column 7: expected a field name, ',', BY or FROM, found the text 'a'; a name stands without quotes, or in backquotes"},
    {"count `` from d", NULL, "at column 7: a name cannot be empty"},
};

/* All measures, names for them, and the other statements. */
static const struct row statement_rows[] = {
    {"median(x), stddev(x), variance(x), quantile(x, 0.90) from d",
     "(select (median x) (stddev x) (variance x) (quantile x 0.9) (from d))", NULL},
    {"quantile(`a b`, 0) by a, b in [1,2] from d",
     "(select (quantile `a b` 0) (dim a) (dim b in [1,2]) (from d))", NULL},
    {"count, count as n, sum(x) as total, quantile(x, 1) as 'most of x' by a from d",
     "(select count (count as n) (sum x as total) (quantile x 1 as `most of x`) (dim a) (from d))",
     NULL},
    {"sum(x) as `a b` from d", "(select (sum x as `a b`) (from d))", NULL},
    {"count as from d", "(count (dim as) (from d))", NULL},
    {"quantile(x) from d", NULL, "at column 11: expected ',', found ')'"},
    {"quantile(x, y) from d", NULL, "at column 13: expected a number, found 'y'"},
    {"quantile(x, 1.01) from d", NULL, "at column 13: QUANTILE takes 0 to 1, found '1.01'"},
    {"quantile(x, -0.5) from d", NULL, "at column 13: QUANTILE takes 0 to 1, found '-0.5'"},
    {"median x from d", NULL, "at column 8: expected '(', found 'x'"},
    {"count, x as n from d", NULL, NULL},
    /* rows, values, describe */
    {"rows * from d", "(rows * (from d))", NULL},
    {"rows a, `b c` from d where a = 1 order by a desc, b limit 5 format csv;",
     "(rows a `b c` (from d) (where (= a 1)) (order by a desc, b) (limit 5) (format csv))", NULL},
    {"explain rows rows, from from from", "(explain (rows rows from (from from)))", NULL},
    {"values city from d where a = 1 limit 5", "(values city (from d) (where (= a 1)) (limit 5))",
     NULL},
    {"values values from values", "(values values (from values))", NULL},
    {"describe current", "(describe (from current))", NULL},
    {"DESCRIBE `my data` format json timeout 5;",
     "(describe (from `my data`) (format json) (timeout 5))", NULL},
    {"describe describe", "(describe (from describe))", NULL},
    {"rows from d", NULL, NULL},
    {"rows a", NULL, "at column 7: expected ',' or FROM, found end of query"},
    {"rows", NULL, "at column 5: expected a field name or '*', found end of query"},
    {"rows *, a from d", NULL, "at column 7: expected FROM, found ','"},
    {"values a, b from d", NULL,
     "at column 9: expected FROM, found ','; of several fields: count a, b from current"},
    {"values * from d", NULL, "at column 8: expected a field name, found '*'"},
    {"describe", NULL, "at column 9: expected a dataset name, found end of query"},
    {"describe d where a = 1", NULL,
     "at column 12: expected an option or end of query, found 'where'; DESCRIBE takes a dataset and options: describe current format table"},
    /* several tables */
    {"count (a, b), (c) from d", "(count (table (dim a) (dim b)) (table (dim c)) (from d))", NULL},
    {"count(a) from d", "(count (dim a) (from d))", NULL},
    {"count (a, b in {1,2} as x) from d", "(count (dim a) (dim b in {1, 2} as x) (from d))", NULL},
    {"count by (a), (b by 10), ({when (c = 1) as c} as e) from d where x = 1",
     "(select count (table (dim a)) (table (dim b by 10)) (table (dim {when (= c 1) as 'c'} as e)) "
     "(from d) (where (= x 1)))",
     NULL},
    {"sum(x), count by (a), (a, b) from d",
     "(select (sum x) count (table (dim a)) (table (dim a) (dim b)) (from d))", NULL},
    {"count (a), b from d", NULL,
     "at column 12: expected '(', found 'b'; several tables stand each in parentheses: count (a), (a, b) from current"},
    {"count a, (b) from d", NULL, "at column 10: expected a field name, found '('"},
    {"count (a, (b)) from d", NULL, "at column 11: expected a field name, found '('"},
    {"count () from d", NULL, "at column 8: expected a field name, found ')'"},
    {"count (a from d", NULL, "at column 10: expected ',', ')', IN or BY, found 'from'"},
};

/* Groups, nets, conditions as positions, many positions, half-open ranges. */
static const struct row item_rows[] = {
    {"count a in {(1,2), (x, 'y z') as xy, (1, [2,3], (4,5], missing, other) as rest} from d",
     "(count (dim a in {(1, 2), ('x', 'y z') as 'xy', (1, [2,3], (4,5], missing, other) as "
     "'rest'}) (from d))",
     NULL},
    {"count a in {(7)} from d", "(count (dim a in {(7)}) (from d))", NULL},
    {"count a in {NET (1,2), net(2, 3) as 'two three', 1} from d",
     "(count (dim a in {net (1, 2), net (2, 3) as 'two three', 1}) (from d))", NULL},
    {"count a in {when (b = 1 or c in {2}) as x, WHEN (not (a > 5)) as 'y', 3} from d",
     "(count (dim a in {when (or (= b 1) (in c {2})) as 'x', when (not (> a 5)) as 'y', 3}) "
     "(from d))",
     NULL},
    {"count {when (a = 1) as one, when (b = 2) as two} as which from d",
     "(count (dim {when (= a 1) as 'one', when (= b 2) as 'two'} as which) (from d))", NULL},
    {"count x, {when (a = 1) as 1.50} as 'y z', z from d",
     "(count (dim x) (dim {when (= a 1) as '1.50'} as `y z`) (dim z) (from d))", NULL},
    {"count a in {*} from d", "(count (dim a in {*}) (from d))", NULL},
    {"count a in {1 as one, *, missing} from d",
     "(count (dim a in {1 as 'one', *, missing}) (from d))", NULL},
    {"count a in {Top 5, other, missing} from d",
     "(count (dim a in {top 5, other, missing}) (from d))", NULL},
    {"count a in {by 10, missing}, b in {BY Month, other} from d",
     "(count (dim a in {by 10, missing}) (dim b in {by month, other}) (from d))", NULL},
    {"count a in {by 4 quantiles, missing} from d",
     "(count (dim a in {by 4 quantiles, missing}) (from d))", NULL},
    {"count a by year, b by quarter as q, c by month, d by week, e by day, f by weekday, g by hour "
     "from d",
     "(count (dim a by year) (dim b by quarter as q) (dim c by month) (dim d by week) "
     "(dim e by day) (dim f by weekday) (dim g by hour) (from d))",
     NULL},
    {"count a by 10 quantiles as decile, b by 2.50 from d",
     "(count (dim a by 10 quantiles as decile) (dim b by 2.5) (from d))", NULL},
    {"count a in {[1,5), [5,10), [10,), (,0], (0,1]} from d",
     "(count (dim a in {[1,5), [5,10), [10,), (,0], (0,1]}) (from d))", NULL},
    {"count a in {[1.50,2) as x, (-2,2.50] as y} from d",
     "(count (dim a in {[1.5,2) as 'x', (-2,2.5] as 'y'}) (from d))", NULL},
    /* keywords of a list that are values */
    {"count a in {net, top, when, by, net as by, (net, top, by, when), year} from d",
     "(count (dim a in {'net', 'top', 'when', 'by', 'net' as 'by', ('net', 'top', 'by', 'when'), "
     "'year'}) (from d))",
     NULL},
    {"count net in {top 3 }, top by year, when from d",
     "(count (dim net in {top 3}) (dim top by year) (dim when) (from d))", NULL},
    /* errors */
    {"count a in {()} from d", NULL, NULL},
    {"count a in {(1,2} from d", NULL, NULL},
    {"count a in {net 1} from d", NULL,
     "at column 17: expected ',', '(' or '}', found '1'; its values stand in parentheses: net (1,2)"},
    {"count a in {net (1, net (2))} from d", NULL, NULL},
    {"count a in {((1,2))} from d", NULL, NULL},
    {"count a in {when (b = 1)} from d", NULL, "at column 25: expected AS, found '}'"},
    {"count a in {when b = 1 as x} from d", NULL,
     "at column 18: expected ',', '(' or '}', found 'b'; its condition stands in parentheses: {when (a < 18) as young}"},
    {"count {when (b = 1) as x} from d", NULL, "at column 27: expected AS, found 'from'"},
    {"count {1} as x from d", NULL, "at column 8: expected WHEN, found '1'"},
    {"count {} as x from d", NULL, "at column 8: expected WHEN, found '}'"},
    {"count a in {top x} from d", NULL, NULL},
    {"count a in {top 0} from d", NULL,
     "at column 17: TOP takes 1 to 9223372036854775807, found '0'"},
    {"count a by 0 quantiles from d", NULL,
     "at column 12: QUANTILES takes 1 to 9223372036854775807, found '0'"},
    {"count a by 2.5 quantiles from d", NULL,
     "at column 16: expected ',' or FROM, found 'quantiles'"},
    {"count a in {* as x} from d", NULL,
     "at column 15: expected ',' or '}', found 'as'; values have commas between them, a label stands behind AS: {1 as 'low', 2}"},
    {"count a in {*, top 5} from d", NULL,
     "at column 16: one of *, TOP and BY may stand in a list, and once"},
    {"count a in {by month, 1, by year} from d", NULL,
     "at column 26: one of *, TOP and BY may stand in a list, and once"},
    {"count a in {(1,)} from d", NULL,
     "at column 13: a range is closed at one side: write [1,) or x > 1"},
    {"count a in {(1,]} from d", NULL,
     "at column 13: a range is closed at one side: write [1,) or x > 1"},
    {"count a in {(,5)} from d", NULL,
     "at column 13: a range is closed at one side: write (,5] or x < 5"},
    {"count a in {[,5]} from d", NULL,
     "at column 14: expected a number, found ','; a range without an end is written [1,), one without a beginning (,5]"},
    {"count a in {[1,]} from d", NULL,
     "at column 16: expected a number, found ']'; a range without an end is written [1,), one without a beginning (,5]"},
    {"count a in {(a,5]} from d", NULL, "at column 14: a range is of two numbers, as in (1,5]"},
    {"count a in {(1,missing]} from d", NULL,
     "at column 16: a range is of two numbers, as in (1,5]"},
    {"count a in {(1,2,3]} from d", NULL, "at column 13: a range is of two numbers, as in (1,5]"},
    {"count a in {(1]} from d", NULL, "at column 13: a range is of two numbers, as in (1,5]"},
    {"count a in [1,5) from d", NULL, "at column 16: expected ']', found ')'"},
    {"count a in (1,5] from d", NULL,
     "at column 12: expected '[' or '{', found '('; a list is written {1,2}, a range [1,2]"},
};

static const struct row dim_rows[] = {
    {"count a from d", "(count (dim a) (from d))", NULL},
    {"count a, b,c from d", "(count (dim a) (dim b) (dim c) (from d))", NULL},
    {"count `Origin State` from d", "(count (dim `Origin State`) (from d))", NULL},
    {"count `a``b`, `plain`, `c\\d`, `1st` from d",
     "(count (dim `a``b`) (dim plain) (dim `c\\\\d`) (dim `1st`) (from d))", NULL},
    {"count a in [1,8] from d", "(count (dim a in [1,8]) (from d))", NULL},
    {"count a in[-3,-1]from d", "(count (dim a in [-3,-1]) (from d))", NULL},
    {"count a in [-0,5] from d", "(count (dim a in [0,5]) (from d))", NULL},
    {"count a in [5,1] from d", "(count (dim a in [5,1]) (from d))", NULL},
    {"count a as x from d", "(count (dim a as x) (from d))", NULL},
    {"count a as 'big x', b as `y z` from d",
     "(count (dim a as `big x`) (dim b as `y z`) (from d))", NULL},
    {"count a in [1,2] as x, b by 10 as y from d",
     "(count (dim a in [1,2] as x) (dim b by 10 as y) (from d))", NULL},
    {"count a by 0.50 from d", "(count (dim a by 0.5) (from d))", NULL},
    /* items */
    {"count a in {1} from d", "(count (dim a in {1}) (from d))", NULL},
    {"count a in {1, -2, 2.50, -0.0} from d", "(count (dim a in {1, -2, 2.5, 0}) (from d))", NULL},
    {"count a in {one, 'two', \"three\", '4'} from d",
     "(count (dim a in {'one', 'two', 'three', 4}) (from d))", NULL},
    {"count a in {[1,5], [5.5,10.0], [-2,-1]} from d",
     "(count (dim a in {[1,5], [5.5,10], [-2,-1]}) (from d))", NULL},
    {"count a in {1, missing, other} from d", "(count (dim a in {1, missing, other}) (from d))",
     NULL},
    {"count a in {1, 'missing', \"other\"} from d",
     "(count (dim a in {1, 'missing', 'other'}) (from d))", NULL},
    {"count a in {1 as one, [2,5] as 'two to five', MISSING as none, Other as 9, x as 1.50} from d",
     "(count (dim a in {1 as 'one', [2,5] as 'two to five', missing as 'none', other as '9', "
     "'x' as '1.50'}) (from d))",
     NULL},
    /* errors */
    {"count a in [1.5,2] from d", NULL,
     "at column 13: expected an integer, found '1.5'; [1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"count a in [1,2.0] from d", NULL,
     "at column 15: expected an integer, found '2.0'; [1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"count a in [1,x] from d", NULL,
     "at column 15: expected an integer, found 'x'; [1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"count a in [1] from d", NULL,
     "at column 14: expected ',', found ']'; a list is written {1,2}, a range [1,2]"},
    {"count a in [1,2,3] from d", NULL,
     "at column 16: expected ']', found ','; a list is written {1,2}, a range [1,2]"},
    {"count a in [] from d", NULL,
     "at column 13: expected an integer, found ']'; [1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"count a in {} from d", NULL,
     "at column 13: expected a value, '*', '(', '[', MISSING, OTHER, NET, TOP, BY or WHEN, found '}'"},
    {"count a in {1,} from d", NULL,
     "at column 15: expected a value, '*', '(', '[', MISSING, OTHER, NET, TOP, BY or WHEN, found '}'"},
    {"count a in {1 2} from d", NULL, "at column 15: expected ',' or '}', found '2'"},
    {"count a in {[1,a]} from d", NULL,
     "at column 16: expected a number, found 'a'; ranges are of numbers; of texts and dates write a >= 'b' and a < 'c'; a list is written {1,2}"},
    {"count a in {`x`} from d", NULL,
     "at column 13: expected a value, '*', '(', '[', MISSING, OTHER, NET, TOP, BY or WHEN, found the name 'x'; text stands in quotes, ' or \"; backquotes are for names"},
    {"count a in {1 as `x`} from d", NULL, "at column 18: expected a label, found the name 'x'"},
    {"count a in 1 from d", NULL,
     "at column 12: expected '[' or '{', found '1'; a list is written {1,2}, a range [1,2]"},
    {"count a in (1,2) from d", NULL,
     "at column 12: expected '[' or '{', found '('; a list is written {1,2}, a range [1,2]"},
    {"count a, from d", NULL,
     "at column 15: expected ',', IN, BY or FROM, found 'd'; FROM is taken for a name here: one is missing before it"},
    {"count a as 1 from d", NULL, "at column 12: expected a name, found '1'"},
    {"count a in {1e0, +2, .5} from d", "(count (dim a in {1, 2, 0.5}) (from d))", NULL},
    {"count a in [+1,+3] from d", "(count (dim a in [1,3]) (from d))", NULL},
    {"count a in [1,1e1] from d", NULL,
     "at column 15: expected an integer, found '1e1'; [1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"count a by 1e1 from d", "(count (dim a by 10) (from d))", NULL},
    {"count a by 0e1 from d", NULL, "at column 12: BY takes a width over 0, found '0'"},
    {"count a by x from d", NULL,
     "at column 12: expected a number, YEAR, QUARTER, MONTH, WEEK, DAY, WEEKDAY or HOUR, found 'x'; BY is for bins; dimensions have commas between them: count a, b from current"},
    {"count a by 0 from d", NULL, "at column 12: BY takes a width over 0, found '0'"},
    {"count a by -2.5 from d", NULL, "at column 12: BY takes a width over 0, found '-2.5'"},
    {"count a by 0.0 from d", NULL, "at column 12: BY takes a width over 0, found '0'"},
    {"count a by 10 in [1,2] from d", NULL,
     "at column 15: expected QUANTILES, ',' or FROM, found 'in'"},
    {"count value_1 in [1,2] form current", NULL,
     "at column 24: expected ',' or FROM, found 'form'"},
};

static const struct row cond_rows[] = {
    {"a = 1", "(= a 1)", NULL},
    {"value_5=1", "(= value_5 1)", NULL},
    {"a=-1", "(= a -1)", NULL},
    {"a == 1", "(= a 1)", NULL},
    {"a != 1", "(!= a 1)", NULL},
    {"a <> 1", "(!= a 1)", NULL},
    {"a < 1", "(< a 1)", NULL},
    {"a <= 1", "(<= a 1)", NULL},
    {"a > 1", "(> a 1)", NULL},
    {"a >= 1", "(>= a 1)", NULL},
    {"`a b` = 1", "(= `a b` 1)", NULL},
    /* values */
    {"a = 2.50", "(= a 2.5)", NULL},
    {"a = 1e5", "(= a 100000)", NULL},
    {"a = +12", "(= a 12)", NULL},
    {"a >= -.5e-1", "(>= a -0.05)", NULL},
    {"a in [1e-1,.5]", "(in a [0.1,0.5])", NULL},
    {"a = -0", "(= a 0)", NULL},
    {"a = 9223372036854775808", "(= a 9223372036854775808)", NULL},
    {"sex = female", "(= sex 'female')", NULL},
    {"a = '7'", "(= a 7)", NULL},
    {"a = '007'", "(= a '007')", NULL},
    {"a = '12.0'", "(= a 12)", NULL},
    {"a = \"+1.2e1\"", "(= a 12)", NULL},
    {"a < '.5'", "(< a 0.5)", NULL},
    {"a in {'1e2', '5.', ' 5', '1e401', 'NaN'}", "(in a {100, '5.', ' 5', '1e401', 'NaN'})", NULL},
    {"a = ''", "(= a '')", NULL},
    {"a = 'it''s'", "(= a 'it''s')", NULL},
    {"a = 'it\\'s'", "(= a 'it''s')", NULL},
    {"a = \"it's\"", "(= a 'it''s')", NULL},
    {"a = \"say \"\"hi\"\"\"", "(= a 'say \"hi\"')", NULL},
    {"a = \"say \\\"hi\\\"\"", "(= a 'say \"hi\"')", NULL},
    {"a = \"it''s\"", "(= a 'it''''s')", NULL},
    {"a = 'x\\ny\\rz\\tw\\\\v\\q'", "(= a 'x\\x0ay\\x0dz\\x09w\\\\vq')", NULL},
    {"a = 'gr\xc3\xbcn\xff'", "(= a 'gr\xc3\xbcn\xff')", NULL},
    {"a = `b`", NULL,
     "at column 29: expected a value, found the name 'b'; text stands in quotes, ' or \"; backquotes are for names"},
    {"a = missing", "(= a 'missing')", NULL},
    {"a = and", "(= a 'and')", NULL},
    {"a = &&", NULL, "at column 29: expected a value, found '&&'"},
    /* membership */
    {"a in [1,2]", "(in a [1,2])", NULL},
    {"a in [1.50,2]", "(in a [1.5,2])", NULL},
    {"a in {1,x,'y z',[2,3.5]}", "(in a {1, 'x', 'y z', [2,3.5]})", NULL},
    {"a not in {1}", "(not-in a {1})", NULL},
    {"not a not in [1,2]", "(not (not-in a [1,2]))", NULL},
    {"not a in [1,2]", "(not (in a [1,2]))", NULL},
    {"a ! in {1}", NULL, NULL},
    {"a in [1,5)", "(in a [1,5))", NULL},
    {"a in (1.50,5]", "(in a (1.5,5])", NULL},
    {"a in [1,)", "(in a [1,))", NULL},
    {"a not in (,5]", "(not-in a (,5])", NULL},
    {"a in {1 as x, [2,3), (5,6] as 'y', (,0], missing, other as z}",
     "(in a {1 as 'x', [2,3), (5,6] as 'y', (,0], missing, other as 'z'})", NULL},
    {"a in {net, top, by, when}", "(in a {'net', 'top', 'by', 'when'})", NULL},
    {"a in (1,2)", NULL,
     "at column 34: expected ',' or ']', found ')'; a list is written {1,2}, a range [1,2]"},
    {"a in ('b', 'c')", NULL,
     "at column 39: expected ',' or ']', found ')'; a list is written {1,2}, a range [1,2]"},
    {"a in ('b') and c = 1", NULL,
     "at column 34: expected ',' or ']', found ')'; a list is written {1,2}, a range [1,2]"},
    {"a in (select b)", NULL,
     "at column 38: expected ',' or ']', found 'b'; a list is written {1,2}, a range [1,2]"},
    {"a in (1,)", NULL, "at column 30: a range is closed at one side: write [1,) or x > 1"},
    {"a in {(1,2)}", NULL,
     "at column 31: a group is for a dimension's list; a condition's has values, ranges, MISSING "
     "and OTHER"},
    {"a in {1, net (2)}", NULL,
     "at column 34: NET is for a dimension's list; a condition's has values, ranges, MISSING and "
     "OTHER"},
    {"a in {when (b = 1) as x}", NULL,
     "at column 31: WHEN is for a dimension's list; a condition's has values, ranges, MISSING and "
     "OTHER"},
    {"a in {*}", NULL,
     "at column 31: * is for a dimension's list; a condition's has values, ranges, MISSING and "
     "OTHER"},
    {"a in {top 5}", NULL,
     "at column 31: TOP is for a dimension's list; a condition's has values, ranges, MISSING and "
     "OTHER"},
    {"a in {by year}", NULL,
     "at column 31: BY is for a dimension's list; a condition's has values, ranges, MISSING and "
     "OTHER"},
    /* patterns, as the token has them */
    {"a like 'x%'", "(like a 'x%')", NULL},
    {"a LIKE \"x_\"", "(like a 'x_')", NULL},
    {"a not like '%x'", "(not-like a '%x')", NULL},
    {"a ilike 'X%' or not a not ilike 'y'", "(or (ilike a 'X%') (not (not-ilike a 'y')))", NULL},
    {"a like '50\\%\\_\\\\'", "(like a '50\\\\%\\\\_\\\\\\\\')", NULL},
    {"a like 'it''s \\'q\\' \\\"'", "(like a 'it''s ''q'' \"')", NULL},
    {"a like \"\"\"x\\\"'\\'\"", "(like a '\"x\"''''')", NULL},
    {"a like 'x\\ny\\rz\\tw\\a'", "(like a 'x\\\\ny\\\\rz\\\\tw\\\\a')", NULL},
    {"a like ''", "(like a '')", NULL},
    {"like like 'like'", "(like like 'like')", NULL},
    {"a like x", NULL, "at column 32: expected text in quotes, found 'x'"},
    {"a like 5", NULL, "at column 32: expected text in quotes, found '5'"},
    /* between */
    {"a between 1 and 5", "(between a 1 5)", NULL},
    {"a BETWEEN -1.50 AND 'x' and b = 1", "(and (between a -1.5 'x') (= b 1))", NULL},
    {"a not between b and c or d = 1", "(or (not-between a 'b' 'c') (= d 1))", NULL},
    {"not a between and and and and b = 1", "(and (not (between a 'and' 'and')) (= b 1))", NULL},
    {"between between between and between", "(between between 'between' 'between')", NULL},
    {"a between 1", NULL,
     "at column 36: expected AND, found end of query; write a between 1 and 5"},
    {"a between 1 && 5", NULL, "at column 37: expected AND, found '&&'; write a between 1 and 5"},
    {"a between [1,5]", NULL,
     "at column 35: expected a value, found '['; write a between 1 and 5, or a in [1,5]"},
    /* presence */
    {"a is missing", "(missing a)", NULL},
    {"a is not missing", "(exists a)", NULL},
    {"a EXISTS", "(exists a)", NULL},
    {"not a exists", "(not (exists a))", NULL},
    {"a is ! missing", NULL,
     "at column 30: expected NOT or MISSING, found '!'; a value is tested by = and !="},
    {"a is 1", NULL,
     "at column 30: expected NOT or MISSING, found '1'; a value is tested by = and !="},
    /* precedence: NOT, AND, OR */
    {"a=1 or b=2 and c=3", "(or (= a 1) (and (= b 2) (= c 3)))", NULL},
    {"a=1 and b=2 or c=3", "(or (and (= a 1) (= b 2)) (= c 3))", NULL},
    {"(a=1 or b=2) and c=3", "(and (or (= a 1) (= b 2)) (= c 3))", NULL},
    {"not a=1 and b=2", "(and (not (= a 1)) (= b 2))", NULL},
    {"!a=1||b=2", "(or (not (= a 1)) (= b 2))", NULL},
    {"!(a=1||b=2)", "(not (or (= a 1) (= b 2)))", NULL},
    {"not not ! a=1", "(not (not (not (= a 1))))", NULL},
    {"a=1 && b=2 AND c=3", "(and (= a 1) (= b 2) (= c 3))", NULL},
    {"a=1 || b=2 Or c=3", "(or (= a 1) (= b 2) (= c 3))", NULL},
    /* a chain is one node; parentheses start another */
    {"a=1 or b=2 or c=3 or d=4", "(or (= a 1) (= b 2) (= c 3) (= d 4))", NULL},
    {"(a=1 or b=2) or c=3", "(or (or (= a 1) (= b 2)) (= c 3))", NULL},
    {"a=1 or (b=2 or c=3)", "(or (= a 1) (or (= b 2) (= c 3)))", NULL},
    {"(a=1) or ((b=2)) or (((c=3)))", "(or (= a 1) (= b 2) (= c 3))", NULL},
    {"a=1 and b=2 or c=3 and d=4 or e=5",
     "(or (and (= a 1) (= b 2)) (and (= c 3) (= d 4)) (= e 5))", NULL},
    {"(a=1 and b=2) and (c=3 and d=4)", "(and (and (= a 1) (= b 2)) (and (= c 3) (= d 4)))", NULL},
    /* errors */
    {"", NULL, "at column 25: expected a field name, '(' or NOT, found end of query"},
    {"a", NULL,
     "at column 26: expected a comparison such as '=', NOT, IN, LIKE, ILIKE, BETWEEN, IS or EXISTS, found end of query; each test names its field: a = 1 or a = 2; rows with the field: a EXISTS; without it: a IS MISSING"},
    {"a = ", NULL, "at column 29: expected a value, found end of query"},
    {"a = 1 b = 2", NULL, "at column 31: expected AND, OR, an option or end of query, found 'b'"},
    {"(a = 1", NULL, "at column 31: expected ')', AND or OR, found end of query"},
    {"a = 1)", NULL, "at column 30: expected AND, OR, an option or end of query, found ')'"},
    {"a = 1 and", NULL, "at column 34: expected a field name, '(' or NOT, found end of query"},
    {"a = 1 & b = 2", NULL,
     "at column 31: expected AND, OR, an option or end of query, found '&'; write && or AND"},
    {"()", NULL, "at column 26: expected a field name, '(' or NOT, found ')'"},
    {"1 = a", NULL,
     "at column 25: expected a field name, '(' or NOT, found '1'; the field stands first: a > 1"},
    {"a = b = c", NULL,
     "at column 31: expected AND, OR, an option or end of query, found '='; between two numbers: a in [1,5], or a >= 1 and a <= 5"},
    {"a not 1", NULL,
     "at column 31: expected IN, LIKE, ILIKE or BETWEEN, found '1'; another value: a != 1"},
    {"a => 1", NULL, "at column 28: expected a value, found '>'; write >="},
    {"a = 007", NULL, "at column 29: write '007' for the text or 7 for the number"},
    {"a = 'open", NULL, "at column 29: the text that starts here does not end"},
    {"a = \x01", NULL, "at column 29: expected a value, found '\\x01'"},
    {"a = 1 an\xff", NULL,
     "at column 31: 'an\xff' is not a word; text goes in quotes, a name in backquotes"},
};

static const struct row option_rows[] = {
    {"", "", NULL},
    {"having count > 5", " (having (> count 5))", NULL},
    {"having sum(x) <> 2.50", " (having (!= (sum x) 2.5))", NULL},
    {"order by count", " (order by count)", NULL},
    {"order by count asc", " (order by count)", NULL},
    {"order by avg(x) desc", " (order by (avg x) desc)", NULL},
    {"order by a desc", " (order by a desc)", NULL},
    {"order by 'big x'", " (order by `big x`)", NULL},
    {"order by `sum`", " (order by sum)", NULL},
    {"order by asc asc", " (order by asc)", NULL},
    {"order by a, count desc, 'b c' asc, sum(x)", " (order by a, count desc, `b c`, (sum x))",
     NULL},
    {"order by quantile(x, 0.5), desc desc, asc", " (order by (quantile x 0.5), desc desc, asc)",
     NULL},
    {"having n > 1", " (having (> n 1))", NULL},
    {"having 'my n' = -2.50", " (having (= `my n` -2.5))", NULL},
    {"having median(x) != 0", " (having (!= (median x) 0))", NULL},
    {"limit 0", " (limit 0)", NULL},
    {"limit 9223372036854775807", " (limit 9223372036854775807)", NULL},
    {"limit 10 offset 20", " (limit 10 offset 20)", NULL},
    {"limit +10 offset -0", " (limit 10)", NULL},
    {"totals", " (totals)", NULL},
    {"percent of row", " (percent of row)", NULL},
    {"percent of column", " (percent of column)", NULL},
    {"percent of total", " (percent of total)", NULL},
    {"percent of row with count", " (percent of row with count)", NULL},
    {"PERCENT OF TOTAL WITH COUNT totals", " (totals) (percent of total with count)", NULL},
    {"weight by w", " (weight by w)", NULL},
    {"weight by `my weight`", " (weight by `my weight`)", NULL},
    {"suppress below 5", " (suppress below 5)", NULL},
    {"test chi2", " (test chi2)", NULL},
    {"test columns", " (test columns)", NULL},
    {"test columns level 0.010 test chi2", " (test chi2) (test columns level 0.01)", NULL},
    {"residuals ci 0.95", " (residuals) (ci 0.95)", NULL},
    {"into result:1", " (into 'result:1')", NULL},
    {"into 'my key' ex 60", " (into 'my key' ex 60)", NULL},
    {"format nested", " (format nested)", NULL},
    {"format rows", " (format rows)", NULL},
    {"format map", " (format map)", NULL},
    {"format table", " (format table)", NULL},
    {"format markdown", " (format markdown)", NULL},
    {"format json", " (format json)", NULL},
    {"FORMAT CSV", " (format csv)", NULL},
    {"timeout 250", " (timeout 250)", NULL},
    {"nocache", " (nocache)", NULL},
    /* in any order, printed in one */
    {"nocache timeout 1 format json into k ex 1 test chi2 suppress below 2 weight by w percent of "
     "row totals limit 3 offset 4 order by a having count >= 1",
     " (having (>= count 1)) (order by a) (limit 3 offset 4) (totals) (percent of row) "
     "(weight by w) (suppress below 2) (test chi2) (into 'k' ex 1) (format json) (timeout 1) "
     "(nocache)",
     NULL},
    /* written twice */
    {"having count > 1 having count > 2", NULL, "at column 33: HAVING is written twice"},
    {"order by a order by count", NULL, "at column 27: ORDER BY is written twice"},
    {"limit 1 totals limit 2 offset 1", NULL, "at column 31: LIMIT is written twice"},
    {"totals totals", NULL, "at column 23: TOTALS is written twice"},
    {"percent of row percent of row", NULL, "at column 31: PERCENT is written twice"},
    {"weight by a weight by b", NULL, "at column 28: WEIGHT BY is written twice"},
    {"suppress below 0 suppress below 0", NULL, "at column 33: SUPPRESS BELOW is written twice"},
    {"test chi2 test chi2", NULL, "at column 26: TEST is written twice"},
    {"test columns test columns level 0.5", NULL, "at column 29: TEST COLUMNS is written twice"},
    {"residuals residuals", NULL, "at column 26: RESIDUALS is written twice"},
    {"ci 0.5 ci 0.5", NULL, "at column 23: CI is written twice"},
    {"into '' into k ex 5", NULL, "at column 24: INTO is written twice"},
    {"format csv format csv", NULL, "at column 27: FORMAT is written twice"},
    {"timeout 1 timeout 1", NULL, "at column 26: TIMEOUT is written twice"},
    {"nocache nocache", NULL, "at column 24: NOCACHE is written twice"},
    /* numbers out of bounds */
    {"limit -1", NULL, "at column 22: LIMIT takes 0 to 9223372036854775807, found '-1'"},
    {"limit 9223372036854775808", NULL,
     "at column 22: LIMIT takes 0 to 9223372036854775807, found '9223372036854775808'"},
    {"limit 1 offset -5", NULL, "at column 31: OFFSET takes 0 to 9223372036854775807, found '-5'"},
    {"suppress below -1", NULL,
     "at column 31: SUPPRESS BELOW takes 0 to 9223372036854775807, found '-1'"},
    {"into k ex 0", NULL, "at column 26: EX takes 1 to 9223372036854775807, found '0'"},
    {"timeout 0", NULL, "at column 24: TIMEOUT takes 1 to 9223372036854775807, found '0'"},
    {"ci 1", NULL, "at column 19: CI takes a number between 0 and 1, found '1'"},
    {"ci 95", NULL, "at column 19: CI takes a number between 0 and 1, found '95'"},
    {"test columns level 0", NULL, "at column 35: LEVEL takes a number between 0 and 1, found '0'"},
    /* errors */
    {"having count", NULL, "at column 28: expected a comparison such as '=', found end of query"},
    {"having count(*) > 5", NULL,
     "at column 28: expected a comparison such as '=', found '('; the number of rows is written "
     "COUNT, without parentheses"},
    {"having count as n > 5", NULL, NULL},
    {"percent of row with", NULL, "at column 35: expected COUNT, found end of query"},
    {"ci", NULL, "at column 18: expected a number, found end of query"},
    {"level 0.5", NULL, "at column 16: expected WHERE, an option or end of query, found 'level'"},
    {"group by a", NULL,
     "at column 16: expected WHERE, an option or end of query, found 'group'; dimensions stand "
     "behind COUNT: count a, b from current"},
    {"limit", NULL, "at column 21: expected an integer, found end of query"},
    {"limit 1.5", NULL, "at column 22: expected an integer, found '1.5'"},
    {"limit 5 zz", NULL, "at column 24: expected OFFSET, an option or end of query, found 'zz'"},
    {"offset 5", NULL, "at column 16: expected WHERE, an option or end of query, found 'offset'"},
    {"percent row", NULL, "at column 24: expected OF, found 'row'"},
    {"percent of rows", NULL, "at column 27: expected ROW, COLUMN or TOTAL, found 'rows'"},
    {"weight w", NULL, "at column 23: expected BY, found 'w'"},
    {"suppress 5", NULL, "at column 25: expected BELOW, found '5'"},
    {"test t", NULL, "at column 21: expected CHI2 or COLUMNS, found 't'"},
    {"into `k`", NULL, "at column 21: expected a key, found the name 'k'"},
    {"into k zz", NULL, "at column 23: expected EX, an option or end of query, found 'zz'"},
    {"format xml", NULL,
     "at column 23: expected NESTED, ROWS, MAP, TABLE, MARKDOWN, JSON or CSV, found 'xml'"},
    {"order a", NULL, "at column 22: expected BY, found 'a'"},
    {"order by 5", NULL,
     "at column 25: expected a name, COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT or QUANTILE, found '5'; as in: order by count desc, a"},
    {"order by a zz", NULL,
     "at column 27: expected ASC, DESC, an option or end of query, found 'zz'"},
    {"having count in {1}", NULL,
     "at column 29: expected a comparison such as '=', found 'in'; HAVING compares a measure with a number: count > 5"},
    {"having count > x", NULL,
     "at column 31: expected a number, found 'x'; HAVING compares a measure with a number; rows are chosen by WHERE"},
    {"nocache where a=1", NULL, "at column 24: expected an option or end of query, found 'where'"},
};

/* What was meant: habits of SQL. */
static const struct row hint_rows[] = {
    {"SELECT * from d", NULL,
     "at column 1: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES, DESCRIBE, EXPLAIN or PROFILE, found 'SELECT'; rows are shown by: rows * from current"},
    {"explain select a from d", NULL,
     "at column 9: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES or DESCRIBE, found 'select'; a query begins with COUNT: count a, b from current"},
    {"count(*) from d", NULL,
     "at column 7: expected a field name, found '*'; all rows are counted by: count from current"},
    {"count * from d", NULL,
     "at column 7: expected a field name, ',', BY or FROM, found '*'; all rows are counted by: "
     "count from current"},
    {"count, count(*) from d", NULL,
     "at column 13: expected ',', BY or FROM, found '('; the number of rows is written COUNT, "
     "without parentheses"},
    {"count from d where a = 1 | b = 2", NULL,
     "at column 26: expected AND, OR, an option or end of query, found '|'; write || or OR"},
    {"count from d where a in (1, 2", NULL,
     "at column 30: expected ',' or ']', found end of query; a list is written {1,2}, a range "
     "[1,2]"},
    {"count from d where a in (1,5] or (b = 1 c", NULL,
     "at column 41: expected ')', AND or OR, found 'c'"},
};

/* Keywords are fields, names, values, labels, datasets and keys where nothing else can stand. */
static const struct row keyword_rows[] = {
    {"count count from from", "(count (dim count) (from from))", NULL},
    {"count a, by, from from d", "(count (dim a) (dim by) (dim from) (from d))", NULL},
    {"count in in [1,2], as as as from d", "(count (dim in in [1,2]) (dim as as as) (from d))",
     NULL},
    {"count sum by 10, max as min from d", "(count (dim sum by 10) (dim max as min) (from d))",
     NULL},
    {"count by by from d", "(select count (dim by) (from d))", NULL},
    {"sum(sum), max(count) by row from table",
     "(select (sum sum) (max count) (dim row) (from table))", NULL},
    {"count a in {missing, other, in as as, by, from as missing} from where where where = where",
     "(count (dim a in {missing, other, 'in' as 'as', 'by', 'from' as 'missing'}) (from where) "
     "(where (= where 'where')))",
     NULL},
    {"count from d where and = or and or in {and} or is is missing and not not exists", NULL, NULL},
    {"count from d where and = or and or in {and} or is is missing and exists exists",
     "(count (from d) (where (or (and (= and 'or') (in or {'and'})) (and (missing is) "
     "(exists exists)))))",
     NULL},
    {"count from d order by desc desc limit 1 into limit weight by limit",
     "(count (from d) (order by desc desc) (limit 1) (weight by limit) (into 'limit'))", NULL},
    {"count from d where a = limit limit 1", "(count (from d) (where (= a 'limit')) (limit 1))",
     NULL},
    {"count Format from d", "(count (dim Format) (from d))", NULL},
    {"count values, describe, rows, median, quantile, top, net as when from columns where "
     "level = ci and like != between and markdown in {with, residuals} or weekday exists",
     "(count (dim values) (dim describe) (dim rows) (dim median) (dim quantile) (dim top) "
     "(dim net as when) (from columns) (where (or (and (= level 'ci') (!= like 'between') "
     "(in markdown {'with', 'residuals'})) (exists weekday))))",
     NULL},
    {"count by year, by by hour from by", "(select count (dim year) (dim by by hour) (from by))",
     NULL},
    {"median(median), quantile(quantile, 0.5) by stddev from variance",
     "(select (median median) (quantile quantile 0.5) (dim stddev) (from variance))", NULL},
    {"count by from d", NULL,
     "at column 15: expected ',', IN, BY or FROM, found 'd'; FROM is taken for a name here: one is missing before it"},
};

/* The tree as a query parses to the same tree, and is written the same again. */
static void
check_text(const struct ast_query *query, const char *tree)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct strbuf text, again, printed;
    struct ast_query *copy;
    struct error err = {0};
    strbuf_init(&text);
    strbuf_init(&again);
    strbuf_init(&printed);
    ast_text(query, &text);
    bool ok = query_parse(arena, strbuf_slice(&text), &limits, &copy, &err);
    ck_assert_msg(ok, "%s: %s", text.ptr, err.message);
    ast_print(copy, &printed);
    ck_assert_str_eq(printed.ptr, tree);
    ast_text(copy, &again);
    ck_assert_str_eq(again.ptr, text.ptr);
    strbuf_fini(&text);
    strbuf_fini(&again);
    strbuf_fini(&printed);
    arena_free(arena);
}

static void
check_query(const struct row *row, const char *query_text, const char *tree)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query = NULL;
    struct error err = {0};
    bool ok = query_parse(arena, slice_str(query_text), &limits, &query, &err);
    if (tree) {
        struct strbuf printed;
        ck_assert_msg(ok, "%s: %s", query_text, err.message);
        strbuf_init(&printed);
        ast_print(query, &printed);
        ck_assert_str_eq(printed.ptr, tree);
        strbuf_fini(&printed);
        check_text(query, tree);
    } else {
        ck_assert_msg(!ok, "%s: was taken", query_text);
        ck_assert_ptr_null(query);
        ck_assert_str_eq(err.code, "SYNTAX");
        if (row->error) {
            ck_assert_str_eq(err.message, row->error);
        }
    }
    arena_free(arena);
}

START_TEST(test_select)
{
    check_query(&select_rows[_i], select_rows[_i].query, select_rows[_i].tree);
}
END_TEST

START_TEST(test_dim)
{
    check_query(&dim_rows[_i], dim_rows[_i].query, dim_rows[_i].tree);
}
END_TEST

START_TEST(test_statement)
{
    check_query(&statement_rows[_i], statement_rows[_i].query, statement_rows[_i].tree);
}
END_TEST

START_TEST(test_item)
{
    check_query(&item_rows[_i], item_rows[_i].query, item_rows[_i].tree);
}
END_TEST

START_TEST(test_hint)
{
    check_query(&hint_rows[_i], hint_rows[_i].query, hint_rows[_i].tree);
}
END_TEST

START_TEST(test_keyword)
{
    check_query(&keyword_rows[_i], keyword_rows[_i].query, keyword_rows[_i].tree);
}
END_TEST

/* A row of part of a query, as `before` part, and as (count ... part of the tree). */
static void
check_part(const struct row *row, const char *before, const char *tree_before,
           const char *tree_after)
{
    struct arena *arena = arena_new();
    const char *query = arena_printf(arena, "%s%s", before, row->query).ptr;
    const char *tree = NULL;
    if (row->tree) {
        tree = arena_printf(arena, "%s%s%s", tree_before, row->tree, tree_after).ptr;
    }
    check_query(row, query, tree);
    arena_free(arena);
}

START_TEST(test_cond)
{
    check_part(&cond_rows[_i], "count x from data where ", "(count (dim x) (from data) (where ",
               "))");
}
END_TEST

START_TEST(test_option)
{
    check_part(&option_rows[_i], "count a from d ", "(count (dim a) (from d)", ")");
}
END_TEST

START_TEST(test_mission_query)
{
    static const struct row row = {
        "count value_1 in [1,2], value_2 in [1,8], value_3 in [1,3], value_4 in [1,7] from "
        "current\n"
        "  where ((value_5=1) || (value_6=1) || (value_7=1) || (value_8=1) || (value_9=1) ||\n"
        "    (value_10=1) || (value_11=1) || (value_12=1) || (value_13=1) || (value_14=1) ||\n"
        "    (value_15=1) || (value_16=1) || (value_17=1) || (value_18=1) || (value_19=1) ||\n"
        "    (value_20=1))",
        "(count (dim value_1 in [1,2]) (dim value_2 in [1,8]) (dim value_3 in [1,3]) "
        "(dim value_4 in [1,7]) (from current) (where (or (= value_5 1) (= value_6 1) "
        "(= value_7 1) (= value_8 1) (= value_9 1) (= value_10 1) (= value_11 1) (= value_12 1) "
        "(= value_13 1) (= value_14 1) (= value_15 1) (= value_16 1) (= value_17 1) "
        "(= value_18 1) (= value_19 1) (= value_20 1))))",
        NULL};
    check_query(&row, row.query, row.tree);
}
END_TEST

/* What the printed tree does not show: counts and positions. */
START_TEST(test_fields_of_the_tree)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query;
    struct error err = {0};
    struct slice text = slice_lit("count a, b in {1, [2,3], other}, c by 5 from d "
                                  "where x = 1 or not (y in [1,2] and z exists) order by b");
    ck_assert(query_parse(arena, text, &limits, &query, &err));
    ck_assert_int_eq(query->mode, AST_RUN);
    ck_assert(query->count_dims);
    ck_assert_int_eq(query->measures->kind, AST_COUNT);
    ck_assert_ptr_null(query->measures->next);
    ck_assert_uint_eq(query->tables->ndims, 3);
    ck_assert_uint_eq(query->tables->dims->at, 6);
    const struct ast_dim *b = query->tables->dims->next;
    ck_assert_uint_eq(b->at, 9);
    ck_assert_uint_eq(b->positions->at, 14);
    ck_assert_uint_eq(b->positions->items->at, 15);
    ck_assert_uint_eq(b->positions->items->next->at, 18);
    ck_assert_uint_eq(b->positions->items->next->singles->range.hi.at, 21);
    ck_assert_uint_eq(b->positions->items->next->next->at, 25);
    ck_assert_uint_eq(b->next->bins.width.at, 38);
    ck_assert_ptr_null(b->name.ptr);
    ck_assert_uint_eq(query->dataset_at, 45);
    const struct ast_cond *cond = query->where;
    ck_assert_int_eq(cond->kind, AST_OR);
    ck_assert_uint_eq(cond->nchildren, 2);
    ck_assert_uint_eq(cond->at, 53);
    ck_assert_uint_eq(cond->children->value.at, 57);
    ck_assert_ptr_eq(cond->last_child, cond->children->next);
    ck_assert_uint_eq(cond->last_child->at, 62);
    ck_assert_uint_eq(cond->last_child->nchildren, 1);
    ck_assert_uint_eq(cond->last_child->children->nchildren, 2);
    ck_assert_ptr_null(query->options.order->measure);
    ck_assert(slice_equal(query->options.order->name, slice_lit("b")));
    ck_assert_ptr_null(query->options.into_key.ptr);
    arena_free(arena);
}
END_TEST

/* The tree borrows from the arena's copy, not from the caller's text. */
START_TEST(test_text_is_copied)
{
    char text[] = "count a from d where b = 'c'";
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query;
    struct error err = {0};
    ck_assert(query_parse(arena, slice_of(text, sizeof text - 1), &limits, &query, &err));
    memset(text, 'x', sizeof text);
    struct strbuf printed;
    strbuf_init(&printed);
    ast_print(query, &printed);
    ck_assert_str_eq(printed.ptr, "(count (dim a) (from d) (where (= b 'c')))");
    strbuf_fini(&printed);
    arena_free(arena);
}
END_TEST

/* Parses and throws away; true where the query was taken. */
static bool
takes(struct slice text, const struct parse_limits *limits, struct error *err)
{
    struct arena *arena = arena_new();
    struct ast_query *query;
    error_clear(err);
    bool ok = query_parse(arena, text, limits, &query, err);
    if (ok) {
        struct strbuf printed;
        strbuf_init(&printed);
        ast_print(query, &printed);
        strbuf_clear(&printed);
        ast_text(query, &printed);
        const struct parse_limits as_deep = {SIZE_MAX, limits->max_nesting};
        struct error own = {0};
        ck_assert_msg(query_parse(arena, strbuf_slice(&printed), &as_deep, &query, &own), "%s: %s",
                      printed.ptr, own.message);
        strbuf_fini(&printed);
    }
    arena_free(arena);
    return ok;
}

START_TEST(test_max_query_bytes)
{
    struct parse_limits limits = {.max_query_bytes = 14, .max_nesting = 1};
    struct error err;
    ck_assert(takes(slice_lit("count a from d"), &limits, &err));
    ck_assert(!takes(slice_lit("count a from de"), &limits, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "max-query-bytes is 14, the query has 15 bytes");
}
END_TEST

static const struct {
    unsigned most;
    const char *cond;
    const char *error; /* NULL: taken */
} nesting_rows[] = {
    {0, "a = 1 and b not in {1} or c is not missing", NULL},
    {0, "a = 1 having sum(x) > 1", NULL},
    {0, "(a = 1)", "max-nesting is 0, the query goes deeper at column 20"},
    {0, "!a = 1", "max-nesting is 0, the query goes deeper at column 20"},
    {1, "(a = 1) and (b = 2) or not c = 3 and not d = 4", NULL},
    {1, "((a = 1))", "max-nesting is 1, the query goes deeper at column 21"},
    {1, "(not a = 1)", "max-nesting is 1, the query goes deeper at column 21"},
    {1, "not (a = 1)", "max-nesting is 1, the query goes deeper at column 24"},
    {1, "not not a = 1", "max-nesting is 1, the query goes deeper at column 24"},
    {2, "not (a = 1) and !(b = 2) and not not c = 3 && ((d = 4)) || !(e = 5)", NULL},
    {2, "not (a = 1 or not b = 2)", "max-nesting is 2, the query goes deeper at column 34"},
    {3, "not (a = 1 or not b not in {1} and !c is not missing)", NULL},
    {3, "(((a = 1)) and !b = 2) and ((!c = 3))", NULL},
    {0, "a in (1,5] and b in [1,5) or c in {(,2], [3,4), (5,6]} and d in (,5]", NULL},
    {0, "a in (1,5] and (b = 1)", "max-nesting is 0, the query goes deeper at column 35"},
    {1, "not a in (1,5] and (b = 1 or c in {(1,2], [2,3)}) and (d = 1)", NULL},
    {1, "not a between 1 and 2 or not b not like 'x' or (c ilike 'y')", NULL},
    {1, "(a in (1,5] or (b = 1))", "max-nesting is 1, the query goes deeper at column 35"},
};

/* Where a condition is a position. */
static const struct {
    unsigned most;
    const char *query;
    const char *error; /* NULL: taken */
} nesting_when_rows[] = {
    {0, "count (a in {(1,[2,3)), net (4, 5)}), (b in {1, (2,3]}) from d", NULL},
    {0, "count (a in {([1,5),(2,3],7), net((1,2])}, b) from d having sum(x) > 1 ", NULL},
    {0, "count a in {when (b = 1) as x} from d",
     "max-nesting is 0, the query goes deeper at column 18"},
    {1,
     "count a in {when (b = 1) as x, when (c in (1,2]) as y, (1, 2)}, {when (d = 1) as z} as e "
     "from d where (f = 1)",
     NULL},
    {1, "count a in {when ((b = 1)) as x} from d",
     "max-nesting is 1, the query goes deeper at column 19"},
    {1, "count {when (not b = 1) as x} as y from d",
     "max-nesting is 1, the query goes deeper at column 14"},
    {3, "count ({when (not b in {1,2}) as x, when (not (c = 1)) as y} as z) from d", NULL},
    {2, "count (a in {([1,[[[[[[[[[[[[[[[[[[[[[[[", NULL}, /* refused by the grammar, in bounds */
    {2, "count (a in {((((((((((((((((((((((((((", NULL},
};

START_TEST(test_max_nesting_when)
{
    struct parse_limits limits = {1 << 20, nesting_when_rows[_i].most};
    struct error err;
    (void) takes(slice_str(nesting_when_rows[_i].query), &limits, &err);
    bool is_limit = strcmp(err.code, "LIMIT") == 0;
    ck_assert_str_eq(is_limit ? err.message : "",
                     nesting_when_rows[_i].error ? nesting_when_rows[_i].error : "");
}
END_TEST

START_TEST(test_max_nesting)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = {1 << 20, nesting_rows[_i].most};
    struct error err;
    struct slice text = arena_printf(arena, "count from d where %s", nesting_rows[_i].cond);
    bool ok = takes(text, &limits, &err);
    ck_assert_str_eq(err.message, nesting_rows[_i].error ? nesting_rows[_i].error : "");
    ck_assert_str_eq(err.code, nesting_rows[_i].error ? "LIMIT" : "");
    ck_assert(ok == !nesting_rows[_i].error);
    arena_free(arena);
}
END_TEST

/* `piece` so many times around one test. */
static struct slice
nested(struct strbuf *text, const char *open, const char *close, size_t n)
{
    strbuf_clear(text);
    strbuf_append_str(text, "count from d where ");
    for (size_t i = 0; i < n; i++) {
        strbuf_append_str(text, open);
    }
    strbuf_append_str(text, "a=1");
    for (size_t i = 0; i < n; i++) {
        strbuf_append_str(text, close);
    }
    return strbuf_slice(text);
}

/* The stack grows as far as the limit lets it, and a megabyte of depth is refused at once. */
START_TEST(test_deep)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct strbuf text;
    struct error err;
    strbuf_init(&text);
    ck_assert(takes(nested(&text, "(", ")", 128), &limits, &err));
    ck_assert(takes(nested(&text, "!", "", 128), &limits, &err));
    ck_assert(takes(nested(&text, "b=1||c=2&&!(", ")", 64), &limits, &err));
    ck_assert(!takes(nested(&text, "(", ")", 129), &limits, &err));
    ck_assert_str_eq(err.message, "max-nesting is 128, the query goes deeper at column 148");
    ck_assert(!takes(nested(&text, "not ", "", 129), &limits, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert(!takes(nested(&text, "(", ")", 500000), &limits, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    limits.max_nesting = UINT_MAX;
    ck_assert(takes(slice_lit("count from d where (((a=1)))"), &limits, &err));
    limits.max_nesting = 100000;
    ck_assert(!takes(nested(&text, "b=1||c=2&&!(", "", 50000), &limits, &err));
    ck_assert_str_eq(err.code, "SYNTAX");
    strbuf_fini(&text);
}
END_TEST

/* A chain of 10,000 is one node, and walking it takes no stack. */
START_TEST(test_long_chain)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query;
    struct error err = {0};
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count from d where a=0");
    for (int i = 1; i < 10000; i++) {
        strbuf_printf(&text, " || a=%d", i);
    }
    ck_assert(query_parse(arena, strbuf_slice(&text), &limits, &query, &err));
    ck_assert_int_eq(query->where->kind, AST_OR);
    ck_assert_uint_eq(query->where->nchildren, 10000);
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

static const struct {
    struct slice text;
    const char *error;
} binary_rows[] = {
    {SLICE_LIT("\0"),
     "at column 1: expected COUNT, SUM, AVG, MIN, MAX, MEDIAN, STDDEV, VARIANCE, DISTINCT, QUANTILE, ROWS, VALUES, DESCRIBE, EXPLAIN or PROFILE, found '\\x00'"},
    {SLICE_LIT("count a\0 from d"), "at column 8: expected ',', IN, BY or FROM, found '\\x00'"},
    {SLICE_LIT("count a from d\0"),
     "at column 15: expected WHERE, an option or end of query, found '\\x00'"},
    {SLICE_LIT("count a from d where b = 'x\0y'"), NULL},
    {SLICE_LIT("count `a\0b` from d"), NULL},
    {SLICE_LIT("count a from d where b = 'x\0y' zz"),
     "at column 32: expected AND, OR, an option or end of query, found 'zz'"},
    {SLICE_LIT("count a `\n\x1b[2J`"),
     "at column 9: expected ',', IN, BY or FROM, found the name '\\x0a\\x1b[2J'"},
    {SLICE_LIT("\xff\xfe\x00\x01"),
     "at column 1: '\xff\xfe' is not a word; text goes in quotes, a name in backquotes"},
    {SLICE_LIT("count a aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"),
     "at column 9: expected ',', IN, BY or FROM, found 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd'...; dimensions have commas between them: count a, b from current"},
};

START_TEST(test_binary)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err;
    bool ok = takes(binary_rows[_i].text, &limits, &err);
    ck_assert_str_eq(err.message, binary_rows[_i].error ? binary_rows[_i].error : "");
    ck_assert(ok == !binary_rows[_i].error);
}
END_TEST

/* Any beginning of a query is refused or taken, and its error says something. */
static void
check_every_prefix(const char *text, size_t size)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err;
    for (size_t len = 0; len < size; len++) {
        char *prefix = malloc(len + 1); /* on the heap, so that reading past it is seen */
        ck_assert_ptr_nonnull(prefix);
        memcpy(prefix, text, len);
        if (!takes(slice_of(prefix, len), &limits, &err)) {
            ck_assert_str_eq(err.code, "SYNTAX");
            ck_assert(strstr(err.message, "expected") || strstr(err.message, "does not end") ||
                      strstr(err.message, "not a number") || strstr(err.message, "takes a number"));
            ck_assert_ptr_null(strstr(err.message, "expected ,"));
        }
        free(prefix);
    }
    ck_assert(takes(slice_of(text, size - 1), &limits, &err));
}

START_TEST(test_every_prefix)
{
    static const char text[] =
        "explain count a in {1 as one, 'it''s', [2,5.5], missing, other as \"x\"} as y, `b c` by "
        "10 "
        "from d where !(a=1 && b!=2 || c is not missing) and e not in [1,2.5] or f exists "
        "having sum(x)>=2.5 order by count desc limit 10 offset 5 totals percent of row "
        "weight by w suppress below 5 test chi2 into 'k' ex 60 format json timeout 100 nocache";
    check_every_prefix(text, sizeof text);
    static const char more[] =
        "count, sum(x) as total, quantile(y, 0.5) by (a in {(1,2) as one, net (3, [4,5)), top 5, "
        "when (b like 'x\\%' and c not between 1 and 2) as \"w\"}), (d by 4 quantiles, e by year), "
        "({when (f in (1,2]) as f} as g) from d having total > 5 order by total desc, a percent of "
        "row with count test columns level 0.01 residuals ci 0.9 format markdown ;";
    check_every_prefix(more, sizeof more);
    check_every_prefix("rows a, b from d order by c;", 29);
}
END_TEST

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

int
main(void)
{
    Suite *suite = suite_create("parser");
    TCase *tcase = tcase_create("parser");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_select, 0, NROWS(select_rows));
    tcase_add_loop_test(tcase, test_dim, 0, NROWS(dim_rows));
    tcase_add_loop_test(tcase, test_statement, 0, NROWS(statement_rows));
    tcase_add_loop_test(tcase, test_item, 0, NROWS(item_rows));
    tcase_add_loop_test(tcase, test_hint, 0, NROWS(hint_rows));
    tcase_add_loop_test(tcase, test_cond, 0, NROWS(cond_rows));
    tcase_add_loop_test(tcase, test_option, 0, NROWS(option_rows));
    tcase_add_loop_test(tcase, test_keyword, 0, NROWS(keyword_rows));
    tcase_add_test(tcase, test_mission_query);
    tcase_add_test(tcase, test_fields_of_the_tree);
    tcase_add_test(tcase, test_text_is_copied);
    tcase_add_test(tcase, test_max_query_bytes);
    tcase_add_loop_test(tcase, test_max_nesting, 0, NROWS(nesting_rows));
    tcase_add_loop_test(tcase, test_max_nesting_when, 0, NROWS(nesting_when_rows));
    tcase_add_test(tcase, test_deep);
    tcase_add_test(tcase, test_long_chain);
    tcase_add_loop_test(tcase, test_binary, 0, NROWS(binary_rows));
    tcase_add_test(tcase, test_every_prefix);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
