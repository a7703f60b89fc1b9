/*
 * The JSON object that a request brings.
 *
 *     {"text":"count sex from titanic","id":"k1"}
 *
 *     body_parse(arena, bytes, &body, &err)
 *     body_text(body, "text", &text, &err)          -> count sex from titanic
 *     body_list(body, "args", &args, &nargs, &err)  -> {"args":["config","get",1]}
 *
 * Members are texts, numbers, booleans, null, or lists of texts and numbers. Members that nobody asks
 * for do not matter. A name that stands twice is an error: two readers could understand it in two
 * ways.
 */
#ifndef QUIPU_SERVER_HTTP_BODY_H
#define QUIPU_SERVER_HTTP_BODY_H

#include "base/arena.h"
#include "base/error.h"

struct body;

/* Parses one JSON object. It lives in the arena, and borrows nothing. Fails with ERR. */
bool body_parse(struct arena *arena, struct slice bytes, const struct body **out,
                struct error *err) QUIPU_MUST_CHECK;
/* A text that must be there. Fails with ERR, which names it. */
bool body_text(const struct body *body, const char *name, struct slice *out,
               struct error *err) QUIPU_MUST_CHECK;
/* A text that may be missing, or null: then ptr is NULL. */
bool body_optional_text(const struct body *body, const char *name, struct slice *out,
                        struct error *err) QUIPU_MUST_CHECK;
/* A whole number that may be missing, or null: then *has is false. */
bool body_optional_int(const struct body *body, const char *name, bool *has, int64_t *out,
                       struct error *err) QUIPU_MUST_CHECK;
/* A list of at least one text or number, which comes as it was written. It must be there. */
bool body_list(const struct body *body, const char *name, const struct slice **items,
               size_t *nitems, struct error *err) QUIPU_MUST_CHECK;

#endif
