/*
 * server/config, server/config/directive: the configuration from files, words and CONFIG SET; and that
 * conf/quipu.conf and docs/configuration.md say what the table of directives says.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/glob.h"
#include "base/words.h"
#include "server/config/config.h"
#include "server/config/directive.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static struct config config;
static struct error err;

static void
setup(void)
{
    config_init(&config);
    error_clear(&err);
}

static void
teardown(void)
{
    config_fini(&config);
}

/* The command line as one text. */
static bool
load_args(const char *text)
{
    struct slice *words;
    size_t nwords;
    ck_assert(words_split(config.arena, slice_str(text), &words, &nwords));
    return config_load_args(&config, words, nwords, &err) && config_finish(&config, &err);
}

static void
check_value(const char *name, const char *expected)
{
    struct strbuf value;
    strbuf_init(&value);
    directive_print(directive_find(slice_str(name)), &config, &value);
    ck_assert_str_eq(strbuf_slice(&value).ptr, expected);
    strbuf_fini(&value);
}

/* What is typed behind --name, and what CONFIG GET then says; NULL: it is refused. */
static const struct {
    const char *name, *words, *value;
} value_rows[] = {
    {"port", "7400", "7400"},
    {"port", "65536", NULL},
    {"port", "-1", NULL},
    {"port", "x", NULL},
    {"port", "", NULL},
    {"port", "1 2", NULL},
    {"port", "1kb", NULL},
    {"PORT", "7400", "7400"},
    {"bind", "10.0.0.1 -::1", "10.0.0.1 -::1"},
    {"bind", "\"* -::*\"", "* -::*"},
    {"unixsocket", "\"/my dir/q.sock\"", "/my dir/q.sock"},
    {"unixsocketperm", "770", "770"},
    {"unixsocketperm", "778", NULL},
    {"unixsocketperm", "7777", NULL},
    {"shards", "embedded 4", "embedded 4"},
    {"shards", "\"embedded 4\"", "embedded 4"},
    {"shards", "embedded 0", NULL},
    {"shards", "embedded", NULL},
    {"shards", "embedded 2 3", NULL},
    {"shards", "static 10.0.0.1:6379 unix:/a/b.sock [::1]:7",
     "static 10.0.0.1:6379 unix:/a/b.sock "
     "[::1]:7"},
    {"shards", "static", NULL},
    {"shards", "static 10.0.0.1", NULL},
    {"shards", "static :6379", NULL},
    {"shards", "static a:0", NULL},
    {"shards", "cluster a:1 10.0.0.2:7000", "cluster a:1 10.0.0.2:7000"},
    {"shards", "cluster", NULL},
    {"shards", "cluster unix:/a/b.sock", NULL},
    {"shards", "many", NULL},
    {"dataset", "people prefix person_", "people prefix person_; current prefix profile_"},
    {"dataset", "current prefix x_", "current prefix x_"},
    {"dataset", "people prefix profile_", "people prefix profile_"},
    {"dataset", "a prefix a_ --dataset b prefix b_",
     "a prefix a_; b prefix b_; current prefix profile_"},
    {"dataset", "a prefix a_ --dataset a prefix b_", NULL},
    {"dataset", "people", NULL},
    {"dataset", "people prefix", NULL},
    {"method", "sets", "sets"},
    {"method", "columns", "columns"},
    {"method", "rows", NULL},
    {"query-timeout", "1500", "1500"},
    {"query-timeout", "1500ms", "1500"},
    {"query-timeout", "2S", "2000"},
    {"cache-ttl", "5m", "300000"},
    {"cache-ttl", "1d", NULL},
    {"timeout", "5m", "300"},
    {"max-query-bytes", "64kb", "65536"},
    {"max-query-bytes", "1k", "1000"},
    {"max-query-bytes", "1mb", "1048576"},
    {"max-query-bytes", "9223372036854775807gb", NULL},
    {"max-query-bytes", "1", NULL},
    {"cache-consistency", "TTL", "ttl"},
    {"loglevel", "debug", "debug"},
    {"protected-mode", "no", "no"},
    {"requirepass", "secret", "********"},
    {"requirepass", "''", ""},
    {"requirepass", "********", NULL},
    {"shard-password", "secret", "********"},
    {"shard-password", "********", NULL},
    {"tls-auth-clients", "optional", "optional"},
    {"tls-protocols", "\"TLSv1.2 TLSv1.3\"", "TLSv1.2 TLSv1.3"},
    {"user", "ann on >secret +get", "ann"},
    {"user", "ann on --user bob on", "ann; bob"},
    {"user", "ann on --user ann off", NULL},
    {"user", "ann on --aclfile users.acl", NULL},
    {"aclfile", "users.acl --requirepass x", NULL},
    {"port", "0 --tls-port 7400", "0"},
    {"slowlog-log-slower-than", "-1", "-1"},
    {"slowlog-log-slower-than", "-2", NULL},
    {"slowlog-log-slower-than", "--1", NULL},
    {"slowlog-log-slower-than", "-", NULL},
    {"slowlog-max-len", "-1", NULL},
};

