/*
 * The encoding of a text. in: its first bytes; out: a name for iconv, or what is wrong with it.
 *
 * UTF-16 without a mark is told by zeros on one side of most pairs, as Latin letters have them; or,
 * where all else fails, by its line ends, which no other order of the bytes has. What is well formed
 * UTF-8 is UTF-8: text in another encoding hardly ever is. The rest is Latin-1 where most of its high bytes
 * are letters there and stand beside ASCII letters, as in words; or Windows-1252 with its quotes.
 */
#include "tools/rows/encoding.h"

#include <strings.h>

#include "base/utf8.h"
#include "tools/rows/input.h"

enum {
    /* A text with more control bytes than this share (one in so many), and than a few, is none. */
    CONTROLS_SHARE = 50,
    CONTROLS_FEW = 3,
    UTF8_BYTES_MOST = 4
};

static const struct magic {
    struct slice bytes;
    const char *what;
} magics[] = {
    {SLICE_LIT("PK\x03\x04"), "a ZIP archive, as Excel's .xlsx are: save the sheet as CSV"},
    {SLICE_LIT("\xd0\xcf\x11\xe0"), "a file of older Office programs: save the sheet as CSV"},
    {SLICE_LIT("%PDF-"), "a PDF"},
    {SLICE_LIT("\x7f"
               "ELF"),
     "a program"},
    {SLICE_LIT("\x89PNG"), "an image"},
    {SLICE_LIT("\xff\xd8\xff"), "an image"},
    {SLICE_LIT("GIF8"), "an image"},
    {SLICE_LIT("SQLite format 3"), "an SQLite database"},
    {SLICE_LIT("$FL2"), "an SPSS file"},
    {SLICE_LIT("$FL3"), "an SPSS file"},
    {SLICE_LIT("<stata_dta>"), "a Stata file"},
};

/* ---- UTF-16 ---- */

/* NULL: it does not look like UTF-16. */
static const char *
sniff_utf16(struct slice start)
{
    if (slice_starts_with(start, slice_lit("\xff\xfe"))) {
        return "UTF-16LE";
    }
    if (slice_starts_with(start, slice_lit("\xfe\xff"))) {
        return "UTF-16BE";
    }
    size_t npairs = start.len / 2, nfirst = 0, nsecond = 0;
    for (size_t i = 0; i < npairs; i++) {
        nfirst += start.ptr[2 * i] == '\0';
        nsecond += start.ptr[2 * i + 1] == '\0';
    }
    if (npairs < 2) {
        return NULL;
    }
    if (nsecond * 10 > npairs * 6 && nfirst * 20 < npairs) {
        return "UTF-16LE";
    }
    return nfirst * 10 > npairs * 6 && nsecond * 20 < npairs ? "UTF-16BE" : NULL;
}

/*
 * Whether the units are characters of a text, in this order of bytes. *nlines: line feeds. The other
 * order has U+0A00 in their place, which is no character.
 */
static bool
are_characters(struct slice start, bool is_big, size_t *nlines)
{
    bool is_after_high = false;
    *nlines = 0;
    for (size_t i = 0; i + 1 < start.len; i += 2) {
        unsigned first = (unsigned char) start.ptr[i], second = (unsigned char) start.ptr[i + 1];
        unsigned unit = is_big ? first << 8 | second : second << 8 | first;
        bool is_high = unit >= 0xd800 && unit < 0xdc00, is_low = unit >= 0xdc00 && unit < 0xe000;
        bool is_control = unit < 0x20 && !(unit >= '\t' && unit <= '\r');
        if (is_low != is_after_high || is_control || unit == 0x0a00 || unit >= 0xfffe) {
            return false;
        }
        is_after_high = is_high;
        *nlines += unit == '\n';
    }
    return true;
}

