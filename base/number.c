/*
 * Numbers: reading, ordering and binning decimal text without floating point.
 * in: a value's text as it is stored; out: its value, its place in the order, its bin.
 *
 * Example: "-1.25e1" has the digits "125" and its point behind the second of them: its value is
 * "-12.5". Against "-12.45" the integer digits tie, the fractions "5" and "45" compare as bytes
 * ('5' > '4'), and the sign turns the order round: -12.5 < -12.45.
 */
#include "base/number.h"

#include <assert.h>
#include <string.h>

#include "base/wide.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool
number_is_canonical(struct slice text)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    bool negative = at < end && *at == '-';
    at += negative;
    const char *whole = at;
    while (at < end && is_digit(*at)) {
        at++;
    }
    if (at == whole || (*whole == '0' && at - whole > 1)) {
        return false;
    }
    if (at == end) {
        return !(negative && *whole == '0');
    }
    if (*at != '.') {
        return false;
    }
    const char *fraction = ++at;
    while (at < end && is_digit(*at)) {
        at++;
    }
    return at == end && at > fraction && at[-1] != '0';
}

bool
number_is_integer(struct slice text)
{
    return number_is_canonical(text) && !memchr(text.ptr, '.', text.len);
}

int
number_compare(struct slice a, struct slice b)
{
    bool a_negative = a.len > 0 && a.ptr[0] == '-';
    bool b_negative = b.len > 0 && b.ptr[0] == '-';
    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    const char *a_dot = memchr(a.ptr, '.', a.len);
    const char *b_dot = memchr(b.ptr, '.', b.len);
    struct slice a_whole = slice_of(a.ptr, a_dot ? (size_t) (a_dot - a.ptr) : a.len);
    struct slice b_whole = slice_of(b.ptr, b_dot ? (size_t) (b_dot - b.ptr) : b.len);
    int order = (a_whole.len > b_whole.len) - (a_whole.len < b_whole.len);
    if (!order) {
        order = slice_compare(a_whole, b_whole);
    }
    if (!order) {
        order = slice_compare(slice_of(a.ptr + a_whole.len, a.len - a_whole.len),
                              slice_of(b.ptr + b_whole.len, b.len - b_whole.len));
    }
    return a_negative ? -order : order;
}

int
value_compare(struct slice a, struct slice b)
{
    bool a_number = number_is_canonical(a);
    bool b_number = number_is_canonical(b);
    if (a_number != b_number) {
        return a_number ? -1 : 1;
    }
    return a_number ? number_compare(a, b) : slice_compare(a, b);
}

/* ---- Numerals ---- */

enum { EXPONENT_MOST = 400, VALUE_MORE_BYTES = EXPONENT_MOST + 8 };

struct numeral {
    bool negative;
    struct slice whole, fraction;
    int exponent;
};

static struct slice
take_digits(const char **at, const char *end)
{
    const char *first = *at;
    while (*at < end && is_digit(**at)) {
        ++*at;
    }
    return slice_of(first, (size_t) (*at - first));
}

/* e5, E+05; *at stands behind the digits. */
static bool
take_exponent(const char **at, const char *end, int *exponent)
{
    ++*at;
    bool negative = *at < end && **at == '-';
    *at += *at < end && (**at == '-' || **at == '+');
    struct slice digits = take_digits(at, end);
    int n = 0;
    for (size_t i = 0; i < digits.len && n <= EXPONENT_MOST; i++) {
        n = n * 10 + (digits.ptr[i] - '0');
    }
    *exponent = negative ? -n : n;
    return digits.len > 0 && n <= EXPONENT_MOST;
}

static bool
numeral_parse(struct slice text, struct numeral *out)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    *out = (struct numeral){.negative = at < end && *at == '-'};
    at += at < end && (*at == '-' || *at == '+');
    out->whole = take_digits(&at, end);
    if (out->whole.len > 1 && out->whole.ptr[0] == '0') {
        return false;
    }
    if (at < end && *at == '.') {
        at++;
        out->fraction = take_digits(&at, end);
        if (!out->fraction.len) {
            return false;
        }
    }
    if (!out->whole.len && !out->fraction.len) {
        return false;
    }
    if (at < end && (*at == 'e' || *at == 'E') && !take_exponent(&at, end, &out->exponent)) {
        return false;
    }
    return at == end;
}

bool
number_is_numeral(struct slice text)
{
    struct numeral numeral;
    return numeral_parse(text, &numeral);
}

/*
 * The numeral as a canonical number. The digits are shifted to where they stand in it, and what is
 * zero at either side is left out; out has VALUE_MORE_BYTES more than the numeral's text.
 */
