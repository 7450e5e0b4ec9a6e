// The stand-ins for the CUDA runtime and cuBLAS: one list of jobs for each stream, done in order
// when somebody waits; graphs are such lists that stay.
#include "tests/cuda_shim/cuda_shim.h"

#include <cblas.h>
#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define CUDA_SHIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CUDA_SHIM_ASAN 1
#endif
#endif
#ifdef CUDA_SHIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { MEMORY_MAX = 1 << 30, BLOCK_MAX = 1024, WARP = 32 };

typedef enum Order { FORWARD, BACKWARDS, WARPS, SHUFFLED, ORDERS } Order;

typedef struct Job Job;
struct Job {
  Job *next;
  void (*run)(void *data);
  void *data;
};

typedef struct List {
  Job *first, *last;
} List;

struct CUstream_st {
  List jobs;
  struct CUgraph_st *capture;  // where jobs go instead
  bool capture_broken;
};

struct CUevent_st {
  bool pending;
  cudaStream_t stream;
};

struct CUgraph_st {
  List jobs;
};

struct CUgraphExec_st {
  List jobs;
  int pending;  // started and not done
  bool dead;    // to be freed when it is
};

// memory of the device or page-locked memory of the host
typedef struct Piece Piece;
struct Piece {
  Piece *next;
  char *memory;
  size_t bytes;
  bool host;
};

CudaShimIndex blockIdx, blockDim;
int cuda_shim_turn;
long cuda_shim_phase;

// one process, one thread, one GPU
static struct {
  Piece *pieces;
  size_t used, memory;
  long jobs, lose;  // done, and the one in which the device is lost
  bool lost, capturing;
  const char *driver;
  cudaError_t last;
  CudaShimCounts counts;
} gpu = {.memory = MEMORY_MAX, .driver = ""};

// who has the k-th turn in this phase, and what the next order follows from
static struct {
  Order order;
  int thread[BLOCK_MAX];
  uint32_t state;
} turns = {.state = 1};

static void *get(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) {
    fprintf(stderr, "cuda_shim: no memory for %zu bytes\n", bytes);
    abort();
  }
  return memory;
}

static void read_switches(void) {
  const char *driver = getenv("CUDA_SHIM_DRIVER"), *memory = getenv("CUDA_SHIM_MEMORY"),
             *lose = getenv("CUDA_SHIM_LOSE"), *order = getenv("CUDA_SHIM_ORDER");
  static const char *const NAME[ORDERS] = {"forward", "backwards", "warps", "shuffled"};
  gpu.driver = driver ? driver : "";
  gpu.memory = memory ? strtoul(memory, NULL, 10) : MEMORY_MAX;
  gpu.lose = lose ? gpu.jobs + strtol(lose, NULL, 10) : 0;
  gpu.lost = false;
  gpu.last = cudaSuccess;
  turns.order = FORWARD;
  for (int i = 0; order && i < ORDERS; i++) {
    turns.order = strcmp(order, NAME[i]) == 0 ? (Order)i : turns.order;
  }
}

static bool driver_is(const char *name) {
  return strcmp(gpu.driver, name) == 0;
}

CudaShimCounts cuda_shim_counts(void) {
  return gpu.counts;
}

// ---- turns of blocks and threads

// the constants of Numerical Recipes; the high bits are the good ones
static unsigned below(unsigned n) {
  turns.state = turns.state * 1664525u + 1013904223u;
  return (unsigned)((uint64_t)turns.state * n >> 32);
}

// in any order: all threads, or whole warps
static void shuffle(int n, int step) {
  for (int i = (n + step - 1) / step - 1; i > 0; i--) {
    const int k = (int)below((unsigned)i + 1);
    for (int j = 0; j < step && i * step + j < n; j++) {
      const int was = turns.thread[i * step + j];
      turns.thread[i * step + j] = turns.thread[k * step + j];
      turns.thread[k * step + j] = was;
    }
  }
}

void cuda_shim_barrier(void) {
  const int n = (int)blockDim.x;
  cuda_shim_phase++;
  for (int k = 0; k < n; k++) {
    turns.thread[k] = turns.order == BACKWARDS ? n - 1 - k : k;
  }
  if (turns.order == SHUFFLED) {
    shuffle(n, 1);
  } else if (turns.order == WARPS && n % WARP == 0) {
    shuffle(n, WARP);
  }
}

