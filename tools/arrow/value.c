/*
 * Arrow's values as text. in: arrays that were checked (batch.h); out: the text of one value.
 *
 * Example: Timestamp in milliseconds with a time zone, 0: 1970-01-01T00:00:00Z. A Duration of 1,500 ms is 1.5, in
 * seconds.
 */
#include "tools/arrow/value.h"

#include <math.h>

#include "tools/rows/value_text.h"

bool
arrow_is_scalar(const struct arrow_field *field)
{
    switch (field->type) {
    case ARROW_NULL:
    case ARROW_INT:
    case ARROW_FLOAT:
    case ARROW_BINARY:
    case ARROW_UTF8:
    case ARROW_BOOL:
    case ARROW_DECIMAL:
    case ARROW_DATE:
    case ARROW_TIME:
    case ARROW_TIMESTAMP:
    case ARROW_FIXED_BINARY:
    case ARROW_DURATION:
    case ARROW_LARGE_BINARY:
    case ARROW_LARGE_UTF8:
    case ARROW_BINARY_VIEW:
    case ARROW_UTF8_VIEW: return true;
    case ARROW_INTERVAL:
    case ARROW_LIST:
    case ARROW_STRUCT:
    case ARROW_UNION:
    case ARROW_FIXED_LIST:
    case ARROW_MAP:
    case ARROW_LARGE_LIST:
    case ARROW_RUN_ENDS:
    case ARROW_LIST_VIEW:
    case ARROW_LARGE_LIST_VIEW: return false;
    }
    return false;
}

bool
arrow_is_list(const struct arrow_field *field)
{
    bool is_one = field->type == ARROW_LIST || field->type == ARROW_LARGE_LIST ||
                  field->type == ARROW_FIXED_LIST;
    return is_one && !field->is_indexed && arrow_is_scalar(&field->children[0]);
}

bool
arrow_list(const struct arrow_array *array, size_t row, size_t *first, size_t *n)
{
    const struct arrow_field *field = array->field;
    if (!arrow_is_there(array, row)) {
        return false;
    }
    if (field->type == ARROW_FIXED_LIST) {
        *first = row * field->list_size;
        *n = field->list_size;
    } else {
        *first = (size_t) arrow_integer(array, row);
        *n = (size_t) arrow_integer(array, row + 1) - *first;
    }
    return true;
}

/* A value of 1 to 32 bytes, in two's complement. */
static struct wide
wide_at(const struct arrow_array *array, size_t row)
{
    size_t width = array->field->width;
    const char *from = array->data.ptr + row * width;
    bool is_negative = from[width - 1] < 0;
    struct wide n;
    memset(&n, is_negative ? 0xff : 0, sizeof n);
    memcpy(&n, from, width);
    return n;
}

static double
half_to_double(uint16_t bits)
{
    enum { EXPONENT_SPECIAL = 31, BIAS = 25 };
    int exponent = bits >> 10 & EXPONENT_SPECIAL, mantissa = bits & 0x3ff;
    double x = exponent == 0                  ? ldexp(mantissa, 1 - BIAS)
               : exponent != EXPONENT_SPECIAL ? ldexp(mantissa + 1024, exponent - BIAS)
               : mantissa                     ? NAN
                                              : INFINITY;
    return bits >> 15 ? -x : x;
}

static void
print_float(const struct arrow_array *array, size_t row, struct strbuf *out)
{
    const char *from = array->data.ptr + row * array->field->width;
    uint16_t half;
    float single;
    double x;
    switch (array->field->width) {
    case sizeof half:
        memcpy(&half, from, sizeof half);
        value_print_double(out, half_to_double(half));
        break;
    case sizeof single:
        memcpy(&single, from, sizeof single);
        value_print_float(out, single);
        break;
    default:
        memcpy(&x, from, sizeof x);
        value_print_double(out, x);
        break;
    }
}

