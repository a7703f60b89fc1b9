/*
 * server/access/acl, acl_user, acl_check, acl_print, acl_category, acl_log, password: rules read and
 * printed, decisions, files, passwords.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "server/access/acl.h"
#include "server/access/acl_log.h"
#include "server/commands/command_list.h"
#include "server/proxy/channel_set.h"
#include "server/table/acl_category.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* SHA-256 of "x". */
#define X_HASH "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

static struct acl *acl;
static struct arena *arena;
static struct catalog *catalog;
static struct error err;

static bool
is_command(const void *arg, struct slice name)
{
    static const char *const NAMES[] = {"get",    "set",        "hget",   "hset",       "eval",
                                        "config", "config|get", "client", "client|kill"};
    (void) arg;
    for (int i = 0; i < NROWS(NAMES); i++) {
        if (slice_equal_nocase(name, slice_str(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

static const struct acl_names NAMES = {is_command, NULL};

static void
setup(void)
{
    acl = acl_new();
    arena = arena_new();
    catalog = catalog_new();
    error_clear(&err);
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 4, METHOD_SETS, &err));
    ck_assert(
        catalog_add(catalog, slice_lit("people"), slice_lit("person_"), 4, METHOD_SETS, &err));
}

static void
teardown(void)
{
    catalog_free(catalog);
    arena_free(arena);
    acl_free(acl);
}

/* A user by a line of rules. */
static bool
set(const char *name, const char *rules)
{
    struct slice *words;
    size_t nwords;
    ck_assert(words_split(arena, slice_str(rules), &words, &nwords));
    return acl_set(acl, slice_str(name), words, nwords, &NAMES, &err);
}

/* -- rules ------------------------------------------------------------------------------------- */

/* What is set, and what ACL LIST then says behind the name. */
static const struct {
    const char *rules, *printed;
} rule_rows[] = {
    {"", "off resetchannels -@all"},
    {"on >x", "on #" X_HASH " resetchannels -@all"},
    {"on >x >x <x", "on resetchannels -@all"},
    {"ON NOPASS", "on nopass resetchannels -@all"},
    {">x nopass", "off nopass resetchannels -@all"},
    {"nopass >x", "off #" X_HASH " resetchannels -@all"},
    {"nopass resetpass", "off resetchannels -@all"},
    {"#" X_HASH, "off #" X_HASH " resetchannels -@all"},
    {"#" X_HASH " !" X_HASH, "off resetchannels -@all"},
    {"~a:* %R~b:* %W~c %RW~d ~a:*", "off ~a:* %R~b:* %W~c ~d resetchannels -@all"},
    {"~a allkeys", "off ~* resetchannels -@all"},
    {"allkeys resetkeys ~b", "off ~b resetchannels -@all"},
    {"&c1 &c2", "off resetchannels &c1 &c2 -@all"},
    {"&c1 allchannels", "off &* -@all"},
    {"allcommands", "off resetchannels +@all"},
    {"+get +SET", "off resetchannels -@all +get +set"},
    {"+get -get", "off resetchannels -@all -get"},
    {"+get -@all +set", "off resetchannels -@all +set"},
    {"+@all -@dangerous +config|get", "off resetchannels +@all -@dangerous +config|get"},
    {"+config|get +config", "off resetchannels -@all +config"},
    {"+client -client|kill", "off resetchannels -@all +client -client|kill"},
    {"-@dangerous +@read", "off resetchannels -@all -@dangerous +@read"},
    {"dataset:current dataset:p*", "off resetchannels dataset:current dataset:p* -@all"},
    {"dataset:a alldatasets", "off resetchannels alldatasets -@all"},
    {"alldatasets resetdatasets", "off resetchannels -@all"},
    {"readonly", "off resetchannels readonly -@all"},
    {"readonly readwrite", "off resetchannels -@all"},
    {"suppress-below:10 max-cells:1000 max-queries:2 rate:50",
     "off resetchannels suppress-below:10 max-cells:1000 max-queries:2 rate:50 -@all"},
    {"unknown-fields:ERROR", "off resetchannels unknown-fields:error -@all"},
    {"unknown-fields:error unknown-fields:warn suppress-below:2",
     "off resetchannels suppress-below:2 unknown-fields:warn -@all"},
    {"unknown-fields:error unknown-fields:default", "off resetchannels -@all"},
    {"unknown-fields:error reset", "off resetchannels -@all"},
    {"max-cells:1000 max-cells:0", "off resetchannels -@all"},
    {"on >x ~* +@all rate:1 reset", "off resetchannels -@all"},
    {"sanitize-payload skip-sanitize-payload clearselectors", "off resetchannels -@all"},
};

static void
check_printed(const char *name, const char *printed)
{
    struct strbuf text, expected;
    strbuf_init(&text);
    strbuf_init(&expected);
    acl_user_print(acl_find(acl, slice_str(name)), &text);
    strbuf_printf(&expected, "user %s %s", name, printed);
    ck_assert_str_eq(text.ptr, expected.ptr);
    strbuf_fini(&text);
    strbuf_fini(&expected);
}

/* And what is printed makes the same user. */
START_TEST(test_rules)
{
    ck_assert_msg(set("ann", rule_rows[_i].rules), "%s", err.message);
    check_printed("ann", rule_rows[_i].printed);
    ck_assert_msg(set("bob", rule_rows[_i].printed), "%s", err.message);
    check_printed("bob", rule_rows[_i].printed);
}
END_TEST

static const struct {
    const char *rules, *message;
} error_rows[] = {
    {"foo", "Error in ACL SETUSER modifier 'foo': Syntax error"},
    {"on (~x)", "Error in ACL SETUSER modifier '(~x)': Selectors are not supported"},
    {"+nosuch", "Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL"},
    {"+config|nosuch",
     "Error in ACL SETUSER modifier '+config|nosuch': Unknown command or category name in ACL"},
    {"-@nosuch",
     "Error in ACL SETUSER modifier '-@nosuch': Unknown command or category name in ACL"},
    {"+", "Error in ACL SETUSER modifier '+': Unknown command or category name in ACL"},
    {"#abc",
     "Error in ACL SETUSER modifier '#...': The password hash must be exactly 64 characters "
     "and contain only lowercase hexadecimal characters"},
    {"<secret", "Error in ACL SETUSER modifier '<...': The password you are trying to remove from "
                "the user does not exist"},
    {"%X~a", "Error in ACL SETUSER modifier '%X~a': Syntax error"},
    {"%RR~a", "Error in ACL SETUSER modifier '%RR~a': Syntax error"},
    {"%R", "Error in ACL SETUSER modifier '%R': Syntax error"},
    {"%~a", "Error in ACL SETUSER modifier '%~a': Syntax error"},
    {"dataset:", "Error in ACL SETUSER modifier 'dataset:': Syntax error"},
    {"rate:x",
     "Error in ACL SETUSER modifier 'rate:x': A number is expected behind ':', 0 for none"},
    {"rate:-1",
     "Error in ACL SETUSER modifier 'rate:-1': A number is expected behind ':', 0 for none"},
    {"allkeys ~a",
     "Error in ACL SETUSER modifier '~a': Adding a pattern after the * pattern (or the 'allkeys' "
     "flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list "
     "of patterns"},
};

/* A mistake changes nothing of a user, and makes none. */
START_TEST(test_rule_errors)
{
    ck_assert(set("ann", "on >x +get"));
    ck_assert(!set("ann", error_rows[_i].rules));
    ck_assert_str_eq(err.message, error_rows[_i].message);
    check_printed("ann", "on #" X_HASH " resetchannels -@all +get");
    error_clear(&err);
    ck_assert(!set("bob", error_rows[_i].rules));
    ck_assert_ptr_null(acl_find(acl, slice_lit("bob")));
}
END_TEST

START_TEST(test_names)
{
    ck_assert(!set("a b", "on"));
    ck_assert_str_eq(err.message, "Usernames can't contain spaces or null characters");
    error_clear(&err);
    ck_assert(!set("", "on"));
    ck_assert(set("zoe", "") && set("ann", "+ft.search") == false);
    ck_assert(set("ann", ""));
    const char *const expected[] = {"ann", "default", "zoe"};
    ck_assert_uint_eq(acl_count(acl), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(slice_equal(acl_user_name(acl_at(acl, i)), slice_str(expected[i])));
    }
    ck_assert(acl_remove(acl, slice_lit("ann")));
    ck_assert(!acl_remove(acl, slice_lit("ann")));
}
END_TEST

/* A command that is not known yet is taken where nobody can say, and found later. */
START_TEST(test_unknown_commands_are_found_later)
{
    struct slice rules[] = {SLICE_LIT("+get"), SLICE_LIT("-flushal"), SLICE_LIT("+config|get")};
    ck_assert(acl_set(acl, slice_lit("ann"), rules, 3, NULL, &err));
    struct slice unknown = acl_user_unknown_command(acl_find(acl, slice_lit("ann")), &NAMES);
    ck_assert(slice_equal(unknown, slice_lit("flushal")));
    ck_assert_uint_eq(acl_user_unknown_command(acl_default(acl), &NAMES).len, 0);
}
END_TEST

/* -- passwords --------------------------------------------------------------------------------- */

static bool
logs_in(const char *name, const char *password)
{
    struct acl_user *user = acl_login(acl, slice_str(name), slice_str(password));
    ck_assert(!user || slice_equal(acl_user_name(user), slice_str(name)));
    return user != NULL;
}

START_TEST(test_login)
{
    ck_assert(set("ann", "on >x >y") && set("bob", ">x") && set("eve", "on nopass"));
    ck_assert(logs_in("ann", "x") && logs_in("ann", "y"));
    ck_assert(!logs_in("ann", "z") && !logs_in("ann", "") && !logs_in("ann", X_HASH));
    ck_assert(!logs_in("bob", "x")); /* off */
    ck_assert(logs_in("eve", "anything"));
    ck_assert(!logs_in("nobody", "x"));
    ck_assert(logs_in("default", ""));
    ck_assert(acl_user_is_open(acl_default(acl)));
    struct password_hash hash;
    password_hash(slice_lit("x"), &hash);
    acl_set_default_password(acl, &hash);
    ck_assert(!logs_in("default", "") && logs_in("default", "x"));
    ck_assert(!acl_user_is_open(acl_default(acl)));
    acl_set_default_password(acl, NULL);
    ck_assert(acl_user_is_open(acl_default(acl)));
}
END_TEST

START_TEST(test_password_text)
{
    struct password_hash hash, read;
    struct strbuf text;
    strbuf_init(&text);
    password_hash(slice_lit("x"), &hash);
    password_print(&hash, &text);
    ck_assert_str_eq(text.ptr, X_HASH);
    ck_assert(password_parse(strbuf_slice(&text), &read) && password_equal(&hash, &read));
    text.ptr[0] = 'A';
    ck_assert(!password_parse(strbuf_slice(&text), &read));
    ck_assert(!password_parse(slice_lit("ab"), &read));
    strbuf_fini(&text);
}
END_TEST

/* -- what is listened to ----------------------------------------------------------------------- */

static bool
count_one(void *arg, enum channel_kind kind, struct slice name)
{
    size_t *counts = arg;
    counts[kind] += name.len == 4;
    return true;
}

static bool
is_no_sharded_one(void *arg, enum channel_kind kind, struct slice name)
{
    (void) arg, (void) name;
    return kind != CHANNEL_SHARDED;
}

START_TEST(test_channel_set)
{
    struct channel_set set = {0};
    size_t counts[3] = {0};
    for (int i = 0; i < 2 * 300; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%03d", i % 300);
        channel_set_add(&set, (enum channel_kind)(i % 3), slice_str(name));
        channel_set_remove(&set, (enum channel_kind)((i + 1) % 3), slice_str(name));
    }
    ck_assert_uint_eq(set.count, 300);
    ck_assert(channel_set_all(&set, count_one, counts));
    ck_assert(counts[0] == 100 && counts[1] == 100 && counts[2] == 100);
    ck_assert(!channel_set_all(&set, is_no_sharded_one, NULL));
    channel_set_remove_all(&set, CHANNEL_SHARDED);
    channel_set_remove(&set, CHANNEL_PLAIN, slice_lit("c000"));
    channel_set_add(&set, CHANNEL_PLAIN, slice_lit(""));
    channel_set_add(&set, CHANNEL_PLAIN, slice_lit(""));
    ck_assert_uint_eq(set.count, 200);
    ck_assert(channel_set_all(&set, is_no_sharded_one, NULL));
    channel_set_clear(&set);
    channel_set_remove(&set, CHANNEL_PLAIN, slice_lit("c000"));
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* -- decisions --------------------------------------------------------------------------------- */

/* A request as words; its categories; R, W or none of them for keys from place 1 on. */
static const struct {
    const char *rules, *request;
    uint32_t categories;
    const char *access, *verdict; /* verdict: the object too, where there is one */
} check_rows[] = {
    {"", "get a", ACL_READ, "R", "command"},
    {"+get", "get a", ACL_READ, "R", "key a"},
    {"+get ~a", "get a", ACL_READ, "R", "allowed"},
    {"+get ~a", "GET a", ACL_READ, "R", "allowed"},
    {"+get ~A", "get a", ACL_READ, "R", "key a"},
    {"+get ~a", "getset a", ACL_WRITE, "RW", "command"},
    {"+getset ~a", "get a", ACL_READ, "R", "command"},
    {"+@read ~*", "get a", ACL_READ | ACL_FAST, "R", "allowed"},
    {"+@read ~*", "set a", ACL_WRITE | ACL_FAST, "W", "command"},
    {"+@read -get ~*", "get a", ACL_READ, "R", "command"},
    {"-get +@read ~*", "get a", ACL_READ, "R", "allowed"},
    {"+@all -@dangerous +config|get", "config|get", ACL_DANGEROUS, "", "allowed"},
    {"+@all -@dangerous +config|get", "config|set", ACL_DANGEROUS, "", "command"},
    {"+config", "config|set", ACL_DANGEROUS, "", "allowed"},
    {"+client -client|kill", "client|kill", 0, "", "command"},
    {"+client -client|kill", "client|list", 0, "", "allowed"},
    {"+@all %R~a", "get a", ACL_READ, "R", "allowed"},
    {"+@all %R~a", "set a", ACL_WRITE, "W", "key a"},
    {"+@all %W~a", "set a", ACL_WRITE, "W", "allowed"},
    {"+@all %W~a", "getset a", ACL_WRITE, "RW", "key a"},
    {"+@all %R~a %W~a", "getset a", ACL_WRITE, "RW", "key a"},
    {"+@all ~a", "getset a", ACL_WRITE, "RW", "allowed"},
    {"+@all ~a ~b", "del a b", ACL_WRITE, "W", "allowed"},
    {"+@all ~a ~b", "del a b c", ACL_WRITE, "W", "key c"},
    {"+@all ~*", "hget profile_1", ACL_READ, "R", "dataset current"},
    {"+@all ~* dataset:people", "hget profile_1", ACL_READ, "R", "dataset current"},
    {"+@all ~* dataset:people", "hget person_1", ACL_READ, "R", "allowed"},
    {"+@all ~* dataset:people", "get other", ACL_READ, "R", "allowed"},
    {"+@all ~* alldatasets", "hget profile_1", ACL_READ, "R", "allowed"},
    {"+@all dataset:current", "hget profile_1", ACL_READ, "R", "key profile_1"},
    {"+@all ~* alldatasets readonly", "hget profile_1", ACL_READ, "R", "allowed"},
    {"+@all ~* alldatasets readonly", "hset profile_1", ACL_WRITE, "W", "write"},
    {"+@all ~* alldatasets readonly", "eval", ACL_SCRIPTING, "", "script"},
    {"+@all ~* alldatasets", "eval", ACL_SCRIPTING, "", "script"}, /* no channels */
    {"+@all ~* alldatasets &*", "eval", ACL_SCRIPTING, "", "allowed"},
    {"+@all ~* alldatasets &*", "fcall", ACL_SCRIPTING, "", "allowed"},
    {"+@all ~*", "fcall_ro", ACL_SCRIPTING, "", "script"},
    {"+@all ~*", "script|load", ACL_SCRIPTING, "", "allowed"},
};

/* "config|get a b" -> name, sub, two keys */
static void
request_fill(struct access_action *request, struct acl_range *keys, const char *text,
             const char *access)
{
    struct slice *words;
    size_t nwords;
    ck_assert(words_split(arena, slice_str(text), &words, &nwords));
    const char *bar = strchr(words[0].ptr, '|');
    request->name = words[0];
    if (bar) {
        request->name.len = (size_t) (bar - words[0].ptr);
        request->sub = slice_str(bar + 1);
    }
    request->args = words;
    request->catalog = catalog;
    *keys = (struct acl_range){1, nwords - 1, 1, 0};
    keys->access |= strchr(access, 'R') ? ACL_KEY_READ : 0;
    keys->access |= strchr(access, 'W') ? ACL_KEY_WRITE : 0;
    request->keys = keys;
    request->nkeys = nwords > 1;
    request->writes = strchr(access, 'W') != NULL;
}

static void
check_verdict(const struct access_action *request, const char *expected)
{
    static const char *const VERDICTS[] = {"allowed", "command", "script", "write",
                                           "key",     "channel", "dataset"};
    struct slice object;
    struct strbuf text;
    strbuf_init(&text);
    enum acl_verdict verdict = acl_user_check(acl_find(acl, slice_lit("ann")), request, &object);
    strbuf_printf(&text, "%s%s%.*s", VERDICTS[verdict], object.len ? " " : "", SLICE_ARG(object));
    ck_assert_str_eq(text.ptr, expected);
    strbuf_fini(&text);
}

START_TEST(test_check)
{
    struct slice *words;
    size_t nwords;
    struct acl_range keys;
    struct access_action request = {.categories = check_rows[_i].categories};
    ck_assert(words_split(arena, slice_str(check_rows[_i].rules), &words, &nwords));
    ck_assert_msg(acl_set(acl, slice_lit("ann"), words, nwords, NULL, &err), "%s", err.message);
    request_fill(&request, &keys, check_rows[_i].request, check_rows[_i].access);
    check_verdict(&request, check_rows[_i].verdict);
}
END_TEST

/* dataset "*": all of them. */
static const struct {
    const char *rules, *dataset, *verdict;
} dataset_rows[] = {
    {"+@all", "current", "dataset current"},
    {"+@all dataset:current", "current", "allowed"},
    {"+@all dataset:current", "CURRENT", "dataset CURRENT"},
    {"+@all dataset:current", "current_2026w47", "dataset current_2026w47"},
    {"+@all dataset:current*", "current_2026w47", "allowed"},
    {"+@all dataset:current*", "*", "dataset *"},
    {"+@all alldatasets", "*", "allowed"},
    {"+@all alldatasets readonly", "*", "allowed"},
    {"+@all ~* &* alldatasets", "anything", "allowed"},
};

START_TEST(test_check_dataset)
{
    struct access_action request = {.name = slice_lit("count"), .sub = slice_lit("")};
    ck_assert(set("ann", dataset_rows[_i].rules));
    request.all_datasets = strcmp(dataset_rows[_i].dataset, "*") == 0;
    struct slice dataset = slice_str(dataset_rows[_i].dataset);
    request.datasets = &dataset;
    request.ndatasets = !request.all_datasets;
    check_verdict(&request, dataset_rows[_i].verdict);
}
END_TEST

START_TEST(test_check_channel)
{
    struct slice words[] = {SLICE_LIT("subscribe"), SLICE_LIT("news.a"), SLICE_LIT("news.*")};
    struct acl_range one = {1, 1, 1, 0}, other = {2, 2, 1, 0};
    struct access_action request = {
        .name = words[0], .args = words, .channels = &one, .nchannels = 1};
    ck_assert(set("ann", "+@all"));
    check_verdict(&request, "channel news.a");
    ck_assert(set("ann", "&news.?"));
    check_verdict(&request, "allowed");
    request.channels = &other;
    request.channels_are_patterns = true;
    check_verdict(&request, "channel news.*");
    ck_assert(set("ann", "&news.*"));
    check_verdict(&request, "allowed");
}
END_TEST

START_TEST(test_limits_and_flags)
{
    ck_assert(set("ann", "max-cells:10 max-queries:2 rate:5 suppress-below:7"));
    struct acl_user *ann = acl_find(acl, slice_lit("ann"));
    struct acl_limits limits = acl_user_limits(ann);
    ck_assert_int_eq(limits.max_cells, 10);
    ck_assert_int_eq(limits.max_queries, 2);
    ck_assert_int_eq(limits.rate, 5);
    ck_assert_int_eq(acl_user_suppress_below(ann), 7);
    ck_assert(acl_user_is_unrestricted(acl_default(acl)));
    ck_assert(set("bob", "~* &* alldatasets +@all") && set("eve", "~* &* alldatasets +@all -get"));
    ck_assert(acl_user_is_unrestricted(acl_find(acl, slice_lit("bob"))));
    ck_assert(!acl_user_is_unrestricted(acl_find(acl, slice_lit("eve"))));
    ck_assert(set("bob", "suppress-below:7"));
    ck_assert(!acl_user_is_unrestricted(acl_find(acl, slice_lit("bob"))));
}
END_TEST

/* -- categories -------------------------------------------------------------------------------- */

static void
check_has_categories(const char *parent, struct command_family family)
{
    for (size_t i = 0; i < family.ncommands; i++) {
        const struct command *command = &family.commands[i];
        ck_assert_msg(acl_category_of(parent, command->name) != 0,
                      "%s %s: no row in server/table/acl_category.c", parent ? parent : "",
                      command->name);
        if (command->subcommands) {
            check_has_categories(command->name, command->subcommands());
        }
    }
}

START_TEST(test_each_command_has_categories)
{
    const struct command_families *ours = command_list();
    for (size_t i = 0; i < ours->nfamilies; i++) {
        check_has_categories(NULL, ours->families[i]());
    }
    ck_assert_uint_eq(acl_category_of(NULL, "nosuch"), 0);
    ck_assert_uint_eq(acl_category_of("config", "set"), ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS);
}
END_TEST

START_TEST(test_category_names)
{
    uint32_t bit;
    for (size_t i = 0; i < ACL_NCATEGORIES; i++) {
        ck_assert(acl_category_find(slice_str(acl_category_name(i)), &bit));
        ck_assert_uint_eq(bit, 1u << i);
    }
    ck_assert(acl_category_find(slice_lit("CROSSTAB"), &bit));
    ck_assert_uint_eq(bit, ACL_CROSSTAB);
    ck_assert(!acl_category_find(slice_lit("@read"), &bit));
}
END_TEST

/* -- files ------------------------------------------------------------------------------------- */

static char path[] = "/tmp/quipu-test-acl-XXXXXX";

static void
file_write(const char *text)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int) strlen(text));
    close(fd);
}

START_TEST(test_file)
{
    ck_assert(set("ann", "on +get") && set("gone", "on"));
    struct acl_user *ann = acl_user_hold(acl_find(acl, slice_lit("ann")));
    struct acl_user *gone = acl_user_hold(acl_find(acl, slice_lit("gone")));
    file_write("# comment\n\nuser ann on #" X_HASH " +set\r\nuser bob on nopass ~a\"b +@all\n");
    ck_assert_msg(acl_load_file(acl, path, &NAMES, &err), "%s", err.message);
    ck_assert(acl_find(acl, slice_lit("ann")) == ann);
    ck_assert(acl_has(acl, ann) && !acl_has(acl, gone));
    check_printed("ann", "on #" X_HASH " resetchannels -@all +set");
    check_printed("bob", "on nopass ~a\"b resetchannels +@all");
    check_printed("default", "on nopass ~* &* alldatasets +@all");
    acl_user_release(ann);
    acl_user_release(gone);
    unlink(path);
}
END_TEST

START_TEST(test_file_is_saved_and_read_back)
{
    struct stat status;
    ck_assert(set("ann", "on >x ~a dataset:current +@crosstab") && set("default", "off"));
    file_write("");
    ck_assert(chmod(path, 0644) == 0);
    ck_assert_msg(acl_save_file(acl, path, &err), "%s", err.message);
    ck_assert(stat(path, &status) == 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert(acl_remove(acl, slice_lit("ann")) && set("default", "on"));
    ck_assert_msg(acl_load_file(acl, path, &NAMES, &err), "%s", err.message);
    check_printed("ann", "on #" X_HASH " ~a resetchannels dataset:current -@all +@crosstab");
    ck_assert(!acl_user_is_on(acl_default(acl)));
    unlink(path);
    ck_assert(!acl_save_file(acl, "/nonexistent/users.acl", &err));
    ck_assert_str_eq(err.message, "/nonexistent/users.acl: No such file or directory");
}
END_TEST

static const struct {
    const char *text, *message;
} file_rows[] = {
    {"user ann on\nuser ann off\n", ":2: user 'ann' is there twice"},
    {"\nusr ann on\n", ":2: a line must be `user <name> <rule> ...`"},
    {"user\n", ":1: a line must be `user <name> <rule> ...`"},
    {"user ann on +nosuch\n", ":1: Error in ACL SETUSER modifier '+nosuch': Unknown command"},
};

START_TEST(test_file_with_a_mistake_changes_nothing)
{
    ck_assert(set("ann", "on +get"));
    file_write(file_rows[_i].text);
    ck_assert(!acl_load_file(acl, path, &NAMES, &err));
    ck_assert_msg(strncmp(err.message, path, strlen(path)) == 0 &&
                      strstr(err.message, file_rows[_i].message),
                  "%s", err.message);
    check_printed("ann", "on resetchannels -@all +get");
    unlink(path);
}
END_TEST

/* -- the log ----------------------------------------------------------------------------------- */

static void
log_add(struct acl_log *log, const char *object, int64_t now_ms)
{
    acl_log_add(log, ACL_LOG_KEY, slice_str(object), slice_lit("ann"), slice_lit("id=1"), now_ms,
                2);
}

START_TEST(test_log)
{
    struct acl_log log = {0};
    log_add(&log, "a", 0);
    log_add(&log, "b", 1);
    log_add(&log, "a", 2);
    ck_assert_uint_eq(log.nentries, 2);
    ck_assert_str_eq(log.newest->object.ptr, "a");
    ck_assert_uint_eq(log.newest->count, 2);
    log_add(&log, "a", 2 + 60 * 1000 + 1);
    ck_assert_uint_eq(log.newest->count, 1);
    ck_assert_uint_eq(log.nentries, 2);
    acl_log_reset(&log);
    ck_assert_ptr_null(log.newest);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("acl");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_rules, 0, NROWS(rule_rows));
    tcase_add_loop_test(tcase, test_rule_errors, 0, NROWS(error_rows));
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_unknown_commands_are_found_later);
    tcase_add_test(tcase, test_login);
    tcase_add_test(tcase, test_channel_set);
    tcase_add_test(tcase, test_password_text);
    tcase_add_loop_test(tcase, test_check, 0, NROWS(check_rows));
    tcase_add_loop_test(tcase, test_check_dataset, 0, NROWS(dataset_rows));
    tcase_add_test(tcase, test_check_channel);
    tcase_add_test(tcase, test_limits_and_flags);
    tcase_add_test(tcase, test_each_command_has_categories);
    tcase_add_test(tcase, test_category_names);
    tcase_add_test(tcase, test_file);
    tcase_add_test(tcase, test_file_is_saved_and_read_back);
    tcase_add_loop_test(tcase, test_file_with_a_mistake_changes_nothing, 0, NROWS(file_rows));
    tcase_add_test(tcase, test_log);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
