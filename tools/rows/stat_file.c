/*
 * Which file of SPSS, Stata or SAS it is. in: its first bytes, its name; out: one of stat_file.
 *
 * Example: "$FL2..." is STAT_SAV, whatever it is called; "survey.dta" with other bytes is no file of Stata's.
 */
#include "tools/rows/stat_file.h"

enum stat_program
stat_file_program(enum stat_file file)
{
    switch (file) {
    case STAT_SAV:
    case STAT_POR: return STAT_SPSS;
    case STAT_DTA: return STAT_STATA;
    case STAT_SAS7BDAT:
    case STAT_XPT: return STAT_SAS;
    }
    return STAT_SPSS;
}

const char *
stat_file_name(enum stat_file file)
{
    switch (file) {
    case STAT_SAV: return "sav";
    case STAT_POR: return "por";
    case STAT_DTA: return "dta";
    case STAT_SAS7BDAT: return "sas7bdat";
    case STAT_XPT: return "xpt";
    }
    return "";
}

static bool
begins_with(struct slice start, const char *magic, size_t nbytes)
{
    return slice_starts_with(start, slice_of(magic, nbytes));
}

/* Lines of 80 characters: five of 40 to be read, 256 characters in their order, and SPSSPORT. */
static bool
is_por(struct slice start)
{
    enum { TAG_AT = 456, TAG_BYTES = 8 };
    char tag[TAG_BYTES];
    size_t at = 0;
    for (size_t i = 0; i < start.len && at < TAG_AT + TAG_BYTES; i++) {
        if (start.ptr[i] == '\r' || start.ptr[i] == '\n') {
            continue;
        }
        if (at >= TAG_AT) {
            tag[at - TAG_AT] = start.ptr[i];
        }
        at++;
    }
    return at == TAG_AT + TAG_BYTES && memcmp(tag, "SPSSPORT", TAG_BYTES) == 0;
}

/* Its version, the order of its bytes, 1, 0; or, from version 117 on, tags. */
static bool
is_dta(struct slice start)
{
    enum { OLDEST = 104, NEWEST_BINARY = 116 };
    const unsigned char *bytes = (const unsigned char *) start.ptr;
    return slice_starts_with(start, slice_lit("<stata_dta>")) ||
           (start.len > 4 && bytes[0] >= OLDEST && bytes[0] <= NEWEST_BINARY &&
            (bytes[1] == 1 || bytes[1] == 2) && bytes[2] == 1 && bytes[3] == 0);
}

static bool
is_sas7bdat(struct slice start)
{
    static const char magic[] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0"
        "\x09\xc7\x31\x8c\x18\x1f\x10\x11";
    return begins_with(start, magic, sizeof magic - 1);
}

static bool
is_xpt(struct slice start)
{
    return slice_starts_with(start, slice_lit("HEADER RECORD*******LIB"));
}

static bool
is_like_file(enum stat_file file, struct slice start)
{
    switch (file) {
    case STAT_SAV:
        return slice_starts_with(start, slice_lit("$FL2")) ||
               slice_starts_with(start, slice_lit("$FL3"));
    case STAT_POR: return is_por(start);
    case STAT_DTA: return is_dta(start);
    case STAT_SAS7BDAT: return is_sas7bdat(start);
    case STAT_XPT: return is_xpt(start);
    }
    return false;
}

static bool
has_extension(const char *path, const char *extension)
{
    const char *dot = strrchr(path, '.');
    return dot && slice_equal_nocase(slice_str(dot + 1), slice_str(extension));
}

bool
stat_file_find(const char *path, struct slice start, enum stat_file *file, bool *is_one)
{
    for (int i = STAT_SAV; i <= STAT_XPT; i++) {
        *file = (enum stat_file) i;
        if (is_like_file(*file, start)) {
            *is_one = true;
            return true;
        }
    }
    *is_one = false;
    for (int i = STAT_SAV; i <= STAT_XPT; i++) {
        *file = (enum stat_file) i;
        if (has_extension(path, stat_file_name(*file))) {
            return true;
        }
    }
    *file = STAT_SAV;
    return has_extension(path, "zsav");
}

bool
stat_file_is_catalog(struct slice start)
{
    static const char magic[] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x63\xb3\x14\x11\xcf\xbd\x92\x08\0"
        "\x09\xc7\x31\x8c\x18\x1f\x10\x11";
    return begins_with(start, magic, sizeof magic - 1);
}
