// The grammar of the query language, for lemon. in: tokens; out: builder->query, a tree.
//
// One constructor (ast_build.h) per rule, and nothing else in an action. docs/language.md has the
// same grammar for readers.
//
// Keywords fall back to WORD where the grammar has no place for them as keywords, so `count in in
// [1,2] from from` is a query. The price: lemon tries the fallback before a state's default
// reduction, so no state may both take a WORD and reduce. That is why the rules of `head` hold COUNT
// and FROM themselves instead of leaving `count from` to measures, and why NET, TOP, WHEN and BY are
// values by rules of their own. A list's `( singles` is written once: what closes it says whether it
// was a group or a range.

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
#include "parser/ast_build_conds.h"
#include "parser/ast_build_options.h"
#include "parser/ast_build_query.h"
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
    BELOW TEST CHI2 INTO EX FORMAT NESTED ROWS MAP TABLE JSON CSV TIMEOUT NOCACHE VALUES DESCRIBE
    YEAR QUARTER MONTH WEEK DAY WEEKDAY HOUR QUANTILES WHEN NET TOP LIKE ILIKE BETWEEN MEDIAN
    STDDEV VARIANCE QUANTILE WITH COLUMNS LEVEL RESIDUALS CI MARKDOWN.

// query

query ::= statement(S) semi.            { ast_query_done(builder, S, AST_RUN); }
query ::= EXPLAIN statement(S) semi.    { ast_query_done(builder, S, AST_EXPLAIN); }
query ::= PROFILE statement(S) semi.    { ast_query_done(builder, S, AST_PROFILE); }

semi ::= .
semi ::= SEMI.

%type statement {struct ast_query *}
statement(A) ::= head(H) dataset(D) where(W) options(O).
    { A = ast_query_from(H, D, W, O); }
statement(A) ::= DESCRIBE dataset(D) options(O).
    { A = ast_query_from(ast_head_fields(builder, AST_DESCRIBE, ast_fields_none()), D, NULL, O); }

%type head {struct ast_query *}
head(A) ::= COUNT(T) FROM.
    { A = ast_head_count(builder, T, ast_tables_none(builder)); }
head(A) ::= COUNT(T) tables(D) FROM.
    { A = ast_head_count(builder, T, D); }
head(A) ::= COUNT(T) BY tables(D) FROM.
    { A = ast_head_measures(builder, ast_measures_one(ast_measure_count(builder, T)), D); }
head(A) ::= COUNT(T) COMMA measures(M) by(D) FROM.
    { A = ast_head_measures(builder, ast_measures_join(ast_measure_count(builder, T), M), D); }
head(A) ::= aggregate_as(M) by(D) FROM.
    { A = ast_head_measures(builder, ast_measures_one(M), D); }
head(A) ::= aggregate_as(M) COMMA measures(R) by(D) FROM.
    { A = ast_head_measures(builder, ast_measures_join(M, R), D); }
head(A) ::= ROWS STAR FROM.
    { A = ast_head_fields(builder, AST_ROWS, ast_fields_none()); }
head(A) ::= ROWS fields(F) FROM.
    { A = ast_head_fields(builder, AST_ROWS, F); }
head(A) ::= VALUES field(F) FROM.
    { A = ast_head_fields(builder, AST_VALUES, ast_fields_one(builder, F)); }

%type fields {struct ast_fields}
fields(A) ::= field(F).         { A = ast_fields_one(builder, F); }
fields(A) ::= fields(B) COMMA field(F).
    { A = ast_fields_append(builder, B, F); }

%type by {struct ast_tables}
by(A) ::= .                     { A = ast_tables_none(builder); }
by(A) ::= BY tables(D).         { A = D; }

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

// dimensions, and the tables that they span

%type tables {struct ast_tables}
tables(A) ::= dims(D).          { A = ast_tables_plain(builder, D); }
tables(A) ::= many_tables(B).   { A = B; }

%type many_tables {struct ast_tables}
many_tables(A) ::= LPAREN(T) dims(D) RPAREN.
    { A = ast_tables_one(builder, T, D); }
many_tables(A) ::= many_tables(B) COMMA LPAREN(T) dims(D) RPAREN.
    { A = ast_tables_append(builder, B, T, D); }

%type dims {struct ast_dims}
dims(A) ::= dim(D).             { A = ast_dims_one(D); }
dims(A) ::= dims(B) COMMA dim(D).
    { A = ast_dims_append(B, D); }

%type dim {struct ast_dim *}
dim(A) ::= field(F) as(N).
    { A = ast_dim_open(builder, F, N); }
dim(A) ::= field(F) IN dim_positions(P) as(N).
    { A = ast_dim_positions(builder, F, P, N); }
dim(A) ::= field(F) BY bins(B) as(N).
    { A = ast_dim_bins(builder, F, B, N); }
dim(A) ::= LBRACE(T) whens(I) RBRACE AS name(N).
    { A = ast_dim_whens(builder, T, I, N); }

%type as {struct ast_name}
as(A) ::= .                     { A = ast_name_none(); }
as(A) ::= AS name(N).           { A = N; }

