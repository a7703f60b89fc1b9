/*
 * A file into a dataset.
 * in: a source of records; out: rows over one connection, many ahead of their replies, and on
 * standard error how far it got and every line that did not make it.
 *
 *     key,sex,Origin State           HSET profile_1 sex female "Origin State" Ohio
 *     1,female,Ohio            ->    HSET profile_2 sex male
 *     2,male,
 *
 * A row's key is in the column that --key names, or in a column `key`; else rows are numbered, or
 * get keys that nobody has (--append).
 */
#include "tools/load_file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/dry_run.h"
#include "tools/field_sayings.h"
#include "tools/key_set.h"
#include "tools/key_start.h"
#include "tools/progress.h"
#include "tools/resume.h"
#include "tools/row_writer.h"
#include "tools/rows/tally.h"
#include "tools/separators.h"

enum {
    MESSAGES_MOST = 20, /* with --skip-errors: further errors are counted only */
    PROGRESS_ROWS = 512 /* so many rows between two looks at the clock */
};

struct load {
    const struct load_options *options;
    struct arena *arena;
    struct source_options file;
    struct source *source;
    struct target *target;
    struct row_writer *writer;
    struct resume *resume; /* NULL: rows have keys, or it is no file */
    struct progress progress;
    struct tally *tally;
    struct sink_names names;
    uint64_t first_place;            /* of what is loaded: what stands before it is in */
    size_t key_column;               /* SIZE_MAX: rows are numbered */
    char key_start[KEY_START_BYTES]; /* before a row's number: "", or what key_start_make gives */
    struct key_set *keys;            /* that were in the file; NULL: rows are numbered */
    uint64_t records;                /* read so far: the number of a row without a key column */
    uint64_t malformed;              /* lines */
    uint64_t again;                  /* lines whose key an earlier line had */
};

static volatile sig_atomic_t is_interrupted;

static void
on_interrupt(int number)
{
    (void) number;
    is_interrupted = 1;
}

static bool
is_stopped(void)
{
    return is_interrupted;
}