/* Days, or milliseconds, of which the time of day is none. */
static void
print_date(const struct arrow_field *field, int64_t n, struct strbuf *out)
{
    enum { DAY_MS = 86400000 };
    value_print_date(out, field->per_second ? n / DAY_MS - (n % DAY_MS < 0) : n);
}

static void
print_duration(const struct arrow_field *field, int64_t ticks, struct strbuf *out)
{
    size_t scale = 0;
    for (int64_t unit = field->per_second; unit > 1; unit /= 10) {
        scale++;
    }
    wide_print_decimal(out, wide_of_int128(ticks), scale);
}

/* Of a view: the text is in it, or in the buffer that it names. */
static struct slice
view_at(const struct arrow_array *array, size_t row)
{
    enum { SHORT = 12 };
    const char *view = array->data.ptr + row * array->field->width;
    size_t len = (size_t) flat_load(view, 4);
    return slice_of(len <= SHORT
                        ? view + 4
                        : array->buffers[flat_load(view + 8, 4)].ptr + flat_load(view + 12, 4),
                    len);
}

static struct slice
text_at(const struct arrow_array *array, size_t row)
{
    int64_t start = arrow_integer(array, row), end = arrow_integer(array, row + 1);
    return slice_of(array->bytes.ptr + start, (size_t) (end - start));
}

static bool
indexed_value(const struct arrow_array *array, size_t row, struct strbuf *out, struct slice *value)
{
    size_t index = (size_t) arrow_integer(array, row);
    const struct arrow_array *part = array->dictionary->parts;
    while (index >= part->n) {
        index -= part->n;
        part++;
    }
    return arrow_value(part, index, out, value);
}

bool
arrow_value(const struct arrow_array *array, size_t row, struct strbuf *out, struct slice *value)
{
    const struct arrow_field *field = array->field;
    value->ptr = NULL;
    if (!arrow_is_there(array, row)) {
        return false;
    }
    if (field->is_indexed) {
        return indexed_value(array, row, out, value);
    }
    switch (field->type) {
    case ARROW_INT:
        if (field->is_signed || field->width < 8) {
            strbuf_append_int(out, arrow_integer(array, row));
        } else {
            wide_print_decimal(out, wide_of_uint64((uint64_t) arrow_integer(array, row)), 0);
        }
        return true;
    case ARROW_FLOAT: print_float(array, row, out); return true;
    case ARROW_BOOL:
        strbuf_append_str(out, array->data.ptr[row / 8] >> row % 8 & 1 ? "true" : "false");
        return true;
    case ARROW_DECIMAL: value_print_decimal(out, wide_at(array, row), field->scale); return true;
    case ARROW_DATE: print_date(field, arrow_integer(array, row), out); return true;
    case ARROW_TIME:
        value_print_time(out, arrow_integer(array, row), field->per_second);
        return true;
    case ARROW_TIMESTAMP:
        value_print_timestamp(out, arrow_integer(array, row), field->per_second, field->is_utc);
        return true;
    case ARROW_DURATION: print_duration(field, arrow_integer(array, row), out); return true;
    case ARROW_UTF8:
    case ARROW_LARGE_UTF8: *value = text_at(array, row); return true;
    case ARROW_UTF8_VIEW: *value = view_at(array, row); return true;
    case ARROW_BINARY:
    case ARROW_LARGE_BINARY: value_print_bytes(out, text_at(array, row)); return true;
    case ARROW_BINARY_VIEW: value_print_bytes(out, view_at(array, row)); return true;
    case ARROW_FIXED_BINARY:
        value_print_bytes(out, slice_of(array->data.ptr + row * field->width, field->width));
        return true;
    case ARROW_NULL:
    case ARROW_INTERVAL:
    case ARROW_LIST:
    case ARROW_STRUCT:
    case ARROW_UNION:
    case ARROW_FIXED_LIST:
    case ARROW_MAP:
    case ARROW_LARGE_LIST:
    case ARROW_RUN_ENDS:
    case ARROW_LIST_VIEW:
    case ARROW_LARGE_LIST_VIEW: return false;
    }
    return false;
}
