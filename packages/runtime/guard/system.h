// What the guard needs of the kernel and of a library, without either's help: system calls and a few
// functions on bytes and texts. A call that fails returns the kernel's error number, negated.
#pragma once
#include <linux/unistd.h>

#if defined(__x86_64__)
static inline long call(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#define START __asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call run\n");
#elif defined(__aarch64__)
static inline long call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#define START __asm__(".globl _start\n_start:\n mov x0, sp\n bl run\n");
#endif

enum { netlink_family = 16, inet_family = 2, stream = 1, datagram = 2, raw = 3, not_blocking = 04000 };

/** An address of IPv4 as the kernel takes it. */
struct ipv4_address {
  unsigned short family;
  unsigned char port[2];
  unsigned char host[4];
  unsigned char zero[8];
};

struct poll {
  int file;
  short wanted, found;
};

static inline long sys_read(long file, void *bytes, unsigned long size) {
  return call(__NR_read, file, (long)bytes, (long)size, 0, 0);
}
static inline long sys_write(long file, const void *bytes, unsigned long size) {
  return call(__NR_write, file, (long)bytes, (long)size, 0, 0);
}
static inline void sys_close(long file) { call(__NR_close, file, 0, 0, 0, 0); }
static inline long sys_socket(long family, long type, long protocol) {
  return call(__NR_socket, family, type, protocol, 0, 0);
}
static inline long sys_connect(long file, const struct ipv4_address *to) {
  return call(__NR_connect, file, (long)to, sizeof *to, 0, 0);
}
static inline void set_option(long file, long level, long name, int value) {
  call(__NR_setsockopt, file, level, name, (long)&value, sizeof value);
}
/** The child's side gets 0. */
static inline long sys_fork(void) { return call(__NR_clone, 17, 0, 0, 0, 0); }
__attribute__((noreturn)) static inline void sys_exit(long code) {
  for (;;) call(__NR_exit_group, code, 0, 0, 0, 0);
}
/** Waits until a file may be read (1) or written (4), for so many seconds; 0: it may not yet. */
static inline long wait_for(long file, short wanted, long seconds) {
  struct poll poll = {(int)file, wanted, 0};
  long limit[2] = {seconds, 0};
  return call(__NR_ppoll, (long)&poll, 1, (long)limit, 0, 8);
}

void *memset(void *to, int value, unsigned long size);
void *memcpy(void *to, const void *from, unsigned long size);
unsigned long length_of(const char *text);
/** Whether two texts are the same, up to the case of letters. */
int is_same(const char *a, const char *b);
/** Writes all of it; 0, or the error number negated. */
long write_all(long file, const void *bytes, unsigned long size);
void say(const char *text);
/** The number that a text of digits alone stands for, or -1. */
long number_of(const char *digits);
/** Reads `a.b.c.d`; 0 if it is none. */
int read_ipv4(const char *text, unsigned char address[4]);
/** Writes `a.b.c.d` to at least 16 bytes. */
void write_ipv4(const unsigned char address[4], char *text);

/** Closes the routes to the metadata services of clouds; 0, or an error number. See routes.c. */
long close_metadata_routes(void);
/** Drops what goes anywhere but to this machine's own loopback and one address; 0, or an error number. See fence.c. */
long close_all_but(const unsigned char host[4], unsigned port);
/** Serves as a proxy to hosts that a rule (`host:port`, `*.domain:port`) names. Returns an error number. See proxy.c. */
long serve_proxy(unsigned port, char *const *rules);
/** Finds up to `most` addresses of a name, by /etc/hosts and DNS; returns how many. See names.c. */
int find_addresses(const char *name, unsigned char addresses[][4], int most);
