/*
 * Passwords are kept and compared as SHA-256 hashes.
 * in: a password, or 64 hexadecimal digits; out: 32 bytes, and whether two are the same.
 *
 *     "x"     -> 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
 */
#include "base/password.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

static const char DIGITS[] = "0123456789abcdef";

void
password_hash(struct slice password, struct password_hash *out)
{
    SHA256((const unsigned char *) password.ptr, password.len, out->bytes);
}

/* 0 to 15, or -1. */
static int
digit_value(char c)
{
    const char *found = c ? strchr(DIGITS, c) : NULL;
    return found ? (int) (found - DIGITS) : -1;
}

bool
password_parse(struct slice hex, struct password_hash *out)
{
    struct password_hash hash;
    if (hex.len != PASSWORD_HEX_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        int high = digit_value(hex.ptr[2 * i]), low = digit_value(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        hash.bytes[i] = (unsigned char) (high * 16 + low);
    }
    *out = hash;
    return true;
}

void
password_print(const struct password_hash *hash, struct strbuf *out)
{
    for (size_t i = 0; i < sizeof hash->bytes; i++) {
        strbuf_append_char(out, DIGITS[hash->bytes[i] >> 4]);
        strbuf_append_char(out, DIGITS[hash->bytes[i] & 15]);
    }
}

bool
password_equal(const struct password_hash *a, const struct password_hash *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
