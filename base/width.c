/*
 * Cells of a terminal. in: any bytes; out: text whose width is known, as wide as asked for.
 *
 * The C library's wcwidth answers by the locale and by the machine's own table; here the table is one
 * (width_ranges.h). Characters whose width Unicode calls ambiguous take one cell.
 *
 * Example: "日本語" takes 6 cells. In 4 it is "日… ", as the second ideograph and the ellipsis would
 * take 5.
 */
#include "base/width.h"

#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

#include "base/width_ranges.h"

enum { REPLACEMENT = 0xfffd, PICTURES = 0x2400, PICTURE_OF_DELETE = 0x2421 };

static bool
is_within(uint32_t code, const struct range *ranges, size_t nranges)
{
    size_t least = 0, most = nranges;
    while (least < most) {
        size_t middle = (least + most) / 2;
        if (code > ranges[middle].last) {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    return least < nranges && code >= ranges[least].first;
}

/* What ends a line, or turns the direction of the text behind it. */
static bool
breaks_out(uint32_t code)
{
    return code == 0x2028 || code == 0x2029 || code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Takes a character off the text, and answers what is shown for it. */
static uint32_t
take_shown(struct slice *text)
{
    uint32_t code = utf8_take(text);
    if (code < ' ') {
        return PICTURES + code;
    }
    if (code == 0x7f) {
        return PICTURE_OF_DELETE;
    }
    bool is_control = code > 0x7f && code < 0xa0;
    return is_control || code >= UTF8_INVALID || breaks_out(code) ? REPLACEMENT : code;
}

static size_t
cells_of(uint32_t code)
{
    if (code < 0x300) {
        return 1;
    }
    if (is_within(code, no_cells, sizeof no_cells / sizeof *no_cells)) {
        return 0;
    }
    return is_within(code, two_cells, sizeof two_cells / sizeof *two_cells) ? 2 : 1;
}

size_t
width_of(struct slice text)
{
    size_t ncells = 0;
    while (text.len > 0) {
        ncells += cells_of(take_shown(&text));
    }
    return ncells;
}

/* Appends the characters that fit into ncells, and answers how many cells they take. */
static size_t
append_first(struct strbuf *out, struct slice text, size_t ncells)
{
    size_t taken = 0;
    while (text.len > 0) {
        const char *from = text.ptr;
        uint32_t code = take_shown(&text);
        size_t more = cells_of(code);
        if (taken + more > ncells) {
            break;
        }
        taken += more;
        if (code == REPLACEMENT) {
            strbuf_append_str(out, "\xef\xbf\xbd");
        } else if (code >= PICTURES && code <= PICTURE_OF_DELETE && (text.ptr - from) == 1) {
            char picture[] = {(char) 0xe2, (char) 0x90, (char) (0x80 + (code - PICTURES))};
            strbuf_append(out, slice_of(picture, sizeof picture));
        } else {
            strbuf_append(out, slice_of(from, (size_t) (text.ptr - from)));
        }
    }
    return taken;
}

void
width_append(struct strbuf *out, struct slice text)
{
    append_first(out, text, SIZE_MAX);
}

static void
append_spaces(struct strbuf *out, size_t n)
{
    memset(strbuf_reserve(out, n), ' ', n);
    out->len += n;
    out->ptr[out->len] = '\0';
}

void
width_fit(struct strbuf *out, struct slice text, size_t ncells, enum width_side side)
{
    size_t width = width_of(text);
    if (width > ncells) {
        size_t taken = 0;
        if (ncells > 0) {
            taken = append_first(out, text, ncells - 1) + 1;
            strbuf_append_str(out, "\xe2\x80\xa6");
        }
        append_spaces(out, ncells - taken);
        return;
    }
    if (side == WIDTH_RIGHT) {
        append_spaces(out, ncells - width);
    }
    width_append(out, text);
    if (side == WIDTH_LEFT) {
        append_spaces(out, ncells - width);
    }
}
