#include "tests/support/device_pair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng.h"
#include "tests/support/check.h"

bool skip_without_cuda(void) {
  SimError err = {0};
  KrnDevice *device = krn_cuda_create(KRN_GRAPHS_NEVER, &err);
  if (!device) {
    printf("skipped: %s\n", err.text);
  }
  krn_device_destroy(device);
  return !device;
}

KrnDevice *open_cuda(KrnGraphs graphs) {
  SimError err = {0};
  KrnDevice *device = krn_cuda_create(graphs, &err);
  if (!device) {
    print_error("%s\n", err.text);
  }
  assert_non_null(device);
  return device;
}

Pair open_pair(void) {
  SimError err;
  Pair p = {.device = {krn_cpu_create(1, &err), open_cuda(KRN_GRAPHS_NEVER)}};
  for (int side = 0; side < SIDES; side++) {
    p.work[side].device = p.device[side];
  }
  return p;
}

void free_arrays(Pair *p) {
  for (int i = 0; i < p->arrays; i++) {
    for (int side = 0; side < SIDES; side++) {
      p->device[side]->ops->release(p->device[side], p->array[i].memory[side]);
    }
    free(p->array[i].host);
  }
  p->arrays = 0;
}

void close_pair(Pair *p) {
  free_arrays(p);
  for (int side = 0; side < SIDES; side++) {
    krn_device_destroy(p->device[side]);
  }
}

Array *put_array(Pair *p, float *host, size_t bytes) {
  assert_true(p->arrays < ARRAYS_MAX);
  Array *a = &p->array[p->arrays++];
  *a = (Array){.host = host, .bytes = bytes};
  for (int side = 0; side < SIDES; side++) {
    KrnDevice *d = p->device[side];
    a->memory[side] = d->ops->alloc(d, bytes);
    assert_non_null(a->memory[side]);
    if (host) {
      d->ops->upload(d, a->memory[side], host, bytes);
    }
  }
  return a;
}

float *normals(size_t n, uint32_t which, float scale) {
  float *x = malloc(n * sizeof *x);
  SimRng rng = sim_rng(17, which, 0, SIM_RNG_TEST);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    float pair[2];
    sim_rng_normals(&rng, pair, 2);
    x[i] = scale * pair[0];
  }
  return x;
}

Array *put_normals(Pair *p, size_t n, uint32_t which, float scale) {
  return put_array(p, normals(n, which, scale), n * sizeof(float));
}

Array *put_zeros(Pair *p, size_t n) {
  return put_array(p, NULL, n * sizeof(float));
}

Array *put_below(Pair *p, size_t n, uint32_t which, uint32_t limit) {
  uint32_t *x = malloc(n * sizeof *x);
  SimRng rng = sim_rng(18, which, 0, SIM_RNG_TEST);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    x[i] = sim_rng_below(&rng, limit);
  }
  return put_array(p, (float *)x, n * sizeof *x);
}

float *read_side(const Pair *p, const Array *a, int side) {
  float *x = malloc(a->bytes);
  assert_non_null(x);
  p->device[side]->ops->download(p->device[side], x, a->memory[side], a->bytes);
  return x;
}

double error_of(const Pair *p, const Array *a) {
  float *cpu = read_side(p, a, CPU), *cuda = read_side(p, a, CUDA);
  double largest = 1e-30, error = 0;
  for (size_t i = 0; i < a->bytes / sizeof *cpu; i++) {
    assert_true(isfinite(cpu[i]) && isfinite(cuda[i]));
    largest = fmax(largest, fabs((double)cpu[i]));
    error = fmax(error, fabs((double)cpu[i] - (double)cuda[i]));
  }
  free(cpu);
  free(cuda);
  return error / largest;
}

double sums_error(const Pair *p, const Array *a) {
  double sums[SIDES][KRN_SUMS], error = 0;
  for (int side = 0; side < SIDES; side++) {
    p->device[side]->ops->download(p->device[side], sums[side], a->memory[side], sizeof sums[side]);
  }
  for (int s = 0; s < KRN_SUMS; s++) {
    error = fmax(error, fabs(sums[CPU][s] - sums[CUDA][s]) / (1 + fabs(sums[CPU][s])));
  }
  return error;
}
