// The grammar of the query language, for lemon. in: tokens; out: builder->query, a tree.
//
// One constructor (ast_build.h) per rule, and nothing else in an action. docs/language.md has the
// same grammar for readers.
//
// Keywords fall back to WORD where the grammar has no place for them as keywords, so `count in in
// [1,2] from from` is a query. The price: lemon tries the fallback before a state's default
// reduction, so no state may both take a WORD and reduce. That is why the rules of `head` hold COUNT
// and FROM themselves instead of leaving `count from` to measures.

%name               grammar
%token_prefix       TOKEN_
%token_type         {struct token}
%extra_context      {struct ast_builder *builder}
%start_symbol       query
%stack_size         0

%include {
/* Made by lemon from parser/grammar.y. */
#include <stdlib.h>

#include "base/must.h"
#include "parser/automaton.h"

/* The first bad token ends the query: there is nothing to recover to. */
#define YYNOERRORRECOVERY 1
}

%syntax_error {
    builder->is_refused = true;
    builder->refused = TOKEN;
}

// The stack grows on demand; nesting is bounded before tokens get here. Only memory can run out.
%stack_overflow {
    out_of_memory();
}

%nonassoc JUNK.

%fallback WORD
    COUNT FROM WHERE BY IN AS AND OR NOT IS EXISTS MISSING OTHER SUM AVG MIN MAX DISTINCT EXPLAIN
    PROFILE HAVING ORDER ASC DESC LIMIT OFFSET TOTALS PERCENT OF ROW COLUMN TOTAL WEIGHT SUPPRESS
    BELOW TEST CHI2 INTO EX FORMAT NESTED ROWS MAP TABLE JSON CSV TIMEOUT NOCACHE.

// query

query ::= select(S).            { ast_query_done(builder, S, AST_RUN); }
query ::= EXPLAIN select(S).    { ast_query_done(builder, S, AST_EXPLAIN); }
query ::= PROFILE select(S).    { ast_query_done(builder, S, AST_PROFILE); }

%type select {struct ast_query *}
select(A) ::= head(H) dataset(D) where(W) options(O).
    { A = ast_query(builder, H, D, W, O); }

%type head {struct ast_head}
head(A) ::= COUNT(T) FROM.
    { A = ast_head_count(builder, T, ast_dims_none()); }
head(A) ::= COUNT(T) dims(D) FROM.
    { A = ast_head_count(builder, T, D); }
head(A) ::= COUNT(T) BY dims(D) FROM.
    { A = ast_head_measures(ast_measures_one(ast_measure_count(builder, T)), D); }
head(A) ::= COUNT(T) COMMA measures(M) by(D) FROM.
    { A = ast_head_measures(ast_measures_join(ast_measure_count(builder, T), M), D); }
head(A) ::= aggregate(M) by(D) FROM.
    { A = ast_head_measures(ast_measures_one(M), D); }
head(A) ::= aggregate(M) COMMA measures(R) by(D) FROM.
    { A = ast_head_measures(ast_measures_join(M, R), D); }

%type by {struct ast_dims}
by(A) ::= .                     { A = ast_dims_none(); }
by(A) ::= BY dims(D).           { A = D; }

%type dataset {struct ast_name}
dataset(A) ::= WORD(T).         { A = ast_name_word(T); }
dataset(A) ::= NAME(T).         { A = ast_name_backquoted(builder, T); }

%type where {struct ast_cond *}
where(A) ::= .                  { A = NULL; }
where(A) ::= WHERE cond(C).     { A = C; }

// names and values

%type field {struct ast_name}
field(A) ::= WORD(T).           { A = ast_name_word(T); }
field(A) ::= NAME(T).           { A = ast_name_backquoted(builder, T); }

%type name {struct ast_name}
name(A) ::= WORD(T).            { A = ast_name_word(T); }
name(A) ::= NAME(T).            { A = ast_name_backquoted(builder, T); }
name(A) ::= TEXT(T).            { A = ast_name_text(builder, T); }