%type whens {struct ast_items}
whens(A) ::= when(I).           { A = ast_items_one(I); }
whens(A) ::= whens(B) COMMA when(I).
    { A = ast_items_append(B, I); }

%type when {struct ast_item *}
when(A) ::= WHEN(T) LPAREN cond(C) RPAREN AS label(L).
    { A = ast_item_when(builder, T, C, L); }

%type bins {struct ast_bins}
bins(A) ::= number(W).          { A = ast_bins_width(builder, W); }
bins(A) ::= INTEGER(T) QUANTILES.
    { A = ast_bins_quantiles(builder, T); }
bins(A) ::= YEAR(T).            { A = ast_bins_unit(T, AST_UNIT_YEAR); }
bins(A) ::= QUARTER(T).         { A = ast_bins_unit(T, AST_UNIT_QUARTER); }
bins(A) ::= MONTH(T).           { A = ast_bins_unit(T, AST_UNIT_MONTH); }
bins(A) ::= WEEK(T).            { A = ast_bins_unit(T, AST_UNIT_WEEK); }
bins(A) ::= DAY(T).             { A = ast_bins_unit(T, AST_UNIT_DAY); }
bins(A) ::= WEEKDAY(T).         { A = ast_bins_unit(T, AST_UNIT_WEEKDAY); }
bins(A) ::= HOUR(T).            { A = ast_bins_unit(T, AST_UNIT_HOUR); }

// positions: a range behind IN is of integers in a dimension, of any numbers in a condition. The
// lists are of the same items; a condition's refuses what is no single.

%type dim_positions {struct ast_positions *}
dim_positions(A) ::= LBRACKET(T) integer(L) COMMA integer(H) RBRACKET.
    { A = ast_positions_ints(builder, T, L, H); }
dim_positions(A) ::= LBRACE(T) items(I) RBRACE.
    { A = ast_positions_list(builder, T, I); }

%type positions {struct ast_positions *}
positions(A) ::= bracket_range(R).
    { A = ast_positions_range(builder, R); }
positions(A) ::= paren_range(R).
    { A = ast_positions_range(builder, R); }
positions(A) ::= LBRACE(T) items(I) RBRACE.
    { A = ast_positions_test(builder, T, I); }

%type items {struct ast_items}
items(A) ::= item(I).           { A = ast_items_one(I); }
items(A) ::= items(B) COMMA item(I).
    { A = ast_items_append(B, I); }

%type item {struct ast_item *}
item(A) ::= single(S) as_label(L).
    { A = ast_item_single(builder, S, L); }
item(A) ::= LPAREN(T) singles(S) RPAREN as_label(L).
    { A = ast_item_group(builder, T, S, L); }
item(A) ::= NET(T) LPAREN singles(S) RPAREN as_label(L).
    { A = ast_item_net(builder, T, S, L); }
item(A) ::= when(I).            { A = I; }
item(A) ::= STAR(T).            { A = ast_item_star(builder, T); }
item(A) ::= TOP(T) INTEGER(N).  { A = ast_item_top(builder, T, N); }
item(A) ::= BY(T) bins(B).      { A = ast_item_bins(builder, T, B); }
item(A) ::= item_word(V) as_label(L).
    { A = ast_item_single(builder, ast_single_value(builder, V), L); }

// Keywords of a list that are values where nothing of theirs follows.
%type item_word {struct ast_value}
item_word(A) ::= NET(T).        { A = ast_value_word(T); }
item_word(A) ::= TOP(T).        { A = ast_value_word(T); }
item_word(A) ::= WHEN(T).       { A = ast_value_word(T); }
item_word(A) ::= BY(T).         { A = ast_value_word(T); }

%type as_label {struct ast_name}
as_label(A) ::= .               { A = ast_name_none(); }
as_label(A) ::= AS label(L).    { A = L; }

%type singles {struct ast_singles}
singles(A) ::= single(S).       { A = ast_singles_one(S); }
singles(A) ::= singles(B) COMMA single(S).
    { A = ast_singles_append(B, S); }

%type single {struct ast_single *}
single(A) ::= value(V).         { A = ast_single_value(builder, V); }
single(A) ::= bracket_range(R). { A = R; }
single(A) ::= paren_range(R).   { A = R; }
single(A) ::= MISSING(T).       { A = ast_single_missing(builder, T); }
single(A) ::= OTHER(T).         { A = ast_single_other(builder, T); }

%type bracket_range {struct ast_single *}
bracket_range(A) ::= LBRACKET(T) number(L) COMMA number(H) close(I).
    { A = ast_range_closed_below(builder, T, L, H, I); }
bracket_range(A) ::= LBRACKET(T) number(L) COMMA RPAREN.
    { A = ast_range_from(builder, T, L); }

%type paren_range {struct ast_single *}
paren_range(A) ::= LPAREN(T) singles(S) RBRACKET.
    { A = ast_range_open_below(builder, T, S); }
paren_range(A) ::= LPAREN(T) singles(S) COMMA close.
    { A = ast_range_above(builder, T, S); }
paren_range(A) ::= LPAREN(T) COMMA number(H) close(I).
    { A = ast_range_to(builder, T, H, I); }

