// The operations of learning on an NVIDIA GPU.
//
// One stream takes all work in order; nothing waits but wait, download, and upload where both of
// its buffers are still under way. All rows are one tile and there is one worker, as a GPU wants
// much work at a time. Products are cuBLAS's in float32 (no TF32, no atomic operations, a workspace
// of our own, hence the same bits every time), the rest are the kernels beside this file.
//
// Errors: operations return nothing, so the first thing that goes wrong is kept as a sentence for
// status(), and later work does nothing. A CUDA error is final for the process anyway.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cuda/blas.h"
#include "kernels/cuda/kernels.h"
#include "kernels/ops.h"
#include "sim/base/log.h"

enum {
  BUFFERS = 2,            // of page-locked memory
  BUFFER_SIZE = 4 << 20,  // bytes
  WORKSPACE = 32 << 20,   // bytes for cuBLAS, as its manual advises for the largest GPUs
  MEBIBYTE = 1 << 20,
  TRIES = 3,  // of work given to repeat, each way, before one is chosen
};

typedef struct Cuda {
  KrnDevice device;
  KrnWork work;
  KrnGraphs graphs;
  char name[320];  // of the GPU
  cudaStream_t stream;
  KrnBlas blas;
  cublasHandle_t handle;
  void *workspace;
  KrnCudaScratch scratch;
  char *buffer[BUFFERS];  // page-locked, so that copies run beside the processor
  cudaEvent_t copied[BUFFERS];
  int next;       // buffer
  size_t wanted;  // bytes that alloc was asked for in vain
  bool failed;    // an error of CUDA
  SimError why;   // the first
} Cuda;

// ---- errors

static bool ok(Cuda *cuda, cudaError_t error, const char *doing) {
  if (error == cudaSuccess) {
    return true;
  }
  if (!cuda->failed) {
    cuda->failed = true;
    sim_error(&cuda->why, SIM_FAIL,
              "the GPU (%s) failed in %s: %s; the last checkpoint stands, go on with --resume, or "
              "on the processor with --resume --device cpu",
              cuda->name, doing, cudaGetErrorString(error));
  }
  return false;
}

static void launched(Cuda *cuda, const char *doing) {
  ok(cuda, cudaGetLastError(), doing);
}

static SimStatus cuda_status(const KrnDevice *device, SimError *err) {
  const Cuda *cuda = (const Cuda *)device;
  if (cuda->failed) {
    return sim_error(err, SIM_FAIL, "%s", cuda->why.text);
  }
  if (cuda->wanted) {
    size_t free = 0, all = 0;
    cudaMemGetInfo(&free, &all);
    return sim_error(
        err, SIM_FAIL,
        "no memory on the GPU (%s): wanted %zu MiB more, and %zu of its %zu MiB are free; lower "
        "num_envs= (of a strategy: batch_size=), or train with --device cpu",
        cuda->name, cuda->wanted / MEBIBYTE + 1, free / MEBIBYTE, all / MEBIBYTE);
  }
  return SIM_OK;
}

// ---- making and freeing

static const char *cuda_describe(const KrnDevice *device) {
  return ((const Cuda *)device)->name;
}

static void cuda_destroy(KrnDevice *device) {
  Cuda *cuda = (Cuda *)device;
  if (cuda->stream) {
    cudaStreamSynchronize(cuda->stream);
  }
  if (cuda->handle) {
    cuda->blas.destroy(cuda->handle);
  }
  krn_blas_close(&cuda->blas);
  for (int i = 0; i < BUFFERS; i++) {
    if (cuda->copied[i]) {
      cudaEventDestroy(cuda->copied[i]);
    }
    cudaFreeHost(cuda->buffer[i]);
  }
  cudaFree(cuda->workspace);
  cudaFree(cuda->scratch.columns);
  cudaFree(cuda->scratch.sums);
  if (cuda->stream) {
    cudaStreamDestroy(cuda->stream);
  }
  free(cuda);
}