int cuda_shim_thread(int k) {
  cuda_shim_turn = k < (int)blockDim.x ? turns.thread[k] : -1;
  return cuda_shim_turn;
}

// backwards, or from one block in the middle on
unsigned cuda_shim_block(unsigned b, unsigned blocks) {
  return turns.order == FORWARD     ? b
         : turns.order == BACKWARDS ? blocks - 1 - b
                                    : (b + blocks / 2) % blocks;
}

void cuda_shim_fault(const char *what, int thread, int other) {
  fprintf(stderr, "cuda_shim: block %u, thread %d", blockIdx.x, thread);
  if (other >= 0) {
    fprintf(stderr, " and thread %d", other);
  }
  fprintf(stderr, ": a word of shared memory %s\n", what);
  abort();
}

// ---- memory

// the host may not touch what is the device's while no job runs
static void lock_memory(bool locked) {
#ifdef CUDA_SHIM_ASAN
  for (const Piece *p = gpu.pieces; p; p = p->next) {
    if (!p->host && locked) {
      __asan_poison_memory_region(p->memory, p->bytes);
    } else if (!p->host) {
      __asan_unpoison_memory_region(p->memory, p->bytes);
    }
  }
#else
  (void)locked;
#endif
}

static cudaError_t allocate(void **memory, size_t bytes, bool host) {
  if (gpu.lost) {
    return cudaErrorLaunchFailure;
  }
  if (gpu.capturing) {
    return cudaErrorStreamCaptureUnsupported;
  }
  if (!host && bytes > gpu.memory - gpu.used) {
    gpu.last = cudaErrorMemoryAllocation;
    return cudaErrorMemoryAllocation;
  }
  Piece *p = get(sizeof *p);
  *p = (Piece){.next = gpu.pieces, .memory = get(bytes), .bytes = bytes, .host = host};
  gpu.pieces = p;
  gpu.used += host ? 0 : bytes;
  gpu.counts.allocations += !host;
  *memory = p->memory;
  lock_memory(true);
  return cudaSuccess;
}

static cudaError_t release(void *memory, bool host) {
  for (Piece **at = &gpu.pieces; memory && *at; at = &(*at)->next) {
    Piece *p = *at;
    if (p->memory == memory && p->host == host) {
      lock_memory(false);
      *at = p->next;
      gpu.used -= host ? 0 : p->bytes;
      gpu.counts.allocations -= !host;
      free(p->memory);
      free(p);
      lock_memory(true);
      return cudaSuccess;
    }
  }
  return memory ? cudaErrorInvalidValue : cudaSuccess;
}

cudaError_t cudaMalloc(void **memory, size_t bytes) {
  return allocate(memory, bytes, false);
}

cudaError_t cudaFree(void *memory) {
  return release(memory, false);
}

cudaError_t cudaMallocHost(void **memory, size_t bytes) {
  return allocate(memory, bytes, true);
}

cudaError_t cudaFreeHost(void *memory) {
  return release(memory, true);
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *all_bytes) {
  *free_bytes = gpu.memory - gpu.used;
  *all_bytes = gpu.memory;
  return cudaSuccess;
}

// whether all of the range lies in one piece of the kind
static bool lies_in(const void *memory, size_t bytes, bool host) {
  for (const Piece *p = gpu.pieces; p; p = p->next) {
    const uintptr_t first = (uintptr_t)p->memory, at = (uintptr_t)memory;
    if (p->host == host && at >= first && at + bytes <= first + p->bytes) {
      return true;
    }
  }
  return false;
}

// ---- jobs

static void append(List *list, Job *job) {
  if (list->last) {
    list->last->next = job;
  } else {
    list->first = job;
  }
  list->last = job;
}

static void free_jobs(List *list) {
  while (list->first) {
    Job *job = list->first;
    list->first = job->next;
    free(job->data);
    free(job);
  }
  *list = (List){0};
}

void cuda_shim_push(cudaStream_t stream, void (*run)(void *data), const void *data, size_t size) {
  Job *job = get(sizeof *job);
  *job = (Job){.run = run, .data = get(size)};
  memcpy(job->data, data, size);
  append(stream->capture ? &stream->capture->jobs : &stream->jobs, job);
}

