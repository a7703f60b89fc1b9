/*
 * Redis' module API, as far as we use it: declared here, looked up by name when the module is
 * loaded.
 *
 *     struct redis_api redis;
 *     if (!redis_api_load(&redis, ctx, &err)) ...     ERR quipu needs Redis 7.0 or later: this
 *                                                     server is 6.2.7
 *     redis.reply_with_long_long(ctx, 42);
 *
 * No Debian package has the API's header, and none is needed: a module context begins with a
 * pointer to a function that finds the others by their names. The types are Redis', opaque to us.
 *
 * Redis calls us in its main thread only; the functions here are for that thread, but for alloc,
 * its kin and release, unblock_client, and the replies to a context that was made for a blocked
 * client.
 */
#ifndef QUIPU_MODULE_REDIS_API_H
#define QUIPU_MODULE_REDIS_API_H

#include "base/error.h"

struct redis_ctx;
struct redis_string;
struct redis_key;
struct redis_io;
struct redis_call_reply;
struct redis_blocked_client;
struct redis_command;
struct redis_type;
struct redis_dict;
struct redis_dict_iter;
struct redis_scan_cursor;
struct redis_filter;
struct redis_command_filter;
struct redis_info;
struct redis_user;

enum { REDIS_OK = 0, REDIS_ERR = 1, REDIS_API_VERSION = 1 };

/* redis_api.open_key */
enum {
    REDIS_KEY_READ = 1 << 0,
    REDIS_KEY_WRITE = 1 << 1,
    REDIS_KEY_NOTOUCH = 1 << 16,
    REDIS_KEY_NOEFFECTS = 1 << 20 /* 7.2: nor a miss, an event or the end of a key that is over */
};
enum { REDIS_KEYTYPE_EMPTY = 0, REDIS_KEYTYPE_HASH = 3, REDIS_NO_EXPIRE = -1 };

/* redis_api.context_flags */
enum {
    REDIS_CTX_LUA = 1 << 0,
    REDIS_CTX_MULTI = 1 << 1,
    REDIS_CTX_REPLICA = 1 << 3,
    REDIS_CTX_CLUSTER = 1 << 5,
    REDIS_CTX_AOF = 1 << 6,
    REDIS_CTX_RDB = 1 << 7,
    REDIS_CTX_REPLICATED = 1 << 12,
    REDIS_CTX_LOADING = 1 << 13,
    REDIS_CTX_DENY_BLOCKING = 1 << 21,
    REDIS_CTX_RESP3 = 1 << 22
};

/* redis_api.subscribe_to_keyspace_events */
enum {
    REDIS_NOTIFY_GENERIC = 1 << 2,
    REDIS_NOTIFY_STRING = 1 << 3,
    REDIS_NOTIFY_LIST = 1 << 4,
    REDIS_NOTIFY_SET = 1 << 5,
    REDIS_NOTIFY_HASH = 1 << 6,
    REDIS_NOTIFY_ZSET = 1 << 7,
    REDIS_NOTIFY_EXPIRED = 1 << 8,
    REDIS_NOTIFY_EVICTED = 1 << 9,
    REDIS_NOTIFY_STREAM = 1 << 10,
    REDIS_NOTIFY_LOADED = 1 << 12,
    REDIS_NOTIFY_MODULE = 1 << 13
};

/* redis_api.event_loop_add, event_loop_remove */
enum { REDIS_EVENTLOOP_READABLE = 1 };

/* redis_api.call_reply_type */
enum { REDIS_REPLY_ERROR = 1, REDIS_REPLY_ARRAY = 3 };

/* redis_api.set_module_options */
enum {
    REDIS_OPTION_HANDLE_IO_ERRORS = 1 << 0,
    REDIS_OPTION_NO_IMPLICIT_SIGNAL = 1 << 1,
    /* Valkey's alone: without it CLUSTER MIGRATESLOTS is refused. */
    VALKEY_OPTION_HANDLE_ATOMIC_SLOT_MIGRATION = 1 << 5
};

/* redis_api.register_filter: not for commands that this module calls. */
enum { REDIS_FILTER_NOSELF = 1 << 0 };

