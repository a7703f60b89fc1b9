/*
 * quipu-export's command line. in: argv; out: options that fit together.
 *
 *     --dataset survey -o survey.sav
 *
 * A wrong option is one line, and where to look.
 */
#include "tools/export/options.h"

#include <stdio.h>
#include <unistd.h>

#include "tools/version.h"

static const char program[] = "quipu-export";

static const char usage[] =
    "usage: quipu-export [options] --dataset D [--where COND] [-o FILE]\n"
    "       quipu-export [options] --query QUERY [-o FILE]\n"
    "\n"
    "Writes rows, or the table of a count, into a file. docs/export.md has the\n"
    "details.\n"
    "\n"
    "    quipu-export --dataset survey -o survey.sav\n"
    "    quipu-export --query 'count sex, age by 10 from survey' -o table.csv\n"
    "\n"
    "What:\n"
    "  --dataset D        all rows, with all fields\n"
    "  --where COND       those for which it holds\n"
    "  --query QUERY      count ..., sum(...) ..., values ..., or rows ...\n"
    "\n"
    "Where to:\n"
    "  -o, --output FILE  the file (default -: standard output). With .gz or .zst\n"
    "                     behind its name it is compressed\n"
    "  --format %s\n"
    "                     how it is written (default: by the file's name)\n"
    "  --key NAME         the column with the rows' keys (default key)\n"
    "  --no-key           leave it out\n"
    "  --text             numbers and dates stay text\n"
    "\n"
    "The server:\n"
    "  --host HOST        the server (default 127.0.0.1)\n"
    "  --port N           its port (default 7379)\n"
    "  --unixsocket FILE  its unix socket, in place of host and port\n"
    "  --user USER        log in as this user\n"
    "  --pass PASSWORD    with this password (default: what QUIPU_AUTH or\n"
    "                     REDISCLI_AUTH holds)\n"
    "  --tls              speak TLS to it\n"
    "  --cacert FILE      with TLS: the trusted authorities (default: those of this\n"
    "                     machine)\n"
    "  --cert FILE        with TLS: a certificate to show\n"
    "  --cert-key FILE    the key of that certificate\n"
    "  --quiet            errors only: no progress, no notes, no summary\n"
    "  --help             show this\n"
    "  --version          show the version\n"
    "\n"
    "Exit status: 0, 1 if not all is written, 2 for wrong options.\n";

enum export_option {
    QUERY = 1,
    DATASET,
    WHERE,
    OUTPUT,
    FORMAT,
    KEY,
    NO_KEY,
    TEXT,
    QUIET,
    HELP,
    VERSION
};

static const struct option known[] = {
    SERVER_OPTIONS,
    {"query", required_argument, NULL, QUERY},
    {"dataset", required_argument, NULL, DATASET},
    {"where", required_argument, NULL, WHERE},
    {"output", required_argument, NULL, OUTPUT},
    {"format", required_argument, NULL, FORMAT},
    {"key", required_argument, NULL, KEY},
    {"no-key", no_argument, NULL, NO_KEY},
    {"text", no_argument, NULL, TEXT},
    {"quiet", no_argument, NULL, QUIET},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

static void
usage_print(void)
{
    struct strbuf names;
    strbuf_init(&names);
    format_names(&names, "|");
    printf(usage, strbuf_slice(&names).ptr);
    strbuf_fini(&names);
}

static bool
format_is_wrong(const char *word)
{
    struct strbuf names;
    strbuf_init(&names);
    format_names(&names, ", ");
    bool ok = option_value_is_wrong(program, "--format", strbuf_slice(&names).ptr, word);
    strbuf_fini(&names);
    return ok;
}

/* False: the message has been written. */
static bool
take_option(struct export_options *options, enum export_option option)
{
    switch (option) {
    case QUERY: options->query = optarg; return true;
    case DATASET: options->dataset = optarg; return true;
    case WHERE: options->where = optarg; return true;
    case OUTPUT: options->path = optarg; return true;
    case FORMAT:
        options->format = format_named(slice_str(optarg));
        return options->format || format_is_wrong(optarg);
    case KEY: options->key = optarg; return true;
    case NO_KEY: options->key = NULL; return true;
    case TEXT: options->is_all_text = true; return true;
    case QUIET: options->quiet = true; return true;
    case HELP:
    case VERSION: return true;
    }
    return false;
}

static bool
options_fit(struct export_options *options, int nwords)
{
    if (nwords) {
        return option_is_wrong(program, "the file is said by -o");
    }
    if (!options->query == !options->dataset) {
        return option_is_wrong(program, "either --dataset or --query says what is written");
    }
    if (options->query && options->where) {
        return option_is_wrong(program, "--where belongs to --dataset: a query has its own");
    }
    if (options->key && !*options->key) {
        return option_is_wrong(program, "--key takes a name");
    }
    if (!options->format) {
        options->format = format_of_path(slice_str(options->path));
    }
    if (!options->format) {
        return option_is_wrong(program, "--format says how the file is written, or its name: "
                                        "-o people.csv");
    }
    options->compression = compression_of_path(slice_str(options->path));
    if (options->format->writes_path && options->compression != COMPRESSION_NONE) {
        return option_is_wrong(program, "this format is compressed by itself: without .gz, .zst");
    }
    bool is_standard = strcmp(options->path, "-") == 0;
    if (options->format->writes_path && is_standard) {
        return option_is_wrong(program, "this format needs a file: -o FILE");
    }
    return !options->format->needs_kinds || !is_standard || !isatty(STDOUT_FILENO) ||
           option_is_wrong(program, "this format is not for a terminal: -o FILE");
}

int
options_parse(int argc, char **argv, struct export_options *options)
{
    enum { WRONG = 2 };
    *options =
        (struct export_options){.server = server_options_default(), .path = "-", .key = "key"};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "o:", known, NULL)) != -1;) {
        if (option == HELP) {
            usage_print();
            return 0;
        }
        if (option == VERSION) {
            version_print(program);
            return 0;
        }
        if (option == '?') {
            return option_is_unknown(program, argv[optind - 1]);
        }
        option = option == 'o' ? OUTPUT : option;
        if (!(server_option_is(option) ? server_option_take(program, &options->server, option)
                                       : take_option(options, (enum export_option) option))) {
            return WRONG;
        }
    }
    if (!options_fit(options, argc - optind)) {
        return WRONG;
    }
    server_options_end(&options->server, true);
    return EXPORT_GO_ON;
}
