/*
 * Reads a dictionary's values as integers of one scale. in: values by code; out: struct
 * count_numbers.
 *
 * Example: 12.5 is read as 125 with one decimal, 3 as 3 with none. The scale is 1, so that in the
 * end they are 125 and 30.
 */
#include "columns/count_numbers.h"

#include <string.h>

#include "base/number.h"

enum { DIGITS_MOST = 18 }; /* that surely fit into 64 bits */
static const int64_t NUMBER_MOST = 1ll << NUMBER_BITS;

void
numbers_begin(struct count_numbers *numbers, struct arena *arena, uint32_t ncodes)
{
    *numbers = (struct count_numbers){.fits = true, .all = true};
    numbers->values = arena_array(arena, (size_t) ncodes + 1, sizeof *numbers->values);
    numbers->decimals = arena_array(arena, (size_t) ncodes + 1, sizeof *numbers->decimals);
}

/* Reads a canonical number's digits. False: it is too long. */
static bool
read_digits(struct slice text, int64_t *number, uint8_t *decimals)
{
    bool is_negative = text.len && text.ptr[0] == '-', has_point = false;
    uint8_t n = 0;
    int64_t value = 0;
    *decimals = 0;
    for (size_t i = is_negative; i < text.len; i++) {
        if (text.ptr[i] == '.') {
            has_point = true;
            continue;
        }
        if (++n > DIGITS_MOST) {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
        *decimals = (uint8_t) (*decimals + has_point);
    }
    *number = is_negative ? -value : value;
    return true;
}

void
numbers_read(struct count_numbers *numbers, const struct dictionary_view *view, uint32_t from,
             uint32_t to, uint64_t *bits, uint32_t *positions)
{
    for (uint32_t code = from; code < to; code++) {
        const struct value *value = dictionary_value(view, code);
        if (!value->key) {
            numbers->all = false;
            positions[code] = UINT32_MAX;
            continue;
        }
        bits[code / 64] |= 1ull << code % 64;
        positions[code] = 0;
        if (!read_digits(value_text(value), &numbers->values[code], &numbers->decimals[code])) {
            numbers->fits = false;
            return;
        }
        if (numbers->decimals[code] > numbers->scale) {
            numbers->scale = numbers->decimals[code];
        }
    }
}

static bool
is_number(const uint64_t *bits, uint32_t code)
{
    return bits[code / 64] >> code % 64 & 1;
}

/* Brings all numbers to the scale. False: one has too many bits. */
static bool
scale_all(struct count_numbers *numbers, uint32_t ncodes, const uint64_t *bits)
{
    int64_t powers[DIGITS_MOST + 1] = {1};
    for (unsigned i = 1; i <= DIGITS_MOST; i++) {
        powers[i] = powers[i - 1] * 10;
    }
    numbers->least = INT64_MAX;
    numbers->greatest = INT64_MIN;
    for (uint32_t code = 1; code <= ncodes; code++) {
        int64_t *value = &numbers->values[code];
        if (!is_number(bits, code)) {
            continue;
        }
        if (__builtin_mul_overflow(*value, powers[numbers->scale - numbers->decimals[code]],
                                   value) ||
            *value >= NUMBER_MOST || *value <= -NUMBER_MOST) {
            return false;
        }
        numbers->least = *value < numbers->least ? *value : numbers->least;
        numbers->greatest = *value > numbers->greatest ? *value : numbers->greatest;
    }
    return true;
}

/* The offsets' bytes, if a table of so few codes has them. */
static void
make_bytes(struct count_numbers *numbers, uint32_t ncodes)
{
    if (ncodes >= NUMBER_TABLE_CODES || numbers->offset_bytes > NUMBER_BYTES_MOST) {
        return;
    }
    numbers->nbytes = numbers->offset_bytes;
    for (uint32_t code = 1; code <= ncodes; code++) {
        for (unsigned i = 0; i < numbers->nbytes; i++) {
            numbers->bytes[i][code] = (uint8_t) (numbers->offsets[code] >> 8 * i);
        }
    }
}

void
numbers_end(struct count_numbers *numbers, struct arena *arena, uint32_t ncodes,
            const uint64_t *bits)
{
    numbers->fits = numbers->fits && numbers->scale <= DIGITS_MOST &&
                    scale_all(numbers, ncodes, bits) && numbers->least <= numbers->greatest;
    uint64_t range = (uint64_t) numbers->greatest - (uint64_t) numbers->least;
    if (!numbers->fits || range > UINT32_MAX) {
        return;
    }
    for (numbers->offset_bytes = 1; range >> 8 * numbers->offset_bytes;) {
        numbers->offset_bytes++;
    }
    numbers->offsets = arena_array(arena, (size_t) ncodes + 1, sizeof *numbers->offsets);
    for (uint32_t code = 1; code <= ncodes; code++) {
        if (is_number(bits, code)) {
            numbers->offsets[code] = (uint32_t) (numbers->values[code] - numbers->least);
        }
    }
    make_bytes(numbers, ncodes);
}
