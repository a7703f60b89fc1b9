/*
 * LIKE and ILIKE: `%` is any text, `_` is one character, a backslash takes the meaning from what
 * follows it.
 *
 *     like_matches(slice_lit("N_w%"), false, slice_lit("New York"))      -> true
 *     like_matches(slice_lit("100\\%"), false, slice_lit("100%"))        -> true
 *
 * A character is one of UTF-8, or a byte that belongs to none. executor/sets/lua/like.lua matches the
 * same. Time is at most pattern times text.
 */
#ifndef QUIPU_BASE_LIKE_H
#define QUIPU_BASE_LIKE_H

#include "base/error.h"

/* False, with SYNTAX: the pattern ends in a backslash that takes the meaning from nothing. */
QUIPU_MUST_CHECK bool like_check(struct slice pattern, struct error *err);
/* folds: ILIKE, letters of ASCII in any case. The pattern is one that like_check lets pass. */
bool like_matches(struct slice pattern, bool folds, struct slice text);

#endif
