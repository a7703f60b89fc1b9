/*
 * A document as JSON.
 *
 *     struct document_json json = document_json_to(&text);
 *     document_list(&json.document, 1); ...                     {"label":"a\"b"}
 */
#ifndef QUIPU_ANSWER_DOCUMENT_JSON_H
#define QUIPU_ANSWER_DOCUMENT_JSON_H

#include "answer/document.h"
#include "base/strbuf.h"

struct document_json {
    struct document document; /* first */
    struct strbuf *out;
    struct strbuf ends; /* the brackets to come, the outermost first */
    bool needs_comma;
    bool has_changed; /* bytes that are no UTF-8 */
};

/* out is borrowed, and appended to. The caller ends with document_json_fini. */
struct document_json document_json_to(struct strbuf *out);
void document_json_fini(struct document_json *json);

#endif
