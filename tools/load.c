/*
 * quipu-load: a CSV file, or the hashes of another Redis (tools/copy.h), into a dataset.
 * in: a file whose header names the fields; out: one HSET per row over one connection, many ahead
 * of their replies, and on standard error how far it got and every line that did not make it.
 *
 *     key,sex,Origin State           HSET profile_1 sex female "Origin State" Ohio
 *     1,female,Ohio            ->    HSET profile_2 sex male
 *     2,male,
 *
 * What is told as loaded was acknowledged by the server. Loading a file again does no harm: the
 * same rows get the same values.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "net/tls.h"
#include "tools/copy.h"
#include "tools/key_set.h"
#include "tools/pipeline.h"
#include "tools/progress.h"
#include "tools/resp.h"
#include "tools/rows/source.h"

enum {
    /* The server writes rows of one partition that come together in one script: the more are under
     * way, the more do; from 4,000 on it is as fast as it gets (500 to 10,000 tried). */
    WINDOW_DEFAULT = 4000,
    WINDOW_MOST = 1000000,
    MESSAGES_MOST = 20, /* with --skip-errors: further errors are counted only */
    PROGRESS_ROWS = 512 /* so many rows between two looks at the clock */
};

/* Of the reply to a line's HDEL; else the line's number is the tag. */
static const uint64_t TAG_EMPTIED = (uint64_t) 1 << 63;

static const char default_dataset[] = "current";
static const char default_prefix[] = "profile_";

static const char usage[] =
    "usage: quipu-load [options] file.csv\n"
    "       quipu-load [options] --from redis://[user:password@]host[:port][/db]\n"
    "\n"
    "Loads the rows of a CSV file (-: standard input) into a dataset.\n"
    "The first line names the fields; an empty cell is a field that the\n"
    "row does not have; an old value of it is removed.\n"
    "With --from, loads the hashes of another Redis, or of all masters of a\n"
    "cluster. Each becomes a row under its own key. REDISCLI_AUTH may hold the\n"
    "password.\n"
    "rediss:// is TLS.\n"
    "  --host H         the server (default 127.0.0.1)\n"
    "  --port N         its port (default 7379)\n"
    "  --unixsocket P   its unix socket, in place of host and port\n"
    "  --user U         log in as this user, with --pass P or what QUIPU_AUTH\n"
    "                   holds (without --from, also REDISCLI_AUTH)\n"
    "  --tls            speak TLS to it\n"
    "  --cacert F       with TLS, also of rediss://: the trusted authorities\n"
    "                   (default: those of this machine)\n"
    "  --cert F         a certificate to show, and --cert-key F its key\n"
    "  --dataset D      the dataset (default current)\n"
    "  --key FIELD      the column with the row's key (default: key or id;\n"
    "                   without one, rows are numbered)\n"
    "  --prefix P       the prefix of row keys; it is put before keys that\n"
    "                   lack it (default: the server is asked)\n"
    "  --pipeline N     rows that may be under way at once (default 4000)\n"
    "  --match P        with --from: which keys (default: the prefix and *)\n"
    "  --cursor-file F  with --from: the file that remembers how far the copy is\n"
    "                   (default quipu-load.<dataset>.cursor)\n"
    "  --skip-errors    skip lines that cannot be loaded\n"
    "  --quiet          errors only: no progress, no summary\n";

struct load_options {
    struct connection_address address; /* its tls is made of the next two */
    bool tls;
    struct tls_settings certificates;
    const char *dataset, *key, *prefix, *path;
    const char *from, *match, *cursor_path; /* from NULL: a file is loaded */
    size_t window;
    bool skip_errors, quiet;
};

