/*
 * The directives of the configuration, in one table. The file, the command line, CONFIG GET and
 * SET, --help, conf/quipu.conf and the table of docs/configuration.md all come from it.
 *
 *     const struct directive *directive = directive_find(slice_lit("query-timeout"));
 *     directive_parse(directive, config, words, 1, &err)      "5s" -> config->query_timeout_ms 5000
 *     directive_print(directive, config, &out)                5000
 *
 * To add a directive, write a field in struct config, a row in the table in directive.c, and its
 * use. test_config then says what is missing in the documents.
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
    DIRECTIVE_WORDS,   /* one or more words */
    DIRECTIVE_SHARDS,
    DIRECTIVE_DATASET, /* repeatable: each adds one */
    DIRECTIVE_USER,    /* repeatable: each adds one */
    DIRECTIVE_SECRET,  /* one word; "" is none; never printed */
    DIRECTIVE_PASSWORD /* the same, and only its hash is kept */
};

/* Printed in place of a secret, and never taken as a value. */
#define DIRECTIVE_HIDDEN "********"

struct directive {
    const char *name;
    enum directive_type type;
    size_t offset;            /* the place of its field in struct config */
    const char *by_default;   /* as in a file; "" is none */
    int64_t min, max;         /* of numbers, in the directive's unit */
    const char *const *names; /* CHOICE: by value, ended by NULL */
    bool live;       /* CONFIG SET can change it; false for lists that share parts with a copy */
    const char *doc; /* what it does, in sentences */
};

size_t directive_count(void);
const struct directive *directive_at(size_t index);
/* Finds a directive by name, in any case. NULL: there is none. */
const struct directive *directive_find(struct slice name);

/* True for a directive whose value is never shown. */
bool directive_is_secret(const struct directive *directive);
/* True if both configurations have the same value. */
bool directive_is_same(const struct directive *directive, const struct config *a,
                       const struct config *b);
/* Copies a secret's value from another configuration. */
void directive_copy_secret(const struct directive *directive, struct config *to,
                           const struct config *from);

/*
 * Sets the directive's field from the words of a line. Memory comes from config->arena. Fails with
 * ERR and leaves the field as it was. The message does not name the directive.
 */
bool directive_parse(const struct directive *directive, struct config *config,
                     const struct slice *words, size_t nwords, struct error *err) QUIPU_MUST_CHECK;
/* Appends the value as CONFIG GET shows it. Except for secrets, directive_parse can read it. */
void directive_print(const struct directive *directive, const struct config *config,
                     struct strbuf *out);
/* Appends `name value` as a line of a file, with its line break. Not for DATASET. */
void directive_print_line(const struct directive *directive, const struct config *config,
                          struct strbuf *out);
/*
 * Appends the unit: "milliseconds", "bytes", "auto, sets or columns", ...; nothing if there is no
 * unit.
 */
void directive_print_unit(const struct directive *directive, struct strbuf *out);
/* Appends a row of the table in docs/configuration.md, with its line break. */
void directive_print_row(const struct directive *directive, struct strbuf *out);
/* Appends its block of conf/quipu.conf: comment, unit, default, and the line itself. */
void directive_print_sample(const struct directive *directive, struct strbuf *out);

#endif
