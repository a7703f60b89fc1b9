/*
 * Writes a small file of SPSS, Stata or SAS by ReadStat, for tests. in: lines of words between tabs, on
 * standard input; out: the file.
 *
 *     write_stat sav 0 out.sav        sav, por, dta, sas7bdat, xpt or sas7bcat; the format's version, 0: its own
 *
 *     file    Survey of 2012            the file's label
 *     compress rows                     or binary
 *     labels  sexes  number             a set of labels: number, int or text
 *     label   1      female             of the last set
 *     label   .a     refused
 *     var     sex    double  0  F8.2  sexes  Sex of the respondent
 *     missing 8      9                  of the last variable: from, to
 *     weight                            the last variable is the weight
 *     row     1      text
 *
 * Types: int8, int16, int32, float, double, string, strl. Numbers are as strtod reads them; "." or
 * nothing is missing, ".a" is missing with a tag.
 */
#include <ctype.h>
#include <fcntl.h>
#include <readstat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MOST = 4096, ROWS_MOST = 2000000 };

static readstat_writer_t *writer;
static readstat_label_set_t *set;
static readstat_variable_t *variable;
static struct {
    char *name;
    readstat_label_set_t *set;
} sets[WORDS_MOST];
static size_t nsets, nvariables;
static readstat_variable_t *variables[WORDS_MOST];
static char **rows;
static size_t nrows;

static void
must(readstat_error_t status, const char *what)
{
    if (status != READSTAT_OK) {
        fprintf(stderr, "write_stat: %s: %s\n", what, readstat_error_message(status));
        exit(1);
    }
}

static ssize_t
on_bytes(const void *data, size_t len, void *ctx)
{
    return write(*(int *) ctx, data, len);
}

static size_t
words_of(char *line, char **words)
{
    size_t n = 0;
    for (char *word; n < WORDS_MOST && (word = strsep(&line, "\t"));) {
        words[n++] = word;
    }
    return n;
}

static readstat_type_t
type_of(const char *name)
{
    static const struct {
        const char *name;
        readstat_type_t type;
    } types[] = {{"int8", READSTAT_TYPE_INT8},      {"int16", READSTAT_TYPE_INT16},
                 {"int32", READSTAT_TYPE_INT32},    {"float", READSTAT_TYPE_FLOAT},
                 {"double", READSTAT_TYPE_DOUBLE},  {"string", READSTAT_TYPE_STRING},
                 {"strl", READSTAT_TYPE_STRING_REF}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }
    fprintf(stderr, "write_stat: no type %s\n", name);
    exit(1);
}

/* "labels name kind" */
static void
add_set(char **words)
{
    readstat_type_t type = strcmp(words[2], "text") == 0  ? READSTAT_TYPE_STRING
                           : strcmp(words[2], "int") == 0 ? READSTAT_TYPE_INT32
                                                          : READSTAT_TYPE_DOUBLE;
    set = readstat_add_label_set(writer, type, words[1]);
    sets[nsets].name = strdup(words[1]);
    sets[nsets++].set = set;
}

static void
add_label(char **words)
{
    if (words[1][0] == '.' && isalpha((unsigned char) words[1][1])) {
        readstat_label_tagged_value(set, words[1][1], words[2]);
    } else if (set->type == READSTAT_TYPE_STRING) {
        readstat_label_string_value(set, words[1], words[2]);
    } else if (set->type == READSTAT_TYPE_INT32) {
        readstat_label_int32_value(set, atoi(words[1]), words[2]);
    } else {
        readstat_label_double_value(set, strtod(words[1], NULL), words[2]);
    }
}

/* "var name type width format labels label" */
static void
add_variable(char **words, size_t nwords)
{
    variable = readstat_add_variable(writer, words[1], type_of(words[2]), (size_t) atoi(words[3]));
    if (nwords > 4 && *words[4]) {
        readstat_variable_set_format(variable, words[4]);
    }
    for (size_t i = 0; nwords > 5 && i < nsets; i++) {
        if (strcmp(sets[i].name, words[5]) == 0) {
            readstat_variable_set_label_set(variable, sets[i].set);
        }
    }
    if (nwords > 6 && *words[6]) {
        readstat_variable_set_label(variable, words[6]);
    }
    variables[nvariables++] = variable;
}

static void
add_missing(char **words)
{
    if (readstat_variable_get_type_class(variable) == READSTAT_TYPE_CLASS_STRING) {
        must(readstat_variable_add_missing_string_value(variable, words[1]), "missing");
    } else {
        must(readstat_variable_add_missing_double_range(variable, strtod(words[1], NULL),
                                                        strtod(words[2], NULL)),
             "missing");
    }
}

