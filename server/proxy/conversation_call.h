/*
 * A call while MULTI or a subscription is open: kept for EXEC, or refused.
 *
 *     if (conversation_takes(call)) {
 *         return conversation_run(call);      +QUEUED
 *     }
 */
#ifndef QUIPU_SERVER_PROXY_CONVERSATION_CALL_H
#define QUIPU_SERVER_PROXY_CONVERSATION_CALL_H

#include "server/proxy/conversation.h"

/* True where MULTI, or a subscription in RESP2, decides what becomes of this call. */
bool conversation_takes(const struct call *call);
/* A command was refused before that: a transaction that is open cannot be carried out. */
void conversation_spoil(const struct call *call);
/* EXEC with a wrong number of arguments: that ends the transaction and WATCH, and the reply says
 * so. */
bool conversation_aborts(struct call *call);
/*
 * Whether all that MULTI has kept is still allowed: for EXEC. Fails with EXECABORT, and NOPERM
 * behind it.
 */
bool conversation_check_commands(const struct conversation *conversation,
                                 struct error *err) QUIPU_MUST_CHECK;
/* Keeps it for EXEC, or refuses it. */
enum command_outcome conversation_run(struct call *call);

#endif
