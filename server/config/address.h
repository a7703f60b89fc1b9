/*
 * Addresses of sockets as text: `127.0.0.1:7379`, `[::1]:7379`, `/run/quipu.sock:0`.
 */
#ifndef QUIPU_SERVER_CONFIG_ADDRESS_H
#define QUIPU_SERVER_CONFIG_ADDRESS_H

#include <sys/socket.h>

enum { ADDRESS_BYTES = 128 };

/* Each function writes into text, which has ADDRESS_BYTES; "?:0" if the kernel gives no address. */
void address_print(const struct sockaddr *address, char *text);
/*
 * The address of the other end. For a unix socket, whose other end has no name, the path of this
 * end.
 */
void address_of_peer(int fd, char *text);
void address_of_socket(int fd, char *text);

#endif