static void
take_line(char *line)
{
    char *words[WORDS_MOST];
    if (strncmp(line, "row", 3) == 0) {
        rows[nrows++] = strdup(line);
        return;
    }
    size_t nwords = words_of(line, words);
    if (strcmp(words[0], "file") == 0) {
        must(readstat_writer_set_file_label(writer, words[1]), "file");
    } else if (strcmp(words[0], "labels") == 0) {
        add_set(words);
    } else if (strcmp(words[0], "label") == 0) {
        add_label(words);
    } else if (strcmp(words[0], "var") == 0) {
        add_variable(words, nwords);
    } else if (strcmp(words[0], "missing") == 0) {
        add_missing(words);
    } else if (strcmp(words[0], "weight") == 0) {
        must(readstat_writer_set_fweight_variable(writer, variable), "weight");
    } else if (strcmp(words[0], "compress") == 0) {
        must(readstat_writer_set_compression(writer, strcmp(words[1], "binary") == 0
                                                         ? READSTAT_COMPRESS_BINARY
                                                         : READSTAT_COMPRESS_ROWS),
             "compress");
    } else {
        fprintf(stderr, "write_stat: what is %s?\n", words[0]);
        exit(1);
    }
}

static readstat_error_t
write_value(const readstat_variable_t *to, const char *word)
{
    readstat_type_t type = readstat_variable_get_type(to);
    double x = strtod(word, NULL);
    if (type == READSTAT_TYPE_STRING) {
        return readstat_insert_string_value(writer, to, word);
    }
    if (!*word || strcmp(word, ".") == 0) {
        return readstat_insert_missing_value(writer, to);
    }
    if (word[0] == '.' && isalpha((unsigned char) word[1])) {
        return readstat_insert_tagged_missing_value(writer, to, word[1]);
    }
    switch (type) {
    case READSTAT_TYPE_INT8: return readstat_insert_int8_value(writer, to, (int8_t) x);
    case READSTAT_TYPE_INT16: return readstat_insert_int16_value(writer, to, (int16_t) x);
    case READSTAT_TYPE_INT32: return readstat_insert_int32_value(writer, to, (int32_t) x);
    case READSTAT_TYPE_FLOAT: return readstat_insert_float_value(writer, to, (float) x);
    case READSTAT_TYPE_DOUBLE: return readstat_insert_double_value(writer, to, x);
    case READSTAT_TYPE_STRING:
    case READSTAT_TYPE_STRING_REF: break;
    }
    return READSTAT_OK;
}

static readstat_error_t
begin(const char *kind, int *fd)
{
    long n = (long) nrows;
    return strcmp(kind, "sav") == 0        ? readstat_begin_writing_sav(writer, fd, n)
           : strcmp(kind, "por") == 0      ? readstat_begin_writing_por(writer, fd, n)
           : strcmp(kind, "dta") == 0      ? readstat_begin_writing_dta(writer, fd, n)
           : strcmp(kind, "sas7bdat") == 0 ? readstat_begin_writing_sas7bdat(writer, fd, n)
           : strcmp(kind, "sas7bcat") == 0 ? readstat_begin_writing_sas7bcat(writer, fd)
                                           : readstat_begin_writing_xport(writer, fd, n);
}

/* strL texts are known before the first row is written. */
static void
add_references(void)
{
    for (size_t i = 0; i < nrows; i++) {
        char *words[WORDS_MOST], *line = strdup(rows[i]);
        size_t nwords = words_of(line, words);
        for (size_t j = 0; j < nvariables && j + 1 < nwords; j++) {
            if (readstat_variable_get_type(variables[j]) == READSTAT_TYPE_STRING_REF) {
                readstat_add_string_ref(writer, words[j + 1]);
            }
        }
        free(line);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("write_stat kind version file\n", stderr);
        return 2;
    }
    int fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0666), version = atoi(argv[2]);
    char *line = NULL;
    size_t capacity = 0, next_reference = 0;
    writer = readstat_writer_init();
    rows = calloc(ROWS_MOST, sizeof *rows);
    readstat_set_data_writer(writer, on_bytes);
    for (ssize_t len; (len = getline(&line, &capacity, stdin)) > 0;) {
        line[len - (line[len - 1] == '\n')] = '\0';
        take_line(line);
    }
    free(line);
    if (version) {
        must(readstat_writer_set_file_format_version(writer, (uint8_t) version), "version");
    }
    add_references();
    must(begin(argv[1], &fd), "begin");
    for (size_t i = 0; i < nrows; i++) {
        char *words[WORDS_MOST];
        size_t nwords = words_of(rows[i], words);
        must(readstat_begin_row(writer), "row");
        for (size_t j = 0; j < nvariables; j++) {
            const char *word = j + 1 < nwords ? words[j + 1] : "";
            if (readstat_variable_get_type(variables[j]) == READSTAT_TYPE_STRING_REF) {
                must(readstat_insert_string_ref(
                         writer, variables[j],
                         readstat_get_string_ref(writer, (int) next_reference++)),
                     "strl");
            } else {
                must(write_value(variables[j], word), readstat_variable_get_name(variables[j]));
            }
        }
        must(readstat_end_row(writer), "row");
    }
    must(readstat_end_writing(writer), "end");
    close(fd);
    return 0;
}
