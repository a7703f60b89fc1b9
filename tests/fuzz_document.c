/*
 * libFuzzer target: any bytes as the document that FORMAT JSON of ROWS is. They are refused, or each row has a cell for
 * each field. Texts without bytes are told from missing ones where the first byte is an E, which is left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/rows/empty_text.h"
#include "tools/rows/format.h"
#include "tools/rows/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
sum_of(struct slice text)
{
    unsigned sum = 0; /* each byte is read */
    for (size_t i = 0; i < text.len; i++) {
        sum += (unsigned char) text.ptr[i];
    }
    return sum;
}

static void
read_rows(const struct source_options *options, struct input *input, struct arena *arena)
{
    const struct source_format *format = format_document();
    struct error err = {"", ""};
    struct source_record record;
    struct strbuf notes;
    uint64_t place = 0;
    unsigned sum = 0;
    size_t nfields;
    void *state;
    if (!format->open(options, input, arena, &state, &err)) {
        return;
    }
    const struct source_field *fields = format->fields(state, &nfields);
    for (size_t i = 0; i < nfields; i++) {
        sum += sum_of(fields[i].name);
    }
    while (format->next(state, &record, &err) == SOURCE_OK) {
        if (record.ncells != nfields || record.place <= place) {
            abort();
        }
        place = record.place;
        for (size_t i = 0; i < nfields; i++) {
            sum += sum_of(record.cells[i]);
            if (empty_text_is(record.cells[i]) && !options->keeps_empty_texts) {
                abort();
            }
        }
    }
    strbuf_init(&notes);
    format->notes(state, &notes);
    strbuf_append_int(&notes, (int64_t) sum);
    strbuf_fini(&notes);
    format->close(state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool keeps = size && data[0] == 'E';
    const struct source_options options = {.keeps_empty_texts = keeps};
    char path[64];
    struct input *input;
    struct error err = {"", ""};
    int fd = memfd_create("document", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data + keeps, size - keeps) != (ssize_t) (size - keeps)) {
        abort();
    }
    if (input_open(path, &input, &err)) {
        struct arena *arena = arena_new();
        read_rows(&options, input, arena);
        arena_free(arena);
        input_free(input);
    }
    close(fd);
    return 0;
}