/* Of text in letters that are not Latin. NULL: it is not UTF-16. */
static const char *
sniff_utf16_lines(struct slice start)
{
    size_t nlittle, nbig;
    bool is_little = are_characters(start, false, &nlittle) && nlittle;
    bool is_big = are_characters(start, true, &nbig) && nbig;
    return is_little == is_big ? NULL : is_little ? "UTF-16LE" : "UTF-16BE";
}

/* ---- bytes that are no UTF-8 ---- */

static bool
is_ascii_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_high_letter(unsigned char c)
{
    return c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

/* NULL: too many bytes are no letters in words. */
static const char *
sniff_latin1(struct slice start)
{
    size_t nhigh = 0, nletters = 0, nwindows = 0;
    for (size_t i = 0; i < start.len; i++) {
        unsigned char c = (unsigned char) start.ptr[i];
        if (c < 0x80) {
            continue;
        }
        nhigh++;
        nwindows += c < 0xa0;
        if (c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 || c == 0x9d) {
            return NULL; /* no characters of Windows-1252 */
        }
        unsigned char before = i ? (unsigned char) start.ptr[i - 1] : ' ';
        unsigned char behind = i + 1 < start.len ? (unsigned char) start.ptr[i + 1] : ' ';
        bool is_in_word = is_ascii_letter(before) || is_ascii_letter(behind);
        /* A sign as the degree or the pound stands beside ASCII, too. */
        nletters += is_high_letter(c) ? is_in_word : before < 0x80 && behind < 0x80;
    }
    bool is_text = nletters * 2 >= nhigh && nhigh * 3 <= start.len;
    return !is_text ? NULL : nwindows ? "WINDOWS-1252" : "ISO-8859-1";
}

/* Well formed, but for a character that the end cuts off. */
static bool
is_utf8(struct slice start, bool at_end)
{
    for (size_t cut = 0; cut < UTF8_BYTES_MOST && cut <= start.len; cut++) {
        if (utf8_is_valid(slice_of(start.ptr, start.len - cut))) {
            return true;
        }
        if (at_end || (unsigned char) start.ptr[start.len - 1 - cut] < 0x80) {
            return false;
        }
    }
    return false;
}

bool
encoding_check_text(struct slice start, struct error *err)
{
    size_t ncontrols = 0;
    for (size_t i = 0; i < start.len; i++) {
        unsigned char c = (unsigned char) start.ptr[i];
        ncontrols += (c < 0x20 && !(c >= '\t' && c <= '\r')) || c == 0x7f;
    }
    if (ncontrols > CONTROLS_FEW && ncontrols > start.len / CONTROLS_SHARE) {
        return error_set(err, "DATA",
                         "this is no text: %zu of its first %zu bytes are control bytes", ncontrols,
                         start.len);
    }
    return true;
}

bool
encoding_sniff(struct slice start, bool at_end, const char **name, struct error *err)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (slice_starts_with(start, magics[i].bytes)) {
            return error_set(err, "DATA", "this is no text, but %s", magics[i].what);
        }
    }
    struct error no_text = {0};
    bool is_text = encoding_check_text(start, &no_text);
    *name = sniff_utf16(start);
    if (!*name && is_text && is_utf8(start, at_end)) {
        *name = "UTF-8";
    }
    if (!*name) {
        *name = sniff_utf16_lines(start);
    }
    if (*name) {
        return true;
    }
    if (!is_text) {
        *err = no_text;
        return false;
    }
    *name = sniff_latin1(start);
    return *name || error_set(err, "ENCODING",
                              "neither UTF-8, UTF-16 nor Latin-1: say with --encoding what it is");
}

bool
encoding_apply(struct input *input, const char *wanted, const char **name, struct error *err)
{
    *name = wanted;
    if (!wanted && !encoding_sniff(input_bytes(input), input_at_end(input), name, err)) {
        return false;
    }
    return strcasecmp(*name, "UTF-8") == 0 || strcasecmp(*name, "none") == 0 ||
           (input_convert(input, *name, err) &&
            (input_at_end(input) || input_bytes(input).len || input_more(input, err)) &&
            encoding_check_text(input_bytes(input), err));
}
