/*
 * What becomes of a query with a field that no row has: who says it.
 *
 *     CLIENT UNKNOWNFIELDS error          the connection, else
 *     ACL SETUSER ann unknown-fields:warn its user, else
 *     CONFIG SET unknown-fields error     the configuration
 */
#ifndef QUIPU_SERVER_ACCESS_UNKNOWN_FIELDS_H
#define QUIPU_SERVER_ACCESS_UNKNOWN_FIELDS_H

#include "base/slice.h"

enum unknown_fields {
    UNKNOWN_FIELDS_BY_DEFAULT, /* nothing is said: the next one decides */
    UNKNOWN_FIELDS_WARNED_OF,
    UNKNOWN_FIELDS_REFUSED
};

/* Reads `warn`, `error` or `default`, in any case. False: it is none of them. */
bool unknown_fields_parse(struct slice word, enum unknown_fields *out);
const char *unknown_fields_name(enum unknown_fields unknown);

#endif
