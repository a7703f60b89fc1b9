/*
 * Reads the command line. in: words; out: options, or one line that says which word is wrong.
 *
 * Example: "db1:7380" is an address, unless there is a file of that name.
 */
#include "tools/shell/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/words.h"
#include "parser/ast_names.h"
#include "tools/version.h"

static const char usage[] =
    "usage: quipu [options] [host:port]\n"
    "       quipu [options] file ...\n"
    "\n"
    "A shell for questions. It connects to a quipu-server (localhost:7379 unless told\n"
    "otherwise). With files (csv, json and what else quipu-load reads) it starts a server of\n"
    "its own over them, each file a dataset of its name, and ends it with the shell.\n"
    "\n"
    "    quipu survey.csv\n"
    "    quipu> count sex, age by 10 from survey percent of row totals;\n"
    "\n"
    "A query may go over lines; `;` or an empty line ends it. \\help lists the commands of the\n"
    "shell. What is neither is sent as a command of Redis. Ctrl-C cancels a query.\n"
    "A script is read from standard input where that is no terminal.\n"
    "\n"
    "Options:\n"
    "  -c QUERY           run this and end; may be given more than once\n"
    "  --format table|markdown|csv|json|map|rows|nested|server\n"
    "                     of answers (default table); server: what the server gives without\n"
    "                     being asked for a format\n"
    "  --width N          draw tables for N columns (default: the terminal's, else 80)\n"
    "  --load OPTIONS     with files: options of quipu-load, such as '--na NA,NULL --replace'\n"
    "  --dir DIR          with files: keep the data in this directory; without files: open it\n"
    "                     again\n"
    "  --help             show this\n"
    "  --version          show the version\n"
    "\n"
    "The server, another way than by host:port:\n"
    "  --host HOST        the server (default localhost)\n"
    "  --port N           its port (default 7379)\n"
    "  --unixsocket FILE  its unix socket, in place of host and port\n"
    "  --user USER        log in as this user\n"
    "  --pass PASSWORD    with this password (default: what QUIPU_AUTH or REDISCLI_AUTH holds)\n"
    "  --tls              speak TLS to it\n"
    "  --cacert FILE      with TLS: the trusted authorities (default: those of this machine)\n"
    "  --cert FILE        with TLS: a certificate to show\n"
    "  --cert-key FILE    the key of that certificate\n"
    "\n"
    "Exit status: 0, 1 if a query failed or its answer could not be written, 2 for wrong options.\n"
    "Files: the history of what was typed is in $XDG_STATE_HOME/quipu/history, else in\n"
    "~/.local/state/quipu/history, else in ~/.quipu_history.\n"
    "Environment: PAGER shows long answers (default: less -S -F -X); NO_COLOR; COLUMNS.\n";

bool
options_format(const char *word, enum ast_format *out)
{
    if (slice_equal_nocase(slice_str(word), slice_lit("server"))) {
        *out = AST_FORMAT_DEFAULT;
        return true;
    }
    for (int i = AST_FORMAT_NESTED; i <= AST_FORMAT_CSV; i++) {
        if (slice_equal_nocase(slice_str(word), slice_str(ast_format_name((enum ast_format) i)))) {
            *out = (enum ast_format) i;
            return true;
        }
    }
    return false;
}

bool
options_is_private(const struct shell_options *options)
{
    return options->nfiles > 0 || options->directory;
}

static enum options_outcome
wrong(const char *what, const char *word)
{
    fprintf(stderr, "quipu: %s: %s (quipu --help lists the options)\n", what, word);
    return OPTIONS_WRONG;
}

static bool
number_parse(const char *word, int64_t least, int64_t most, int64_t *out)
{
    return slice_to_int64(slice_str(word), out) && *out >= least && *out <= most;
}

/* host:port, [::1]:port, :port. False: it is none. */
static bool
address_parse(struct arena *arena, const char *word, struct connection_address *out)
{
    const char *colon = strrchr(word, ':');
    int64_t port;
    if (!colon || !number_parse(colon + 1, 1, 65535, &port)) {
        return false;
    }
    struct slice host = slice_of(word, (size_t) (colon - word));
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = slice_of(host.ptr + 1, host.len - 2);
    }
    if (host.len) {
        out->host = arena_copy(arena, host).ptr;
    }
    out->port = (int) port;
    return true;
}