%type label {struct ast_name}
label(A) ::= WORD(T).           { A = ast_name_word(T); }
label(A) ::= TEXT(T).           { A = ast_name_text(builder, T); }
label(A) ::= INTEGER(T).        { A = ast_name_word(T); }
label(A) ::= DECIMAL(T).        { A = ast_name_word(T); }

%type key {struct ast_name}
key(A) ::= WORD(T).             { A = ast_name_word(T); }
key(A) ::= TEXT(T).             { A = ast_name_text(builder, T); }

%type integer {struct ast_value}
integer(A) ::= INTEGER(T).      { A = ast_value_number(builder, T); }

%type number {struct ast_value}
number(A) ::= INTEGER(T).       { A = ast_value_number(builder, T); }
number(A) ::= DECIMAL(T).       { A = ast_value_number(builder, T); }

%type value {struct ast_value}
value(A) ::= number(N).         { A = N; }
value(A) ::= TEXT(T).           { A = ast_value_text(builder, T); }
value(A) ::= WORD(T).           { A = ast_value_word(T); }

// dimensions

%type dims {struct ast_dims}
dims(A) ::= dim(D).             { A = ast_dims_one(D); }
dims(A) ::= dims(B) COMMA dim(D).
    { A = ast_dims_append(B, D); }

%type dim {struct ast_dim *}
dim(A) ::= field(F) as(N).
    { A = ast_dim_open(builder, F, N); }
dim(A) ::= field(F) IN dim_positions(P) as(N).
    { A = ast_dim_positions(builder, F, P, N); }
dim(A) ::= field(F) BY number(W) as(N).
    { A = ast_dim_width(builder, F, W, N); }

%type as {struct ast_name}
as(A) ::= .                     { A = ast_name_none(); }
as(A) ::= AS name(N).           { A = N; }

// positions: a range behind IN is of integers in a dimension, of any numbers in a condition

%type dim_positions {struct ast_positions *}
dim_positions(A) ::= LBRACKET(T) integer(L) COMMA integer(H) RBRACKET.
    { A = ast_positions_range(builder, T, L, H); }
dim_positions(A) ::= list(L).   { A = L; }

%type positions {struct ast_positions *}
positions(A) ::= LBRACKET(T) number(L) COMMA number(H) RBRACKET.
    { A = ast_positions_range(builder, T, L, H); }
positions(A) ::= list(L).       { A = L; }

%type list {struct ast_positions *}
list(A) ::= LBRACE(T) items(I) RBRACE.
    { A = ast_positions_list(builder, T, I); }

%type items {struct ast_items}
items(A) ::= item(I).           { A = ast_items_one(I); }
items(A) ::= items(B) COMMA item(I).
    { A = ast_items_append(B, I); }

%type item {struct ast_item *}
item(A) ::= position(P).        { A = P; }
item(A) ::= position(P) AS label(L).
    { A = ast_item_label(P, L); }

%type position {struct ast_item *}
position(A) ::= value(V).       { A = ast_item_value(builder, V); }
position(A) ::= LBRACKET(T) number(L) COMMA number(H) RBRACKET.
    { A = ast_item_range(builder, T, L, H); }
position(A) ::= MISSING(T).     { A = ast_item_missing(builder, T); }
position(A) ::= OTHER(T).       { A = ast_item_other(builder, T); }

// conditions: a chain of one operator is one node, and parentheses start a new one

%type cond {struct ast_cond *}
cond(A) ::= and(C).             { A = C; }
cond(A) ::= or_chain(C).        { A = C; }

%type or_chain {struct ast_cond *}
or_chain(A) ::= and(B) or_sign and(C).
    { A = ast_or_two(builder, B, C); }
or_chain(A) ::= or_chain(B) or_sign and(C).
    { A = ast_chain_append(B, C); }

%type and {struct ast_cond *}
and(A) ::= unary(C).            { A = C; }
and(A) ::= and_chain(C).        { A = C; }

