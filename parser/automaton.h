/*
 * What lemon makes of grammar.y: the parser, and its automaton of states without the values.
 *
 *     void *parser = grammarAlloc(malloc, &builder);
 *     grammar(parser, token.kind, token);          for each token, and once with kind 0
 *     grammarFree(parser, free);
 *
 * The states alone answer which tokens could come next. The parser itself cannot: by the time it
 * refuses a token it has reduced what that token was to continue.
 *
 *     states after `count a`:  states_can_shift(TOKEN_FROM) -> true, (TOKEN_WHERE) -> false
 */
#ifndef QUIPU_PARSER_AUTOMATON_H
#define QUIPU_PARSER_AUTOMATON_H

#include "parser/ast_build.h"
#include "parser/token.h"

/* Owned by the caller, freed with grammarFree, also in the middle of a query. */
void *grammarAlloc(void *(*alloc)(size_t), struct ast_builder *builder);
void grammarFree(void *parser, void (*release)(void *));
/* At the end of a good query builder->query is set; after a bad token builder->refused is. */
void grammar(void *parser, int kind, struct token token);

struct states {
    uint16_t *stack;
    size_t n, capacity;
};

void states_init(struct states *states);
void states_fini(struct states *states);
/* Moves over a token as the parser does, keywords as words included. False where it is refused. */
bool states_shift(struct states *states, int kind);
/* Could this very token come next, not as a word in its stead? */
bool states_can_shift(const struct states *states, int kind);

#endif
