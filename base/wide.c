/*
 * Integers of 256 bits: arithmetic that says when it overflows, decimal text, and quotients rounded
 * once. in: canonical numbers, integers; out: exact integers, their text, the nearest double.
 *
 * Products and quotients are made of magnitudes, and get their sign at the end.
 *
 * Example: 2/3 to a double. Both are shifted until their highest bits are set. Long division gives
 * 64 bits of the quotient, 0xaaaa...aaaa, and a remainder. As there is one, the lowest bit is set, so
 * that what is more than half stays more than half, and the 64 bits are rounded to 53.
 */
#include "base/wide.h"

#include <assert.h>
#include <string.h>

#include "base/quotient.h"

typedef unsigned __int128 uint128;

enum { WORDS = 4, WORD_BITS = 64, CHUNK_DIGITS = 19 };

static const uint64_t CHUNK = 10000000000000000000u; /* 10^19, the most that a word holds */

struct wide
wide_of_int128(__int128 n)
{
    uint64_t sign = n < 0 ? UINT64_MAX : 0;
    return (struct wide){{(uint64_t) n, (uint64_t) ((uint128) n >> WORD_BITS), sign, sign}};
}

struct wide
wide_of_uint64(uint64_t n)
{
    return (struct wide){{n}};
}

bool
wide_to_int128(struct wide n, __int128 *out)
{
    __int128 low = (__int128) ((uint128) n.word[1] << WORD_BITS | n.word[0]);
    if (wide_compare(wide_of_int128(low), n) != 0) {
        return false;
    }
    *out = low;
    return true;
}

bool
wide_is_zero(struct wide n)
{
    return !(n.word[0] | n.word[1] | n.word[2] | n.word[3]);
}

bool
wide_is_negative(struct wide n)
{
    return n.word[3] >> (WORD_BITS - 1);
}

/* The bits without a sign. */
static int
compare_bits(const struct wide *a, const struct wide *b)
{
    for (int i = WORDS - 1; i >= 0; i--) {
        if (a->word[i] != b->word[i]) {
            return a->word[i] < b->word[i] ? -1 : 1;
        }
    }
    return 0;
}

int
wide_compare(struct wide a, struct wide b)
{
    if (wide_is_negative(a) != wide_is_negative(b)) {
        return wide_is_negative(a) ? -1 : 1;
    }
    return compare_bits(&a, &b);
}

static struct wide
add_bits(struct wide a, struct wide b)
{
    uint128 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint128) a.word[i] + b.word[i];
        a.word[i] = (uint64_t) carry;
        carry >>= WORD_BITS;
    }
    return a;
}

static struct wide
subtract_bits(struct wide a, struct wide b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        uint128 difference = (uint128) a.word[i] - b.word[i] - borrow;
        a.word[i] = (uint64_t) difference;
        borrow = (difference >> WORD_BITS) != 0;
    }
    return a;
}

struct wide
wide_negate(struct wide n)
{
    return subtract_bits((struct wide){{0}}, n);
}

/* As a sign and bits that have none. */
static bool
magnitude(struct wide *n)
{
    bool negative = wide_is_negative(*n);
    if (negative) {
        *n = wide_negate(*n);
    }
    return negative;
}

/* -2^255, which is no wide. */
static bool
is_least(struct wide n)
{
    return n.word[3] == 1ull << (WORD_BITS - 1) && !(n.word[0] | n.word[1] | n.word[2]);
}

bool
wide_add(struct wide a, struct wide b, struct wide *out)
{
    struct wide sum = add_bits(a, b);
    bool same_sign = wide_is_negative(a) == wide_is_negative(b);
    if ((same_sign && wide_is_negative(sum) != wide_is_negative(a)) || is_least(sum)) {
        return false;
    }
    *out = sum;
    return true;
}

bool
wide_subtract(struct wide a, struct wide b, struct wide *out)
{
    return wide_add(a, wide_negate(b), out);
}

