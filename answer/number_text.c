/*
 * Makes text of numbers, for people. in: a number, or a double; out: text of a few digits.
 *
 * Example: 2.50000001 has six digits as 2.50000, and is shown as 2.5.
 */
#include "answer/number_text.h"

#include <math.h>
#include <string.h>

#include "base/double.h"

enum { DIGITS = 6 };

/* Without zeros at its end, and without a point there. */
static struct slice
trimmed(struct slice text)
{
    if (!memchr(text.ptr, '.', text.len)) {
        return text;
    }
    while (text.ptr[text.len - 1] == '0') {
        text.len--;
    }
    text.len -= text.ptr[text.len - 1] == '.';
    return text;
}

struct slice
number_text_real(struct arena *arena, double x)
{
    if (!isfinite(x)) {
        return slice_lit("-");
    }
    double size = fabs(x);
    if (size != 0 && (size < 1e-5 || size >= 1e15)) {
        return arena_printf(arena, "%.*g", DIGITS, x);
    }
    int nwhole = size < 1 ? 0 : (int) floor(log10(size)) + 1, nzeros = 0;
    for (double at = size; at != 0 && at < 0.1; at *= 10) {
        nzeros++;
    }
    int ndecimals = nwhole >= DIGITS ? 0 : DIGITS - nwhole + nzeros;
    struct slice text = trimmed(arena_printf(arena, "%.*f", ndecimals, x));
    return slice_equal(text, slice_lit("-0")) ? slice_lit("0") : text;
}

/* A text that is all digits is shown as it is: no double need be the same. */
static struct slice
decimal_text(struct arena *arena, struct slice text)
{
    const char *point = memchr(text.ptr, '.', text.len);
    if (!point && !memchr(text.ptr, 'e', text.len)) {
        return text;
    }
    if (point && point - text.ptr >= 15) {
        return slice_of(text.ptr, (size_t) (point - text.ptr));
    }
    return number_text_real(arena, double_read(text));
}

struct slice
number_text(struct arena *arena, struct number number, enum leaf_kind kind)
{
    bool is_percent = kind != LEAF_VALUE;
    switch (number.kind) {
    case NUMBER_NULL: return slice_lit("-");
    case NUMBER_HIDDEN: return slice_lit("*");
    case NUMBER_INTEGER:
        return is_percent ? arena_printf(arena, "%lld.0", (long long) number.integer)
                          : arena_printf(arena, "%lld", (long long) number.integer);
    case NUMBER_DECIMAL:
    case NUMBER_EXACT:
        return is_percent ? arena_printf(arena, "%.1f", double_read(number.text))
                          : decimal_text(arena, number.text);
    }
    return slice_lit("-");
}

bool
number_is_zero(struct number number)
{
    switch (number.kind) {
    case NUMBER_NULL:
    case NUMBER_HIDDEN: return false;
    case NUMBER_INTEGER: return number.integer == 0;
    case NUMBER_DECIMAL:
    case NUMBER_EXACT: return slice_equal(number.text, slice_lit("0"));
    }
    return false;
}
