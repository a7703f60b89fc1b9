/*
 * Arrow's IPC messages, cut out of bytes that arrive in pieces.
 *
 *     stream: [ff ff ff ff][length of the metadata][metadata, FlatBuffers][body] ... [ff ff ff ff][0]
 *     file:   ["ARROW1" 0 0][a stream][footer][length of the footer]["ARROW1"]
 *
 * The footer says where the messages are, for those who seek. Here they are read one behind the other, so a file may
 * come from a pipe.
 */
#ifndef QUIPU_TOOLS_ARROW_MESSAGE_H
#define QUIPU_TOOLS_ARROW_MESSAGE_H

#include "base/error.h"
#include "tools/arrow/flatbuffer.h"

enum arrow_status { ARROW_OK, ARROW_END, ARROW_NEED_MORE, ARROW_BAD };

struct arrow_message {
    struct flat flat; /* what the table stands on: a message is not copied */
    struct flat_table table;
    int header;      /* enum arrow_header, or another number */
    int64_t version; /* Arrow's number */
    struct slice body;
    size_t nbytes; /* of all of it */
};

/* What a file begins with, and how long that is with its padding. */
#define ARROW_MAGIC "ARROW1\0\0"
enum { ARROW_MAGIC_BYTES = 8, ARROW_END_MAGIC_BYTES = 6 };

/* The message at the start of the bytes, borrowed from them. err: DATA, where it is BAD. */
enum arrow_status arrow_message_next(struct slice bytes, struct arrow_message *out,
                                     struct error *err) QUIPU_MUST_CHECK;

#endif
