/*
 * One count by columns: each shard's module counts its rows (QUIPU.PARTIAL), the partial counts are
 * added up.
 *
 *     RUNNING --all shards answered, together they serve every slot once---------------> told
 *        |  |                                                                             |
 *        |  +--some slots are moving--> ASKING their targets --all answered---------------+
 *        |                                |
 *        +--the answers do not fit each---+--> WAITING --a moment--> RUNNING      (cluster)
 *        |  other, a node is lost
 *        +--any other error--> told
 *
 * A shard says with its partial count which slots it counted, and has the rows of those that leave it
 * by name; where they go, those that have arrived are asked for by name as well (column_slots.h). So
 * nothing is left out or counted twice, whatever moves meanwhile: an attempt of which that is not
 * certain is thrown away as a whole.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_COUNT_H
#define QUIPU_EXECUTOR_COLUMN_COUNT_H

#include "executor/method.h"

/* Also what runs in the shards ends when it is cancelled. */
const struct method *column_count_method(void);

#endif
