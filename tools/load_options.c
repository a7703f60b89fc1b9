/*
 * quipu-load's command line. in: argv; out: options that fit together.
 *
 *     --delimiter ';' --na NA,NULL --label sex 1 female survey.csv
 *
 * A wrong option is one line, and where to look.
 */
#include "tools/load_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/version.h"

enum {
    /* The server writes rows of one partition that come together in one script: the more are under
     * way, the more do; from 4,000 on it is as fast as it gets (500 to 10,000 tried). */
    WINDOW_DEFAULT = 4000,
    WINDOW_MOST = 1000000,
    SKIP_MOST = 1000000
};

static const char usage[] =
    "usage: quipu-load [options] FILE                  (-: standard input)\n"
    "       quipu-load [options] --sql \"select ...\"\n"
    "       quipu-load [options] --from redis://[user:password@]host[:port][/db]\n"
    "\n"
    "Loads the rows of a file into a dataset, which it makes if there is none. How\n"
    "the file is written is seen by its first 64 KiB, and said; gzip, Zstandard,\n"
    "bzip2 and xz are seen, too. tools/README.md has the details.\n"
    "\n"
    "The dataset and its rows:\n"
    "  --dataset D        the dataset (default current)\n"
    "  --prefix P         the prefix of its row keys (default: what it has; of a\n"
    "                     new one, its name and _)\n"
    "  --key FIELD        the field with the row's key; it stays a field\n"
    "                     (default: a column `key`, which does not; else rows are\n"
    "                     numbered)\n"
    "  --update           rows of the file's keys are changed, others added\n"
    "  --append           rows are added under keys of their own\n"
    "  --replace          the file's rows take the place of all, in one step\n"
    "  --label F V TEXT   value V of field F is shown as TEXT; again for others\n"
    "  --field-label F TEXT\n"
    "                     field F is called TEXT where people read it\n"
    "  --multi F SEP      cells of field F hold several values, SEP between them\n"
    "\n"
    "The file:\n"
    "  --dry-run          loads nothing: shows how the file is read, its first\n"
    "                     rows, and what its fields are; needs no server\n"
    "  --delimiter C      ',', ';', '|', TAB or another byte\n"
    "  --quote C          '\"', or another byte, or none\n"
    "  --escape C         what takes a quote's meaning inside quotes, or none\n"
    "  --decimal C        '.' or ','\n"
    "  --thousands C      what numbers have between thousands: ',' '.' ' ' or '\n"
    "  --header yes|no    whether the first line names the fields\n"
    "  --encoding E       UTF-8, ISO-8859-1, ... as iconv calls it; none: bytes of CSV\n"
    "                     stay as they are\n"
    "  --trim             blanks at both ends of a cell are no part of it\n"
    "  --skip N           leave N lines out at the start\n"
    "  --na A,B,...       cells that are missing values\n"
    "  --catalog FILE     of SAS: labels of values are in this file (.sas7bcat)\n"
    "  --empty-text       a text without bytes is a value: \"\" in CSV and JSON, what is\n"
    "                     not null in Parquet and Arrow (default: missing, too)\n"
    "  --rows-in NAME     of JSON: the array of rows has this name in an object;\n"
    "                     a.b: in an object in it\n"
    "  --skip-errors      skip lines that cannot be loaded\n"
    "  --sql Q            in place of a file: what this query of DuckDB's gives\n"
    "  --cursor-file FILE what remembers how far a load without keys, or a copy, is\n"
    "                     (default quipu-load.<dataset>.cursor)\n"
    "\n"
    "Another Redis:\n"
    "  --from URL         in place of a file: a Redis, or all masters of a cluster.\n"
    "                     Each hash becomes a row under its own key. rediss:// is TLS.\n"
    "                     REDISCLI_AUTH may hold the password\n"
    "  --match P          which keys (default: the prefix and *)\n"
    "\n"
    "The server:\n"
    "  --host HOST        the server (default 127.0.0.1)\n"
    "  --port N           its port (default 7379)\n"
    "  --unixsocket FILE  its unix socket, in place of host and port\n"
    "  --user USER        log in as this user\n"
    "  --pass PASSWORD    with this password (default: what QUIPU_AUTH holds; without\n"
    "                     --from, also REDISCLI_AUTH)\n"
    "  --tls              speak TLS to it\n"
    "  --cacert FILE      with TLS, also of rediss://: the trusted authorities\n"
    "                     (default: those of this machine)\n"
    "  --cert FILE        with TLS: a certificate to show\n"
    "  --cert-key FILE    the key of that certificate\n"
    "  --pipeline N       rows that may be under way at once (default 4000)\n"
    "  --quiet            errors and notes of what may be misread only: no progress,\n"
    "                     no summary\n"
    "  --help             show this\n"
    "  --version          show the version\n";

