/*
 * Keeps who browsers have logged in as. in: a cookie's secret; out: its user.
 *
 *     3f..a9     -> ann
 *     3f..a9     -> none: ann was removed, or has another password, or asked nothing for 12 hours
 *
 * There are at most some thousand sessions, and those in use stand first, so they are looked through
 * one by one.
 */
#include "server/http/web_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"

void
web_sessions_init(struct web_sessions *sessions, const struct config *config)
{
    *sessions = (struct web_sessions){.config = config};
    list_init(&sessions->list);
}

void
web_session_close(struct web_sessions *sessions, struct web_session *session)
{
    list_remove(&session->in_sessions);
    sessions->nsessions--;
    access_fini(&session->access);
    free(session);
}

void
web_sessions_fini(struct web_sessions *sessions)
{
    LIST_EACH (struct web_session, session, &sessions->list, in_sessions) {
        web_session_close(sessions, session);
    }
}

/* Those that were not used for longest go. */
static void
web_sessions_trim(struct web_sessions *sessions)
{
    while (sessions->nsessions > (size_t) sessions->config->http_max_sessions) {
        web_session_close(sessions,
                          LIST_ITEM(sessions->list.prev, struct web_session, in_sessions));
    }
}

bool
web_session_open(struct web_sessions *sessions, const struct access *access, struct slice password,
                 int64_t now_ms, char *secret, struct error *err)
{
    unsigned char bytes[SESSION_SECRET_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t) sizeof bytes) {
        return error_set(err, "ERR", "this machine gives no random bytes");
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    }
    struct web_session *session = must_alloc(sizeof *session);
    session->id = ++sessions->last_id;
    access_assign(&session->access, access);
    session->used_ms = now_ms;
    password_hash(password, &session->password);
    password_hash(slice_of(secret, SESSION_SECRET_DIGITS), &session->secret);
    list_add_first(&sessions->list, &session->in_sessions);
    sessions->nsessions++;
    web_sessions_trim(sessions);
    return true;
}

static bool
web_session_is_valid(const struct web_sessions *sessions, const struct acl *acl,
                     const struct web_session *session, int64_t now_ms)
{
    return now_ms - session->used_ms <= sessions->config->http_session_timeout_s * 1000 &&
           acl_has(acl, session->access.user) &&
           acl_user_knows(session->access.user, &session->password);
}

struct web_session *
web_session_find(struct web_sessions *sessions, const struct acl *acl, struct slice secret,
                 int64_t now_ms)
{
    struct password_hash hash;
    if (secret.len != SESSION_SECRET_DIGITS) {
        return NULL;
    }
    password_hash(secret, &hash);
    LIST_EACH (struct web_session, session, &sessions->list, in_sessions) {
        if (!password_equal(&session->secret, &hash)) {
            continue;
        }
        if (!web_session_is_valid(sessions, acl, session, now_ms)) {
            web_session_close(sessions, session);
            return NULL;
        }
        session->used_ms = now_ms;
        list_remove(&session->in_sessions);
        list_add_first(&sessions->list, &session->in_sessions);
        return session;
    }
    return NULL;
}
