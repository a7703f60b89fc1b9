/*
 * Access: what a user may do, as rows of rules, an action and what is said of it; who a client is.
 */
#include <check.h>
#include <string.h>

#include "base/arena.h"
#include "base/words.h"
#include "server/access/access.h"
#include "server/table/acl_category.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))
#define NO_COMMAND "this user has no permissions to run the "
#define NO_KEY "this user has no permissions to access one of the keys used as arguments"
#define NO_CHANNEL "this user has no permissions to access one of the channels used as arguments"
#define FLOOR "counts below 10 are to be kept from this user"

static struct acl *acl;
static struct arena *arena;
static struct catalog *catalog;
static struct error err;

static void
setup(void)
{
    acl = acl_new();
    arena = arena_new();
    catalog = catalog_new();
    error_clear(&err);
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 4, METHOD_SETS, &err));
}

static void
teardown(void)
{
    catalog_free(catalog);
    arena_free(arena);
    acl_free(acl);
}

/* A user by a line of rules. */
static const struct acl_user *
user_of(const char *rules)
{
    struct slice *words, name = slice_lit("ann");
    size_t nwords;
    ck_assert(words_split(arena, slice_str(rules), &words, &nwords));
    ck_assert_msg(acl_set(acl, name, words, nwords, NULL, &err), "%s", err.message);
    return acl_find(acl, name);
}

/* -- the check --------------------------------------------------------------------------------- */

/* What a row may ask for; one of each. */
struct asked {
    const char *name, *sub;
    uint32_t categories;
    bool writes, tells_no_rows, all_datasets, is_pattern;
    const char *key, *prefix, *channel, *dataset, *given, *option;
    unsigned access; /* of key and prefix */
};

#define GET .name = "get", .categories = ACL_READ, .access = ACL_KEY_READ
#define SET .name = "set", .categories = ACL_WRITE, .writes = true, .access = ACL_KEY_WRITE
#define COUNT .name = "count", .categories = ACL_CROSSTAB | ACL_READ, .tells_no_rows = true