bool cuda_shim_may_launch(unsigned blocks, unsigned threads) {
  const bool good = blocks > 0 && blocks <= INT32_MAX && threads > 0 && threads <= BLOCK_MAX;
  if (driver_is("nocode")) {
    gpu.last = cudaErrorNoKernelImageForDevice;
    return false;
  }
  if (!good) {
    gpu.last = cudaErrorInvalidConfiguration;
  }
  gpu.counts.launches++;
  return good && !gpu.lost;
}

static void run_job(const Job *job) {
  gpu.jobs++;
  gpu.lost = gpu.lost || (gpu.lose > 0 && gpu.jobs >= gpu.lose);
  if (!gpu.lost) {
    job->run(job->data);
  }
}

// all jobs, or with event as many as it takes
static cudaError_t wait_for(cudaStream_t stream, const struct CUevent_st *event) {
  if (gpu.capturing) {
    stream->capture_broken = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  gpu.counts.waits += stream->jobs.first != NULL && (!event || event->pending);
  lock_memory(false);
  while (stream->jobs.first && (!event || event->pending)) {
    Job *job = stream->jobs.first;
    run_job(job);
    stream->jobs.first = job->next;
    stream->jobs.last = job->next ? stream->jobs.last : NULL;
    free(job->data);
    free(job);
    if (gpu.lost) {
      free_jobs(&stream->jobs);
    }
  }
  lock_memory(true);
  return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
}

typedef struct Copy {
  void *to;
  const void *from;
  size_t bytes;
  int value;
  bool up;
} Copy;

static void run_copy(void *data) {
  const Copy *copy = data;
  memcpy(copy->to, copy->from, copy->bytes);
  gpu.counts.uploads += copy->up;
  gpu.counts.downloads += !copy->up;
}

static void run_set(void *data) {
  const Copy *copy = data;
  memset(copy->to, copy->value, copy->bytes);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const bool up = kind == cudaMemcpyHostToDevice;
  // from memory that is not page-locked CUDA would wait; nobody here means that
  if (!lies_in(to, bytes, !up) || !lies_in(from, bytes, up)) {
    return cudaErrorInvalidValue;
  }
  cuda_shim_push(stream, run_copy, &(Copy){.to = to, .from = from, .bytes = bytes, .up = up},
                 sizeof(Copy));
  return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream) {
  if (!lies_in(memory, bytes, false)) {
    return cudaErrorInvalidValue;
  }
  cuda_shim_push(stream, run_set, &(Copy){.to = memory, .bytes = bytes, .value = value},
                 sizeof(Copy));
  return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
}

// ---- the device

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
  case cudaSuccess:
    return "no error";
  case cudaErrorInvalidValue:
    return "invalid argument";
  case cudaErrorMemoryAllocation:
    return "out of memory";
  case cudaErrorInvalidConfiguration:
    return "invalid configuration argument";
  case cudaErrorInsufficientDriver:
    return "CUDA driver version is insufficient for CUDA runtime version";
  case cudaErrorDevicesUnavailable:
    return "CUDA-capable device(s) is/are busy or unavailable";
  case cudaErrorNoDevice:
    return "no CUDA-capable device is detected";
  case cudaErrorNoKernelImageForDevice:
    return "no kernel image is available for execution on the device";
  case cudaErrorLaunchFailure:
    return "unspecified launch failure";
  case cudaErrorStreamCaptureUnsupported:
    return "operation not permitted when stream is capturing";
  case cudaErrorUnknown:
    return "unknown error";
  }
  return "?";
}

cudaError_t cudaGetLastError(void) {
  const cudaError_t last = gpu.lost ? cudaErrorLaunchFailure : gpu.last;
  gpu.last = cudaSuccess;
  return last;
}

cudaError_t cudaDriverGetVersion(int *version) {
  *version = driver_is("none") ? 0 : driver_is("old") ? 11040 : 13000;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version) {
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count) {
  read_switches();
  *count = 0;
  if (driver_is("none") || driver_is("old")) {
    return cudaErrorInsufficientDriver;
  }
  if (driver_is("nodevice")) {
    return cudaErrorNoDevice;
  }
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device) {
  *properties = (struct cudaDeviceProp){.name = "a processor", .major = 7, .minor = 5};
  return cudaSetDevice(device);
}

