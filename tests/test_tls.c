/*
 * net/tls: contexts from settings, what is said about wrong ones, and whom a handshake admits.
 * Certificates are made here, with OpenSSL.
 */
#include <check.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/tls.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static char dir[] = "/tmp/quipu-test-tls-XXXXXX";
static struct error err;

/* -- certificates ------------------------------------------------------------------------------ */

static const char *
path(const char *name)
{
    static char paths[8][128];
    static int next;
    char *text = paths[next++ % 8];
    snprintf(text, sizeof paths[0], "%s/%s", dir, name);
    return text;
}

static FILE *
file_open(const char *name)
{
    FILE *file = fopen(path(name), "w");
    ck_assert_ptr_nonnull(file);
    return file;
}

static void
key_write(EVP_PKEY *key, const char *name, const char *password)
{
    FILE *file = file_open(name);
    int len = password ? (int) strlen(password) : 0;
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, password ? EVP_aes_128_cbc() : NULL,
                                          (const unsigned char *) password, len, NULL, NULL),
                     1);
    fclose(file);
}

/* Signed by the issuer, or by itself. */
static X509 *
certificate_make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *) name, -1, -1,
                               0);
    X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
    if (!issuer) {
        X509_EXTENSION *ca =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(certificate, ca, -1);
        X509_EXTENSION_free(ca);
    }
    ck_assert_int_gt(X509_sign(certificate, issuer ? issuer_key : key, EVP_sha256()), 0);
    FILE *file = file_open(name);
    PEM_write_X509(file, certificate);
    fclose(file);
    return certificate;
}

/* ca.crt; server.crt and client.crt signed by it, with the one key; alien.crt by itself. */
static void
setup(void)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    EVP_PKEY *alien_key = EVP_EC_gen("P-256");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    X509 *ca = certificate_make("ca.crt", ca_key, NULL, NULL);
    X509_free(certificate_make("server.crt", key, ca, ca_key));
    X509_free(certificate_make("client.crt", key, ca, ca_key));
    X509_free(certificate_make("alien.crt", alien_key, NULL, NULL));
    key_write(key, "good.key", NULL);
    key_write(key, "locked.key", "secret");
    key_write(alien_key, "alien.key", NULL);
    fclose(file_open("empty"));
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    EVP_PKEY_free(alien_key);
}

static void
teardown(void)
{
    static const char *const NAMES[] = {"ca.crt",   "server.crt", "client.crt", "alien.crt",
                                        "good.key", "locked.key", "alien.key",  "empty"};
    for (int i = 0; i < NROWS(NAMES); i++) {
        unlink(path(NAMES[i]));
    }
    rmdir(dir);
}

/* -- settings ---------------------------------------------------------------------------------- */

