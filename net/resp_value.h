/*
 * A whole reply as a tree, for replies to Quipu's own commands.
 *
 *     *2\r\n:1\r\n$2\r\nhi\r\n     -> ARRAY of INTEGER 1, STRING "hi"
 *
 * Texts point into the parsed bytes. Nodes live in an arena. RESP3's types become the nearest type:
 * a map is an ARRAY of keys and values, a set or push an ARRAY, a double or big number a STRING, a
 * boolean an INTEGER.
 */
#ifndef QUIPU_NET_RESP_VALUE_H
#define QUIPU_NET_RESP_VALUE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum value_type { VALUE_STRING, VALUE_STATUS, VALUE_ERROR, VALUE_INTEGER, VALUE_NIL, VALUE_ARRAY };

struct resp_value {
    enum value_type type;
    struct slice text; /* STRING, STATUS, ERROR (without '-') */
    int64_t integer;
    const struct resp_value *elements; /* ARRAY: nelements of them, in a row */
    size_t nelements;
};

/* Parses one whole reply, as reply_scan delimits it. Fails with ERR if it is not one. */
bool resp_value_parse(struct arena *arena, struct slice bytes, const struct resp_value **out,
                      struct error *err) QUIPU_MUST_CHECK;
/* True for an error reply whose code (first word) is this one. */
bool resp_value_is_error(const struct resp_value *value, const char *code);

#endif
