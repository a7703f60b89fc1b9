/*
 * Formats: which one an answer is written in. in: an answer, a table, or lines; out: the same in a
 * sink's types.
 *
 * Example: the leaf of a cell with the count 17 is :17; with a count and an average *2 :17 ,12.5 in
 * RESP3.
 */
#include "answer/format.h"

#include "answer/document_sink.h"
#include "answer/format_text.h"
#include "answer/members.h"

void
format_lines(struct sink *sink, const struct slice *lines, size_t nlines)
{
    sink->ops->array(sink, nlines);
    for (size_t i = 0; i < nlines; i++) {
        sink->ops->text(sink, lines[i]);
    }
}

void
format_nested(struct sink *sink, const struct table *table)
{
    struct document_sink doc = document_sink_of(sink);
    struct nested nested = nested_of_cells(table);
    bool is_all = nested_step(&nested, &doc.document, UINT64_MAX);
    (void) is_all; /* as many cells as there can be */
}

static void
map_write(struct sink *sink, const struct answer *answer)
{
    struct document_sink doc = document_sink_of(sink);
    struct members members = members_of(answer);
    while (!members_step(&members, &doc.document, UINT64_MAX)) {
    }
}

static void
text_write(struct sink *sink, const struct answer *answer, enum ast_format format)
{
    struct strbuf out;
    strbuf_init(&out);
    struct format_text *text = format_text_new(answer, format, sink->table_cells, &out);
    while (!format_text_step(text, UINT64_MAX)) {
    }
    format_text_free(text);
    sink->ops->verbatim(sink, format_text_kind(format), strbuf_slice(&out));
    strbuf_fini(&out);
}

/* All tables of an answer have the same format. */
void
format_answer(struct sink *sink, const struct answer *answer)
{
    enum ast_format format = answer->tables[0]->format;
    if (format_is_text(format)) {
        text_write(sink, answer, format);
        return;
    }
    if (format == AST_FORMAT_MAP) {
        map_write(sink, answer);
        return;
    }
    if (answer->is_list) {
        sink->ops->array(sink, answer->ntables);
    }
    for (size_t i = 0; i < answer->ntables; i++) {
        if (format == AST_FORMAT_ROWS) {
            format_rows(sink, answer->tables[i]);
        } else {
            format_nested(sink, answer->tables[i]);
        }
    }
}

void
format_table(struct sink *sink, const struct table *table)
{
    struct table *only = (struct table *) (uintptr_t) table; /* it is only read */
    const struct answer answer = {.tables = &only, .ntables = 1};
    format_answer(sink, &answer);
}