/* redis_api.subscribe_to_server_event: passed by value. */
struct redis_event {
    uint64_t id, data_version;
};
enum {
    REDIS_EVENT_ROLE_CHANGED = 0,
    REDIS_EVENT_PERSISTENCE = 1,
    REDIS_EVENT_FLUSHDB = 2,
    REDIS_EVENT_LOADING = 3,
    REDIS_EVENT_REPLICA_CHANGE = 6,
    REDIS_EVENT_SWAPDB = 11,
    REDIS_EVENT_EVENTLOOP = 15,
    REDIS_EVENT_KEY = 17 /* 7.2: a key goes, for whatever reason */
};
enum {
    REDIS_FLUSHDB_ENDED = 1,
    /* Below: it has begun, of what there are several. */
    REDIS_LOADING_ENDED = 3,
    REDIS_LOADING_FAILED = 4,
    REDIS_PERSISTENCE_ENDED = 4, /* what is below is a start */
    REDIS_REPLICA_ONLINE = 0,
    REDIS_EVENTLOOP_BEFORE_SLEEP = 0
};
struct redis_flush_info {
    uint64_t version;
    int32_t is_sync;
    int32_t db; /* -1: all */
};
struct redis_key_info {
    uint64_t version;
    struct redis_key *key;
};
struct redis_client_info {
    uint64_t version, flags, id;
    char address[46];
    uint16_t port, db;
};
enum { REDIS_CLIENT_INFO_VERSION = 1 };
struct redis_swap_info {
    uint64_t version;
    int32_t db_first, db_second;
};

typedef int redis_command_fn(struct redis_ctx *ctx, struct redis_string **argv, int argc);
typedef int redis_notify_fn(struct redis_ctx *ctx, int type, const char *event,
                            struct redis_string *key);
typedef void redis_event_fn(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent,
                            void *data);
typedef void redis_scan_fn(struct redis_ctx *ctx, struct redis_string *name, struct redis_key *key,
                           void *arg);
typedef void redis_scan_key_fn(struct redis_key *key, struct redis_string *field,
                               struct redis_string *value, void *arg);
typedef void redis_filter_fn(struct redis_filter *filter);
typedef void redis_timer_fn(struct redis_ctx *ctx, void *arg);
typedef void redis_ready_fn(int fd, void *arg, int mask);
typedef void redis_free_fn(struct redis_ctx *ctx, void *arg);
typedef void redis_disconnect_fn(struct redis_ctx *ctx, struct redis_blocked_client *client);
typedef void redis_info_fn(struct redis_info *info, int is_crash);

/* Version 2 of the methods of a data type: all we need is what is saved beside the keys. */
struct redis_type_methods {
    uint64_t version;
    void *(*rdb_load)(struct redis_io *io, int encoding);
    void (*rdb_save)(struct redis_io *io, void *value);
    void (*aof_rewrite)(struct redis_io *io, struct redis_string *key, void *value);
    size_t (*mem_usage)(const void *value);
    void (*digest)(void *digest, void *value);
    void (*free)(void *value);
    int (*aux_load)(struct redis_io *io, int encoding, int when);
    void (*aux_save)(struct redis_io *io, int when);
    int aux_save_triggers;
};
enum { REDIS_TYPE_METHODS_VERSION = 2, REDIS_AUX_BEFORE_RDB = 1 };

