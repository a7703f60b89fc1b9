/*
 * A file's bytes come out plain, whatever it is compressed with and however it arrives.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "tests/suite.h"
#include "tools/rows/input.h"

enum { TEXT_BYTES = 700000, PACKED_BYTES = 2 * TEXT_BYTES };

typedef size_t pack_fn(const char *text, size_t len, char *out);

static size_t
pack_gzip(const char *text, size_t len, char *out)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *) text;
    z.avail_in = (unsigned) len;
    z.next_out = (unsigned char *) out;
    z.avail_out = PACKED_BYTES;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = PACKED_BYTES - z.avail_out;
    deflateEnd(&z);
    return made;
}

static size_t
pack_zstd(const char *text, size_t len, char *out)
{
    size_t made = ZSTD_compress(out, PACKED_BYTES, text, len, 3);
    ck_assert(!ZSTD_isError(made));
    return made;
}

static size_t
pack_bzip2(const char *text, size_t len, char *out)
{
    unsigned made = PACKED_BYTES;
    ck_assert_int_eq(BZ2_bzBuffToBuffCompress(out, &made, (char *) text, (unsigned) len, 1, 0, 0),
                     BZ_OK);
    return made;
}

static size_t
pack_xz(const char *text, size_t len, char *out)
{
    size_t made = 0;
    ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (const uint8_t *) text, len,
                                             (uint8_t *) out, &made, PACKED_BYTES),
                     LZMA_OK);
    return made;
}

static const struct kind {
    const char *name;
    pack_fn *pack;
} kinds[] = {{"gzip", pack_gzip}, {"Zstandard", pack_zstd}, {"bzip2", pack_bzip2}, {"xz", pack_xz}};
enum { NKINDS = sizeof kinds / sizeof *kinds };

/* Lines of numbers that do not repeat. */
static char *
text_new(void)
{
    char *text = must_alloc(TEXT_BYTES + 32);
    size_t len = 0;
    for (unsigned i = 0; len < TEXT_BYTES; i++) {
        len += (size_t) sprintf(text + len, "%u,%u\n", i, i * 2654435761U);
    }
    return text;
}

static char path[] = "/tmp/quipu-input-XXXXXX";

static void
write_file(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void
path_new(void)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void
path_remove(void)
{
    unlink(path);
}

/* All that comes, taken in odd pieces. False: err. */
static bool
read_all(struct input *input, struct strbuf *out, struct error *err)
{
    for (;;) {
        struct slice bytes = input_bytes(input);
        size_t n = bytes.len > 1000 ? bytes.len - bytes.len / 3 : bytes.len;
        strbuf_append(out, slice_of(bytes.ptr, n));
        input_take(input, n);
        if (input_bytes(input).len == 0 && input_at_end(input)) {
            return true;
        }
        if (!input_at_end(input) && !input_more(input, err)) {
            return false;
        }
    }
}

/* The code of the error; "": the bytes are the same. */
static const char *
read_file(const char *wanted, size_t len, const char *compression, struct error *err)
{
    struct input *input;
    error_clear(err);
    if (!input_open(path, &input, err)) {
        return err->code;
    }
    struct strbuf out;
    strbuf_init(&out);
    bool ok = read_all(input, &out, err);
    if (ok) {
        ck_assert_uint_eq(out.len, len);
        ck_assert(len == 0 || memcmp(out.ptr, wanted, len) == 0);
        ck_assert_int_eq(input_done_bytes(input), input_total_bytes(input));
        ck_assert_pstr_eq(input_compression(input), compression);
        ck_assert_pstr_eq(input_plain_path(input), compression ? NULL : path);
    }
    strbuf_fini(&out);
    input_free(input);
    return err->code;
}

START_TEST(test_each_compression)
{
    const struct kind *kind = &kinds[_i];
    char *text = text_new(), *packed = must_alloc(2 * PACKED_BYTES);
    struct error err;
    size_t len = kind->pack(text, TEXT_BYTES, packed);
    write_file(packed, len);
    ck_assert_str_eq(read_file(text, TEXT_BYTES, kind->name, &err), "");

    /* One behind the other, the last of nothing. */
    size_t first = kind->pack(text, 1000, packed);
    size_t both = first + kind->pack(text + 1000, TEXT_BYTES - 1000, packed + first);
    both += kind->pack(text, 0, packed + both);
    write_file(packed, both);
    ck_assert_str_eq(read_file(text, TEXT_BYTES, kind->name, &err), "");

    /* Cut off, and damaged. */
    write_file(packed, both / 2);
    ck_assert_str_eq(read_file(text, TEXT_BYTES, kind->name, &err), "DATA");
    ck_assert_ptr_nonnull(strstr(err.message, path));
    ck_assert_ptr_nonnull(strstr(err.message, "missing"));
    memset(packed + first + both / 2, 0x55, 400);
    write_file(packed, both);
    ck_assert_str_eq(read_file(text, TEXT_BYTES, kind->name, &err), "DATA");

    /* Other bytes behind the end; zeros are let pass. */
    len = kind->pack(text, 5000, packed);
    memset(packed + len, 0, 512);
    write_file(packed, len + 512);
    ck_assert_str_eq(read_file(text, 5000, kind->name, &err), "");
    memcpy(packed + len, "more", 4);
    write_file(packed, len + 4);
    ck_assert_str_eq(read_file(text, 5000, kind->name, &err), "DATA");
    ck_assert_ptr_nonnull(strstr(err.message, "behind the end"));

    len = kind->pack(text, 0, packed);
    write_file(packed, len);
    ck_assert_str_eq(read_file(text, 0, kind->name, &err), "");
    free(text);
    free(packed);
}
END_TEST

START_TEST(test_plain)
{
    char *text = text_new();
    struct error err;
    static const size_t sizes[] = {0, 1, 9, 70000, TEXT_BYTES};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_file(text, sizes[i]);
        ck_assert_str_eq(read_file(text, sizes[i], NULL, &err), "");
    }
    write_file("BZh and so on", 13);
    ck_assert_str_eq(read_file("BZh and so on", 13, NULL, &err), "");
    free(text);
}
END_TEST

