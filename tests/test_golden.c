/*
 * FORMAT TABLE and MARKDOWN: each tests/golden/NAME.txt has an answer (tests/made_answer.h), then what
 * it is shown as: `=== table`, `=== markdown`. Under QUIPU_GOLDEN=write the files are written anew: read
 * what has changed before you keep it.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/format_text.h"
#include "base/width.h"
#include "tests/made_answer.h"
#include "tests/suite.h"

static const char TABLE[] = "=== table\n", MARKDOWN[] = "=== markdown\n";

static glob_t files;

static void
file_read(const char *path, struct strbuf *out)
{
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    for (int c; (c = fgetc(file)) != EOF;) {
        strbuf_append_char(out, (char) c);
    }
    fclose(file);
}

static void
shown_append(struct strbuf *out, enum ast_format format, const char *text)
{
    struct arena *arena = arena_new();
    struct format_text *to = format_text_new(made_answer(arena, format, text), format, 0, out);
    while (!format_text_step(to, 1)) {
    }
    format_text_free(to);
    arena_free(arena);
}

START_TEST(test_golden)
{
    const char *path = files.gl_pathv[_i];
    struct strbuf kept, shown;
    strbuf_init(&kept);
    strbuf_init(&shown);
    file_read(path, &kept);
    const char *end = strstr(kept.ptr, TABLE);
    struct arena *arena = arena_new();
    struct slice text = end ? slice_of(kept.ptr, (size_t) (end - kept.ptr)) : strbuf_slice(&kept);
    const char *answer = arena_copy(arena, text).ptr;
    strbuf_append_str(&shown, answer);
    strbuf_append_str(&shown, TABLE);
    shown_append(&shown, AST_FORMAT_TABLE, answer);
    strbuf_append_str(&shown, MARKDOWN);
    shown_append(&shown, AST_FORMAT_MARKDOWN, answer);
    if (getenv("QUIPU_GOLDEN")) {
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fwrite(shown.ptr, 1, shown.len, file);
        fclose(file);
    } else {
        ck_assert_msg(slice_equal(strbuf_slice(&kept), strbuf_slice(&shown)), "%s is now\n%s", path,
                      shown.ptr);
    }
    strbuf_fini(&kept);
    strbuf_fini(&shown);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    if (glob(QUIPU_SOURCE_DIR "/tests/golden/*.txt", 0, NULL, &files) != 0) {
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("golden");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, test_golden, 0, (int) files.gl_pathc);
    suite_add_tcase(suite, tcase);
    int status = suite_run(suite);
    globfree(&files);
    return status;
}
