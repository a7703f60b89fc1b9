/*
 * What may come next: the automaton (automaton.h) is walked over the tokens before the word at the
 * cursor, then asked. in: a text and a cursor; out: keywords, signs, and which kind of name is wanted.
 *
 * Example: behind `where sex = ` the automaton takes a WORD and an INTEGER, but no NAME in
 * backquotes: a value. The field is the token before the sign.
 */
#include "parser/next.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/must.h"
#include "parser/ast_build.h"
#include "parser/automaton.h"
#include "parser/grammar.h"
#include "parser/lexer.h"
#include "parser/parse.h"

/* Words of the language, in the order in which they are offered. */
static const char *const KEYWORDS[] = {
    "COUNT",    "FROM",   "WHERE",  "BY",       "IN",        "AS",      "AND",       "OR",
    "NOT",      "IS",     "EXISTS", "MISSING",  "OTHER",     "LIKE",    "ILIKE",     "BETWEEN",
    "SUM",      "AVG",    "MIN",    "MAX",      "MEDIAN",    "STDDEV",  "VARIANCE",  "DISTINCT",
    "QUANTILE", "VALUES", "ROWS",   "DESCRIBE", "EXPLAIN",   "PROFILE", "TOTALS",    "PERCENT",
    "OF",       "ROW",    "COLUMN", "TOTAL",    "WITH",      "HAVING",  "ORDER",     "ASC",
    "DESC",     "LIMIT",  "OFFSET", "WEIGHT",   "SUPPRESS",  "BELOW",   "TEST",      "CHI2",
    "COLUMNS",  "LEVEL",  "INTO",   "EX",       "RESIDUALS", "CI",      "FORMAT",    "NESTED",
    "MAP",      "TABLE",  "JSON",   "CSV",      "MARKDOWN",  "TIMEOUT", "NOCACHE",   "YEAR",
    "QUARTER",  "MONTH",  "WEEK",   "DAY",      "WEEKDAY",   "HOUR",    "QUANTILES", "WHEN",
    "NET",      "TOP",
};
enum { NKEYWORDS = sizeof KEYWORDS / sizeof *KEYWORDS };

static const char *const SIGNS[] = {
    ",", "(", ")", "{", "}", "[", "]", "*", "=", "!=", "<", "<=", ">", ">=", "&&", "||", "!", ";",
};
enum { NSIGNS = sizeof SIGNS / sizeof *SIGNS };

/* Deeper than any query may be nested: nothing is asked there, since each question copies the stack. */
enum { DEEPEST_STACK = 16384 };

struct tokens {
    struct arena *arena;
    struct token *all;
    size_t n, capacity;
};

/* Reads tokens up to the end, or to one that is none; returns where that one begins. */
static size_t
tokens_read(struct tokens *tokens, struct slice text)
{
    struct lexer lexer;
    struct token token;
    struct error ignored = {0};
    lexer_init(&lexer, text);
    while (lexer_next(&lexer, &token, &ignored)) {
        if (!token.kind) {
            return text.len;
        }
        tokens->all = arena_room(tokens->arena, tokens->all, tokens->n, &tokens->capacity,
                                 sizeof *tokens->all);
        tokens->all[tokens->n++] = token;
    }
    while (isspace((unsigned char) *lexer.cursor)) {
        lexer.cursor++;
    }
    return (size_t) (lexer.cursor - text.ptr);
}

static int
kind_of(const char *word)
{
    struct lexer lexer;
    struct token token = {0};
    struct error ignored = {0};
    lexer_init(&lexer, slice_str(word));
    return lexer_next(&lexer, &token, &ignored) ? token.kind : TOKEN_JUNK;
}

static bool
is_name(const struct token *token)
{
    return token->kind == TOKEN_NAME || isalpha((unsigned char) token->text.ptr[0]) ||
           token->text.ptr[0] == '_' || (unsigned char) token->text.ptr[0] >= 0x80;
}

/* Whether a word that touches the cursor may be a part of a longer one; a sign: `&`, `!`. */
static bool
is_unfinished(const struct token *token)
{
    return token->kind == TOKEN_JUNK || token->kind == TOKEN_BANG || token->kind == TOKEN_INTEGER ||
           token->kind == TOKEN_DECIMAL || (token->kind != TOKEN_NAME && is_name(token));
}

static struct slice
name_text(struct arena *arena, const struct token *token)
{
    struct slice text = token->text;
    if (token->kind != TOKEN_NAME) {
        return arena_copy(arena, text);
    }
    char *plain = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 1; i + 1 < text.len; i++) {
        i += text.ptr[i] == '`'; /* a doubled one */
        plain[n++] = text.ptr[i];
    }
    return slice_of(plain, n);
}

