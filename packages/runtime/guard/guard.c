// The program of the container that owns a job's network. It closes the routes to the metadata services of
// clouds, says "ready", and waits to be killed: as long as it lives, so does the network that the job's
// container has joined. It has no libc, needs CAP_NET_ADMIN in its own network namespace only, and exits
// with the kernel's error number when a route cannot be closed.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/unistd.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c) {
  long result;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#define START __asm__(".globl _start\n_start:\n xor %ebp,%ebp\n and $-16,%rsp\n call run\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#define START __asm__(".globl _start\n_start:\n bl run\n");
#endif
START

struct route {
  struct nlmsghdr header;
  struct rtmsg message;
  struct rtattr attribute;
  unsigned char address[16];
};

struct destination {
  unsigned char family, bits;
  unsigned char address[16];
};

static const struct destination destinations[] = {
    {2, 16, {169, 254}},           // link-local: AWS, Azure, Google, Oracle, OpenStack, DigitalOcean; ECS tasks
    {2, 32, {168, 63, 129, 16}},   // Azure's wire server
    {2, 32, {100, 100, 100, 200}}, // Alibaba
    {2, 32, {192, 0, 0, 192}},     // Oracle Classic
    {10, 128, {0xfd, 0, 0x0e, 0xc2, [15] = 0x54, [14] = 0x02}},    // AWS, fd00:ec2::254
    {10, 128, {0xfd, 0x20, 0, 0xce, [15] = 0x54, [14] = 0x02}},    // Google, fd20:ce::254
};

// What the kernel says where there is no IPv6, so nothing to close: EACCES, ENODEV, EOPNOTSUPP, EAFNOSUPPORT.
static int is_without_ipv6(long error) { return error == 13 || error == 19 || error == 95 || error == 97; }

static long close_route(long socket, const struct destination *to) {
  struct route route;
  char answer[1024];
  int address_bytes = to->family == 2 ? 4 : 16;
  for (unsigned i = 0; i < sizeof route; i++) ((volatile char *)&route)[i] = 0;
  route.header.nlmsg_len = NLMSG_LENGTH(sizeof route.message) + RTA_LENGTH(address_bytes);
  route.header.nlmsg_type = RTM_NEWROUTE;
  route.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK;
  route.message.rtm_family = to->family;
  route.message.rtm_dst_len = to->bits;
  route.message.rtm_table = RT_TABLE_MAIN;
  route.message.rtm_protocol = RTPROT_STATIC;
  route.message.rtm_scope = RT_SCOPE_UNIVERSE;
  route.message.rtm_type = RTN_PROHIBIT;
  route.attribute.rta_type = RTA_DST;
  route.attribute.rta_len = RTA_LENGTH(address_bytes);
  for (int i = 0; i < address_bytes; i++) ((volatile unsigned char *)route.address)[i] = to->address[i];
  long sent = call(__NR_write, socket, (long)&route, route.header.nlmsg_len);
  if (sent < 0) return -sent;
  long got = call(__NR_read, socket, (long)answer, sizeof answer);
  if (got < 0) return -got;
  if (got < (long)(NLMSG_HDRLEN + sizeof(int))) return 71;
  return -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

__attribute__((noreturn, used)) void run(void) {
  long socket = call(__NR_socket, 16, 3, 0);
  long error = socket < 0 ? -socket : 0;
  for (unsigned i = 0; error == 0 && i < sizeof destinations / sizeof *destinations; i++) {
    error = close_route(socket, &destinations[i]);
    if (destinations[i].family == 10 && is_without_ipv6(error)) error = 0;
  }
  if (error == 0) call(__NR_write, 1, (long)"ready\n", 6);
  while (error == 0) call(__NR_ppoll, 0, 0, 0);
  for (;;) call(__NR_exit_group, error, 0, 0);
}
