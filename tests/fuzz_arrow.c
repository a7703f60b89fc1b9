/*
 * Any bytes as an Arrow stream: they are refused, or each of their values has a text. Rows beyond the first thousand of
 * a batch are not looked at: batches of nothing but Null have as many as they say.
 */
#include "base/arena.h"
#include "tools/arrow/message.h"
#include "tools/arrow/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_MOST = 1000, ITEMS_MOST = 1000 };

static void
print_values(const struct arrow_array *array, size_t n, struct strbuf *text)
{
    const struct arrow_field *field = array->field;
    for (size_t row = 0; row < n && row < ROWS_MOST; row++) {
        struct slice value;
        size_t first, nitems;
        strbuf_clear(text);
        if (arrow_is_list(field)) {
            bool is_there = arrow_list(array, row, &first, &nitems);
            for (size_t i = 0; is_there && i < nitems && i < ITEMS_MOST; i++) {
                (void) arrow_value(&array->children[0], first + i, text, &value);
            }
        } else if (arrow_is_scalar(field) && arrow_value(array, row, text, &value) && value.ptr) {
            strbuf_append(text, value); /* each byte of it is read */
        }
    }
    if (field->type == ARROW_STRUCT && !field->is_indexed) {
        for (size_t i = 0; i < field->nchildren; i++) {
            print_values(&array->children[i], n, text);
        }
    }
}

static bool
read_message(struct arena *arena, struct arrow_message *message, struct arrow_schema *schema,
             struct arrow_dictionaries *dictionaries, struct strbuf *text)
{
    struct error err = {"", ""};
    struct arrow_batch batch;
    switch (message->header) {
    case ARROW_SCHEMA:
        return arrow_schema_read(arena, flat_child(message->table, 2), message->version, schema,
                                 &err);
    case ARROW_DICTIONARY_BATCH:
        return arrow_dictionary_read(dictionaries, message->table, message->body, schema, &err);
    case ARROW_RECORD_BATCH:
        if (!arrow_batch_read(arena, message->table, message->body, schema, dictionaries, &batch,
                              &err)) {
            return false;
        }
        for (size_t i = 0; i < schema->nfields; i++) {
            print_values(&batch.columns[i], batch.nrows, text);
        }
        return true;
    default: return true;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct arrow_dictionaries *dictionaries = arrow_dictionaries_new();
    struct arrow_schema schema = {0};
    struct slice rest = slice_of(data, size);
    struct arrow_message message;
    struct error err = {"", ""};
    struct strbuf text;
    strbuf_init(&text);
    while (arrow_message_next(rest, &message, &err) == ARROW_OK &&
           read_message(arena, &message, &schema, dictionaries, &text)) {
        rest = slice_of(rest.ptr + message.nbytes, rest.len - message.nbytes);
    }
    strbuf_fini(&text);
    arrow_dictionaries_free(dictionaries);
    arena_free(arena);
    return 0;
}
