/*
 * The lexer, for re2c. in: query text; out: tokens (lexer.h has an example).
 *
 * The longest rule wins, so a rule for what a user may have meant (12a, 007, größe) stands beside
 * each rule for what is right and takes the whole of the wrong token into the message.
 */
#include "parser/lexer.h"

#include <string.h>

#include "base/number.h"
#include "parser/grammar.h"
#include "parser/word.h"

void
lexer_init(struct lexer *lexer, struct slice text)
{
    lexer->start = text.ptr;
    lexer->cursor = text.ptr;
    lexer->limit = text.ptr + text.len;
}

/* 007 has two readings; the user picks one. */
static bool
leading_zeros(size_t column, struct slice text, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    bool negative = text.ptr[0] == '-';
    const char *digits = text.ptr + (negative || text.ptr[0] == '+');
    const char *end = text.ptr + text.len;
    while (end - digits > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
        digits++;
    }
    return error_set(err, "SYNTAX", "at column %zu: write %s for the text or %s%.*s for the number",
                     column, error_quote(quoted, text), negative ? "-" : "",
                     end - digits > 40 ? 40 : (int) (end - digits), digits);
}

static size_t
digits_at(struct slice text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9') {
        n++;
    }
    return n;
}

/* 18-65, 18..65 and 18:65, as others write a range; not 2012-06-01. */
static bool
is_like_range(struct slice text)
{
    size_t nlow = digits_at(text, 0), at = nlow;
    while (at < text.len && memchr("-.:", text.ptr[at], 3)) {
        at++;
    }
    return nlow && at > nlow && at < text.len && at + digits_at(text, at) == text.len;
}

static bool
no_number(size_t column, struct slice text, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    return error_set(err, "SYNTAX", "at column %zu: %s is not a number; text goes in quotes%s",
                     column, error_quote(quoted, text),
                     is_like_range(text) ? ", a range is written [1,2]" : "");
}

/* Curly quotes, as text editors put them in the place of straight ones. */
static bool
has_curly_quotes(struct slice text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        unsigned char last = (unsigned char) text.ptr[i + 2];
        if (memcmp(text.ptr + i, "\xe2\x80", 2) == 0 && last >= 0x98 && last <= 0x9f) {
            return true;
        }
    }
    return false;
}

