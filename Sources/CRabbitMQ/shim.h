#ifndef REHEARSAL_CRABBITMQ_SHIM_H
#define REHEARSAL_CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_tcp_socket.h>

/* amqp_login is variadic, which Swift cannot call: log in with PLAIN. */
static inline amqp_rpc_reply_t rehearsal_amqp_login(amqp_connection_state_t state, const char *vhost,
                                                    int heartbeat, const char *user, const char *password) {
    return amqp_login(state, vhost, 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat, AMQP_SASL_METHOD_PLAIN, user, password);
}

#endif
