/*
 * The Lua scripts that run in the shards (executor/sets/lua/), embedded when the server is built.
 */
#ifndef QUIPU_EXECUTOR_SETS_SCRIPT_H
#define QUIPU_EXECUTOR_SETS_SCRIPT_H

#include "base/slice.h"

enum script {
    SCRIPT_COUNT,
    SCRIPT_WRITE,
    SCRIPT_STATS,
    SCRIPT_CACHE,
    SCRIPT_VERIFY,
    SCRIPT_CATALOG,
    SCRIPT_MARK,
    SCRIPT_SWEEP,
    SCRIPT_SIZE,
    SCRIPT_FIELDS,
    SCRIPT_INTO,
    SCRIPT_PRESENCE,
    SCRIPT_ROWS,
    SCRIPT_CHANGES
};
enum { NSCRIPTS = 14, SCRIPT_SHA_BYTES = 41 };

/* The whole text, keys.lua first. */
struct slice script_text(enum script script);
/*
 * The text that stands ahead of a script in a cluster. It answers TRYAGAIN while a slot is divided
 * between two nodes.
 */
struct slice script_guard(void);
/* Writes the text's SHA-1 for EVALSHA: 40 hexadecimal digits and a NUL. */
void script_sha(struct slice text, char sha[SCRIPT_SHA_BYTES]);

#endif
