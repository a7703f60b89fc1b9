/*
 * The lexer: each text gives these tokens, or this error. A token is written KIND:bytes.
 */
#include <check.h>
#include <string.h>

#include "base/strbuf.h"
#include "parser/grammar.h"
#include "parser/lexer.h"
#include "tests/suite.h"

struct row {
    struct slice text;
    const char *tokens; /* up to the error */
    const char *error;  /* NULL: none */
};

#define ROW(text, tokens)                                                                          \
    {                                                                                              \
        SLICE_LIT(text), tokens, NULL                                                              \
    }
#define BAD(text, tokens, error)                                                                   \
    {                                                                                              \
        SLICE_LIT(text), tokens, error                                                             \
    }

static const struct row rows[] = {
    ROW("", ""),
    ROW(" \t\r\n", ""),
    /* words run on over . : - and digits */
    ROW("a", "w:a"),
    ROW("value_1", "w:value_1"),
    ROW("_a.b:c-1", "w:_a.b:c-1"),
    ROW("a-1", "w:a-1"),
    ROW("a -1", "w:a i:-1"),
    ROW("a=-1", "w:a =:= i:-1"),
    ROW("value_5=1", "w:value_5 =:= i:1"),
    ROW("Zz", "w:Zz"),
    /* keywords, whole and in any case */
    ROW("count Count COUNT", "k:count k:Count k:COUNT"),
    ROW("counts count1 a_count from.", "w:counts w:count1 w:a_count w:from."),
    ROW("in[1]", "k:in [:[ i:1 ]:]"),
    ROW("Top 5 NET quantiles weekday", "k:Top i:5 k:NET k:quantiles k:weekday"),
    ROW("topmost nets by_year", "w:topmost w:nets w:by_year"),
    /* numbers */
    ROW("0 7 -3 -0", "i:0 i:7 i:-3 i:-0"),
    ROW("2.5 2.50 0.5 -0.5 0.0", "d:2.5 d:2.50 d:0.5 d:-0.5 d:0.0"),
    ROW("123456789012345678901234567890", "i:123456789012345678901234567890"),
    ROW("[1,-2]", "[:[ i:1 ,:, i:-2 ]:]"),
    ROW("1)", "i:1 ):)"),
    BAD("a=007", "w:a =:=", "at column 3: write '007' for the text or 7 for the number"),
    BAD("-007", "", "at column 1: write '-007' for the text or -7 for the number"),
    BAD("00", "", "at column 1: write '00' for the text or 0 for the number"),
    BAD("00.5", "", "at column 1: write '00.5' for the text or 0.5 for the number"),
    BAD("+007", "", "at column 1: write '+007' for the text or 7 for the number"),
    BAD("00e5", "", "at column 1: write '00e5' for the text or 0e5 for the number"),
    ROW("+12 +0", "i:+12 i:+0"),
    ROW("1e5 1E+05 -2.5e-3 0e0 1e400", "d:1e5 d:1E+05 d:-2.5e-3 d:0e0 d:1e400"),
    ROW(".5 -.5 +.50 .5e1", "d:.5 d:-.5 d:+.50 d:.5e1"),
    ROW("[+1,1e2]", "[:[ i:+1 ,:, d:1e2 ]:]"),
    ROW("a=-.5", "w:a =:= d:-.5"),
    BAD("1e401", "", "at column 1: '1e401' is not a number; text goes in quotes"),
    BAD("1e-401", "", "at column 1: '1e-401' is not a number; text goes in quotes"),
    BAD("1e", "", "at column 1: '1e' is not a number; text goes in quotes"),
    BAD("1e5x", "", "at column 1: '1e5x' is not a number; text goes in quotes"),
    BAD("1e+5x", "", "at column 1: '1e+5x' is not a number; text goes in quotes"),
    BAD(".5.", "", "at column 1: '.5.' is not a number; text goes in quotes"),
    BAD("5.e1", "", "at column 1: '5.e1' is not a number; text goes in quotes"),
    BAD("12abc", "", "at column 1: '12abc' is not a number; text goes in quotes"),
    BAD("(1. )", "(:(", "at column 2: '1.' is not a number; text goes in quotes"),
    BAD("1.2.3", "", "at column 1: '1.2.3' is not a number; text goes in quotes"),
    BAD("2026-11-20", "", "at column 1: '2026-11-20' is not a number; text goes in quotes"),
    BAD("1-2", "",
        "at column 1: '1-2' is not a number; text goes in quotes, a range is written [1,2]"),
    BAD("00x", "", "at column 1: '00x' is not a number; text goes in quotes"),
    BAD("5\xc2\xb5m", "", "at column 1: '5\xc2\xb5m' is not a number; text goes in quotes"),
    /* text: quotes doubled or escaped, any bytes */
    ROW("''", "t:''"),
    ROW("'a b'", "t:'a b'"),
    ROW("'it''s'", "t:'it''s'"),
    ROW("'it\\'s'", "t:'it\\'s'"),
    ROW("'a\\\\'", "t:'a\\\\'"),
    ROW("'a' 'b'", "t:'a' t:'b'"),
    ROW("'a\"b'", "t:'a\"b'"),
    ROW("\"a'b\"", "t:\"a'b\""),
    ROW("\"a\"\"b\"", "t:\"a\"\"b\""),
    ROW("\"a\\\"b\"", "t:\"a\\\"b\""),
    ROW("'line\nbreak'x", "t:'line\nbreak' w:x"),
    ROW("'gr\xc3\xb6\xc3\x9f"
        "e\xff'",
        "t:'gr\xc3\xb6\xc3\x9f"
        "e\xff'"),
    BAD("a = 'open", "w:a =:=", "at column 5: the text that starts here does not end"),
    BAD("a = 'open''", "w:a =:=", "at column 5: the text that starts here does not end"),
    BAD("a = 'open\\'", "w:a =:=", "at column 5: the text that starts here does not end"),
    BAD("a = 'open\\", "w:a =:=", "at column 5: the text that starts here does not end"),
    BAD("a = \"open'", "w:a =:=", "at column 5: the text that starts here does not end"),
    BAD("'", "", "at column 1: the text that starts here does not end"),
    /* names: backquotes doubled, a backslash is a backslash */
    ROW("`Origin State`", "n:`Origin State`"),
    ROW("`a``b`", "n:`a``b`"),
    ROW("`a\\`b", "n:`a\\` w:b"),
    ROW("``", "n:``"),
    BAD("a `open", "w:a", "at column 3: the name that starts here does not end"),
    BAD("a `open``", "w:a", "at column 3: the name that starts here does not end"),
    /* words of any script, in valid UTF-8 */
    ROW("gr\xc3\xb6\xc3\x9f"
        "e = 1",
        "w:gr\xc3\xb6\xc3\x9f"
        "e =:= i:1"),
    ROW("\xce\xb1_1.x \xd0\x96-\xd9\xa3 \xe6\xbc\xa2\xe5\xad\x97", /* decimal digits of any script */
        "w:\xce\xb1_1.x w:\xd0\x96-\xd9\xa3 w:\xe6\xbc\xa2\xe5\xad\x97"),
    ROW("e\xcc\x81t\xc3\xa9,", "w:e\xcc\x81t\xc3\xa9 ,:,"), /* a mark behind its letter */
    ROW("\xf0\x90\x8c\xb0", "w:\xf0\x90\x8c\xb0"),          /* four bytes */
    BAD("\xcc\x81", "",
        "at column 1: '\xcc\x81' is not a word; text goes in quotes, a name in backquotes"),
    BAD("\xd9\xa3"
        "a",
        "",
        "at column 1: '\xd9\xa3"
        "a' is not a word; text goes in quotes, a name in backquotes"),
    BAD("a\xc2\xa0", "",
        "at column 1: 'a\xc2\xa0' is not a word; text goes in quotes, a name in backquotes"),
    BAD("a\xc3", "",
        "at column 1: 'a\xc3' is not a word; text goes in quotes, a name in backquotes"),
    BAD("\xed\xa0\x80", "",
        "at column 1: '\xed\xa0\x80' is not a word; text goes in quotes, a name in backquotes"),
    BAD("\xff", "", "at column 1: '\xff' is not a word; text goes in quotes, a name in backquotes"),
    /* punctuation, longest first */
    ROW("()[]{},", "(:( ):) [:[ ]:] {:{ }:} ,:,"),
    ROW("= == != <> < <= > >=", "=:= =:== !=:!= !=:<> <:< <=:<= >:> >=:>="),
    ROW("*;a;", "*:* ;:; w:a ;:;"),
    ROW("a<-1", "w:a <:< i:-1"),
    ROW("===", "=:== =:="),
    ROW("!a!=!b", "!:! w:a !=:!= !:! w:b"),
    ROW("&& || !", "&&:&& ||:|| !:!"),
    ROW("|||", "||:|| ?:|"),
    /* what starts no token */
    ROW("& | - + . @ #", "?:& ?:| ?:- ?:+ ?:. ?:@ ?:#"),
    ROW("-- x", "?:- ?:- w:x"),
    ROW("\x01\x7f", "?:\x01 ?:\x7f"),
};

