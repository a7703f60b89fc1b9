/*
 * The program quipu-server: reads its command line and its configuration, and runs the server.
 * in: words; out: a configuration, and a server that runs on it.
 *
 *     quipu-server conf/quipu.conf --port 7400
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/config/config.h"
#include "server/server.h"

/* Exit statuses, beside EXIT_SUCCESS and EXIT_FAILURE; docs/operations.md tells them apart. */
enum { EXIT_MISTAKE = 2 };

static int
text_show(void (*print)(struct strbuf *out))
{
    struct strbuf text;
    strbuf_init(&text);
    print(&text);
    fwrite(text.ptr, 1, text.len, stdout);
    strbuf_fini(&text);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
version_print(struct strbuf *out)
{
    strbuf_append_str(out, "quipu-server " QUIPU_VERSION "\n");
}

static bool
config_read(struct config *config, int argc, char **argv, struct error *err)
{
    int at = 1;
    if (argc > 1 && strncmp(argv[1], "--", 2) != 0) {
        if (!config_load_file(config, argv[at++], err)) {
            return false;
        }
    }
    size_t nwords = (size_t) (argc - at);
    struct slice *words = arena_array(config->arena, nwords, sizeof *words);
    for (size_t i = 0; i < nwords; i++) {
        words[i] = slice_str(argv[(size_t) at + i]);
    }
    return config_load_args(config, words, nwords, err) && config_finish(config, err);
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return text_show(config_print_help);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return text_show(version_print);
    }
    if (argc == 2 && strcmp(argv[1], "--print-conf") == 0) {
        return text_show(config_print_sample);
    }
    struct config config;
    struct error err = {0};
    config_init(&config);
    int status = EXIT_SUCCESS;
    if (!config_read(&config, argc, argv, &err)) {
        status = EXIT_MISTAKE;
    } else if (!server_run(&config, &err)) {
        status = strcmp(err.code, "CONFIG") == 0 ? EXIT_MISTAKE : EXIT_FAILURE;
    }
    if (status != EXIT_SUCCESS) {
        fprintf(stderr, "quipu-server: %s\n", err.message);
    }
    config_fini(&config);
    return status;
}
