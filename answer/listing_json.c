/*
 * Writes the document that FORMAT JSON of ROWS is. in: fields, rows; out: pieces of JSON.
 *
 * Example: of a million rows the text can be given away after each of them.
 */
#include "answer/listing_json.h"

static void
texts_write(struct document *doc, const struct slice *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        document_text(doc, texts[i]);
    }
}

void
listing_json_head(struct document_json *json, struct slice dataset, const struct slice *fields,
                  size_t nfields)
{
    struct document *doc = &json->document;
    document_map(doc, 4);
    document_key(doc, "dataset");
    document_text(doc, dataset);
    document_key(doc, "fields");
    document_list(doc, nfields);
    texts_write(doc, fields, nfields);
    document_end(doc);
    document_key(doc, "rows");
    document_list(doc, 0); /* JSON does not say how many */
}

void
listing_json_row(struct document_json *json, struct slice name, const struct slice *texts,
                 size_t ntexts)
{
    struct document *doc = &json->document;
    document_list(doc, (name.ptr != NULL) + ntexts);
    if (name.ptr) {
        document_text(doc, name);
    }
    texts_write(doc, texts, ntexts);
    document_end(doc);
}

void
listing_json_end(struct document_json *json, const struct slice *warnings, size_t nwarnings)
{
    struct document *doc = &json->document;
    bool has_changed = json->has_changed;
    document_end(doc);
    document_key(doc, "warnings");
    document_list(doc, has_changed + nwarnings);
    texts_write(doc, warnings, nwarnings);
    if (has_changed) {
        document_text(doc,
                      slice_lit("some texts are not UTF-8: U+FFFD stands for bytes of theirs"));
    }
    document_end(doc);
    document_end(doc);
}