START_TEST(test_value)
{
    struct strbuf words;
    strbuf_init(&words);
    strbuf_printf(&words, "--%s %s", value_rows[_i].name, value_rows[_i].words);
    bool ok = load_args(words.ptr);
    ck_assert_msg(ok == (value_rows[_i].value != NULL), "%s: %s", words.ptr, err.message);
    if (ok) {
        check_value(value_rows[_i].name, value_rows[_i].value);
    }
    strbuf_fini(&words);
}
END_TEST

/* Whatever is printed can be read again, and every default can be. */
START_TEST(test_print_is_read_back)
{
    ck_assert(load_args("--shards static unix:/a [::1]:7 --dataset x prefix y"));
    for (size_t i = 0; i < directive_count(); i++) {
        const struct directive *directive = directive_at(i);
        struct strbuf first, second;
        strbuf_init(&first);
        strbuf_init(&second);
        directive_print(directive, &config, &first);
        struct slice value = strbuf_slice(&first);
        if (directive->type != DIRECTIVE_DATASET && directive->type != DIRECTIVE_USER) {
            ck_assert_msg(directive_parse(directive, &config, &value, 1, &err), "%s: %s",
                          directive->name, err.message);
        }
        directive_print(directive, &config, &second);
        ck_assert(slice_equal(value, strbuf_slice(&second)));
        strbuf_fini(&first);
        strbuf_fini(&second);
    }
}
END_TEST

static const struct {
    const char *args, *message;
} message_rows[] = {
    {"7400", "expected --directive, not '7400'"},
    {"--prot 7400", "command line: unknown directive 'prot'"},
    {"--port", "command line: port: a value is missing"},
    {"--port x", "command line: port: expected a number, 0 to 65535, not 'x'"},
    {"--method rows", "command line: method: expected auto, sets or columns, not 'rows'"},
    {"--shards cluster",
     "command line: shards: `cluster` needs the shards' addresses: cluster host:port ..."},
    {"--port 0", "port is 0 and there is no tls-port or unixsocket: nowhere to listen"},
};

START_TEST(test_message)
{
    ck_assert(!load_args(message_rows[_i].args));
    ck_assert_str_eq(err.message, message_rows[_i].message);
}
END_TEST

static bool
load_text(const char *text)
{
    char path[] = "/tmp/quipu-test-config-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int) strlen(text));
    close(fd);
    bool ok = config_load_file(&config, path, &err);
    unlink(path);
    return ok;
}

START_TEST(test_file)
{
    ck_assert(load_text("# comment\n\n  # another\nport 7400\r\n\tquery-timeout 2s\n"
                        "dir \"/my data\"\nunixsocket ''\nshards embedded 3"));
    check_value("port", "7400");
    check_value("query-timeout", "2000");
    check_value("dir", "/my data");
    check_value("shards", "embedded 3");
    ck_assert(load_args("--port 7401"));
    check_value("port", "7401");
}
END_TEST

/* Neither in what is printed nor in what is said about a mistake, nor kept at all. */
START_TEST(test_secrets_are_not_repeated)
{
    ck_assert(load_args("--user ann on >geheim ~x"));
    ck_assert(slice_starts_with(config.users->rules[1], slice_lit("#")));
    ck_assert(!load_args("--requirepass my geheim"));
    ck_assert_ptr_null(strstr(err.message, "geheim"));
    error_clear(&err);
    ck_assert(!load_args("--shard-password my geheim"));
    ck_assert_ptr_null(strstr(err.message, "geheim"));
    for (size_t i = 0; i < directive_count(); i++) {
        struct strbuf value;
        strbuf_init(&value);
        directive_print(directive_at(i), &config, &value);
        ck_assert_ptr_null(strstr(strbuf_slice(&value).ptr, "geheim"));
        strbuf_fini(&value);
    }
}
END_TEST

