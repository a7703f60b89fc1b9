/*
 * Which datasets there are, kept: over a restart, and in every replica.
 *
 *     definitions_create(module, ctx, slice_lit("w47"), slice_lit("w47:"), &err)
 *
 * In an RDB file they stand before the keys, as data beside them (so that a row that is loaded
 * finds its index), and so they also reach a replica that synchronises. From then on they travel as
 * the commands they are, to replicas and into an append-only file. One that Redis rewrites as
 * commands, not as an RDB file (aof-use-rdb-preamble no), would lose them: behind every rewrite
 * they are said again.
 *
 * What the module's arguments name is there in any case; `current` with prefix profile_, which is
 * there where they name none, is only a beginning: a DROP of it is remembered.
 */
#ifndef QUIPU_MODULE_DEFINITIONS_H
#define QUIPU_MODULE_DEFINITIONS_H

#include "module/module.h"

/* From the module's arguments, or the default; the caller starts the backfill. Fails with ERR. */
bool definitions_begin(struct module *module, struct error *err) QUIPU_MUST_CHECK;
/* What is there already with the same prefix stays as it is. Fails with ERR. */
bool definitions_create(struct module *module, struct slice name, struct slice prefix,
                        struct error *err) QUIPU_MUST_CHECK;
/* These datasets, as names and prefixes in turn, and no others. Fails with ERR. */
bool definitions_replace(struct module *module, const struct slice *words, size_t ndatasets,
                         struct error *err) QUIPU_MUST_CHECK;
/* Registers the data type that is saved beside the keys. Called while the module is loaded. */
bool definitions_register(struct module *module, struct redis_ctx *ctx,
                          struct error *err) QUIPU_MUST_CHECK;
/* Redis has forked: where it rewrites the append-only file as commands, ours are to come again. */
void definitions_on_fork(struct module *module, struct redis_ctx *ctx);
/* Says them again, if they are to be and may be now. */
void definitions_repeat(struct module *module, struct redis_ctx *ctx);

#endif
