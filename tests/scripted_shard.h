/*
 * A shard that answers by a script, for tests of what talks to shards: it listens on a port of
 * 127.0.0.1, in the test's own event loop.
 *
 *     shard = scripted_shard_new(base, answer, test, SCRIPTED_BYTE_BY_BYTE)
 *     answer(test, "GET a")     -> "$1\r\n7\r\n"
 *     scripted_wait(base, &is_done, 2000)
 */
#ifndef QUIPU_TESTS_SCRIPTED_SHARD_H
#define QUIPU_TESTS_SCRIPTED_SHARD_H

#include <stdbool.h>

struct event_base;
struct scripted_shard;

/*
 * The bytes that are sent for a command, whose words stand with a space between. NULL: nothing is
 * answered. A `!` at their end: then the connection is closed.
 */
typedef const char *scripted_answer_fn(void *arg, const char *command);

enum scripted_pace { SCRIPTED_AT_ONCE, SCRIPTED_BYTE_BY_BYTE };

struct scripted_shard *scripted_shard_new(struct event_base *base, scripted_answer_fn *answer,
                                          void *arg, enum scripted_pace pace);
/* Closes its connections, too. */
void scripted_shard_free(struct scripted_shard *shard);
int scripted_shard_port(const struct scripted_shard *shard);
/* What a node answers in the greeting of its lanes; NULL: the command is none of these. */
const char *scripted_greeting(const char *command);

/* Runs the loop until *is_done, or for so long; returns *is_done. */
bool scripted_wait(struct event_base *base, const bool *is_done, int most_ms);

#endif
