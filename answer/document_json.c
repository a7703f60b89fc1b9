/*
 * Writes a document as JSON: UTF-8 whatever the bytes of its texts are. in: what a document consists
 * of, in order; out: text.
 *
 * Example: map(1), key "sum", number EXACT 0.10 with 40 digits, end: {"sum":0.1...}, every digit of it.
 */
#include "answer/document_json.h"

#include "base/double.h"
#include "base/json.h"
#include "base/utf8.h"

static struct document_json *
json_of(struct document *doc)
{
    return (struct document_json *) doc;
}

/* What every value begins with. */
static struct strbuf *
value_begin(struct document_json *json)
{
    if (json->needs_comma) {
        strbuf_append_char(json->out, ',');
    }
    json->needs_comma = true;
    return json->out;
}

static void
open_with(struct document *doc, char bracket, char end)
{
    struct document_json *json = json_of(doc);
    strbuf_append_char(value_begin(json), bracket);
    strbuf_append_char(&json->ends, end);
    json->needs_comma = false;
}

static void
map(struct document *doc, uint64_t npairs)
{
    (void) npairs;
    open_with(doc, '{', '}');
}

static void
list(struct document *doc, uint64_t nvalues)
{
    (void) nvalues;
    open_with(doc, '[', ']');
}

static void
end(struct document *doc)
{
    struct document_json *json = json_of(doc);
    strbuf_append_char(json->out, json->ends.ptr[--json->ends.len]);
    json->needs_comma = true;
}

static void
text(struct document *doc, struct slice bytes)
{
    struct document_json *json = json_of(doc);
    json->has_changed |= json_append_valid_string(value_begin(json), bytes);
}

static void
key(struct document *doc, struct slice name)
{
    text(doc, name);
    strbuf_append_char(json_of(doc)->out, ':');
    json_of(doc)->needs_comma = false;
}

static void
null(struct document *doc)
{
    strbuf_append(value_begin(json_of(doc)), slice_lit("null"));
}

static void
number(struct document *doc, struct number n)
{
    switch (n.kind) {
    case NUMBER_NULL:
    case NUMBER_HIDDEN: null(doc); return;
    case NUMBER_INTEGER: strbuf_append_int(value_begin(json_of(doc)), n.integer); return;
    case NUMBER_DECIMAL:
    case NUMBER_EXACT: strbuf_append(value_begin(json_of(doc)), n.text); return;
    }
}

static void
zeros(struct document *doc, uint64_t n)
{
    for (; n > 0; n--) {
        strbuf_append_char(value_begin(json_of(doc)), '0');
    }
}

static void
real(struct document *doc, double x)
{
    double_print(value_begin(json_of(doc)), x);
}

static void
truth(struct document *doc, bool is_true)
{
    strbuf_append_str(value_begin(json_of(doc)), is_true ? "true" : "false");
}

static bool
has_changed(const struct document *doc, const struct slice *texts, size_t ntexts)
{
    bool found = ((const struct document_json *) doc)->has_changed;
    for (size_t i = 0; i < ntexts; i++) {
        found = found || !utf8_is_valid(texts[i]);
    }
    return found;
}

struct document_json
document_json_to(struct strbuf *out)
{
    static const struct document_ops OPS = {.map = map,
                                            .list = list,
                                            .end = end,
                                            .key = key,
                                            .text = text,
                                            .number = number,
                                            .zeros = zeros,
                                            .real = real,
                                            .truth = truth,
                                            .null = null,
                                            .has_changed = has_changed};
    return (struct document_json){.document = {&OPS}, .out = out};
}

void
document_json_fini(struct document_json *json)
{
    strbuf_fini(&json->ends);
}