/* X(what it returns, our name, Redis' name, parameters) */
#define REDIS_API(X)                                                                               \
    X(void, log, Log, (struct redis_ctx *, const char *level, const char *fmt, ...))               \
    X(int, get_server_version, GetServerVersion, (void) )                                          \
    X(void, set_module_attribs, SetModuleAttribs,                                                  \
      (struct redis_ctx *, const char *name, int version, int api_version))                        \
    X(void, set_module_options, SetModuleOptions, (struct redis_ctx *, int options))               \
    X(int, is_module_name_busy, IsModuleNameBusy, (const char *name))                              \
    X(int, create_command, CreateCommand,                                                          \
      (struct redis_ctx *, const char *name, redis_command_fn *, const char *flags, int first_key, \
       int last_key, int key_step))                                                                \
    X(struct redis_command *, get_command, GetCommand, (struct redis_ctx *, const char *name))     \
    X(int, create_subcommand, CreateSubcommand,                                                    \
      (struct redis_command * parent, const char *name, redis_command_fn *, const char *flags,     \
       int first_key, int last_key, int key_step))                                                 \
    X(struct redis_type *, create_data_type, CreateDataType,                                       \
      (struct redis_ctx *, const char *name, int encoding, struct redis_type_methods *) )          \
    X(int, subscribe_to_keyspace_events, SubscribeToKeyspaceEvents,                                \
      (struct redis_ctx *, int types, redis_notify_fn *) )                                         \
    X(int, subscribe_to_server_event, SubscribeToServerEvent,                                      \
      (struct redis_ctx *, struct redis_event, redis_event_fn *) )                                 \
    X(struct redis_command_filter *, register_filter, RegisterCommandFilter,                       \
      (struct redis_ctx *, redis_filter_fn *, int flags))                                          \
    X(int, filter_nargs, CommandFilterArgsCount, (struct redis_filter *) )                         \
    X(struct redis_string *, filter_arg, CommandFilterArgGet, (struct redis_filter *, int at))     \
    X(int, register_info_func, RegisterInfoFunc, (struct redis_ctx *, redis_info_fn *) )           \
    X(int, info_add_section, InfoAddSection, (struct redis_info *, const char *name))              \
    X(int, info_add_long_long, InfoAddFieldULongLong,                                              \
      (struct redis_info *, const char *name, unsigned long long value))                           \
    X(void *, alloc, Alloc, (size_t size_bytes))                                                   \
    X(void *, alloc_zeroed, Calloc, (size_t n, size_t size_bytes))                                 \
    X(void *, alloc_again, Realloc, (void *ptr, size_t size_bytes))                                \
    X(void, release, Free, (void *ptr))                                                            \
    X(int, context_flags, GetContextFlags, (struct redis_ctx *) )                                  \
    X(int, get_selected_db, GetSelectedDb, (struct redis_ctx *) )                                  \
    X(int, client_info, GetClientInfoById, (struct redis_client_info *, uint64_t id))              \
    X(int, select_db, SelectDb, (struct redis_ctx *, int db))                                      \
    X(unsigned long long, db_size, DbSize, (struct redis_ctx *) )                                  \
    X(struct redis_key *, open_key, OpenKey,                                                       \
      (struct redis_ctx *, struct redis_string * name, int mode))                                  \
    X(void, close_key, CloseKey, (struct redis_key *) )                                            \
    X(int, key_type, KeyType, (struct redis_key *) )                                               \
    X(long long, get_abs_expire, GetAbsExpire, (struct redis_key *) )                              \
    X(struct redis_scan_cursor *, scan_cursor_create, ScanCursorCreate, (void) )                   \
    X(void, scan_cursor_restart, ScanCursorRestart, (struct redis_scan_cursor *) )                 \
    X(void, scan_cursor_destroy, ScanCursorDestroy, (struct redis_scan_cursor *) )                 \
    X(int, scan, Scan, (struct redis_ctx *, struct redis_scan_cursor *, redis_scan_fn *, void *) ) \
    X(int, scan_key, ScanKey,                                                                      \
      (struct redis_key *, struct redis_scan_cursor *, redis_scan_key_fn *, void *) )              \
    X(const char *, string_ptr_len, StringPtrLen, (const struct redis_string *, size_t *len))      \
    X(struct redis_string *, create_string, CreateString,                                          \
      (struct redis_ctx *, const char *ptr, size_t len))                                           \
    X(struct redis_string *, hold_string, HoldString,                                              \
      (struct redis_ctx *, struct redis_string *) )                                                \
    X(void, free_string, FreeString, (struct redis_ctx *, struct redis_string *) )                 \
    X(struct redis_dict *, create_dict, CreateDict, (struct redis_ctx *) )                         \
    X(void, free_dict, FreeDict, (struct redis_ctx *, struct redis_dict *) )                       \
    X(uint64_t, dict_size, DictSize, (struct redis_dict *) )                                       \
    X(int, dict_replace, DictReplaceC,                                                             \
      (struct redis_dict *, const void *key, size_t len, void *value))                             \
    X(void *, dict_get, DictGetC,                                                                  \
      (struct redis_dict *, const void *key, size_t len, int *is_missing))                         \
    X(int, dict_delete, DictDelC,                                                                  \
      (struct redis_dict *, const void *key, size_t len, void *old_value))                         \
    X(struct redis_dict_iter *, dict_start, DictIteratorStartC,                                    \
      (struct redis_dict *, const char *op, const void *key, size_t len))                          \
    X(void *, dict_next, DictNextC, (struct redis_dict_iter *, size_t * len, void **value))        \
    X(void, dict_stop, DictIteratorStop, (struct redis_dict_iter *) )                              \
    X(uint64_t, create_timer, CreateTimer,                                                         \
      (struct redis_ctx *, long long period_ms, redis_timer_fn *, void *arg))                      \
    X(int, stop_timer, StopTimer, (struct redis_ctx *, uint64_t id, void **arg))                   \
    X(int, event_loop_remove, EventLoopDel, (int fd, int mask))                                    \
    X(int, event_loop_add, EventLoopAdd, (int fd, int mask, redis_ready_fn *, void *arg))          \
    X(long long, milliseconds, Milliseconds, (void) )                                              \
    X(uint64_t, microseconds, MonotonicMicroseconds, (void) )                                      \
    X(unsigned long long, client_id, GetClientId, (struct redis_ctx *) )                           \
    X(struct redis_string *, client_user, GetClientUserNameById,                                   \
      (struct redis_ctx *, uint64_t id))                                                           \
    X(struct redis_string *, current_user, GetCurrentUserName, (struct redis_ctx *) )              \
    X(struct redis_user *, find_user, GetModuleUserFromUserName, (struct redis_string * name))     \
    X(int, free_user, FreeModuleUser, (struct redis_user *) )                                      \
    X(int, check_key, ACLCheckKeyPermissions,                                                      \
      (struct redis_user *, struct redis_string * key, int flags))                                 \
    X(struct redis_blocked_client *, block_client, BlockClient,                                    \
      (struct redis_ctx *, redis_command_fn * reply, redis_command_fn * timeout, redis_free_fn *,  \
       long long timeout_ms))                                                                      \
    X(int, unblock_client, UnblockClient, (struct redis_blocked_client *, void *arg))              \
    X(void, set_disconnect_callback, SetDisconnectCallback,                                        \
      (struct redis_blocked_client *, redis_disconnect_fn *) )                                     \
    X(void *, get_blocked_arg, GetBlockedClientPrivateData, (struct redis_ctx *) )                 \
    X(struct redis_ctx *, get_thread_safe_context, GetThreadSafeContext,                           \
      (struct redis_blocked_client *) )                                                            \
    X(void, free_thread_safe_context, FreeThreadSafeContext, (struct redis_ctx *) )                \
    X(struct redis_ctx *, get_detached_context, GetDetachedThreadSafeContext,                      \
      (struct redis_ctx *) )                                                                       \
    X(int, avoid_replica_traffic, AvoidReplicaTraffic, (void) )                                    \
    X(struct redis_call_reply *, call, Call,                                                       \
      (struct redis_ctx *, const char *command, const char *fmt, ...))                             \
    X(const char *, call_reply_string, CallReplyStringPtr,                                         \
      (struct redis_call_reply *, size_t * len))                                                   \
    X(int, call_reply_type, CallReplyType, (struct redis_call_reply *) )                           \
    X(size_t, call_reply_length, CallReplyLength, (struct redis_call_reply *) )                    \
    X(long long, call_reply_integer, CallReplyInteger, (struct redis_call_reply *) )               \
    X(struct redis_call_reply *, call_reply_element, CallReplyArrayElement,                        \
      (struct redis_call_reply *, size_t index))                                                   \
    X(void, free_call_reply, FreeCallReply, (struct redis_call_reply *) )                          \
    X(int, replicate, Replicate, (struct redis_ctx *, const char *command, const char *fmt, ...))  \
    X(int, wrong_arity, WrongArity, (struct redis_ctx *) )                                         \
    X(int, reply_with_error, ReplyWithError, (struct redis_ctx *, const char *text))               \
    X(int, reply_with_simple_string, ReplyWithSimpleString, (struct redis_ctx *, const char *) )   \
    X(int, reply_with_long_long, ReplyWithLongLong, (struct redis_ctx *, long long) )              \
    X(int, reply_with_buffer, ReplyWithStringBuffer,                                               \
      (struct redis_ctx *, const char *ptr, size_t len))                                           \
    X(int, reply_with_array, ReplyWithArray, (struct redis_ctx *, long len))                       \
    X(int, reply_with_null, ReplyWithNull, (struct redis_ctx *) )                                  \
    X(int, reply_with_map, ReplyWithMap, (struct redis_ctx *, long npairs))                        \
    X(int, reply_with_double, ReplyWithDouble, (struct redis_ctx *, double) )                      \
    X(int, reply_with_bool, ReplyWithBool, (struct redis_ctx *, int is_true))                      \
    X(int, reply_with_verbatim, ReplyWithVerbatimStringType,                                       \
      (struct redis_ctx *, const char *ptr, size_t len, const char *kind))                         \
    X(uint64_t, load_unsigned, LoadUnsigned, (struct redis_io *) )                                 \
    X(char *, load_buffer, LoadStringBuffer, (struct redis_io *, size_t * len))                    \
    X(int, is_io_error, IsIOError, (struct redis_io *) )

