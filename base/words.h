/*
 * A line cut into words with Redis' quoting, for inline requests and configuration files.
 *
 *     set "a b" 'it\'s' x\n      -> [set] [a b] [it's] [x\n]
 *
 * Words are parted by white space. Within "..." the escapes \n \r \t \b \a \xNN \" \\ hold; within
 * '...' only \'. A closing quote must end its word.
 */
#ifndef QUIPU_BASE_WORDS_H
#define QUIPU_BASE_WORDS_H

#include "base/arena.h"
#include "base/strbuf.h"

enum words_status { WORDS_WORD, WORDS_END, WORDS_UNBALANCED };

/*
 * Takes the next word off the front of rest and appends its bytes to out. WORDS_END: only white
 * space was left. WORDS_UNBALANCED: a quote is not closed, or text stands right behind it; out may
 * then have grown by a part of the word.
 */
enum words_status words_next(struct slice *rest, struct strbuf *out);

/* Appends a word as words_next reads it: in double quotes where it must be. */
void words_append_quoted(struct strbuf *out, struct slice word);

/* All words of a line, copied into the arena. False where quotes are unbalanced. */
bool words_split(struct arena *arena, struct slice line, struct slice **words, size_t *nwords);

#endif
