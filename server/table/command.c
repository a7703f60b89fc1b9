/*
 * Finds a command's row in the tables of commands. in: a name, in any case; out: its row, and the
 * family it is in.
 *
 *     client|KILL       -> "kill", parent "client"
 *     sum(x)            -> leading word "sum"
 */
#include "server/table/command.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

size_t
command_count(const struct command_families *families)
{
    size_t n = 0;
    for (size_t i = 0; i < families->nfamilies; i++) {
        n += families->families[i]().ncommands;
    }
    return n;
}

static const struct command *
family_find(struct command_family family, struct slice name)
{
    for (size_t i = 0; i < family.ncommands; i++) {
        if (slice_equal_nocase(name, slice_str(family.commands[i].name))) {
            return &family.commands[i];
        }
    }
    return NULL;
}

const struct command *
command_find_sub(const struct command *parent, struct slice name)
{
    return parent->subcommands ? family_find(parent->subcommands(), name) : NULL;
}

static const struct command *
full_name_find(struct command_family family, struct slice name, const struct command **parent)
{
    const char *bar = name.len ? memchr(name.ptr, '|', name.len) : NULL;
    *parent = NULL;
    if (!bar) {
        return family_find(family, name);
    }
    size_t len = (size_t) (bar - name.ptr);
    *parent = family_find(family, slice_of(name.ptr, len));
    return *parent ? command_find_sub(*parent, slice_of(bar + 1, name.len - len - 1)) : NULL;
}

const struct command *
command_find(const struct command_families *families, struct slice name,
             struct command_family *family, const struct command **parent)
{
    for (size_t i = 0; i < families->nfamilies; i++) {
        struct command_family here = families->families[i]();
        const struct command *found = full_name_find(here, name, parent);
        if (found) {
            if (family) {
                *family = here;
            }
            return found;
        }
    }
    return NULL;
}

const char *
command_upper_name(const struct command *command, char *buffer)
{
    size_t len = strlen(command->name);
    assert(len < COMMAND_NAME_BYTES);
    for (size_t i = 0; i <= len; i++) {
        buffer[i] = (char) toupper((unsigned char) command->name[i]);
    }
    return buffer;
}

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_.:-", c));
}

struct slice
command_leading_word(struct slice text)
{
    size_t from = 0, to;
    while (from < text.len && isspace((unsigned char) text.ptr[from])) {
        from++;
    }
    for (to = from; to < text.len && is_word_byte(text.ptr[to]); to++) {
    }
    return slice_of(text.ptr + from, to - from);
}
