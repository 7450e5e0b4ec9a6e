// Random numbers without state: Philox 4x32-10 (Random123; Salmon et al., SC 2011) keyed by the
// seed, counted by (world, step, purpose, block). The same numbers at any thread count, on any
// device, after any resume. A SimRng is a cursor made on the spot and thrown away.
#ifndef SIM_BASE_RNG_H_
#define SIM_BASE_RNG_H_

#include <Random123/philox.h>
#include <assert.h>
#include <stdint.h>

#include "sim/base/hd.h"

// What a number is drawn for; never reuse a value, append only (logs and checkpoints depend on it).
typedef enum SimPurpose {
  SIM_RNG_SERVER,        // who serves
  SIM_RNG_START,         // start state of a rally
  SIM_RNG_SERVE_TARGET,  // target of the serve where nobody chooses it
  SIM_RNG_STRATEGY,      // decisions of a strategy; + team (2 values)
  SIM_RNG_STRATEGY_FAR,
  SIM_RNG_SKILL,  // sampled skill actions; + drone (6 values)
  SIM_RNG_SKILL_LAST = SIM_RNG_SKILL + 5,
  SIM_RNG_MIXTURE,  // which strategy of a mixture plays this rally; + team
  SIM_RNG_MIXTURE_FAR,
  SIM_RNG_INIT,        // initial weights
  SIM_RNG_SHUFFLE,     // minibatch order
  SIM_RNG_TASK,        // resets of training tasks
  SIM_RNG_TEST,        // tests and benchmarks
  SIM_RNG_TASK_CLOCK,  // staggered clocks of the first episodes
  SIM_RNG_RIVAL,       // whom a learning strategy meets in a rally, and on which side
  SIM_RNG_REFLECT,     // which samples are learnt from in the mirror
  SIM_RNG_FLAT_START,  // how a rally in which flat policies learn begins
  SIM_RNG_HANDICAP,    // whether a rival plays a rally with a handicap
  SIM_RNG_GROWTH,      // noise of copied options when a strategy grows
  SIM_RNG_WILD,        // where a strategy that digs wildly sends the ball; + team
  SIM_RNG_WILD_FAR,
  SIM_RNG_PLANT,  // physical numbers of a rally, where its world gives ranges
  SIM_RNG_NOISE,  // of what policies see; + drone, the ball last (7 values)
  SIM_RNG_NOISE_LAST = SIM_RNG_NOISE + 6,
} SimPurpose;

typedef struct SimRng {
  uint64_t seed;
  uint32_t world, step, purpose, block;  // block: next counter
  uint32_t word[4];
  int left;  // unused words
} SimRng;

SIM_HD SimRng sim_rng(uint64_t seed, uint32_t world, uint32_t step, uint32_t purpose) {
  SimRng rng;
  rng.seed = seed;
  rng.world = world;
  rng.step = step;
  rng.purpose = purpose;
  rng.block = 0;
  rng.left = 0;
  for (int i = 0; i < 4; i++) {
    rng.word[i] = 0;
  }
  return rng;
}

SIM_HD uint32_t sim_rng_u32(SimRng *rng) {
  if (rng->left == 0) {
    philox4x32_ctr_t counter = {{rng->world, rng->step, rng->purpose, rng->block++}};
    philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
    philox4x32_ctr_t words = philox4x32_R(10, counter, key);
    for (int i = 0; i < 4; i++) {
      rng->word[i] = words.v[i];
    }
    rng->left = 4;
  }
  return rng->word[4 - rng->left--];
}

// In [low, high), 32 random bits.
SIM_HD double sim_rng_uniform(SimRng *rng, double low, double high) {
  assert(low <= high);
  const double value = low + (high - low) * (sim_rng_u32(rng) * (1.0 / 4294967296.0));
  // a narrow interval far from zero may round up to its end
  return value < high ? value : low;
}

// Uniform in 0..n-1, n >= 1, without bias. Lemire 2019: the high word of u32 * n, where the few low
// words that would count twice are drawn again
SIM_HD uint32_t sim_rng_below(SimRng *rng, uint32_t n) {
  assert(n >= 1);
  uint64_t product = (uint64_t)sim_rng_u32(rng) * n;
  if ((uint32_t)product < n) {
    const uint32_t excess = (0u - n) % n;
    while ((uint32_t)product < excess) {
      product = (uint64_t)sim_rng_u32(rng) * n;
    }
  }
  return (uint32_t)(product >> 32);
}

// Standard normal (Box-Muller, both halves of a pair used by sim_rng_normals).
void sim_rng_normals(SimRng *rng, float *out, int n);

#endif  // SIM_BASE_RNG_H_