// "13.0" of 13000
static void version_text(char out[32], int version) {
  snprintf(out, 32, "%d.%d", version / 1000, version % 1000 / 10);
}

// says why there is no GPU to work on
static bool explain(cudaError_t error, SimError *err) {
  int driver = 0, runtime = 0;
  char has[32], needs[32];
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  version_text(has, driver);
  version_text(needs, runtime);
  if (driver == 0) {
    sim_error(err, SIM_FAIL, "no NVIDIA driver here; wanted one for CUDA %s, or --device cpu",
              needs);
  } else if (error == cudaErrorInsufficientDriver) {
    sim_error(err, SIM_FAIL,
              "the NVIDIA driver is for CUDA %s; wanted one for CUDA %s or later, or --device cpu",
              has, needs);
  } else if (error == cudaErrorNoDevice) {
    sim_error(err, SIM_FAIL,
              "no NVIDIA GPU that this process may see (is CUDA_VISIBLE_DEVICES set?); wanted one, "
              "or --device cpu");
  } else {
    sim_error(err, SIM_FAIL,
              "the NVIDIA GPU cannot be opened: %s; wanted a GPU that is free, or "
              "--device cpu",
              cudaGetErrorString(error));
  }
  return false;
}

static bool find_gpu(Cuda *cuda, SimError *err) {
  struct cudaDeviceProp properties;
  int n = 0;
  cudaError_t error = cudaGetDeviceCount(&n);
  error = error == cudaSuccess && n == 0 ? cudaErrorNoDevice : error;
  if (error == cudaSuccess) {
    error = cudaSetDevice(0);
  }
  if (error == cudaSuccess) {
    error = cudaGetDeviceProperties(&properties, 0);
  }
  // the first call that makes a context
  if (error == cudaSuccess) {
    error = cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking);
  }
  if (error != cudaSuccess) {
    return explain(error, err);
  }
  snprintf(cuda->name, sizeof cuda->name, "%s, compute capability %d.%d", properties.name,
           properties.major, properties.minor);
  return true;
}

static bool make_buffers(Cuda *cuda, SimError *err) {
  const size_t columns = (size_t)2 * KRN_CUDA_CHUNKS * KRN_CUDA_COLUMNS * sizeof(float),
               sums = (size_t)KRN_CUDA_BLOCKS * KRN_SUMS * sizeof(double);
  bool all = cudaMalloc((void **)&cuda->scratch.columns, columns) == cudaSuccess &&
             cudaMalloc((void **)&cuda->scratch.sums, sums) == cudaSuccess &&
             cudaMalloc(&cuda->workspace, WORKSPACE) == cudaSuccess;
  for (int i = 0; all && i < BUFFERS; i++) {
    all = cudaMallocHost((void **)&cuda->buffer[i], BUFFER_SIZE) == cudaSuccess &&
          cudaEventCreateWithFlags(&cuda->copied[i], cudaEventDisableTiming) == cudaSuccess;
  }
  if (!all) {
    sim_error(err, SIM_FAIL,
              "no memory on the GPU (%s) to begin with: wanted %zu MiB; wanted a GPU that is free, "
              "or --device cpu",
              cuda->name, (columns + sums + WORKSPACE) / MEBIBYTE + 1);
  }
  return all;
}

// one small kernel tells whether the program has code for this GPU
static bool try_kernel(Cuda *cuda, SimError *err) {
  krn_cuda_affine(cuda->stream, cuda->scratch.columns, cuda->scratch.columns, 0, 1, 1);
  cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess) {
    error = cudaStreamSynchronize(cuda->stream);
  }
  if (error != cudaSuccess) {
    sim_error(err, SIM_FAIL,
              "the GPU (%s) does not run the kernels of this program: %s; wanted a build for its "
              "compute capability (-DHCSP_CUDA_ARCHITECTURES=), or --device cpu",
              cuda->name, cudaGetErrorString(error));
    return false;
  }
  return true;
}

