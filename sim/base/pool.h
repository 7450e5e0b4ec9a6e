// A fork-join pool of POSIX threads. Items are independent; which thread runs one never matters to
// a result.
#ifndef SIM_BASE_POOL_H_
#define SIM_BASE_POOL_H_

typedef struct SimPool SimPool;
typedef void (*SimPoolFn)(void *arg, int item, int thread);

// threads >= 1 including the caller's; NULL when threads cannot be started.
SimPool *sim_pool_create(int threads);
void sim_pool_destroy(SimPool *pool);  // NULL is fine
int sim_pool_threads(const SimPool *pool);
// Runs fn(arg, 0..items-1, thread) and returns when all are done. thread is in 0..threads-1 and
// serves to pick scratch memory. Does not allocate. Not from inside fn, nor from two threads at
// once.
void sim_pool_run(SimPool *pool, int items, SimPoolFn fn, void *arg);

#endif  // SIM_BASE_POOL_H_
