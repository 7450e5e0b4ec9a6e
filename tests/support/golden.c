// Rounding is the business of the compiler, of libm and OpenBLAS, and of the processor that these
// choose instructions for, so a number is compared only with one of the same. What every machine is
// asked for is the same bits at any number of threads, by the tests that call this.
#include "tests/support/golden.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "tests/support/check.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

enum { HASH_DIGITS = 16, KEY_MAX = 512 };

// what libm and OpenBLAS choose their code by
static const char *vectors(void) {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512f") ? "AVX-512"
         : __builtin_cpu_supports("avx2")  ? "AVX2"
                                           : "SSE";
#else
  return "no x86-64";
#endif
}

static void find_processor(char out[128]) {
  char line[256];
  FILE *file = fopen("/proc/cpuinfo", "r");
  snprintf(out, 128, "unknown processor");
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (value && strncmp(line, "model name", 10) == 0) {
      value[strcspn(value, "\n")] = '\0';
      snprintf(out, 128, "%.*s", 127, value + 2);
      break;
    }
  }
  if (file) {
    fclose(file);
  }
}

static void make_key(char key[KEY_MAX], const char *what, const char *with) {
  char processor[128];
  find_processor(processor);
  snprintf(key, KEY_MAX, " %s | %s | %s | %s | glibc %s | %s, %s\n", what, with, HCSP_TEST_BUILD,
           COMPILER, gnu_get_libc_version(), processor, vectors());
}

// the golden text with this number in it, to be freed
static char *with_number(const char *golden, const char *at, const char *key, const char *number) {
  const size_t before = at ? (size_t)(at - golden) - HASH_DIGITS : strlen(golden);
  const char *rest = at ? at + strlen(key) : "";
  const size_t size = strlen(golden) + HASH_DIGITS + strlen(key) + 1;
  char *text = malloc(size);
  assert_non_null(text);
  snprintf(text, size, "%.*s%s%s%s", (int)before, golden, number, key, rest);
  return text;
}

void test_golden(const char *what, const char *with, uint64_t hash) {
  char path[SIM_PATH_MAX], key[KEY_MAX], number[HASH_DIGITS + 1];
  const char *home = getenv("HCSP_HOME");
  assert_non_null(home);
  snprintf(path, sizeof path, "%s/tests/golden/bits.txt", home);
  snprintf(number, sizeof number, "%016" PRIx64, hash);
  make_key(key, what, with);
  char *golden = test_read_file(path, NULL);
  const char *at = strstr(golden, key);
  if (getenv("HCSP_GOLDEN")) {
    char *text = with_number(golden, at, key, number);
    test_write_file(path, text, strlen(text));
    free(text);
  } else if (!at) {
    print_message("no golden number yet, now %s%s", number, key);
  } else if (strncmp(at - HASH_DIGITS, number, HASH_DIGITS) != 0) {
    fail_msg("%s: saw %s, wanted %.16s of%s  other bits: if that is meant, say so in the commit "
             "and run the test with HCSP_GOLDEN=1",
             path, number, at - HASH_DIGITS, key);
  }
  free(golden);
}
