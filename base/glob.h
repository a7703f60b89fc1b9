/*
 * Redis' glob patterns: * ? [abc] [^a-z] and \ before any of them.
 *
 *     glob_match(slice_lit("max*"), slice_lit("maxclients"))     -> true
 *
 * Time is at most pattern times text: a crafted pattern cannot hold the server up.
 */
#ifndef QUIPU_BASE_GLOB_H
#define QUIPU_BASE_GLOB_H

#include "base/slice.h"

/* In any case of letters: for names of directives, commands, sections. */
bool glob_match(struct slice pattern, struct slice text);
/* Byte for byte: for keys. */
bool glob_match_exact(struct slice pattern, struct slice text);
/* Byte for byte: whether all texts match that begin with prefix, itself included. */
bool glob_matches_all_of(struct slice pattern, struct slice prefix);

#endif
