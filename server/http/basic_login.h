/*
 * A login by HTTP Basic, RFC 7617.
 *
 *     basic_login_read(arena, slice_lit("Basic YW5uOnNlY3JldA=="), &user, &password)     ann, secret
 */
#ifndef QUIPU_SERVER_HTTP_BASIC_LOGIN_H
#define QUIPU_SERVER_HTTP_BASIC_LOGIN_H

#include "base/arena.h"
#include "base/slice.h"

/* Reads the header Authorization; user and password live in the arena. False: it is not of HTTP Basic. */
bool basic_login_read(struct arena *arena, struct slice header, struct slice *user,
                      struct slice *password);

#endif
