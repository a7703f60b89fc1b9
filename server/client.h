/*
 * A client's connection: from its bytes to requests that run, and from their replies to its bytes.
 *
 *     OPEN ---QUIT, protocol error, CLIENT KILL---> CLOSING ---all sent---> LINGERING --+
 *       |                                                                               |
 *       +--- the client leaves, reads too slowly, is idle or killed ---> GONE <---------+
 *
 * One whose bytes have ended has a second for what it asked for; then it has left. A client in GONE
 * has no connection any more. It is freed when the last row command it asked for has ended.
 */
#ifndef QUIPU_SERVER_CLIENT_H
#define QUIPU_SERVER_CLIENT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "server/client_list.h"

struct query_budget;
struct ssl_st;

/* For the list: makes a client of a connection, which it owns from here on; ssl NULL: no TLS. */
struct client_node *client_new(struct client_list *clients, uint64_t id, int fd,
                               struct ssl_st *ssl);
/* For the list: one that is gone, or after the executor. */
void client_free(struct client *client);
/* True where its connection has ended: what still runs for it is answered to nobody. */
bool client_is_gone(const struct client *client);
/* True for one that is gone and waits for nothing any more. */
bool client_is_over(struct client *client);
/* True when it waits for nothing: what it asked for is answered and sent. */
bool client_is_idle(const struct client *client);
/* True for one that is silent for too long, or does not end although it should. */
bool client_is_timed_out(const struct client *client, int64_t now_ms);
/*
 * True for one that has more waiting for it than client-output-buffer-limit and takes nothing of
 * it. To be asked about every second.
 */
bool client_is_stuck(struct client *client, int64_t now_ms);

struct services *client_services(const struct client *client);
uint64_t client_id(const struct client *client);
const char *client_address(const struct client *client);
const char *client_local_address(const struct client *client);
/* Who it is, and the cells its queries may have. Live as long as the client. */
struct access *client_access(struct client *client);
struct query_budget *client_budget(struct client *client);
/* MULTI, WATCH, subscriptions. Lives as long as the client. */
struct conversation *client_conversation(struct client *client);
/* Told after conversation_end_wait; has_waited: nothing had come for its blocking command. */
void client_wait_ended(struct client *client, bool has_waited);
/* Sends what it has not asked for: a message it subscribed to. */
void client_push(struct client *client, struct slice bytes);
/* Its line of CLIENT LIST, with '\n'. */
void client_print(const struct client *client, struct strbuf *out);

/* Empty where none is set. Borrowed until the next set. */
struct slice client_name(const struct client *client);
/* A name without spaces and control bytes; else ERR in Redis' words. */
bool client_check_name(struct slice name, struct error *err) QUIPU_MUST_CHECK;
/* To a name that was checked. */
void client_set_name(struct client *client, struct slice name);
bool client_is_resp3(const struct client *client);
/* From the next request on. */
void client_set_resp3(struct client *client, bool resp3);

enum client_replies { REPLIES_ON, REPLIES_OFF, REPLIES_SKIP_NEXT };
/* Which of the requests to come are answered. */
enum client_replies client_replies(const struct client *client);
void client_set_replies(struct client *client, enum client_replies replies);

/* Sends this reply, whole with its CRLF, to one that asked for nothing, and ends the connection. */
void client_refuse(struct client *client, struct slice reply);
/* Takes no more requests, answers what was asked, then ends the connection. */
void client_quit(struct client *client);
/* Ends the connection now: what was asked is not answered any more. */
void client_kill(struct client *client);

#endif
