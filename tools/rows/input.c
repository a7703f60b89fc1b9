/*
 * A file's bytes, read ahead, decompressed and converted.
 * in: a descriptor; out: a window of plain bytes.
 *
 *     fd -> raw -> decompressor -> text -> iconv -> buffer
 *     fd -> buffer                                  where it is neither compressed nor converted
 *
 * Each stage has a buffer of its own, with the bytes that the next has not taken yet. A stage that
 * is not there is left out, so a plain file is read to where its records are parsed.
 */
#include "tools/rows/input.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "tools/rows/decompress.h"

/* A pipe that has given a line and nothing more for so long has given its start. */
enum { READ_BYTES = 1 << 18, START_PATIENCE_MS = 1000 };

/* Bytes between start and end are there. */
struct buffer {
    char *ptr;
    size_t start, end, capacity;
};

struct input {
    int fd;
    bool is_stdin;
    char *title;
    int64_t read_bytes, total_bytes; /* of the file */
    bool fd_at_end, text_at_end;
    struct decompressor *decompressor; /* NULL: the file is plain */
    iconv_t converter;                 /* NO_CONVERTER: none */
    char *encoding;
    struct buffer raw;   /* compressed bytes */
    struct buffer text;  /* bytes to be converted */
    struct buffer plain; /* what the caller sees */
    uint64_t nconverted; /* bytes given to the converter */
};

static const iconv_t NO_CONVERTER = (iconv_t) -1;

static struct slice
buffer_slice(const struct buffer *buffer)
{
    return buffer->ptr ? slice_of(buffer->ptr + buffer->start, buffer->end - buffer->start)
                       : slice_lit("");
}

/* Room for READ_BYTES behind the end: what was taken is given up first. */
static void
buffer_room(struct buffer *buffer)
{
    if (buffer->start) {
        memmove(buffer->ptr, buffer->ptr + buffer->start, buffer->end - buffer->start);
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->capacity - buffer->end < READ_BYTES) {
        buffer->capacity = buffer->capacity ? buffer->capacity * 2 : 2 * READ_BYTES;
        buffer->ptr = must_grow(buffer->ptr, buffer->capacity, 1);
    }
}

/* One read from the descriptor. */
static bool
read_file(struct input *input, struct buffer *into, struct error *err)
{
    buffer_room(into);
    ssize_t n;
    do {
        n = read(input->fd, into->ptr + into->end, into->capacity - into->end);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return error_set(err, "IO", "%s: %s", input->title, strerror(errno));
    }
    input->fd_at_end = n == 0;
    input->read_bytes += n;
    into->end += (size_t) n;
    return true;
}

/* Reads and decompresses until there are more bytes, or no more. */
static bool
read_text(struct input *input, struct buffer *into, struct error *err)
{
    if (!input->decompressor) {
        bool ok = read_file(input, into, err);
        input->text_at_end = input->fd_at_end;
        return ok;
    }
    buffer_room(into);
    for (;;) {
        struct slice in = buffer_slice(&input->raw);
        struct error bad = {0};
        size_t made, had = in.len;
        bool ok = decompressor_run(input->decompressor, &in, input->fd_at_end,
                                   into->ptr + into->end, into->capacity - into->end, &made, &bad);
        if (!ok) {
            return error_set(err, bad.code, "%s: %s", input->title, bad.message);
        }
        input->raw.start += had - in.len;
        into->end += made;
        input->text_at_end = made == 0 && input->fd_at_end;
        if (made || input->text_at_end) {
            return true;
        }
        if (!read_file(input, &input->raw, err)) {
            return false;
        }
    }
}

/* Converts what is there of the text. A character that is cut off waits for its rest. */
static bool
convert(struct input *input, struct error *err)
{
    struct buffer *text = &input->text, *plain = &input->plain;
    while (text->start < text->end) {
        buffer_room(plain);
        char *in = text->ptr + text->start, *out = plain->ptr + plain->end;
        size_t nin = text->end - text->start, nout = plain->capacity - plain->end, had = nin;
        size_t status = iconv(input->converter, &in, &nin, &out, &nout);
        int why = errno;
        plain->end = plain->capacity - nout;
        text->start += had - nin;
        input->nconverted += had - nin;
        if (status != (size_t) -1 || why == E2BIG) {
            continue;
        }
        if (why == EILSEQ || input->text_at_end) {
            return error_set(err, "ENCODING", "%s, byte %llu: no character of %s", input->title,
                             (unsigned long long) input->nconverted + 1, input->encoding);
        }
        return true;
    }
    return true;
}

