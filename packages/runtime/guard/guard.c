// The program of the containers that stand between a job and the network. It has no libc, needs CAP_NET_ADMIN
// in its own network namespace only, and exits with the kernel's error number when something cannot be closed.
//
//   guard                        owns a job's network: closes the metadata services, says "ready", and waits to
//                                be killed; as long as it lives, so does the network that the job has joined
//   guard fence ADDRESS PORT     the same, and lets nothing out but to this port (the proxy's)
//   guard proxy PORT RULE...     the proxy of a job with a list of hosts; says "ready" and its own address
#include "system.h"
START

static long stand(int count, char *const *words) {
  unsigned char host[4];
  long port;
  if (count >= 3 && is_same(words[1], "proxy") && (port = number_of(words[2])) > 0) {
    return serve_proxy((unsigned)port, words + 3);
  }
  if (count == 4 && is_same(words[1], "fence") && read_ipv4(words[2], host) && (port = number_of(words[3])) > 0) {
    long error = close_all_but(host, (unsigned)port);
    if (error != 0) return error;
  } else if (count > 1) {
    return 22;
  }
  say("ready\n");
  for (;;) call(__NR_ppoll, 0, 0, 0, 0, 0);
}

__attribute__((noreturn, used)) void run(long *stack) {
  long error = close_metadata_routes();
  sys_exit(error != 0 ? error : stand((int)stack[0], (char *const *)(stack + 1)));
}