/* Names are of files above; message: NULL where it is good, %s is the directory. */
static const struct {
    const char *cert, *key, *pass, *ca, *protocols, *ciphers, *suites;
    enum tls_peers peers;
    const char *message;
} server_rows[] = {
    {"server.crt", "good.key", "", "ca.crt", "", "", "", TLS_PEERS_REQUIRED, NULL},
    {"server.crt", "good.key", "", "", "", "", "", TLS_PEERS_UNASKED, NULL},
    {"server.crt", "locked.key", "secret", "", "", "", "", TLS_PEERS_UNASKED, NULL},
    {"server.crt", "good.key", "", "", "TLSv1.3", "", "", TLS_PEERS_UNASKED, NULL},
    {"server.crt", "good.key", "", "", " tlsv1.2  TLSv1.3 ", "ECDHE+AESGCM",
     "TLS_AES_128_GCM_SHA256", TLS_PEERS_UNASKED, NULL},
    {"", "", "", "ca.crt", "", "", "", TLS_PEERS_REQUIRED,
     "tls-port needs tls-cert-file and tls-key-file"},
    {"server.crt", "", "", "ca.crt", "", "", "", TLS_PEERS_REQUIRED,
     "tls-cert-file and tls-key-file go together"},
    {"server.crt", "good.key", "", "", "", "", "", TLS_PEERS_REQUIRED,
     "clients' certificates cannot be checked without tls-ca-cert-file or tls-ca-cert-dir; "
     "`tls-auth-clients no` asks for none"},
    {"server.crt", "good.key", "", "", "", "", "", TLS_PEERS_OPTIONAL,
     "clients' certificates cannot be checked without tls-ca-cert-file or tls-ca-cert-dir; "
     "`tls-auth-clients no` asks for none"},
    {"missing", "good.key", "", "", "", "", "", TLS_PEERS_UNASKED,
     "tls-cert-file %s/missing: No such file or directory"},
    {"empty", "good.key", "", "", "", "", "", TLS_PEERS_UNASKED,
     "tls-cert-file %s/empty: no start line"},
    {"server.crt", "missing", "", "", "", "", "", TLS_PEERS_UNASKED,
     "tls-key-file %s/missing: No such file or directory"},
    {"server.crt", "alien.key", "", "", "", "", "", TLS_PEERS_UNASKED,
     "tls-key-file %s/alien.key: is not the key of tls-cert-file %s/server.crt"},
    {"server.crt", "good.key", "", "missing", "", "", "", TLS_PEERS_REQUIRED,
     "tls-ca-cert-file %s/missing: No such file or directory"},
    {"server.crt", "good.key", "", "", "SSLv3", "", "", TLS_PEERS_UNASKED,
     "tls-protocols: expected TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3, not 'SSLv3'"},
    {"server.crt", "good.key", "", "", "", "NOSUCH", "", TLS_PEERS_UNASKED,
     "tls-ciphers NOSUCH: no cipher match"},
    {"server.crt", "good.key", "", "", "", "", "NOSUCH", TLS_PEERS_UNASKED,
     "tls-ciphersuites NOSUCH: no cipher match"},
};

static const char *
path_if(const char *name)
{
    return name[0] ? path(name) : "";
}

START_TEST(test_server_settings)
{
    const struct tls_settings settings = {.prefix = "tls-",
                                          .cert_file = path_if(server_rows[_i].cert),
                                          .key_file = path_if(server_rows[_i].key),
                                          .key_file_pass = server_rows[_i].pass,
                                          .ca_cert_file = path_if(server_rows[_i].ca),
                                          .protocols = server_rows[_i].protocols,
                                          .ciphers = server_rows[_i].ciphers,
                                          .ciphersuites = server_rows[_i].suites,
                                          .peers = server_rows[_i].peers};
    SSL_CTX *context = NULL;
    char expected[512];
    error_clear(&err);
    bool ok = tls_server_new(&settings, &context, &err);
    if (server_rows[_i].message) {
        snprintf(expected, sizeof expected, server_rows[_i].message, dir, dir);
        ck_assert(!ok);
        ck_assert_str_eq(err.message, expected);
    } else {
        ck_assert_msg(ok, "%s", err.message);
    }
    ck_assert_uint_eq(ERR_peek_error(), 0);
    tls_free(context);
}
END_TEST

/* A key that wants a password does not make OpenSSL ask for it at a terminal. */
START_TEST(test_wrong_key_password)
{
    static const char *const PASSWORDS[] = {"", "wrong", NULL};
    for (int i = 0; i < NROWS(PASSWORDS); i++) {
        const struct tls_settings settings = {.prefix = "tls-",
                                              .cert_file = path("server.crt"),
                                              .key_file = path("locked.key"),
                                              .key_file_pass = PASSWORDS[i]};
        SSL_CTX *context = NULL;
        error_clear(&err);
        ck_assert(!tls_server_new(&settings, &context, &err));
        ck_assert_msg(strstr(err.message, "locked.key: ") != NULL, "%s", err.message);
        ck_assert_ptr_null(strstr(err.message, "wrong"));
    }
}
END_TEST

/* -- handshakes -------------------------------------------------------------------------------- */

/* Which certificate the client shows, what the server asks of it, and whether they come together.
 */