static size_t
numeral_print(const struct numeral *numeral, char *out)
{
    const char *start = out;
    char *digits = out + EXPONENT_MOST + 3; /* behind "-0." and the zeros that may follow */
    memcpy(digits, numeral->whole.ptr, numeral->whole.len);
    if (numeral->fraction.len) {
        memcpy(digits + numeral->whole.len, numeral->fraction.ptr, numeral->fraction.len);
    }
    size_t ndigits = numeral->whole.len + numeral->fraction.len;
    ptrdiff_t point = (ptrdiff_t) numeral->whole.len + numeral->exponent;
    for (; ndigits && *digits == '0'; digits++, ndigits--) {
        point--;
    }
    while (ndigits && digits[ndigits - 1] == '0') {
        ndigits--;
    }
    if (!ndigits) {
        *out = '0';
        return 1;
    }
    if (numeral->negative) {
        *out++ = '-';
    }
    size_t nwhole = point <= 0 ? 0 : (size_t) point < ndigits ? (size_t) point : ndigits;
    memmove(out, digits, nwhole);
    out += nwhole;
    if (point > (ptrdiff_t) ndigits) {
        size_t nzeros = (size_t) point - ndigits;
        memset(out, '0', nzeros);
        return (size_t) (out + nzeros - start);
    }
    if (point <= 0) {
        *out++ = '0';
    }
    if (nwhole < ndigits) {
        *out++ = '.';
        for (ptrdiff_t i = point; i < 0; i++) {
            *out++ = '0';
        }
        memmove(out, digits + nwhole, ndigits - nwhole);
        out += ndigits - nwhole;
    }
    return (size_t) (out - start);
}

/* Whether the text is its own value. Most texts are, and most are found to be by their first byte. */
static bool
is_value(struct slice text, struct numeral *numeral)
{
    char first = text.len ? text.ptr[0] : 'a';
    if (!is_digit(first) && first != '-' && first != '+' && first != '.') {
        return true;
    }
    return number_is_canonical(text) || !numeral_parse(text, numeral);
}

struct slice
value_canonical(struct arena *arena, struct slice text)
{
    struct numeral numeral;
    if (is_value(text, &numeral)) {
        return text;
    }
    char *value = arena_alloc(arena, text.len + VALUE_MORE_BYTES);
    return slice_of(value, numeral_print(&numeral, value));
}

struct slice
value_canonical_buffered(struct strbuf *buffer, struct slice text)
{
    struct numeral numeral;
    if (is_value(text, &numeral)) {
        return text;
    }
    strbuf_clear(buffer);
    strbuf_reserve(buffer, text.len + VALUE_MORE_BYTES);
    buffer->len = numeral_print(&numeral, buffer->ptr);
    buffer->ptr[buffer->len] = '\0';
    return strbuf_slice(buffer);
}

/* ---- Bins ---- */

enum { MOST_DIGITS = 37 }; /* of a 128-bit integer, with room to add a width */

/* The number times 10^scale; false where that has too many digits. */
static bool
scaled(struct slice number, size_t scale, __int128 *out)
{
    size_t decimals = decimals_of(number);
    bool negative = number.ptr[0] == '-';
    size_t ndigits = number.len - negative - (decimals > 0) + (scale - decimals);
    return ndigits <= MOST_DIGITS && wide_parse_decimal(number, scale, out);
}

/* n / 10^scale as canonical text. */
static struct slice
unscaled(struct arena *arena, __int128 n, size_t scale)
{
    struct strbuf text;
    strbuf_init(&text);
    wide_print_decimal(&text, wide_of_int128(n), scale);
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

bool
number_bin(struct arena *arena, struct slice number, struct slice width, struct slice *lower,
           struct slice *upper)
{
    size_t scale = decimals_of(number);
    if (decimals_of(width) > scale) {
        scale = decimals_of(width);
    }
    __int128 n, w;
    if (scale > MOST_DIGITS || !scaled(number, scale, &n) || !scaled(width, scale, &w)) {
        return false;
    }
    assert(w > 0);
    __int128 from = (n / w - (n % w < 0)) * w;
    *lower = unscaled(arena, from, scale);
    *upper = unscaled(arena, from + w, scale);
    return true;
}

/*
 * Canonical numbers compare by sign, then by the length of the whole part, then by their digits as
 * bytes: so do these bits (1 sign, 12 length, 50 for the first 15 digits), negative ones
 * complemented.
 */
uint64_t
order_key(struct slice text)
{
    if (!number_is_canonical(text)) {
        return 0;
    }
    enum { DIGITS = 15, DIGITS_BITS = 50, LENGTH_MOST = 4095 };
    bool negative = text.ptr[0] == '-';
    uint64_t digits = 0, length = 0;
    unsigned ndigits = 0;
    bool in_whole = true;
    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] == '.') {
            in_whole = false;
            continue;
        }
        length += in_whole;
        if (ndigits < DIGITS) {
            digits = digits * 10 + (uint64_t) (text.ptr[i] - '0');
            ndigits++;
        }
    }
    for (; ndigits < DIGITS; ndigits++) {
        digits *= 10;
    }
    length = length < LENGTH_MOST ? length : LENGTH_MOST;
    uint64_t magnitude = length << DIGITS_BITS | digits;
    return negative ? (1ull << 63) - magnitude : (1ull << 63) + magnitude;
}