%type and_chain {struct ast_cond *}
and_chain(A) ::= unary(B) and_sign unary(C).
    { A = ast_and_two(builder, B, C); }
and_chain(A) ::= and_chain(B) and_sign unary(C).
    { A = ast_chain_append(B, C); }

or_sign ::= OR.
or_sign ::= BARBAR.
and_sign ::= AND.
and_sign ::= AMPAMP.

%type unary {struct ast_cond *}
unary(A) ::= NOT(T) unary(C).   { A = ast_not(builder, T, C); }
unary(A) ::= BANG(T) unary(C).  { A = ast_not(builder, T, C); }
unary(A) ::= LPAREN cond(C) RPAREN.
    { A = C; }
unary(A) ::= field(F) operator(O) value(V).
    { A = ast_compare(builder, F, O, V); }
unary(A) ::= field(F) IN positions(P).
    { A = ast_in(builder, F, false, P); }
unary(A) ::= field(F) NOT IN positions(P).
    { A = ast_in(builder, F, true, P); }
unary(A) ::= field(F) IS MISSING.
    { A = ast_missing(builder, F); }
unary(A) ::= field(F) IS NOT MISSING.
    { A = ast_exists(builder, F); }
unary(A) ::= field(F) EXISTS.
    { A = ast_exists(builder, F); }

%type operator {enum ast_operator}
operator(A) ::= EQ.             { A = AST_EQ; }
operator(A) ::= NE.             { A = AST_NE; }
operator(A) ::= LT.             { A = AST_LT; }
operator(A) ::= LE.             { A = AST_LE; }
operator(A) ::= GT.             { A = AST_GT; }
operator(A) ::= GE.             { A = AST_GE; }

// measures

%type measures {struct ast_measures}
measures(A) ::= measure(M).     { A = ast_measures_one(M); }
measures(A) ::= measures(B) COMMA measure(M).
    { A = ast_measures_append(B, M); }

%type measure {struct ast_measure *}
measure(A) ::= COUNT(T).        { A = ast_measure_count(builder, T); }
measure(A) ::= aggregate(M).    { A = M; }

%type aggregate {struct ast_measure *}
aggregate(A) ::= SUM(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_SUM, F); }
aggregate(A) ::= AVG(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_AVG, F); }
aggregate(A) ::= MIN(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_MIN, F); }
aggregate(A) ::= MAX(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_MAX, F); }
aggregate(A) ::= DISTINCT(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_DISTINCT, F); }

// options, in any order

%type options {struct ast_options *}
options(A) ::= .
    { A = ast_options_none(builder); }
options(A) ::= options(B) HAVING(T) measure(M) operator(O) number(N).
    { A = ast_option_having(builder, B, T, M, O, N); }
options(A) ::= options(B) ORDER(T) BY name(N) descending(D).
    { A = ast_option_order_name(builder, B, T, N, D); }
options(A) ::= options(B) ORDER(T) BY measure(M) descending(D).
    { A = ast_option_order_measure(builder, B, T, M, D); }
options(A) ::= options(B) LIMIT(T) INTEGER(N).
    { A = ast_option_limit(builder, B, T, N); }
options(A) ::= options(B) LIMIT(T) INTEGER(N) OFFSET INTEGER(M).
    { A = ast_option_limit_offset(builder, B, T, N, M); }
options(A) ::= options(B) TOTALS(T).
    { A = ast_option_totals(builder, B, T); }
options(A) ::= options(B) PERCENT(T) OF percent(P).
    { A = ast_option_percent(builder, B, T, P); }
options(A) ::= options(B) WEIGHT(T) BY field(F).
    { A = ast_option_weight(builder, B, T, F); }
options(A) ::= options(B) SUPPRESS(T) BELOW INTEGER(N).
    { A = ast_option_suppress(builder, B, T, N); }
options(A) ::= options(B) TEST(T) CHI2.
    { A = ast_option_chi2(builder, B, T); }
options(A) ::= options(B) INTO(T) key(K).
    { A = ast_option_into(builder, B, T, K); }
