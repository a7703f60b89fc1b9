/*
 * Under which names this server may be asked, and from which pages.
 *
 *     host_is_ours(&hosts, slice_lit("127.0.0.1:7380"))     -> true, as for any IP address
 *     host_is_ours(&hosts, slice_lit("evil.example:7380"))  -> false
 *     host_is_origin(slice_lit("localhost:7380"), slice_lit("http://evil.example"))     -> false
 *
 * A page of another site can let its own name mean our address (DNS rebinding), and is then for the
 * browser a page of ours. Its requests name that site's host, which is what is looked at here. An IP
 * address cannot be rebound.
 */
#ifndef QUIPU_SERVER_HTTP_HOST_H
#define QUIPU_SERVER_HTTP_HOST_H

#include "base/slice.h"
#include "server/config/config_values.h"

/*
 * Whether the header Host names this server: an IP address, localhost, or one of names; without
 * names, this machine's own name. The port may be any, as it may be forwarded.
 */
bool host_is_ours(const struct config_words *names, struct slice host);
/* Whether the header Origin means a page of that host and port, over http or https. */
bool host_is_origin(struct slice host, struct slice origin);

#endif
