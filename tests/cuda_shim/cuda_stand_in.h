// How the kernels of kernels/cuda run on a processor: a launch is a loop over blocks, a phase one
// over threads, in whatever order the tests ask for. Tables of shared memory watch who touches
// what: two threads of a block at one word between barriers, of which one writes, a word that is
// read before anybody wrote it, and a place outside end the program with one sentence.
#ifndef TESTS_CUDA_SHIM_CUDA_STAND_IN_H_
#define TESTS_CUDA_SHIM_CUDA_STAND_IN_H_

#include "tests/cuda_shim/cuda_shim.h"

#define __global__
#define __device__

#define KRN_START(t)                                                                               \
  for (int k_##t = 0, t = cuda_shim_thread(0); k_##t < (int)blockDim.x;                            \
       k_##t++, t = cuda_shim_thread(k_##t))
#define KRN_PHASE(t)                                                                               \
  cuda_shim_barrier();                                                                             \
  KRN_START(t)

template <class T, int ROWS, int COLUMNS> class CudaShimTable {
  struct Word {
    T value;
    // phases, 0: never; a reader of -1: several
    long written, seen;
    int writer, reader;
  };
  Word word[ROWS][COLUMNS];

  class Reference {
    Word *w;

    T look() const {
      if (w->written == 0) {
        cuda_shim_fault("is read before it was written", cuda_shim_turn, -1);
      }
      if (w->written == cuda_shim_phase && w->writer != cuda_shim_turn) {
        cuda_shim_fault("is written and read by two threads without a barrier", w->writer,
                        cuda_shim_turn);
      }
      w->reader = w->seen == cuda_shim_phase && w->reader != cuda_shim_turn ? -1 : cuda_shim_turn;
      w->seen = cuda_shim_phase;
      return w->value;
    }

    void put(T value) {
      if (w->written == cuda_shim_phase && w->writer != cuda_shim_turn) {
        cuda_shim_fault("is written by two threads without a barrier", w->writer, cuda_shim_turn);
      }
      if (w->seen == cuda_shim_phase && w->reader != cuda_shim_turn) {
        cuda_shim_fault("is read and written by two threads without a barrier", w->reader,
                        cuda_shim_turn);
      }
      w->writer = cuda_shim_turn;
      w->written = cuda_shim_phase;
      w->value = value;
    }

  public:
    explicit Reference(Word *of) : w(of) {}
    Reference(const Reference &from) = default;
    operator T() const { return look(); }
    Reference &operator=(T value) {
      put(value);
      return *this;
    }
    Reference &operator=(const Reference &from) {
      put(from.look());
      return *this;
    }
    Reference &operator+=(T value) {
      put(look() + value);
      return *this;
    }
    T operator++(int) {
      const T was = look();
      put(was + 1);
      return was;
    }
  };

  class Row {
    Word *word;

  public:
    explicit Row(Word *of) : word(of) {}
    Reference operator[](int column) {
      if (column < 0 || column >= COLUMNS) {
        cuda_shim_fault("lies beside its table", cuda_shim_turn, -1);
      }
      return Reference(&word[column]);
    }
  };

public:
  CudaShimTable() : word() {}
  Row operator[](int row) {
    if (row < 0 || row >= ROWS) {
      cuda_shim_fault("lies beside its table", cuda_shim_turn, -1);
    }
    return Row(word[row]);
  }

  // a column for a function that walks down it, which reads and writes what is there
  T *column(int t) {
    for (int row = 0; row < ROWS; row++) {
      if (word[row][t].written > 0) {
        (*this)[row][t] += 0;
      }
    }
    return &word[0][t].value;
  }
  static int stride() { return (int)(COLUMNS * sizeof(Word) / sizeof(T)); }
};

#define KRN_SHARED(type, name, rows, columns) CudaShimTable<type, rows, columns> name
#define KRN_COLUMN(name, t) (name).column(t)
#define KRN_STRIDE(name) (name).stride()

template <class Body> struct CudaShimLaunch {
  unsigned blocks, threads;
  Body body;

  static void run(void *data) {
    CudaShimLaunch *launch = static_cast<CudaShimLaunch *>(data);
    blockDim.x = launch->threads;
    for (unsigned b = 0; b < launch->blocks; b++) {
      blockIdx.x = cuda_shim_block(b, launch->blocks);
      cuda_shim_barrier();
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
