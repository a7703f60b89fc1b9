/*
 * Redis' own commands: carried out by the shards that have their keys.
 *
 *     SET a 1             -> to the shard of a, its reply as it is
 *     MGET a b c          -> split by shard, merged in the order asked
 *     TTL profile_7       -> a row: asked under the name the shard has for it
 *     EXPIRE profile_7 60 -> refused: the index would not follow it
 *     SINTER a b          -> -CROSSSLOT where a and b are not in one slot
 */
#ifndef QUIPU_SERVER_FORWARD_H
#define QUIPU_SERVER_FORWARD_H

#include "executor/forward.h"
#include "server/command.h"

enum { FORWARD_MAX_KEYS = 64 * 1024 };

/* In Redis' words, and what to do about it behind them: with code CROSSSLOT. */
#define FORWARD_SAME_TAG " don't hash to the same slot: give their names the same {tag}"
#define FORWARD_CROSSSLOT "Keys in request" FORWARD_SAME_TAG

/* Where a command's keys are, and what they are; on its stack while it is routed. */
struct route {
    size_t *places; /* in args */
    size_t nkeys;
    size_t nrows;  /* how many of them are rows that are stored under another name */
    unsigned slot; /* of the first */
    bool is_one_slot;
    size_t few[32]; /* places, as a rule */
};

/* Finds the keys. False, with the reply written, where the command cannot be forwarded at all. */
bool route_init(struct route *route, struct call *call);
/* The same for a command that writes no key, whatever its flags are: WATCH. */
bool route_init_reading(struct route *route, struct call *call);
/* The call's arguments with rows under their stored names; its own where there are none. */
const struct slice *route_args(struct call *call, const struct route *route, struct arena *arena);
void route_fini(struct route *route);

/* A script that may not use keys which it does not declare: where there are several shards. */
bool forward_is_confined(const struct call *call);
/* Adds those that a call declares; args are route_args'. */
void forward_script_keys(const struct call *call, const struct route *route,
                         const struct slice *args, struct script_keys *keys);

enum request_class forward_class(const struct call *call);
/* Runs a call whose spec is known. */
enum command_outcome forward_run(struct call *call);

/* For link calls whose reply is one request's: arg is the request. */
void forward_on_piece(void *request, struct slice piece, bool is_last, const struct error *err);
/* What a shard says of a command of ours that Redis has too; NULL: nothing. */
const struct command_spec *forward_spec_of(const struct call *call);
/* "OBJECT ENCODING"; into buffer of COMMAND_NAME_BYTES, which it returns. */
char *forward_upper_name(const struct command_spec *spec, char *buffer);

/*
 * False, with NODATASET, where a command that was let pass before would write a key that a DROP
 * which began since will remove. args are as they are sent.
 */
bool forward_survives_drops(struct services *services, const struct slice *args, size_t nargs,
                            struct error *err) QUIPU_MUST_CHECK;

#endif
