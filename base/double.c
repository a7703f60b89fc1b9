/*
 * The shortest text of a double. in: a double; out: its digits and where their point is, written down.
 *
 * Every decimal between the middles to the neighbours reads back as x (the middles too where x has an
 * even mantissa). Of those decimals the ones with the fewest digits are looked for, and of them the
 * one nearest to x. Between 2^-16 and 2^53 that is done in integers of 128 bits, and whole numbers are
 * their own text; elsewhere, which is rare, printf and strtod are asked for 1, 2, 3 ... digits.
 *
 * Example: 0.3 is 5404319552844595 * 2^-54. Times 10^17 that is 29999999999999998.9, and the middles
 * are 29999999999999996.1 and 30000000000000001.7. 3 * 10^16 lies between them, and no multiple of
 * 10^17 does: one digit, "0.3".
 */
#include "base/double.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/wide.h"

typedef unsigned __int128 uint128;

enum { FRACTION_BITS = 52, EXPONENT_BIAS = 1075, MOST_DIGITS = 17 };
/* A double has up to 309 digits before its point and 1074 behind it. */
enum { MOST_EXACT_BYTES = 1400 };

/* digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
};

static uint64_t
double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* A power of two is nearer to its neighbour below than to the one above. */
static bool
is_power_of_two(double x)
{
    return (double_bits(x) & ((1ull << FRACTION_BITS) - 1)) == 0;
}

/*
 * The decimal of the fewest digits between the integers lo and hi, both allowed; v / 2^shift is
 * between them, and the nearest to it is wanted, of two as near the even one. They are less than 1,000
 * apart, so of the multiples of 1,000 there is one at the most, however many zeros it has.
 */
static uint64_t
shortest_between(uint64_t lo, uint64_t hi, uint128 v, int shift)
{
    if (hi / 1000 * 1000 >= lo) {
        return hi / 1000 * 1000;
    }
    uint64_t unit = hi / 100 * 100 >= lo ? 100 : hi / 10 * 10 >= lo ? 10 : 1;
    uint64_t whole = (uint64_t) (v >> shift);
    uint128 rest = (uint128) (whole % unit) << shift | (v & (((uint128) 1 << shift) - 1));
    uint128 half = ((uint128) unit << shift) / 2;
    uint64_t count = whole / unit;
    uint64_t nearest = (count + (rest > half || (rest == half && count % 2))) * unit;
    if (nearest > hi) {
        return nearest - unit;
    }
    return nearest < lo ? nearest + unit : nearest;
}

/* Of 0 to 38. */
static uint128
power_of_ten(int exponent)
{
    static const uint64_t POWERS[] = {1ull,
                                      10ull,
                                      100ull,
                                      1000ull,
                                      10000ull,
                                      100000ull,
                                      1000000ull,
                                      10000000ull,
                                      100000000ull,
                                      1000000000ull,
                                      10000000000ull,
                                      100000000000ull,
                                      1000000000000ull,
                                      10000000000000ull,
                                      100000000000000ull,
                                      1000000000000000ull,
                                      10000000000000000ull,
                                      100000000000000000ull,
                                      1000000000000000000ull,
                                      10000000000000000000ull};
    enum { LAST = sizeof POWERS / sizeof *POWERS - 1 };
    return exponent <= LAST ? POWERS[exponent] : (uint128) POWERS[LAST] * POWERS[exponent - LAST];
}

/*
 * For 2^-16 <= x < 2^53. x is mantissa * 2^exponent. Times 10^decimals it has 17 or 18 digits, so that
 * there is an integer between the middles. All is taken four times, for the middle below a power of
 * two: 4 * 2^53 * 10^21 has 125 bits.
 */
static struct decimal
shortest_plain(double x)
{
    uint64_t fraction = double_bits(x) & ((1ull << FRACTION_BITS) - 1);
    int exponent = (int) (double_bits(x) >> FRACTION_BITS) - EXPONENT_BIAS;
    uint64_t mantissa = fraction | 1ull << FRACTION_BITS;
    int log2 = exponent + FRACTION_BITS;
    int log10 = log2 >= 0 ? log2 * 1233 / 4096 : -((-log2 * 1233 + 4095) / 4096);
    int decimals = MOST_DIGITS - 1 - log10;
    uint128 power = power_of_ten(decimals);
    int shift = 2 - exponent;
    uint128 v = mantissa * 4 * power;
    uint128 above = v + 2 * power, below = v - (is_power_of_two(x) ? 1 : 2) * power;
    uint128 inclusive = mantissa % 2 == 0;
    uint64_t hi = (uint64_t) ((above - !inclusive) >> shift);
    uint64_t lo = (uint64_t) ((below - inclusive) >> shift) + 1;
    return (struct decimal){shortest_between(lo, hi, v, shift), -decimals};
}

/* Without a point in the text, which a locale may write in another way. */
static bool
reads_back(struct decimal decimal, double x)
{
    char text[48];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long) decimal.digits, decimal.exponent);
    return strtod(text, NULL) == x;
}

