/*
 * The dataset that --replace loads beside the one that is replaced: its name, and what loads that
 * were killed have left.
 *
 *     beside_name(arena, "survey", prefix)                       survey.20261129T080000
 *     beside_claim(connection, name, &err)                       CLIENT SETNAME quipu-load:survey.2026..
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
    struct slice name;    /* its own name */
    struct slice prefix;
};

/* A name whose rows ("name:") no rows of the prefix can be taken for. In the arena. */
struct slice beside_name(struct arena *arena, struct slice dataset, struct slice prefix);
/* Until beside_name gives another name: names tell the second. */
void beside_wait(void);
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
