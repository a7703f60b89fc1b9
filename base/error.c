/*
 * An error is a code word and a message for the user; the first one wins.
 * in: a format at the place where the cause is known; out: the line the user reads.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
error_set(struct error *err, const char *code, const char *fmt, ...)
{
    if (error_is_set(err)) {
        return false;
    }
    snprintf(err->code, sizeof err->code, "%s", code);
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (len >= (int) sizeof err->message) {
        strcpy(err->message + sizeof err->message - 4, "...");
    }
    return false;
}

const char *
error_quote(char *buffer, struct slice token)
{
    enum { MOST = 40 };
    char *to = buffer;
    size_t shown = token.len;
    if (shown > MOST) {
        /* Not through the middle of a UTF-8 character: it goes as a whole. */
        shown = MOST;
        while (shown > MOST - 3 && ((unsigned char) token.ptr[shown] & 0xc0) == 0x80) {
            shown--;
        }
    }
    *to++ = '\'';
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char) token.ptr[i];
        if (byte < 0x20 || byte == 0x7f) {
            to += sprintf(to, "\\x%02x", byte);
        } else {
            *to++ = (char) byte;
        }
    }
    *to++ = '\'';
    if (token.len > MOST) {
        memcpy(to, "...", 3);
        to += 3;
    }
    *to = '\0';
    return buffer;
}
