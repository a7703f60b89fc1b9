/*
 * Addresses of sockets as text: `127.0.0.1:7379`, `[::1]:7379`, `/run/quipu.sock:0`.
 */
#ifndef QUIPU_SERVER_CONFIG_ADDRESS_H
#define QUIPU_SERVER_CONFIG_ADDRESS_H

#include <sys/socket.h>

enum { ADDRESS_BYTES = 128 };

/* Each writes into text (ADDRESS_BYTES), "?:0" where the kernel does not say. */
void address_print(const struct sockaddr *address, char *text);
/* Who is at the other end; of a unix socket, which has no name there, the path of ours. */
void address_of_peer(int fd, char *text);
void address_of_socket(int fd, char *text);

#endif
