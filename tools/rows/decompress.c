/*
 * Decompression, piece by piece. in: compressed bytes as they arrive; out: plain bytes.
 *
 *     1f 8b ..           -> gzip       (zlib)
 *     28 b5 2f fd ..     -> Zstandard  (libzstd)
 *     "BZh" 1..9 ..      -> bzip2      (libbz2)
 *     fd "7zXZ" 00 ..    -> xz         (liblzma)
 *
 * A codec is three functions. `step` says whether a stream has ended with it; behind one another
 * may begin.
 */
#include "tools/rows/decompress.h"

#include <stdlib.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/must.h"

enum step { STEP_ON, STEP_END, STEP_BAD };

/* Both are moved on by what was taken and made. */
struct span {
    const char *in;
    size_t nin;
    char *out;
    size_t nout;
};

struct codec {
    const char *name;
    struct slice magic;
    bool (*begin)(struct decompressor *d);
    enum step (*step)(struct decompressor *d, struct span *span);
    void (*end)(struct decompressor *d);
};

struct decompressor {
    const struct codec *codec;
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        bz_stream bzip2;
        lzma_stream xz;
    } state;
    bool is_between; /* a stream has ended, and no other has begun */
};

/* A library's counters are of 32 bits: larger runs are given in parts. */
static unsigned
part(size_t n)
{
    return n < (1U << 30) ? (unsigned) n : 1U << 30;
}

static bool
gzip_begin(struct decompressor *d)
{
    d->state.gzip = (z_stream){0};
    return inflateInit2(&d->state.gzip, 15 + 16) == Z_OK;
}

static enum step
gzip_step(struct decompressor *d, struct span *span)
{
    z_stream *z = &d->state.gzip;
    z->next_in = (unsigned char *) span->in;
    z->next_out = (unsigned char *) span->out;
    z->avail_in = part(span->nin);
    z->avail_out = part(span->nout);
    int status = inflate(z, Z_NO_FLUSH);
    span->nin -= (size_t) ((const char *) z->next_in - span->in);
    span->nout -= (size_t) ((char *) z->next_out - span->out);
    span->in = (const char *) z->next_in;
    span->out = (char *) z->next_out;
    return status == Z_STREAM_END                    ? STEP_END
           : status == Z_OK || status == Z_BUF_ERROR ? STEP_ON
                                                     : STEP_BAD;
}

static void
gzip_end(struct decompressor *d)
{
    inflateEnd(&d->state.gzip);
}

static bool
zstd_begin(struct decompressor *d)
{
    d->state.zstd = ZSTD_createDStream();
    return d->state.zstd != NULL;
}

static enum step
zstd_step(struct decompressor *d, struct span *span)
{
    ZSTD_inBuffer in = {span->in, span->nin, 0};
    ZSTD_outBuffer out = {span->out, span->nout, 0};
    size_t status = ZSTD_decompressStream(d->state.zstd, &out, &in);
    span->in += in.pos;
    span->nin -= in.pos;
    span->out += out.pos;
    span->nout -= out.pos;
    return ZSTD_isError(status) ? STEP_BAD : status == 0 ? STEP_END : STEP_ON;
}

static void
zstd_end(struct decompressor *d)
{
    ZSTD_freeDStream(d->state.zstd);
}

static bool
bzip2_begin(struct decompressor *d)
{
    d->state.bzip2 = (bz_stream){0};
    return BZ2_bzDecompressInit(&d->state.bzip2, 0, 0) == BZ_OK;
}

static enum step
bzip2_step(struct decompressor *d, struct span *span)
{
    bz_stream *z = &d->state.bzip2;
    z->next_in = (char *) span->in;
    z->next_out = span->out;
    z->avail_in = part(span->nin);
    z->avail_out = part(span->nout);
    int status = BZ2_bzDecompress(z);
    span->nin -= (size_t) (z->next_in - span->in);
    span->nout -= (size_t) (z->next_out - span->out);
    span->in = z->next_in;
    span->out = z->next_out;
    return status == BZ_STREAM_END ? STEP_END : status == BZ_OK ? STEP_ON : STEP_BAD;
}

static void
bzip2_end(struct decompressor *d)
{
    BZ2_bzDecompressEnd(&d->state.bzip2);
}

static bool
xz_begin(struct decompressor *d)
{
    d->state.xz = (lzma_stream) LZMA_STREAM_INIT;
    return lzma_stream_decoder(&d->state.xz, UINT64_MAX, 0) == LZMA_OK;
}

