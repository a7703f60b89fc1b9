/*
 * Numbers and labels, as INFO and Prometheus have them.
 *
 *     metric_print_number(&out, 1250, 2)                        12.50
 *     metric_print_label(&out, slice_lit("a \"b\""))            "a \"b\""
 */
#ifndef QUIPU_SERVER_METRICS_METRIC_PRINT_H
#define QUIPU_SERVER_METRICS_METRIC_PRINT_H

#include "base/strbuf.h"

/* Appends a number, of whose digits so many stand behind the point. number >= 0. */
void metric_print_number(struct strbuf *out, long long number, int decimals);
/*
 * Appends a label's value with its quotes, escaped as Prometheus wants it. Bytes that are no UTF-8
 * are shown as U+FFFD.
 */
void metric_print_label(struct strbuf *out, struct slice value);

#endif
