/*
 * One count by columns: each shard's module counts its rows (QUIPU.PARTIAL), and the server adds
 * the partial counts up.
 *
 *     RUNNING --all shards answered, together they serve every slot once---------------> told
 *        |  |                                                                             |
 *        |  +--some slots are moving--> ASKING their targets --all answered---------------+
 *        |                                |
 *        +--the answers do not fit each---+--> WAITING --a moment--> RUNNING      (cluster)
 *        |  other, a node is lost
 *        +--any other error--> told
 *
 * With its partial count a shard says which slots it counted. For slots that are leaving it, the
 * shard sends the rows by name. The node to which a slot goes is then asked for the rows that have
 * arrived, by name as well (column_slots.h). So no row is left out or counted twice, whatever moves
 * meanwhile. An attempt that cannot be sure of that is thrown away as a whole.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_COUNT_H
#define QUIPU_EXECUTOR_COLUMN_COUNT_H

#include "executor/method.h"

/* When a count is cancelled, its work in the shards ends too. */
const struct method *column_count_method(void);

#endif
