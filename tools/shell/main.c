/*
 * quipu: a shell for questions. in: options, and what is typed; out: tables.
 *
 *     $ quipu survey.csv
 *     quipu> count sex, age by 10 from survey percent of row totals;
 *
 * Files are loaded into a server of the shell's own, which ends with it.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "tools/shell/loader.h"
#include "tools/shell/private_server.h"
#include "tools/shell/shell.h"
#include "tools/shell/signals.h"

/* Exit statuses. */
enum { STATUS_OK, STATUS_FAILED, STATUS_WRONG_OPTIONS };

static int
run(const struct shell_options *options, const struct connection_address *address)
{
    struct shell shell;
    bool ok = true;
    shell_init(&shell, options, address);
    for (size_t i = 0; i < options->ncommands; i++) {
        ok &= shell_run_text(&shell, slice_str(options->commands[i]));
    }
    if (options->ncommands == 0 && shell.screen.is_interactive) {
        shell_run_terminal(&shell);
    } else if (options->ncommands == 0) {
        ok = shell_run_script(&shell, STDIN_FILENO);
    }
    ok &= !shell.screen.has_failed;
    shell_fini(&shell);
    return ok ? STATUS_OK : STATUS_FAILED;
}

/* Whether the names of rows of another file would begin as those of a dataset: survey_, survey_2_. */
static bool
covers(struct arena *arena, const struct shell_options *options, const char *dataset)
{
    struct slice prefix = arena_printf(arena, "%s_", dataset);
    for (size_t i = 0; i < options->nfiles; i++) {
        const char *other = loader_dataset_name(arena, options->files[i]);
        if (strcmp(other, dataset) != 0 && slice_starts_with(slice_str(other), prefix)) {
            return true;
        }
    }
    return false;
}

static bool
load_all(const struct shell_options *options, const struct connection_address *address)
{
    struct arena *arena = arena_new();
    bool ok = true;
    for (size_t i = 0; ok && i < options->nfiles && !signals_has_end(); i++) {
        const char *dataset = loader_dataset_name(arena, options->files[i]);
        struct loader_job job = {.path = options->files[i],
                                 .dataset = dataset,
                                 .words = options->load_words,
                                 .nwords = options->nload_words,
                                 .is_loud = isatty(STDERR_FILENO)};
        if (covers(arena, options, dataset)) {
            job.prefix = arena_printf(arena, "%s.", dataset).ptr;
        }
        ok = loader_run(options, address, &job);
    }
    arena_free(arena);
    return ok;
}

static int
run_private(const struct shell_options *options)
{
    struct private_server *server;
    struct error err = {0};
    if (!private_server_start(options->directory, &server, &err)) {
        fprintf(stderr, "quipu: %s\n", err.message);
        return STATUS_FAILED;
    }
    const struct connection_address *address = private_server_address(server);
    int status = load_all(options, address) ? run(options, address) : STATUS_FAILED;
    private_server_end(server);
    return status;
}

static int
run_connected(struct shell_options *options)
{
    struct error err = {0};
    if (options->has_tls && !tls_client_new(&options->certificates, &options->address.tls, &err)) {
        fprintf(stderr, "quipu: %s\n", err.message);
        return STATUS_WRONG_OPTIONS;
    }
    int status = run(options, &options->address);
    tls_free(options->address.tls);
    return status;
}

int
main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct shell_options options;
    int status = STATUS_WRONG_OPTIONS;
    if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) {
        (void) setlocale(LC_CTYPE, "C.UTF-8"); /* what is typed is UTF-8 */
    }
    switch (options_parse(arena, &options, argc, argv)) {
    case OPTIONS_DONE: status = STATUS_OK; break;
    case OPTIONS_WRONG: break;
    case OPTIONS_RUN:
        signals_init();
        status = options_is_private(&options) ? run_private(&options) : run_connected(&options);
        break;
    }
    arena_free(arena);
    return status;
}