static bool open_blas(Cuda *cuda, SimError *err) {
  if (!krn_blas_open(&cuda->blas, err)) {
    return false;
  }
  const KrnBlas *b = &cuda->blas;
  if (b->create(&cuda->handle) != CUBLAS_STATUS_SUCCESS ||
      b->set_stream(cuda->handle, cuda->stream) != CUBLAS_STATUS_SUCCESS ||
      b->set_workspace(cuda->handle, cuda->workspace, WORKSPACE) != CUBLAS_STATUS_SUCCESS ||
      b->set_math_mode(cuda->handle, CUBLAS_DEFAULT_MATH) != CUBLAS_STATUS_SUCCESS ||
      b->set_atomics_mode(cuda->handle, CUBLAS_ATOMICS_NOT_ALLOWED) != CUBLAS_STATUS_SUCCESS) {
    sim_error(err, SIM_FAIL, "cuBLAS does not start on the GPU (%s); wanted --device cpu",
              cuda->name);
    return false;
  }
  return true;
}

// ---- memory

static void *cuda_alloc(KrnDevice *device, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  const size_t size = bytes ? bytes : 1;
  void *memory = NULL;
  const cudaError_t error = cudaMalloc(&memory, size);
  if (error == cudaErrorMemoryAllocation) {
    // no harm to what is there: later calls go on
    (void)cudaGetLastError();
    cuda->wanted += size;
    return NULL;
  }
  if (!ok(cuda, error, "allocating") ||
      !ok(cuda, cudaMemsetAsync(memory, 0, size, cuda->stream), "allocating")) {
    cudaFree(memory);
    return NULL;
  }
  return memory;
}

static void cuda_release(KrnDevice *device, void *memory) {
  Cuda *cuda = (Cuda *)device;
  if (memory) {
    ok(cuda, cudaStreamSynchronize(cuda->stream), "freeing");
    cudaFree(memory);
  }
}

static size_t piece_of(size_t left) {
  return left < BUFFER_SIZE ? left : BUFFER_SIZE;
}

// through the page-locked buffers by turns: the host's memory is the caller's again at once, and
// the copy of one piece runs while the next is put into the other buffer
static void cuda_upload(KrnDevice *device, void *to, const void *host, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  for (size_t at = 0; at < bytes && !cuda->failed; at += BUFFER_SIZE) {
    const int b = cuda->next;
    const size_t piece = piece_of(bytes - at);
    cuda->next = (b + 1) % BUFFERS;
    if (ok(cuda, cudaEventSynchronize(cuda->copied[b]), "uploading")) {
      memcpy(cuda->buffer[b], (const char *)host + at, piece);
      ok(cuda,
         cudaMemcpyAsync((char *)to + at, cuda->buffer[b], piece, cudaMemcpyHostToDevice,
                         cuda->stream),
         "uploading");
      ok(cuda, cudaEventRecord(cuda->copied[b], cuda->stream), "uploading");
    }
  }
}

static bool ask_piece(Cuda *cuda, int b, const void *from, size_t bytes) {
  return ok(cuda, cudaEventSynchronize(cuda->copied[b]), "downloading") &&
         ok(cuda,
            cudaMemcpyAsync(cuda->buffer[b], from, bytes, cudaMemcpyDeviceToHost, cuda->stream),
            "downloading") &&
         ok(cuda, cudaEventRecord(cuda->copied[b], cuda->stream), "downloading");
}

