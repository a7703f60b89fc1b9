/*
 * A reply as text, as people know it from redis-cli.
 *
 *     1) "sex"                  an array; (integer) 7, (nil), (error) ERR ..., OK
 *     2) (integer) 7
 */
#ifndef QUIPU_TOOLS_SHELL_REPLY_TEXT_H
#define QUIPU_TOOLS_SHELL_REPLY_TEXT_H

#include "base/strbuf.h"

struct redisReply;

/* Appends it, with a line's end. A text of several lines is written as it is. */
void reply_text_append(struct strbuf *out, const struct redisReply *reply);
/* Appends the texts of an array, a line each; what is no array as above. */
void reply_text_append_lines(struct strbuf *out, const struct redisReply *reply);

#endif
