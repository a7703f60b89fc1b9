/*
 * Scripts: texts from the build, and their digests.
 * in: generated lua_texts.h; out: what SCRIPT LOAD and EVALSHA take.
 */
#include "executor/sets/script.h"

#include <openssl/sha.h>
#include <stdio.h>

#include "lua_texts.h"

/*
 * Asks for a key that never exists. While its slot is being moved away, the shard refers to the new
 * owner, and inside a script that is an error. So the script runs with the whole slot, or does
 * nothing.
 */
struct slice
script_guard(void)
{
    return slice_lit(
        "for _, key in ipairs(KEYS) do "
        "local tag = string.match(key, '{.-}') or '{' .. key .. '}' "
        "local moving = redis.pcall('EXISTS', 'quipu:absent' .. tag) "
        "if type(moving) == 'table' then "
        "return redis.error_reply('TRYAGAIN the slot of ' .. key .. ' is being moved') end end\n");
}

struct slice
script_text(enum script script)
{
    switch (script) {
    case SCRIPT_COUNT: return slice_of(LUA_COUNT, sizeof LUA_COUNT);
    case SCRIPT_WRITE: return slice_of(LUA_WRITE, sizeof LUA_WRITE);
    case SCRIPT_STATS: return slice_of(LUA_STATS, sizeof LUA_STATS);
    case SCRIPT_CACHE: return slice_of(LUA_CACHE, sizeof LUA_CACHE);
    case SCRIPT_VERIFY: return slice_of(LUA_VERIFY, sizeof LUA_VERIFY);
    case SCRIPT_CATALOG: return slice_of(LUA_CATALOG, sizeof LUA_CATALOG);
    case SCRIPT_MARK: return slice_of(LUA_MARK, sizeof LUA_MARK);
    case SCRIPT_SWEEP: return slice_of(LUA_SWEEP, sizeof LUA_SWEEP);
    case SCRIPT_SIZE: return slice_of(LUA_SIZE, sizeof LUA_SIZE);
    case SCRIPT_ROWS: return slice_of(LUA_ROWS, sizeof LUA_ROWS);
    case SCRIPT_FIELDS: return slice_of(LUA_FIELDS, sizeof LUA_FIELDS);
    case SCRIPT_INTO: return slice_of(LUA_INTO, sizeof LUA_INTO);
    case SCRIPT_PRESENCE: return slice_of(LUA_PRESENCE, sizeof LUA_PRESENCE);
    case SCRIPT_CHANGES: return slice_of(LUA_CHANGES, sizeof LUA_CHANGES);
    }
    return slice_of("", 0);
}

void
script_sha(struct slice text, char sha[SCRIPT_SHA_BYTES])
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *) text.ptr, text.len, digest);
    for (int i = 0; i < SHA_DIGEST_LENGTH; i++) {
        sprintf(sha + 2 * i, "%02x", digest[i]);
    }
}