static const char program[] = "quipu-load";

static bool
wrong(const char *message)
{
    return option_is_wrong(program, message);
}

static bool
wrong_value(const char *name, const char *wanted, const char *text)
{
    return option_value_is_wrong(program, name, wanted, text);
}

static bool
parse_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *out)
{
    return option_number(program, name, text, least, most, out);
}

/* One byte, or its name. may_be_none: also "none". */
static bool
parse_byte(const char *name, const char *text, bool may_be_none, int *out)
{
    static const struct {
        const char *name;
        int byte;
    } names[] = {{"tab", '\t'}, {"TAB", '\t'}, {"\\t", '\t'}, {"space", ' '}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i].name) == 0) {
            *out = names[i].byte;
            return true;
        }
    }
    if (may_be_none && (strcmp(text, "none") == 0 || *text == '\0')) {
        *out = 0;
        return true;
    }
    *out = (unsigned char) *text;
    bool is_byte = strlen(text) == 1 && *text != '\n' && *text != '\r' && *out < 0x80;
    return is_byte ||
           wrong_value(name,
                       may_be_none ? "one ASCII character or none" : "one ASCII character, or TAB",
                       text);
}

static bool
parse_decimal(const char *text, int *out)
{
    *out = strcmp(text, "comma") == 0 ? ',' : strcmp(text, "point") == 0 ? '.' : *text;
    bool is_one = strlen(text) == 1 || strcmp(text, "comma") == 0 || strcmp(text, "point") == 0;
    return (is_one && (*out == ',' || *out == '.')) || wrong_value("--decimal", "',' or '.'", text);
}

static bool
parse_thousands(const char *text, char *out)
{
    int byte;
    if (!parse_byte("--thousands", text, false, &byte)) {
        return false;
    }
    *out = (char) byte;
    return strchr(",.' _", byte) || wrong_value("--thousands", "',', '.', ' ', ''' or '_'", text);
}

static bool
parse_header(const char *text, int *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0 || wrong_value("--header", "yes or no", text);
}

static void
parse_na(struct arena *arena, const char *text, struct source_options *file)
{
    struct slice rest = slice_str(text);
    size_t n = 1;
    for (size_t i = 0; i < rest.len; i++) {
        n += rest.ptr[i] == ',';
    }
    struct slice *words = arena_array(arena, n + file->nna, sizeof *words);
    if (file->nna) {
        memcpy(words, file->na, file->nna * sizeof *words);
    }
    for (size_t i = 0; i < n; i++) {
        words[file->nna++] = slice_shift(&rest, ',');
    }
    file->na = words;
}

/* Options with several words take them from argv behind the first. */
static const char *
next_word(int argc, char **argv)
{
    return optind < argc ? argv[optind++] : NULL;
}

struct parsing {
    struct arena *arena;
    struct load_options *options;
    struct target_saying *sayings;
    size_t capacity;
    struct source_separator *separators;
    size_t separators_capacity;
    int argc;
    char **argv;
};

static bool
add_saying(struct parsing *parsing, struct target_saying saying, bool is_whole, const char *wanted)
{
    struct load_options *options = parsing->options;
    parsing->sayings = arena_room(parsing->arena, parsing->sayings, options->nsayings,
                                  &parsing->capacity, sizeof *parsing->sayings);
    parsing->sayings[options->nsayings++] = saying;
    options->sayings = parsing->sayings;
    return is_whole || wrong(wanted);
}

