// A forward proxy for HTTP and, by CONNECT, for everything else over TCP. It reaches only hosts that a rule
// names, and says on standard output what it refuses. Each connection has processes of its own, so that what
// is read from one cannot get into another.
#include "system.h"

enum { longest_head = 16384, head_seconds = 30, connect_seconds = 10, most_addresses = 8, longest_name = 253 };

/** Where a request wants to go. */
struct target {
  char host[longest_name + 1];
  long port;
};

/** The parts of a request's first line, cut out of the head in place. */
struct request_line {
  char *method, *target, *version;
};

__attribute__((noreturn)) static void answer(long client, const char *status, const char *text) {
  write_all(client, "HTTP/1.1 ", 9);
  write_all(client, status, length_of(status));
  static const char head[] = "\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
  write_all(client, head, sizeof head - 1);
  write_all(client, text, length_of(text));
  write_all(client, "\n", 1);
  sys_exit(0);
}

/** Reads until the empty line that ends a head; the length of what came, with the head's in `head_length`. */
static long read_head(long client, char *bytes, long *head_length) {
  long size = 0;
  while (size < longest_head && wait_for(client, 1, head_seconds) > 0) {
    long got = sys_read(client, bytes + size, (unsigned long)(longest_head - size));
    if (got <= 0) break;
    long from = size > 3 ? size - 3 : 0;
    size += got;
    for (long at = from; at + 4 <= size; at++) {
      if (bytes[at] != '\r' || bytes[at + 1] != '\n' || bytes[at + 2] != '\r' || bytes[at + 3] != '\n') continue;
      *head_length = at + 4;
      return size;
    }
  }
  sys_exit(0);
}

static char *cut(char *text, char mark) {
  while (*text != 0 && *text != mark) text++;
  if (*text == 0) return 0;
  *text = 0;
  return text + 1;
}

/** Reads `host` or `host:port`; 0 if it is neither. */
static int read_target(char *text, long usual_port, struct target *target) {
  char *port = cut(text, ':');
  unsigned long length = length_of(text);
  if (length > 0 && text[length - 1] == '.') text[--length] = 0;
  if (length == 0 || length > longest_name) return 0;
  for (unsigned long i = 0; i <= length; i++) {
    char byte = text[i];
    if (byte >= 'A' && byte <= 'Z') byte = (char)(byte + 32);
    int is_known = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
    if (i < length && !is_known) return 0;
    target->host[i] = byte;
  }
  target->port = port == 0 ? usual_port : number_of(port);
  return target->port >= 1 && target->port <= 65535;
}

static int is_allowed(const struct target *target, char *const *rules) {
  unsigned long length = length_of(target->host);
  for (; *rules != 0; rules++) {
    char rule[longest_name + 8];
    if (length_of(*rules) >= sizeof rule) continue;
    memcpy(rule, *rules, length_of(*rules) + 1);
    char *port = cut(rule, ':');
    if (port == 0 || (!is_same(port, "*") && number_of(port) != target->port)) continue;
    if (is_same(rule, target->host)) return 1;
    unsigned long suffix = length_of(rule) - 1;
    if (rule[0] == '*' && rule[1] == '.' && length > suffix && is_same(rule + 1, target->host + length - suffix)) return 1;
  }
  return 0;
}

/** This machine's own, and link-local ones, whatever name they go by. */
static int is_forbidden(const unsigned char address[4]) {
  return address[0] == 127 || address[0] == 0 || (address[0] == 169 && address[1] == 254) || address[0] >= 224;
}

