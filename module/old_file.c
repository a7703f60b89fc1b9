/*
 * Finds out whether a file has datasets of an older version of the module. in: the head of a file;
 * out: whether it has data of our type.
 *
 * An RDB file begins with REDIS (or VALKEY) and a version, and some fields of Redis' own. Then
 * comes the modules' data: 0xF7, the type's number (0x81: 64 bits, big-endian, follow), and what
 * was saved. The number is the name, six bits a letter, and ten bits of a version, which is 0.
 */
#include "module/old_file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_BYTES = 1 << 16, MARK_BYTES = 10, PATH_BYTES = 512 };

static void
mark_make(unsigned char mark[MARK_BYTES])
{
    static const char LETTERS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint64_t number = 0;
    for (const char *c = OLD_FILE_TYPE; *c; c++) {
        number = number << 6 | (uint64_t) (strchr(LETTERS, *c) - LETTERS);
    }
    number <<= 10;
    mark[0] = 0xF7;
    mark[1] = 0x81;
    for (int i = 0; i < 8; i++) {
        mark[2 + i] = (unsigned char) (number >> (56 - 8 * i));
    }
}

bool
old_file_is(struct slice head)
{
    unsigned char mark[MARK_BYTES];
    mark_make(mark);
    bool is_rdb =
        slice_starts_with(head, slice_lit("REDIS")) || slice_starts_with(head, slice_lit("VALKEY"));
    return is_rdb && memmem(head.ptr, head.len, mark, sizeof mark) != NULL;
}

bool
old_file_is_at(const char *path)
{
    char head[HEAD_BYTES];
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    size_t len = fread(head, 1, sizeof head, file);
    fclose(file);
    return old_file_is(slice_of(head, len));
}

bool
old_file_is_in(const char *dir, const char *name)
{
    DIR *entries = opendir(dir);
    bool found = false;
    for (struct dirent *entry; entries && !found && (entry = readdir(entries)) != NULL;) {
        char path[PATH_BYTES];
        int len = snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        found = strncmp(entry->d_name, name, strlen(name)) == 0 && len < (int) sizeof path &&
                old_file_is_at(path);
    }
    if (entries) {
        closedir(entries);
    }
    return found;
}