static const char *
kind_name(int kind)
{
    switch (kind) {
    case TOKEN_WORD: return "w";
    case TOKEN_INTEGER: return "i";
    case TOKEN_DECIMAL: return "d";
    case TOKEN_TEXT: return "t";
    case TOKEN_NAME: return "n";
    case TOKEN_LPAREN: return "(";
    case TOKEN_RPAREN: return ")";
    case TOKEN_LBRACKET: return "[";
    case TOKEN_RBRACKET: return "]";
    case TOKEN_LBRACE: return "{";
    case TOKEN_RBRACE: return "}";
    case TOKEN_COMMA: return ",";
    case TOKEN_EQ: return "=";
    case TOKEN_NE: return "!=";
    case TOKEN_LT: return "<";
    case TOKEN_LE: return "<=";
    case TOKEN_GT: return ">";
    case TOKEN_GE: return ">=";
    case TOKEN_AMPAMP: return "&&";
    case TOKEN_BARBAR: return "||";
    case TOKEN_BANG: return "!";
    case TOKEN_STAR: return "*";
    case TOKEN_SEMI: return ";";
    case TOKEN_JUNK: return "?";
    default: return "k";
    }
}

/* Every token is where it says, none overlap, and what is between them is white space. */
static void
lex(struct slice text, struct strbuf *tokens, struct error *err)
{
    struct lexer lexer;
    struct token token;
    size_t end = 0;
    lexer_init(&lexer, text);
    while (lexer_next(&lexer, &token, err)) {
        ck_assert_ptr_eq(token.text.ptr, text.ptr + token.at);
        for (; end < token.at; end++) {
            ck_assert_ptr_nonnull(memchr(" \t\r\n", text.ptr[end], 4));
        }
        end += token.text.len;
        if (!token.kind) {
            ck_assert_uint_eq(end, text.len);
            ck_assert(lexer_next(&lexer, &token, err) && !token.kind);
            return;
        }
        strbuf_printf(tokens, "%s%s:", tokens->len ? " " : "", kind_name(token.kind));
        strbuf_append(tokens, token.text);
    }
}

