// The processor and CUDA side by side: the same arrays on both, and how far their results differ.
// Everything that fails fails the test.
#ifndef TESTS_SUPPORT_DEVICE_PAIR_H_
#define TESTS_SUPPORT_DEVICE_PAIR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/ops.h"

enum { CPU, CUDA, SIDES, ARRAYS_MAX = 24 };

typedef struct Array {
  void *memory[SIDES];
  float *host;  // what was uploaded
  size_t bytes;
} Array;

typedef struct Pair {
  KrnDevice *device[SIDES];
  KrnWork work[SIDES];
  Array array[ARRAYS_MAX];
  int arrays;
} Pair;

#define float_of(array, side) ((float *)(array)->memory[side])

// Whether there is no such device; a line of the test's output then says why.
bool skip_without_cuda(void);
KrnDevice *open_cuda(KrnGraphs graphs);
Pair open_pair(void);
void close_pair(Pair *p);
// The arrays are freed, the devices stay open.
void free_arrays(Pair *p);

// n normal numbers of that deviation, malloc'ed; another stream of them for each `which`.
float *normals(size_t n, uint32_t which, float scale);
// Memory on both devices with the bytes of host, which becomes the array's; NULL: not written to.
Array *put_array(Pair *p, float *host, size_t bytes);
Array *put_normals(Pair *p, size_t n, uint32_t which, float scale);
Array *put_zeros(Pair *p, size_t n);
// Whole numbers below limit, of 32 bits.
Array *put_below(Pair *p, size_t n, uint32_t which, uint32_t limit);

// What is there now, malloc'ed.
float *read_side(const Pair *p, const Array *a, int side);
// Largest difference, over the largest number of the processor's result.
double error_of(const Pair *p, const Array *a);
// The same of an array of double sums [KRN_SUMS], over 1 + the processor's.
double sums_error(const Pair *p, const Array *a);

#endif  // TESTS_SUPPORT_DEVICE_PAIR_H_
