/*
 * Logging in for the time of an exchange, with a name and a password.
 *
 *     login_start(exchange, name, password, on_login)      later, as that user: on_login(exchange)
 *
 * A login is RESP's AUTH, asked by a client inside the server, so that a wrong password is refused,
 * logged and counted as any client's.
 */
#ifndef QUIPU_SERVER_HTTP_LOGIN_H
#define QUIPU_SERVER_HTTP_LOGIN_H

#include "server/http/exchange.h"

/* As which the exchange goes on. It is the exchange's work. */
struct login {
    struct slice user, password;
    exchange_fn *on_login;
};

/*
 * Name and password are copied. A wrong password is the exchange's answer: 401, WRONGPASS. Only for
 * an exchange that has no work yet.
 */
void login_start(struct exchange *exchange, struct slice user, struct slice password,
                 exchange_fn *on_login);
/*
 * The same, by the request's header Authorization, of HTTP Basic. Without one the exchange goes on
 * as who it is. Every 401 from here on asks for a login in that way.
 */
void login_start_basic(struct exchange *exchange, exchange_fn *on_login);

#endif
