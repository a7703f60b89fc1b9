/*
 * Chooses how rows are counted. in: a dataset; out: its method.
 *
 * Example: `DATASET CREATE current PREFIX profile_ METHOD sets` is counted by sets for as long as it lives.
 */
#include "executor/method_choice.h"

#include "executor/column_count.h"
#include "executor/sets_count.h"

const struct method *
method_of_dataset(const struct dataset *dataset)
{
    return dataset_is_columns(dataset) ? column_count_method() : sets_count_method();
}
