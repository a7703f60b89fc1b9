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

enum { MOST_KINDS = 12, END_OF_QUERY = 0 };

/* Stands for all of `kinds` together, if they are all possible and none has been named before. */
static const struct group {
    const char *name;
    int after; /* only behind this token; 0: anywhere */
    int nkinds;
    int kinds[MOST_KINDS];
} GROUPS[] = {
    {"a label", TOKEN_AS, 4, {TOKEN_WORD, TOKEN_TEXT, TOKEN_INTEGER, TOKEN_DECIMAL}},
    {"a value", 0, 4, {TOKEN_WORD, TOKEN_TEXT, TOKEN_INTEGER, TOKEN_DECIMAL}},
    {"a name", 0, 3, {TOKEN_WORD, TOKEN_NAME, TOKEN_TEXT}},
    {"a dataset name", TOKEN_FROM, 2, {TOKEN_WORD, TOKEN_NAME}},
    {"a field name", 0, 2, {TOKEN_WORD, TOKEN_NAME}},
    {"a key", 0, 2, {TOKEN_WORD, TOKEN_TEXT}},
    {"a number", 0, 2, {TOKEN_INTEGER, TOKEN_DECIMAL}},
    {"an integer", 0, 1, {TOKEN_INTEGER}},
    {"a comparison such as '='",
     0,
     6,
     {TOKEN_EQ, TOKEN_NE, TOKEN_LT, TOKEN_LE, TOKEN_GT, TOKEN_GE}},
    {"','", 0, 1, {TOKEN_COMMA}},
    {"'('", 0, 1, {TOKEN_LPAREN}},
    {"')'", 0, 1, {TOKEN_RPAREN}},
    {"'['", 0, 1, {TOKEN_LBRACKET}},
    {"']'", 0, 1, {TOKEN_RBRACKET}},
    {"'{'", 0, 1, {TOKEN_LBRACE}},
    {"'}'", 0, 1, {TOKEN_RBRACE}},
    {"COUNT", 0, 1, {TOKEN_COUNT}},
    {"SUM", 0, 1, {TOKEN_SUM}},
    {"AVG", 0, 1, {TOKEN_AVG}},
    {"MIN", 0, 1, {TOKEN_MIN}},
    {"MAX", 0, 1, {TOKEN_MAX}},
    {"DISTINCT", 0, 1, {TOKEN_DISTINCT}},
    {"EXPLAIN", 0, 1, {TOKEN_EXPLAIN}},
    {"PROFILE", 0, 1, {TOKEN_PROFILE}},
    {"NOT", 0, 2, {TOKEN_NOT, TOKEN_BANG}},
    {"NOT", 0, 1, {TOKEN_NOT}},
    {"IN", 0, 1, {TOKEN_IN}},
    {"IS", 0, 1, {TOKEN_IS}},
    {"EXISTS", 0, 1, {TOKEN_EXISTS}},
    {"MISSING", 0, 1, {TOKEN_MISSING}},
    {"OTHER", 0, 1, {TOKEN_OTHER}},
    {"AND", 0, 2, {TOKEN_AND, TOKEN_AMPAMP}},
    {"OR", 0, 2, {TOKEN_OR, TOKEN_BARBAR}},
    {"BY", 0, 1, {TOKEN_BY}},
    {"FROM", 0, 1, {TOKEN_FROM}},
    {"WHERE", 0, 1, {TOKEN_WHERE}},
    {"ASC", 0, 1, {TOKEN_ASC}},
    {"DESC", 0, 1, {TOKEN_DESC}},
    {"OFFSET", 0, 1, {TOKEN_OFFSET}},
    {"EX", 0, 1, {TOKEN_EX}},
    {"BELOW", 0, 1, {TOKEN_BELOW}},
    {"CHI2", 0, 1, {TOKEN_CHI2}},
    {"OF", 0, 1, {TOKEN_OF}},
    {"ROW", 0, 1, {TOKEN_ROW}},
    {"COLUMN", 0, 1, {TOKEN_COLUMN}},
    {"TOTAL", 0, 1, {TOKEN_TOTAL}},
    {"NESTED", 0, 1, {TOKEN_NESTED}},
    {"ROWS", 0, 1, {TOKEN_ROWS}},
    {"MAP", 0, 1, {TOKEN_MAP}},
    {"TABLE", 0, 1, {TOKEN_TABLE}},
    {"JSON", 0, 1, {TOKEN_JSON}},
    {"CSV", 0, 1, {TOKEN_CSV}},
    {"an option",
     0,
     12,
     {TOKEN_HAVING, TOKEN_ORDER, TOKEN_LIMIT, TOKEN_TOTALS, TOKEN_PERCENT, TOKEN_WEIGHT,
      TOKEN_SUPPRESS, TOKEN_TEST, TOKEN_INTO, TOKEN_FORMAT, TOKEN_TIMEOUT, TOKEN_NOCACHE}},
    {"end of query", 0, 1, {END_OF_QUERY}},
    /* AS may always be left out, so it is named only where nothing else was. */
    {"AS", 0, 1, {TOKEN_AS}},
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
    }
    for (int i = 0; i < n; i++) {
        strbuf_append_str(out, i == 0 ? "" : i == n - 1 ? " or " : ", ");
        strbuf_append_str(out, names[i]);
    }
}
