// Words for a shell, judged by a shell.
#include "sim/base/shell.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/check.h"

static void assert_word(const char *word, const char *wanted) {
  char out[64];
  assert_int_equal(sim_shell_word(out, sizeof out, word), strlen(wanted));
  assert_string_equal(out, wanted);
}

static void plain_words_stay(void **state) {
  (void)state;
  assert_word("runs/hover-2.1", "runs/hover-2.1");
  assert_word("key=1e-3", "key=1e-3");
  assert_word("--run", "--run");
}

static void all_else_is_quoted(void **state) {
  (void)state;
  assert_word("", "''");
  assert_word("my run", "'my run'");
  assert_word("a$(id)b", "'a$(id)b'");
  assert_word("it's", "'it'\\''s'");
  assert_word("~", "'~'");
  assert_word("=ls", "'=ls'");
  assert_word("a\nb\\'\x1b", "$'a\\012b\\\\\\'\\033'");
}

// what bash makes of the words is what they were
static void a_shell_reads_them_back(void **state) {
  (void)state;
  const char *const word[] = {"",     "my run", "a$(id)b", "it's",  "\"",  "`id`",
                              "*",    "a;b",    "!x",      "~root", "#a",  "x\ty",
                              "\\",   "\\n",    "\x01\n",  "{a,b}", "<>|", "\xc3\xa9",
                              "'\n'", "\\\n'",  "a=b",     "[a]",   "&",   "-x"};
  enum { N = sizeof word / sizeof word[0] };
  char command[1024], script[1100], seen[512];
  char wanted[512];
  size_t n = 0;
  sim_shell_words(command, sizeof command, word, N);
  assert_null(strchr(command, '\n'));
  for (int i = 0; i < N; i++) {
    n += strlen(strcpy(wanted + n, word[i])) + 1;
  }
  snprintf(script, sizeof script, "printf '%%s\\0' %s\n", command);
  test_write_file("words.sh", script, strlen(script));
  FILE *shell = popen("bash words.sh", "r");
  assert_non_null(shell);
  assert_int_equal(fread(seen, 1, sizeof seen, shell), n);
  assert_int_equal(pclose(shell), 0);
  assert_memory_equal(seen, wanted, n);
}

static void cut_like_snprintf(void **state) {
  (void)state;
  const char *const word[] = {"a b", "c"};
  char out[5] = "xxxx";
  assert_int_equal(sim_shell_words(out, sizeof out, word, 2), 7);
  assert_string_equal(out, "'a b");
  assert_int_equal(sim_shell_words(NULL, 0, word, 2), 7);
  assert_int_equal(sim_shell_words(out, sizeof out, word, 0), 0);
  assert_string_equal(out, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_words_stay),
      cmocka_unit_test(all_else_is_quoted),
      cmocka_unit_test(a_shell_reads_them_back),
      cmocka_unit_test(cut_like_snprintf),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
