/*
 * The words of the language that the tree keeps as enums, in lower case.
 *
 *     ast_measure_name(AST_STDDEV) -> "stddev"      ast_operator_name(AST_LE) -> "<="
 */
#ifndef QUIPU_PARSER_AST_NAMES_H
#define QUIPU_PARSER_AST_NAMES_H

#include "parser/ast.h"

const char *ast_operator_name(enum ast_operator op);
const char *ast_measure_name(enum ast_measure_kind kind);
const char *ast_unit_name(enum ast_unit unit);
/* Empty for AST_PERCENT_NONE. */
const char *ast_percent_name(enum ast_percent percent);
/* Empty for AST_FORMAT_DEFAULT. */
const char *ast_format_name(enum ast_format format);

#endif
