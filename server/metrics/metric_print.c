/*
 * Prints numbers and labels of metrics.
 * in: numbers of whole units, any text; out: text.
 *
 *     16 us, 6 decimals    -> 0.000016     a fraction that is exact, without floating point
 */
#include "server/metrics/metric_print.h"

#include "base/utf8.h"

void
metric_print_number(struct strbuf *out, long long number, int decimals)
{
    long long unit = 1;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
    }
    strbuf_printf(out, "%lld", number / unit);
    if (decimals > 0) {
        strbuf_printf(out, ".%0*lld", decimals, number % unit);
    }
}

void
metric_print_label(struct strbuf *out, struct slice value)
{
    struct strbuf text;
    strbuf_init(&text);
    (void) utf8_clean(&text, value);
    strbuf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '\\': strbuf_append_str(out, "\\\\"); break;
        case '"': strbuf_append_str(out, "\\\""); break;
        case '\n': strbuf_append_str(out, "\\n"); break;
        default: strbuf_append_char(out, text.ptr[i]);
        }
    }
    strbuf_append_char(out, '"');
    strbuf_fini(&text);
}
