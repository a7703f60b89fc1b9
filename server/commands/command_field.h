/*
 * Commands about what a dataset says of its fields.
 *
 *     DATASET LABEL current sex 1 Male 2 Female     -> CHANGE_FIELD of "sex", with two labels
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_FIELD_H
#define QUIPU_SERVER_COMMANDS_COMMAND_FIELD_H

#include "executor/datasets/dataset_change.h"
#include "server/client/call.h"

/*
 * The change that DATASET ALTER or LABEL asks for; borrows the call's words. Fails with ERR: the
 * words are wrong.
 */
bool field_change_take(const struct call *call, struct arena *arena, struct dataset_change *change,
                       struct error *err) QUIPU_MUST_CHECK;
/* DATASET DESCRIBE: a map for each field that something is said of. */
enum command_outcome field_describe_run(struct call *call);

#endif
