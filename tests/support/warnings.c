// A test that lets the program warn without saying so fails, however well it ends. The linker hands
// every call of sim_log in a test program to this file first (tests/CMakeLists.txt); MuJoCo's own
// warnings end the test where they are given (HCSP_STRICT, sim/mujoco_log.h).
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "tests/support/check.h"

enum { WARNINGS_MAX = 64, SENTENCE_MAX = 1024 };

// what has been said and not been asked for yet
static struct {
  pthread_mutex_t lock;
  int n;        // also of those that there is no room for
  bool paused;  // somebody reads what is said
  char text[WARNINGS_MAX][SENTENCE_MAX];
} said = {.lock = PTHREAD_MUTEX_INITIALIZER};

void __real_sim_log(SimLogLevel level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void __wrap_sim_log(SimLogLevel level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void __wrap_sim_log(SimLogLevel level, const char *format, ...) {
  char text[2 * SENTENCE_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  pthread_mutex_lock(&said.lock);
  if (level >= SIM_LOG_WARNING && !said.paused) {
    if (said.n < WARNINGS_MAX) {
      snprintf(said.text[said.n], SENTENCE_MAX, "%.*s", SENTENCE_MAX - 1, text);
    }
    said.n++;
  }
  pthread_mutex_unlock(&said.lock);
  __real_sim_log(level, "%s", text);
}

void test_warnings_pause(bool paused) {
  pthread_mutex_lock(&said.lock);
  said.paused = paused;
  pthread_mutex_unlock(&said.lock);
}

void test_warned(const char *part, const char *file, int line) {
  int kept = 0;
  pthread_mutex_lock(&said.lock);
  const int n = said.n < WARNINGS_MAX ? said.n : WARNINGS_MAX;
  for (int i = 0; i < n; i++) {
    if (!strstr(said.text[i], part)) {
      memmove(said.text[kept++], said.text[i], SENTENCE_MAX);
    }
  }
  said.n -= n - kept;
  pthread_mutex_unlock(&said.lock);
  if (kept == n) {
    print_error("no warning with \"%s\", wanted one\n", part);
    _fail(file, line);
  }
}

__attribute__((destructor)) static void fail_on_the_rest(void) {
  for (int i = 0; i < said.n && i < WARNINGS_MAX; i++) {
    fprintf(stderr, "a warning that no test expects: %s\n", said.text[i]);
  }
  if (said.n > 0) {
    fflush(NULL);
    _exit(1);
  }
}
