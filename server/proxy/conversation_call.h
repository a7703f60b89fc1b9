/*
 * Handles a call while MULTI or a subscription is open: it is kept for EXEC, or refused.
 *
 *     if (conversation_takes(call)) {
 *         return conversation_run(call);      +QUEUED
 *     }
 */
#ifndef QUIPU_SERVER_PROXY_CONVERSATION_CALL_H
#define QUIPU_SERVER_PROXY_CONVERSATION_CALL_H

#include "server/proxy/conversation.h"

/* True if MULTI, or a subscription in RESP2, decides what is done with this call. */
bool conversation_takes(const struct call *call);
/* A command was refused: an open transaction cannot be carried out any more. */
void conversation_spoil(const struct call *call);
/*
 * True for EXEC with a wrong number of arguments. It ends the transaction and WATCH, and the reply
 * says so.
 */
bool conversation_aborts(struct call *call);
/*
 * For EXEC: whether all kept commands are still allowed. Fails with EXECABORT, and NOPERM in its
 * message.
 */
bool conversation_check_commands(const struct conversation *conversation,
                                 struct error *err) QUIPU_MUST_CHECK;
/* Keeps the call for EXEC, or refuses it. */
enum command_outcome conversation_run(struct call *call);

#endif
