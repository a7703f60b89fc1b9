/*
 * Reads the configuration file again while the server runs. SIGHUP does this.
 *
 *     reload_config(&services)
 */
#ifndef QUIPU_SERVER_RELOAD_H
#define QUIPU_SERVER_RELOAD_H

struct services;

/* Reads the file, if there is one, and logs the outcome. */
void reload_config(struct services *services);

#endif