// one piece is under way while the one before it is taken out
static void cuda_download(KrnDevice *device, void *host, const void *from, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  bool good = !cuda->failed && (bytes == 0 || ask_piece(cuda, 0, from, piece_of(bytes)));
  int b = 0;
  for (size_t at = 0; good && at < bytes; at += BUFFER_SIZE, b = (b + 1) % BUFFERS) {
    const size_t next = at + BUFFER_SIZE;
    if (next < bytes) {
      good = ask_piece(cuda, (b + 1) % BUFFERS, (const char *)from + next, piece_of(bytes - next));
    }
    good = good && ok(cuda, cudaEventSynchronize(cuda->copied[b]), "downloading");
    if (good) {
      memcpy((char *)host + at, cuda->buffer[b], piece_of(bytes - at));
    }
  }
  if (!good) {
    memset(host, 0xff, bytes);
  }
}

static void cuda_zero(KrnDevice *device, void *memory, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  ok(cuda, cudaMemsetAsync(memory, 0, bytes, cuda->stream), "zeroing");
}

// ---- copies beside the work

static void *cuda_share(KrnDevice *device, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  const size_t size = bytes ? bytes : 1;
  void *memory = NULL;
  if (cuda->failed || cudaMallocHost(&memory, size) != cudaSuccess) {
    (void)cudaGetLastError();
    return NULL;
  }
  return memset(memory, 0, size);
}

static void cuda_unshare(KrnDevice *device, void *memory) {
  Cuda *cuda = (Cuda *)device;
  if (memory) {
    ok(cuda, cudaStreamSynchronize(cuda->stream), "freeing");
    cudaFreeHost(memory);
  }
}

static void cuda_send(KrnDevice *device, void *to, const void *shared, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  ok(cuda, cudaMemcpyAsync(to, shared, bytes, cudaMemcpyHostToDevice, cuda->stream), "sending");
}

static void cuda_fetch(KrnDevice *device, void *shared, const void *from, size_t bytes) {
  Cuda *cuda = (Cuda *)device;
  ok(cuda, cudaMemcpyAsync(shared, from, bytes, cudaMemcpyDeviceToHost, cuda->stream), "fetching");
}

static void cuda_mark(KrnDevice *device, KrnMark *mark) {
  Cuda *cuda = (Cuda *)device;
  cudaEvent_t event = mark->event;
  if (!event && ok(cuda, cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "waiting")) {
    mark->event = event;
  }
  if (event) {
    ok(cuda, cudaEventRecord(event, cuda->stream), "waiting");
  }
}

static void cuda_wait(KrnDevice *device, KrnMark *mark) {
  if (mark->event) {
    ok((Cuda *)device, cudaEventSynchronize(mark->event), "waiting");
  }
}

static void cuda_unmark(KrnDevice *device, KrnMark *mark) {
  (void)device;
  if (mark->event) {
    cudaEventDestroy(mark->event);
  }
  *mark = (KrnMark){0};
}

// ---- kernels of others

static void *cuda_queue(KrnDevice *device) {
  return ((Cuda *)device)->stream;
}

static void cuda_started(KrnDevice *device, const char *doing) {
  launched((Cuda *)device, doing);
}

// ---- work

static int cuda_workers(const KrnDevice *device) {
  (void)device;
  return 1;
}

static int cuda_tiles(const KrnDevice *device, int rows) {
  (void)device;
  return rows > 0;
}

static int cuda_tile_rows(const KrnDevice *device, int rows) {
  (void)device;
  return rows;
}

static void cuda_for_tiles(KrnDevice *device, int rows, KrnTileFn *fn, void *arg) {
  if (rows > 0) {
    fn(arg, &((Cuda *)device)->work, 0, 0, rows);
  }
}

static void cuda_forget(KrnDevice *device, KrnRecord *record) {
  (void)device;
  if (record->work) {
    cudaGraphExecDestroy(record->work);
  }
  *record = (KrnRecord){0};
}

// queues nothing, but writes down what fn would
static cudaGraphExec_t record_work(Cuda *cuda, void (*fn)(void *arg), void *arg) {
  cudaGraph_t graph = NULL;
  cudaGraphExec_t work = NULL;
  if (!ok(cuda, cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal),
          "recording")) {
    return NULL;
  }
  fn(arg);
  if (ok(cuda, cudaStreamEndCapture(cuda->stream, &graph), "recording")) {
    ok(cuda, cudaGraphInstantiateWithFlags(&work, graph, 0), "recording");
    cudaGraphDestroy(graph);
  }
  return work;
}

