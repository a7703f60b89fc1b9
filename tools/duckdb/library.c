/*
 * Finds DuckDB's library and the functions in it. in: a place to look; out: a table of functions.
 *
 * Example: build/quipu-load opens build/duckdb/libduckdb.so, and asks it for duckdb_open, duckdb_connect, ...
 */
#include "tools/duckdb/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Beside the program: its folder, and duckdb/libduckdb.so. False: there is none. */
static bool
path_beside(char *path, size_t size)
{
    static const char name[] = "duckdb/libduckdb.so";
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    size_t room = slash ? size - (size_t) (slash + 1 - path) : 0;
    return slash && snprintf(slash + 1, room, "%s", name) < (int) room && access(path, R_OK) == 0;
}

static bool
load(void **handle, struct error *err)
{
    char path[4096];
    const char *named = getenv("QUIPU_DUCKDB");
    if (named && *named) {
        *handle = dlopen(named, RTLD_NOW | RTLD_LOCAL);
        return *handle || error_set(err, "DUCKDB", "QUIPU_DUCKDB: %s", dlerror());
    }
    if (path_beside(path, sizeof path)) {
        *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        return *handle || error_set(err, "DUCKDB", "%s", dlerror());
    }
    *handle = dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
    return *handle ||
           error_set(
               err, "DUCKDB",
               "this needs DuckDB's library, which is not here: `scripts/setup --duckdb` installs it, or "
               "QUIPU_DUCKDB names it (/path/libduckdb.so)");
}

bool
duckdb_library_open(struct duckdb_library *out, struct error *err)
{
    void *handle = NULL;
    if (!load(&handle, err)) {
        return false;
    }
    const struct {
        const char *name;
        void *into;
    } functions[] = {
#define DUCKDB_FUNCTION(gives, name, takes) {"duckdb_" #name, &out->name},
        DUCKDB_FUNCTIONS(DUCKDB_FUNCTION)
#undef DUCKDB_FUNCTION
    };
    const char *version = NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (!function) {
            return error_set(
                err, "DUCKDB",
                version ? "DuckDB %s has no function %s; 1.5 has it (`scripts/setup --duckdb`)"
                        : "the library is not DuckDB's%.0s: it has no function %s",
                version ? version : "", functions[i].name);
        }
        memcpy(functions[i].into, &function, sizeof function);
        version = version ? version : out->library_version();
    }
    return true;
}
