/*
 * Counters for INFO, since the start or the last CONFIG RESETSTAT. Each event is counted where it
 * happens, and INFO reads all counters.
 */
#ifndef QUIPU_SERVER_ACCESS_STATS_H
#define QUIPU_SERVER_ACCESS_STATS_H

#include "server/access/acl_log.h"

struct server_stats {
    uint64_t connections;
    uint64_t rejected_connections; /* refused because of maxclients */
    uint64_t commands;
    uint64_t protocol_errors;
    uint64_t slow_readers; /* disconnected by client-output-buffer-limit */
    uint64_t input_bytes, output_bytes;
    uint64_t denied[ACL_LOG_NREASONS]; /* by enum acl_log_reason */
    uint64_t config_reloads;           /* with or without success */
};

#endif
