/*
 * A route: where a command's keys are, and their slot.
 *
 *     struct route route;
 *     if (route_init(&route, call)) {
 *         ... route.slot, route_args(call, &route, arena) ...
 *         route_fini(&route);
 *     }
 *
 * A command that cannot be forwarded at all is answered here, with the reason.
 */
#ifndef QUIPU_SERVER_PROXY_ROUTE_H
#define QUIPU_SERVER_PROXY_ROUTE_H

#include "server/client/call.h"

struct script_keys;

enum { ROUTE_MAX_KEYS = 64 * 1024 };

/* The message of CROSSSLOT: Redis' words, and then what to do about it. */
#define ROUTE_SAME_TAG " don't hash to the same slot: give their names the same {tag}"
#define ROUTE_CROSSSLOT "Keys in request" ROUTE_SAME_TAG

/*
 * Where a command's keys are, and what they are. It lives on the stack while the command is routed.
 */
struct route {
    size_t *places; /* in args */
    size_t nkeys;
    size_t nrows;  /* how many keys are rows that are stored under another name */
    unsigned slot; /* of the first key */
    bool is_one_slot;
    size_t few[32]; /* memory for places, if it is enough */
};

/* Finds the keys. False, with the reply written: the command cannot be forwarded at all. */
bool route_init(struct route *route, struct call *call);
/* The same for a command that writes no key, whatever its flags are: WATCH. */
bool route_init_reading(struct route *route, struct call *call);
/*
 * The call's arguments, with rows under their stored names. Without such rows, the call's own
 * arguments.
 */
const struct slice *route_args(struct call *call, const struct route *route, struct arena *arena);
void route_fini(struct route *route);

/*
 * True for a script that may use only the keys it declares. That is so if there are several shards.
 */
bool route_is_confined(const struct call *call);
/* Adds the keys that a call declares. args are those of route_args. */
void route_script_keys(const struct call *call, const struct route *route, const struct slice *args,
                       struct script_keys *keys);

/* The shards' description of a command that both Quipu and Redis have. NULL: none. */
const struct command_spec *route_spec_of(const struct call *call);
/* Writes "OBJECT ENCODING" into buffer, which has COMMAND_NAME_BYTES, and returns it. */
char *route_upper_name(const struct command_spec *spec, char *buffer);

/*
 * False, with NODATASET, if a command that was allowed before would write a key that a later DROP
 * will remove. args are the words as they are sent to the shard.
 */
bool route_survives_drops(struct services *services, const struct slice *args, size_t nargs,
                          struct error *err) QUIPU_MUST_CHECK;

#endif
