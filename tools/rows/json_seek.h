/*
 * Finds an array in an object of JSON, in bytes that arrive in pieces.
 *
 *     struct json_seek *seek = json_seek_new("data.items");
 *     while ((status = json_seek_run(seek, bytes, at_end, &consumed, &err)) == JSON_SEEK_MORE) ...
 *
 *     {"n":2,"data":{"items":[{"a":1}, ..      ->  found: consumed ends behind the [
 */
#ifndef QUIPU_TOOLS_ROWS_JSON_SEEK_H
#define QUIPU_TOOLS_ROWS_JSON_SEEK_H

#include "base/error.h"
#include "base/slice.h"

enum json_seek_status { JSON_SEEK_FOUND, JSON_SEEK_MORE, JSON_SEEK_FAILED };

struct json_seek;

/* The path is borrowed. The caller frees it. */
struct json_seek *json_seek_new(const char *path);
/* NULL is fine. */
void json_seek_free(struct json_seek *seek);
/*
 * Takes *consumed of the bytes: all of them where more are needed. Fails with JSON, where the text is
 * malformed, or ends without such an array; then *consumed is where.
 */
enum json_seek_status json_seek_run(struct json_seek *seek, struct slice bytes, bool at_end,
                                    size_t *consumed, struct error *err) QUIPU_MUST_CHECK;

#endif
