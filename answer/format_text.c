/*
 * Writes an answer as text, some of it at a time. in: an answer; out: the text, appended to a buffer.
 *
 * Example: of 25,000 cells in steps of 10,000 the third step is the last, and says so.
 */
#include "answer/format_text.h"

#include <stdlib.h>

#include "answer/document_json.h"
#include "answer/format_csv.h"
#include "answer/format_sheets.h"
#include "answer/members.h"
#include "base/must.h"

struct format_text {
    const struct answer *answer;
    enum ast_format format;
    struct strbuf *out;
    struct document_json json; /* JSON */
    struct members members;
    struct format_csv csv;       /* CSV */
    struct format_sheets sheets; /* TABLE, MARKDOWN */
};

bool
format_is_text(enum ast_format format)
{
    switch (format) {
    case AST_FORMAT_TABLE:
    case AST_FORMAT_MARKDOWN:
    case AST_FORMAT_JSON:
    case AST_FORMAT_CSV: return true;
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS:
    case AST_FORMAT_MAP: return false;
    }
    return false;
}

const char *
format_text_kind(enum ast_format format)
{
    return format == AST_FORMAT_MARKDOWN ? "mkd" : "txt";
}

struct format_text *
format_text_new(const struct answer *answer, enum ast_format format, size_t table_cells,
                struct strbuf *out)
{
    struct format_text *text = must_alloc(sizeof *text);
    *text = (struct format_text){
        .answer = answer,
        .format = format,
        .out = out,
        .json = document_json_to(out),
        .members = members_of(answer),
        .csv = format_csv_of(answer),
        .sheets = format_sheets_of(answer, format == AST_FORMAT_MARKDOWN, table_cells)};
    return text;
}

bool
format_text_step(struct format_text *text, uint64_t ncells)
{
    switch (text->format) {
    case AST_FORMAT_JSON: return members_step(&text->members, &text->json.document, ncells);
    case AST_FORMAT_CSV: return format_csv_step(&text->csv, text->out, ncells);
    case AST_FORMAT_TABLE:
    case AST_FORMAT_MARKDOWN: return format_sheets_step(&text->sheets, text->out, ncells);
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS:
    case AST_FORMAT_MAP: break;
    }
    return true;
}

void
format_text_free(struct format_text *text)
{
    document_json_fini(&text->json);
    free(text);
}
