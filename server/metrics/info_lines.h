/*
 * Lines of INFO that are no single number: texts, a line for each shard or command.
 *
 *     shard0:name=unix:...,connected=1,server=valkey,version=9.1.2,last_error=
 *     cmdstat_get:calls=3,usec=120,usec_per_call=40.00,rejected_calls=0,failed_calls=0
 *
 * Each function appends its lines, each ended by CRLF.
 */
#ifndef QUIPU_SERVER_METRICS_INFO_LINES_H
#define QUIPU_SERVER_METRICS_INFO_LINES_H

#include "base/strbuf.h"

struct services;

/* The version of Redis that clients may rely on: the commands that exist behave as in it. */
#define INFO_REDIS_LEVEL "7.0.15"

void info_lines_server(struct services *services, struct strbuf *out);
void info_lines_async_loading(struct services *services, struct strbuf *out);
void info_lines_replication(struct services *services, struct strbuf *out);
void info_lines_shards(struct services *services, struct strbuf *out);
/* In Redis' words: exporters read them. */
void info_lines_commandstats(struct services *services, struct strbuf *out);
void info_lines_latencystats(struct services *services, struct strbuf *out);

/*
 * Appends the kinds of shards, each once: "redis 7.0.15, valkey 9.1.2". Nothing before a shard was
 * reached.
 */
void info_print_shard_kinds(const struct services *services, struct strbuf *out);

#endif
