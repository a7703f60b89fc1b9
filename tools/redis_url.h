/*
 * Where a Redis is, as one word.
 *
 *     redis://ann:sesame@10.0.0.1:6380/2      user, password, host, port, database
 *     redis://:sesame@[::1]                   no user, port 6379, database 0
 *     rediss://10.0.0.1:6380                  with TLS
 *     unix:/run/redis.sock                    a unix socket
 *
 * User and password may be percent-escaped.
 */
#ifndef QUIPU_TOOLS_REDIS_URL_H
#define QUIPU_TOOLS_REDIS_URL_H

#include "base/arena.h"
#include "base/error.h"

struct redis_url {
    const char *unix_path; /* NULL: TCP */
    const char *host;      /* without brackets */
    int port;
    bool is_tls;
    const char *user, *password; /* NULL: none */
    int db;
    const char *title; /* the same without user and password: for people, and to compare */
};

/* All text is in the arena. Fails with URL; the message does not show the password. */
bool redis_url_parse(struct arena *arena, struct slice text, struct redis_url *out,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
