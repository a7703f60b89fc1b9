/*
 * quipu-gen: the mission's data at any size, on standard output.
 * in: how many rows, and a seed; out: CSV for quipu-load, or HSET commands for redis-cli --pipe.
 *
 *     quipu-gen --rows 3                        quipu-gen --rows 3 --format resp
 *
 *     key,value_1,value_2,...,value_20          *6 HSET profile_1 value_1 2 value_2 7
 *     profile_1,2,7,,,...,1                     ...
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "base/strbuf.h"
#include "tools/resp.h"
#include "tools/shape.h"
#include "tools/version.h"

enum { OUTPUT_BYTES = 1 << 18 };

struct gen {
    uint64_t nrows, seed, first;
    bool resp;
    struct strbuf out;
};

static const char usage[] =
    "usage: quipu-gen --rows N [--seed S] [--start K] [--format csv|resp]\n"
    "\n"
    "Writes N rows to standard output; tools/README.md describes them.\n"
    "\n"
    "Options:\n"
    "  --rows N           how many rows: profile_K .. profile_<K+N-1>\n"
    "  --seed S           which rows: the same S gives the same rows\n"
    "                     (default 1)\n"
    "  --start K          the number of the first row (default 1)\n"
    "  --format csv|resp  csv: for quipu-load (default); resp: HSET commands for\n"
    "                     redis-cli --pipe\n"
    "  --help             show this\n"
    "  --version          show the version\n";

static bool
gen_flush(struct gen *gen)
{
    size_t done = 0;
    while (done < gen->out.len) {
        ssize_t n = write(STDOUT_FILENO, gen->out.ptr + done, gen->out.len - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fprintf(stderr, "quipu-gen: standard output: %s\n", strerror(errno));
            return false;
        }
        done += (size_t) n;
    }
    strbuf_clear(&gen->out);
    return true;
}

static void
gen_csv_header(struct gen *gen)
{
    strbuf_append_str(&gen->out, "key");
    for (int i = 1; i <= SHAPE_FIELDS; i++) {
        strbuf_printf(&gen->out, ",value_%d", i);
    }
    strbuf_append_char(&gen->out, '\n');
}

static void
gen_csv_row(struct gen *gen, uint64_t row, const unsigned char values[SHAPE_FIELDS])
{
    strbuf_append(&gen->out, slice_lit("profile_"));
    strbuf_append_int(&gen->out, (int64_t) row);
    char *at = strbuf_reserve(&gen->out, 2 * SHAPE_FIELDS + 1);
    char *start = at;
    for (int i = 0; i < SHAPE_FIELDS; i++) {
        *at++ = ',';
        if (values[i]) {
            *at++ = (char) ('0' + values[i]);
        }
    }
    *at++ = '\n';
    gen->out.len += (size_t) (at - start);
}

static void
gen_resp_row(struct gen *gen, uint64_t row, const unsigned char values[SHAPE_FIELDS])
{
    size_t nvalues = 0;
    for (int i = 0; i < SHAPE_FIELDS; i++) {
        nvalues += values[i] != 0;
    }
    char text[40];
    resp_append_array(&gen->out, 2 + 2 * nvalues);
    resp_append_bulk(&gen->out, slice_lit("HSET"));
    int len = snprintf(text, sizeof text, "profile_%lld", (long long) row);
    resp_append_bulk(&gen->out, slice_of(text, (size_t) len));
    for (int i = 0; i < SHAPE_FIELDS; i++) {
        if (values[i]) {
            len = snprintf(text, sizeof text, "value_%d", i + 1);
            resp_append_bulk(&gen->out, slice_of(text, (size_t) len));
            char digit = (char) ('0' + values[i]);
            resp_append_bulk(&gen->out, slice_of(&digit, 1));
        }
    }
}

static bool
gen_run(struct gen *gen)
{
    struct shape *shape = shape_new(gen->nrows, gen->seed);
    unsigned char values[SHAPE_FIELDS];
    if (!gen->resp) {
        gen_csv_header(gen);
    }
    bool ok = true;
    for (uint64_t row = gen->first; ok && shape_next(shape, values); row++) {
        if (gen->resp) {
            gen_resp_row(gen, row, values);
        } else {
            gen_csv_row(gen, row, values);
        }
        if (gen->out.len >= OUTPUT_BYTES) {
            ok = gen_flush(gen);
        }
    }
    ok = ok && gen_flush(gen);
    shape_free(shape);
    return ok;
}

static bool
parse_count(const char *name, const char *text, int64_t least, uint64_t *out)
{
    int64_t n;
    if (!slice_to_int64(slice_str(text), &n) || n < least) {
        fprintf(stderr, "quipu-gen: %s takes a whole number, at least %lld, not '%s'\n", name,
                (long long) least, text);
        return false;
    }
    *out = (uint64_t) n;
    return true;
}

/* False: the message has been written. */
static bool
parse_options(struct gen *gen, int argc, char **argv)
{
    static const struct option options[] = {
        {"rows", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"start", required_argument, NULL, 'k'},
        {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    bool has_rows = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r':
            has_rows = true;
            if (!parse_count("--rows", optarg, 0, &gen->nrows)) {
                return false;
            }
            break;
        case 's':
            if (!parse_count("--seed", optarg, 0, &gen->seed)) {
                return false;
            }
            break;
        case 'k':
            if (!parse_count("--start", optarg, 0, &gen->first)) {
                return false;
            }
            break;
        case 'f':
            gen->resp = strcmp(optarg, "resp") == 0;
            if (!gen->resp && strcmp(optarg, "csv") != 0) {
                fprintf(stderr, "quipu-gen: --format is csv or resp, not '%s'\n", optarg);
                return false;
            }
            break;
        case 'h': fputs(usage, stdout); exit(0);
        case 'v': version_print("quipu-gen"); exit(0);
        default: fputs(usage, stderr); return false;
        }
    }
    if (!has_rows || optind != argc) {
        fputs(usage, stderr);
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct gen gen = {.seed = 1, .first = 1};
    if (!parse_options(&gen, argc, argv)) {
        return 2;
    }
    strbuf_init(&gen.out);
    bool ok = gen_run(&gen);
    strbuf_fini(&gen.out);
    return ok ? 0 : 1;
}
