/*
 * The dataset that --replace loads beside the one that is replaced: its name, and what loads that
 * were killed have left.
 *
 *     beside_name(arena, "survey", prefix, &name, &err)          survey.20261129T080000.00009ix
 *     beside_client(arena, name)                                 CLIENT SETNAME quipu-load:survey.2026..
 *     beside_drop_dead(connection, &about, arena, &notes, &err)  those that no connection claims
 *
 * Whoever loads into one has a connection of that name as long, so that another does not take it for
 * left behind. Connections to other servers over the same shards are not seen: a load that loses its
 * dataset fails, and changes nothing.
 */
#ifndef QUIPU_TOOLS_BESIDE_H
#define QUIPU_TOOLS_BESIDE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "tools/connection.h"

struct beside_about {
    struct slice dataset; /* as the user calls it */
    struct slice name;    /* its own name, which stays; empty: all that nobody means go */
    struct slice prefix;
    const char *why; /* the notes say of each: "x, which .., is dropped" */
};

/* A name whose rows ("name:") no rows of the prefix can be taken for, and that nobody else has: it tells the
 * second, and has a key_start's random letters. In the arena. Fails with IO: the system has no random bytes. */
bool beside_name(struct arena *arena, struct slice dataset, struct slice prefix, struct slice *name,
                 struct error *err) QUIPU_MUST_CHECK;
/* What a connection is called that loads into it. In the arena. */
const char *beside_client(struct arena *arena, struct slice name);
/*
 * Drops the datasets of such names and of this prefix that no alias means and no connection claims; a
 * line of each goes into notes. Where the server does not tell what connections there are, all stay.
 * Fails with IO.
 */
bool beside_drop_dead(struct connection *connection, const struct beside_about *about,
                      struct arena *arena, struct strbuf *notes,
                      struct error *err) QUIPU_MUST_CHECK;

#endif
