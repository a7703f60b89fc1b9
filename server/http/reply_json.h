/*
 * A reply of RESP as JSON.
 *
 *     %2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*2\r\n_\r\n#t\r\n     -> {"a":1,"b":[null,true]}
 *
 * Bulk, simple and verbatim strings become strings (invalid UTF-8 is replaced), integers, big
 * numbers and doubles numbers (what JSON has no number for, a string: inf, nan), maps objects, arrays,
 * sets and pushes arrays, nil null. A key that is no text is the text of its value. An error inside
 * a reply is an object {"error":{"code","message"}}.
 */
#ifndef QUIPU_SERVER_HTTP_REPLY_JSON_H
#define QUIPU_SERVER_HTTP_REPLY_JSON_H

#include "base/error.h"
#include "base/json.h"

/* Appends one whole reply, as reply_scan delimits it. False: it is none, or nests too deep. */
bool reply_json_print(struct slice reply, struct strbuf *out);

/*
 * Reads a reply that is one error, or one text. False: it is something else. A verbatim string comes
 * without its format.
 */
bool reply_json_is_error(struct slice reply, struct error *err);
bool reply_json_is_text(struct slice reply, struct slice *text);

/* Appends {"code":"ERR","message":"..."}. */
void reply_json_print_error(const struct error *err, struct strbuf *out);

#endif
