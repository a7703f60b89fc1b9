/*
 * Rows as one document of JSON, written row by row.
 *
 *     struct document_json json = document_json_to(&text);
 *     listing_json_head(&json, dataset, fields, 2);
 *     listing_json_row(&json, slice_lit("profile_1"), texts, 2);
 *     listing_json_end(&json, warnings, nwarnings);
 *     document_json_fini(&json);
 *
 *     {"dataset":"current","fields":["sex","age"],"rows":[["profile_1","female","31"]],"warnings":[]}
 */
#ifndef QUIPU_ANSWER_LISTING_JSON_H
#define QUIPU_ANSWER_LISTING_JSON_H

#include "answer/document_json.h"

void listing_json_head(struct document_json *json, struct slice dataset, const struct slice *fields,
                       size_t nfields);
/* name.ptr NULL: rows are without their names. A text of ptr NULL is null. */
void listing_json_row(struct document_json *json, struct slice name, const struct slice *texts,
                      size_t ntexts);
/* One warning more if bytes were no UTF-8. */
void listing_json_end(struct document_json *json, const struct slice *warnings, size_t nwarnings);

#endif