/* A call to the server shall not be cut off halfway, as when a dataset is being made. */
static void
hold_interrupts(bool is_held)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(is_held ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

/* ---- messages ---- */

static void
say_error(struct load *load, const char *message)
{
    uint64_t nerrors = load->malformed + row_writer_counters(load->writer).nrefused;
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
on_refused(void *arg, uint64_t place, const char *why, size_t why_len)
{
    struct load *load = arg;
    struct error message = {0};
    (void) error_set(&message, "ROW", "%s, %s %llu: the server answers: %.*s",
                     source_title(load->source), source_unit(load->source),
                     (unsigned long long) place, (int) why_len, why);
    say_error(load, message.message);
}

/* A line each. Notes of what may be misread are said to the quiet, too. */
static void
say_lines(const struct load *load, struct slice lines)
{
    while (lines.len) {
        struct slice line = slice_shift(&lines, '\n');
        fprintf(stderr, "quipu-load: %s: %.*s\n", source_title(load->source), SLICE_ARG(line));
    }
}

/* How it is read: the user shall see it before he trusts a count. */
static void
say_reading(const struct load *load)
{
    bool is_loud = !load->options->quiet;
    struct strbuf text;
    strbuf_init(&text);
    if (is_loud) {
        strbuf_append_str(&text, "read as ");
        source_read_as(load->source, &text);
        strbuf_append_char(&text, '\n');
    }
    source_notes(load->source, &text);
    if (is_loud && load->first_place) {
        strbuf_printf(&text, "a part is in: going on at %s %llu\n", source_unit(load->source),
                      (unsigned long long) load->first_place);
    }
    say_lines(load, strbuf_slice(&text));
    strbuf_fini(&text);
}

static void
say_count(const char *before, uint64_t n)
{
    char count[PROGRESS_COUNT_BYTES];
    if (n) {
        fprintf(stderr, "%s: %s", before, progress_count(count, n));
    }
}

static uint64_t
rows_loaded(const struct row_writer_counters *counters)
{
    return counters->nnew + counters->nchanged + counters->nsame;
}

static void
say_summary(const struct load *load, const struct row_writer_counters *counters)
{
    char count[PROGRESS_COUNT_BYTES];
    uint64_t loaded = rows_loaded(counters);
    int64_t elapsed_ms = progress_elapsed_ms(&load->progress);
    fprintf(stderr, "quipu-load: %s rows loaded in %.1f s", progress_count(count, loaded),
            (double) elapsed_ms / 1000);
    fprintf(stderr, ", %s rows/s", progress_count(count, progress_rate(loaded, elapsed_ms)));
    say_count("; new", counters->nnew);
    say_count("; changed", counters->nchanged);
    say_count("; the same as before", counters->nsame);
    say_count("; skipped, without a field", counters->nwithout);
    say_count("; skipped, malformed", load->malformed);
    say_count("; refused by the server", counters->nrefused);
    say_count("; lines that replace an earlier line with the same key", load->again);
    say_count("; fields removed by empty cells", counters->nemptied);
    fputc('\n', stderr);
}

/* A column is taken for the keys by its name alone: who did not think of that misses rows. */
static void
note_keys(const struct load *load, struct strbuf *out)
{
    char count[PROGRESS_COUNT_BYTES];
    if (load->again && !load->options->key) {
        strbuf_printf(out,
                      "%s %s the key of an earlier one in the column 'key', and %s its place: "
                      "--append gives each line a key of its own\n",
                      progress_count(count, load->again),
                      load->again == 1 ? "line has" : "lines have",
                      load->again == 1 ? "takes" : "take");
    }
}

/* What is known of the file only when all of it was read. */
static void
say_notes(const struct load *load)
{
    struct strbuf notes;
    strbuf_init(&notes);
    note_keys(load, &notes);
    source_summary(load->source, &notes);
    tally_notes(load->tally, load->source, &notes);
    say_lines(load, strbuf_slice(&notes));
    strbuf_fini(&notes);
}

/* ---- rows ---- */

/* Whether the record's key came before, in this file. */
static bool
key_is_seen(struct load *load, struct slice key)
{
    struct slice prefix = load->names.prefix;
    if (slice_starts_with(key, prefix)) { /* profile_7 is 7 */
        key = slice_of(key.ptr + prefix.len, key.len - prefix.len);
    }
    enum key_seen seen = key_set_add(load->keys, key);
    load->again += seen == KEY_SEEN;
    return seen != KEY_NEW;
}

/* Before this place all is in, from an earlier try. */
static bool
is_in(const struct load *load, const struct source_record *record)
{
    return load->resume && record->place < load->first_place;
}

static bool
load_row(struct load *load, const struct source_record *record, struct error *err)
{
    char number[64];
    size_t nfields;
    const struct source_field *fields = source_fields(load->source, &nfields);
    struct written_row row = {
        .cells = record->cells, .ncells = record->ncells, .place = record->place};
    row_writer_fields(load->writer, fields, nfields);
    tally_add(load->tally, fields, nfields, record);
    if (load->key_column == SIZE_MAX) {
        int len = snprintf(number, sizeof number, "%s%llu", load->key_start,
                           (unsigned long long) load->records);
        row.key = slice_of(number, (size_t) len);
    } else {
        row.key = record->cells[load->key_column];
        row.is_seen = key_is_seen(load, row.key);
    }
    return is_in(load, record) || row_writer_put(load->writer, &row, err);
}

/* True while the load is to go on. */
static bool
may_go_on(const struct load *load)
{
    bool is_sound = load->malformed == 0 && row_writer_counters(load->writer).nrefused == 0;
    return !is_interrupted && (load->options->skip_errors || is_sound);
}

static enum source_status
next_record(struct load *load, struct source_record *record, struct error *err)
{
    enum source_status status = source_next(load->source, record, err);
    if (status != SOURCE_OK) {
        return status;
    }
    if (load->key_column != SIZE_MAX && record->cells[load->key_column].len == 0) {
        (void) error_set(err, "CSV", "%s, %s %llu: the row has no key", source_title(load->source),
                         source_unit(load->source), (unsigned long long) record->place);
        return SOURCE_BAD;
    }
    return SOURCE_OK;
}

/*
 * Reads, sends and counts until the file ends or the first error. False, with err set, where the
 * connection is lost or the file cannot be read; what was acknowledged by then is counted.
 */
static bool
load_rows(struct load *load, struct error *err)
{
    while (may_go_on(load)) {
        if (source_would_wait(load->source) && !row_writer_flush(load->writer, err)) {
            return false;
        }
        struct source_record record;
        struct error bad;
        error_clear(&bad);
        enum source_status status = next_record(load, &record, &bad);
        if (status == SOURCE_END) {
            break;
        }
        if (status == SOURCE_BROKEN) {
            struct error ignored = {0};
            bool flushed = row_writer_flush(load->writer, &ignored);
            (void) flushed; /* the first error stands */
            *err = bad;
            return false;
        }
        load->records++;
        if (status == SOURCE_BAD) {
            /* Replies first, so that messages come in the file's order. */
            if (!row_writer_flush(load->writer, err)) {
                return false;
            }
            load->malformed++;
            say_error(load, bad.message);
            continue;
        }
        if (!load_row(load, &record, err)) {
            return false;
        }
        if (load->records % PROGRESS_ROWS == 0) {
            struct row_writer_counters counters = row_writer_counters(load->writer);
            progress_update(&load->progress, rows_loaded(&counters), source_done(load->source));
            if (load->resume) {
                resume_note(load->resume, counters.last_place);
            }
        }
    }
    return row_writer_flush(load->writer, err);
}

/* ---- before and behind the rows ---- */

/* The name of the field that rows are called by; NULL: none. */
static const char *
key_field(const struct load *load)
{
    if (load->options->key) {
        return load->options->key;
    }
    size_t nfields;
    const struct source_field *fields = source_fields(load->source, &nfields);
    for (size_t i = 0; load->options->mode != LOAD_APPEND && i < nfields; i++) {
        if (slice_equal(fields[i].name, slice_lit("key"))) {
            return "key";
        }
    }
    return NULL;
}

static bool
find_key(struct load *load, struct error *err)
{
    size_t nfields;
    const struct source_field *fields = source_fields(load->source, &nfields);
    const char *key = key_field(load);
    load->key_column = SIZE_MAX;
    for (size_t i = 0; key && i < nfields; i++) {
        if (slice_equal(fields[i].name, slice_str(key))) {
            load->key_column = i;
        }
    }
    if (key && load->key_column == SIZE_MAX) {
        return error_set(err, "CSV", "%s: it has no field '%s' (--key)", source_title(load->source),
                         key);
    }
    if (!key && load->options->mode == LOAD_UPDATE) {
        return error_set(err, "CSV", "--update needs to know the rows: --key FIELD");
    }
    load->keys = key ? key_set_new() : NULL;
    return true;
}

/* A file without keys is gone on with where it was cut off: for rows of keys it makes no difference. */
static bool
open_resume(struct load *load, struct error *err)
{
    const struct load_options *options = load->options;
    bool may_be = load->key_column == SIZE_MAX && options->mode != LOAD_REPLACE &&
                  options->file.path && strcmp(options->file.path, "-") != 0 &&
                  source_total(load->source) >= 0;
    if (!may_be) {
        return true;
    }
    struct strbuf path, read_as;
    strbuf_init(&path);
    strbuf_init(&read_as);
    strbuf_printf(&path, "quipu-load.%s.cursor", options->dataset);
    source_read_as(load->source, &read_as);
    struct resume_about about = {.file = options->file.path,
                                 .read_as = strbuf_slice(&read_as),
                                 .rows = load->names.start,
                                 .key_start = load->key_start,
                                 .is_fresh = !target_has_rows(load->target)};
    bool ok = resume_open(options->cursor_path ? options->cursor_path : path.ptr, &about,
                          &load->resume, err);
    if (ok) {
        struct slice start = resume_key_start(load->resume);
        load->first_place = resume_place(load->resume);
        snprintf(load->key_start, sizeof load->key_start, "%.*s", SLICE_ARG(start));
    }
    strbuf_fini(&path);
    strbuf_fini(&read_as);
    return ok;
}

static bool
open_writer(struct load *load, struct error *err)
{
    const struct load_options *options = load->options;
    bool has_rows = target_has_rows(load->target);
    /* --key names a field as others; a column `key` is the row's name alone. */
    bool is_field = options->key && strcmp(options->key, "key") != 0;
    struct row_writer_options writer = {.names = load->names,
                                        .window = options->window,
                                        .is_compared = has_rows && load->key_column != SIZE_MAX,
                                        .keeps_empty_texts = options->file.keeps_empty_texts,
                                        .no_field = is_field ? SIZE_MAX : load->key_column,
                                        .on_refused = on_refused,
                                        .arg = load};
    struct connection_address address = options->server.address;
    address.client = target_client(load->target);
    bool ok = row_writer_open(&address, &writer, &load->writer, err);
    target_rest(load->target);
    return ok;
}

static bool
open_target(struct load *load, struct error *err)
{
    const struct load_options *options = load->options;
    struct target_wishes wishes = {.dataset = options->dataset,
                                   .prefix = options->prefix,
                                   .is_beside = options->mode == LOAD_REPLACE};
    hold_interrupts(true);
    bool ok = target_open(&options->server.address, &wishes, &load->target, err);
    hold_interrupts(false);
    if (!ok) {
        return false;
    }
    load->names = target_names(load->target);
    if (options->mode == LOAD_APPEND && !key_start_make(load->key_start, err)) {
        return false;
    }
    if (!open_resume(load, err)) {
        return false;
    }
    if (target_has_rows(load->target) && load->key_column == SIZE_MAX &&
        options->mode != LOAD_APPEND && !load->first_place) {
        return error_set(err, "ROWS",
                         "dataset '%s' has rows, and the file has no key to tell which are the "
                         "same: --replace takes their place, --append adds to them, --update "
                         "--key FIELD changes those of the same key",
                         options->dataset);
    }
    return open_writer(load, err);
}

/* What the file and the user say of the fields. */
static bool
say_fields(struct load *load, struct strbuf *notes, struct error *err)
{
    size_t nfields;
    const struct source_field *fields = source_fields(load->source, &nfields);
    bool ok = field_sayings_send(load->target, fields, nfields, notes, err);
    for (size_t i = 0; ok && i < load->options->nsayings; i++) {
        ok = target_say(load->target, &load->options->sayings[i], err);
    }
    return ok;
}

static bool
finish(struct load *load, const struct row_writer_counters *counters)
{
    struct error err = {0};
    struct strbuf notes, done; /* what is not as the file has it; what was done with datasets */
    strbuf_init(&notes);
    strbuf_init(&done);
    bool ok = target_wait(load->target, is_stopped, &err);
    row_writer_free(load->writer);
    load->writer = NULL;
    hold_interrupts(true);
    ok = ok && say_fields(load, &notes, &err) && target_finish(load->target, &done, &err);
    if (!load->options->quiet) {
        say_summary(load, counters);
    }
    say_notes(load);
    say_lines(load, strbuf_slice(&notes));
    if (!load->options->quiet) {
        say_lines(load, strbuf_slice(&done));
    }
    if (!ok) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
    }
    strbuf_fini(&notes);
    strbuf_fini(&done);
    return ok;
}

/* The file is opened before the dataset is made, and knows what values there are separated by. */
static bool
open_source(struct load *load, struct error *err)
{
    const struct load_options *options = load->options;
    load->file = options->file;
    load->file.is_stopped = is_stopped;
    if (!options->dry_run && options->mode != LOAD_REPLACE) {
        separators_ask(&options->server.address, options->dataset, load->arena,
                       &load->file.separators, &load->file.nseparators);
    }
    return source_open(&load->file, &load->source, err);
}

static bool
run(struct load *load)
{
    const struct load_options *options = load->options;
    struct error err = {0};
    if (!open_source(load, &err) || !find_key(load, &err) ||
        (!options->dry_run && !open_target(load, &err))) {
        fprintf(stderr, "quipu-load: %s\n", err.message);
        return false;
    }
    if (options->dry_run) {
        bool ok = dry_run(load->source, key_field(load), options->skip_errors, &err);
        if (!ok) {
            fprintf(stderr, "quipu-load: %s\n", err.message);
        }
        return ok;
    }
    say_reading(load);
    load->tally = tally_new(false);
    progress_init(&load->progress, stderr, !options->quiet && isatty(STDERR_FILENO),
                  source_total(load->source));
    bool ok = load_rows(load, &err);
    progress_fini(&load->progress);
    struct row_writer_counters counters = row_writer_counters(load->writer);
    if (load->resume) {
        resume_note(load->resume, counters.last_place);
        resume_close(load->resume, ok && may_go_on(load));
        load->resume = NULL;
    }
    char loaded[PROGRESS_COUNT_BYTES], open[PROGRESS_COUNT_BYTES];
    progress_count(loaded, rows_loaded(&counters));
    if (!ok) {
        progress_count(open, row_writer_in_flight(load->writer));
        fprintf(stderr,
                "quipu-load: %s\nquipu-load: %s rows were acknowledged; %s more may have been "
                "loaded\n",
                err.message, loaded, open);
        return false;
    }
    if (!may_go_on(load)) {
        fprintf(stderr, "quipu-load: stopped %s; %s rows loaded\n",
                is_interrupted ? "by a signal" : "at the first error", loaded);
        return false;
    }
    return finish(load, &counters) && counters.nrefused == 0;
}

bool
load_file(const struct load_options *options)
{
    struct load load = {.options = options, .arena = arena_new()};
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART | SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    bool ok = run(&load);
    row_writer_free(load.writer);
    resume_close(load.resume, false);
    target_free(load.target);
    source_free(load.source);
    key_set_free(load.keys);
    tally_free(load.tally);
    arena_free(load.arena);
    return ok;
}
