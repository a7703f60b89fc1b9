/*
 * Numbers with a decimal comma and separated thousands, written as the language has them.
 * in: a cell; out: the same number with a point, and no separators.
 *
 *     sign  digits | 1 to 3 digits (separator 3 digits)...  [decimal digits]  [e exponent]
 */
#include "tools/rows/numeral.h"

#include "base/number.h"
#include "tools/rows/csv.h"

struct scan {
    struct slice rest;
    char *out;
};

static size_t
copy_digits(struct scan *scan)
{
    size_t n = 0;
    while (n < scan->rest.len && scan->rest.ptr[n] >= '0' && scan->rest.ptr[n] <= '9') {
        *scan->out++ = scan->rest.ptr[n++];
    }
    scan->rest = slice_of(scan->rest.ptr + n, scan->rest.len - n);
    return n;
}

/* Takes one of the bytes off the front. */
static bool
take(struct scan *scan, char wanted)
{
    bool is = scan->rest.len && *scan->rest.ptr == wanted;
    scan->rest = slice_of(scan->rest.ptr + is, scan->rest.len - is);
    return is;
}

static bool
take_thousands(struct scan *scan, char separator)
{
    static const struct slice spaces[] = {SLICE_LIT("\xc2\xa0"), SLICE_LIT("\xe2\x80\xaf"),
                                          SLICE_LIT("\xe2\x80\x89")};
    for (size_t i = 0; separator == ' ' && i < sizeof spaces / sizeof *spaces; i++) {
        if (slice_starts_with(scan->rest, spaces[i])) {
            scan->rest = slice_of(scan->rest.ptr + spaces[i].len, scan->rest.len - spaces[i].len);
            return true;
        }
    }
    return separator && take(scan, separator);
}

/* 1234, or 1 234. The number of groups behind the first; -1: no digits in that form. */
static int
copy_whole(struct scan *scan, char separator)
{
    size_t ndigits = copy_digits(scan);
    int ngroups = 0;
    while (ndigits >= 1 && ndigits <= 3 && take_thousands(scan, separator)) {
        if (copy_digits(scan) != 3) {
            return -1;
        }
        ngroups++;
    }
    return ndigits ? ngroups : -1;
}

bool
numeral_read(struct numeral_marks marks, struct slice text, char buffer[NUMERAL_BYTES_MOST],
             struct slice *number)
{
    if (text.len == 0 || text.len > NUMERAL_BYTES_MOST) {
        return false;
    }
    struct scan scan = {text, buffer};
    if (take(&scan, '-')) {
        *scan.out++ = '-';
    } else if (take(&scan, '+')) {
        *scan.out++ = '+';
    }
    if (!(scan.rest.len && *scan.rest.ptr == marks.decimal) &&
        copy_whole(&scan, marks.thousands) < 0) {
        return false;
    }
    if (take(&scan, marks.decimal)) {
        *scan.out++ = '.';
        if (copy_digits(&scan) == 0) {
            return false;
        }
    }
    if (take(&scan, 'e') || take(&scan, 'E')) {
        *scan.out++ = 'e';
        if (take(&scan, '-')) {
            *scan.out++ = '-';
        } else {
            (void) take(&scan, '+');
        }
        if (copy_digits(&scan) == 0) {
            return false;
        }
    }
    size_t len = (size_t) (scan.out - buffer);
    bool is_same = len == text.len && memcmp(buffer, text.ptr, len) == 0;
    *number = is_same ? text : slice_of(buffer, len);
    return scan.rest.len == 0;
}

bool
numeral_is(struct slice text, char decimal)
{
    char buffer[NUMERAL_BYTES_MOST];
    struct slice number;
    return numeral_read((struct numeral_marks){.decimal = decimal}, text, buffer, &number);
}

bool
numeral_is_grouped(struct slice text, char *separator)
{
    static const char separators[] = ",.' ";
    char buffer[NUMERAL_BYTES_MOST];
    for (const char *s = separators; *s; s++) {
        struct slice number;
        struct numeral_marks marks = {.decimal = *s == '.' ? ',' : '.', .thousands = *s};
        struct numeral_marks plain = {.decimal = marks.decimal};
        if (numeral_read(marks, text, buffer, &number) &&
            !numeral_read(plain, text, buffer, &number)) {
            *separator = *s;
            return true;
        }
    }
    return false;
}

/* "%", "€ ": the mark, and a blank on the side of the number. */
static struct slice
without_mark(struct slice text, bool is_before)
{
    static const struct slice marks[] = {SLICE_LIT("%"),
                                         SLICE_LIT("$"),
                                         SLICE_LIT("\xc2\xa2"),
                                         SLICE_LIT("\xc2\xa3"),
                                         SLICE_LIT("\xc2\xa5"),
                                         SLICE_LIT("\xe2\x82\xac"),
                                         SLICE_LIT("\xe2\x80\xb0"),
                                         SLICE_LIT("\xe2\x88\x92"),
                                         SLICE_LIT("EUR"),
                                         SLICE_LIT("USD"),
                                         SLICE_LIT("CHF"),
                                         SLICE_LIT("GBP")};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t len = marks[i].len;
        const char *at = is_before ? text.ptr : text.ptr + text.len - len;
        if (text.len > len && memcmp(at, marks[i].ptr, len) == 0) {
            text = slice_of(is_before ? text.ptr + len : text.ptr, text.len - len);
            size_t blank = is_before ? csv_blank_before(text) : csv_blank_behind(text);
            return slice_of(is_before ? text.ptr + blank : text.ptr, text.len - blank);
        }
    }
    return text;
}

bool
numeral_is_adorned(struct slice text)
{
    char separator;
    struct slice bare = text;
    if (text.len > NUMERAL_BYTES_MOST) {
        return false;
    }
    if (text.len > 2 && text.ptr[0] == '(' && text.ptr[text.len - 1] == ')') {
        bare = slice_of(text.ptr + 1, text.len - 2);
    }
    bool is_negative = bare.len > 1 && *bare.ptr == '-'; /* -$5 */
    bare = slice_of(bare.ptr + is_negative, bare.len - is_negative);
    bare = without_mark(without_mark(bare, true), true); /* −$5 */
    bare = without_mark(bare, false);
    return bare.len + is_negative < text.len &&
           (numeral_is(bare, '.') || numeral_is(bare, ',') || numeral_is_grouped(bare, &separator));
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum numeral_kind
numeral_kind_long(struct slice text, char *separator)
{
    size_t at = 0;
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        at++;
    }
    if (at == text.len || !(is_digit(text.ptr[at]) || text.ptr[at] == '.' || text.ptr[at] == ',')) {
        return NUMERAL_NONE;
    }
    size_t start = at;
    while (at < text.len && is_digit(text.ptr[at])) {
        at++;
    }
    if (at == text.len && (text.ptr[start] != '0' || at == start + 1)) {
        return at > start ? NUMERAL_NUMBER : NUMERAL_NONE;
    }
    /* Dates and codes, as 2024-01-05 and 12a, end here. */
    if (at < text.len && !memchr(".,eE' \xc2\xe2", text.ptr[at], 8)) {
        return NUMERAL_NONE;
    }
    if (number_is_numeral(text)) {
        return NUMERAL_NUMBER;
    }
    if (numeral_is_grouped(text, separator)) {
        return NUMERAL_GROUPED;
    }
    bool has_comma = memchr(text.ptr, ',', text.len) != NULL;
    return has_comma && numeral_is(text, ',') ? NUMERAL_COMMA : NUMERAL_NONE;
}
