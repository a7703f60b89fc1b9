/*
 * The configuration file read again while the server runs: what SIGHUP does.
 *
 *     reload_config(&services)
 */
#ifndef QUIPU_SERVER_RELOAD_H
#define QUIPU_SERVER_RELOAD_H

struct services;

/* Reads it, if there is one, and says in the log what came of it. */
void reload_config(struct services *services);

#endif
