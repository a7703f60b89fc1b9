/*
 * Hints for queries that went wrong. in: the text, the token that has no place, what was expected in
 * its place; out: a sentence.
 *
 *     count a from d where b in (1, 2)
 *                                    ^ refused, inside a parenthesis behind IN
 *     a list is written {1,2}, a range [1,2]
 *
 * The tokens in front of the refused one are read once more, and a few facts are kept. A table says
 * what is meant by what, habits of SQL, R, SPSS and pandas among it: the first rule that holds is told.
 */
#include "parser/hints.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "parser/grammar.h"
#include "parser/lexer.h"

struct context {
    struct token last, before_last; /* kind 0: none */
    int first;                      /* kind, behind EXPLAIN and PROFILE */
    int open;                       /* the bracket that was opened last, if none was closed since */
    bool is_in_list;                /* between "in (" and its ")" */
    bool has_having;
    struct token refused;
    int next; /* kind behind the refused one */
};

static struct context
context_read(struct slice text, struct token refused)
{
    struct context context = {.refused = refused};
    struct lexer lexer;
    struct token token;
    struct error ignored;
    error_clear(&ignored);
    lexer_init(&lexer, text);
    while (lexer_next(&lexer, &token, &ignored) && token.kind && token.at < refused.at) {
        switch (token.kind) {
        case TOKEN_LPAREN:
        case TOKEN_LBRACKET:
        case TOKEN_LBRACE:
            context.open = token.kind;
            context.is_in_list =
                token.kind == TOKEN_LPAREN ? context.last.kind == TOKEN_IN : context.is_in_list;
            break;
        case TOKEN_RPAREN:
        case TOKEN_RBRACKET: context.is_in_list = false; /* fall through */
        case TOKEN_RBRACE: context.open = 0; break;
        default: break;
        }
        if (!context.first && token.kind != TOKEN_EXPLAIN && token.kind != TOKEN_PROFILE) {
            context.first = token.kind;
        }
        context.has_having = context.has_having || token.kind == TOKEN_HAVING;
        context.before_last = context.last;
        context.last = token;
    }
    if (refused.kind && lexer_next(&lexer, &token, &ignored)) {
        context.next = token.kind;
    }
    return context;
}

/* ---- Rules ---- */

enum { A_WORD = -1, END = -2 }; /* a word of any kind, keywords too; the end of the query */

/* What was expected, or the part of it that tells the place. One of several: with | between them. */
#define AT_START "ROWS, VALUES"
#define AT_ORDER "a name, COUNT"
#define AT_MEASURE "COUNT, SUM, AVG"
#define BEHIND_MEASURE "',', BY or FROM"
#define BEHIND_DIM "',', IN, BY or FROM"
#define BEHIND_DATASET "WHERE, an option"
#define BEHIND_TEST "AND, OR|AND or OR"
#define AT_OPTION "an option or end of query"
#define AT_TEST "a field name, '(' or NOT"
#define BEHIND_FIELD "a comparison such as '=', NOT"
#define BEHIND_ITEM "',' or '}'|',', ')' or ']'"
#define AT_ITEM "a value, '*'"

#define BEGIN "a query begins with COUNT: count a, b from current"
#define BEHIND_COUNT "dimensions stand behind COUNT: count a, b from current"
#define BEHIND_BY "dimensions stand behind BY: avg(x) by a, b from current"
#define COMMAS "dimensions have commas between them: count a, b from current"
#define LISTS "a list is written {1,2}, a range [1,2]"
#define TEXT_RANGE                                                                                 \
    "ranges are of numbers; of texts and dates write a >= 'b' and a < 'c'; a list is written {1,2}"
#define LABELS "values have commas between them, a label stands behind AS: {1 as 'low', 2}"
#define CONDITIONS "a range is written [0,18) or [18,), a condition WHEN (a < 18) AS label"
#define HAS_FIELD "rows with the field: a EXISTS; without it: a IS MISSING"
#define PATTERNS "a pattern is written: a LIKE 'b%'"
#define ARITHMETIC "there is no arithmetic: fields are compared with values"
#define EACH_TEST "each test names its field: a = 1 or a = 2; " HAS_FIELD
#define DISTINCT "different values are counted by: distinct(a) from current"
#define ALL_ROWS "all rows are counted by: count from current"
#define TESTED "a value is tested by = and !="

