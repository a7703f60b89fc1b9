/*
 * quipu-load: a file (load_file.h), or the hashes of another Redis (copy.h), into a dataset.
 *
 *     quipu-load --dataset survey survey.csv
 *     quipu-load --from redis://10.0.0.9:6379
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls.h"
#include "tools/copy.h"
#include "tools/load_file.h"

/* The context for all connections that want one; a wrong file is told before any. */
static bool
make_tls(struct load_options *options, struct ssl_ctx_st **tls)
{
    struct error err = {0};
    bool is_wanted =
        options->server.tls || (options->from && strncmp(options->from, "rediss:", 7) == 0);
    if (is_wanted && !tls_client_new(&options->server.certificates, tls, &err)) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    options->server.address.tls = options->server.tls ? *tls : NULL;
    return true;
}

/* `profile_*`, with what is special in a pattern taken as it is. */
static const char *
pattern_of_prefix(struct arena *arena, struct slice prefix)
{
    char *pattern = arena_alloc(arena, 2 * prefix.len + 2), *to = pattern;
    for (size_t i = 0; i < prefix.len; i++) {
        if (strchr("*?[]\\", prefix.ptr[i])) {
            *to++ = '\\';
        }
        *to++ = prefix.ptr[i];
    }
    *to = '*';
    return pattern;
}

static bool
load_copy(struct arena *arena, const struct load_options *options, struct ssl_ctx_st *tls)
{
    struct copy_options copy = {.dataset = options->dataset,
                                .match = options->match,
                                .cursor_path = options->cursor_path,
                                .to = options->server.address,
                                .tls = tls,
                                .window = options->window,
                                .skip_errors = options->skip_errors,
                                .quiet = options->quiet};
    struct target_wishes wishes = {.dataset = options->dataset, .prefix = options->prefix};
    struct target *target;
    struct error err = {0};
    if (!redis_url_parse(arena, slice_str(options->from), &copy.from, &err)) {
        fprintf(stderr, "quipu-load: --from: %s\n", err.message);
        return false;
    }
    if (!target_open(&options->server.address, &wishes, &target, &err)) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    copy.names = target_names(target);
    target_rest(target);
    if (!copy.match) {
        copy.match = pattern_of_prefix(arena, copy.names.prefix);
    }
    if (!copy.cursor_path) {
        copy.cursor_path = arena_printf(arena, "quipu-load.%s.cursor", options->dataset).ptr;
    }
    bool ok = copy_run(&copy);
    target_free(target);
    return ok;
}

int
main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct load_options options;
    struct ssl_ctx_st *tls = NULL;
    signal(SIGPIPE, SIG_IGN);
    int status = load_options_parse(arena, argc, argv, &options);
    if (status == LOAD_GO_ON) {
        bool ok = make_tls(&options, &tls) &&
                  (options.from ? load_copy(arena, &options, tls) : load_file(&options));
        status = ok ? 0 : 1;
    }
    tls_free(tls);
    arena_free(arena);
    return status;
}
