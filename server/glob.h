/*
 * Redis' glob patterns: * ? [abc] [^a-z] and \ before any of them, in any case of letters.
 *
 *     glob_match(slice_lit("max*"), slice_lit("maxclients"))     -> true
 *
 * Time is at most pattern times text: a crafted pattern cannot hold the server up.
 */
#ifndef QUIPU_SERVER_GLOB_H
#define QUIPU_SERVER_GLOB_H

#include "base/slice.h"

bool glob_match(struct slice pattern, struct slice text);

#endif
