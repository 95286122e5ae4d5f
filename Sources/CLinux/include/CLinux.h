#ifndef REHEARSAL_CUPTIMELINUX_H
#define REHEARSAL_CUPTIMELINUX_H

/* Linux calls of the recorder that Glibc's Swift module does not offer. All are thin, and all set errno. */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How many thousand times a second the processor's time stamp counter counts, measured against the monotonic clock; 0 where there is none. */
int64_t uptime_tsc_kilohertz(void);

/* Gives a part of a file back to the file system; what is read there afterwards is zeros. FALLOC_FL_KEEP_SIZE is 1, FALLOC_FL_PUNCH_HOLE 2. */
static inline int uptime_punch_hole(int descriptor, int64_t offset, int64_t length) {
    return (int)syscall(SYS_fallocate, descriptor, 3, offset, length);
}

static inline int uptime_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int uptime_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int uptime_epoll_remove(int epoll, int descriptor) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0);
}

struct uptime_event {
    uint64_t token;
    uint32_t events;
};

/* Waits for events for at most so many nanoseconds. A kernel before 5.11, which counts milliseconds, is waited with a little longer. */
static inline int uptime_epoll_wait(int epoll, struct uptime_event *events, int capacity, int64_t nanoseconds) {
    struct epoll_event raw[128];
    struct timespec bound = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    if (capacity > 128) capacity = 128;
    int count = epoll_pwait2(epoll, raw, capacity, &bound, NULL);
    if (count < 0 && errno == ENOSYS) count = epoll_wait(epoll, raw, capacity, (int)((nanoseconds + 999999) / 1000000));
    for (int i = 0; i < count; i++) {
        events[i].token = raw[i].data.u64;
        events[i].events = raw[i].events;
    }
    return count;
}

static const uint32_t uptime_readable = EPOLLIN;
static const uint32_t uptime_writable = EPOLLOUT;
/* A descriptor that failed, or whose other end is gone; reported without being asked for. */
static const uint32_t uptime_failed = EPOLLERR | EPOLLHUP;
/* Asked for with others: they are reported when they come to be, not as long as they are. */
static const uint32_t uptime_edge = EPOLLET;

static inline int uptime_event_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline int uptime_socket(int family, int type, int protocol) {
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

/* Accepts a connection, blocking, that programs started later do not inherit. */
static inline int uptime_accept(int listener) { return (int)syscall(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC); }

static inline struct sockaddr_in uptime_address(uint32_t address_host_order, uint16_t port) {
    struct sockaddr_in result;
    memset(&result, 0, sizeof result);
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(address_host_order);
    return result;
}

static inline int uptime_connect(int descriptor, uint32_t address_host_order, uint16_t port) {
    struct sockaddr_in target = uptime_address(address_host_order, port);
    return connect(descriptor, (struct sockaddr *)&target, sizeof target);
}

static inline long uptime_send_to(int descriptor, const void *bytes, unsigned long count, uint32_t address_host_order) {
    struct sockaddr_in target = uptime_address(address_host_order, 0);
    return sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&target, sizeof target);
}

static inline long uptime_send(int descriptor, const void *bytes, unsigned long count) {
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

/* The pending error of a socket, which is cleared; or errno when it cannot be asked. */
static inline int uptime_socket_error(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

static inline int uptime_option_set(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value);
}

/* Gives a thread (0 for the calling one) the real-time policy SCHED_FIFO; threads made by it do not inherit it. */
static inline int uptime_thread_realtime(pid_t thread, int priority) {
    struct sched_param parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.sched_priority = priority;
    return sched_setscheduler(thread, SCHED_FIFO | 0x40000000 /* SCHED_RESET_ON_FORK */, &parameters);
}

/* Names the calling thread for whoever looks at it from outside (/proc/PID/task/TID/comm); at most 15 bytes. */
static inline void uptime_thread_name(const char *name) { prctl(PR_SET_NAME, name); }

/* Whether the calling thread has a priority above that of ordinary ones. */
static inline int uptime_thread_is_raised(void) {
    return (sched_getscheduler(0) & 0xff) == SCHED_FIFO || getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)) < 0;
}

/* Lets this process's children have the recorder's priorities without being root: SCHED_FIFO up to 10, a nice value down to -10. Only root may. */
static inline int uptime_allow_priorities(void) {
    struct rlimit realtime = {10, 10}, nice = {30, 30};
    return setrlimit(RLIMIT_RTPRIO, &realtime) | setrlimit(RLIMIT_NICE, &nice);
}

/* Sets the nice value of the calling thread. */
static inline int uptime_thread_nice(int value) {
    return setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), value);
}

/* Raises the soft limit of open files to the hard one; returns the limit in force. */
static inline uint64_t uptime_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max > 65536 ? 65536 : limit.rlim_max;
        if (limit.rlim_cur < before) limit.rlim_cur = before;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

/* A packet socket for one Ethernet protocol on one interface; -1 on failure. */
static inline int uptime_packet_socket(int interface, uint16_t protocol) {
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(protocol));
    if (descriptor < 0) return -1;
    struct sockaddr_ll local;
    memset(&local, 0, sizeof local);
    local.sll_family = AF_PACKET;
    local.sll_protocol = htons(protocol);
    local.sll_ifindex = interface;
    if (bind(descriptor, (struct sockaddr *)&local, sizeof local) != 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

/* Sends one packet to every station of an interface. */
static inline long uptime_packet_broadcast(int descriptor, int interface, uint16_t protocol, const void *bytes,
                                           unsigned long count) {
    struct sockaddr_ll target;
    memset(&target, 0, sizeof target);
    target.sll_family = AF_PACKET;
    target.sll_protocol = htons(protocol);
    target.sll_ifindex = interface;
    target.sll_halen = 6;
    memset(target.sll_addr, 0xff, 6);
    return sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&target, sizeof target);
}

/* The index, Ethernet address, IPv4 address and netmask (host order; 0 when it has none) of an interface. */
static inline int uptime_interface(const char *name, int *index, uint8_t *hardware, uint32_t *address,
                                   uint32_t *netmask) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int result = ioctl(descriptor, SIOCGIFINDEX, &request);
    if (result == 0) {
        *index = request.ifr_ifindex;
        result = ioctl(descriptor, SIOCGIFHWADDR, &request);
    }
    if (result == 0) {
        if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
            errno = EPFNOSUPPORT;
            result = -1;
        } else {
            memcpy(hardware, request.ifr_hwaddr.sa_data, 6);
        }
    }
    *address = 0;
    *netmask = 0;
    if (result == 0 && ioctl(descriptor, SIOCGIFADDR, &request) == 0) {
        *address = ntohl(((struct sockaddr_in *)&request.ifr_addr)->sin_addr.s_addr);
        if (ioctl(descriptor, SIOCGIFNETMASK, &request) == 0) {
            *netmask = ntohl(((struct sockaddr_in *)&request.ifr_netmask)->sin_addr.s_addr);
        }
    }
    int error = errno;
    close(descriptor);
    errno = error;
    return result;
}

/* Moves the calling thread alone into the network namespace that a descriptor stands for. */
static inline int uptime_thread_enter_network(int descriptor) {
    return (int)syscall(SYS_setns, descriptor, 0x40000000 /* CLONE_NEWNET */);
}

typedef void (*uptime_handler)(int);

/* Installs a handler, or puts back the one given by an earlier call. */
static inline int uptime_signal(int number, const struct sigaction *action, struct sigaction *before) {
    return sigaction(number, action, before);
}

static inline struct sigaction uptime_action(uptime_handler handler) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return action;
}

#endif
