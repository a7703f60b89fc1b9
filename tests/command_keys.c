/*
 * Says where executor/shards/command_table finds keys, for tests that compare it with what servers say.
 * in: on standard input a COMMAND reply, then any number of commands, all as RESP; out: a line
 * each.
 *
 *     SORT a STORE b      -> 1:r 3:w
 *     PING                ->
 *     a command that the reply has not, or whose keys are not certain -> ?
 */
#include <stdio.h>
#include <stdlib.h>

#include "executor/shards/command_table.h"
#include "net/reply_scan.h"

enum { MAX_ARGS = 256 };

static struct slice
read_all(void)
{
    size_t len = 0, room = 1 << 20;
    char *bytes = malloc(room);
    while (bytes) {
        size_t n = fread(bytes + len, 1, room - len, stdin);
        len += n;
        if (n == 0) {
            return slice_of(bytes, len);
        }
        if (len == room) {
            room *= 2;
            bytes = realloc(bytes, room);
        }
    }
    abort();
}

static const struct resp_value *
next_value(struct arena *arena, struct slice *rest)
{
    struct reply_scan scan = {0};
    struct error err = {"", ""};
    const struct resp_value *value;
    size_t consumed;
    if (reply_scan(&scan, *rest, &consumed, &err) != SCAN_OK ||
        !resp_value_parse(arena, slice_of(rest->ptr, consumed), &value, &err)) {
        fprintf(stderr, "not RESP: %s\n", err.message);
        exit(EXIT_FAILURE);
    }
    *rest = slice_of(rest->ptr + consumed, rest->len - consumed);
    return value;
}

static const struct command_spec *
spec_of(const struct command_table *table, const struct slice *args, size_t nargs)
{
    for (size_t i = 0; i < command_table_count(table); i++) {
        const struct command_spec *spec = command_table_at(table, i);
        if (slice_equal_nocase(spec->name, args[0])) {
            return command_spec_of_args(spec, args, nargs);
        }
    }
    return NULL;
}

static void
print_keys(const struct command_table *table, const struct slice *args, size_t nargs)
{
    size_t places[MAX_ARGS], again[MAX_ARGS];
    unsigned uses[MAX_ARGS];
    const struct command_spec *spec = spec_of(table, args, nargs);
    if (!spec || spec->reading == KEYS_UNCERTAIN) {
        puts("?");
        return;
    }
    size_t n = command_keys_used(spec, args, nargs, places, uses, MAX_ARGS);
    if (n > MAX_ARGS || command_keys(spec, args, nargs, again, MAX_ARGS) != n) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        printf("%s%zu:%s%s%s", i ? " " : "", places[i], uses[i] & COMMAND_KEY_READS ? "r" : "",
               uses[i] & COMMAND_KEY_WRITES ? "w" : "", uses[i] & COMMAND_KEY_IS_NONE ? "n" : "");
    }
    puts("");
}

int
main(void)
{
    struct slice bytes = read_all(), rest = bytes;
    struct arena *arena = arena_new();
    struct command_table *table;
    struct error err = {"", ""};
    if (!command_table_new(next_value(arena, &rest), &table, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_FAILURE;
    }
    while (rest.len) {
        const struct resp_value *command = next_value(arena, &rest);
        struct slice args[MAX_ARGS];
        size_t nargs = command->nelements < MAX_ARGS ? command->nelements : MAX_ARGS;
        for (size_t i = 0; i < nargs; i++) {
            args[i] = command->elements[i].text;
        }
        print_keys(table, args, nargs);
    }
    command_table_free(table);
    arena_free(arena);
    free((char *) bytes.ptr);
    return EXIT_SUCCESS;
}
