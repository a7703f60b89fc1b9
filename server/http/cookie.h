/*
 * The header Cookie of a request.
 *
 *     cookie_find(slice_lit("a=1; quipu-7380=3fa9"), slice_lit("quipu-7380"))      -> 3fa9
 */
#ifndef QUIPU_SERVER_HTTP_COOKIE_H
#define QUIPU_SERVER_HTTP_COOKIE_H

#include "base/slice.h"

/* The value of the first cookie of that name, a part of cookies. Empty: there is none of that name. */
struct slice cookie_find(struct slice cookies, struct slice name);

#endif
