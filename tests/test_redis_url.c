/*
 * tools/redis_url: where a Redis is.
 */
#include <check.h>
#include <string.h>

#include "tests/suite.h"
#include "tools/redis_url.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* host NULL: it is refused. */
static const struct {
    const char *text, *host;
    int port;
    const char *user, *password;
    int db;
    const char *title;
} url_rows[] = {
    {"redis://h", "h", 6379, NULL, NULL, 0, "redis://h:6379/0"},
    {"redis://h:1/", "h", 1, NULL, NULL, 0, "redis://h:1/0"},
    {"redis://10.0.0.1:6380/2", "10.0.0.1", 6380, NULL, NULL, 2, "redis://10.0.0.1:6380/2"},
    {"redis://ann:sesame@h:1", "h", 1, "ann", "sesame", 0, "redis://h:1/0"},
    {"redis://:sesame@h", "h", 6379, NULL, "sesame", 0, "redis://h:6379/0"},
    {"redis://ann@h", "h", 6379, "ann", NULL, 0, "redis://h:6379/0"},
    {"redis://a%40b:%3a%2F%zz@h", "h", 6379, "a@b", ":/%zz", 0, "redis://h:6379/0"},
    {"redis://:p@ss@h", "h", 6379, NULL, "p@ss", 0, "redis://h:6379/0"},
    {"redis://:p/s@h/3", "h", 6379, NULL, "p/s", 3, "redis://h:6379/3"},
    {"redis://[::1]", "::1", 6379, NULL, NULL, 0, "redis://[::1]:6379/0"},
    {"redis://u:p@[::1]:7/1", "::1", 7, "u", "p", 1, "redis://[::1]:7/1"},
    {"rediss://ann:sesame@h", "h", 6379, "ann", "sesame", 0, "rediss://h:6379/0"},
    {"rediss://[::1]:7/1", "::1", 7, NULL, NULL, 1, "rediss://[::1]:7/1"},
    {"redis://", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://:1", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://h:", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://h:0", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://h:65536", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://h/x", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://h/-1", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://[::1", NULL, 0, NULL, NULL, 0, NULL},
    {"redis://[::1]x", NULL, 0, NULL, NULL, 0, NULL},
    {"rediss://", NULL, 0, NULL, NULL, 0, NULL},
    {"rediss://h/x", NULL, 0, NULL, NULL, 0, NULL},
    {"http://h", NULL, 0, NULL, NULL, 0, NULL},
    {"unix:", NULL, 0, NULL, NULL, 0, NULL},
    {"", NULL, 0, NULL, NULL, 0, NULL},
};

static void
check_text(const char *found, const char *expected)
{
    ck_assert((found == NULL) == (expected == NULL));
    ck_assert(!expected || strcmp(found, expected) == 0);
}

START_TEST(test_url)
{
    struct arena *arena = arena_new();
    struct redis_url url;
    struct error err = {0};
    bool ok = redis_url_parse(arena, slice_str(url_rows[_i].text), &url, &err);
    ck_assert_msg(ok == (url_rows[_i].host != NULL), "%s", url_rows[_i].text);
    ck_assert(ok != error_is_set(&err));
    ck_assert(!ok ||
              url.is_tls == slice_starts_with(slice_str(url_rows[_i].text), slice_lit("rediss:")));
    if (ok) {
        check_text(url.host, url_rows[_i].host);
        check_text(url.user, url_rows[_i].user);
        check_text(url.password, url_rows[_i].password);
        check_text(url.title, url_rows[_i].title);
        ck_assert_int_eq(url.port, url_rows[_i].port);
        ck_assert_int_eq(url.db, url_rows[_i].db);
        ck_assert_ptr_null(url.unix_path);
    }
    arena_free(arena);
}
END_TEST

START_TEST(test_unix)
{
    struct arena *arena = arena_new();
    struct redis_url url;
    struct error err = {0};
    ck_assert(redis_url_parse(arena, slice_lit("unix:/a b.sock"), &url, &err));
    check_text(url.unix_path, "/a b.sock");
    check_text(url.title, "unix:/a b.sock");
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("redis_url");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_url, 0, NROWS(url_rows));
    tcase_add_test(tcase, test_unix);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