static bool finish_all(Cuda *cuda) {
  return ok(cuda, cudaStreamSynchronize(cuda->stream), "repeating");
}

static void start_recorded(Cuda *cuda, KrnRecord *record) {
  if (record->work) {
    ok(cuda, cudaGraphLaunch(record->work, cuda->stream), "repeating");
  }
}

static void keep_shortest(double *least, double start) {
  const double seconds = sim_time_wall() - start;
  *least = *least > 0 && *least < seconds ? *least : seconds;
}

// A plain run, then as many measured ones, then a recording, and as many measured starts of it.
static void measure(Cuda *cuda, KrnRecord *record, void (*fn)(void *arg), void *arg) {
  const int run = record->runs;
  finish_all(cuda);
  const double start = sim_time_wall();
  if (run <= TRIES) {
    fn(arg);
    if (run > 0 && finish_all(cuda)) {
      keep_shortest(&record->plain, start);
    }
    return;
  }
  if (!record->work) {
    record->work = record_work(cuda, fn, arg);
    start_recorded(cuda, record);
    return;
  }
  start_recorded(cuda, record);
  if (finish_all(cuda)) {
    keep_shortest(&record->recorded, start);
  }
  if (run == 2 * TRIES + 1) {
    sim_log(SIM_LOG_DEBUG, "the same work on the GPU: %.3g ms, recorded %.3g ms",
            1e3 * record->plain, 1e3 * record->recorded);
  }
}

// Whether a record is done with being measured: TRIES + 1 plain runs, as many recorded ones.
static bool measured(const KrnRecord *record) {
  return record->runs > 2 * TRIES + 1;
}

// The first run with a key is a plain one: cuBLAS may load code in it, which a recording does not
// allow, and a key that never comes back is not worth a recording.
static void cuda_repeat(KrnDevice *device, KrnRecord *record, uint64_t key, void (*fn)(void *arg),
                        void *arg) {
  Cuda *cuda = (Cuda *)device;
  assert(key != 0);
  if (record->key != key) {
    cuda_forget(device, record);
    record->key = key;
  }
  if (cuda->graphs == KRN_GRAPHS_MEASURED && !measured(record)) {
    measure(cuda, record, fn, arg);
  } else if (cuda->graphs == KRN_GRAPHS_NEVER || record->runs == 0 ||
             (cuda->graphs == KRN_GRAPHS_MEASURED && record->plain <= record->recorded)) {
    fn(arg);
  } else {
    record->work = record->work ? record->work : record_work(cuda, fn, arg);
    start_recorded(cuda, record);
  }
  record->runs += !measured(record);
}

// ---- networks

static Cuda *cuda_of(const KrnWork *work) {
  return (Cuda *)work->device;
}

// column-major c[n][m] = a b; the matrices of ops.h are row-major, hence their transposes
static void multiply(Cuda *cuda, float *c, const float *a, bool transpose_a, int lda,
                     const float *b, bool transpose_b, int ldb, int m, int n, int k) {
  const float one = 1, zero = 0;
  const cublasStatus_t status = cuda->blas.sgemm(
      cuda->handle, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
      transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &one, a, lda, b, ldb, &zero, c, m);
  // the CUDA error behind it says more, where there is one
  launched(cuda, "a product");
  if (status != CUBLAS_STATUS_SUCCESS) {
    ok(cuda, cudaErrorUnknown, "a product");
  }
}

// cuBLAS reads weights as they lie
static size_t cuda_packed(const KrnDevice *device, int outputs, int inputs) {
  (void)device;
  (void)outputs;
  (void)inputs;
  return 0;
}

