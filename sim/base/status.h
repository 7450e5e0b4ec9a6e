// Status codes and error text: every function that can meet bad input returns a SimStatus and fills
// a SimError with one sentence (file, place, what was seen, what was wanted).
#ifndef SIM_BASE_STATUS_H_
#define SIM_BASE_STATUS_H_

#include <stddef.h>

// The values are the exit codes of the two programs.
typedef enum SimStatus {
  SIM_OK = 0,
  SIM_FAIL = 1,           // the machine or a library failed
  SIM_USAGE = 2,          // the command line is wrong
  SIM_BAD_INPUT = 3,      // a file is wrong
  SIM_DISK_FULL = 4,      // no space, or a quota was reached
  SIM_INTERRUPTED = 130,  // stopped by the user
} SimStatus;

typedef struct SimError {
  SimStatus status;
  char text[1024];  // one sentence, no line break; empty when status is SIM_OK
} SimError;

// Fills err (which may be NULL) and returns status, so that callers write `return sim_error(...)`.
SimStatus sim_error(SimError *err, SimStatus status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As sim_error, for a failed system call: appends strerror(errno), and turns ENOSPC, EDQUOT and
// EFBIG into SIM_DISK_FULL.
SimStatus sim_error_errno(SimError *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Puts "where: " in front of the text already in err; returns its status.
SimStatus sim_error_prefix(SimError *err, const char *where);

// Leaves the function with what the call returns unless that is SIM_OK. For functions that hold
// nothing which they would have to free.
#define SIM_TRY(call)                                                                              \
  do {                                                                                             \
    const SimStatus sim_try_ = (call);                                                             \
    if (sim_try_ != SIM_OK) {                                                                      \
      return sim_try_;                                                                             \
    }                                                                                              \
  } while (0)

// Zeroed memory for n things of `size` bytes; free() gives it back. Where there is none the program
// ends with a sentence and exit code 1: nobody who asks for it could go on without it. What a
// device, a file's own numbers or a library's caller may ask too much of is refused with a SimError
// instead.
void *sim_new(size_t n, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));
// As sim_new, for a block that grows and keeps what is in it; what is added is not zeroed.
void *sim_regrow(void *old, size_t n, size_t size) __attribute__((returns_nonnull));
// As sim_new, for a copy of a text.
char *sim_new_text(const char *text) __attribute__((malloc, returns_nonnull));
// How they end the program.
void sim_no_memory(size_t n, size_t size) __attribute__((noreturn));

#endif  // SIM_BASE_STATUS_H_
