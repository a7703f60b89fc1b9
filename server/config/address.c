/*
 * Addresses of sockets, for people and logs, as Redis writes them.
 * in: a socket; out: text.
 *
 *     address_of_peer(fd, text)     -> "127.0.0.1:40492"
 */
#include "server/config/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

void
address_print(const struct sockaddr *address, char *text)
{
    char host[INET6_ADDRSTRLEN];
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *) (const void *) address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, ADDRESS_BYTES, "%s:%u", host, ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) (const void *) address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(text, ADDRESS_BYTES, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else if (address->sa_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *) (const void *) address;
        snprintf(text, ADDRESS_BYTES, "%s:0", un->sun_path);
    } else {
        snprintf(text, ADDRESS_BYTES, "?:0");
    }
}

void
address_of_socket(int fd, char *text)
{
    struct sockaddr_storage storage = {0};
    socklen_t len = sizeof storage - 1; /* so that a NUL follows any path */
    if (getsockname(fd, (struct sockaddr *) &storage, &len) != 0) {
        storage.ss_family = AF_UNSPEC;
    }
    address_print((const struct sockaddr *) &storage, text);
}

void
address_of_peer(int fd, char *text)
{
    struct sockaddr_storage storage = {0};
    socklen_t len = sizeof storage - 1;
    if (getpeername(fd, (struct sockaddr *) &storage, &len) != 0) {
        storage.ss_family = AF_UNSPEC;
    }
    address_print((const struct sockaddr *) &storage, text);
    if (storage.ss_family == AF_UNIX) {
        address_of_socket(fd, text);
    }
}
