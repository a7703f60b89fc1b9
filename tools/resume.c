/*
 * A load's progress in a cursor file (cursor_file.h). in: places; out: a file, read by the next try.
 *
 *     from file:/data/survey.csv
 *     match 52011 1764403200.000000000 9f0c11d2a3be4417     size, time of change, how it is read
 *     dataset survey:survey_
 *     layout homexa2gw000009ix-                             what keys begin with
 *     copied 123000
 *
 * Rows from that place on may be in, too: they are written again, under the same keys.
 */
#include "tools/resume.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/must.h"
#include "tools/cursor_file.h"

enum { SAVE_EVERY_MS = 500 };

struct resume {
    struct arena *arena;
    char *path;
    struct cursor_file file;
    int64_t saved_ms;
    bool is_saved; /* there is a file */
};

static bool
describe(struct resume *resume, const struct resume_about *about, struct error *err)
{
    struct arena *arena = resume->arena;
    struct stat st;
    char whole[PATH_MAX];
    if (stat(about->file, &st) < 0 || !realpath(about->file, whole)) {
        return error_set(err, "IO", "%s: %s", about->file, strerror(errno));
    }
    resume->file.from = arena_printf(arena, "file:%s", whole);
    resume->file.match = arena_printf(arena, "%lld %lld.%09ld %016llx", (long long) st.st_size,
                                      (long long) st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                                      (unsigned long long) slice_hash(about->read_as));
    resume->file.dataset = arena_copy(arena, about->rows);
    resume->file.layout = arena_copy(arena, slice_str(about->key_start));
    return true;
}

/* Whether both are the same load, but for how far it is. */
static bool
check_same(const struct resume *resume, const struct cursor_file *found, struct error *err)
{
    const struct cursor_file *own = &resume->file;
    if (!slice_equal(found->from, own->from) || !slice_equal(found->dataset, own->dataset) ||
        (found->layout.len == 0) != (own->layout.len == 0)) {
        return error_set(
            err, "CURSOR",
            "%s remembers another load (%.*s). If it is under way, --cursor-file gives this one a file of "
            "its own; if it was cut off, end it first, or remove the file",
            resume->path, SLICE_ARG(found->from));
    }
    if (!slice_equal(found->match, own->match)) {
        return error_set(err, "CURSOR",
                         "a part of this file is loaded, and it has changed since, or is read in "
                         "another way: --replace loads all anew; or remove %s",
                         resume->path);
    }
    return true;
}

bool
resume_open(const char *path, const struct resume_about *about, struct resume **out,
            struct error *err)
{
    struct resume *resume = must_alloc(sizeof *resume);
    *resume = (struct resume){
        .arena = arena_new(), .path = must_copy(slice_str(path)), .saved_ms = now_ms()};
    struct cursor_file found;
    bool is_there = false;
    bool ok = describe(resume, about, err);
    if (ok && !about->is_fresh) {
        ok = cursor_file_load(resume->arena, path, &found, &is_there, err) &&
             (!is_there || check_same(resume, &found, err));
    }
    if (!ok) {
        arena_free(resume->arena);
        free(resume->path);
        free(resume);
        return false;
    }
    if (is_there) {
        resume->file = found;
        resume->is_saved = true;
    }
    *out = resume;
    return true;
}

uint64_t
resume_place(const struct resume *resume)
{
    return (uint64_t) resume->file.copied;
}

struct slice
resume_key_start(const struct resume *resume)
{
    return resume->file.layout;
}

static void
save(struct resume *resume)
{
    struct error err = {0};
    bool ok = resume->file.copied > 0 && cursor_file_save(resume->path, &resume->file, &err);
    resume->is_saved |= ok;
    resume->saved_ms = now_ms();
}

void
resume_note(struct resume *resume, uint64_t place)
{
    if ((int64_t) place > resume->file.copied) {
        resume->file.copied = (int64_t) place;
    }
    if (now_ms() - resume->saved_ms >= SAVE_EVERY_MS) {
        save(resume);
    }
}

void
resume_close(struct resume *resume, bool is_done)
{
    if (!resume) {
        return;
    }
    if (!is_done) {
        save(resume);
    } else if (resume->is_saved) {
        unlink(resume->path);
    }
    arena_free(resume->arena);
    free(resume->path);
    free(resume);
}
