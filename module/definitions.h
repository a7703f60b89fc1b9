/*
 * Keeps the list of datasets, over a restart and in every replica, in a form that a Redis without
 * this module can load.
 *
 *     definitions_create(module, slice_lit("w47"), slice_lit("w47:"), &err)
 *     definitions_changed(module, ctx, argv, argc)             the command is done: it is kept
 *     definitions_turn(module, ctx)                            the end of a turn of the event loop
 *
 * Outside of a cluster the definitions are an ordinary hash in db 0, `quipu:datasets`: names and
 * prefixes. The master writes it, and writes it again if a client deletes, overwrites or flushes
 * it. A hash that is loaded or replicated is read. The hash exists only if the datasets differ from
 * the module's arguments. So it goes with the last dataset.
 *
 *     master     registry --(a command; the hash is not what it was)--> hash
 *     replica    hash ----> registry;  gone for a second: as the arguments say
 *     loaded     hash ----> registry
 *
 * A cluster has no place for such a key. There each node notes its datasets in a file
 * (definitions_file.h). quipu-server tells a node the datasets when it connects. A node tells its
 * replicas each change, and tells a new replica all datasets. None of that is in the append-only
 * file.
 *
 * Datasets that the module's arguments name always exist. If the arguments name none, `current`
 * with prefix profile_ exists at first; a DROP of it is remembered.
 */
#ifndef QUIPU_MODULE_DEFINITIONS_H
#define QUIPU_MODULE_DEFINITIONS_H

#include "module/shared.h"

/*
 * Makes the datasets of the module's arguments and of the file. The caller starts the backfill.
 * Fails with ERR.
 */
bool definitions_begin(struct module *module, struct redis_ctx *ctx,
                       struct error *err) QUIPU_MUST_CHECK;
/* Makes a dataset. If it exists with the same prefix, it stays as it is. Fails with ERR. */
bool definitions_create(struct module *module, struct slice name, struct slice prefix,
                        struct error *err) QUIPU_MUST_CHECK;
/*
 * Makes exactly these datasets, given as names and prefixes in turn, and drops all others. Fails
 * with ERR, about one of them; the others are then made.
 */
bool definitions_replace(struct module *module, const struct slice *words, size_t ndatasets,
                         struct error *err) QUIPU_MUST_CHECK;
/* A command with these words has changed the datasets. */
void definitions_changed(struct module *module, struct redis_ctx *ctx, struct redis_string **argv,
                         int argc);

/* True for the key of the definitions' hash. */
bool definitions_is_key(struct slice key);
/* The hash or a whole database was changed, or this server has become another's replica. */
void definitions_doubt(struct module *module);
/* Data was loaded, from files or from the master. */
void definitions_loaded(struct module *module);
/* A replica has come up. */
void definitions_on_replica(struct module *module);
/* Files are being written. */
void definitions_on_save(struct module *module);
/* Does the work that the functions above have noted, at a moment when Redis runs no command. */
void definitions_turn(struct module *module, struct redis_ctx *ctx);

/* The module is being unloaded and has no dataset: removes its hash and its file. */
void definitions_end(struct module *module, struct redis_ctx *ctx);

#endif
