/*
 * Sessions: who a browser has logged in as.
 *
 *     web_session_open(sessions, &access, password, now_ms, secret, &err)     after a login
 *     web_session_find(sessions, acl, secret, now_ms)            before each request
 *
 * A session holds a user and the password's hash, and ends with either: when its user is removed,
 * switched off, or has that password no more. It also ends when it was not used for
 * http-session-timeout, when there are more than http-max-sessions (the one not used for longest
 * goes), and with the server.
 */
#ifndef QUIPU_SERVER_HTTP_WEB_SESSION_H
#define QUIPU_SERVER_HTTP_WEB_SESSION_H

#include "base/list.h"
#include "base/password.h"
#include "server/access/access.h"

enum { SESSION_SECRET_BYTES = 32, SESSION_SECRET_DIGITS = 2 * SESSION_SECRET_BYTES };

struct web_session {
    uint64_t id; /* from 1 on; never used again */
    struct access access;
    struct password_hash password;
    struct password_hash secret; /* only its hash is kept, which is compared in constant time */
    int64_t used_ms;
    struct list in_sessions;
};

struct web_sessions {
    const struct config *config;
    struct list list; /* the last used first */
    size_t nsessions;
    uint64_t last_id;
};

void web_sessions_init(struct web_sessions *sessions, const struct config *config);
/* Ends all. */
void web_sessions_fini(struct web_sessions *sessions);

/*
 * Opens a session for who has logged in with this password, and writes its secret: 64 hexadecimal
 * digits and a NUL. Fails with ERR if the machine gives no random bytes.
 */
bool web_session_open(struct web_sessions *sessions, const struct access *access,
                      struct slice password, int64_t now_ms, char *secret,
                      struct error *err) QUIPU_MUST_CHECK;
/* NULL: there is none, or it has ended. It is used now. Valid until the event loop goes on. */
struct web_session *web_session_find(struct web_sessions *sessions, const struct acl *acl,
                                     struct slice secret, int64_t now_ms);
void web_session_close(struct web_sessions *sessions, struct web_session *session);

#endif