START_TEST(test_file_errors)
{
    ck_assert(!load_text("port 1\n# x\nprot 2\n"));
    ck_assert_ptr_nonnull(strstr(err.message, ":3: unknown directive 'prot'"));
    error_clear(&err);
    ck_assert(!load_text("port x\n"));
    ck_assert_ptr_nonnull(strstr(err.message, ":1: port: expected a number"));
    error_clear(&err);
    ck_assert(!load_text("\ndir \"a\n"));
    ck_assert_ptr_nonnull(strstr(err.message, ":2: unbalanced quotes"));
    error_clear(&err);
    ck_assert(!config_load_file(&config, "/nonexistent/quipu.conf", &err));
    ck_assert_str_eq(err.message, "/nonexistent/quipu.conf: No such file or directory");
}
END_TEST

START_TEST(test_set)
{
    struct slice good[] = {SLICE_LIT("query-timeout"), SLICE_LIT("5s"), SLICE_LIT("max-cells"),
                           SLICE_LIT("10")};
    struct slice half[] = {SLICE_LIT("query-timeout"), SLICE_LIT("7s"), SLICE_LIT("max-cells"),
                           SLICE_LIT("none")};
    struct slice fixed[] = {SLICE_LIT("port"), SLICE_LIT("1")};
    struct slice unknown[] = {SLICE_LIT("nosuch"), SLICE_LIT("1")};
    ck_assert(config_set(&config, good, 4, &err));
    struct executor_settings settings = EXECUTOR_SETTINGS_DEFAULT;
    config_fill_executor(&config, &settings);
    ck_assert_int_eq(settings.query_timeout_ms, 5000);
    ck_assert_uint_eq(settings.max_cells, 10);
    ck_assert(!config_set(&config, half, 4, &err));
    check_value("query-timeout", "5000");
    error_clear(&err);
    ck_assert(!config_set(&config, fixed, 2, &err));
    ck_assert_str_eq(err.message, "CONFIG SET failed (possibly related to argument 'port') - "
                                  "can't set immutable config");
    error_clear(&err);
    ck_assert(!config_set(&config, unknown, 2, &err));
    ck_assert_str_eq(err.message,
                     "Unknown option or number of arguments for CONFIG SET - 'nosuch'");
}
END_TEST

/* CONFIG SET works on a copy of the struct, which must not share what a failed one has changed: no
 * lists. A text is replaced as a whole. */
START_TEST(test_live_directives_are_no_lists)
{
    for (size_t i = 0; i < directive_count(); i++) {
        const struct directive *directive = directive_at(i);
        switch (directive->type) {
        case DIRECTIVE_NUMBER:
        case DIRECTIVE_OCTAL:
        case DIRECTIVE_BYTES:
        case DIRECTIVE_MS:
        case DIRECTIVE_SECONDS:
        case DIRECTIVE_CHOICE:
        case DIRECTIVE_TEXT:
        case DIRECTIVE_SECRET:
        case DIRECTIVE_PASSWORD: break;
        case DIRECTIVE_WORDS:
        case DIRECTIVE_SHARDS:
        case DIRECTIVE_USER:
        case DIRECTIVE_DATASET: ck_assert_msg(!directive->live, "%s", directive->name);
        }
    }
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool matches;
} glob_rows[] = {
    {"*", "", true},
    {"*", "abc", true},
    {"max*", "maxclients", true},
    {"*ttl", "cache-ttl", true},
    {"*-*", "cache-ttl", true},
    {"a*b*c", "aXbYbZc", true},
    {"a*b*c", "aXbYbZ", false},
    {"a?c", "abc", true},
    {"a?c", "ac", false},
    {"[a-c]x", "bx", true},
    {"[^a-c]x", "bx", false},
    {"[abc", "b", true},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"PORT", "port", true},
    {"", "", true},
    {"", "a", false},
    {"abc", "ab", false},
};

