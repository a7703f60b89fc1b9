/*
 * Runs quipu-load. in: a file, a dataset, a server; out: rows there.
 *
 * Example: quipu-load --dataset survey --unixsocket /tmp/quipu-ab12/quipu.sock -- survey.csv. A
 * password is in its environment, where other users do not see it.
 */
#include "tools/shell/loader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "tools/shell/programs.h"
#include "tools/shell/signals.h"

const char *
loader_dataset_name(struct arena *arena, const char *path)
{
    static const char *const PACKED[] = {".gz", ".zst", ".bz2", ".xz"};
    const char *slash = strrchr(path, '/');
    struct slice name = arena_copy(arena, slice_str(slash ? slash + 1 : path));
    for (size_t i = 0; i < sizeof PACKED / sizeof *PACKED; i++) {
        size_t n = strlen(PACKED[i]);
        if (name.len > n && strcmp(name.ptr + name.len - n, PACKED[i]) == 0) {
            name.len -= n;
            break;
        }
    }
    const char *dot = memrchr(name.ptr, '.', name.len);
    if (dot && dot > name.ptr) {
        name.len = (size_t) (dot - name.ptr);
    }
    bool has_digit = name.len && isdigit((unsigned char) name.ptr[0]);
    struct slice made = arena_printf(arena, "%s%.*s", has_digit ? "_" : "", SLICE_ARG(name));
    char *text = arena_alloc(arena, made.len + 1);
    for (size_t i = 0; i < made.len; i++) {
        text[i] = isalnum((unsigned char) made.ptr[i]) ? made.ptr[i] : '_';
    }
    return made.len ? text : "data";
}

bool
loader_run(const struct shell_options *options, const struct connection_address *address,
           const struct loader_job *job)
{
    enum { WORDS_OF_OURS = 32 };
    char port[16], **words = must_array(WORDS_OF_OURS + job->nwords, sizeof *words);
    size_t n = 0;
    snprintf(port, sizeof port, "%d", address->port);
    const struct {
        const char *option, *value;
    } VALUES[] = {
        {"--dataset", job->dataset},
        {"--prefix", job->prefix},
        {"--unixsocket", address->unix_path},
        {"--host", address->unix_path ? NULL : address->host},
        {"--port", address->unix_path ? NULL : port},
        {"--user", address->user},
        {"--cacert", options->certificates.ca_cert_file},
        {"--cert", options->certificates.cert_file},
        {"--cert-key", options->certificates.key_file},
    };
    words[n++] = (char *) (uintptr_t) "quipu-load";
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        if (VALUES[i].value) {
            words[n++] = (char *) (uintptr_t) VALUES[i].option;
            words[n++] = (char *) (uintptr_t) VALUES[i].value;
        }
    }
    if (address->tls) {
        words[n++] = (char *) (uintptr_t) "--tls";
    }
    if (!job->is_loud) {
        words[n++] = (char *) (uintptr_t) "--quiet";
    }
    for (size_t i = 0; i < job->nwords; i++) {
        words[n++] = (char *) (uintptr_t) job->words[i].ptr;
    }
    words[n++] = (char *) (uintptr_t) "--";
    words[n++] = (char *) (uintptr_t) job->path;
    words[n] = NULL;
    if (address->password) {
        setenv("QUIPU_AUTH", address->password, 1);
    }
    struct error err = {0};
    pid_t pid;
    bool has_started = program_start(words, NULL, false, &pid, &err);
    free(words);
    if (!has_started) {
        fprintf(stderr, "quipu: %s\n", err.message);
        return false;
    }
    return signals_wait_child(pid) == 0;
}
