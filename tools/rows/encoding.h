/*
 * What encoding a text is in, told by its first bytes.
 *
 *     encoding_sniff(start, at_end, &encoding, &err)
 *
 *     ff fe ..                 -> UTF-16LE       a byte order mark, zeros, or line ends
 *     "gr\xc3\xbc\xc3\x9f" ..  -> UTF-8          it is well formed
 *     "gr\xfc\xdf" ..          -> ISO-8859-1     letters of western languages among ASCII
 *     89 "PNG" ..              -> an error       no text
 */
#ifndef QUIPU_TOOLS_ROWS_ENCODING_H
#define QUIPU_TOOLS_ROWS_ENCODING_H

#include "base/error.h"
#include "base/slice.h"

struct input;

/*
 * start: the first bytes; at_end: they are all. *name is a constant that iconv knows. Fails with
 * DATA, where it is no text (the message says what it is, if it is known), or ENCODING: text, but
 * none of these.
 */
bool encoding_sniff(struct slice start, bool at_end, const char **name,
                    struct error *err) QUIPU_MUST_CHECK;
/* Whether a text, made UTF-8, is none: too many control bytes. Fails with DATA. */
bool encoding_check_text(struct slice start, struct error *err) QUIPU_MUST_CHECK;

/*
 * Makes the input's text UTF-8. wanted: the encoding that the user names; NULL: it is sniffed; "none":
 * bytes stay as they are. *name is what it was. Fails as the two above, and as input_convert.
 */
bool encoding_apply(struct input *input, const char *wanted, const char **name,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
