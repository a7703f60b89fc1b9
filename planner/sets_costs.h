/*
 * What the sets method's work costs: microseconds in Redis 7.0, as bench/costs.py measures them
 * (docs/performance.md).
 */
#ifndef QUIPU_PLANNER_SETS_COSTS_H
#define QUIPU_PLANNER_SETS_COSTS_H

static const double COST_CALL = 0.3;   /* one command from a script */
static const double COST_PROBE = 0.3;  /* one member walked to and looked up in another set */
static const double COST_STORE = 0.4;  /* one member stored in a set */
static const double COST_LIST = 0.3;   /* one member handed to the script */
static const double COST_READ = 1.8;   /* HMGET of a row, before its fields, and finding its cell */
static const double COST_FIELD = 0.12; /* one field of an HMGET */
static const double COST_TEST = 0.05;  /* one test of values that were read */
static const double COST_GRID = 0.2;   /* one grid more: the cell of a row that was read */
static const double COST_CELL = 0.8;   /* a cell for a row alone, in the script and in the reply */

#endif
