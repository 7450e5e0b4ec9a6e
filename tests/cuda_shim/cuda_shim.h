// What tests ask of the stand-ins, and what they count. Switches are environment variables, read
// whenever a program looks for devices:
//   CUDA_SHIM_DRIVER=none|old|nodevice|busy|nocode   what cudaGetDeviceCount and its kin find
//   CUDA_SHIM_MEMORY=BYTES                  memory of the device, default 1 GiB
//   CUDA_SHIM_LOSE=N                        the device is lost in the N-th job
//   CUDA_SHIM_ORDER=backwards|warps|shuffled   blocks and threads run from the last to the first;
//                                           warps of 32 in any order; blocks and threads in any
//                                           order
#ifndef TESTS_CUDA_SHIM_CUDA_SHIM_H_
#define TESTS_CUDA_SHIM_CUDA_SHIM_H_

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CudaShimCounts {
  long launches;            // of kernels, but for those of graphs
  long graphs;              // graphs started
  long instantiated;        // graphs made
  long waits;               // waits that had something to wait for
  long uploads, downloads;  // copies that were done, those of graphs, too
  long allocations;         // of memory of the device, still there
} CudaShimCounts;
CudaShimCounts cuda_shim_counts(void);

// ---- between the headers and shim.c

typedef struct CudaShimIndex {
  unsigned x;
} CudaShimIndex;
extern CudaShimIndex blockIdx, blockDim;
// the thread whose turn it is, and the phase: counted over all blocks, from 1 on
extern int cuda_shim_turn;
extern long cuda_shim_phase;
// The k-th thread of a phase, k < blockDim.x, and the b-th block of a kernel; the thread has its
// turn from here on. Nobody asks for thread blockDim.x.
int cuda_shim_thread(int k);
unsigned cuda_shim_block(unsigned b, unsigned blocks);
// All threads of the block have come this far.
void cuda_shim_barrier(void);
// Ends the program: what a word of shared memory has met, and the threads (or -1).
void cuda_shim_fault(const char *what, int thread, int other) __attribute__((noreturn));

typedef struct CUstream_st *CudaShimStream;
// Queues run(data); size bytes of data are copied.
void cuda_shim_push(CudaShimStream stream, void (*run)(void *data), const void *data, size_t size);
// Whether a kernel may start with these sizes; else the next cudaGetLastError tells.
bool cuda_shim_may_launch(unsigned blocks, unsigned threads);

// Runs a kernel with one fault of a kind, 0 being none (faulty_kernels.cpp); false: no such kind.
bool cuda_shim_run_faulty(int kind);

#ifdef __cplusplus
}
#endif

#endif  // TESTS_CUDA_SHIM_CUDA_SHIM_H_
