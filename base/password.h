/*
 * Passwords as they are kept: their SHA-256, as Redis keeps them, so that ACL files can be
 * exchanged.
 *
 *     struct password_hash hash;
 *     password_hash(slice_lit("secret"), &hash);
 *     password_equal(&hash, &kept)          in a time that says nothing about where they differ
 */
#ifndef QUIPU_BASE_PASSWORD_H
#define QUIPU_BASE_PASSWORD_H

#include "base/strbuf.h"

enum { PASSWORD_HASH_BYTES = 32, PASSWORD_HEX_DIGITS = 2 * PASSWORD_HASH_BYTES };

struct password_hash {
    unsigned char bytes[PASSWORD_HASH_BYTES];
};

void password_hash(struct slice password, struct password_hash *out);
/* 64 lower-case hexadecimal digits. False, and *out untouched, where it is anything else. */
bool password_parse(struct slice hex, struct password_hash *out);
void password_print(const struct password_hash *hash, struct strbuf *out);
bool password_equal(const struct password_hash *a, const struct password_hash *b);

#endif
