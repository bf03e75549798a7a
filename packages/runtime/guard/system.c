#include "system.h"

void *memset(void *to, int value, unsigned long size) {
  for (unsigned char *byte = to; size > 0; size--) *byte++ = (unsigned char)value;
  return to;
}

void *memcpy(void *to, const void *from, unsigned long size) {
  unsigned char *byte = to;
  for (const unsigned char *source = from; size > 0; size--) *byte++ = *source++;
  return to;
}

unsigned long length_of(const char *text) {
  unsigned long length = 0;
  while (text[length] != 0) length++;
  return length;
}

static char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter; }

int is_same(const char *a, const char *b) {
  while (*a != 0 && lower(*a) == lower(*b)) a++, b++;
  return lower(*a) == lower(*b);
}

long write_all(long file, const void *bytes, unsigned long size) {
  const char *rest = bytes;
  while (size > 0) {
    long written = sys_write(file, rest, size);
    if (written == -4) continue;
    if (written <= 0) return written < 0 ? written : -5;
    rest += written;
    size -= (unsigned long)written;
  }
  return 0;
}

void say(const char *text) { write_all(1, text, length_of(text)); }

long number_of(const char *digits) {
  long number = 0;
  if (*digits == 0) return -1;
  for (; *digits != 0; digits++) {
    if (*digits < '0' || *digits > '9' || number > 99999) return -1;
    number = number * 10 + (*digits - '0');
  }
  return number;
}

int read_ipv4(const char *text, unsigned char address[4]) {
  for (int part = 0; part < 4; part++) {
    int value = 0, digits = 0;
    for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++) value = value * 10 + (*text - '0');
    if (digits == 0 || value > 255 || *text != (part < 3 ? '.' : 0)) return 0;
    address[part] = (unsigned char)value;
    text++;
  }
  return 1;
}

void write_ipv4(const unsigned char address[4], char *text) {
  for (int part = 0; part < 4; part++) {
    unsigned value = address[part];
    if (value >= 100) *text++ = (char)('0' + value / 100);
    if (value >= 10) *text++ = (char)('0' + value / 10 % 10);
    *text++ = (char)('0' + value % 10);
    *text++ = part < 3 ? '.' : 0;
  }
}
