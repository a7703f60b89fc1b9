/*
 * Which formats there are. in: a name, or a file's; out: a format.
 *
 *     "people.csv.gz"   ->   csv
 */
#include "tools/export/format.h"

static const struct export_format *
format_at(size_t i)
{
    switch (i) {
    case 0: return format_csv_out();
    case 1: return format_json_out();
    case 2: return format_ndjson_out();
    case 3: return format_sav_out();
    case 4: return format_dta_out();
    case 5: return format_parquet_out();
    case 6: return format_arrow_out();
    default: return NULL;
    }
}

const struct export_format *
format_named(struct slice name)
{
    const struct export_format *format;
    for (size_t i = 0; (format = format_at(i)); i++) {
        if (slice_equal_nocase(slice_str(format->name), name)) {
            return format;
        }
    }
    return NULL;
}

const struct export_format *
format_of_path(struct slice path)
{
    const struct export_format *format;
    for (enum compression packed; (packed = compression_of_path(path)) != COMPRESSION_NONE;) {
        path.len -= packed == COMPRESSION_GZIP ? 3 : 4; /* .gz, .zst */
    }
    for (size_t i = 0; (format = format_at(i)); i++) {
        struct slice rest = slice_str(format->suffixes), suffix;
        while (slice_next_part(&rest, slice_lit(" "), &suffix)) {
            if (slice_ends_nocase(path, suffix)) {
                return format;
            }
        }
    }
    return NULL;
}

void
format_names(struct strbuf *out, const char *between)
{
    const struct export_format *format;
    for (size_t i = 0; (format = format_at(i)); i++) {
        strbuf_printf(out, "%s%s", i ? between : "", format->name);
    }
}