/* -- the field of a value ---------------------------------------------------------------------- */

/* The field before the token `at`, an operator or IN; NOT may stand between. */
static bool
field_before(struct arena *arena, const struct tokens *tokens, size_t at, struct slice *out)
{
    if (at > 1 && tokens->all[at - 1].kind == TOKEN_NOT) {
        at--;
    }
    if (at == 0 || !is_name(&tokens->all[at - 1])) {
        return false;
    }
    *out = name_text(arena, &tokens->all[at - 1]);
    return true;
}

/* Walks back to what opened the list, or compares: a value is wanted behind the last token. */
static bool
field_of_value(struct arena *arena, const struct tokens *tokens, struct slice *out)
{
    size_t depth = 0;
    for (size_t i = tokens->n; i-- > 0;) {
        switch (tokens->all[i].kind) {
        case TOKEN_RPAREN:
        case TOKEN_RBRACKET:
        case TOKEN_RBRACE: depth++; break;
        case TOKEN_LPAREN:
        case TOKEN_LBRACKET:
        case TOKEN_LBRACE:
            if (depth > 0) {
                depth--;
            } else if (i > 0 && tokens->all[i - 1].kind == TOKEN_IN) {
                return field_before(arena, tokens, i - 1, out);
            }
            break;
        case TOKEN_EQ:
        case TOKEN_NE:
        case TOKEN_LT:
        case TOKEN_LE:
        case TOKEN_GT:
        case TOKEN_GE:
        case TOKEN_BETWEEN:
            if (depth == 0) {
                return field_before(arena, tokens, i, out);
            }
            break;
        default: break; /* any other token is a part of the list */
        }
    }
    return false;
}

/* -- the dataset ------------------------------------------------------------------------------- */

static bool
dataset_of(struct arena *arena, const struct tokens *tokens, struct slice *out)
{
    for (size_t i = tokens->n; i-- > 1;) {
        int before = tokens->all[i - 1].kind;
        bool names = before == TOKEN_FROM || (i == 1 && before == TOKEN_DESCRIBE);
        if (names && is_name(&tokens->all[i])) {
            *out = name_text(arena, &tokens->all[i]);
            return true;
        }
    }
    return false;
}

/* -- names of the query itself ----------------------------------------------------------------- */

/* HAVING goes by measures, ORDER BY by dimensions too. */
enum naming { NAMES_NONE, NAMES_MEASURES, NAMES_ALL };

/* Which names of the query are wanted behind the last token, where some name is. */
static enum naming
naming_of(const struct tokens *tokens)
{
    size_t n = tokens->n;
    int last = n ? tokens->all[n - 1].kind : 0;
    if (last == TOKEN_HAVING) {
        return NAMES_MEASURES;
    }
    if (last == TOKEN_BY && n > 1 && tokens->all[n - 2].kind == TOKEN_ORDER) {
        return NAMES_ALL;
    }
    for (size_t i = n; last == TOKEN_COMMA && i-- > 1;) {
        int kind = tokens->all[i].kind;
        if (kind == TOKEN_FROM || kind == TOKEN_LPAREN) {
            return NAMES_NONE;
        }
        if (kind == TOKEN_BY && tokens->all[i - 1].kind == TOKEN_ORDER) {
            return NAMES_ALL;
        }
    }
    return NAMES_NONE;
}

/*
 * The query in front of its first HAVING or ORDER. These words may also be names, so what stands before each
 * is tried. False: none of them is a query, or the tries are over.
 */
static bool
head_parse(struct arena *arena, const struct tokens *tokens, struct slice text,
           struct ast_query **out)
{
    enum { TRIES_MOST = 4 };
    static const struct parse_limits LIMITS = PARSE_LIMITS_DEFAULT;
    size_t ntries = 0;
    for (size_t i = 0; i < tokens->n && ntries < TRIES_MOST; i++) {
        int kind = tokens->all[i].kind;
        struct error ignored = {0};
        if (kind != TOKEN_HAVING && kind != TOKEN_ORDER) {
            continue;
        }
        ntries++;
        if (query_parse(arena, slice_of(text.ptr, tokens->all[i].at), &LIMITS, out, &ignored)) {
            return (*out)->statement == AST_CROSSTAB;
        }
    }
    return false;
}

static void
name_note(struct arena *arena, struct next *out, size_t *capacity, struct slice name)
{
    if (name.len) {
        out->names = arena_room(arena, out->names, out->nnames, capacity, sizeof *out->names);
        out->names[out->nnames++] = name;
    }
}

