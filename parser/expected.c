/*
 * Expected tokens: the automaton (automaton.h) is walked over the good beginning of the query once
 * more, then asked about each token. in: the text and where its bad token is; out: "',' or FROM".
 *
 * That costs a query that is right nothing, and one that is wrong as much again. Tokens that mean
 * one thing to a user go under one name: WORD and NAME are "a field name", the options "an option".
 */
#include "parser/expected.h"

#include "parser/automaton.h"
#include "parser/grammar.h"
#include "parser/lexer.h"

enum { MOST_KINDS = 14, MOST_LESS_COMMON = 2, END_OF_QUERY = 0 };

/*
 * Stands for all of `kinds` together, if they are all possible and none has been named before. Where
 * it is named, `less_common` are not: a message names what most people mean, and stays short.
 */
static const struct group {
    const char *name;
    int after; /* only behind this token; 0: anywhere */
    int nkinds;
    int kinds[MOST_KINDS];
    int less_common[MOST_LESS_COMMON]; /* up to the first 0 */
} GROUPS[] = {
    {"a label", TOKEN_AS, 4, {TOKEN_WORD, TOKEN_TEXT, TOKEN_INTEGER, TOKEN_DECIMAL}, {0}},
    {"a value", 0, 4, {TOKEN_WORD, TOKEN_TEXT, TOKEN_INTEGER, TOKEN_DECIMAL}, {0}},
    {"a name", 0, 3, {TOKEN_WORD, TOKEN_NAME, TOKEN_TEXT}, {0}},
    {"a dataset name", TOKEN_FROM, 2, {TOKEN_WORD, TOKEN_NAME}, {0}},
    {"a dataset name", TOKEN_DESCRIBE, 2, {TOKEN_WORD, TOKEN_NAME}, {0}},
    /* a dimension, which may also be {WHEN ...}, and a table in parentheses */
    {"a field name", 0, 3, {TOKEN_WORD, TOKEN_NAME, TOKEN_LBRACE}, {TOKEN_LPAREN}},
    {"a field name", 0, 2, {TOKEN_WORD, TOKEN_NAME}, {0}},
    {"a key", 0, 2, {TOKEN_WORD, TOKEN_TEXT}, {0}},
    {"a number", 0, 2, {TOKEN_INTEGER, TOKEN_DECIMAL}, {TOKEN_RPAREN}},
    {"YEAR", 0, 1, {TOKEN_YEAR}, {0}},
    {"QUARTER", 0, 1, {TOKEN_QUARTER}, {0}},
    {"MONTH", 0, 1, {TOKEN_MONTH}, {0}},
    {"WEEK", 0, 1, {TOKEN_WEEK}, {0}},
    {"DAY", 0, 1, {TOKEN_DAY}, {0}},
    {"WEEKDAY", 0, 1, {TOKEN_WEEKDAY}, {0}},
    {"HOUR", 0, 1, {TOKEN_HOUR}, {0}},
    {"QUANTILES", 0, 1, {TOKEN_QUANTILES}, {0}},
    {"an integer", 0, 1, {TOKEN_INTEGER}, {0}},
    {"a comparison such as '='",
     0,
     6,
     {TOKEN_EQ, TOKEN_NE, TOKEN_LT, TOKEN_LE, TOKEN_GT, TOKEN_GE},
     {0}},
    {"text in quotes", 0, 1, {TOKEN_TEXT}, {0}},
    {"ASC", 0, 1, {TOKEN_ASC}, {TOKEN_COMMA}},
    {"','", 0, 1, {TOKEN_COMMA}, {0}},
    {"'['", TOKEN_IN, 1, {TOKEN_LBRACKET}, {TOKEN_LPAREN}},
    {"'*'", 0, 1, {TOKEN_STAR}, {0}},
    {"'('", 0, 1, {TOKEN_LPAREN}, {0}},
    {"')'", 0, 1, {TOKEN_RPAREN}, {0}},
    {"'['", 0, 1, {TOKEN_LBRACKET}, {0}},
    {"']'", 0, 1, {TOKEN_RBRACKET}, {0}},
    {"'{'", 0, 1, {TOKEN_LBRACE}, {0}},
    {"'}'", 0, 1, {TOKEN_RBRACE}, {0}},
    {"COUNT", 0, 1, {TOKEN_COUNT}, {0}},
    {"SUM", 0, 1, {TOKEN_SUM}, {0}},
    {"AVG", 0, 1, {TOKEN_AVG}, {0}},
    {"MIN", 0, 1, {TOKEN_MIN}, {0}},
    {"MAX", 0, 1, {TOKEN_MAX}, {0}},
    {"MEDIAN", 0, 1, {TOKEN_MEDIAN}, {0}},
    {"STDDEV", 0, 1, {TOKEN_STDDEV}, {0}},
    {"VARIANCE", 0, 1, {TOKEN_VARIANCE}, {0}},
    {"DISTINCT", 0, 1, {TOKEN_DISTINCT}, {0}},
    {"QUANTILE", 0, 1, {TOKEN_QUANTILE}, {0}},
    {"NESTED", 0, 1, {TOKEN_NESTED}, {0}},
    {"ROWS", 0, 1, {TOKEN_ROWS}, {0}},
    {"VALUES", 0, 1, {TOKEN_VALUES}, {0}},
    {"DESCRIBE", 0, 1, {TOKEN_DESCRIBE}, {0}},
    {"EXPLAIN", 0, 1, {TOKEN_EXPLAIN}, {0}},
    {"PROFILE", 0, 1, {TOKEN_PROFILE}, {0}},
    {"NOT", 0, 2, {TOKEN_NOT, TOKEN_BANG}, {0}},
    {"NOT", 0, 1, {TOKEN_NOT}, {0}},
    {"IN", 0, 1, {TOKEN_IN}, {0}},
    {"LIKE", 0, 1, {TOKEN_LIKE}, {0}},
    {"ILIKE", 0, 1, {TOKEN_ILIKE}, {0}},
    {"BETWEEN", 0, 1, {TOKEN_BETWEEN}, {0}},
    {"IS", 0, 1, {TOKEN_IS}, {0}},
    {"EXISTS", 0, 1, {TOKEN_EXISTS}, {0}},
    {"MISSING", 0, 1, {TOKEN_MISSING}, {0}},
    {"OTHER", 0, 1, {TOKEN_OTHER}, {0}},
    {"NET", 0, 1, {TOKEN_NET}, {0}},
    {"TOP", 0, 1, {TOKEN_TOP}, {0}},
    {"AND", 0, 2, {TOKEN_AND, TOKEN_AMPAMP}, {0}},
    {"AND", 0, 1, {TOKEN_AND}, {0}},
    {"OR", 0, 2, {TOKEN_OR, TOKEN_BARBAR}, {0}},
    {"BY", 0, 1, {TOKEN_BY}, {0}},
    {"FROM", 0, 1, {TOKEN_FROM}, {0}},
    {"WHERE", 0, 1, {TOKEN_WHERE}, {0}},
    {"WHEN", 0, 1, {TOKEN_WHEN}, {0}},
    {"WITH", 0, 1, {TOKEN_WITH}, {0}},
    {"LEVEL", 0, 1, {TOKEN_LEVEL}, {0}},
    {"DESC", 0, 1, {TOKEN_DESC}, {0}},
    {"OFFSET", 0, 1, {TOKEN_OFFSET}, {0}},
    {"EX", 0, 1, {TOKEN_EX}, {0}},
    {"BELOW", 0, 1, {TOKEN_BELOW}, {0}},
    {"CHI2", 0, 1, {TOKEN_CHI2}, {0}},
    {"COLUMNS", 0, 1, {TOKEN_COLUMNS}, {0}},
    {"OF", 0, 1, {TOKEN_OF}, {0}},
    {"ROW", 0, 1, {TOKEN_ROW}, {0}},
    {"COLUMN", 0, 1, {TOKEN_COLUMN}, {0}},
    {"TOTAL", 0, 1, {TOKEN_TOTAL}, {0}},
    {"MAP", 0, 1, {TOKEN_MAP}, {0}},
    {"TABLE", 0, 1, {TOKEN_TABLE}, {0}},
    {"MARKDOWN", 0, 1, {TOKEN_MARKDOWN}, {0}},
    {"JSON", 0, 1, {TOKEN_JSON}, {0}},
    {"CSV", 0, 1, {TOKEN_CSV}, {0}},
    {"an option",
     0,
     14,
     {TOKEN_HAVING, TOKEN_ORDER, TOKEN_LIMIT, TOKEN_TOTALS, TOKEN_PERCENT, TOKEN_WEIGHT,
      TOKEN_SUPPRESS, TOKEN_TEST, TOKEN_RESIDUALS, TOKEN_CI, TOKEN_INTO, TOKEN_FORMAT,
      TOKEN_TIMEOUT, TOKEN_NOCACHE},
     {0}},
    {"end of query", 0, 1, {END_OF_QUERY}, {TOKEN_SEMI}},
    /* AS may always be left out, so it is named only where nothing else was. */
    {"AS", 0, 1, {TOKEN_AS}, {0}},
};

