/*
 * Words of any script, for re2c (UTF-8). in: bytes that may be a word; out: whether they are one.
 *
 *     größe   L L L L L        word           ٣a   begins with a digit: none
 *
 * Apart from lexer.re, which reads bytes: text in quotes may hold any of them. The categories are
 * those that re2c brings along.
 */
#include "parser/word.h"

bool
word_is(struct slice text)
{
    const char *cursor = text.ptr;
    const char *limit = text.ptr + text.len;
    const char *marker = cursor;

    /*!include:re2c "unicode_categories.re" */
    /*!re2c
        re2c:flags:utf-8 = 1;
        re2c:api:style = free-form;
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYPEEK = "(cursor < limit ? (unsigned char) *cursor : 0)";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYLIMIT = limit;
        re2c:define:YYMARKER = marker;
        re2c:yyfill:enable = 0;
        re2c:indent:string = "    ";

        (L | "_") (L | M | Nd | [_.:-])*    { return cursor == limit; }
        *                                   { return false; }
    */
}
