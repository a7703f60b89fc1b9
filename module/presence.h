/*
 * Which of the fields and values that somebody asks for some row has.
 *
 *     QUIPU.INFO current HAS 2 3 sex orgin null sex other     names: two of a query, a word; a pair
 *     {{1}, {1}, {"Origin", "sex"}}                           sex is there, and so is sex = other
 *
 * All fields are named where one of the query's is not there. executor/sets/lua/presence.lua answers
 * the same by sets.
 */
#ifndef QUIPU_MODULE_PRESENCE_H
#define QUIPU_MODULE_PRESENCE_H

#include "answer/warnings.h"
#include "module/redis_api.h"

struct index;

/* Answers the words from argv[first] on. */
int presence_reply(const struct redis_api *redis, struct redis_ctx *ctx, const struct index *index,
                   struct redis_string **argv, int argc, int first);
/* The same for a query of this server; in the arena. index NULL: there is no row. */
struct presence *presence_of(struct arena *arena, const struct index *index,
                             const struct mentions *mentions);

#endif
