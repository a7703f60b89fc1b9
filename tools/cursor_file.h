/*
 * How far a copy has come, in a file, so that it can go on where it was interrupted.
 *
 *     quipu-load cursor 1
 *     from redis://10.0.0.1:6379/0
 *     match profile_*
 *     dataset current
 *     layout 5f2c11d09a3be417
 *     copied 123000
 *     at 9f0c...e1 4711 10.0.0.1:6379         a server's run id, its SCAN cursor, its address
 *     at 77aa...02 end 10.0.0.2:6379          read to its end
 *
 * Everything before the cursors has been acknowledged. The file is replaced in one step.
 */
#ifndef QUIPU_TOOLS_CURSOR_FILE_H
#define QUIPU_TOOLS_CURSOR_FILE_H

#include "base/arena.h"
#include "base/error.h"

struct cursor_at {
    struct slice run_id, address;
    struct slice cursor; /* decimal */
    bool is_end;
};

struct cursor_file {
    struct slice from, match, dataset; /* another copy's file is not to be gone on with */
    struct slice layout;
    int64_t copied;
    struct cursor_at *at;
    size_t nat;
};

/* Reads a file into the arena. *found is false where there is none. Fails with CURSOR: no such
 * file of ours; IO. */
bool cursor_file_load(struct arena *arena, const char *path, struct cursor_file *out, bool *found,
                      struct error *err) QUIPU_MUST_CHECK;
/* Fails with IO. */
bool cursor_file_save(const char *path, const struct cursor_file *file,
                      struct error *err) QUIPU_MUST_CHECK;

#endif
