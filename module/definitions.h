/*
 * Which datasets there are, kept: over a restart, and in every replica, by nothing that a Redis
 * without this module could not load.
 *
 *     definitions_create(module, slice_lit("w47"), slice_lit("w47:"), &err)
 *     definitions_changed(module, ctx, argv, argc)             the command is done: it is kept
 *     definitions_turn(module, ctx)                            the end of a turn of the event loop
 *
 * Outside of a cluster they are an ordinary hash in db 0, `quipu:datasets`: names and prefixes. The
 * master writes it, and writes it again where a client has deleted, overwritten or flushed it; what
 * is loaded or replicated is read. It is there only where the datasets are others than the module's
 * arguments give, so with the last one it goes, too.
 *
 *     master     registry --(a command; the hash is not what it was)--> hash
 *     replica    hash ----> registry;  gone for a second: as the arguments say
 *     loaded     hash ----> registry
 *
 * A cluster has no place for such a key. There each node notes its datasets in a file
 * (definitions_file.h), is told of them by quipu-server when that connects, and tells its replicas:
 * of each change, and of all of them when one has come up. None of that is in the append-only file.
 *
 * What the module's arguments name is there in any case; `current` with prefix profile_, which is
 * there where they name none, is only a beginning: a DROP of it is remembered.
 */
#ifndef QUIPU_MODULE_DEFINITIONS_H
#define QUIPU_MODULE_DEFINITIONS_H

#include "module/shared.h"

/* From the module's arguments and the file; the caller starts the backfill. Fails with ERR. */
bool definitions_begin(struct module *module, struct redis_ctx *ctx,
                       struct error *err) QUIPU_MUST_CHECK;
/* What is there already with the same prefix stays as it is. Fails with ERR. */
bool definitions_create(struct module *module, struct slice name, struct slice prefix,
                        struct error *err) QUIPU_MUST_CHECK;
/* These datasets, as names and prefixes in turn, and no others. Fails with ERR, which is of one of
 * them; the others are there. */
bool definitions_replace(struct module *module, const struct slice *words, size_t ndatasets,
                         struct error *err) QUIPU_MUST_CHECK;
/* A command, of these words, has changed them. */
void definitions_changed(struct module *module, struct redis_ctx *ctx, struct redis_string **argv,
                         int argc);

/* Is this our hash? */
bool definitions_is_key(struct slice key);
/* Something was done to the hash, or to a whole database, or this server is another's replica now.
 */
void definitions_doubt(struct module *module);
/* Data was loaded, from files or from the master. */
void definitions_loaded(struct module *module);
/* A replica has come up. */
void definitions_on_replica(struct module *module);
/* Files are being written. */
void definitions_on_save(struct module *module);
/* Sees to all that, where nothing is under way in Redis. */
void definitions_turn(struct module *module, struct redis_ctx *ctx);

/* The module is about to be unloaded, and has no dataset: nothing of it stays. */
void definitions_end(struct module *module, struct redis_ctx *ctx);

#endif
