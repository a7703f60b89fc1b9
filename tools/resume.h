/*
 * How far a load of a file without keys has come, so that the same command goes on where it was cut
 * off: loaded again, its rows would be there twice.
 *
 *     resume_open(path, &about, &resume, &err)
 *     resume_place(resume)             0, or: all records before this place are in
 *     resume_note(resume, place)       now and then
 *     resume_close(resume, is_done)    done: the file that remembers it is removed
 */
#ifndef QUIPU_TOOLS_RESUME_H
#define QUIPU_TOOLS_RESUME_H

#include "base/error.h"
#include "base/slice.h"

struct resume;

/* What is loaded, and where to. Borrowed by resume_open alone. */
struct resume_about {
    const char *file;      /* its path */
    struct slice read_as;  /* how it is read */
    struct slice rows;     /* what rows are called: "survey:survey_" */
    const char *key_start; /* what keys begin with, if this is the first try */
    bool is_fresh;         /* the dataset has no rows: nothing can be gone on with */
};

/* The path is copied. The caller closes *out. Fails with IO; CURSOR: it remembers another load, or the
 * file has changed since; the message says what to do. */
bool resume_open(const char *path, const struct resume_about *about, struct resume **out,
                 struct error *err) QUIPU_MUST_CHECK;
uint64_t resume_place(const struct resume *resume);
/* Of the first try. Borrowed. */
struct slice resume_key_start(const struct resume *resume);
/* All records before this place are acknowledged. Written down twice a second. */
void resume_note(struct resume *resume, uint64_t place);
/* NULL is fine. Not done: the last place is written down. */
void resume_close(struct resume *resume, bool is_done);

#endif