/* Of magnitudes. False: the product has more than 255 bits. */
static bool
multiply_bits(const struct wide *a, const struct wide *b, struct wide *out)
{
    struct wide product = {{0}};
    for (int i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < WORDS && a->word[i]; j++) {
            if (i + j >= WORDS) {
                if (b->word[j] | carry) {
                    return false;
                }
                continue;
            }
            uint128 sum = (uint128) a->word[i] * b->word[j] + product.word[i + j] + carry;
            product.word[i + j] = (uint64_t) sum;
            carry = (uint64_t) (sum >> WORD_BITS);
        }
        if (carry) {
            return false;
        }
    }
    *out = product;
    return !wide_is_negative(product);
}

bool
wide_mul(struct wide a, struct wide b, struct wide *out)
{
    bool negative = magnitude(&a) != magnitude(&b);
    struct wide product;
    if (!multiply_bits(&a, &b, &product)) {
        return false;
    }
    *out = negative ? wide_negate(product) : product;
    return true;
}

struct wide
wide_mul_128x128(__int128 a, __int128 b)
{
    struct wide product = {{0}};
    bool fits = wide_mul(wide_of_int128(a), wide_of_int128(b), &product);
    assert(fits);
    (void) fits;
    return product;
}

bool
wide_mul_small(struct wide a, uint64_t b, struct wide *out)
{
    return wide_mul(a, wide_of_uint64(b), out);
}

bool
wide_scale10(struct wide n, size_t k, struct wide *out)
{
    if (wide_is_zero(n)) {
        k = 0;
    }
    for (; k >= CHUNK_DIGITS; k -= CHUNK_DIGITS) {
        if (!wide_mul_small(n, CHUNK, &n)) {
            return false;
        }
    }
    uint64_t rest = 1;
    for (; k > 0; k--) {
        rest *= 10;
    }
    return wide_mul_small(n, rest, out);
}

/* Divides a magnitude by 10^19; the remainder. */
static uint64_t
take_chunk(struct wide *n)
{
    uint128 rest = 0;
    for (int i = WORDS - 1; i >= 0; i--) {
        rest = rest << WORD_BITS | n->word[i];
        n->word[i] = (uint64_t) (rest / CHUNK);
        rest %= CHUNK;
    }
    return (uint64_t) rest;
}

void
wide_print_decimal(struct strbuf *out, struct wide n, size_t scale)
{
    char digits[5 * CHUNK_DIGITS];
    char *end = digits + sizeof digits, *at = end;
    bool negative = magnitude(&n);
    while (!wide_is_zero(n)) {
        uint64_t chunk = take_chunk(&n);
        bool is_last = wide_is_zero(n);
        for (int i = 0; is_last ? chunk != 0 : i < CHUNK_DIGITS; i++) {
            *--at = (char) ('0' + chunk % 10);
            chunk /= 10;
        }
    }
    if (at == end) {
        strbuf_append_char(out, '0');
        return;
    }
    for (; scale > 0 && end[-1] == '0'; scale--) {
        end--;
    }
    size_t ndigits = (size_t) (end - at);
    size_t nwhole = ndigits > scale ? ndigits - scale : 0;
    strbuf_append_str(out, negative ? "-" : "");
    strbuf_append(out, nwhole ? slice_of(at, nwhole) : slice_lit("0"));
    if (scale > 0) {
        strbuf_append_char(out, '.');
        for (size_t i = ndigits; i < scale; i++) {
            strbuf_append_char(out, '0');
        }
        strbuf_append(out, slice_of(at + nwhole, ndigits - nwhole));
    }
}

size_t
decimals_of(struct slice number)
{
    const char *dot = memchr(number.ptr, '.', number.len);
    return dot ? (size_t) (number.ptr + number.len - dot - 1) : 0;
}

/* *n times 10 plus a digit; false where that is more than most. */
static bool
append_digit(uint128 *n, unsigned digit, uint128 most)
{
    if (*n > most / 10 || *n * 10 > most - digit) {
        return false;
    }
    *n = *n * 10 + digit;
    return true;
}

