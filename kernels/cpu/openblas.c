// OpenBLAS asks for 128 MiB of addresses for every thread that multiplies, the first as soon as it
// is loaded, and when it does not get them it asks again, for ever: linked to the program, it made
// `hcsp --version` spin under a limit on the address space. So it is opened late, for learning
// alone, and only after the system has shown that it gives as much; the buffers are then taken at
// once, before the training's own memory, and stay with the library, which hands them out again.
#include "kernels/cpu/openblas.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BUFFER_BYTES ((size_t)128 << 20)  // 32 << 22, OpenBLAS 0.3.21 on x86-64
#define LIBRARY_BYTES ((size_t)64 << 20)  // its code and data, and libgfortran's
enum { BUFFERS_MAX = 256 };               // as many as the library keeps apart

// what the build found, then what the linker would take on a machine without the headers
static const char *const LIBRARIES[] = {KRN_OPENBLAS, "libopenblas.so.0"};

static SimStatus check_room(size_t bytes, int threads, SimError *err) {
  void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    return sim_error(err, SIM_FAIL,
                     "OpenBLAS: saw less than %zu MiB of address space left, wanted as much for %d "
                     "threads that learn (ulimit -v, or fewer --threads)",
                     bytes >> 20, threads);
  }
  munmap(room, bytes);
  return SIM_OK;
}

// its own threads would only wait, and where they cannot be started it raises SIGINT
static void *open_alone(const char *path) {
  const char *before = getenv("OPENBLAS_NUM_THREADS");
  char *kept = before ? strdup(before) : NULL;
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (kept) {
    setenv("OPENBLAS_NUM_THREADS", kept, 1);
  } else {
    unsetenv("OPENBLAS_NUM_THREADS");
  }
  free(kept);
  return library;
}

static void *open_library(SimError *err) {
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof LIBRARIES / sizeof LIBRARIES[0]; i++) {
    library = open_alone(LIBRARIES[i]);
  }
  if (!library) {
    const char *why = dlerror();
    sim_error(err, SIM_FAIL, "OpenBLAS: %s; wanted the library, Debian's libopenblas0-pthread",
              why ? why : LIBRARIES[0]);
  }
  return library;
}

// data and function pointers are of one size on POSIX systems, but C knows no cast between them
static bool find(void *function, void *library, const char *name, SimError *err) {
  void *symbol = dlsym(library, name);
  if (!symbol) {
    sim_error(err, SIM_FAIL, "OpenBLAS: no %s; wanted OpenBLAS with its C interface", name);
    return false;
  }
  memcpy(function, &symbol, sizeof symbol);
  return true;
}

// A buffer that was given back is the first to be given out, so only taking them all at once makes
// as many. Builds that do not show these two functions take theirs when they multiply.
static void take_buffers(void *library, int threads) {
  void *(*take)(int position) = NULL;
  void (*give_back)(void *buffer) = NULL;
  void *buffer[BUFFERS_MAX];
  const int n = threads < BUFFERS_MAX ? threads : BUFFERS_MAX;
  if (!find(&take, library, "blas_memory_alloc", NULL) ||
      !find(&give_back, library, "blas_memory_free", NULL)) {
    return;
  }
  for (int i = 0; i < n; i++) {
    buffer[i] = take(0);
  }
  for (int i = 0; i < n; i++) {
    give_back(buffer[i]);
  }
}

KrnSgemm *krn_openblas_sgemm(int threads, SimError *err) {
  void (*set_num_threads)(int threads) = NULL;
  KrnSgemm *sgemm = NULL;
  if (check_room(LIBRARY_BYTES + (size_t)threads * BUFFER_BYTES, threads, err) != SIM_OK) {
    return NULL;
  }
  void *library = open_library(err);
  if (!library || !find(&set_num_threads, library, "openblas_set_num_threads", err) ||
      !find(&sgemm, library, "cblas_sgemm", err)) {
    return NULL;
  }
  set_num_threads(1);
  take_buffers(library, threads);
  // the library stays open: its buffers are for the life of the process
  return sgemm;
}
