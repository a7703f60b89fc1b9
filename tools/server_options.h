/*
 * The options by which a tool finds its server, and what is said of a wrong option: the same for
 * each tool.
 *
 *     static const struct option known[] = {SERVER_OPTIONS, {"query", ...}, ...};
 *     if (server_option_is(option)) ok = server_option_take("quipu-load", &server, option);
 *     server_options_end(&server);                   passwords of the environment
 */
#ifndef QUIPU_TOOLS_SERVER_OPTIONS_H
#define QUIPU_TOOLS_SERVER_OPTIONS_H

#include <getopt.h>

#include "net/tls.h"
#include "tools/connection.h"

struct server_options {
    struct connection_address address; /* tls: server_options_tls makes it */
    bool tls;
    struct tls_settings certificates;
};

/* Values of getopt_long, behind those of a tool's own. */
enum server_option {
    SERVER_HOST = 1000,
    SERVER_PORT,
    SERVER_UNIXSOCKET,
    SERVER_USER,
    SERVER_PASS,
    SERVER_TLS,
    SERVER_CACERT,
    SERVER_CERT,
    SERVER_CERT_KEY,
    SERVER_OPTION_END
};

#define SERVER_OPTIONS                                                                             \
    {"host", required_argument, NULL, SERVER_HOST},                                                \
        {"port", required_argument, NULL, SERVER_PORT},                                            \
        {"unixsocket", required_argument, NULL, SERVER_UNIXSOCKET},                                \
        {"user", required_argument, NULL, SERVER_USER},                                            \
        {"pass", required_argument, NULL, SERVER_PASS}, {"tls", no_argument, NULL, SERVER_TLS},    \
        {"cacert", required_argument, NULL, SERVER_CACERT},                                        \
        {"cert", required_argument, NULL, SERVER_CERT},                                            \
    {                                                                                              \
        "cert-key", required_argument, NULL, SERVER_CERT_KEY                                       \
    }

/* 127.0.0.1:7379, plain. */
struct server_options server_options_default(void);
bool server_option_is(int option);
/* Takes optarg. False: it is wrong, and that has been said. */
bool server_option_take(const char *program, struct server_options *server, int option);
/* The password that was not given is that of QUIPU_AUTH, or else of REDISCLI_AUTH if that is for
 * this server. */
void server_options_end(struct server_options *server, bool takes_redis_auth);

/* Writes one line: the message, and where the options are listed. False. */
bool option_is_wrong(const char *program, const char *message);
/* "--port takes a number from 1 to 65535, not 'x'". False. */
bool option_value_is_wrong(const char *program, const char *name, const char *wanted,
                           const char *text);
/* The word is no option, or lacks its value. Returns the exit status. */
int option_is_unknown(const char *program, const char *word);
/* False: it has been said. */
bool option_number(const char *program, const char *name, const char *text, int64_t least,
                   int64_t most, int64_t *out);

#endif