START_TEST(test_tokens)
{
    const struct row *row = &rows[_i];
    struct strbuf tokens;
    struct error err = {0};
    strbuf_init(&tokens);
    lex(row->text, &tokens, &err);
    strbuf_append_str(&tokens, "");
    ck_assert_str_eq(tokens.ptr, row->tokens);
    ck_assert_str_eq(err.message, row->error ? row->error : "");
    ck_assert_str_eq(err.code, row->error ? "SYNTAX" : "");
    strbuf_fini(&tokens);
}
END_TEST

/* NUL is a byte like others: it ends nothing, and is text inside quotes. */
START_TEST(test_nul)
{
    struct strbuf tokens;
    struct error err = {0};
    strbuf_init(&tokens);
    lex(slice_lit("a \0'b\0c'\0"), &tokens, &err);
    ck_assert(slice_equal(strbuf_slice(&tokens), slice_lit("w:a ?:\0 t:'b\0c' ?:\0")));
    strbuf_fini(&tokens);
}
END_TEST

/* Each byte alone is a token, white space, or an error. */
START_TEST(test_every_byte)
{
    char text[2] = {(char) _i, '\0'};
    struct strbuf tokens;
    struct error err = {0};
    strbuf_init(&tokens);
    lex(slice_of(text, 1), &tokens, &err);
    bool is_space = _i == ' ' || _i == '\t' || _i == '\r' || _i == '\n';
    ck_assert(is_space ? tokens.len == 0 : tokens.len > 0 || error_is_set(&err));
    strbuf_fini(&tokens);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("lexer");
    TCase *tcase = tcase_create("lexer");
    tcase_add_loop_test(tcase, test_tokens, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, test_nul);
    tcase_add_loop_test(tcase, test_every_byte, 0, 256);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