static long connect_within(const unsigned char host[4], long port) {
  struct ipv4_address address = {inet_family, {port >> 8 & 255, port & 255}, {0}, {0}};
  memcpy(address.host, host, 4);
  long socket = sys_socket(inet_family, stream | not_blocking, 0);
  if (socket < 0) return socket;
  long error = -sys_connect(socket, &address);
  if (error == 115 && wait_for(socket, 4, connect_seconds) > 0) {
    int size = sizeof(int), state = 0;
    call(__NR_getsockopt, socket, 1, 4, (long)&state, (long)&size);
    error = state;
  }
  if (error == 0) {
    call(__NR_fcntl, socket, 4, 0, 0, 0);
    return socket;
  }
  sys_close(socket);
  return -error;
}

static long reach(const struct target *target) {
  unsigned char addresses[most_addresses][4];
  int count = find_addresses(target->host, addresses, most_addresses);
  for (int i = 0; i < count; i++) {
    if (is_forbidden(addresses[i])) continue;
    long socket = connect_within(addresses[i], target->port);
    if (socket >= 0) return socket;
  }
  return -1;
}

static void set_socket(long socket) {
  set_option(socket, 6, 1, 1); // TCP_NODELAY
  set_option(socket, 1, 9, 1); // SO_KEEPALIVE
}

/** Copies until one side has had enough, and tells the other. */
static void copy(long from, long to) {
  char bytes[32768];
  for (;;) {
    long got = sys_read(from, bytes, sizeof bytes);
    if (got == -4) continue;
    if (got == 0) {
      call(__NR_shutdown, to, 1, 0, 0, 0);
      return;
    }
    if (got < 0 || write_all(to, bytes, (unsigned long)got) != 0) {
      call(__NR_shutdown, from, 2, 0, 0, 0);
      call(__NR_shutdown, to, 2, 0, 0, 0);
      return;
    }
  }
}

/** Both ways at once, each in a process, so that neither waits for the other. */
static void relay(long client, long upstream) {
  if (sys_fork() == 0) {
    copy(client, upstream);
    sys_exit(0);
  }
  copy(upstream, client);
}

static int begins_with(const char *text, const char *beginning) {
  for (; *beginning != 0; text++, beginning++) {
    char byte = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
    if (byte != *beginning) return 0;
  }
  return 1;
}

/** Headers for the proxy itself, and those that would let the connection serve another request. */
static int is_for_proxy(const char *line) {
  return begins_with(line, "connection:") || begins_with(line, "proxy-") || begins_with(line, "keep-alive:") ||
         begins_with(line, "host:");
}

/** Sends a request's head on, in the form that servers take, for this one request. */
static void forward_head(long upstream, const struct request_line *line, const char *host, const char *path, char *headers) {
  write_all(upstream, line->method, length_of(line->method));
  write_all(upstream, " /", 2);
  write_all(upstream, path, length_of(path));
  static const char version[] = " HTTP/1.1\r\nConnection: close\r\nHost: ";
  write_all(upstream, version, sizeof version - 1);
  write_all(upstream, host, length_of(host));
  write_all(upstream, "\r\n", 2);
  for (char *header = headers, *next; *header != 0 && *header != '\r'; header = next) {
    next = cut(header, '\n');
    if (next == 0) break;
    if (is_for_proxy(header)) continue;
    write_all(upstream, header, length_of(header));
    write_all(upstream, "\n", 1);
  }
  write_all(upstream, "\r\n", 2);
}

static void refuse(long client, const struct target *target, const char *status, const char *why) {
  char text[longest_name + 96], *at = text, digits[8], *digit = digits + sizeof digits;
  long port = target->port;
  *--digit = 0;
  for (; port > 0; port /= 10) *--digit = (char)('0' + port % 10);
  const char *const parts[] = {target->host, ":", digit, why};
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
    memcpy(at, parts[i], length_of(parts[i]) + 1);
    at += length_of(parts[i]);
  }
  char line[sizeof text + 1];
  unsigned long length = length_of(text);
  memcpy(line, text, length);
  line[length] = '\n';
  write_all(1, line, length + 1);
  answer(client, status, text);
}

