// The pool: every item exactly once at any thread count, no allocation, no lost wake-up, an idle
// pool that burns nothing. Also run under the thread sanitizer.
#include "sim/base/pool.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "tests/support/allocations.h"
#include "tests/support/check.h"

static const int thread_counts[] = {1, 2, 3, 8};
enum { COUNTS = 4, ITEMS_MAX = 1000 };

typedef struct Job {
  atomic_int done[ITEMS_MAX];
  int by_thread[8][16];  // plain on purpose: a thread number is never used by two at once
  int threads;
} Job;

static void note_item(void *arg, int item, int thread) {
  Job *job = arg;
  assert(thread >= 0 && thread < job->threads);
  atomic_fetch_add(&job->done[item], 1);
  job->by_thread[thread][0]++;
}

static int total(const Job *job) {
  int n = 0;
  for (int t = 0; t < 8; t++) {
    n += job->by_thread[t][0];
  }
  return n;
}

static void every_item_runs_once(void **state) {
  (void)state;
  static const int sizes[] = {0, 1, 2, 3, 7, 64, ITEMS_MAX};
  for (int c = 0; c < COUNTS; c++) {
    SimPool *pool = sim_pool_create(thread_counts[c]);
    assert_non_null(pool);
    assert_int_equal(sim_pool_threads(pool), thread_counts[c]);
    for (int k = 0; k < 7; k++) {
      Job job = {.threads = thread_counts[c]};
      sim_pool_run(pool, sizes[k], note_item, &job);
      for (int i = 0; i < ITEMS_MAX; i++) {
        assert_int_equal(atomic_load(&job.done[i]), i < sizes[k]);
      }
      assert_int_equal(total(&job), sizes[k]);
    }
    sim_pool_destroy(pool);
  }
}

// many short jobs in a row, with pauses long enough for workers to fall asleep between some
static void no_wake_up_is_lost(void **state) {
  (void)state;
  for (int c = 0; c < COUNTS; c++) {
    SimPool *pool = sim_pool_create(thread_counts[c]);
    Job job = {.threads = thread_counts[c]};
    enum { RUNS = 3000, ITEMS = 5 };
    for (int i = 0; i < RUNS; i++) {
      sim_pool_run(pool, ITEMS, note_item, &job);
      assert_int_equal(total(&job), (i + 1) * ITEMS);
      if (i % 50 == 0) {
        usleep((unsigned)i % 400);
      }
    }
    sim_pool_destroy(pool);
  }
}

// results of plain writes by the workers are seen by the caller, and the other way round
static void add_one(void *arg, int item, int thread) {
  (void)thread;
  double *x = arg;
  x[item] = x[item] * 1.0001 + item;
}

static void results_do_not_depend_on_threads(void **state) {
  (void)state;
  static double reference[ITEMS_MAX], x[ITEMS_MAX];
  for (int c = 0; c < COUNTS; c++) {
    SimPool *pool = sim_pool_create(thread_counts[c]);
    memset(x, 0, sizeof x);
    for (int i = 0; i < 300; i++) {
      sim_pool_run(pool, ITEMS_MAX, add_one, x);
      x[i] += 1;
    }
    if (c == 0) {
      memcpy(reference, x, sizeof x);
    }
    assert_memory_equal(x, reference, sizeof x);
    sim_pool_destroy(pool);
  }
}

static void meet_the_other(void *arg, int item, int thread) {
  (void)item;
  (void)thread;
  atomic_int *here = arg;
  atomic_fetch_add(here, 1);
  while (atomic_load(here) < 2) {
    sched_yield();
  }
}

// two items that wait for each other finish only when two threads run them at the same time
static void threads_run_at_the_same_time(void **state) {
  (void)state;
  SimPool *pool = sim_pool_create(2);
  for (int i = 0; i < 100; i++) {
    atomic_int here = 0;
    sim_pool_run(pool, 2, meet_the_other, &here);
    assert_int_equal(atomic_load(&here), 2);
  }
  sim_pool_destroy(pool);
}

static void a_run_does_not_allocate(void **state) {
  (void)state;
  test_needs(test_allocations() >= 0, "a sanitizer counts the allocations itself");
  SimPool *pool = sim_pool_create(3);
  Job job = {.threads = 3};
  sim_pool_run(pool, 100, note_item, &job);
  int64_t before = test_allocations();
  for (int i = 0; i < 1000; i++) {
    sim_pool_run(pool, 100, note_item, &job);
  }
  assert_true(test_allocations() == before);
  // the counter does count
  void *volatile one = malloc(1);
  free(one);
  assert_true(test_allocations() > before);
  sim_pool_destroy(pool);
}

static void an_idle_pool_burns_nothing(void **state) {
  (void)state;
  SimPool *pool = sim_pool_create(8);
  Job job = {.threads = 8};
  sim_pool_run(pool, 100, note_item, &job);
  usleep(20000);
  double before = sim_time_cpu();
  usleep(200000);
  assert_true(sim_time_cpu() - before < 0.01);
  sim_pool_destroy(pool);
}

static void burn(void *arg, int item, int thread) {
  (void)item;
  (void)thread;
  double end = sim_time_thread() + *(const double *)arg;
  while (sim_time_thread() < end) {
  }
}

// jobs of 10 us: what the pool adds to the work itself, in processor time of all threads
static void short_jobs_cost_little(void **state) {
  (void)state;
  SimPool *pool = sim_pool_create(2);
  double item = 5e-6;
  enum { RUNS = 2000 };
  double before = sim_time_cpu(), wall = sim_time_wall();
  for (int i = 0; i < RUNS; i++) {
    sim_pool_run(pool, 2, burn, &item);
  }
  double each = (sim_time_cpu() - before) / RUNS;
  print_message("two items of 5 us: %.1f us of processor, %.1f us of wall clock\n", 1e6 * each,
                1e6 * (sim_time_wall() - wall) / RUNS);
  assert_true(each < 500e-6);
  sim_pool_destroy(pool);
}

static void destroy_takes_null_and_unused_pools(void **state) {
  (void)state;
  sim_pool_destroy(NULL);
  for (int i = 0; i < 50; i++) {
    sim_pool_destroy(sim_pool_create(1 + i % 4));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_item_runs_once),
      cmocka_unit_test(no_wake_up_is_lost),
      cmocka_unit_test(results_do_not_depend_on_threads),
      cmocka_unit_test(threads_run_at_the_same_time),
      cmocka_unit_test(a_run_does_not_allocate),
      cmocka_unit_test(an_idle_pool_burns_nothing),
      cmocka_unit_test(short_jobs_cost_little),
      cmocka_unit_test(destroy_takes_null_and_unused_pools),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
