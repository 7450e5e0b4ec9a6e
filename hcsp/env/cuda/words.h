// Worlds in the memory of a GPU: word k (of 64 bits) of world e lies at word[k * n + e], so that
// neighbouring threads read neighbouring words.
#ifndef HCSP_ENV_CUDA_WORDS_H_
#define HCSP_ENV_CUDA_WORDS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/cuda/launch.h"

// SIZE bytes of world e from its byte `at` on
template <size_t SIZE>
static __device__ void get_words(void *to, const uint64_t *word, int n, int e, size_t at) {
  static_assert(SIZE % sizeof(uint64_t) == 0, "whole words");
  for (size_t k = 0; k < SIZE / sizeof(uint64_t); k++) {
    const uint64_t x = word[(at / sizeof(uint64_t) + k) * (size_t)n + (size_t)e];
    memcpy((char *)to + k * sizeof x, &x, sizeof x);
  }
}

template <size_t SIZE>
static __device__ void put_words(uint64_t *word, int n, int e, size_t at, const void *from) {
  static_assert(SIZE % sizeof(uint64_t) == 0, "whole words");
  for (size_t k = 0; k < SIZE / sizeof(uint64_t); k++) {
    uint64_t x;
    memcpy(&x, (const char *)from + k * sizeof x, sizeof x);
    word[(at / sizeof(uint64_t) + k) * (size_t)n + (size_t)e] = x;
  }
}

// A field of *world from and to world e of env, where AT(field) is its offset.
#define GET(field) get_words<sizeof world->field>(&world->field, env.word, env.n, e, AT(field))
#define PUT(field) put_words<sizeof world->field>(env.word, env.n, e, AT(field), &world->field)

#endif  // HCSP_ENV_CUDA_WORDS_H_
