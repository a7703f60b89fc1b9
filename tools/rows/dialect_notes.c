/*
 * What is said of a dialect. in: a dialect; out: a few words of it, and notes of what may be otherwise.
 *
 *     name;price      ->   "';', decimal comma"
 *     plum;1,50
 */
#include "tools/rows/dialect.h"

void
dialect_print(const struct dialect *dialect, struct strbuf *out)
{
    const struct csv_marks *marks = &dialect->marks;
    if (marks->delimiter == '\t') {
        strbuf_append_str(out, "TAB");
    } else {
        strbuf_printf(out, "'%c'", marks->delimiter);
    }
    if (!marks->quote) {
        strbuf_append_str(out, ", no quotes");
    } else if (marks->quote != '"') {
        strbuf_printf(out, ", quote %c", marks->quote);
    }
    if (marks->escape) {
        strbuf_printf(out, ", escape %c", marks->escape);
    }
    if (marks->ends_in_cr) {
        strbuf_append_str(out, ", lines end in CR");
    }
    if (marks->is_trimmed) {
        strbuf_append_str(out, ", trimmed");
    }
    if (dialect->decimal == ',') {
        strbuf_append_str(out, ", decimal comma");
    }
    if (!dialect->has_header) {
        strbuf_append_str(out, ", no header");
    } else if (dialect->first_line > 1) {
        strbuf_printf(out, ", header in line %llu", (unsigned long long) dialect->first_line);
    }
}

/* What else the first lines could be. */
static void
print_doubt(const struct dialect *dialect, struct strbuf *out)
{
    unsigned long long line = (unsigned long long) dialect->first_line;
    if (dialect->is_preamble) {
        strbuf_printf(out, "lines before line %llu are no rows, and left out\n", line);
    }
    if (dialect->is_guess && dialect->is_preamble) {
        strbuf_printf(out,
                      "line %llu is taken for the names of the fields: if line %llu has them, but "
                      "for the first column, --skip 0 reads it so\n",
                      line, line - 1);
    } else if (dialect->is_guess) {
        strbuf_printf(out,
                      "line %llu is taken for the names of the fields: if it is a title, --skip "
                      "%llu leaves it out\n",
                      line, line);
    }
}

void
dialect_notes(const struct dialect *dialect, struct strbuf *out)
{
    print_doubt(dialect, out);
    if (dialect->is_inside) {
        const char name[] = {'\'', dialect->other, '\'', '\0'};
        strbuf_printf(out,
                      "each line is one cell, as it stands in quotes: without these %s makes %zu "
                      "of it\n",
                      dialect->other == '\t' ? "TAB" : name, dialect->other_ncells);
    } else if (dialect->other_ncells && dialect->other == '\0') {
        strbuf_printf(out,
                      "each line is one cell, and has %zu words: if blanks align columns, put one "
                      "delimiter in their place\n",
                      dialect->other_ncells);
    } else if (dialect->other_ncells) {
        const char byte[] = {dialect->other, '\0'};
        const char *name = dialect->other == ' ' ? "space" : byte;
        strbuf_printf(out, "each line is one cell: --delimiter '%s' makes %zu of it\n", name,
                      dialect->other_ncells);
    }
}