static const struct {
    const char *rules;
    struct asked asked;
    const char *message; /* NULL: allowed */
    const char *object;  /* for ACL LOG, "" the command; NULL: nothing is noted */
    enum acl_log_reason reason;
} check_rows[] = {
    {.rules = "+@all ~* &* alldatasets", .asked = {GET, .key = "a"}},
    {.rules = "+@all ~* &* alldatasets", .asked = {.name = "flushall", .all_datasets = true}},
    /* commands and categories */
    {.rules = "+@read ~*", .asked = {GET, .key = "a"}},
    {.rules = "+@read ~*",
     .asked = {SET, .key = "a"},
     .message = NO_COMMAND "'set' command",
     .object = "",
     .reason = ACL_LOG_COMMAND},
    {.rules = "+config|get", .asked = {.name = "config", .sub = "get"}},
    {.rules = "+config|get",
     .asked = {.name = "config", .sub = "set"},
     .message = NO_COMMAND "'config|set' command",
     .object = "",
     .reason = ACL_LOG_COMMAND},
    {.rules = "+@all ~* readonly",
     .asked = {SET, .key = "a"},
     .message = "this user is read-only and has no permissions to run the 'set' command",
     .object = "",
     .reason = ACL_LOG_COMMAND},
    {.rules = "+@all ~*",
     .asked = {.name = "eval", .categories = ACL_SCRIPTING},
     .message = "'eval' can reach every key of a shard: only a user with allcommands, allkeys, "
                "allchannels and alldatasets may run it",
     .object = "",
     .reason = ACL_LOG_COMMAND},
    /* keys */
    {.rules = "+@all ~a:*", .asked = {SET, .key = "a:1"}},
    {.rules = "+@all ~a:*",
     .asked = {SET, .key = "b:1"},
     .message = NO_KEY,
     .object = "b:1",
     .reason = ACL_LOG_KEY},
    {.rules = "+@all %R~a:*", .asked = {GET, .key = "a:1"}},
    {.rules = "+@all %R~a:*",
     .asked = {SET, .key = "a:1"},
     .message = NO_KEY,
     .object = "a:1",
     .reason = ACL_LOG_KEY},
    {.rules = "+@all ~a:*", .asked = {SET, .prefix = "a:b"}},
    {.rules = "+@all ~a:*",
     .asked = {SET, .prefix = "a"},
     .message = NO_KEY,
     .object = "a",
     .reason = ACL_LOG_KEY},
    {.rules = "+@all ~a:*",
     .asked = {.name = "sort", .key = "a:1", .option = "BY"},
     .message = "BY option of SORT denied due to insufficient ACL permissions.",
     .object = "BY",
     .reason = ACL_LOG_KEY},
    /* channels */
    {.rules = "+@all &news*", .asked = {.name = "subscribe", .channel = "news1"}},
    {.rules = "+@all &news*",
     .asked = {.name = "subscribe", .channel = "other"},
     .message = NO_CHANNEL,
     .object = "other",
     .reason = ACL_LOG_CHANNEL},
    {.rules = "+@all &news*",
     .asked = {.name = "psubscribe", .channel = "news1*", .is_pattern = true},
     .message = NO_CHANNEL,
     .object = "news1*",
     .reason = ACL_LOG_CHANNEL},
    /* datasets: by name, by one of their rows, all of them, and names that are given */
    {.rules = "+@crosstab dataset:current", .asked = {COUNT, .dataset = "current"}},
    {.rules = "+@crosstab dataset:other",
     .asked = {COUNT, .dataset = "current"},
     .message = "this user has no permissions to access dataset 'current'",
     .object = "current",
     .reason = ACL_LOG_DATASET},
    {.rules = "+@all ~*",
     .asked = {GET, .key = "profile_7"},
     .message = "this user has no permissions to access dataset 'current'",
     .object = "current",
     .reason = ACL_LOG_DATASET},
    {.rules = "+@all ~* dataset:current",
     .asked = {.name = "dbsize", .all_datasets = true},
     .message = "this user has no permissions to access dataset '*'",
     .object = "*",
     .reason = ACL_LOG_DATASET},
    {.rules = "+@all dataset:w*", .asked = {.name = "dataset", .sub = "alias", .given = "w47"}},
    {.rules = "+@all dataset:w*",
     .asked = {.name = "dataset", .sub = "alias", .given = "x"},
     .message = "this user has no permissions to access dataset 'x'",
     .object = "x",
     .reason = ACL_LOG_DATASET},
    /* small counts are kept: only what cannot tell how many rows there are is answered */
    {.rules = "+@all ~* alldatasets suppress-below:10", .asked = {COUNT, .dataset = "current"}},
    {.rules = "+@all ~* alldatasets suppress-below:10", .asked = {GET, .key = "a"}},
    {.rules = "+@all ~* alldatasets suppress-below:10",
     .asked = {GET, .key = "profile_7"},
     .message = FLOOR},
    {.rules = "+@all ~* alldatasets suppress-below:10",
     .asked = {.name = "dbsize"},
     .message = FLOOR},
    {.rules = "+@all ~* &* alldatasets suppress-below:10",
     .asked = {.name = "subscribe", .channel = "__keyevent@0__:hset", .tells_no_rows = true},
     .message = FLOOR},
    {.rules = "+@all ~* &* alldatasets suppress-below:10",
     .asked = {.name = "psubscribe", .channel = "*", .is_pattern = true, .tells_no_rows = true},
     .message = FLOOR},
    {.rules = "+@all ~* &* alldatasets suppress-below:10",
     .asked = {.name = "subscribe", .channel = "news", .tells_no_rows = true}},
};

/* One word, if it is there. */
static size_t
word_put(struct slice *out, const char *text)
{
    *out = slice_str(text ? text : "");
    return text != NULL;
}

/* An action and what it points to. */
struct made {
    struct access_action action;
    struct slice args[2], dataset;
    struct acl_range key, channel;
    struct acl_prefix prefix;
};

static void
action_make(const struct asked *asked, struct made *made)
{
    made->key = (struct acl_range){0, 0, 1, asked->access};
    made->channel = (struct acl_range){1, 1, 1, 0};
    made->action = (struct access_action){.categories = asked->categories,
                                          .writes = asked->writes,
                                          .tells_no_rows = asked->tells_no_rows,
                                          .all_datasets = asked->all_datasets,
                                          .channels_are_patterns = asked->is_pattern,
                                          .catalog = catalog,
                                          .args = made->args,
                                          .keys = &made->key,
                                          .channels = &made->channel,
                                          .datasets = &made->dataset,
                                          .prefixes = &made->prefix};
    made->prefix.access = asked->access;
    word_put(&made->action.name, asked->name);
    word_put(&made->action.sub, asked->sub);
    word_put(&made->action.given_name, asked->given);
    word_put(&made->action.pattern_option, asked->option);
    made->action.nkeys = word_put(&made->args[0], asked->key);
    made->action.nchannels = word_put(&made->args[1], asked->channel);
    made->action.ndatasets = word_put(&made->dataset, asked->dataset);
    made->action.nprefixes = word_put(&made->prefix.text, asked->prefix);
}

