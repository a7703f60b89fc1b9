/*
 * Fractions of long integers. in: exact sums, decimals; out: their order, the nearest double.
 *
 * Most have at most 256 bits, and base/wide.h divides them. The others are divided here, bit by
 * bit, in the same way: 66 bits of the quotient, and whether there is a rest.
 *
 * Example: 1/3 and 0.3333333333333333 are the same double. As fractions, 1 x 10^16 is more than
 * 3 x 3333333333333333, so the first is larger.
 */
#include "answer/ratio.h"

#include <assert.h>
#include <float.h>
#include <string.h>

#include "base/quotient.h"

typedef unsigned __int128 uint128;

enum { WORD_BITS = 64, CHUNK_DIGITS = 19 };
/* A decimal takes no more, so that it can be compared with all that sums make. */
enum { DECIMAL_WORDS = BIG_WORDS / 2 };
static const uint64_t CHUNK = 10000000000000000000u; /* 10^19 */

/* ---- Magnitudes ---- */

static void
big_trim(struct big *big)
{
    while (big->n > 0 && big->word[big->n - 1] == 0) {
        big->n--;
    }
}

/* Without the sign. */
static void
big_of_wide(struct big *big, struct wide n)
{
    if (wide_is_negative(n)) {
        n = wide_negate(n);
    }
    big->n = sizeof n.word / sizeof *n.word;
    memcpy(big->word, n.word, sizeof n.word);
    big_trim(big);
}

static void
big_copy(struct big *to, const struct big *from)
{
    to->n = from->n;
    memcpy(to->word, from->word, from->n * sizeof *from->word);
}

/* Only where it fits: big_bits(big) <= 255. */
static struct wide
big_to_wide(const struct big *big)
{
    struct wide n = {{0}};
    memcpy(n.word, big->word, big->n * sizeof *big->word);
    return n;
}

static size_t
big_bits(const struct big *big)
{
    return big->n ? big->n * WORD_BITS - (size_t) __builtin_clzll(big->word[big->n - 1]) : 0;
}

static int
big_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    for (size_t i = a->n; i-- > 0;) {
        if (a->word[i] != b->word[i]) {
            return a->word[i] < b->word[i] ? -1 : 1;
        }
    }
    return 0;
}

/* a -= b, which is not more. */
static void
big_subtract(struct big *a, const struct big *b)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < a->n; i++) {
        uint128 difference = (uint128) a->word[i] - (i < b->n ? b->word[i] : 0) - borrow;
        a->word[i] = (uint64_t) difference;
        borrow = (difference >> WORD_BITS) != 0;
    }
    big_trim(a);
}

/* big times n plus more. False: there is no room. */
static bool
big_multiply_add(struct big *big, uint64_t n, uint64_t more)
{
    uint64_t carry = more;
    for (size_t i = 0; i < big->n; i++) {
        uint128 product = (uint128) big->word[i] * n + carry;
        big->word[i] = (uint64_t) product;
        carry = (uint64_t) (product >> WORD_BITS);
    }
    if (carry && big->n == BIG_WORDS) {
        return false;
    }
    if (carry) {
        big->word[big->n++] = carry;
    }
    return true;
}

static bool
big_multiply(const struct big *a, const struct big *b, struct big *out)
{
    if (a->n + b->n > BIG_WORDS) {
        return false;
    }
    out->n = a->n + b->n;
    memset(out->word, 0, out->n * sizeof *out->word);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n; j++) {
            uint128 sum = (uint128) a->word[i] * b->word[j] + out->word[i + j] + carry;
            out->word[i + j] = (uint64_t) sum;
            carry = (uint64_t) (sum >> WORD_BITS);
        }
        out->word[i + b->n] = carry;
    }
    big_trim(out);
    return true;
}

static bool
big_scale10(struct big *big, size_t k)
{
    for (; k >= CHUNK_DIGITS; k -= CHUNK_DIGITS) {
        if (!big_multiply_add(big, CHUNK, 0)) {
            return false;
        }
    }
    uint64_t rest = 1;
    for (; k > 0; k--) {
        rest *= 10;
    }
    return big_multiply_add(big, rest, 0);
}

/* The caller has made sure that there is room. */
static void
must_fit(bool fits)
{
    assert(fits);
    (void) fits;
}

/* Shifts left; there is room. */
static void
big_shift(struct big *big, size_t nbits)
{
    size_t words = nbits / WORD_BITS, bits = nbits % WORD_BITS;
    must_fit(big->n + words < BIG_WORDS);
    for (size_t i = big->n + 1; i-- > 0;) {
        uint64_t high = i < big->n ? big->word[i] : 0, low = i > 0 ? big->word[i - 1] : 0;
        big->word[i + words] = bits ? high << bits | low >> (WORD_BITS - bits) : high;
    }
    memset(big->word, 0, words * sizeof *big->word);
    big->n += words + 1;
    big_trim(big);
}

/* ---- Fractions ---- */

void
ratio_of(struct ratio *ratio, struct wide num, struct wide den)
{
    ratio->is_negative = wide_is_negative(num);
    big_of_wide(&ratio->num, num);
    big_of_wide(&ratio->den, den);
}

