// Fork-join pool. A job is open while the caller is in sim_pool_run; a worker that finds it open
// enters, takes item numbers from one counter until none is left, and leaves. The caller takes
// items as well and waits only for workers that are inside, so a worker that sleeps or is not
// scheduled never delays a small job.
//
// Waiting is a short spin, then a condition variable: a job of 10 us costs two futex calls when its
// workers sleep, nothing when the last job ended just before, and an idle pool burns no processor
// time. With more threads than processors nobody spins.
//
// All atomics are sequentially consistent: two handshakes need it. (1) A worker counts itself
// inside, then looks whether the job is open; the caller closes the job, then looks who is inside.
// (2) A sleeper announces itself, then looks for a new job; the caller publishes, then looks for
// sleepers (and the same for the caller's own sleep).
#include "sim/base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "sim/base/cores.h"

enum { CACHE_LINE = 64, SPIN_ROUNDS = 1000 };  // a round is about 40 ns

typedef struct Worker {
  SimPool *pool;
  pthread_t thread;
  int number;  // 1.. ; the caller is 0
} Worker;

struct SimPool {
  // the job; written while nobody is inside
  SimPoolFn fn;
  void *arg;
  int items;
  int spin_rounds;
  int threads;

  // 64 bits, so that late workers that only look cannot make it wrap
  _Alignas(CACHE_LINE) _Atomic int64_t next;  // first item not yet taken

  _Alignas(CACHE_LINE) atomic_int inside;  // workers that may touch the job
  atomic_bool open, stop;
  atomic_uint jobs;           // how many were published
  atomic_int sleepers;        // workers on work_ready
  atomic_bool caller_sleeps;  // on work_done
  atomic_bool busy;           // a run is in progress, to catch nested runs
  pthread_mutex_t lock;       // guards nothing but the two sleeps
  pthread_cond_t work_ready, work_done;
  int started;
  Worker worker[];
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

static void take_items(SimPool *pool, int thread) {
  for (;;) {
    int64_t item = atomic_fetch_add(&pool->next, 1);
    if (item >= pool->items) {
      return;
    }
    pool->fn(pool->arg, (int)item, thread);
  }
}

static void work_if_open(SimPool *pool, int thread) {
  atomic_fetch_add(&pool->inside, 1);
  if (atomic_load(&pool->open)) {
    take_items(pool, thread);
  }
  bool last = atomic_fetch_sub(&pool->inside, 1) == 1;
  if (last && atomic_load(&pool->caller_sleeps)) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->work_done);
    pthread_mutex_unlock(&pool->lock);
  }
}

static bool has_news(SimPool *pool, unsigned seen) {
  return atomic_load(&pool->jobs) != seen || atomic_load(&pool->stop);
}

static void wait_for_job(SimPool *pool, unsigned seen) {
  for (int i = 0; i < pool->spin_rounds; i++) {
    if (has_news(pool, seen)) {
      return;
    }
    relax();
  }
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->sleepers, 1);
  while (!has_news(pool, seen)) {
    pthread_cond_wait(&pool->work_ready, &pool->lock);
  }
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *arg) {
  const Worker *worker = arg;
  SimPool *pool = worker->pool;
  unsigned seen = 0;
  for (;;) {
    wait_for_job(pool, seen);
    if (atomic_load(&pool->stop)) {
      return NULL;
    }
    seen = atomic_load(&pool->jobs);
    work_if_open(pool, worker->number);
  }
}

// signals go to the threads of the program, never to a worker
static bool start_workers(SimPool *pool) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = true;
  for (int i = 1; i < pool->threads && ok; i++) {
    Worker *worker = &pool->worker[i - 1];
    *worker = (Worker){.pool = pool, .number = i};
    ok = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
    pool->started += ok;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

SimPool *sim_pool_create(int threads) {
  assert(threads >= 1);
  size_t size = sizeof(SimPool) + (size_t)(threads - 1) * sizeof(Worker);
  size_t rounded = (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
  SimPool *pool = aligned_alloc(CACHE_LINE, rounded);
  if (!pool) {
    return NULL;
  }
  *pool = (SimPool){
      .threads = threads,
      .spin_rounds = threads <= sim_cores() ? SPIN_ROUNDS : 0,
  };
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work_ready, NULL);
  pthread_cond_init(&pool->work_done, NULL);
  if (!start_workers(pool)) {
    sim_pool_destroy(pool);
    return NULL;
  }
  return pool;
}

static void wake_workers(SimPool *pool) {
  if (atomic_load(&pool->sleepers) == 0) {
    return;
  }
  pthread_mutex_lock(&pool->lock);
  pthread_cond_broadcast(&pool->work_ready);
  pthread_mutex_unlock(&pool->lock);
}

void sim_pool_destroy(SimPool *pool) {
  if (!pool) {
    return;
  }
  assert(!atomic_load(&pool->busy));
  atomic_store(&pool->stop, true);
  wake_workers(pool);
  for (int i = 0; i < pool->started; i++) {
    pthread_join(pool->worker[i].thread, NULL);
  }
  pthread_cond_destroy(&pool->work_done);
  pthread_cond_destroy(&pool->work_ready);
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

int sim_pool_threads(const SimPool *pool) {
  return pool->threads;
}

static void wait_until_nobody_inside(SimPool *pool) {
  for (int i = 0; i < pool->spin_rounds; i++) {
    if (atomic_load(&pool->inside) == 0) {
      return;
    }
    relax();
  }
  pthread_mutex_lock(&pool->lock);
  atomic_store(&pool->caller_sleeps, true);
  while (atomic_load(&pool->inside) != 0) {
    pthread_cond_wait(&pool->work_done, &pool->lock);
  }
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->lock);
}

void sim_pool_run(SimPool *pool, int items, SimPoolFn fn, void *arg) {
  bool was_busy = atomic_exchange(&pool->busy, true);
  assert(!was_busy && "sim_pool_run inside a job or from two threads");
  (void)was_busy;
  if (items <= 1 || pool->threads == 1) {
    for (int i = 0; i < items; i++) {
      fn(arg, i, 0);
    }
  } else {
    pool->fn = fn;
    pool->arg = arg;
    pool->items = items;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->open, true);
    atomic_fetch_add(&pool->jobs, 1);
    wake_workers(pool);
    take_items(pool, 0);
    atomic_store(&pool->open, false);
    wait_until_nobody_inside(pool);
  }
  atomic_store(&pool->busy, false);
}
