/*
 * CONFIG REWRITE: writes the configuration in use into its file.
 *
 * Comments, empty lines and the order stay. A directive's line stays as it is if its value is in
 * use. Otherwise the directive's first line is replaced, and its other lines are left out. A value
 * that is not in the file, and is not the default, goes to the end of the file, behind a comment.
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_REWRITE_H
#define QUIPU_SERVER_CONFIG_CONFIG_REWRITE_H

#include "server/config/config.h"

/*
 * Appends the new text of the file. text is its present text. Fails with ERR, which names the line,
 * if that has a mistake.
 */
bool config_rewrite_text(const struct config *config, struct slice text, struct strbuf *out,
                         struct error *err) QUIPU_MUST_CHECK;
/*
 * Replaces the file in one step, so that at any moment it is the old or the new one. Fails with
 * ERR.
 */
bool config_rewrite(const struct config *config, struct error *err) QUIPU_MUST_CHECK;

#endif