static const struct {
    enum tls_peers peers;
    const char *cert, *key;
    const char *ca; /* that the client checks the server by */
    bool meets;
} handshake_rows[] = {
    {TLS_PEERS_UNASKED, "", "", "ca.crt", true},
    {TLS_PEERS_UNASKED, "", "", "alien.crt", false},
    {TLS_PEERS_REQUIRED, "client.crt", "good.key", "ca.crt", true},
    {TLS_PEERS_REQUIRED, "", "", "ca.crt", false},
    {TLS_PEERS_REQUIRED, "alien.crt", "alien.key", "ca.crt", false},
    {TLS_PEERS_OPTIONAL, "", "", "ca.crt", true},
    {TLS_PEERS_OPTIONAL, "client.crt", "good.key", "ca.crt", true},
    {TLS_PEERS_OPTIONAL, "alien.crt", "alien.key", "ca.crt", false},
};

/* In memory, in turns. A client of TLS 1.3 thinks itself done before the server has judged it. */
static bool
shake_hands(SSL *client, SSL *server)
{
    BIO *one, *other;
    ck_assert_int_eq(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(client, one, one);
    SSL_set_bio(server, other, other);
    int client_done = 0, server_done = 0;
    for (int turn = 0; turn < 20 && (client_done != 1 || server_done != 1); turn++) {
        client_done = SSL_do_handshake(client);
        server_done = SSL_do_handshake(server);
    }
    ERR_clear_error();
    return client_done == 1 && server_done == 1;
}

START_TEST(test_handshake)
{
    const struct tls_settings server_settings = {.prefix = "tls-",
                                                 .cert_file = path("server.crt"),
                                                 .key_file = path("good.key"),
                                                 .ca_cert_file = path("ca.crt"),
                                                 .peers = handshake_rows[_i].peers};
    const struct tls_settings client_settings = {.prefix = "shard-tls-",
                                                 .cert_file = path_if(handshake_rows[_i].cert),
                                                 .key_file = path_if(handshake_rows[_i].key),
                                                 .ca_cert_file = path(handshake_rows[_i].ca)};
    SSL_CTX *server_context = NULL, *client_context = NULL;
    error_clear(&err);
    ck_assert_msg(tls_server_new(&server_settings, &server_context, &err), "%s", err.message);
    ck_assert_msg(tls_client_new(&client_settings, &client_context, &err), "%s", err.message);
    SSL *server = tls_accept(server_context), *client = SSL_new(client_context);
    SSL_set_connect_state(client);
    tls_free(server_context); /* sessions live on */
    tls_free(client_context);
    ck_assert(shake_hands(client, server) == handshake_rows[_i].meets);
    SSL_free(client);
    SSL_free(server);
}
END_TEST

START_TEST(test_protocols)
{
    static const char *const SPOKEN[] = {"TLSv1.2", "TLSv1.3"};
    for (int i = 0; i < 4; i++) {
        struct tls_settings settings = {.prefix = "tls-",
                                        .cert_file = path("server.crt"),
                                        .key_file = path("good.key"),
                                        .ca_cert_file = path("ca.crt"),
                                        .protocols = SPOKEN[i / 2]};
        SSL_CTX *server_context = NULL, *client_context = NULL;
        error_clear(&err);
        ck_assert(tls_server_new(&settings, &server_context, &err));
        settings.protocols = SPOKEN[i % 2];
        ck_assert(tls_client_new(&settings, &client_context, &err));
        SSL *server = tls_accept(server_context), *client = SSL_new(client_context);
        SSL_set_connect_state(client);
        ck_assert(shake_hands(client, server) == (i / 2 == i % 2));
        if (i / 2 == i % 2) {
            ck_assert_str_eq(SSL_get_version(server), SPOKEN[i / 2]);
        }
        SSL_free(client);
        SSL_free(server);
        tls_free(server_context);
        tls_free(client_context);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("all");
    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_server_settings, 0, NROWS(server_rows));
    tcase_add_test(tcase, test_wrong_key_password);
    tcase_add_loop_test(tcase, test_handshake, 0, NROWS(handshake_rows));
    tcase_add_test(tcase, test_protocols);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