enum { NGROUPS = sizeof GROUPS / sizeof *GROUPS, NKINDS = 128 };

static bool
group_holds(const struct group *group, const bool *possible, int last_kind)
{
    if (group->after && group->after != last_kind) {
        return false;
    }
    for (int i = 0; i < group->nkinds; i++) {
        if (!possible[group->kinds[i]]) {
            return false;
        }
    }
    return true;
}

/* Marks every kind that the groups know and the automaton takes. */
static void
find_possible(const struct states *states, bool *possible)
{
    for (int g = 0; g < NGROUPS; g++) {
        for (int i = 0; i < GROUPS[g].nkinds; i++) {
            int kind = GROUPS[g].kinds[i];
            possible[kind] = states_can_shift(states, kind);
        }
        for (int i = 0; i < MOST_LESS_COMMON && GROUPS[g].less_common[i]; i++) {
            int kind = GROUPS[g].less_common[i];
            possible[kind] = states_can_shift(states, kind);
        }
    }
}

void
expected_print(struct slice text, size_t at, struct strbuf *out)
{
    struct states states;
    struct lexer lexer;
    struct token token;
    struct error ignored = {0};
    int last_kind = 0;
    states_init(&states);
    lexer_init(&lexer, text);
    while (lexer_next(&lexer, &token, &ignored) && token.at < at &&
           states_shift(&states, token.kind)) {
        last_kind = token.kind;
    }

    bool possible[NKINDS] = {false};
    find_possible(&states, possible);
    states_fini(&states);

    const char *names[NGROUPS];
    int n = 0;
    for (int g = 0; g < NGROUPS; g++) {
        const struct group *group = &GROUPS[g];
        if (!group_holds(group, possible, last_kind) || (n && group->kinds[0] == TOKEN_AS)) {
            continue;
        }
        names[n++] = group->name;
        for (int i = 0; i < group->nkinds; i++) {
            possible[group->kinds[i]] = false;
        }
        for (int i = 0; i < MOST_LESS_COMMON && group->less_common[i]; i++) {
            possible[group->less_common[i]] = false;
        }
    }
    for (int i = 0; i < n; i++) {
        strbuf_append_str(out, i == 0 ? "" : i == n - 1 ? " or " : ", ");
        strbuf_append_str(out, names[i]);
    }
}