static bool
parse_label(struct parsing *parsing)
{
    struct target_saying saying = {.field = slice_str(optarg)};
    const char *value = next_word(parsing->argc, parsing->argv);
    const char *label = next_word(parsing->argc, parsing->argv);
    saying.value = slice_str(value);
    saying.label = slice_str(label);
    return add_saying(parsing, saying, label && saying.value.len,
                      "--label takes a field, a value and its label");
}

static bool
parse_field_label(struct parsing *parsing)
{
    struct target_saying saying = {.field = slice_str(optarg)};
    saying.label = slice_str(next_word(parsing->argc, parsing->argv));
    return add_saying(parsing, saying, saying.label.len,
                      "--field-label takes a field and what it is called");
}

static bool
parse_multi(struct parsing *parsing)
{
    struct target_saying saying = {.field = slice_str(optarg)};
    saying.separator = slice_str(next_word(parsing->argc, parsing->argv));
    struct source_options *file = &parsing->options->file;
    parsing->separators = arena_room(parsing->arena, parsing->separators, file->nseparators,
                                     &parsing->separators_capacity, sizeof *parsing->separators);
    parsing->separators[file->nseparators++] =
        (struct source_separator){saying.field, saying.separator};
    file->separators = parsing->separators;
    return add_saying(parsing, saying, saying.separator.len > 0,
                      "--multi takes a field and what stands between its values");
}

static bool
set_mode(struct load_options *options, enum load_mode mode)
{
    bool is_first = options->mode == LOAD_PLAIN || options->mode == mode;
    options->mode = mode;
    return is_first || wrong("--update, --append and --replace exclude each other");
}

enum load_option {
    DATASET,
    KEY,
    PREFIX,
    PIPELINE,
    SKIP_ERRORS,
    QUIET,
    FROM,
    MATCH,
    CURSOR_FILE,
    UPDATE,
    APPEND,
    REPLACE,
    LABEL,
    FIELD_LABEL,
    MULTI,
    DRY_RUN,
    DELIMITER,
    QUOTE,
    ESCAPE,
    DECIMAL,
    THOUSANDS,
    HEADER,
    ENCODING,
    SKIP,
    TRIM,
    NA,
    SQL,
    ROWS_IN,
    CATALOG,
    EMPTY_TEXT,
    HELP,
    VERSION
};