/* x rounded to n digits. */
static struct decimal
rounded(double x, int n)
{
    char text[48];
    snprintf(text, sizeof text, "%.*e", n - 1, x);
    struct decimal decimal = {0};
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            decimal.digits = decimal.digits * 10 + (uint64_t) (*at - '0');
        }
    }
    decimal.exponent = atoi(at + 1) - (n - 1);
    return decimal;
}

/* The nearest decimal below a power of two may be another double where the next one above is not. */
static struct decimal
shortest_by_search(double x)
{
    for (int n = 1; n < MOST_DIGITS; n++) {
        struct decimal decimal = rounded(x, n);
        if (reads_back(decimal, x)) {
            return decimal;
        }
        decimal.digits++;
        if (is_power_of_two(x) && reads_back(decimal, x)) {
            return decimal;
        }
    }
    return rounded(x, MOST_DIGITS);
}

static char *
put(char *at, struct slice text)
{
    memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static char *
put_zeros(char *at, int n)
{
    memset(at, '0', (size_t) n);
    return at + n;
}

/* point: how many of the digits stand before it; negative: zeros behind it come first. */
static char *
put_digits(char *at, struct slice digits, int point)
{
    enum { MOST_WHOLE = 21, MOST_ZEROS = 5 };
    int n = (int) digits.len;
    if (point > MOST_WHOLE || point < -MOST_ZEROS) {
        *at++ = digits.ptr[0];
        at = put(at, slice_str(n > 1 ? "." : ""));
        at = put(at, slice_of(digits.ptr + 1, digits.len - 1));
        return at + sprintf(at, "e%+d", point - 1);
    }
    if (point <= 0) {
        at = put_zeros(put(at, slice_lit("0.")), -point);
        return put(at, digits);
    }
    if (point >= n) {
        return put_zeros(put(at, digits), point - n);
    }
    at = put(at, slice_of(digits.ptr, (size_t) point));
    *at++ = '.';
    return put(at, slice_of(digits.ptr + point, (size_t) (n - point)));
}

/* Of x > 0. A whole number has no decimal of fewer digits as near, but for its zeros. */
static struct decimal
shortest(double x)
{
    if (x < (double) (1ull << 53) && x == (double) (uint64_t) x) {
        return (struct decimal){(uint64_t) x, 0};
    }
    return x >= 1.0 / (1 << 16) && x < (double) (1ull << 53) ? shortest_plain(x)
                                                             : shortest_by_search(x);
}

size_t
double_write(char *text, double x)
{
    char *to = text, digits[20];
    char *end = digits + sizeof digits, *at = end;
    if (x == 0 || !isfinite(x)) {
        return (size_t) (put(to, slice_str(x == 0 ? "0" : "null")) - text);
    }
    if (x < 0) {
        *to++ = '-';
        x = -x;
    }
    struct decimal decimal = shortest(x);
    bool is_leading = true; /* from the back: zeros that say nothing */
    for (; decimal.digits; decimal.digits /= 10) {
        char digit = (char) ('0' + decimal.digits % 10);
        is_leading = is_leading && digit == '0';
        if (is_leading) {
            decimal.exponent++;
        } else {
            *--at = digit;
        }
    }
    size_t ndigits = (size_t) (end - at);
    return (size_t) (put_digits(to, slice_of(at, ndigits), (int) ndigits + decimal.exponent) -
                     text);
}

void
double_print(struct strbuf *out, double x)
{
    char text[DOUBLE_TEXT_BYTES];
    strbuf_append(out, slice_of(text, double_write(text, x)));
}

double
double_read(struct slice number)
{
    enum { USUAL_BYTES = 64 };
    char usual[USUAL_BYTES];
    struct strbuf rest;
    strbuf_init(&rest);
    char *text = number.len < USUAL_BYTES ? usual : strbuf_reserve(&rest, number.len + 1);
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    double x = strtod(text, NULL);
    strbuf_fini(&rest);
    return x;
}

/*
 * A double with d decimals is a whole number of 2^-d. So it has no further decimals, and printf can
 * be asked for its d decimals without rounding it.
 */
bool
double_is_exact(struct slice number)
{
    const char *point = memchr(number.ptr, '.', number.len);
    size_t ndecimals = decimals_of(number);
    if (ndecimals == 0 && number.len <= 15) {
        return true;
    }
    /* Powers of two have a 5 at their end. */
    if (number.len >= MOST_EXACT_BYTES || (point && number.ptr[number.len - 1] != '5')) {
        return false;
    }
    char exact[2 * MOST_EXACT_BYTES];
    double x = double_read(number), units = ldexp(x, (int) ndecimals);
    if (!isfinite(units) || units != floor(units)) {
        return false;
    }
    int len = snprintf(exact, sizeof exact, "%.*f", (int) ndecimals, x);
    return len > 0 && slice_equal(number, slice_of(exact, (size_t) len));
}
