// Finds the addresses of a name as a resolver without a cache does: /etc/hosts, then DNS over UDP.
#include "system.h"

enum { longest_message = 1232, answer_seconds = 3, tries = 2, most_servers = 3 };

/** Reads a file's beginning as a text; its length, 0 if it cannot be read. */
static long read_text(const char *path, char *text, long size) {
  long file = call(__NR_openat, -100, (long)path, 0, 0, 0);
  long length = 0;
  if (file >= 0) {
    for (long got; length < size - 1 && (got = sys_read(file, text + length, (unsigned long)(size - 1 - length))) > 0;)
      length += got;
    sys_close(file);
  }
  text[length] = 0;
  return length;
}

static int is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

/** Cuts the next word out of a line, in place; 0 at the line's end. */
static char *next_word(char **rest) {
  char *word = *rest;
  while (is_blank(*word)) word++;
  if (*word == 0 || *word == '\n' || *word == '#') return 0;
  char *end = word;
  while (*end != 0 && *end != '\n' && !is_blank(*end)) end++;
  // The line's end stays, so that whoever goes on finds it.
  *rest = *end == '\n' || *end == 0 ? end : end + 1;
  if (is_blank(*end)) *end = 0;
  return word;
}

static char *next_line(char *text) {
  while (*text != 0 && *text != '\n') text++;
  return *text == 0 ? text : text + 1;
}

/** Ends each line by a 0 of its own, and calls back with it. */
static int each_line(char *text, int (*take)(char *line, void *context), void *context) {
  int sum = 0;
  while (*text != 0) {
    char *next = next_line(text);
    if (next[-1] == '\n') next[-1] = 0;
    sum += take(text, context);
    text = next;
  }
  return sum;
}

struct search {
  const char *name;
  unsigned char (*addresses)[4];
  int most, count;
};

static int take_host(char *line, void *context) {
  struct search *search = context;
  unsigned char address[4];
  char *word = next_word(&line);
  if (word == 0 || !read_ipv4(word, address)) return 0;
  while ((word = next_word(&line)) != 0) {
    if (!is_same(word, search->name) || search->count == search->most) continue;
    memcpy(search->addresses[search->count++], address, 4);
    return 1;
  }
  return 0;
}

static int take_server(char *line, void *context) {
  struct search *search = context;
  char *word = next_word(&line);
  if (word == 0 || !is_same(word, "nameserver") || (word = next_word(&line)) == 0) return 0;
  if (search->count == search->most || !read_ipv4(word, search->addresses[search->count])) return 0;
  search->count++;
  return 1;
}

/** Writes the question for a name's addresses; its length, 0 if the name cannot be asked for. */
static long write_question(const char *name, unsigned char *message) {
  static const unsigned char head[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, tail[] = {0, 0, 1, 0, 1};
  if (length_of(name) > 253) return 0;
  memcpy(message, head, sizeof head);
  if (call(__NR_getrandom, (long)message, 2, 0, 0, 0) != 2) return 0;
  unsigned char *at = message + sizeof head;
  while (*name != 0) {
    unsigned char *length = at++;
    while (*name != 0 && *name != '.') *at++ = (unsigned char)*name++;
    *length = (unsigned char)(at - length - 1);
    if (*length == 0 || *length > 63) return 0;
    if (*name == '.') name++;
  }
  memcpy(at, tail, sizeof tail);
  return at + sizeof tail - message;
}

static long skip_name(const unsigned char *message, long size, long at) {
  while (at < size) {
    unsigned char length = message[at];
    if (length == 0) return at + 1;
    if (length >= 192) return at + 2;
    at += length + 1;
  }
  return size;
}

static int number_at(const unsigned char *message, long at) { return message[at] << 8 | message[at + 1]; }

/** Takes the addresses out of an answer to the question; -1 if it is no answer to it. */
static int read_answer(const unsigned char *message, long size, const unsigned char *question, struct search *search) {
  if (size < 12 || number_at(message, 0) != number_at(question, 0) || (message[2] & 128) == 0) return -1;
  if ((message[3] & 15) != 0) return 0;
  long at = 12;
  for (int count = number_at(message, 4); count > 0 && at < size; count--) at = skip_name(message, size, at) + 4;
  for (int count = number_at(message, 6); count > 0; count--) {
    at = skip_name(message, size, at);
    if (at + 10 > size) break;
    int type = number_at(message, at), class = number_at(message, at + 2), length = number_at(message, at + 8);
    at += 10;
    if (at + length > size) break;
    if (type == 1 && class == 1 && length == 4 && search->count < search->most)
      memcpy(search->addresses[search->count++], message + at, 4);
    at += length;
  }
  return search->count;
}

static int ask(const unsigned char server[4], struct search *search) {
  unsigned char question[300], answer[longest_message];
  struct ipv4_address address = {inet_family, {0, 53}, {0}, {0}};
  long length = write_question(search->name, question);
  long socket = sys_socket(inet_family, datagram, 0);
  int found = -1;
  memcpy(address.host, server, 4);
  if (length > 0 && socket >= 0 && sys_connect(socket, &address) == 0 &&
      sys_write(socket, question, (unsigned long)length) == length) {
    while (found < 0 && wait_for(socket, 1, answer_seconds) > 0) {
      long size = sys_read(socket, answer, sizeof answer);
      if (size < 0) break;
      found = read_answer(answer, size, question, search);
    }
  }
  if (socket >= 0) sys_close(socket);
  return found;
}

int find_addresses(const char *name, unsigned char addresses[][4], int most) {
  static char text[65536];
  struct search search = {name, addresses, most, 0};
  if (read_ipv4(name, addresses[0])) return 1;
  read_text("/etc/hosts", text, sizeof text);
  each_line(text, take_host, &search);
  if (search.count > 0) return search.count;

  unsigned char servers[most_servers][4];
  struct search listed = {0, servers, most_servers, 0};
  read_text("/etc/resolv.conf", text, sizeof text);
  each_line(text, take_server, &listed);
  for (int try = 0; try < tries; try++) {
    for (int i = 0; i < listed.count; i++) {
      if (ask(servers[i], &search) >= 0) return search.count;
    }
  }
  return 0;
}