bool
lexer_next(struct lexer *lexer, struct token *token, struct error *err)
{
    const char *cursor = lexer->cursor;
    const char *limit = lexer->limit;
    const char *marker = cursor;
    const char *start;
    char quoted[ERROR_QUOTE_BYTES];
    int kind;

#define TEXT_SO_FAR slice_of(start, (size_t) (cursor - start))
#define COLUMN ((size_t) (start - lexer->start) + 1)
again:
    start = cursor;
    /*!re2c
        re2c:api:style = free-form;
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYPEEK = "(unsigned char) *cursor";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYLIMIT = limit;
        re2c:define:YYMARKER = marker;
        re2c:yyfill:enable = 0;
        re2c:eof = 0;
        re2c:indent:string = "    ";

        any     = [^];
        high    = [\x80-\xff];
        first   = [A-Za-z_];
        rest    = [A-Za-z0-9_.:-];
        word    = first rest*;
        sign    = [+-];
        whole   = "0" | [1-9][0-9]*;
        point   = "." [0-9]+;
        power   = [eE] sign? [0-9]+;
        numeral = sign? (whole point? | point) power?;
        single  = ([^'\\] | "\\" any | "''")*;
        double  = ([^"\\] | "\\" any | "\"\"")*;
        back    = ([^`] | "``")*;

        $               { kind = 0; goto done; }
        [ \t\r\n]+      { goto again; }

        'count'         { kind = TOKEN_COUNT; goto done; }
        'from'          { kind = TOKEN_FROM; goto done; }
        'where'         { kind = TOKEN_WHERE; goto done; }
        'by'            { kind = TOKEN_BY; goto done; }
        'in'            { kind = TOKEN_IN; goto done; }
        'as'            { kind = TOKEN_AS; goto done; }
        'and'           { kind = TOKEN_AND; goto done; }
        'or'            { kind = TOKEN_OR; goto done; }
        'not'           { kind = TOKEN_NOT; goto done; }
        'is'            { kind = TOKEN_IS; goto done; }
        'exists'        { kind = TOKEN_EXISTS; goto done; }
        'missing'       { kind = TOKEN_MISSING; goto done; }
        'other'         { kind = TOKEN_OTHER; goto done; }
        'sum'           { kind = TOKEN_SUM; goto done; }
        'avg'           { kind = TOKEN_AVG; goto done; }
        'min'           { kind = TOKEN_MIN; goto done; }
        'max'           { kind = TOKEN_MAX; goto done; }
        'distinct'      { kind = TOKEN_DISTINCT; goto done; }
        'explain'       { kind = TOKEN_EXPLAIN; goto done; }
        'profile'       { kind = TOKEN_PROFILE; goto done; }
        'having'        { kind = TOKEN_HAVING; goto done; }
        'order'         { kind = TOKEN_ORDER; goto done; }
        'asc'           { kind = TOKEN_ASC; goto done; }
        'desc'          { kind = TOKEN_DESC; goto done; }
        'limit'         { kind = TOKEN_LIMIT; goto done; }
        'offset'        { kind = TOKEN_OFFSET; goto done; }
        'totals'        { kind = TOKEN_TOTALS; goto done; }
        'percent'       { kind = TOKEN_PERCENT; goto done; }
        'of'            { kind = TOKEN_OF; goto done; }
        'row'           { kind = TOKEN_ROW; goto done; }
        'column'        { kind = TOKEN_COLUMN; goto done; }
        'total'         { kind = TOKEN_TOTAL; goto done; }
        'weight'        { kind = TOKEN_WEIGHT; goto done; }
        'suppress'      { kind = TOKEN_SUPPRESS; goto done; }
        'below'         { kind = TOKEN_BELOW; goto done; }
        'test'          { kind = TOKEN_TEST; goto done; }
        'chi2'          { kind = TOKEN_CHI2; goto done; }
        'into'          { kind = TOKEN_INTO; goto done; }
        'ex'            { kind = TOKEN_EX; goto done; }
        'format'        { kind = TOKEN_FORMAT; goto done; }
        'nested'        { kind = TOKEN_NESTED; goto done; }
        'rows'          { kind = TOKEN_ROWS; goto done; }
        'map'           { kind = TOKEN_MAP; goto done; }
        'table'         { kind = TOKEN_TABLE; goto done; }
        'json'          { kind = TOKEN_JSON; goto done; }
        'csv'           { kind = TOKEN_CSV; goto done; }
        'timeout'       { kind = TOKEN_TIMEOUT; goto done; }
        'values'        { kind = TOKEN_VALUES; goto done; }
        'describe'      { kind = TOKEN_DESCRIBE; goto done; }
        'year'          { kind = TOKEN_YEAR; goto done; }
        'quarter'       { kind = TOKEN_QUARTER; goto done; }
        'month'         { kind = TOKEN_MONTH; goto done; }
        'week'          { kind = TOKEN_WEEK; goto done; }
        'day'           { kind = TOKEN_DAY; goto done; }
        'weekday'       { kind = TOKEN_WEEKDAY; goto done; }
        'hour'          { kind = TOKEN_HOUR; goto done; }
        'quantiles'     { kind = TOKEN_QUANTILES; goto done; }
        'when'          { kind = TOKEN_WHEN; goto done; }
        'net'           { kind = TOKEN_NET; goto done; }
        'top'           { kind = TOKEN_TOP; goto done; }
        'like'          { kind = TOKEN_LIKE; goto done; }
        'ilike'         { kind = TOKEN_ILIKE; goto done; }
        'between'       { kind = TOKEN_BETWEEN; goto done; }
        'median'        { kind = TOKEN_MEDIAN; goto done; }
        'stddev'        { kind = TOKEN_STDDEV; goto done; }
        'variance'      { kind = TOKEN_VARIANCE; goto done; }
        'quantile'      { kind = TOKEN_QUANTILE; goto done; }
        'with'          { kind = TOKEN_WITH; goto done; }
        'columns'       { kind = TOKEN_COLUMNS; goto done; }
        'level'         { kind = TOKEN_LEVEL; goto done; }
        'residuals'     { kind = TOKEN_RESIDUALS; goto done; }
        'ci'            { kind = TOKEN_CI; goto done; }
        'markdown'      { kind = TOKEN_MARKDOWN; goto done; }
        'nocache'       { kind = TOKEN_NOCACHE; goto done; }
        word            { kind = TOKEN_WORD; goto done; }

        sign? whole     { kind = TOKEN_INTEGER; goto done; }
        numeral {
            if (!number_is_numeral(TEXT_SO_FAR)) {
                return no_number(COLUMN, TEXT_SO_FAR, err); /* 1e401 */
            }
            kind = TOKEN_DECIMAL;
            goto done;
        }
        "("             { kind = TOKEN_LPAREN; goto done; }
        ")"             { kind = TOKEN_RPAREN; goto done; }
        "["             { kind = TOKEN_LBRACKET; goto done; }
        "]"             { kind = TOKEN_RBRACKET; goto done; }
        "{"             { kind = TOKEN_LBRACE; goto done; }
        "}"             { kind = TOKEN_RBRACE; goto done; }
        ","             { kind = TOKEN_COMMA; goto done; }
        ";"             { kind = TOKEN_SEMI; goto done; }
        "*"             { kind = TOKEN_STAR; goto done; }
        "=" | "=="      { kind = TOKEN_EQ; goto done; }
        "!=" | "<>"     { kind = TOKEN_NE; goto done; }
        "<"             { kind = TOKEN_LT; goto done; }
        "<="            { kind = TOKEN_LE; goto done; }
        ">"             { kind = TOKEN_GT; goto done; }
        ">="            { kind = TOKEN_GE; goto done; }
        "&&"            { kind = TOKEN_AMPAMP; goto done; }
        "||"            { kind = TOKEN_BARBAR; goto done; }
        "!"             { kind = TOKEN_BANG; goto done; }

        "'" single "'"      { kind = TOKEN_TEXT; goto done; }
        "\"" double "\""    { kind = TOKEN_TEXT; goto done; }
        "`" back "`"        { kind = TOKEN_NAME; goto done; }

        "'" single          { goto open_text; }
        "\"" double         { goto open_text; }
        "`" back {
            return error_set(err, "SYNTAX", "at column %zu: the name that starts here does not end",
                             COLUMN);
        }
        sign? "0" [0-9]+ point? power?  { return leading_zeros(COLUMN, TEXT_SO_FAR, err); }
        (sign? "."? [0-9] | numeral) (rest | high)* {
            return no_number(COLUMN, TEXT_SO_FAR, err);
        }
        (first | high) (rest | high)* {
            if (word_is(TEXT_SO_FAR)) {
                kind = TOKEN_WORD;
                goto done;
            }
            return error_set(err, "SYNTAX",
                             "at column %zu: %s is not a word; text goes in %s, "
                             "a name in backquotes",
                             COLUMN, error_quote(quoted, TEXT_SO_FAR),
                             has_curly_quotes(TEXT_SO_FAR) ? "straight quotes ' or \"" : "quotes");
        }
        *               { kind = TOKEN_JUNK; goto done; }
    */
open_text:
    return error_set(err, "SYNTAX", "at column %zu: the text that starts here does not end", COLUMN);
done:
    token->kind = kind;
    token->text = TEXT_SO_FAR;
    token->at = COLUMN - 1;
    lexer->cursor = cursor;
    return true;
}
