/*
 * Losses. in: texts on their way into a file; out: what is to be said of them.
 */
#include "tools/export/losses.h"

#include "base/utf8.h"

void
losses_init(struct losses *losses, const struct export_table *table)
{
    *losses = (struct losses){0};
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct export_column *column = &table->columns[i];
        losses->has_labels = losses->has_labels || column->nlabels || column->label.len;
    }
}

void
losses_fini(struct losses *losses)
{
    strbuf_fini(&losses->buffer);
}

struct slice
losses_utf8(struct losses *losses, struct slice text)
{
    if (utf8_is_valid(text)) {
        return text;
    }
    strbuf_clear(&losses->buffer);
    losses->has_odd_bytes = true;
    (void) utf8_clean(&losses->buffer, text);
    return strbuf_slice(&losses->buffer);
}

void
losses_notes(const struct losses *losses, struct strbuf *out)
{
    if (losses->has_odd_bytes) {
        strbuf_append_str(out, "some texts are not UTF-8: U+FFFD stands for bytes of theirs\n");
    }
    if (losses->has_labels) {
        strbuf_append_str(out, "labels have no place there, and are left out\n");
    }
}