bool
ratio_of_decimal(struct ratio *ratio, struct slice number)
{
    size_t decimals = decimals_of(number);
    ratio->is_negative = number.len > 0 && number.ptr[0] == '-';
    ratio->num.n = 0;
    ratio->den.n = 1;
    ratio->den.word[0] = 1;
    for (size_t i = ratio->is_negative; i < number.len; i++) {
        if (number.ptr[i] != '.' &&
            !big_multiply_add(&ratio->num, 10, (uint64_t) (number.ptr[i] - '0'))) {
            return false;
        }
    }
    return big_scale10(&ratio->den, decimals) && ratio->num.n <= DECIMAL_WORDS &&
           ratio->den.n <= DECIMAL_WORDS;
}

void
ratio_divide10(struct ratio *ratio, size_t k)
{
    must_fit(big_scale10(&ratio->den, k));
}

void
ratio_multiply10(struct ratio *ratio, size_t k)
{
    must_fit(big_scale10(&ratio->num, k));
}

bool
ratio_of_variance(struct ratio *ratio, struct wide weights, struct wide sum, struct wide squares,
                  size_t value_scale, size_t weight_scale)
{
    struct big a, b;
    struct wide one, rest;
    /* W - 1; where 1 has more bits than a number can have, W is less */
    if (!wide_scale10(wide_of_uint64(1), weight_scale, &one) ||
        !wide_subtract(weights, one, &rest) || wide_is_negative(rest) || wide_is_zero(rest)) {
        return false;
    }
    ratio->is_negative = false;
    big_of_wide(&a, weights);
    big_of_wide(&b, rest);
    must_fit(big_multiply(&a, &b, &ratio->den) && big_scale10(&ratio->den, 2 * value_scale));
    big_of_wide(&b, squares);
    must_fit(big_multiply(&a, &b, &ratio->num));
    big_of_wide(&a, sum);
    must_fit(big_multiply(&a, &a, &b));
    big_subtract(&ratio->num, &b);
    return true;
}

/* ---- Doubles ---- */

/* nbits bits of num / den, or one more; at most 127. num is not 0. */
static struct quotient
divide_bits(const struct ratio *ratio, size_t nbits)
{
    struct big num, den;
    size_t num_bits = big_bits(&ratio->num), den_bits = big_bits(&ratio->den);
    struct quotient quotient = {.exponent = (int) num_bits - (int) den_bits - (int) nbits};
    big_copy(&num, &ratio->num);
    big_copy(&den, &ratio->den);
    if (num_bits < den_bits) {
        big_shift(&num, den_bits - num_bits);
    } else {
        big_shift(&den, num_bits - den_bits);
    }
    for (size_t i = 0; i <= nbits; i++) {
        bool goes = big_compare(&num, &den) >= 0;
        quotient.bits = quotient.bits << 1 | goes;
        if (goes) {
            big_subtract(&num, &den);
        }
        big_shift(&num, 1);
    }
    quotient.inexact = num.n > 0;
    return quotient;
}

static bool
fits_wide(const struct ratio *ratio)
{
    return ratio->num.n < 4 && ratio->den.n < 4;
}

double
ratio_to_double(const struct ratio *ratio)
{
    static const size_t NBITS = 65;
    double x = 0;
    if (ratio->num.n == 0) {
        return 0;
    }
    if (ratio->num.n == 1 && ratio->den.n == 1 && big_bits(&ratio->num) <= DBL_MANT_DIG &&
        big_bits(&ratio->den) <= DBL_MANT_DIG) {
        x = (double) ratio->num.word[0] / (double) ratio->den.word[0]; /* rounded once */
    } else if (fits_wide(ratio)) {
        x = wide_divide_to_double(big_to_wide(&ratio->num), big_to_wide(&ratio->den));
    } else {
        x = quotient_round(divide_bits(ratio, NBITS));
    }
    return ratio->is_negative ? -x : x;
}

double
ratio_to_sqrt(const struct ratio *ratio)
{
    if (ratio->num.n == 0) {
        return 0;
    }
    if (fits_wide(ratio)) {
        return wide_divide_to_sqrt(big_to_wide(&ratio->num), big_to_wide(&ratio->den));
    }
    /* 125 or 126 bits, so that the exponent is even; their root has 63 */
    size_t odd = (big_bits(&ratio->num) + big_bits(&ratio->den)) & 1;
    return quotient_round(quotient_root(divide_bits(ratio, 126 - odd)));
}

bool
ratio_is_short(const struct ratio *ratio)
{
    return ratio->den.n == 1 && ratio->den.word[0] == 1 && big_bits(&ratio->num) <= DBL_MANT_DIG;
}

int
ratio_compare(const struct ratio *a, const struct ratio *b)
{
    bool a_is_negative = a->is_negative && a->num.n, b_is_negative = b->is_negative && b->num.n;
    struct big left, right;
    if (a_is_negative != b_is_negative) {
        return a_is_negative ? -1 : 1;
    }
    must_fit(big_multiply(&a->num, &b->den, &left) && big_multiply(&b->num, &a->den, &right));
    int order = big_compare(&left, &right);
    return a_is_negative ? -order : order;
}