/* Each byte by itself, so that every character is cut in two. */
static void
write_slowly(int fd, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        ck_assert_int_eq((int) write(fd, bytes + i, 1), 1);
    }
    close(fd);
}

START_TEST(test_converted_from_a_pipe)
{
    static const struct {
        const char *encoding;
        struct slice bytes;
        const char *text; /* NULL: an error */
    } rows[] = {
        {"ISO-8859-1", SLICE_LIT("gr\xfc\xdf\x65,\xa3\n"), "gr\xc3\xbc\xc3\x9f\x65,\xc2\xa3\n"},
        {"UTF-16LE", SLICE_LIT("\xfc\0,\0\x3d\xd8\x00\xde\n\0"), "\xc3\xbc,\xf0\x9f\x98\x80\n"},
        {"UTF-16BE", SLICE_LIT("\0\xfc\0,\xd8\x3d\xde\x00\0\n"), "\xc3\xbc,\xf0\x9f\x98\x80\n"},
        {"UTF-16LE", SLICE_LIT("a\0b"), NULL},
        {"UTF-16LE", SLICE_LIT("a\0\x00\xdc\n\0"), NULL},
    };
    int saved = dup(STDIN_FILENO);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        write_slowly(ends[1], rows[i].bytes.ptr, rows[i].bytes.len);
        struct input *input;
        struct error err = {0};
        struct strbuf out;
        strbuf_init(&out);
        ck_assert(input_open("-", &input, &err));
        bool ok = input_convert(input, rows[i].encoding, &err) && read_all(input, &out, &err);
        ck_assert_int_eq(ok, rows[i].text != NULL);
        ck_assert_str_eq(err.code, ok ? "" : "ENCODING");
        if (ok) {
            ck_assert_str_eq(out.ptr, rows[i].text);
        }
        strbuf_fini(&out);
        input_free(input);
    }
    dup2(saved, STDIN_FILENO);
    close(saved);
}
END_TEST

START_TEST(test_unknown_encoding)
{
    struct error err = {0};
    struct input *input;
    write_file("a\n", 2);
    ck_assert(input_open(path, &input, &err));
    ck_assert(!input_convert(input, "EBCDIC-OF-MARS", &err));
    ck_assert_str_eq(err.code, "ENCODING");
    input_free(input);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("input");
    TCase *tcase = tcase_create("input");
    tcase_add_unchecked_fixture(tcase, path_new, path_remove);
    tcase_add_loop_test(tcase, test_each_compression, 0, NKINDS);
    tcase_add_test(tcase, test_plain);
    tcase_add_test(tcase, test_converted_from_a_pipe);
    tcase_add_test(tcase, test_unknown_encoding);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
