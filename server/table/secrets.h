/*
 * Which words of a command are secret: passwords, and what may hold one.
 *
 *     AUTH tupac sesame                      every word behind AUTH
 *     HELLO 3 AUTH tupac sesame SETNAME x    the two behind AUTH
 *     CONFIG SET requirepass sesame          the value
 */
#ifndef QUIPU_SERVER_TABLE_SECRETS_H
#define QUIPU_SERVER_TABLE_SECRETS_H

#include "base/slice.h"

/* False for a command, by its name, that takes none: cheap, as it is asked for each. */
bool secrets_may_be(struct slice name);
/* True when word `at` must not be shown, logged or kept. args[0] is the command's name. */
bool secrets_hide(const struct slice *args, size_t nargs, size_t at);
/* True for a directive whose value is a secret, by its name. */
bool secrets_is_directive(struct slice name);

#endif
