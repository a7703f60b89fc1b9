/*
 * Constructors of the tree: one per rule of grammar.y, which calls them and does nothing else.
 *
 *     unary(A) ::= NOT(T) unary(C).   { A = ast_not(builder, T, C); }
 *
 * Quotes and escapes come off here, numbers become canonical, and what a rule alone cannot refuse
 * (an option twice, LIMIT -1, a group in a condition) is refused: the error goes to builder->err,
 * and a valid tree is returned all the same. Everything is made in the query's arena.
 *
 * This header has what all of them share, names and values. ast_build_*.h have one noun each.
 */
#ifndef QUIPU_PARSER_AST_BUILD_H
#define QUIPU_PARSER_AST_BUILD_H

#include "base/error.h"
#include "parser/ast.h"
#include "parser/token.h"

struct ast_builder {
    struct arena *arena;
    struct error *err;
    struct ast_query *query; /* NULL until the query is whole */
    bool is_refused;         /* the grammar had no place for this token */
    struct token refused;
};

/* A field, dataset, dimension or key, unescaped, and where it stands. A ptr of NULL: none. */
struct ast_name {
    struct slice text;
    size_t at;
};

struct ast_name ast_name_none(void);
struct ast_name ast_name_word(struct token token);
struct ast_name ast_name_backquoted(struct ast_builder *builder, struct token token);
struct ast_name ast_name_text(struct ast_builder *builder, struct token token);

struct ast_value ast_value_number(struct ast_builder *builder, struct token token);
struct ast_value ast_value_text(struct ast_builder *builder, struct token token);
struct ast_value ast_value_word(struct token token);
/*
 * A pattern of LIKE, as it is written: its quotes come off, and a backslash in front of a quote. All
 * other backslashes stay, for the matcher: '50\%' is 50\%.
 */
struct ast_value ast_value_pattern(struct ast_builder *builder, struct token token);

/* The whole number that `what` takes; refuses one below least or over 64 bits. */
int64_t ast_whole_number(struct ast_builder *builder, struct token token, const char *what,
                         int64_t least);

#endif