/* Words of other languages for a value that is not there. */
#define NO_VALUE "null na nan none nil empty blank"

/* All that is said of a rule must hold. */
struct rule {
    const char *expected;
    int first, before_last, last, open, found, next; /* kinds, A_WORD, END; 0: any */
    bool in_list, with_having;
    const char *last_words; /* the token before is one of these words; NULL: any */
    const char *words;      /* the refused one is one of these words; NULL: any */
    const char *hint;       /* NULL: the rules behind are left out, and nothing is told */
};

static const struct rule RULES[] = {
    {.found = TOKEN_JUNK, .words = "&", .hint = "write && or AND"},
    {.found = TOKEN_JUNK, .words = "|", .hint = "write || or OR"},

    /* how a query begins */
    {AT_START, .words = "select", .next = TOKEN_STAR,
     .hint = "rows are shown by: rows * from current"},
    {AT_START, .words = "show",
     .hint = "datasets are shown by: dataset list; fields by: describe current"},
    {AT_START, .words = "desc", .hint = "fields are shown by: describe current"},
    {AT_ORDER, .hint = "as in: order by count desc, a"},
    {AT_MEASURE, .words = "mean average", .hint = "the mean is AVG: avg(a) by b from current"},
    {AT_MEASURE, .words = "sd std stdev", .hint = "the standard deviation is STDDEV"},
    {AT_MEASURE, .words = "var", .hint = "the variance is VARIANCE"},
    {AT_MEASURE, .words = "percentile", .hint = "a percentile is written: quantile(a, 0.9)"},
    {AT_START, .found = A_WORD, .hint = BEGIN},
    {AT_MEASURE, .found = A_WORD, .hint = BEHIND_BY},
    {.words = "group", .first = TOKEN_COUNT, .hint = BEHIND_COUNT},
    {.words = "group", .hint = BEHIND_BY},
    {BEHIND_DATASET, .found = TOKEN_BY, .first = TOKEN_COUNT, .hint = BEHIND_COUNT},
    {BEHIND_DATASET, .found = TOKEN_BY, .hint = BEHIND_BY},
    {BEHIND_MEASURE, .last = TOKEN_RPAREN, .found = A_WORD, .hint = BEHIND_BY},

    /* lists and ranges */
    {.in_list = true, .hint = LISTS},
    {.last = TOKEN_IN, .found = TOKEN_LPAREN, .hint = LISTS},
    {"'[' or '{'", .last = TOKEN_IN, .words = "top *", .hint = "it stands in a list: {top 5}, {*}"},
    {"'[' or '{'", .last = TOKEN_IN, .hint = LISTS},
    {.before_last = TOKEN_LBRACKET, .found = TOKEN_RBRACKET, .hint = LISTS},
    {"']'", .open = TOKEN_LBRACKET, .found = TOKEN_COMMA, .hint = LISTS},
    {"an integer", .open = TOKEN_LBRACKET,
     .hint =
         "[1,8] is a position for each integer; in braces a range is one position: {[1.5,3], [4,)}"},
    {"a number", .open = TOKEN_LBRACKET, .found = TOKEN_TEXT, .hint = TEXT_RANGE},
    {"a number", .open = TOKEN_LBRACKET, .found = A_WORD, .hint = TEXT_RANGE},
    {"a number", .open = TOKEN_LBRACKET,
     .hint = "a range without an end is written [1,), one without a beginning (,5]"},

    /* behind IS, COUNT and DISTINCT */
    {.last = TOKEN_IS, .words = NO_VALUE, .hint = "rows without the field: IS MISSING"},
    {.last = TOKEN_NOT,
     .before_last = TOKEN_IS,
     .words = NO_VALUE,
     .hint = "rows with the field: EXISTS"},
    {.last = TOKEN_IS, .found = END, .hint = NULL},
    {"MISSING", .last = TOKEN_IS, .hint = TESTED},
    {"MISSING", .before_last = TOKEN_IS, .last = TOKEN_NOT, .hint = TESTED},
    {.last = TOKEN_DISTINCT, .before_last = TOKEN_COUNT, .hint = DISTINCT},
    {"',', ')', IN or BY", .last = TOKEN_DISTINCT, .hint = DISTINCT},
    {.last = TOKEN_COUNT, .found = TOKEN_STAR, .hint = ALL_ROWS},
    {.before_last = TOKEN_COUNT, .last = TOKEN_LPAREN, .found = TOKEN_STAR, .hint = ALL_ROWS},
    {.last = TOKEN_COUNT,
     .found = TOKEN_LPAREN,
     .hint = "the number of rows is written COUNT, without parentheses"},

    /* names */
    {"a field name|a dataset name", .found = TOKEN_TEXT,
     .hint = "a name stands without quotes, or in backquotes"},
    {"a field name", .found = TOKEN_LBRACKET,
     .hint = "a name stands without brackets; one with spaces in backquotes"},

    /* dimensions */
    {"'('", .last = TOKEN_COMMA,
     .words = "sum avg min max median stddev variance distinct quantile",
     .hint = "measures and their dimensions are written: count, avg(a) by b from current"},
    {"'('", .last = TOKEN_COMMA, .found = A_WORD,
     .hint = "several tables stand each in parentheses: count (a), (a, b) from current"},
    {BEHIND_DIM, .last_words = "year quarter month week day weekday hour", .found = TOKEN_LPAREN,
     .hint = "dates are grouped by: a BY MONTH"},
    {BEHIND_DIM, .last_words = "sum avg min max median stddev variance quantile",
     .found = TOKEN_LPAREN,
     .hint = "measures have commas between them: count, avg(a) by b from current"},
    {BEHIND_DIM, .found = TOKEN_LPAREN,
     .hint = "there are no functions: bins are written a BY 10, groups a IN {1, (2,3), [4,9]}"},
    {BEHIND_DIM, .last = TOKEN_TOP, .found = TOKEN_INTEGER,
     .hint = "the most frequent values: count a in {top 5} from current"},
    {BEHIND_DIM, .last_words = "case", .found = TOKEN_WHEN,
     .hint = "conditions are positions: count {when (a < 18) as young} as b from current"},
    {BEHIND_DIM, .found = TOKEN_WHERE, .hint = "FROM and the dataset stand before WHERE"},
    {BEHIND_DIM "|',' or FROM", .last = TOKEN_FROM, .found = A_WORD,
     .hint = "FROM is taken for a name here: one is missing before it"},
    {BEHIND_DIM, .words = "form fom frm fro fron", .hint = NULL},
    {BEHIND_DIM, .words = "* ~ +", .hint = COMMAS},
    {BEHIND_DIM, .found = A_WORD, .hint = COMMAS},
    {"a number, YEAR", .words = "quantiles quartiles quintiles deciles percentiles",
     .hint = "say how many: a BY 4 QUANTILES"},
    {"a number, YEAR", .words = "years quarters months weeks days weekdays hours",
     .hint = "a unit is in the singular: a BY MONTH"},
    {"a number, YEAR", .first = TOKEN_COUNT, .found = A_WORD, .hint = "BY is for bins; " COMMAS},

    /* other statements */
    {"',' or FROM", .first = TOKEN_ROWS, .last = TOKEN_DISTINCT,
     .hint = "different rows, and how many: count a, b from current"},
    {"',' or FROM", .first = TOKEN_ROWS, .found = TOKEN_LPAREN,
     .hint = "ROWS shows fields; a measure stands alone: avg(a) from current"},
    {"',' or FROM", .first = TOKEN_ROWS, .found = A_WORD,
     .hint = "fields have commas between them: rows a, b from current"},
    {"FROM", .first = TOKEN_VALUES, .found = TOKEN_COMMA,
     .hint = "of several fields: count a, b from current"},
    {AT_OPTION, .first = TOKEN_DESCRIBE,
     .hint = "DESCRIBE takes a dataset and options: describe current format table"},

    /* items of a list */
    {BEHIND_ITEM "|" AT_ITEM, .words = "< <= > >=", .hint = CONDITIONS},
    {BEHIND_ITEM, .last = TOKEN_NET, .hint = "its values stand in parentheses: net (1,2)"},
    {"',', '(' or '}'", .last = TOKEN_NET, .hint = "its values stand in parentheses: net (1,2)"},
    {"',', '(' or '}'", .last = TOKEN_WHEN,
     .hint = "its condition stands in parentheses: {when (a < 18) as young}"},
    {"WHEN", .last = TOKEN_LBRACE, .found = A_WORD,
     .hint = "braces without a field have conditions: {when (a < 18) as young} as b"},
    {"an integer, ','", .hint = NULL},
    {"',' or '}'", .words = "= == :", .hint = LABELS},
    {"',' or '}'", .found = TOKEN_TEXT, .hint = LABELS},
    {"',' or '}'", .found = A_WORD, .hint = LABELS},

    /* conditions */
    {AT_TEST, .found = TOKEN_INTEGER, .hint = "the field stands first: a > 1"},
    {AT_TEST, .found = TOKEN_DECIMAL, .hint = "the field stands first: a > 1"},
    {BEHIND_FIELD, .last = TOKEN_WHERE,
     .hint = "WHERE stands once; conditions are joined by AND or OR"},
    {BEHIND_FIELD, .last_words = "exists missing is.na isna is.null isnull ifnull notnull",
     .hint = HAS_FIELD},
    {BEHIND_FIELD, .found = TOKEN_LPAREN,
     .hint =
         "there are no functions: a field is compared as it is, by ILIKE without regard to case"},
    {BEHIND_FIELD, .found = TOKEN_BANG, .hint = "write !="},
    {BEHIND_FIELD, .words = "eq ne gt ge lt le", .hint = "write =, !=, >, >=, < or <="},
    {BEHIND_FIELD,
     .words = "~ regexp rlike matches match contains startswith starts endswith ends similar glob",
     .hint = PATTERNS},
    {BEHIND_FIELD, .words = "+ - * / ^", .hint = ARITHMETIC},
    {BEHIND_FIELD, .words = "%", .hint = LISTS},
    {BEHIND_FIELD, .words = "and or && || )", .hint = EACH_TEST},
    {BEHIND_FIELD, .found = END, .hint = EACH_TEST},
    {"IN, LIKE", .last = TOKEN_NOT, .hint = "another value: a != 1"},
    {"a value", .last = TOKEN_EQ, .words = "<", .hint = "write <="},
    {"a value", .last = TOKEN_EQ, .words = ">", .hint = "write >="},
    {"a value", .last = TOKEN_EQ, .words = "~", .hint = PATTERNS},
    {"a value", .found = TOKEN_LBRACE, .hint = "one of several values: a in {1,2}"},
    {"a value", .last = TOKEN_BETWEEN, .hint = "write a between 1 and 5, or a in [1,5]"},
    {"AND", .before_last = TOKEN_BETWEEN, .hint = "write a between 1 and 5"},
    {"a value", .found = TOKEN_NAME,
     .hint = "text stands in quotes, ' or \"; backquotes are for names"},
    {BEHIND_TEST, .last = TOKEN_INTEGER, .found = TOKEN_COMMA,
     .hint = "conditions are joined by AND or OR; a number has no commas in it"},
    {BEHIND_TEST, .words = "%", .hint = "a number stands without a sign behind it"},
    {BEHIND_TEST, .last_words = "date timestamp", .found = TOKEN_TEXT,
     .hint = "a date is a text like any other: a >= '2012-01-01'"},
    {BEHIND_TEST, .found = TOKEN_COMMA, .hint = "conditions are joined by AND or OR"},
    {BEHIND_TEST, .words = "< <= > >= = == != <>",
     .hint = "between two numbers: a in [1,5], or a >= 1 and a <= 5"},
    {BEHIND_TEST, .words = "+ - * /", .hint = ARITHMETIC},
    {BEHIND_TEST, .words = "escape", .hint = "LIKE takes a backslash: '100\\%'"},

    /* options */
    {AT_OPTION, .with_having = true, .words = "and or && ||",
     .hint = "HAVING takes one comparison"},
    {"a comparison such as", .with_having = true, .words = "between in not like is",
     .hint = "HAVING compares a measure with a number: count > 5"},
    {"a number", .with_having = true, .found = A_WORD,
     .hint = "HAVING compares a measure with a number; rows are chosen by WHERE"},
    {AT_OPTION, .words = "sort arrange", .hint = "write ORDER BY"},
    {AT_OPTION, .words = "total", .hint = "write TOTALS"},
    {AT_OPTION, .words = "with", .hint = "options stand without WITH, as in: totals"},
    {AT_OPTION, .words = "percents percentage percentages pct row column rows columns",
     .hint = "write PERCENT OF ROW, PERCENT OF COLUMN or PERCENT OF TOTAL"},
    {AT_OPTION, .words = "weights weighted", .hint = "write WEIGHT BY"},
    {AT_OPTION, .words = "chi2 chisq chisquare", .hint = "write TEST CHI2"},
    {AT_OPTION, .words = "residual", .hint = "write RESIDUALS"},
    {AT_OPTION, .words = "json csv table markdown md map nested",
     .hint = "the form of the answer: FORMAT JSON"},
    {AT_OPTION, .words = "as", .hint = "AS names no dataset; the form of the answer: FORMAT JSON"},
    {AT_OPTION, .words = "top head fetch first",
     .hint = "the first rows of an answer: LIMIT 5; the most frequent values: a in {top 5}"},
    {AT_OPTION, .words = "join union", .hint = "a query is of one dataset"},
    {BEHIND_DATASET, .found = TOKEN_COMMA, .hint = "a query is of one dataset"},
    {"OFFSET", .found = TOKEN_COMMA, .hint = "write LIMIT 10 OFFSET 5"},
    {AT_OPTION, .words = "- # / --", .hint = "a query has no comments"},
    {"CHI2", .words = "fisher yates", .hint = "CHI2 has it, too, where the table is 2 x 2"},
};

