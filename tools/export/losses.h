/*
 * What typed files without labels cannot hold as it was: bytes that are no UTF-8, labels.
 *
 *     struct losses losses;
 *     losses_init(&losses, table)
 *     losses_utf8(&losses, slice_lit("a\xff"))        "a" and U+FFFD
 *     losses_notes(&losses, &text)                    a line for each
 */
#ifndef QUIPU_TOOLS_EXPORT_LOSSES_H
#define QUIPU_TOOLS_EXPORT_LOSSES_H

#include "base/strbuf.h"
#include "tools/export/column.h"

struct losses {
    struct strbuf buffer;
    bool has_odd_bytes, has_labels;
};

void losses_init(struct losses *losses, const struct export_table *table);
void losses_fini(struct losses *losses);
/* The text as UTF-8, borrowed from it or, until the next call, from here. */
struct slice losses_utf8(struct losses *losses, struct slice text);
void losses_notes(const struct losses *losses, struct strbuf *out);

#endif
