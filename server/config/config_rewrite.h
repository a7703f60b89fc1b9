/*
 * CONFIG REWRITE: the configuration in use, written into its file.
 *
 * Comments, empty lines and their order stay; a directive's line stays as it is as long as it says
 * what is in use, else its first line is written anew and its others are left out. What is not in
 * the file and not the default goes to its end, behind a comment.
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_REWRITE_H
#define QUIPU_SERVER_CONFIG_CONFIG_REWRITE_H

#include "server/config/config.h"

/*
 * Appends what the file would be; text is the file as it is. Fails with ERR, which names the line,
 * where that has a mistake.
 */
bool config_rewrite_text(const struct config *config, struct slice text, struct strbuf *out,
                         struct error *err) QUIPU_MUST_CHECK;
/* Replaces the file in one step: it is the old or the new one at any moment. Fails with ERR. */
bool config_rewrite(const struct config *config, struct error *err) QUIPU_MUST_CHECK;

#endif
