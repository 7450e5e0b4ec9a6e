// Error text. Messages quote bytes from files that may be hostile, so every control character
// becomes a blank before the text can reach a terminal or break the one-sentence rule.
#include "sim/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// text that did not fit ends in "..."
static void shorten(char *text, size_t size, int wanted) {
  if (wanted >= (int)size) {
    memcpy(text + size - 4, "...", 4);
  }
}

static void store(SimError *err, SimStatus status, const char *text) {
  size_t i = 0;
  for (; text[i] && i + 1 < sizeof err->text; i++) {
    unsigned char c = (unsigned char)text[i];
    err->text[i] = c < 0x20 || c == 0x7f ? ' ' : text[i];
  }
  err->text[i] = '\0';
  err->status = status;
}

__attribute__((format(printf, 3, 0))) static void format_text(char *text, size_t size,
                                                              const char *format, va_list args) {
  int n = vsnprintf(text, size, format, args);
  if (n < 0) {
    snprintf(text, size, "%s", format);
  }
  shorten(text, size, n);
}

SimStatus sim_error(SimError *err, SimStatus status, const char *format, ...) {
  if (!err) {
    return status;
  }
  // the arguments may point into err, so the sentence is made elsewhere first
  char text[sizeof err->text];
  va_list args;
  va_start(args, format);
  format_text(text, sizeof text, format, args);
  va_end(args);
  store(err, status, text);
  return status;
}

SimStatus sim_error_errno(SimError *err, const char *format, ...) {
  int number = errno;
  bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  SimStatus status = full ? SIM_DISK_FULL : SIM_FAIL;
  if (err) {
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    format_text(text, sizeof text, format, args);
    va_end(args);
    char reason[128];
    sim_error(err, status, "%s: %s", text, strerror_r(number, reason, sizeof reason));
  }
  errno = number;
  return status;
}

SimStatus sim_error_prefix(SimError *err, const char *where) {
  if (!err) {
    return SIM_FAIL;
  }
  return sim_error(err, err->status, "%s: %s", where, err->text);
}

void sim_no_memory(size_t n, size_t size) {
  fprintf(stderr, "%s: no memory for %zu times %zu bytes\n", program_invocation_short_name, n,
          size);
  exit(SIM_FAIL);
}

static void *there(void *memory, size_t n, size_t size) {
  if (!memory) {
    sim_no_memory(n, size);
  }
  return memory;
}

void *sim_new(size_t n, size_t size) {
  return there(calloc(n, size), n, size);
}

void *sim_regrow(void *old, size_t n, size_t size) {
  return there(reallocarray(old, n, size), n, size);
}

char *sim_new_text(const char *text) {
  return there(strdup(text), strlen(text) + 1, 1);
}
