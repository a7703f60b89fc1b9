/*
 * libFuzzer target: however a client's bytes are cut into pieces, the reader finds the same
 * requests in them, or refuses them in the same words.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_resp
 *     ./fuzz_resp -max_total_time=120 /tmp/new tests/corpus/resp
 */
#include <stdlib.h>

#include "resp_transcript.h"
#include "tests/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct resp_limits limits = {1024, 4096, false};
    struct slice bytes = slice_of(data, size);
    struct strbuf whole, pieces;
    uint64_t seed = slice_hash(bytes);
    strbuf_init(&whole);
    strbuf_init(&pieces);
    transcript(bytes, &limits, piece_all, NULL, &whole);
    transcript(bytes, &limits, piece_random, &seed, &pieces);
    if (!slice_equal(strbuf_slice(&whole), strbuf_slice(&pieces))) {
        abort();
    }
    strbuf_fini(&whole);
    strbuf_fini(&pieces);
    return 0;
}