START_TEST(test_glob)
{
    ck_assert(glob_match(slice_str(glob_rows[_i].pattern), slice_str(glob_rows[_i].text)) ==
              glob_rows[_i].matches);
}
END_TEST

static const struct {
    const char *pattern, *prefix;
    bool matches;
} prefix_rows[] = {
    {"*", "user:", true},         {"user:*", "user:", true},
    {"user:*", "user:7", true},   {"us*", "user:", true},
    {"u*r:*", "user:", true},     {"[tu]ser:*", "user:", true},
    {"user:**", "user:", true},   {"user:*", "user", false},
    {"user:?*", "user:", false},  {"user:*x", "user:", false},
    {"user:", "user:", false},    {"user:\\*", "user:", false},
    {"user:[*", "user:", false},  {"user:[*]", "user:", false},
    {"person:*", "user:", false}, {"*", "", true},
    {"user:*", "", false},
};

/* And what is said to match all of a prefix matches what begins so. */
START_TEST(test_glob_of_a_prefix)
{
    static const char *const BEHIND[] = {"", "7", "*", "[", "abc", "user:"};
    struct slice pattern = slice_str(prefix_rows[_i].pattern);
    struct slice prefix = slice_str(prefix_rows[_i].prefix);
    ck_assert(glob_matches_all_of(pattern, prefix) == prefix_rows[_i].matches);
    for (int i = 0; i < NROWS(BEHIND) && prefix_rows[_i].matches; i++) {
        struct strbuf text;
        strbuf_init(&text);
        strbuf_printf(&text, "%s%s", prefix_rows[_i].prefix, BEHIND[i]);
        ck_assert(glob_match_exact(pattern, strbuf_slice(&text)));
        strbuf_fini(&text);
    }
}
END_TEST

static void
file_read(const char *path, struct strbuf *out)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    size_t n;
    do {
        n = fread(strbuf_reserve(out, 4096), 1, 4096, file);
        out->len += n;
    } while (n > 0);
    strbuf_reserve(out, 0)[0] = '\0';
    fclose(file);
}

/* To write it anew: quipu-server --print-conf > conf/quipu.conf */
START_TEST(test_sample_file)
{
    struct strbuf expected, found;
    strbuf_init(&expected);
    strbuf_init(&found);
    config_print_sample(&expected);
    file_read(QUIPU_SOURCE_DIR "/conf/quipu.conf", &found);
    ck_assert_str_eq(found.ptr, expected.ptr);
    ck_assert_msg(config_load_file(&config, QUIPU_SOURCE_DIR "/conf/quipu.conf", &err), "%s",
                  err.message);
    ck_assert_msg(config_finish(&config, &err), "%s", err.message);
    strbuf_fini(&expected);
    strbuf_fini(&found);
}
END_TEST

/* The page has the row of each directive, just as the table prints it. */
START_TEST(test_documents)
{
    struct strbuf page, row;
    strbuf_init(&page);
    strbuf_init(&row);
    file_read(QUIPU_SOURCE_DIR "/docs/configuration.md", &page);
    for (size_t i = 0; i < directive_count(); i++) {
        strbuf_clear(&row);
        directive_print_row(directive_at(i), &row);
        ck_assert_msg(strstr(page.ptr, row.ptr) != NULL, "docs/configuration.md lacks:\n%s",
                      row.ptr);
    }
    strbuf_fini(&page);
    strbuf_fini(&row);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_value, 0, NROWS(value_rows));
    tcase_add_test(tcase, test_print_is_read_back);
    tcase_add_loop_test(tcase, test_message, 0, NROWS(message_rows));
    tcase_add_test(tcase, test_file);
    tcase_add_test(tcase, test_file_errors);
    tcase_add_test(tcase, test_secrets_are_not_repeated);
    tcase_add_test(tcase, test_set);
    tcase_add_test(tcase, test_live_directives_are_no_lists);
    tcase_add_loop_test(tcase, test_glob, 0, NROWS(glob_rows));
    tcase_add_loop_test(tcase, test_glob_of_a_prefix, 0, NROWS(prefix_rows));
    tcase_add_test(tcase, test_sample_file);
    tcase_add_test(tcase, test_documents);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
