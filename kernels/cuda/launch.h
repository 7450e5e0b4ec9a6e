// How kernels are written and started.
//
// A kernel is a row of phases over the threads of a block: KRN_START(t) { ... } and then any number
// of KRN_PHASE(t) { ... }, between which all threads of the block wait for each other. What a
// later phase needs from an earlier one stands in tables of shared memory, KRN_SHARED(type, name,
// rows, columns), as a thread keeps no variables from one to the next; KRN_COLUMN(name, t) is where
// column t of one begins and KRN_STRIDE(name) how far apart its numbers are, for functions that
// walk down it. Phases stand where all threads of a
// block come by alike. Written like that, the same kernel runs on a GPU and, for the tests, on a
// processor as a loop over blocks, phases and threads, which watches who touches what.
#ifndef KERNELS_CUDA_LAUNCH_H_
#define KERNELS_CUDA_LAUNCH_H_

#ifdef __CUDACC__

#define KRN_START(t) for (int t = (int)threadIdx.x, once = 1; once; once = 0)
#define KRN_PHASE(t)                                                                               \
  __syncthreads();                                                                                 \
  KRN_START(t)
#define KRN_SHARED(type, name, rows, columns) __shared__ type name[rows][columns]
#define KRN_COLUMN(name, t) (&(name)[0][t])
#define KRN_STRIDE(name) ((int)(sizeof((name)[0]) / sizeof((name)[0][0])))
#define KRN_LAUNCH(kernel, blocks, threads, stream, ...)                                           \
  kernel<<<(unsigned)(blocks), (unsigned)(threads), 0, (stream)>>>(__VA_ARGS__)

#else

#include <cuda_stand_in.h>  // of the tests; defines all of them

#endif

#endif  // KERNELS_CUDA_LAUNCH_H_