static void serve(long client, char *const *rules) {
  static char bytes[longest_head + 1];
  struct target target;
  long head_length;
  set_socket(client);
  long size = read_head(client, bytes, &head_length);
  bytes[head_length - 1] = 0;
  for (long i = 0; i < head_length - 1; i++) {
    if (bytes[i] == 0) answer(client, "400 Bad Request", "a head with a zero byte in it");
  }
  struct request_line line = {bytes, 0, 0};
  char *headers = cut(bytes, '\n');
  if (headers == 0 || (line.target = cut(bytes, ' ')) == 0 || (line.version = cut(line.target, ' ')) == 0)
    answer(client, "400 Bad Request", "no request");
  int is_tunnel = is_same(line.method, "CONNECT");
  char *authority = is_tunnel ? line.target : line.target + 7;
  if (!is_tunnel && !begins_with(line.target, "http://"))
    answer(client, "400 Bad Request", "this is a proxy: it wants CONNECT or a whole http:// URL");
  char *path = is_tunnel ? 0 : cut(authority, '/');
  char host[longest_name + 8];
  if (length_of(authority) >= sizeof host) answer(client, "400 Bad Request", "no host");
  memcpy(host, authority, length_of(authority) + 1);
  if (!read_target(authority, is_tunnel ? -1 : 80, &target)) answer(client, "400 Bad Request", "no host and port");

  if (!is_allowed(&target, rules)) refuse(client, &target, "403 Forbidden", " is not among the allowed hosts");
  long upstream = reach(&target);
  if (upstream < 0) refuse(client, &target, "502 Bad Gateway", " cannot be reached");
  set_socket(upstream);
  if (is_tunnel) {
    static const char ready[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    write_all(client, ready, sizeof ready - 1);
  } else {
    forward_head(upstream, &line, host, path == 0 ? "" : path, headers);
  }
  if (size > head_length) write_all(upstream, bytes + head_length, (unsigned long)(size - head_length));
  relay(client, upstream);
}

/** Says `ready` and the address at which others on the same network reach this; 0, or an error number. */
static long say_address(void) {
  struct ipv4_address address = {inet_family, {0, 9}, {192, 0, 2, 1}, {0}};
  char text[16];
  int size = sizeof address;
  long socket = sys_socket(inet_family, datagram, 0);
  if (socket < 0) return -socket;
  long error = -sys_connect(socket, &address);
  if (error == 0) error = -call(__NR_getsockname, socket, (long)&address, (long)&size, 0, 0);
  sys_close(socket);
  if (error != 0) return error;
  write_ipv4(address.host, text);
  say("ready ");
  say(text);
  say("\n");
  return 0;
}

/** What ends is not waited for (SIGCHLD), and a peer that is gone is an error and no signal (SIGPIPE). */
static void ignore_signals(void) {
  struct {
    void (*handler)(int);
    unsigned long flags, restorer, mask;
  } ignored = {(void (*)(int))1, 0, 0, 0};
  call(__NR_rt_sigaction, 17, (long)&ignored, 0, 8, 0);
  call(__NR_rt_sigaction, 13, (long)&ignored, 0, 8, 0);
}

long serve_proxy(unsigned port, char *const *rules) {
  struct ipv4_address address = {inet_family, {port >> 8 & 255, port & 255}, {0}, {0}};
  long listener = sys_socket(inet_family, stream, 0);
  if (listener < 0) return -listener;
  long error = call(__NR_bind, listener, (long)&address, sizeof address, 0, 0);
  if (error == 0) error = call(__NR_listen, listener, 256, 0, 0, 0);
  if (error != 0) return -error;
  ignore_signals();
  error = say_address();
  if (error != 0) return error;
  for (;;) {
    long client = call(__NR_accept4, listener, 0, 0, 0, 0);
    if (client < 0) continue;
    if (sys_fork() == 0) {
      sys_close(listener);
      serve(client, rules);
      sys_exit(0);
    }
    sys_close(client);
  }
}
