/*
 * What goes over whole dictionaries: ranges and lists become sets of codes, values get positions.
 *
 *     while (!count_plan_prepare(plan, 4096)) {       4,096 values at a time: in between the caller
 *         if (time is over) ...                       looks at the clock, or lets others have a turn
 *     }
 *
 *     plan->nvalues      how many there are altogether: known before, so that it can be refused
 */
#ifndef QUIPU_COLUMNS_COUNT_PREPARE_H
#define QUIPU_COLUMNS_COUNT_PREPARE_H

#include "columns/count_plan.h"

/* Looks at about so many values more. One thread at a time. True: the plan is prepared. */
bool count_plan_prepare(struct count_plan *plan, uint32_t max_values);

#endif