static void cuda_pack(KrnDevice *device, float *packed, const float *weight, int outputs,
                      int inputs) {
  (void)device;
  (void)packed;
  (void)weight;
  (void)outputs;
  (void)inputs;
}

static void cuda_linear(KrnWork *work, float *y, const float *x, const float *weight,
                        const float *packed, const float *bias, KrnActivation activation, int rows,
                        int outputs, int inputs) {
  Cuda *cuda = cuda_of(work);
  (void)packed;
  multiply(cuda, y, weight, true, inputs, x, false, inputs, outputs, rows, inputs);
  krn_cuda_activate(cuda->stream, y, bias, activation, rows, outputs);
  launched(cuda, "a layer");
}

static void cuda_linear_norm(KrnWork *work, float *unit, float *spread, float *y, const float *x,
                             const float *weight, const float *packed, const float *bias,
                             const float *gain, const float *norm_bias, KrnActivation activation,
                             int rows, int outputs, int inputs) {
  Cuda *cuda = cuda_of(work);
  (void)packed;
  multiply(cuda, y, weight, true, inputs, x, false, inputs, outputs, rows, inputs);
  krn_cuda_activate_norm(cuda->stream, unit, spread, y, bias, gain, norm_bias, activation, rows,
                         outputs);
  launched(cuda, "a layer");
}

static void cuda_linear_back(KrnWork *work, float *dx, float *dweight, float *dbias, float *dy,
                             const float *x, const float *y, const float *weight,
                             const float *packed, KrnActivation activation, int rows, int outputs,
                             int inputs) {
  Cuda *cuda = cuda_of(work);
  (void)packed;
  assert(outputs <= KRN_CUDA_COLUMNS);
  krn_cuda_slopes(cuda->stream, &cuda->scratch, dbias, dy, y, activation, rows, outputs);
  launched(cuda, "the slopes of a layer");
  multiply(cuda, dweight, x, false, inputs, dy, true, outputs, inputs, outputs, rows);
  if (dx) {
    multiply(cuda, dx, weight, false, inputs, dy, false, outputs, inputs, rows, outputs);
  }
}

static void cuda_norm(KrnWork *work, float *y, float *spread, const float *x, const float *gain,
                      const float *bias, int rows, int columns) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_norm(cuda->stream, y, spread, x, gain, bias, rows, columns);
  launched(cuda, "a layer norm");
}

static void cuda_norm_back(KrnWork *work, float *dx, float *dgain, float *dbias, const float *dy,
                           const float *x, const float *spread, const float *gain, int rows,
                           int columns) {
  Cuda *cuda = cuda_of(work);
  assert(columns <= KRN_CUDA_COLUMNS);
  krn_cuda_norm_back(cuda->stream, &cuda->scratch, dx, dgain, dbias, dy, x, spread, gain, rows,
                     columns);
  launched(cuda, "the slopes of a layer norm");
}

static void cuda_gather(KrnWork *work, float *y, const float *x, int width, const int32_t *index,
                        const float *mean, const float *deviation, int rows, int columns) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_gather(cuda->stream, y, x, width, index, mean, deviation, rows, columns);
  launched(cuda, "gathering rows");
}

static void cuda_gather_bits(KrnWork *work, uint32_t *y, const uint32_t *x, const int32_t *index,
                             int rows, int columns) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_gather_bits(cuda->stream, y, x, index, rows, columns);
  launched(cuda, "gathering rows");
}

static void cuda_gaussian_draw(KrnWork *work, float *action, float *log_prob, const float *mean,
                               const float *log_std, const KrnDraw *draw, const int32_t *index,
                               int rows, int n) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_gaussian_draw(cuda->stream, action, log_prob, mean, log_std, draw, index, rows, n);
  launched(cuda, "drawing actions");
}

// ---- losses

