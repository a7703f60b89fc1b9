/*
 * The configuration: defaults, then a file in redis.conf's manner, then the command line.
 *
 *     quipu-server quipu.conf --port 7400 --shards static 10.0.0.1:6379 10.0.0.2:6379
 *
 *     config_init(&config);
 *     if (!config_load_file(&config, "quipu.conf", &err) ||
 *         !config_load_args(&config, words, nwords, &err) || !config_finish(&config, &err)) ...
 *     config_fini(&config);
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_H
#define QUIPU_SERVER_CONFIG_CONFIG_H

#include "server/config/config_values.h"

/* Sets all defaults, except the dataset `current`, which config_finish adds. */
void config_init(struct config *config);
void config_fini(struct config *config);

/*
 * Takes the directives of a file. Fails with ERR and a message that starts with `path:line:`.
 * Directives ahead of that line have been taken.
 */
bool config_load_file(struct config *config, const char *path, struct error *err) QUIPU_MUST_CHECK;
/* The same, from the file's text. */
bool config_load_text(struct config *config, const char *path, struct slice text,
                      struct error *err) QUIPU_MUST_CHECK;
/* Appends the text of a file. Fails with ERR and the path. */
bool config_read_file(const char *path, struct strbuf *out, struct error *err) QUIPU_MUST_CHECK;
/*
 * Takes words of the form `--directive value ...`, repeatedly. The words are borrowed for as long
 * as the configuration lives. Fails with ERR and a message that starts with the word.
 */
bool config_load_args(struct config *config, const struct slice *words, size_t nwords,
                      struct error *err) QUIPU_MUST_CHECK;
/*
 * Call it when everything is read. Adds the dataset `current` with prefix profile_, unless a
 * dataset of that name, or with an overlapping prefix, is configured. Checks what no single
 * directive can check. Fails with ERR.
 */
bool config_finish(struct config *config, struct error *err) QUIPU_MUST_CHECK;

/*
 * CONFIG SET: sets all pairs or none. args has names and values in turn. Fails with ERR in Redis'
 * words.
 */
bool config_set(struct config *config, const struct slice *args, size_t nargs,
                struct error *err) QUIPU_MUST_CHECK;

/* Appends conf/quipu.conf: every directive with its meaning, unit and default. */
void config_print_sample(struct strbuf *out);
/* Appends the text of --help. */
void config_print_help(struct strbuf *out);

#endif