static enum step
xz_step(struct decompressor *d, struct span *span)
{
    lzma_stream *z = &d->state.xz;
    z->next_in = (const unsigned char *) span->in;
    z->next_out = (unsigned char *) span->out;
    z->avail_in = span->nin;
    z->avail_out = span->nout;
    lzma_ret status = lzma_code(z, LZMA_RUN);
    span->in = (const char *) z->next_in;
    span->nin = z->avail_in;
    span->out = (char *) z->next_out;
    span->nout = z->avail_out;
    return status == LZMA_STREAM_END                       ? STEP_END
           : status == LZMA_OK || status == LZMA_BUF_ERROR ? STEP_ON
                                                           : STEP_BAD;
}

static void
xz_end(struct decompressor *d)
{
    lzma_end(&d->state.xz);
}

static const struct codec codecs[] = {
    {"gzip", SLICE_LIT("\x1f\x8b"), gzip_begin, gzip_step, gzip_end},
    {"Zstandard", SLICE_LIT("\x28\xb5\x2f\xfd"), zstd_begin, zstd_step, zstd_end},
    {"bzip2", SLICE_LIT("BZh"), bzip2_begin, bzip2_step, bzip2_end},
    {"xz", SLICE_LIT("\xfd\x37zXZ\0"), xz_begin, xz_step, xz_end},
};
enum { NCODECS = sizeof codecs / sizeof *codecs };

/* "BZh" alone is also how a word begins: a digit and the first block's mark come behind it. */
static bool
codec_is(const struct codec *codec, struct slice bytes)
{
    static const char block[] = "\x31\x41\x59\x26\x53\x59", none[] = "\x17\x72\x45\x38\x50\x90";
    if (!slice_starts_with(bytes, codec->magic)) {
        return false;
    }
    return codec->begin != bzip2_begin ||
           (bytes.len >= 10 && bytes.ptr[3] >= '1' && bytes.ptr[3] <= '9' &&
            (memcmp(bytes.ptr + 4, block, 6) == 0 || memcmp(bytes.ptr + 4, none, 6) == 0));
}

struct decompressor *
decompressor_new(struct slice first_bytes)
{
    for (size_t i = 0; i < NCODECS; i++) {
        if (codec_is(&codecs[i], first_bytes)) {
            struct decompressor *d = must_alloc(sizeof *d);
            d->codec = &codecs[i];
            if (!d->codec->begin(d)) {
                out_of_memory();
            }
            return d;
        }
    }
    return NULL;
}

void
decompressor_free(struct decompressor *decompressor)
{
    if (decompressor) {
        decompressor->codec->end(decompressor);
        free(decompressor);
    }
}

const char *
decompressor_name(const struct decompressor *decompressor)
{
    return decompressor->codec->name;
}

/* Behind a stream: another one, or zeros up to the end of a block of a tape. */
static bool
begin_again(struct decompressor *d, struct span *span, struct error *err)
{
    while (span->nin && *span->in == '\0') {
        span->in++;
        span->nin--;
    }
    if (span->nin == 0) {
        return true;
    }
    /* Its first byte shall be the one of its kind; the library looks at the others. */
    if (*span->in != *d->codec->magic.ptr) {
        return error_set(err, "DATA", "other bytes stand behind the end of the %s data",
                         d->codec->name);
    }
    d->codec->end(d);
    if (!d->codec->begin(d)) {
        out_of_memory();
    }
    d->is_between = false;
    return true;
}

bool
decompressor_run(struct decompressor *decompressor, struct slice *in, bool at_end, char *out,
                 size_t capacity, size_t *made, struct error *err)
{
    struct decompressor *d = decompressor;
    struct span span = {in->ptr, in->len, out, capacity};
    while (span.nout) {
        if (d->is_between && !begin_again(d, &span, err)) {
            return false;
        }
        if (d->is_between) {
            break;
        }
        struct span before = span;
        enum step step = d->codec->step(d, &span);
        if (step == STEP_BAD) {
            return error_set(err, "DATA", "the %s data is damaged", d->codec->name);
        }
        d->is_between = step == STEP_END;
        if (step == STEP_ON && span.nin == before.nin && span.nout == before.nout) {
            break; /* nothing to do without more bytes */
        }
    }
    *made = capacity - span.nout;
    *in = slice_of(span.in, span.nin);
    if (at_end && !d->is_between && *made == 0 && span.nin == 0) {
        return error_set(err, "DATA", "the end of the %s data is missing", d->codec->name);
    }
    return true;
}