// ---- streams and events

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) {
  (void)flags;
  if (driver_is("busy")) {
    return cudaErrorDevicesUnavailable;
  }
  *stream = get(sizeof **stream);
  **stream = (struct CUstream_st){0};
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  free_jobs(&stream->jobs);
  free(stream);
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return wait_for(stream, NULL);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
  (void)flags;
  *event = get(sizeof **event);
  **event = (struct CUevent_st){0};
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  free(event);
  return cudaSuccess;
}

static void run_event(void *data) {
  (*(cudaEvent_t *)data)->pending = false;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  *event = (struct CUevent_st){.pending = true, .stream = stream};
  cuda_shim_push(stream, run_event, &event, sizeof event);
  return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (!event->pending) {
    return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
  }
  return wait_for(event->stream, event);
}

// ---- graphs

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  (void)mode;
  stream->capture = get(sizeof *stream->capture);
  *stream->capture = (struct CUgraph_st){0};
  stream->capture_broken = false;
  gpu.capturing = true;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  *graph = stream->capture;
  stream->capture = NULL;
  gpu.capturing = false;
  if (stream->capture_broken) {
    cudaGraphDestroy(*graph);
    *graph = NULL;
    return cudaErrorStreamCaptureUnsupported;
  }
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph,
                                          unsigned long long flags) {
  (void)flags;
  *exec = get(sizeof **exec);
  **exec = (struct CUgraphExec_st){.jobs = graph->jobs};
  graph->jobs = (List){0};
  gpu.counts.instantiated++;
  return cudaSuccess;
}

static void free_graph(cudaGraphExec_t exec) {
  // jobs of a device that is lost are dropped, not done
  if (exec->dead && (exec->pending == 0 || gpu.lost)) {
    free_jobs(&exec->jobs);
    free(exec);
  }
}

static void run_graph(void *data) {
  cudaGraphExec_t exec = *(cudaGraphExec_t *)data;
  for (const Job *job = exec->jobs.first; job; job = job->next) {
    run_job(job);
  }
  exec->pending--;
  free_graph(exec);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  gpu.counts.graphs++;
  exec->pending++;
  cuda_shim_push(stream, run_graph, &exec, sizeof exec);
  return gpu.lost ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  exec->dead = true;
  free_graph(exec);
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  free_jobs(&graph->jobs);
  free(graph);
  return cudaSuccess;
}

// ---- cuBLAS

struct cublasContext {
  cudaStream_t stream;
};

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle) {
  *handle = get(sizeof **handle);
  **handle = (struct cublasContext){0};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  free(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes) {
  (void)handle;
  return lies_in(workspace, bytes, false) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  (void)handle;
  return mode == CUBLAS_DEFAULT_MATH ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t mode) {
  (void)handle;
  return mode == CUBLAS_ATOMICS_NOT_ALLOWED ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

typedef struct Product {
  enum CBLAS_TRANSPOSE transpose_a, transpose_b;
  int m, n, k, lda, ldb, ldc;
  float alpha, beta;
  const float *a, *b;
  float *c;
} Product;

static void run_product(void *data) {
  const Product *p = data;
  cblas_sgemm(CblasColMajor, p->transpose_a, p->transpose_b, p->m, p->n, p->k, p->alpha, p->a,
              p->lda, p->b, p->ldb, p->beta, p->c, p->ldc);
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a,
                              cublasOperation_t transpose_b, int m, int n, int k,
                              const float *alpha, const float *a, int lda, const float *b, int ldb,
                              const float *beta, float *c, int ldc) {
  if (!handle->stream) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  const Product product = {.transpose_a = transpose_a == CUBLAS_OP_T ? CblasTrans : CblasNoTrans,
                           .transpose_b = transpose_b == CUBLAS_OP_T ? CblasTrans : CblasNoTrans,
                           .m = m,
                           .n = n,
                           .k = k,
                           .lda = lda,
                           .ldb = ldb,
                           .ldc = ldc,
                           .alpha = *alpha,
                           .beta = *beta,
                           .a = a,
                           .b = b,
                           .c = c};
  cuda_shim_push(handle->stream, run_product, &product, sizeof product);
  return CUBLAS_STATUS_SUCCESS;
}