options(A) ::= options(B) INTO(T) key(K) EX INTEGER(N).
    { A = ast_option_into_ex(builder, B, T, K, N); }
options(A) ::= options(B) FORMAT(T) format(F).
    { A = ast_option_format(builder, B, T, F); }
options(A) ::= options(B) TIMEOUT(T) INTEGER(N).
    { A = ast_option_timeout(builder, B, T, N); }
options(A) ::= options(B) NOCACHE(T).
    { A = ast_option_nocache(builder, B, T); }

%type descending {bool}
descending(A) ::= .             { A = false; }
descending(A) ::= ASC.          { A = false; }
descending(A) ::= DESC.         { A = true; }

%type percent {enum ast_percent}
percent(A) ::= ROW.             { A = AST_PERCENT_ROW; }
percent(A) ::= COLUMN.          { A = AST_PERCENT_COLUMN; }
percent(A) ::= TOTAL.           { A = AST_PERCENT_TOTAL; }

%type format {enum ast_format}
format(A) ::= NESTED.           { A = AST_FORMAT_NESTED; }
format(A) ::= ROWS.             { A = AST_FORMAT_ROWS; }
format(A) ::= MAP.              { A = AST_FORMAT_MAP; }
format(A) ::= TABLE.            { A = AST_FORMAT_TABLE; }
format(A) ::= JSON.             { A = AST_FORMAT_JSON; }
format(A) ::= CSV.              { A = AST_FORMAT_CSV; }

// The automaton without values (automaton.h), on the tables above.
%code {
void
states_init(struct states *states)
{
    *states = (struct states){.capacity = 64};
    states->stack = must_grow(NULL, states->capacity, sizeof *states->stack);
    states->stack[states->n++] = 0;
}

void
states_fini(struct states *states)
{
    free(states->stack);
    *states = (struct states){0};
}

static void
states_push(struct states *states, YYACTIONTYPE state)
{
    states->stack = must_room(states->stack, states->n, &states->capacity, sizeof *states->stack);
    states->stack[states->n++] = state;
}

/* yy_find_shift_action without the fallback. */
static YYACTIONTYPE
exact_action(YYCODETYPE kind, YYACTIONTYPE state)
{
    if (state > YY_MAX_SHIFT) {
        return state;
    }
    int i = yy_shift_ofst[state] + kind;
    return yy_lookahead[i] == kind ? yy_action[i] : yy_default[state];
}

/* The loop of lemon's driver: reduce until the token is shifted, accepted or refused. */
static bool
states_step(struct states *states, int kind, bool exact)
{
    for (;;) {
        YYACTIONTYPE state = states->stack[states->n - 1];
        YYACTIONTYPE action = exact ? exact_action((YYCODETYPE) kind, state)
                                    : yy_find_shift_action((YYCODETYPE) kind, state);
        if (action >= YY_MIN_REDUCE) {
            unsigned rule = action - YY_MIN_REDUCE;
            states->n -= (size_t) -yyRuleInfoNRhs[rule];
            states_push(states, yy_find_reduce_action(states->stack[states->n - 1],
                                                      yyRuleInfoLhs[rule]));
        } else if (action <= YY_MAX_SHIFTREDUCE) {
            states_push(states, action > YY_MAX_SHIFT ? action + YY_MIN_REDUCE - YY_MIN_SHIFTREDUCE
                                                      : action);
            return true;
        } else {
            return action == YY_ACCEPT_ACTION;
        }
    }
}

bool
states_shift(struct states *states, int kind)
{
    return states_step(states, kind, false);
}

bool
states_can_shift(const struct states *states, int kind)
{
    struct states copy = *states;
    copy.stack = must_grow(NULL, copy.capacity, sizeof *copy.stack);
    for (size_t i = 0; i < copy.n; i++) {
        copy.stack[i] = states->stack[i];
    }
    bool can = states_step(&copy, kind, true);
    states_fini(&copy);
    return can;
}
}
