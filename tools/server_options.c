/*
 * Reads the options about a server. in: what getopt_long found; out: an address, or one line that
 * says what is wrong.
 *
 *     --port x      quipu-load: --port takes a number from 1 to 65535, not 'x' (quipu-load --help ...
 */
#include "tools/server_options.h"

#include <stdio.h>
#include <stdlib.h>

bool
option_is_wrong(const char *program, const char *message)
{
    fprintf(stderr, "%s: %s (%s --help lists the options)\n", program, message, program);
    return false;
}

bool
option_value_is_wrong(const char *program, const char *name, const char *wanted, const char *text)
{
    fprintf(stderr, "%s: %s takes %s, not '%s' (%s --help lists the options)\n", program, name,
            wanted, text, program);
    return false;
}

int
option_is_unknown(const char *program, const char *word)
{
    enum { WRONG_OPTIONS = 2 };
    fprintf(stderr, "%s: %s: no such option, or it lacks its value (%s --help lists the options)\n",
            program, word, program);
    return WRONG_OPTIONS;
}

bool
option_number(const char *program, const char *name, const char *text, int64_t least, int64_t most,
              int64_t *out)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "a number from %lld to %lld", (long long) least,
             (long long) most);
    return (slice_to_int64(slice_str(text), out) && *out >= least && *out <= most) ||
           option_value_is_wrong(program, name, wanted, text);
}

struct server_options
server_options_default(void)
{
    return (struct server_options){.address = {.host = "127.0.0.1", .port = 7379},
                                   .certificates = {.prefix = "--"}};
}

bool
server_option_is(int option)
{
    return option >= SERVER_HOST && option < SERVER_OPTION_END;
}

bool
server_option_take(const char *program, struct server_options *server, int option)
{
    struct connection_address *address = &server->address;
    int64_t port;
    switch ((enum server_option) option) {
    case SERVER_HOST: address->host = optarg; return true;
    case SERVER_PORT:
        if (!option_number(program, "--port", optarg, 1, 65535, &port)) {
            return false;
        }
        address->port = (int) port;
        return true;
    case SERVER_UNIXSOCKET: address->unix_path = optarg; return true;
    case SERVER_USER: address->user = optarg; return true;
    case SERVER_PASS: address->password = optarg; return true;
    case SERVER_TLS: server->tls = true; return true;
    case SERVER_CACERT: server->certificates.ca_cert_file = optarg; return true;
    case SERVER_CERT: server->certificates.cert_file = optarg; return true;
    case SERVER_CERT_KEY: server->certificates.key_file = optarg; return true;
    case SERVER_OPTION_END: break;
    }
    return false;
}

void
server_options_end(struct server_options *server, bool takes_redis_auth)
{
    const char **password = &server->address.password;
    *password = *password ? *password : getenv("QUIPU_AUTH");
    if (!*password && takes_redis_auth) {
        *password = getenv("REDISCLI_AUTH");
    }
}
