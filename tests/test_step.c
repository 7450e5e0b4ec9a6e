// A control step neither allocates nor touches files: of one match, of a batch, and of two teams.
#include "tests/support/check.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/play.h"
#include "tests/support/allocations.h"

// ---- every way this process opens a file passes here

static atomic_int opened;

typedef int OpenFn(const char *, int, ...);
typedef FILE *FopenFn(const char *, const char *);
OpenFn open;

// the next definition of a function, that of the C library
static void find_real(void *function, const char *name) {
  void *real = dlsym(RTLD_NEXT, name);
  memcpy(function, &real, sizeof real);
}

int open(const char *path, int flags, ...) {
  OpenFn *real = NULL;
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  find_real(&real, "open");
  atomic_fetch_add(&opened, 1);
  return real(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
  FopenFn *real = NULL;
  find_real(&real, "fopen");
  atomic_fetch_add(&opened, 1);
  return real(path, mode);
}

// the counters count
static void test_hooks_notice(void **unused) {
  (void)unused;
  const int64_t before = test_allocations();
  const int files = atomic_load(&opened);
  void *volatile p = malloc(10);
  free(p);
  FILE *f = fopen("/dev/null", "r");
  assert_non_null(f);
  fclose(f);
  assert_true(before < 0 || test_allocations() > before);
  assert_int_equal(atomic_load(&opened), files + 1);
}

// ---- the steps

typedef struct Players {
  SimModel *model;
  PolTeam *team;
  PolPlay *play;
} Players;

static void check_play(int threads) {
  enum { MATCHES = 16, STEPS = 60 };
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  Players p = {.model = sim_model_create(&options, &err)};
  assert_non_null(p.model);
  p.team = pol_team_load("classical", &err);
  assert_non_null(p.team);
  const PolPlayOptions play_options = {
      .matches = MATCHES, .threads = threads, .seed = 3, .rules = sim_rules_find("court")};
  p.play = pol_play_create(&play_options, p.model, p.team, p.team, &err);
  assert_non_null(p.play);
  int ids[MATCHES];
  uint32_t rally[MATCHES];
  for (int m = 0; m < MATCHES; m++) {
    ids[m] = m;
    rally[m] = (uint32_t)m;
  }
  pol_play_reset(p.play, ids, MATCHES, rally);
  // the first steps may let libraries set themselves up
  for (int k = 0; k < 5; k++) {
    assert_ok(pol_play_step(p.play, ids, MATCHES, &err), &err);
  }
  const int64_t allocations = test_allocations();
  const int files = atomic_load(&opened);
  for (int k = 0; k < STEPS; k++) {
    assert_ok(pol_play_step(p.play, ids, MATCHES, &err), &err);
  }
  assert_int_equal(test_allocations() - allocations, 0);
  assert_int_equal(atomic_load(&opened) - files, 0);
  pol_play_destroy(p.play);
  pol_team_destroy(p.team);
  sim_model_destroy(p.model);
}

static void test_one_thread(void **unused) {
  (void)unused;
  check_play(1);
}

static void test_two_threads(void **unused) {
  (void)unused;
  check_play(2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hooks_notice),
      cmocka_unit_test(test_one_thread),
      cmocka_unit_test(test_two_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