bool
wide_parse_decimal(struct slice number, size_t scale, __int128 *out)
{
    size_t decimals = decimals_of(number);
    bool negative = number.len > 0 && number.ptr[0] == '-';
    uint128 n = 0, most = ((uint128) 1 << 127) - !negative;
    if (decimals > scale) {
        return false;
    }
    for (size_t i = negative; i < number.len; i++) {
        if (number.ptr[i] != '.' && !append_digit(&n, (unsigned) (number.ptr[i] - '0'), most)) {
            return false;
        }
    }
    for (; n != 0 && decimals < scale; decimals++) {
        if (!append_digit(&n, 0, most)) {
            return false;
        }
    }
    *out = (__int128) (negative ? -n : n);
    return true;
}

/* How many bits a magnitude has. */
static int
bits_of(const struct wide *n)
{
    for (int i = WORDS - 1; i >= 0; i--) {
        if (n->word[i]) {
            return (i + 1) * WORD_BITS - __builtin_clzll(n->word[i]);
        }
    }
    return 0;
}

static struct wide
shift_left(struct wide n, int shift)
{
    struct wide shifted = {{0}};
    int words = shift / WORD_BITS, bits = shift % WORD_BITS;
    for (int i = WORDS - 1; i >= words; i--) {
        shifted.word[i] = n.word[i - words] << bits;
        if (bits && i > words) {
            shifted.word[i] |= n.word[i - words - 1] >> (WORD_BITS - bits);
        }
    }
    return shifted;
}

/*
 * nbits bits of num / den, or one more; at most 127. Both are shifted to 255 bits; what is then left
 * of num stays below den, so that it can be doubled.
 */
static struct quotient
divide_bits(struct wide num, struct wide den, int nbits)
{
    int num_bits = bits_of(&num), den_bits = bits_of(&den);
    struct quotient quotient = {.exponent = num_bits - den_bits - nbits};
    num = shift_left(num, WORDS * WORD_BITS - 1 - num_bits);
    den = shift_left(den, WORDS * WORD_BITS - 1 - den_bits);
    for (int i = 0; i <= nbits; i++) {
        bool goes = compare_bits(&num, &den) >= 0;
        quotient.bits = quotient.bits << 1 | goes;
        if (goes) {
            num = subtract_bits(num, den);
        }
        num = add_bits(num, num);
    }
    quotient.inexact = !wide_is_zero(num);
    return quotient;
}

/* The same with 64 bits where num has at most two words and den one, as most have. */
static struct quotient
divide_short(struct wide num, uint64_t den)
{
    int num_shift = 2 * WORD_BITS - bits_of(&num), den_shift = __builtin_clzll(den);
    uint128 n = ((uint128) num.word[1] << WORD_BITS | num.word[0]) << num_shift;
    den <<= den_shift;
    return (struct quotient){
        .bits = n / den, .exponent = den_shift - num_shift, .inexact = n % den != 0};
}

double
wide_divide_to_double(struct wide num, struct wide den)
{
    assert(!wide_is_zero(den));
    bool negative = magnitude(&num) != magnitude(&den);
    if (wide_is_zero(num)) {
        return 0;
    }
    bool is_short = !(num.word[2] | num.word[3]) && !(den.word[1] | den.word[2] | den.word[3]);
    double nearest = quotient_round(is_short ? divide_short(num, den.word[0])
                                             : divide_bits(num, den, WORD_BITS));
    return negative ? -nearest : nearest;
}

/* Of 125 to 127 bits of the quotient and an even exponent; their root has 63 bits or more. */
double
wide_divide_to_sqrt(struct wide num, struct wide den)
{
    assert(!wide_is_zero(den));
    bool negative = magnitude(&num) != magnitude(&den);
    if (wide_is_zero(num)) {
        return 0;
    }
    assert(!negative);
    (void) negative;
    int nbits = 126 - ((bits_of(&num) - bits_of(&den)) & 1);
    struct quotient quotient = divide_bits(num, den, nbits);
    assert(quotient.exponent % 2 == 0);
    return quotient_round(quotient_root(quotient));
}
