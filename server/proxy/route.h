/*
 * A route: where a command's keys are, and to which slot they lead.
 *
 *     struct route route;
 *     if (route_init(&route, call)) {
 *         ... route.slot, route_args(call, &route, arena) ...
 *         route_fini(&route);
 *     }
 *
 * What cannot be forwarded at all is answered here, with the reason.
 */
#ifndef QUIPU_SERVER_PROXY_ROUTE_H
#define QUIPU_SERVER_PROXY_ROUTE_H

#include "server/client/call.h"

struct script_keys;

enum { ROUTE_MAX_KEYS = 64 * 1024 };

/* In Redis' words, and what to do about it behind them: with code CROSSSLOT. */
#define ROUTE_SAME_TAG " don't hash to the same slot: give their names the same {tag}"
#define ROUTE_CROSSSLOT "Keys in request" ROUTE_SAME_TAG

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
bool route_is_confined(const struct call *call);
/* Adds those that a call declares; args are route_args'. */
void route_script_keys(const struct call *call, const struct route *route, const struct slice *args,
                       struct script_keys *keys);

/* What a shard says of a command of ours that Redis has too; NULL: nothing. */
const struct command_spec *route_spec_of(const struct call *call);
/* "OBJECT ENCODING"; into buffer of COMMAND_NAME_BYTES, which it returns. */
char *route_upper_name(const struct command_spec *spec, char *buffer);

/*
 * False, with NODATASET, where a command that was let pass before would write a key that a DROP
 * which began since will remove. args are as they are sent.
 */
bool route_survives_drops(struct services *services, const struct slice *args, size_t nargs,
                          struct error *err) QUIPU_MUST_CHECK;

#endif
