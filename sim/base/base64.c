#include "sim/base/base64.h"

#include <stdint.h>
#include <stdlib.h>

char *sim_base64(const void *bytes, size_t size) {
  static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const uint8_t *data = bytes;
  char *text = malloc((size + 2) / 3 * 4 + 1), *out = text;
  for (size_t i = 0; text && i < size; i += 3) {
    const size_t n = size - i < 3 ? size - i : 3;
    const unsigned group = (unsigned)data[i] << 16 | (n > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                           (n > 2 ? data[i + 2] : 0);
    *out++ = DIGITS[group >> 18];
    *out++ = DIGITS[group >> 12 & 63];
    *out++ = n > 1 ? DIGITS[group >> 6 & 63] : '=';
    *out++ = n > 2 ? DIGITS[group & 63] : '=';
  }
  if (text) {
    *out = '\0';
  }
  return text;
}
