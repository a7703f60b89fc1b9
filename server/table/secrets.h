/*
 * Which words of a command are secret: passwords, and words that may hold one.
 *
 *     AUTH tupac sesame                      every word behind AUTH
 *     HELLO 3 AUTH tupac sesame SETNAME x    the two behind AUTH
 *     CONFIG SET requirepass sesame          the value
 */
#ifndef QUIPU_SERVER_TABLE_SECRETS_H
#define QUIPU_SERVER_TABLE_SECRETS_H

#include "base/slice.h"

/*
 * False if the command of this name never has secrets. It is cheap, because it is called for every
 * command.
 */
bool secrets_may_be(struct slice name);
/* True if word `at` must not be shown, logged or kept. args[0] is the command's name. */
bool secrets_hide(const struct slice *args, size_t nargs, size_t at);
/* True if the directive of this name has a secret value. */
bool secrets_is_directive(struct slice name);

#endif
