/*
 * libFuzzer target: however a JSON text is cut into pieces, the parser finds the same rows in it, or
 * refuses them in the same words.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_json
 *     ./fuzz_json -max_total_time=120 /tmp/new tests/corpus/json
 */
#include "tests/json_transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct source_options plain = {0}, inside = {.rows_in = "a"},
                                       keeps = {.keeps_empty_texts = true};
    struct slice text = slice_of((const char *) data, size);
    /* Behind these bytes: rows of an object; texts without bytes. */
    const struct source_options *options = !size            ? &plain
                                           : data[0] == 'I' ? &inside
                                           : data[0] == 'E' ? &keeps
                                                            : &plain;
    if (options != &plain) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    struct strbuf whole, pieces;
    strbuf_init(&whole);
    strbuf_init(&pieces);
    json_transcript(options, text, size + 1, &whole);
    json_transcript(options, text, 1 + slice_hash(text) % 7, &pieces);
    if (!slice_equal(strbuf_slice(&whole), strbuf_slice(&pieces))) {
        abort();
    }
    strbuf_fini(&whole);
    strbuf_fini(&pieces);
    return 0;
}
