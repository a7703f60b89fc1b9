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

/* All defaults, but for the dataset `current`, which config_finish adds. */
void config_init(struct config *config);
void config_fini(struct config *config);

/*
 * Takes the directives of a file. Fails with ERR and a message that starts with `path:line:`; what
 * stood before that line has been taken.
 */
bool config_load_file(struct config *config, const char *path, struct error *err) QUIPU_MUST_CHECK;
/* The same from the file's text. */
bool config_load_text(struct config *config, const char *path, struct slice text,
                      struct error *err) QUIPU_MUST_CHECK;
/* Appends the text of a file. Fails with ERR and the path. */
bool config_read_file(const char *path, struct strbuf *out, struct error *err) QUIPU_MUST_CHECK;
/*
 * `--directive value ...` and again; the words are borrowed for as long as the configuration lives.
 * Fails with ERR and a message that starts with the word.
 */
bool config_load_args(struct config *config, const struct slice *words, size_t nwords,
                      struct error *err) QUIPU_MUST_CHECK;
/*
 * What stands when all is read: the dataset `current` with prefix profile_, unless one of its name
 * or with a prefix in its way is configured; and what no single directive can see. Fails with ERR.
 */
bool config_finish(struct config *config, struct error *err) QUIPU_MUST_CHECK;

/*
 * CONFIG SET: all pairs or none. names and values are read alternately from args. Fails with ERR in
 * Redis' words.
 */
bool config_set(struct config *config, const struct slice *args, size_t nargs,
                struct error *err) QUIPU_MUST_CHECK;

/* conf/quipu.conf: every directive with its meaning, unit and default. */
void config_print_sample(struct strbuf *out);
/* The text of --help. */
void config_print_help(struct strbuf *out);

#endif
