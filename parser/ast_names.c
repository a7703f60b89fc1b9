/*
 * The words of the tree's enums. in: an enum; out: how a query writes it.
 *
 *     AST_UNIT_WEEKDAY   ->   weekday
 */
#include "parser/ast_names.h"

const char *
ast_operator_name(enum ast_operator op)
{
    switch (op) {
    case AST_EQ: return "=";
    case AST_NE: return "!=";
    case AST_LT: return "<";
    case AST_LE: return "<=";
    case AST_GT: return ">";
    case AST_GE: return ">=";
    }
    return "";
}

const char *
ast_measure_name(enum ast_measure_kind kind)
{
    switch (kind) {
    case AST_COUNT: return "count";
    case AST_SUM: return "sum";
    case AST_AVG: return "avg";
    case AST_MIN: return "min";
    case AST_MAX: return "max";
    case AST_MEDIAN: return "median";
    case AST_STDDEV: return "stddev";
    case AST_VARIANCE: return "variance";
    case AST_DISTINCT: return "distinct";
    case AST_QUANTILE: return "quantile";
    }
    return "";
}

const char *
ast_unit_name(enum ast_unit unit)
{
    switch (unit) {
    case AST_UNIT_YEAR: return "year";
    case AST_UNIT_QUARTER: return "quarter";
    case AST_UNIT_MONTH: return "month";
    case AST_UNIT_WEEK: return "week";
    case AST_UNIT_DAY: return "day";
    case AST_UNIT_WEEKDAY: return "weekday";
    case AST_UNIT_HOUR: return "hour";
    }
    return "";
}

const char *
ast_percent_name(enum ast_percent percent)
{
    switch (percent) {
    case AST_PERCENT_NONE: return "";
    case AST_PERCENT_ROW: return "row";
    case AST_PERCENT_COLUMN: return "column";
    case AST_PERCENT_TOTAL: return "total";
    }
    return "";
}

const char *
ast_format_name(enum ast_format format)
{
    switch (format) {
    case AST_FORMAT_DEFAULT: return "";
    case AST_FORMAT_NESTED: return "nested";
    case AST_FORMAT_ROWS: return "rows";
    case AST_FORMAT_MAP: return "map";
    case AST_FORMAT_TABLE: return "table";
    case AST_FORMAT_MARKDOWN: return "markdown";
    case AST_FORMAT_JSON: return "json";
    case AST_FORMAT_CSV: return "csv";
    }
    return "";
}