struct load {
    struct load_options options;
    struct ssl_ctx_st *tls; /* NULL: nothing is spoken to by it */
    struct source *source;
    struct pipeline *pipeline;
    struct progress progress;
    struct strbuf prefix;
    struct strbuf address; /* "w47:", before every key: a row of that dataset */
    struct strbuf start;   /* "w47:profile_", before keys that do not begin with the prefix */
    size_t key_column;     /* SIZE_MAX: rows are numbered */
    struct arena *arena;
    struct slice *names_resp; /* each field's name as a RESP bulk string; in the arena */
    size_t nnames, names_capacity;
    uint64_t records; /* read so far: the number of a row without a key column */
    uint64_t loaded;  /* acknowledged */
    uint64_t without_fields;
    uint64_t malformed;   /* lines */
    uint64_t refused;     /* rows that the server answered with an error */
    struct key_set *keys; /* that were in the file; NULL: rows are numbered */
    bool has_rows;        /* the dataset had some before, or it is not known */
    uint64_t again;       /* lines whose key an earlier line had */
    uint64_t emptied;     /* fields that rows had, and empty cells have removed */
};

/* ---- messages ---- */

static void
load_say_error(struct load *load, const char *message)
{
    uint64_t nerrors = load->malformed + load->refused;
    if (nerrors > MESSAGES_MOST) {
        return;
    }
    progress_wipe(&load->progress);
    fprintf(stderr, "quipu-load: %s\n", message);
    if (nerrors == MESSAGES_MOST) {
        fputs("quipu-load: further errors are counted, but not shown\n", stderr);
    }
}

static void
load_summary(const struct load *load)
{
    char count[PROGRESS_COUNT_BYTES];
    int64_t elapsed_ms = progress_elapsed_ms(&load->progress);
    fprintf(stderr, "quipu-load: %s rows loaded in %.1f s", progress_count(count, load->loaded),
            (double) elapsed_ms / 1000);
    fprintf(stderr, ", %s rows/s", progress_count(count, progress_rate(load->loaded, elapsed_ms)));
    if (load->without_fields) {
        fprintf(stderr, "; skipped, without a field: %s",
                progress_count(count, load->without_fields));
    }
    if (load->malformed) {
        fprintf(stderr, "; skipped, malformed: %s", progress_count(count, load->malformed));
    }
    if (load->refused) {
        fprintf(stderr, "; refused by the server: %s", progress_count(count, load->refused));
    }
    if (load->again) {
        fprintf(stderr, "; lines that replace an earlier line with the same key: %s",
                progress_count(count, load->again));
    }
    if (load->emptied) {
        fprintf(stderr, "; fields removed by empty cells: %s",
                progress_count(count, load->emptied));
    }
    fputc('\n', stderr);
}

/* ---- rows ---- */

