/*
 * The directives of the configuration: one table, from which come the file's and the command line's
 * meaning, CONFIG GET and SET, --help, conf/quipu.conf and the table of docs/configuration.md.
 *
 *     const struct directive *directive = directive_find(slice_lit("query-timeout"));
 *     directive_parse(directive, config, words, 1, &err)      "5s" -> config->query_timeout_ms 5000
 *     directive_print(directive, config, &out)                5000
 *
 * To add one: a field in struct config, a row in the table in directive.c, and its use; test_config
 * then says what of the documents is missing.
 */
#ifndef QUIPU_SERVER_CONFIG_DIRECTIVE_H
#define QUIPU_SERVER_CONFIG_DIRECTIVE_H

#include "server/config/config_values.h"

enum directive_type {
    DIRECTIVE_NUMBER,
    DIRECTIVE_OCTAL,
    DIRECTIVE_BYTES,   /* 1024, 64kb, 1gb: powers of 1024 */
    DIRECTIVE_MS,      /* 500, 500ms, 30s, 5m, 1h */
    DIRECTIVE_SECONDS, /* 300, 5m, 1h */
    DIRECTIVE_CHOICE,  /* one of names */
    DIRECTIVE_TEXT,    /* one word; "" is none */
    DIRECTIVE_WORDS,   /* one word or more */
    DIRECTIVE_SHARDS,
    DIRECTIVE_DATASET, /* repeatable: each adds one */
    DIRECTIVE_USER,    /* repeatable: each adds one */
    DIRECTIVE_SECRET,  /* one word; "" is none; never printed */
    DIRECTIVE_PASSWORD /* the same, and only its hash is kept */
};

/* What is printed in the place of a secret, and not taken for one. */
#define DIRECTIVE_HIDDEN "********"

struct directive {
    const char *name;
    enum directive_type type;
    size_t offset;            /* of its field in struct config */
    const char *by_default;   /* as it would stand in a file; "" is none */
    int64_t min, max;         /* of numbers, in the directive's unit */
    const char *const *names; /* CHOICE: by value, ended by NULL */
    bool live; /* CONFIG SET can change it; no list whose parts are shared with a copy can be */
    const char *doc; /* what it does: sentences */
};

size_t directive_count(void);
const struct directive *directive_at(size_t index);
/* By name, in any case. NULL where there is none. */
const struct directive *directive_find(struct slice name);

/* True for one whose value is never shown. */
bool directive_is_secret(const struct directive *directive);
/* True where both configurations have the same value. */
bool directive_is_same(const struct directive *directive, const struct config *a,
                       const struct config *b);
/* Takes a secret's value over from another configuration. */
void directive_copy_secret(const struct directive *directive, struct config *to,
                           const struct config *from);

/*
 * Sets the directive's field from the words of a line; what it points to lives in config->arena.
 * Fails with ERR and leaves the field as it was; the message does not name the directive.
 */
bool directive_parse(const struct directive *directive, struct config *config,
                     const struct slice *words, size_t nwords, struct error *err) QUIPU_MUST_CHECK;
/* Appends the value as CONFIG GET shows it, and, but for secrets, as directive_parse reads it. */
void directive_print(const struct directive *directive, const struct config *config,
                     struct strbuf *out);
/* Appends `name value` as a line of a file, with its line break. Not for DATASET. */
void directive_print_line(const struct directive *directive, const struct config *config,
                          struct strbuf *out);
/* "milliseconds", "bytes", "auto, sets or columns", ...; "" where there is nothing to say. */
void directive_print_unit(const struct directive *directive, struct strbuf *out);
/* A row of the table in docs/configuration.md, with its line break. */
void directive_print_row(const struct directive *directive, struct strbuf *out);
/* Its block of conf/quipu.conf: comment, unit, default, and the line itself. */
void directive_print_sample(const struct directive *directive, struct strbuf *out);

#endif
