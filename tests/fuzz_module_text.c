/*
 * libFuzzer target: texts that the module is given by Redis. The first byte says which.
 *
 *     's'  words behind --loadmodule: settings in their limits, or an error that says why
 *     else the reply of CLUSTER NODES: slots whose text, read again, gives the same slots
 *
 *     ./fuzz_module_text -max_total_time=120 /tmp/new tests/corpus/module_text
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "module/pool.h"
#include "module/settings.h"
#include "module/slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MOST = 64 };

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Words are what is between spaces, empty ones too. */
static void
fuzz_settings(struct slice text)
{
    struct slice words[WORDS_MOST];
    struct settings settings;
    struct error err = {0};
    size_t nwords = 0;
    while (nwords < WORDS_MOST) {
        const char *space = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
        size_t len = space ? (size_t) (space - text.ptr) : text.len;
        words[nwords++] = slice_of(text.ptr, len);
        if (!space) {
            break;
        }
        text = slice_of(space + 1, text.len - len - 1);
    }
    if (!settings_read(&settings, words, nwords, &err)) {
        must(error_is_set(&err) && err.message[0]);
        return;
    }
    must(!error_is_set(&err) && settings.nworkers >= 1 && settings.nworkers <= POOL_THREADS_MOST);
    must(settings.max_cells >= 1 && settings.query_timeout_ms >= 0 && settings.inline_us >= 0);
    must(settings.ndatasets * 3 <= nwords && kernel_set_works(settings.kernels));
}

static void
fuzz_slots(struct slice text)
{
    struct slots slots, again;
    struct error err = {0};
    struct strbuf line;
    slots_init(&slots);
    slots_init(&again);
    bool ok = slots_read(text, &slots, &err);
    must(ok != error_is_set(&err));
    strbuf_init(&line);
    strbuf_append_str(&line, "id addr myself,master - 0 0 1 connected ");
    strbuf_append(&line, strbuf_slice(&slots.text));
    error_clear(&err);
    must(slots_read(strbuf_slice(&line), &again, &err));
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        must(slots_is_settled(&slots, slot) == slots_has(&again, slot));
    }
    must(!again.nways);
    slots_fini(&slots);
    slots_fini(&again);
    strbuf_fini(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct slice rest = slice_of(data + 1, size - 1);
    if (data[0] == 's') {
        fuzz_settings(rest);
    } else {
        fuzz_slots(rest);
    }
    return 0;
}
