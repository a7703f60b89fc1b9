/*
 * Lists as cells. in: a column's lists, by callbacks; out: a cell's text.
 */
#include "tools/rows/lists.h"

static const char SEPARATORS[] = LIST_SEPARATORS;

struct slice
lists_wished_separator(const struct source_options *options, struct slice field)
{
    for (size_t i = 0; i < options->nseparators; i++) {
        if (slice_equal(options->separators[i].field, field)) {
            return options->separators[i].separator;
        }
    }
    return (struct slice){NULL, 0};
}

static bool
some_value_holds(const struct lists *lists, uint64_t nrows, char byte, struct strbuf *scratch)
{
    for (uint64_t row = 0; row < nrows; row++) {
        uint64_t first, n;
        bool is_there = lists->list(lists->column, row, &first, &n);
        for (uint64_t i = 0; is_there && i < n; i++) {
            struct slice value;
            strbuf_clear(scratch);
            if (lists->item(lists->column, first + i, scratch, &value)) {
                value = value.ptr ? value : strbuf_slice(scratch);
                if (memchr(value.ptr, byte, value.len)) {
                    return true;
                }
            }
        }
    }
    return false;
}

struct slice
lists_separator(const struct lists *lists, uint64_t nrows, struct strbuf *scratch)
{
    const char *last = SEPARATORS + sizeof SEPARATORS - 2, *byte = SEPARATORS;
    while (byte < last && some_value_holds(lists, nrows, *byte, scratch)) {
        byte++;
    }
    return slice_of(byte, 1);
}

bool
lists_is_there(const struct lists *lists, uint64_t row)
{
    uint64_t first, n;
    return lists->list(lists->column, row, &first, &n);
}

bool
lists_append(const struct lists *lists, uint64_t row, const struct source_field *field,
             struct strbuf *out, struct error *err)
{
    size_t start = out->len;
    uint64_t first, n;
    if (!lists->list(lists->column, row, &first, &n)) {
        return true;
    }
    for (uint64_t i = 0; i < n; i++) {
        struct slice value;
        size_t before = out->len;
        if (before > start) {
            strbuf_append(out, field->separator);
        }
        size_t value_start = out->len;
        if (lists->item(lists->column, first + i, out, &value) && value.ptr) {
            strbuf_append(out, value);
        }
        struct slice added = slice_of(out->ptr + value_start, out->len - value_start);
        if (added.len == 0) {
            out->len = before;
        } else if (memmem(added.ptr, added.len, field->separator.ptr, field->separator.len)) {
            char quoted[ERROR_QUOTE_BYTES];
            return error_set(
                err, "MULTI",
                "%s, a value of '%.*s', holds '%.*s', which stands between the values of a list: "
                "--multi '%.*s' SEP takes something else",
                error_quote(quoted, added), SLICE_ARG(field->name), SLICE_ARG(field->separator),
                SLICE_ARG(field->name));
        }
    }
    return true;
}