enum option_kind {
    OPTION_FORMAT = 256,
    OPTION_WIDTH,
    OPTION_DIR,
    OPTION_LOAD,
    OPTION_HOST,
    OPTION_PORT,
    OPTION_UNIXSOCKET,
    OPTION_USER,
    OPTION_PASS,
    OPTION_TLS,
    OPTION_CACERT,
    OPTION_CERT,
    OPTION_CERT_KEY,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option KNOWN[] = {
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"load", required_argument, NULL, OPTION_LOAD},
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"unixsocket", required_argument, NULL, OPTION_UNIXSOCKET},
    {"user", required_argument, NULL, OPTION_USER},
    {"pass", required_argument, NULL, OPTION_PASS},
    {"tls", no_argument, NULL, OPTION_TLS},
    {"cacert", required_argument, NULL, OPTION_CACERT},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"cert-key", required_argument, NULL, OPTION_CERT_KEY},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static enum options_outcome
option_take(struct arena *arena, struct shell_options *options, int option, const char *word)
{
    int64_t number;
    switch (option) {
    case OPTION_FORMAT:
        options->has_format = true;
        return options_format(word, &options->format) ? OPTIONS_RUN
                                                      : wrong("--format takes no such word", word);
    case OPTION_WIDTH:
        if (!number_parse(word, 20, 10000, &number)) {
            return wrong("--width takes a number from 20 to 10000", word);
        }
        options->has_width = true;
        setenv("COLUMNS", word, 1);
        break;
    case OPTION_DIR: options->directory = word; break;
    case OPTION_LOAD:
        if (!words_split(arena, slice_str(word), &options->load_words, &options->nload_words)) {
            return wrong("--load: a quote is not closed", word);
        }
        break;
    case OPTION_HOST: options->address.host = word; break;
    case OPTION_PORT:
        if (!number_parse(word, 1, 65535, &number)) {
            return wrong("--port takes a number from 1 to 65535", word);
        }
        options->address.port = (int) number;
        break;
    case OPTION_UNIXSOCKET: options->address.unix_path = word; break;
    case OPTION_USER: options->address.user = word; break;
    case OPTION_PASS: options->address.password = word; break;
    case OPTION_TLS: options->has_tls = true; break;
    case OPTION_CACERT: options->certificates.ca_cert_file = word; break;
    case OPTION_CERT: options->certificates.cert_file = word; break;
    case OPTION_CERT_KEY: options->certificates.key_file = word; break;
    case OPTION_HELP: fputs(usage, stdout); return OPTIONS_DONE;
    default: version_print("quipu"); return OPTIONS_DONE;
    }
    return OPTIONS_RUN;
}

/* The words that are no options: an address, or files. */
static enum options_outcome
words_take(struct arena *arena, struct shell_options *options, char **words, size_t nwords,
           bool has_server)
{
    if (nwords == 1 && access(words[0], F_OK) != 0 &&
        address_parse(arena, words[0], &options->address)) {
        return options->directory ? wrong("--dir is for a server of the shell's own, and this is an"
                                          " address",
                                          words[0])
                                  : OPTIONS_RUN;
    }
    for (size_t i = 0; i < nwords; i++) {
        if (access(words[i], R_OK) != 0) {
            return wrong("no such file, nor an address such as localhost:7379", words[i]);
        }
    }
    options->files = words;
    options->nfiles = nwords;
    if (options_is_private(options) && has_server) {
        return wrong("files have a server of their own, which takes no address",
                     nwords ? words[0] : options->directory);
    }
    return OPTIONS_RUN;
}

enum options_outcome
options_parse(struct arena *arena, struct shell_options *options, int argc, char **argv)
{
    *options = (struct shell_options){.address = {.host = "localhost", .port = 7379},
                                      .certificates = {.prefix = "--"},
                                      .format = AST_FORMAT_TABLE};
    const char **commands = arena_array(arena, (size_t) argc, sizeof *commands);
    bool has_server = false;
    opterr = 0;
    for (int option, at = 1; (option = getopt_long(argc, argv, ":c:", KNOWN, NULL)) != -1;
         at = optind) {
        if (option == '?' || option == ':') {
            return wrong(option == ':' ? "no value behind it" : "no such option", argv[at]);
        }
        if (option == 'c') {
            commands[options->ncommands++] = optarg;
            continue;
        }
        has_server |= option >= OPTION_HOST && option <= OPTION_CERT_KEY;
        enum options_outcome outcome = option_take(arena, options, option, optarg);
        if (outcome != OPTIONS_RUN) {
            return outcome;
        }
    }
    options->commands = commands;
    if (!options->address.password) {
        options->address.password = getenv("QUIPU_AUTH");
    }
    if (!options->address.password) {
        options->address.password = getenv("REDISCLI_AUTH");
    }
    return words_take(arena, options, argv + optind, (size_t) (argc - optind), has_server);
}