static const struct option known[] = {
    SERVER_OPTIONS,
    {"dataset", required_argument, NULL, DATASET},
    {"key", required_argument, NULL, KEY},
    {"prefix", required_argument, NULL, PREFIX},
    {"pipeline", required_argument, NULL, PIPELINE},
    {"from", required_argument, NULL, FROM},
    {"match", required_argument, NULL, MATCH},
    {"cursor-file", required_argument, NULL, CURSOR_FILE},
    {"skip-errors", no_argument, NULL, SKIP_ERRORS},
    {"quiet", no_argument, NULL, QUIET},
    {"update", no_argument, NULL, UPDATE},
    {"append", no_argument, NULL, APPEND},
    {"replace", no_argument, NULL, REPLACE},
    {"label", required_argument, NULL, LABEL},
    {"field-label", required_argument, NULL, FIELD_LABEL},
    {"multi", required_argument, NULL, MULTI},
    {"dry-run", no_argument, NULL, DRY_RUN},
    {"delimiter", required_argument, NULL, DELIMITER},
    {"quote", required_argument, NULL, QUOTE},
    {"escape", required_argument, NULL, ESCAPE},
    {"decimal", required_argument, NULL, DECIMAL},
    {"thousands", required_argument, NULL, THOUSANDS},
    {"header", required_argument, NULL, HEADER},
    {"encoding", required_argument, NULL, ENCODING},
    {"skip", required_argument, NULL, SKIP},
    {"trim", no_argument, NULL, TRIM},
    {"na", required_argument, NULL, NA},
    {"sql", required_argument, NULL, SQL},
    {"rows-in", required_argument, NULL, ROWS_IN},
    {"catalog", required_argument, NULL, CATALOG},
    {"empty-text", no_argument, NULL, EMPTY_TEXT},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

/* False: the message has been written. */
static bool
take_option(struct parsing *parsing, enum load_option option)
{
    struct load_options *options = parsing->options;
    struct dialect_wishes *csv = &options->file.csv;
    int64_t number;
    switch (option) {
    case DATASET: options->dataset = optarg; return true;
    case KEY: options->key = optarg; return true;
    case PREFIX: options->prefix = optarg; return true;
    case PIPELINE:
        if (!parse_number("--pipeline", optarg, 1, WINDOW_MOST, &number)) {
            return false;
        }
        options->window = (size_t) number;
        return true;
    case FROM: options->from = optarg; return true;
    case MATCH: options->match = optarg; return true;
    case CURSOR_FILE: options->cursor_path = optarg; return true;
    case SKIP_ERRORS: options->skip_errors = true; return true;
    case QUIET: options->quiet = true; return true;
    case UPDATE: return set_mode(options, LOAD_UPDATE);
    case APPEND: return set_mode(options, LOAD_APPEND);
    case REPLACE: return set_mode(options, LOAD_REPLACE);
    case LABEL: return parse_label(parsing);
    case FIELD_LABEL: return parse_field_label(parsing);
    case MULTI: return parse_multi(parsing);
    case DRY_RUN: options->dry_run = true; return true;
    case DELIMITER: return parse_byte("--delimiter", optarg, false, &csv->delimiter);
    case QUOTE: return parse_byte("--quote", optarg, true, &csv->quote);
    case ESCAPE: return parse_byte("--escape", optarg, true, &csv->escape);
    case DECIMAL: return parse_decimal(optarg, &csv->decimal);
    case THOUSANDS: return parse_thousands(optarg, &options->file.thousands);
    case HEADER: return parse_header(optarg, &csv->has_header);
    case ENCODING: options->file.encoding = optarg; return true;
    case SKIP: return parse_number("--skip", optarg, 0, SKIP_MOST, &csv->skip);
    case TRIM: csv->is_trimmed = true; return true;
    case NA: parse_na(parsing->arena, optarg, &options->file); return true;
    case SQL: options->file.sql = optarg; return true;
    case ROWS_IN: options->file.rows_in = optarg; return true;
    case CATALOG: options->file.catalog = optarg; return true;
    case EMPTY_TEXT: options->file.keeps_empty_texts = true; return true;
    case HELP:
    case VERSION: return true;
    }
    return false;
}

static bool
options_fit(const struct load_options *options, int nwords)
{
    if (options->from && (nwords || options->key || options->dry_run || options->mode)) {
        return wrong(
            "--from stands alone: without a file, --key, --dry-run, --update, --append and "
            "--replace");
    }
    const char *sql = options->file.sql;
    if (sql && (options->from || nwords)) {
        return wrong("--sql stands in place of a file and of --from");
    }
    if (options->file.catalog && (options->from || sql)) {
        return wrong("--catalog belongs to a file of SAS");
    }
    if (!options->from && !sql && nwords != 1) {
        return wrong(nwords ? "one file at a time" : "which file? (-: standard input)");
    }
    if (!options->from && options->match) {
        return wrong("--match belongs to --from");
    }
    if (options->key && options->mode == LOAD_APPEND) {
        return wrong("--append makes keys of its own: it has no --key");
    }
    return true;
}

int
load_options_parse(struct arena *arena, int argc, char **argv, struct load_options *options)
{
    struct parsing parsing = {.arena = arena, .options = options, .argc = argc, .argv = argv};
    *options = (struct load_options){.server = server_options_default(),
                                     .dataset = "current",
                                     .file = {.csv = dialect_no_wishes()},
                                     .window = WINDOW_DEFAULT};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == HELP) {
            fputs(usage, stdout);
            return 0;
        }
        if (option == VERSION) {
            version_print(program);
            return 0;
        }
        if (option == '?') {
            return option_is_unknown(program, argv[optind - 1]);
        }
        bool ok = server_option_is(option) ? server_option_take(program, &options->server, option)
                                           : take_option(&parsing, (enum load_option) option);
        if (!ok) {
            return 2;
        }
    }
    if (!options_fit(options, argc - optind)) {
        return 2;
    }
    options->file.path = argv[optind];
    server_options_end(&options->server, !options->from);
    return LOAD_GO_ON;
}
