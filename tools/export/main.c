/*
 * quipu-export: rows, or the table of a count, into a file (export.h).
 *
 *     quipu-export --dataset survey -o survey.csv
 */
#include <signal.h>
#include <stdio.h>

#include "tools/export/export.h"

int
main(int argc, char **argv)
{
    struct export_options options;
    int status = options_parse(argc, argv, &options);
    if (status != EXPORT_GO_ON) {
        return status;
    }
    struct arena *arena = arena_new();
    struct error err = {0};
    struct server_options *server = &options.server;
    signal(SIGPIPE, SIG_IGN);
    if (server->tls && !tls_client_new(&server->certificates, &server->address.tls, &err)) {
        fprintf(stderr, "quipu-export: %s\n", err.message);
        status = 1;
    } else {
        status = export_run(arena, &options) ? 0 : 1;
    }
    tls_free(server->address.tls);
    arena_free(arena);
    return status;
}