static void cuda_gaussian_log_prob(KrnWork *work, float *log_prob, const float *mean,
                                   const float *log_std, const float *action, int rows, int n) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_gaussian_log_prob(cuda->stream, log_prob, mean, log_std, action, rows, n);
  launched(cuda, "log-probabilities");
}

static void cuda_gaussian_loss(KrnWork *work, float *dmean, float *dlog_std, double *sums,
                               const float *mean, const float *log_std, const float *action,
                               const float *old_log_prob, const float *advantage,
                               const KrnPolicyLoss *loss, int rows, int n) {
  Cuda *cuda = cuda_of(work);
  assert(n <= KRN_CUDA_OUTPUTS);
  krn_cuda_gaussian_loss(cuda->stream, &cuda->scratch, dmean, dlog_std, sums, mean, log_std, action,
                         old_log_prob, advantage, loss, rows, n);
  launched(cuda, "the policy loss");
}

static void cuda_gaussian_pull(KrnWork *work, float *dmean, float *dlog_std, const float *mean,
                               const float *log_std, const float *reference,
                               const float *reference_log_std, const float *weight, float scale,
                               int rows, int n) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_gaussian_pull(cuda->stream, dmean, dlog_std, mean, log_std, reference, reference_log_std,
                         weight, scale, rows, n);
  launched(cuda, "the divergence");
}

static void cuda_heads_loss(KrnWork *work, float *dlogits, double *sums, const float *logits,
                            const float *choice, const uint32_t *legal, const float *old_log_prob,
                            const float *advantage, const KrnPolicyLoss *loss,
                            const KrnHeads *heads, int rows) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_heads_loss(cuda->stream, &cuda->scratch, dlogits, sums, logits, choice, legal,
                      old_log_prob, advantage, loss, heads, rows);
  launched(cuda, "the policy loss");
}

static void cuda_value_loss(KrnWork *work, float *dvalue, double *sums, const float *value,
                            const float *wanted, float scale, int rows) {
  Cuda *cuda = cuda_of(work);
  krn_cuda_value_loss(cuda->stream, &cuda->scratch, dvalue, sums, value, wanted, scale, rows);
  launched(cuda, "the value loss");
}

// ---- a minibatch

static bool cuda_gradients(KrnDevice *device, const KrnGradients *call) {
  Cuda *cuda = (Cuda *)device;
  const bool done = krn_cuda_gradients(cuda->stream, &cuda->scratch, call);
  launched(cuda, "gradients");
  return done;
}

// ---- between tiles

static void cuda_group(KrnDevice *device, int32_t *order, const int32_t *key, int rows, int banks) {
  Cuda *cuda = (Cuda *)device;
  assert(banks <= KRN_BANKS_MAX);
  krn_cuda_group(cuda->stream, order, key, rows, banks);
  launched(cuda, "grouping rows");
}

static void cuda_gae(KrnDevice *device, float *advantage, float *wanted, const float *reward,
                     const float *value, const uint8_t *ended, const float *rest, float discount,
                     float trace, int steps, int worlds) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_gae(cuda->stream, advantage, wanted, reward, value, ended, rest, discount, trace, steps,
               worlds);
  launched(cuda, "advantages");
}

static void cuda_pick(KrnDevice *device, float *y, const float *x, const int32_t *index, size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_pick(cuda->stream, y, x, index, n);
  launched(cuda, "picking values");
}

static void cuda_moments(KrnDevice *device, double *out, const float *x, const float *minus,
                         size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_moments(cuda->stream, &cuda->scratch, out, x, minus, n);
  launched(cuda, "moments");
}

static void cuda_standardise(KrnDevice *device, float *x, const double *moments, double limit,
                             size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_standardise(cuda->stream, x, moments, limit, n);
  launched(cuda, "scaling");
}

static void cuda_first_bad(KrnDevice *device, int32_t *row, const float *x, size_t rows,
                           int columns) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_first_bad(cuda->stream, &cuda->scratch, row, x, rows, columns);
  launched(cuda, "guarding");
}