static bool
is_text(struct slice text, const char *word, size_t len)
{
    return text.len == len && strncasecmp(text.ptr, word, len) == 0;
}

/* Is the text one of the words, which have a space between them? */
static bool
is_one_of(struct slice text, const char *words)
{
    while (*words) {
        size_t len = strcspn(words, " ");
        if (is_text(text, words, len)) {
            return true;
        }
        words += len + (words[len] == ' ');
    }
    return false;
}

static bool
is_word(struct token token)
{
    unsigned char c = token.text.len ? (unsigned char) token.text.ptr[0] : 0;
    return c == '_' || c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_found(const struct context *context, int kind)
{
    switch (kind) {
    case 0: return true;
    case A_WORD: return context->refused.kind && is_word(context->refused);
    case END: return context->refused.kind == 0;
    default: return context->refused.kind == kind;
    }
}

/* Does one of the places, which have a | between them, stand in what was expected? */
static bool
is_expected(struct slice expected, const char *places)
{
    while (*places) {
        size_t len = strcspn(places, "|");
        if (memmem(expected.ptr, expected.len, places, len)) {
            return true;
        }
        places += len + (places[len] == '|');
    }
    return false;
}

static bool
is_kind(int kind, int wanted)
{
    return !wanted || kind == wanted;
}

static bool
rule_holds(const struct rule *rule, const struct context *context, struct slice expected)
{
    return is_found(context, rule->found) && is_kind(context->first, rule->first) &&
           is_kind(context->last.kind, rule->last) &&
           is_kind(context->before_last.kind, rule->before_last) &&
           is_kind(context->open, rule->open) && is_kind(context->next, rule->next) &&
           (!rule->in_list || context->is_in_list) && (!rule->with_having || context->has_having) &&
           (!rule->words || is_one_of(context->refused.text, rule->words)) &&
           (!rule->last_words || is_one_of(context->last.text, rule->last_words)) &&
           (!rule->expected || is_expected(expected, rule->expected));
}

const char *
hint_for(struct slice text, struct token refused, struct slice expected)
{
    struct context context = context_read(text, refused);
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (rule_holds(&RULES[i], &context, expected)) {
            return RULES[i].hint;
        }
    }
    return NULL;
}

bool
hint_lacks_quotes(const struct error *err, bool has_spaces)
{
    static const struct {
        const char *message;
        bool with_spaces; /* only if some word has spaces */
    } MESSAGES[] = {
        {"text goes in quotes", false},       /* = 2012-06-01 */
        {": write '", false},                 /* = 007 */
        {"does not end", false},              /* = it's */
        {"text in quotes, found", false},     /* like a% */
        {"a value, found", false},            /* = (none) */
        {"a label, found", false},            /* as % */
        {"AND or OR, found", true},           /* (= New York) */
        {"or end of query, found", true},     /* = New York */
        {"expected ',' or '}', found", true}, /* in {New York} */
    };
    if (strcmp(err->code, "SYNTAX") != 0 || strstr(err->message, "found end of query")) {
        return false;
    }
    for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++) {
        if ((has_spaces || !MESSAGES[i].with_spaces) && strstr(err->message, MESSAGES[i].message)) {
            return true;
        }
    }
    return false;
}