/* The same: what a server may lack, and then is NULL. */
#define REDIS_API_OPTIONAL(X)                                                                      \
    /* 7.2: what the command under way takes for now. */                                           \
    X(long long, cached_microseconds, CachedMicroseconds, (void) )                                 \
    /* 7.2 */                                                                                      \
    X(int, set_categories, SetCommandACLCategories,                                                \
      (struct redis_command *, const char *categories))                                            \
    X(unsigned long long, filter_client_id, CommandFilterGetClientId, (struct redis_filter *) )    \
    X(const struct redis_string *, key_name, GetKeyNameFromModuleKey, (struct redis_key *) )       \
    /* Redis 8: of a hash, when the first of its fields will expire, or did. */                    \
    X(long long, field_min_expire, HashFieldMinExpire, (struct redis_key *) )

struct redis_api {
#define REDIS_API_FIELD(type, field, name, parameters) type(*field) parameters;
    REDIS_API(REDIS_API_FIELD)
    REDIS_API_OPTIONAL(REDIS_API_FIELD)
#undef REDIS_API_FIELD
    bool is_valkey; /* which has each entry under a name of its own, too */
};

/* Redis' look-up of an entry by its name: REDIS_OK, and the function's address in *out. */
typedef int redis_get_api_fn(const char *name, void *out);

/*
 * Fills the table. Fails with ERR, and says which version there is or which entry is missing, where
 * the server is older than 7.0.
 */
bool redis_api_load(struct redis_api *api, redis_get_api_fn *get_api,
                    struct error *err) QUIPU_MUST_CHECK;

/* By which keys and fields are over: they are if their time is less. */
static inline long long
redis_now_ms(const struct redis_api *redis)
{
    return redis->cached_microseconds ? redis->cached_microseconds() / 1000 : redis->milliseconds();
}

/* A string of Redis', borrowed. */
static inline struct slice
redis_slice(const struct redis_api *redis, const struct redis_string *string)
{
    size_t len;
    const char *ptr = redis->string_ptr_len(string, &len);
    return slice_of(ptr, len);
}

static inline void
redis_reply_slice(const struct redis_api *redis, struct redis_ctx *ctx, struct slice text)
{
    redis->reply_with_buffer(ctx, text.ptr, text.len);
}

/* "-CODE message". */
void redis_reply_error(const struct redis_api *redis, struct redis_ctx *ctx,
                       const struct error *err);

#endif
