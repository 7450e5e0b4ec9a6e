// The thread sanitizer cannot see how threads of a library compiled without it (MuJoCo's) wait for
// each other. These two tell it: what came before SIM_TSAN_RELEASE(p) in one thread happened before
// what comes after SIM_TSAN_ACQUIRE(p) in another. Nothing in other builds.
#ifndef SIM_BASE_TSAN_H_
#define SIM_BASE_TSAN_H_

#if defined(__SANITIZE_THREAD__)
#define SIM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIM_TSAN 1
#endif
#endif

#ifdef SIM_TSAN
#include <sanitizer/tsan_interface.h>
#define SIM_TSAN_RELEASE(p) __tsan_release(p)
#define SIM_TSAN_ACQUIRE(p) __tsan_acquire(p)
#else
#define SIM_TSAN_RELEASE(p) ((void)(p))
#define SIM_TSAN_ACQUIRE(p) ((void)(p))
#endif

#endif  // SIM_BASE_TSAN_H_