/* The fields that have come since; most formats know all of them from the start. */
static void
load_add_fields(struct load *load, const struct source_field *fields, size_t nfields)
{
    struct strbuf text;
    strbuf_init(&text);
    while (load->nnames < nfields) {
        strbuf_clear(&text);
        resp_append_bulk(&text, fields[load->nnames].name);
        load->names_resp = arena_room(load->arena, load->names_resp, load->nnames,
                                      &load->names_capacity, sizeof *load->names_resp);
        load->names_resp[load->nnames++] = arena_copy(load->arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
}

static void
load_append_key(struct load *load, const struct source_record *record)
{
    struct strbuf *out = pipeline_out(load->pipeline);
    struct slice start = strbuf_slice(&load->start);
    char number[24];
    struct slice key;
    if (load->key_column == SIZE_MAX) {
        int len = snprintf(number, sizeof number, "%llu", (unsigned long long) load->records);
        key = slice_of(number, (size_t) len);
    } else {
        key = record->cells[load->key_column];
        if (slice_starts_with(key, strbuf_slice(&load->prefix))) {
            start = strbuf_slice(&load->address);
        }
    }
    resp_append_bulk_joined(out, start, key);
}

/* Fields whose cells are empty go, where there may be a row that has them. */
static bool
load_empty(struct load *load, const struct source_record *record, size_t nempty, struct error *err)
{
    struct strbuf *out = pipeline_out(load->pipeline);
    resp_append_array(out, 2 + nempty);
    resp_append_bulk(out, slice_lit("HDEL"));
    load_append_key(load, record);
    for (size_t i = 0; i < record->ncells; i++) {
        if (i != load->key_column && !record->cells[i].len) {
            strbuf_append(out, load->names_resp[i]);
        }
    }
    return pipeline_commit(load->pipeline, record->place | TAG_EMPTIED, err);
}

/* False: nothing of it can be there yet. */
static bool
load_may_be_there(struct load *load, const struct source_record *record)
{
    enum key_seen seen = KEY_NEW;
    if (load->keys) {
        struct slice key = record->cells[load->key_column], prefix = strbuf_slice(&load->prefix);
        if (slice_starts_with(key, prefix)) { /* profile_7 is 7 */
            key = slice_of(key.ptr + prefix.len, key.len - prefix.len);
        }
        seen = key_set_add(load->keys, key);
    }
    load->again += seen == KEY_SEEN;
    return load->has_rows || seen != KEY_NEW;
}

/* The row as one HSET into the pipeline, and an HDEL. False where the connection is lost. */
static bool
load_row(struct load *load, const struct source_record *record, struct error *err)
{
    size_t nfields = 0;
    for (size_t i = 0; i < record->ncells; i++) {
        nfields += i != load->key_column && record->cells[i].len;
    }
    size_t nempty = record->ncells - nfields - (load->key_column != SIZE_MAX);
    bool may_be_there = load_may_be_there(load, record);
    if (nfields == 0) {
        load->without_fields++;
        return !may_be_there || !nempty || load_empty(load, record, nempty, err);
    }
    struct strbuf *out = pipeline_out(load->pipeline);
    resp_append_array(out, 2 + 2 * nfields);
    resp_append_bulk(out, slice_lit("HSET"));
    load_append_key(load, record);
    for (size_t i = 0; i < record->ncells; i++) {
        if (i != load->key_column && record->cells[i].len) {
            strbuf_append(out, load->names_resp[i]);
            resp_append_bulk(out, record->cells[i]);
        }
    }
    return pipeline_commit(load->pipeline, record->place, err) &&
           (!may_be_there || !nempty || load_empty(load, record, nempty, err));
}

static void
on_row_reply(void *arg, uint64_t tag, const struct redisReply *reply)
{
    struct load *load = arg;
    uint64_t place = tag & ~TAG_EMPTIED;
    if (reply->type == REDIS_REPLY_INTEGER && tag & TAG_EMPTIED) {
        load->emptied += (uint64_t) reply->integer;
        return;
    }
    if (reply->type == REDIS_REPLY_INTEGER) {
        load->loaded++;
        return;
    }
    load->refused++;
    struct error message = {0};
    error_set(&message, "ROW", "%s, %s %llu: the server answers: %.*s", source_title(load->source),
              source_unit(load->source), (unsigned long long) place,
              reply->str ? (int) reply->len : 15, reply->str ? reply->str : "no integer here");
    load_say_error(load, message.message);
}

/* True while the load is to go on. */
static bool
load_may_go_on(const struct load *load)
{
    return load->options.skip_errors || (load->malformed == 0 && load->refused == 0);
}

/*
 * Reads, sends and counts until the file ends or the first error. False, with err set, where the
 * connection is lost or the file cannot be read; what was acknowledged by then is counted.
 */
static bool
load_rows(struct load *load, struct error *err)
{
    while (load_may_go_on(load)) {
        if (source_would_wait(load->source) && !pipeline_drain(load->pipeline, err)) {
            return false;
        }
        struct source_record record;
        struct error bad = {0};
        enum source_status status = source_next(load->source, &record, &bad);
        if (status == SOURCE_END) {
            break;
        }
        if (status == SOURCE_BROKEN) {
            *err = bad;
            bool drained = pipeline_drain(load->pipeline, err);
            (void) drained; /* the first error stands */
            return false;
        }
        load->records++;
        if (status == SOURCE_OK && load->key_column != SIZE_MAX &&
            record.cells[load->key_column].len == 0) {
            error_set(&bad, "CSV", "%s, %s %llu: the row has no key", source_title(load->source),
                      source_unit(load->source), (unsigned long long) record.place);
            status = SOURCE_BAD;
        }
        if (status == SOURCE_BAD) {
            /* Replies first, so that messages come in the file's order. */
            if (!pipeline_drain(load->pipeline, err)) {
                return false;
            }
            load->malformed++;
            load_say_error(load, bad.message);
            continue;
        }
        size_t nfields;
        const struct source_field *fields = source_fields(load->source, &nfields);
        load_add_fields(load, fields, nfields);
        if (!load_row(load, &record, err)) {
            return false;
        }
        if (load->records % PROGRESS_ROWS == 0) {
            progress_update(&load->progress, load->loaded, source_done(load->source));
        }
    }
    return pipeline_drain(load->pipeline, err);
}

/* ---- before the rows ---- */

static size_t
column_named(const struct source_field *fields, size_t nfields, const char *name)
{
    for (size_t i = 0; i < nfields; i++) {
        if (slice_equal(fields[i].name, slice_str(name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool
load_read_fields(struct load *load, struct error *err)
{
    size_t nfields;
    const struct source_field *fields = source_fields(load->source, &nfields);
    const char *key = load->options.key;
    load->key_column = column_named(fields, nfields, key ? key : "key");
    if (!key && load->key_column == SIZE_MAX) {
        load->key_column = column_named(fields, nfields, "id");
    }
    if (key && load->key_column == SIZE_MAX) {
        return error_set(err, "CSV", "%s: the header has no column '%s' (--key)",
                         source_title(load->source), key);
    }
    load_add_fields(load, fields, nfields);
    return true;
}

struct dataset_answer {
    struct strbuf keys, prefix;
    bool is_empty; /* it says that there are no rows */
    struct error err;
};

/* DATASET INFO's pairs, of which `keys` and `prefix` matter; a server that does not tell it is no
 * error.
 */
static void
on_dataset_info(void *arg, uint64_t tag, const struct redisReply *reply)
{
    struct dataset_answer *answer = arg;
    (void) tag;
    if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NODATASET", 9) == 0) {
        error_set(&answer->err, "NODATASET", "the server answers: %s", reply->str);
    }
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
        const struct redisReply *name = reply->element[i], *value = reply->element[i + 1];
        struct strbuf *out = NULL;
        if (name->str && strcmp(name->str, "rows") == 0) {
            answer->is_empty = value->type == REDIS_REPLY_INTEGER && value->integer == 0;
        }
        if (name->str && value->str) {
            out = strcmp(name->str, "keys") == 0     ? &answer->keys
                  : strcmp(name->str, "prefix") == 0 ? &answer->prefix
                                                     : NULL;
        }
        if (out) {
            strbuf_clear(out);
            strbuf_append(out, slice_of(value->str, (size_t) value->len));
        }
    }
}

/* Asks the server what the dataset's row keys begin with. Also the first sign that one is there. */
static bool
load_ask_prefix(struct load *load, struct error *err)
{
    struct dataset_answer answer = {0};
    struct pipeline *pipeline;
    if (!pipeline_open(&load->options.address, 1, on_dataset_info, &answer, &pipeline, err)) {
        return false;
    }
    struct strbuf *out = pipeline_out(pipeline);
    resp_append_array(out, 3);
    resp_append_bulk(out, slice_lit("DATASET"));
    resp_append_bulk(out, slice_lit("INFO"));
    resp_append_bulk(out, slice_str(load->options.dataset));
    bool ok = pipeline_commit(pipeline, 0, err);
    pipeline_free(pipeline);
    if (ok && error_is_set(&answer.err)) {
        *err = answer.err;
        ok = false;
    }
    if (ok && load->options.prefix) {
        strbuf_append_str(&load->prefix, load->options.prefix);
    } else if (ok && answer.prefix.len) {
        strbuf_append(&load->prefix, strbuf_slice(&answer.prefix));
    } else if (ok && strcmp(load->options.dataset, default_dataset) == 0) {
        strbuf_append_str(&load->prefix, default_prefix);
    } else if (ok) {
        ok = error_set(err, "PREFIX",
                       "the prefix of the row keys of '%s' is not known: give it with --prefix",
                       load->options.dataset);
    }
    struct slice own = strbuf_slice(&answer.prefix), prefix = strbuf_slice(&load->prefix);
    if (ok && !slice_starts_with(prefix, own)) {
        /* The server would take such keys for ordinary ones, which no count sees. */
        ok = error_set(err, "PREFIX", "row keys of dataset '%s' begin with '%.*s', not with '%.*s'",
                       load->options.dataset, SLICE_ARG(own), SLICE_ARG(prefix));
    }
    /* Keys "w47:profile_*": by the dataset's own name, so that a load ends where it began, whatever
     * an alias comes to mean. */
    if (ok && answer.keys.len > own.len + 1) {
        strbuf_append(&load->address, slice_of(answer.keys.ptr, answer.keys.len - own.len - 1));
    }
    load->has_rows = !answer.is_empty;
    strbuf_append(&load->start, strbuf_slice(&load->address));
    strbuf_append(&load->start, strbuf_slice(&load->prefix));
    strbuf_fini(&answer.keys);
    strbuf_fini(&answer.prefix);
    return ok;
}

/* ---- the program ---- */

static bool
parse_number(const char *name, const char *text, int64_t most, int64_t *out)
{
    if (slice_to_int64(slice_str(text), out) && *out >= 1 && *out <= most) {
        return true;
    }
    fprintf(stderr, "quipu-load: %s takes a number from 1 to %lld, not '%s'\n", name,
            (long long) most, text);
    return false;
}

/* False: the message has been written. */
static bool
parse_options(struct load_options *options, int argc, char **argv)
{
    enum {
        HOST,
        PORT,
        UNIXSOCKET,
        USER,
        PASS,
        TLS,
        CACERT,
        CERT,
        CERT_KEY,
        DATASET,
        KEY,
        PREFIX,
        PIPELINE,
        SKIP_ERRORS,
        QUIET,
        FROM,
        MATCH,
        CURSOR_FILE,
        HELP
    };
    static const struct option known[] = {
        {"host", required_argument, NULL, HOST},
        {"port", required_argument, NULL, PORT},
        {"unixsocket", required_argument, NULL, UNIXSOCKET},
        {"user", required_argument, NULL, USER},
        {"pass", required_argument, NULL, PASS},
        {"tls", no_argument, NULL, TLS},
        {"cacert", required_argument, NULL, CACERT},
        {"cert", required_argument, NULL, CERT},
        {"cert-key", required_argument, NULL, CERT_KEY},
        {"dataset", required_argument, NULL, DATASET},
        {"key", required_argument, NULL, KEY},
        {"prefix", required_argument, NULL, PREFIX},
        {"pipeline", required_argument, NULL, PIPELINE},
        {"from", required_argument, NULL, FROM},
        {"match", required_argument, NULL, MATCH},
        {"cursor-file", required_argument, NULL, CURSOR_FILE},
        {"skip-errors", no_argument, NULL, SKIP_ERRORS},
        {"quiet", no_argument, NULL, QUIET},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    *options = (struct load_options){.address = {.host = "127.0.0.1", .port = 7379},
                                     .certificates = {.prefix = "--"},
                                     .dataset = default_dataset,
                                     .window = WINDOW_DEFAULT};
    int64_t number;
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case HOST: options->address.host = optarg; break;
        case PORT:
            if (!parse_number("--port", optarg, 65535, &number)) {
                return false;
            }
            options->address.port = (int) number;
            break;
        case UNIXSOCKET: options->address.unix_path = optarg; break;
        case USER: options->address.user = optarg; break;
        case PASS: options->address.password = optarg; break;
        case TLS: options->tls = true; break;
        case CACERT: options->certificates.ca_cert_file = optarg; break;
        case CERT: options->certificates.cert_file = optarg; break;
        case CERT_KEY: options->certificates.key_file = optarg; break;
        case DATASET: options->dataset = optarg; break;
        case KEY: options->key = optarg; break;
        case PREFIX: options->prefix = optarg; break;
        case PIPELINE:
            if (!parse_number("--pipeline", optarg, WINDOW_MOST, &number)) {
                return false;
            }
            options->window = (size_t) number;
            break;
        case FROM: options->from = optarg; break;
        case MATCH: options->match = optarg; break;
        case CURSOR_FILE: options->cursor_path = optarg; break;
        case SKIP_ERRORS: options->skip_errors = true; break;
        case QUIET: options->quiet = true; break;
        case HELP: fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); return false;
        }
    }
    bool has_copy_options = options->match || options->cursor_path;
    if (optind + (options->from == NULL) != argc ||
        (options->from ? options->key != NULL : has_copy_options)) {
        fputs(usage, stderr);
        return false;
    }
    options->path = argv[optind];
    if (!options->address.password) {
        options->address.password = getenv("QUIPU_AUTH");
    }
    if (!options->address.password && !options->from) {
        options->address.password = getenv("REDISCLI_AUTH");
    }
    return true;
}

static bool
load_run(struct load *load)
{
    const struct load_options *options = &load->options;
    struct source_options file = {.path = options->path, .csv = dialect_no_wishes()};
    struct error err = {0};
    if (!source_open(&file, &load->source, &err) || !load_read_fields(load, &err) ||
        !load_ask_prefix(load, &err) ||
        !pipeline_open(&options->address, options->window, on_row_reply, load, &load->pipeline,
                       &err)) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    load->keys = load->key_column == SIZE_MAX ? NULL : key_set_new();
    progress_init(&load->progress, stderr, !options->quiet && isatty(STDERR_FILENO),
                  source_total(load->source));
    bool ok = load_rows(load, &err);
    progress_fini(&load->progress);
    if (!ok) {
        char loaded[PROGRESS_COUNT_BYTES], open[PROGRESS_COUNT_BYTES];
        fprintf(
            stderr,
            "quipu-load: %s\nquipu-load: %s rows were acknowledged; %s more may have been loaded\n",
            err.message, progress_count(loaded, load->loaded),
            progress_count(open, pipeline_in_flight(load->pipeline)));
        return false;
    }
    if (!load_may_go_on(load)) {
        char loaded[PROGRESS_COUNT_BYTES];
        fprintf(stderr, "quipu-load: stopped at the first error; %s rows loaded\n",
                progress_count(loaded, load->loaded));
        return false;
    }
    if (!options->quiet) {
        load_summary(load);
    }
    return load->refused == 0;
}

/* The context for all connections that want one; a wrong file is told before any. */
static bool
load_tls(struct load *load)
{
    struct load_options *options = &load->options;
    struct error err = {0};
    bool is_wanted = options->tls || (options->from && strncmp(options->from, "rediss:", 7) == 0);
    if (is_wanted && !tls_client_new(&options->certificates, &load->tls, &err)) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    options->address.tls = options->tls ? load->tls : NULL;
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
load_copy(struct load *load)
{
    const struct load_options *options = &load->options;
    struct copy_options copy = {.dataset = options->dataset,
                                .match = options->match,
                                .cursor_path = options->cursor_path,
                                .to = options->address,
                                .tls = load->tls,
                                .window = options->window,
                                .skip_errors = options->skip_errors,
                                .quiet = options->quiet};
    struct error err = {0};
    if (!redis_url_parse(load->arena, slice_str(options->from), &copy.from, &err)) {
        fprintf(stderr, "quipu-load: --from: %s\n", err.message);
        return false;
    }
    if (!load_ask_prefix(load, &err)) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    copy.names = (struct sink_names){strbuf_slice(&load->prefix), strbuf_slice(&load->address),
                                     strbuf_slice(&load->start)};
    if (!copy.match) {
        copy.match = pattern_of_prefix(load->arena, copy.names.prefix);
    }
    if (!copy.cursor_path) {
        copy.cursor_path = arena_printf(load->arena, "quipu-load.%s.cursor", options->dataset).ptr;
    }
    return copy_run(&copy);
}

static void
load_fini(struct load *load)
{
    pipeline_free(load->pipeline);
    source_free(load->source);
    key_set_free(load->keys);
    strbuf_fini(&load->prefix);
    strbuf_fini(&load->address);
    strbuf_fini(&load->start);
    tls_free(load->tls);
    arena_free(load->arena);
}

int
main(int argc, char **argv)
{
    struct load load = {.arena = arena_new()};
    signal(SIGPIPE, SIG_IGN);
    int status = 2;
    if (parse_options(&load.options, argc, argv)) {
        bool ok = load_tls(&load) && (load.options.from ? load_copy(&load) : load_run(&load));
        status = ok ? 0 : 1;
    }
    load_fini(&load);
    return status;
}