/* A dimension is called what AS says, else as its field; a measure that AS does not name is written again. */
static void
names_find(struct arena *arena, const struct ast_query *query, bool with_dims, struct next *out)
{
    size_t capacity = 0;
    for (const struct ast_measure *m = query->measures; m; m = m->next) {
        name_note(arena, out, &capacity, m->name);
    }
    for (const struct ast_table *table = query->tables; table && with_dims; table = table->next) {
        for (const struct ast_dim *dim = table->dims; dim; dim = dim->next) {
            name_note(arena, out, &capacity, dim->name.ptr ? dim->name : dim->field);
        }
    }
}

/* -- together ---------------------------------------------------------------------------------- */

/* Those of the words that the automaton takes as what they are; *n: how many. */
static const char *const *
possible(struct arena *arena, const struct states *states, const char *const *words, size_t nwords,
         size_t *n)
{
    const char **found = arena_array(arena, nwords, sizeof *found);
    for (size_t i = 0; i < nwords; i++) {
        if (states_can_shift(states, kind_of(words[i]))) {
            found[(*n)++] = words[i];
        }
    }
    return found;
}

static void
ask(struct arena *arena, const struct states *states, const struct tokens *tokens,
    struct slice text, struct next *out)
{
    out->keywords = possible(arena, states, KEYWORDS, NKEYWORDS, &out->nkeywords);
    out->signs = possible(arena, states, SIGNS, NSIGNS, &out->nsigns);
    out->wants_number =
        states_can_shift(states, TOKEN_INTEGER) || states_can_shift(states, TOKEN_DECIMAL);
    int last = tokens->n ? tokens->all[tokens->n - 1].kind : 0;
    bool takes_word = states_can_shift(states, TOKEN_WORD);
    bool takes_name = states_can_shift(states, TOKEN_NAME);
    if (!takes_word || last == TOKEN_AS) {
        return; /* a label is anything */
    }
    out->wants_dataset = takes_name && (last == TOKEN_FROM || last == TOKEN_DESCRIBE);
    out->wants_field = takes_name && !out->wants_dataset;
    enum naming naming = out->wants_field ? naming_of(tokens) : NAMES_NONE;
    struct ast_query *query;
    if (naming != NAMES_NONE && head_parse(arena, tokens, text, &query)) {
        out->wants_field = false;
        names_find(arena, query, naming == NAMES_ALL, out);
    }
    out->wants_value = !takes_name && states_can_shift(states, TOKEN_INTEGER);
    if (out->wants_value && !field_of_value(arena, tokens, &out->field)) {
        out->field = (struct slice){0};
    }
}

void
next_find(struct arena *arena, struct slice text, size_t cursor, struct next *out)
{
    struct tokens before = {.arena = arena}, behind = {.arena = arena};
    struct slice front = arena_copy(arena, slice_of(text.ptr, cursor));
    *out = (struct next){.at = tokens_read(&before, front)};
    if (before.n && out->at == cursor) {
        const struct token *last = &before.all[before.n - 1];
        if (last->at + last->text.len == cursor && is_unfinished(last)) {
            out->at = last->at;
            before.n--;
        }
    }
    struct states states;
    states_init(&states);
    bool is_good = true;
    for (size_t i = 0; is_good && i < before.n; i++) {
        is_good = states_shift(&states, before.all[i].kind) && states.n <= DEEPEST_STACK;
    }
    if (is_good) {
        ask(arena, &states, &before, front, out);
    }
    states_fini(&states);
    (void) tokens_read(&behind, arena_copy(arena, slice_of(text.ptr + cursor, text.len - cursor)));
    if (!dataset_of(arena, &before, &out->dataset)) {
        (void) dataset_of(arena, &behind, &out->dataset);
    }
}

/* The first token of a text that need not end in NUL. */
static struct token
first_token(struct arena *arena, struct slice text)
{
    struct lexer lexer;
    struct token token = {.kind = TOKEN_JUNK};
    struct error ignored = {0};
    lexer_init(&lexer, arena_copy(arena, text));
    return lexer_next(&lexer, &token, &ignored) ? token : (struct token){.kind = TOKEN_JUNK};
}

bool
next_begins_query(struct slice text)
{
    struct arena *arena = arena_new();
    struct states states;
    states_init(&states);
    int kind = first_token(arena, text).kind;
    bool begins = kind && states_can_shift(&states, kind);
    states_fini(&states);
    arena_free(arena);
    return begins;
}

struct slice
next_first_token(struct slice text)
{
    struct arena *arena = arena_new();
    struct token token = first_token(arena, text);
    struct slice found = slice_of(text.ptr + token.at, token.text.len);
    arena_free(arena);
    return found;
}

bool
next_is_plain_word(struct slice text)
{
    struct arena *arena = arena_new();
    struct token token = first_token(arena, text);
    bool is_word = token.kind == TOKEN_WORD && token.text.len == text.len;
    arena_free(arena);
    return is_word;
}
