// How the kernels of kernels/cuda run on a processor: a launch is a loop over blocks, a phase one
// over threads.
#ifndef TESTS_CUDA_SHIM_CUDA_STAND_IN_H_
#define TESTS_CUDA_SHIM_CUDA_STAND_IN_H_

#include "tests/cuda_shim/cuda_shim.h"

#define __global__
#define __device__
#define __shared__

static inline int cuda_shim_thread(int k) {
  return cuda_shim_backwards ? (int)blockDim.x - 1 - k : k;
}

#define KRN_START(t)                                                                               \
  for (int k_##t = 0, t = cuda_shim_thread(0); k_##t < (int)blockDim.x;                            \
       k_##t++, t = cuda_shim_thread(k_##t))
#define KRN_PHASE(t) KRN_START(t)

template <class Body> struct CudaShimLaunch {
  unsigned blocks, threads;
  Body body;

  static void run(void *data) {
    CudaShimLaunch *launch = static_cast<CudaShimLaunch *>(data);
    blockDim.x = launch->threads;
    for (unsigned b = 0; b < launch->blocks; b++) {
      blockIdx.x = cuda_shim_backwards ? launch->blocks - 1 - b : b;
      launch->body();
    }
  }
};

template <class T> struct CudaShimSame { typedef T type; };

// the arguments are copied when a kernel is started, as CUDA does
template <class... Types>
static void cuda_shim_launch(cudaStream_t stream, int blocks, int threads, void (*kernel)(Types...),
                             typename CudaShimSame<Types>::type... arguments) {
  if (cuda_shim_may_launch((unsigned)blocks, (unsigned)threads)) {
    const auto body = [=]() { kernel(arguments...); };
    typedef decltype(body) Body;
    const CudaShimLaunch<Body> launch = {(unsigned)blocks, (unsigned)threads, body};
    cuda_shim_push(stream, &CudaShimLaunch<Body>::run, &launch, sizeof launch);
  }
}

#define KRN_LAUNCH(kernel, blocks, threads, stream, ...)                                           \
  cuda_shim_launch(stream, blocks, threads, kernel, __VA_ARGS__)

#endif  // TESTS_CUDA_SHIM_CUDA_STAND_IN_H_
