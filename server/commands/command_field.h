/*
 * Commands about what a dataset says of its fields.
 *
 *     DATASET LABEL current sex 1 Male 2 Female     -> CHANGE_FIELD of "sex", with two labels of values
 *     DATASET LABEL current sex 'Sex asked'         -> CHANGE_FIELD of "sex", with a label of its own
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_FIELD_H
#define QUIPU_SERVER_COMMANDS_COMMAND_FIELD_H

#include "executor/datasets/dataset_change.h"
#include "server/client/call.h"

/*
 * The change that DATASET ALTER, LABEL or LABELS asks for; borrows the call's words. Fails with ERR: the
 * words are wrong.
 */
bool field_change_take(const struct call *call, struct arena *arena, struct dataset_change *change,
                       struct error *err) QUIPU_MUST_CHECK;
/* The only field of a change; nothing is said of it yet. */
struct dataset_field_change *field_change_one(struct arena *arena, struct dataset_change *change,
                                              struct slice field);
/* DATASET DESCRIBE: a map for each field that something is said of. */
enum command_outcome field_describe_run(struct call *call);

#endif
