/*
 * Ends what users may not do any more when their rules have changed. in: users whose rules may have
 * changed; out: clients and queries ended.
 *
 *     ACL SETUSER ann resetchannels      -> ann's connections that listen to a channel are closed
 *     ACL SETUSER ann resetdatasets      -> ann's COUNT that runs: -NOPERM ... dataset 'current'
 *
 * All clients come first, in ways that call nothing back meanwhile. Then come the queries, by their
 * numbers, since the end of one may begin or end others.
 */
#include "server/proxy/revocation.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/query.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/client/client_list.h"
#include "server/proxy/call_access.h"
#include "server/proxy/conversation.h"
#include "server/table/services.h"

static void
client_end(struct client *client, const struct client *by)
{
    if (client == by) {
        client_quit(client);
    } else {
        client_kill(client);
    }
}

static bool
is_concerned(struct client *client, const struct acl_user *user)
{
    const struct acl_user *own = client_access(client)->user;
    return (!user || own == user) && !acl_user_is_unrestricted(own);
}

static void
clients_revoke(struct services *services, const struct acl_user *user, const struct client *by)
{
    LIST_EACH (struct client_node, node, &services->clients->connected, in_list) {
        struct client *client = node->client;
        if (!acl_has(services->acl, client_access(client)->user)) {
            client_end(client, by);
        } else if (is_concerned(client, user)) {
            struct conversation *conversation = client_conversation(client);
            if (!conversation_may_listen(conversation, client_access(client)->user)) {
                client_end(client, by);
            } else {
                conversation_recheck(conversation);
            }
        }
    }
}

/* A query that its client may not run any more, and why. */
struct verdict {
    uint64_t id;
    struct error why;
};

/* True: the query must end. */
static bool
query_revoke(struct services *services, const struct query_status *status, struct error *why)
{
    struct client *client = request_owner(status->arg);
    const struct acl_user *user = client_access(client)->user;
    const struct slice behind_verb[] = {SLICE_LIT("QUERY"), status->text};
    struct call call = {.services = services, .client = client, .args = behind_verb, .nargs = 2};
    struct error ignored = {"", ""};
    query_raise_floor(services->executor, status->id, acl_user_suppress_below(user));
    /* it may have come as QUERY or by its first word: the right to one is enough */
    call_resolve(&call);
    return !call_access_would_allow(&call, user, &ignored) &&
           !call_access_check_again(client, &status->text, 1, why);
}

static void
queries_revoke(struct services *services, const struct acl_user *user)
{
    size_t nqueries, nverdicts = 0;
    struct query_status *list = query_list(services->executor, &nqueries);
    struct verdict *verdicts = must_alloc((nqueries + 1) * sizeof *verdicts);
    for (size_t i = 0; i < nqueries; i++) {
        struct verdict verdict = {.id = list[i].id};
        if (is_concerned(request_owner(list[i].arg), user) &&
            query_revoke(services, &list[i], &verdict.why)) {
            verdicts[nverdicts++] = verdict;
        }
    }
    free(list);
    for (size_t i = 0; i < nverdicts; i++) {
        (void) query_kill(services->executor, verdicts[i].id, &verdicts[i].why);
    }
    free(verdicts);
}

void
revocation_apply(struct services *services, const struct acl_user *user, struct client *by)
{
    clients_revoke(services, user, by);
    queries_revoke(services, user);
}
