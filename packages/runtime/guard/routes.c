// Closes the routes to the metadata services of clouds in the network namespace of this process.
#include "system.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

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
  unsigned short address_bytes = to->family == 2 ? 4 : 16;
  memset(&route, 0, sizeof route);
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
  memcpy(route.address, to->address, address_bytes);
  long sent = sys_write(socket, &route, route.header.nlmsg_len);
  if (sent < 0) return -sent;
  long got = sys_read(socket, answer, sizeof answer);
  if (got < 0) return -got;
  if (got < (long)(NLMSG_HDRLEN + sizeof(int))) return 71;
  return -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

long close_metadata_routes(void) {
  long socket = sys_socket(netlink_family, raw, NETLINK_ROUTE);
  if (socket < 0) return -socket;
  long error = 0;
  for (unsigned i = 0; error == 0 && i < sizeof destinations / sizeof *destinations; i++) {
    error = close_route(socket, &destinations[i]);
    if (destinations[i].family == 10 && is_without_ipv6(error)) error = 0;
  }
  sys_close(socket);
  return error;
}
