/*
 * What the JSON parser makes of a text that arrives in pieces, as one line.
 *
 *     [{"a":1},{"b":["x","y"]}]    ->    1{a=1} 2{b=x|y} .
 *     {"a":1}\n{"a":}              ->    1{a=1} 2!line 2, column 6: ... .
 *     [{"a":1}                     ->    1{a=1} #it ends within the array ...
 */
#ifndef QUIPU_TESTS_JSON_TRANSCRIPT_H
#define QUIPU_TESTS_JSON_TRANSCRIPT_H

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "tools/rows/empty_text.h"
#include "tools/rows/json.h"

static inline void
json_transcript_row(struct json_row *row, const struct source_record *record, struct strbuf *out)
{
    size_t nfields;
    const struct source_field *fields = json_row_fields(row, &nfields);
    strbuf_printf(out, "%llu{", (unsigned long long) record->place);
    for (size_t i = 0; i < record->ncells; i++) {
        if (cell_is_filled(record->cells[i])) {
            strbuf_append(out, fields[i].name);
            strbuf_append_char(out, '=');
            strbuf_append(out, record->cells[i]);
            strbuf_append_char(out, ';');
        }
    }
    strbuf_append_str(out, "} ");
}

/* Offers `piece` bytes more each time; each offer is a copy, so that reading past it is seen. */
static inline void
json_transcript(const struct source_options *options, struct slice text, size_t piece,
                struct strbuf *out)
{
    struct arena *arena = arena_new();
    struct json_row *row = json_row_new(options, arena);
    struct json *json = json_new(row, options->rows_in);
    size_t offered = 0, taken = 0;
    enum json_status status = JSON_OK;
    while (status != JSON_END && status != JSON_BROKEN) {
        struct source_record record = {0};
        struct error err = {0};
        size_t consumed;
        struct slice offer = slice_of(text.ptr + taken, offered - taken);
        char *bytes = must_copy(offer);
        bool at_end = offered == text.len;
        status = json_next(json, slice_of(bytes, offer.len), at_end, &consumed, &record, &err);
        taken += consumed;
        if (status == JSON_OK) {
            json_transcript_row(row, &record, out);
        } else if (status == JSON_BAD) {
            strbuf_printf(out, "%llu!%s ", (unsigned long long) record.place, err.message);
        } else if (status == JSON_BROKEN) {
            strbuf_printf(out, "#%s", err.message);
        } else if (status == JSON_NEED_MORE && at_end) {
            abort();
        }
        free(bytes);
        if (status == JSON_NEED_MORE) {
            offered += piece < text.len - offered ? piece : text.len - offered;
        }
    }
    strbuf_append_str(out, status == JSON_END ? "." : "");
    json_free(json);
    json_row_free(row);
    arena_free(arena);
}

#endif