bool
input_more(struct input *input, struct error *err)
{
    if (input->converter == NO_CONVERTER) {
        return read_text(input, &input->plain, err);
    }
    size_t had = input->plain.end - input->plain.start;
    while (!input->text_at_end && input->plain.end - input->plain.start == had) {
        if (!read_text(input, &input->text, err) || !convert(input, err)) {
            return false;
        }
    }
    return true;
}

bool
input_convert(struct input *input, const char *encoding, struct error *err)
{
    if (input->converter != NO_CONVERTER) {
        return error_set(err, "ENCODING", "%s: converted already", input->title);
    }
    input->converter = iconv_open("UTF-8", encoding);
    if (input->converter == NO_CONVERTER) {
        char quoted[ERROR_QUOTE_BYTES];
        return error_set(err, "ENCODING", "no such encoding: %s (`iconv -l` lists those there are)",
                         error_quote(quoted, slice_str(encoding)));
    }
    input->encoding = must_copy(slice_str(encoding));
    input->text = input->plain;
    input->plain = (struct buffer){0};
    return convert(input, err);
}

/* True where bytes are there within so many milliseconds, or the end. */
static bool
is_ready(const struct input *input, int timeout_ms)
{
    struct pollfd event = {.fd = input->fd, .events = POLLIN};
    return poll(&event, 1, timeout_ms) != 0;
}

/* The first bytes: what it is compressed with, and the start of what is in it. */
static bool
read_start(struct input *input, struct error *err)
{
    struct buffer *raw = &input->raw;
    while (!input->fd_at_end && raw->end < DECOMPRESS_MAGIC_BYTES) {
        if (!read_file(input, raw, err)) {
            return false;
        }
    }
    input->decompressor = decompressor_new(buffer_slice(raw));
    if (!input->decompressor) {
        input->plain = *raw;
        *raw = (struct buffer){0};
        input->text_at_end = input->fd_at_end;
    }
    struct buffer *plain = &input->plain;
    int64_t until_ms = now_ms() + START_PATIENCE_MS;
    while (!input->text_at_end && plain->end < INPUT_START_BYTES) {
        bool has_line = plain->end && memchr(plain->ptr, '\n', plain->end);
        int64_t left_ms = until_ms - now_ms();
        if (has_line && !is_ready(input, left_ms > 0 ? (int) left_ms : 0)) {
            break;
        }
        if (!read_text(input, plain, err)) {
            return false;
        }
    }
    return true;
}

bool
input_open(const char *path, struct input **out, struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        error_set(err, "IO", "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    struct input *input = must_alloc(sizeof *input);
    *input = (struct input){.fd = fd,
                            .is_stdin = is_stdin,
                            .title = must_copy(slice_str(is_stdin ? "standard input" : path)),
                            .total_bytes = S_ISREG(st.st_mode) ? st.st_size : -1,
                            .converter = NO_CONVERTER};
    if (!read_start(input, err)) {
        input_free(input);
        return false;
    }
    *out = input;
    return true;
}

void
input_free(struct input *input)
{
    if (input) {
        close(input->fd);
        decompressor_free(input->decompressor);
        if (input->converter != NO_CONVERTER) {
            iconv_close(input->converter);
        }
        free(input->raw.ptr);
        free(input->text.ptr);
        free(input->plain.ptr);
        free(input->encoding);
        free(input->title);
        free(input);
    }
}

const char *
input_title(const struct input *input)
{
    return input->title;
}

const char *
input_plain_path(const struct input *input)
{
    return input->is_stdin || input->decompressor ? NULL : input->title;
}

const char *
input_compression(const struct input *input)
{
    return input->decompressor ? decompressor_name(input->decompressor) : NULL;
}

struct slice
input_bytes(const struct input *input)
{
    return buffer_slice(&input->plain);
}

void
input_take(struct input *input, size_t nbytes)
{
    input->plain.start += nbytes;
}

bool
input_at_end(const struct input *input)
{
    return input->text_at_end && input->text.start == input->text.end;
}

bool
input_would_wait(const struct input *input)
{
    /* Compressed bytes that are there may give some, or none: they are tried. */
    return !input->text_at_end && input->raw.start == input->raw.end && !is_ready(input, 0);
}

int64_t
input_done_bytes(const struct input *input)
{
    size_t waiting = input->raw.end - input->raw.start;
    if (!input->decompressor && input->converter == NO_CONVERTER) {
        waiting = input->plain.end - input->plain.start;
    }
    return input->read_bytes - (int64_t) waiting;
}

int64_t
input_total_bytes(const struct input *input)
{
    return input->total_bytes;
}
