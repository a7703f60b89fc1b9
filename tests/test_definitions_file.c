/*
 * module/definitions_file, module/old_file: files beside the data.
 */
#include <check.h>
#include <string.h>

#include "module/definitions_file.h"
#include "module/old_file.h"
#include "tests/suite.h"

START_TEST(what_is_printed_is_read)
{
    const struct slice words[] = {slice_lit("current"), slice_lit("profile_"),
                                  slice_lit("all"),     slice_lit(""),
                                  slice_lit("odd"),     slice_lit("\n3\n\r\\x")};
    struct arena *arena = arena_new();
    struct strbuf text;
    struct slice *found;
    size_t nfound;
    strbuf_init(&text);
    definitions_file_print(words, 6, &text);
    ck_assert(definitions_file_parse(arena, strbuf_slice(&text), &found, &nfound));
    ck_assert_uint_eq(nfound, 6);
    for (size_t i = 0; i < nfound; i++) {
        ck_assert(slice_equal(found[i], words[i]));
    }
    /* Cut anywhere, it is none. */
    for (size_t len = 0; len < text.len; len++) {
        ck_assert(!definitions_file_parse(arena, slice_of(text.ptr, len), &found, &nfound));
    }
    strbuf_append_char(&text, 'x');
    ck_assert(!definitions_file_parse(arena, strbuf_slice(&text), &found, &nfound));
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

static const char *const no_files[] = {
    "",
    "quipu datasets 2\n0\n",
    "quipu datasets 1\n1\n1\na",
    "quipu datasets 1\n-2\n",
    "quipu datasets 1\n2\n99999999999999999999\na1\nb",
    "quipu datasets 1\n2\n9\na1\nb",
    "quipu datasets 1\n1000000\n1\na",
};

START_TEST(what_is_none_is_refused)
{
    struct arena *arena = arena_new();
    struct slice *found;
    size_t nfound;
    ck_assert(!definitions_file_parse(arena, slice_str(no_files[_i]), &found, &nfound));
    arena_free(arena);
}
END_TEST

/* As Redis makes a module type's number of its name. */
#define NUMBER "\xf7\x81\xaa\xe8\xa9\xbb\xe8\x9d\xc4\x00"

START_TEST(older_files_are_known_by_their_head)
{
    ck_assert(old_file_is(slice_lit("REDIS0010\xfa" NUMBER "\x02")));
    ck_assert(old_file_is(slice_lit("VALKEY080\xfa" NUMBER)));
    ck_assert(!old_file_is(slice_lit("REDIS0010\xfa\xf7\x81\xaa\xe8")));
    ck_assert(!old_file_is(slice_lit("*2\r\n" NUMBER)));
    ck_assert(!old_file_is(slice_lit("")));
    ck_assert(!old_file_is_at("/nonexistent/file"));
    ck_assert(!old_file_is_in("/nonexistent", "appendonly.aof"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("definitions_file");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, what_is_printed_is_read);
    tcase_add_loop_test(tcase, what_is_none_is_refused, 0,
                        (int) (sizeof no_files / sizeof *no_files));
    tcase_add_test(tcase, older_files_are_known_by_their_head);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