%type close {bool}
close(A) ::= RBRACKET.          { A = true; }
close(A) ::= RPAREN.            { A = false; }

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
unary(A) ::= field(F) LIKE TEXT(T).
    { A = ast_like(builder, F, false, false, ast_value_pattern(builder, T)); }
unary(A) ::= field(F) ILIKE TEXT(T).
    { A = ast_like(builder, F, false, true, ast_value_pattern(builder, T)); }
unary(A) ::= field(F) NOT LIKE TEXT(T).
    { A = ast_like(builder, F, true, false, ast_value_pattern(builder, T)); }
unary(A) ::= field(F) NOT ILIKE TEXT(T).
    { A = ast_like(builder, F, true, true, ast_value_pattern(builder, T)); }
unary(A) ::= field(F) BETWEEN value(L) AND value(H).
    { A = ast_between(builder, F, false, L, H); }
unary(A) ::= field(F) NOT BETWEEN value(L) AND value(H).
    { A = ast_between(builder, F, true, L, H); }
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
measure(A) ::= COUNT(T) as(N).  { A = ast_measure_as(ast_measure_count(builder, T), N); }
measure(A) ::= aggregate_as(M). { A = M; }

%type aggregate_as {struct ast_measure *}
aggregate_as(A) ::= aggregate(M) as(N).
    { A = ast_measure_as(M, N); }

%type aggregate {struct ast_measure *}
aggregate(A) ::= SUM(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_SUM, F); }
aggregate(A) ::= AVG(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_AVG, F); }
aggregate(A) ::= MIN(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_MIN, F); }
aggregate(A) ::= MAX(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_MAX, F); }
aggregate(A) ::= MEDIAN(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_MEDIAN, F); }
aggregate(A) ::= STDDEV(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_STDDEV, F); }
aggregate(A) ::= VARIANCE(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_VARIANCE, F); }
aggregate(A) ::= DISTINCT(T) LPAREN field(F) RPAREN.
    { A = ast_measure_of(builder, T, AST_DISTINCT, F); }
aggregate(A) ::= QUANTILE(T) LPAREN field(F) COMMA number(P) RPAREN.
    { A = ast_measure_quantile(builder, T, F, P); }

// A measure that HAVING or ORDER BY goes by: it has no name of its own.
%type by_measure {struct ast_measure *}
by_measure(A) ::= COUNT(T).     { A = ast_measure_count(builder, T); }
by_measure(A) ::= aggregate(M). { A = M; }

// options, in any order

%type options {struct ast_options *}
options(A) ::= .
    { A = ast_options_none(builder); }
options(A) ::= options(B) HAVING(T) by_measure(M) operator(O) number(N).
    { A = ast_option_having_measure(builder, B, T, M, O, N); }
options(A) ::= options(B) HAVING(T) name(M) operator(O) number(N).
    { A = ast_option_having_name(builder, B, T, M, O, N); }
options(A) ::= options(B) ORDER(T) BY orders(O).
    { A = ast_option_order(builder, B, T, O); }
options(A) ::= options(B) LIMIT(T) INTEGER(N).
    { A = ast_option_limit(builder, B, T, N); }
options(A) ::= options(B) LIMIT(T) INTEGER(N) OFFSET INTEGER(M).
    { A = ast_option_limit_offset(builder, B, T, N, M); }
options(A) ::= options(B) TOTALS(T).
    { A = ast_option_totals(builder, B, T); }
options(A) ::= options(B) PERCENT(T) OF percent(P).
    { A = ast_option_percent(builder, B, T, P, false); }
options(A) ::= options(B) PERCENT(T) OF percent(P) WITH COUNT.
    { A = ast_option_percent(builder, B, T, P, true); }
options(A) ::= options(B) WEIGHT(T) BY field(F).
    { A = ast_option_weight(builder, B, T, F); }
options(A) ::= options(B) SUPPRESS(T) BELOW INTEGER(N).
    { A = ast_option_suppress(builder, B, T, N); }
options(A) ::= options(B) TEST(T) CHI2.
    { A = ast_option_chi2(builder, B, T); }
options(A) ::= options(B) TEST(T) COLUMNS.
    { A = ast_option_columns(builder, B, T); }
options(A) ::= options(B) TEST(T) COLUMNS LEVEL number(N).
    { A = ast_option_columns_level(builder, B, T, N); }
options(A) ::= options(B) RESIDUALS(T).
    { A = ast_option_residuals(builder, B, T); }
options(A) ::= options(B) CI(T) number(N).
    { A = ast_option_ci(builder, B, T, N); }
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

%type orders {struct ast_orders}
orders(A) ::= order(O).         { A = ast_orders_one(O); }
orders(A) ::= orders(B) COMMA order(O).
    { A = ast_orders_append(B, O); }

%type order {struct ast_order *}
order(A) ::= name(N) descending(D).
    { A = ast_order_name(builder, N, D); }
order(A) ::= by_measure(M) descending(D).
    { A = ast_order_measure(builder, M, D); }

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
format(A) ::= MARKDOWN.         { A = AST_FORMAT_MARKDOWN; }
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
