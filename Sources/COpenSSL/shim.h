#ifndef REHEARSAL_COPENSSL_SHIM_H
#define REHEARSAL_COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

/* A macro, which Swift does not see. */
static inline long rehearsal_ssl_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

#endif