static void cuda_affine(KrnDevice *device, float *y, const float *x, float factor, float shift,
                        size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_affine(cuda->stream, y, x, factor, shift, n);
  launched(cuda, "scaling");
}

static void cuda_add_tiles(KrnDevice *device, float *sum, const float *part, int tiles, size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_add_tiles(cuda->stream, sum, part, tiles, n);
  launched(cuda, "adding gradients");
}

static void cuda_clip_norm(KrnDevice *device, float *scale, float *norm_was, const float *gradient,
                           size_t n, float norm) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_clip_norm(cuda->stream, &cuda->scratch, scale, norm_was, gradient, n, norm);
  launched(cuda, "clipping a gradient");
}

static void cuda_adam(KrnDevice *device, float *weight, float *mean, float *square,
                      const float *gradient, const float *scale, const KrnAdam *adam, size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_adam(cuda->stream, weight, mean, square, gradient, scale, adam, n);
  launched(cuda, "a step of Adam");
}

static void cuda_clamp(KrnDevice *device, float *x, float low, float high, size_t n) {
  Cuda *cuda = (Cuda *)device;
  krn_cuda_clamp(cuda->stream, x, low, high, n);
  launched(cuda, "clamping");
}

static const KrnOps CUDA_OPS = {
    .name = "cuda",
    .beside = true,
    .describe = cuda_describe,
    .destroy = cuda_destroy,
    .alloc = cuda_alloc,
    .release = cuda_release,
    .upload = cuda_upload,
    .download = cuda_download,
    .zero = cuda_zero,
    .status = cuda_status,
    .share = cuda_share,
    .unshare = cuda_unshare,
    .send = cuda_send,
    .fetch = cuda_fetch,
    .mark = cuda_mark,
    .wait = cuda_wait,
    .unmark = cuda_unmark,
    .queue = cuda_queue,
    .started = cuda_started,
    .workers = cuda_workers,
    .tiles = cuda_tiles,
    .tile_rows = cuda_tile_rows,
    .for_tiles = cuda_for_tiles,
    .repeat = cuda_repeat,
    .forget = cuda_forget,
    .packed = cuda_packed,
    .pack = cuda_pack,
    .linear = cuda_linear,
    .linear_norm = cuda_linear_norm,
    .linear_back = cuda_linear_back,
    .norm = cuda_norm,
    .norm_back = cuda_norm_back,
    .gather = cuda_gather,
    .gather_bits = cuda_gather_bits,
    .gaussian_draw = cuda_gaussian_draw,
    .gaussian_log_prob = cuda_gaussian_log_prob,
    .gaussian_loss = cuda_gaussian_loss,
    .gaussian_pull = cuda_gaussian_pull,
    .heads_loss = cuda_heads_loss,
    .value_loss = cuda_value_loss,
    .gradients = cuda_gradients,
    .group = cuda_group,
    .gae = cuda_gae,
    .pick = cuda_pick,
    .moments = cuda_moments,
    .standardise = cuda_standardise,
    .first_bad = cuda_first_bad,
    .affine = cuda_affine,
    .add_tiles = cuda_add_tiles,
    .clip_norm = cuda_clip_norm,
    .adam = cuda_adam,
    .clamp = cuda_clamp,
};

KrnDevice *krn_cuda_create(KrnGraphs graphs, SimError *err) {
  Cuda *cuda = calloc(1, sizeof *cuda);
  if (!cuda) {
    sim_error(err, SIM_FAIL, "no memory for a GPU");
    return NULL;
  }
  cuda->device.ops = &CUDA_OPS;
  cuda->work.device = &cuda->device;
  cuda->graphs = graphs;
  if (!find_gpu(cuda, err) || !make_buffers(cuda, err) || !try_kernel(cuda, err) ||
      !open_blas(cuda, err)) {
    cuda_destroy(&cuda->device);
    return NULL;
  }
  return &cuda->device;
}
