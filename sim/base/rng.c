// A cursor over the Philox stream: key = seed, counter = (world, step, purpose, block), four words
// a block. Every draw is a pure function of these numbers and of how many words were taken before.
#include "sim/base/rng.h"

#include <Random123/philox.h>
#include <assert.h>
#include <math.h>

static void refill(SimRng *rng) {
  philox4x32_ctr_t counter = {{rng->world, rng->step, rng->purpose, rng->block++}};
  philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
  philox4x32_ctr_t words = philox4x32_R(10, counter, key);
  for (int i = 0; i < 4; i++) {
    rng->word[i] = words.v[i];
  }
  rng->left = 4;
}

SimRng sim_rng(uint64_t seed, uint32_t world, uint32_t step, uint32_t purpose) {
  return (SimRng){.seed = seed, .world = world, .step = step, .purpose = purpose};
}

uint32_t sim_rng_u32(SimRng *rng) {
  if (rng->left == 0) {
    refill(rng);
  }
  return rng->word[4 - rng->left--];
}

double sim_rng_uniform(SimRng *rng, double low, double high) {
  assert(low <= high);
  double value = low + (high - low) * (sim_rng_u32(rng) * 0x1p-32);
  // a narrow interval far from zero may round up to its end
  return value < high ? value : low;
}

void sim_rng_normals(SimRng *rng, float *out, int n) {
  for (int i = 0; i < n; i += 2) {
    // half a step off zero, so that the logarithm is finite
    double u = (sim_rng_u32(rng) + 0.5) * 0x1p-32;
    double angle = sim_rng_u32(rng) * (2 * 3.14159265358979323846 * 0x1p-32);
    double radius = sqrt(-2 * log(u));
    out[i] = (float)(radius * cos(angle));
    if (i + 1 < n) {
      out[i + 1] = (float)(radius * sin(angle));
    }
  }
}

uint32_t sim_rng_below(SimRng *rng, uint32_t n) {
  assert(n >= 1);
  // Lemire 2019: the high word of u32 * n, where the few low words that would count twice are drawn
  // again
  uint64_t product = (uint64_t)sim_rng_u32(rng) * n;
  if ((uint32_t)product < n) {
    uint32_t excess = (0u - n) % n;
    while ((uint32_t)product < excess) {
      product = (uint64_t)sim_rng_u32(rng) * n;
    }
  }
  return (uint32_t)(product >> 32);
}