START_TEST(test_check)
{
    const struct acl_user *user = user_of(check_rows[_i].rules);
    struct access_refusal refusal;
    struct made made;
    action_make(&check_rows[_i].asked, &made);
    bool ok = access_check(user, &made.action, &refusal, &err);
    ck_assert_msg(ok == !check_rows[_i].message, "%s", ok ? "allowed" : err.message);
    ck_assert_int_eq(refusal.is_noted, check_rows[_i].object != NULL);
    if (!ok) {
        bool is_option = check_rows[_i].asked.option != NULL;
        ck_assert_str_eq(err.code, is_option ? "ERR" : "NOPERM");
        ck_assert_str_eq(err.message, check_rows[_i].message);
    }
    if (refusal.is_noted) {
        ck_assert_int_eq(refusal.reason, check_rows[_i].reason);
        ck_assert_msg(slice_equal(refusal.object, slice_str(check_rows[_i].object)), "%.*s",
                      SLICE_ARG(refusal.object));
    }
}
END_TEST

START_TEST(test_name)
{
    struct access_action action = {.name = slice_lit("config"), .sub = slice_lit("")};
    struct strbuf text;
    strbuf_init(&text);
    access_action_print_name(&action, &text);
    ck_assert_str_eq(text.ptr, "config");
    strbuf_clear(&text);
    action.sub = slice_lit("set");
    access_action_print_name(&action, &text);
    ck_assert_str_eq(text.ptr, "config|set");
    strbuf_fini(&text);
}
END_TEST

/* -- a client's user --------------------------------------------------------------------------- */

START_TEST(test_login)
{
    struct access access;
    (void) user_of("on >secret");
    access_init(&access, acl);
    ck_assert(!access_is_required(&access, acl));
    ck_assert(!access_login(&access, acl, slice_lit("ann"), slice_lit("wrong"), &err));
    ck_assert_str_eq(err.code, "WRONGPASS");
    ck_assert(access.user == acl_default(acl));
    ck_assert(access_login(&access, acl, slice_lit("ann"), slice_lit("secret"), &err));
    ck_assert(access.user == acl_find(acl, slice_lit("ann")));
    access_reset(&access, acl);
    ck_assert(access.user == acl_default(acl));
    access_fini(&access);
}
END_TEST

/* With a password for default, who has not logged in may run nothing. */
START_TEST(test_required)
{
    struct config config = {.requirepass = {.is_set = true}, .aclfile = ""};
    struct access access;
    password_hash(slice_lit("secret"), &config.requirepass.hash);
    ck_assert(access_load_users(acl, &config, &err));
    access_init(&access, acl);
    ck_assert(access_is_required(&access, acl));
    ck_assert(access_login(&access, acl, slice_lit("default"), slice_lit("secret"), &err));
    ck_assert(!access_is_required(&access, acl));
    access_fini(&access);
}
END_TEST

/* -- protected mode ---------------------------------------------------------------------------- */

static const struct {
    bool is_protected, has_password, is_unix;
    const char *address;
    bool is_admitted;
} admit_rows[] = {
    {.is_protected = true, .address = "10.0.0.1:5000", .is_admitted = false},
    {.is_protected = true, .address = "127.0.0.1:5000", .is_admitted = true},
    {.is_protected = true, .address = "[::1]:5000", .is_admitted = true},
    {.is_protected = true, .address = "[::ffff:127.0.0.1]:5000", .is_admitted = true},
    {.is_protected = true, .is_unix = true, .address = "/run/q.sock:0", .is_admitted = true},
    {.is_protected = true, .has_password = true, .address = "10.0.0.1:5000", .is_admitted = true},
    {.is_protected = false, .address = "10.0.0.1:5000", .is_admitted = true},
};

START_TEST(test_admits)
{
    struct config config = {.protected_mode = admit_rows[_i].is_protected};
    struct slice why;
    config.requirepass.is_set = admit_rows[_i].has_password;
    if (admit_rows[_i].has_password) {
        access_apply_password(acl, &config);
    }
    bool ok = access_admits(acl, &config, admit_rows[_i].address, admit_rows[_i].is_unix, &why);
    ck_assert_int_eq(ok, admit_rows[_i].is_admitted);
    ck_assert(slice_starts_with(why, slice_lit("-DENIED ")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("access");
    TCase *tcase = tcase_create("access");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_check, 0, NROWS(check_rows));
    tcase_add_test(tcase, test_name);
    tcase_add_test(tcase, test_login);
    tcase_add_test(tcase, test_required);
    tcase_add_loop_test(tcase, test_admits, 0, NROWS(admit_rows));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
