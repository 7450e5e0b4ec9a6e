// Random numbers: known answers of Random123, distributions, and independence of any order.
#include "sim/base/rng.h"

#include <math.h>
#include <string.h>

#include "tests/support/check.h"

// first block of philox4x32-10 from the known-answer file of Random123; key and counter are spread
// over seed (key), world, step, purpose and block
static void known_answers(void **state) {
  (void)state;
  static const struct {
    uint64_t seed;
    uint32_t counter[4], words[4];
  } cases[] = {
      {0, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {UINT64_MAX,
       {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x299f31d0a4093822,
       {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (int i = 0; i < 3; i++) {
    SimRng rng =
        sim_rng(cases[i].seed, cases[i].counter[0], cases[i].counter[1], cases[i].counter[2]);
    rng.block = cases[i].counter[3];
    for (int k = 0; k < 4; k++) {
      assert_int_equal(sim_rng_u32(&rng), cases[i].words[k]);
    }
  }
}

static void blocks_follow_each_other(void **state) {
  (void)state;
  SimRng all = sim_rng(5, 6, 7, SIM_RNG_TEST);
  for (uint32_t block = 0; block < 10; block++) {
    SimRng one = sim_rng(5, 6, 7, SIM_RNG_TEST);
    one.block = block;
    for (int k = 0; k < 4; k++) {
      assert_int_equal(sim_rng_u32(&all), sim_rng_u32(&one));
    }
  }
}

// each number depends on its own coordinates only, whatever was drawn before and elsewhere
static void order_does_not_matter(void **state) {
  (void)state;
  enum { WORLDS = 50, STEPS = 20 };
  uint32_t forward[WORLDS][STEPS];
  for (uint32_t w = 0; w < WORLDS; w++) {
    for (uint32_t s = 0; s < STEPS; s++) {
      SimRng rng = sim_rng(99, w, s, SIM_RNG_TEST);
      sim_rng_u32(&rng);
      forward[w][s] = sim_rng_u32(&rng);
    }
  }
  for (uint32_t s = STEPS; s-- > 0;) {
    for (uint32_t w = WORLDS; w-- > 0;) {
      SimRng other = sim_rng(99, w, s, SIM_RNG_TASK), rng = sim_rng(99, w, s, SIM_RNG_TEST);
      sim_rng_u32(&rng);
      uint32_t elsewhere = sim_rng_u32(&other);
      uint32_t here = sim_rng_u32(&rng);
      assert_int_equal(here, forward[w][s]);
      assert_int_not_equal(here, elsewhere);
    }
  }
}

// mean and correlation of the first numbers of neighbouring streams, along each coordinate
static void neighbours_are_independent(void **state) {
  (void)state;
  enum { N = 20000 };
  for (int coordinate = 0; coordinate < 4; coordinate++) {
    double sum = 0, product = 0, before = 0;
    for (uint32_t i = 0; i < N; i++) {
      uint32_t at[4] = {1, 1, 1, 1};
      at[coordinate] = i;
      SimRng rng = sim_rng(at[0], at[1], at[2], at[3]);
      double u = sim_rng_uniform(&rng, -1, 1);
      sum += u;
      product += u * before;
      before = u;
    }
    // standard deviations 0.577 and 0.333 over sqrt(N): 5 sigma
    assert_near(sum / N, 0, 0.0204);
    assert_near(product / N, 0, 0.0118);
  }
}

static void uniform_fills_its_interval(void **state) {
  (void)state;
  enum { N = 160000, BINS = 16 };
  int bin[BINS] = {0};
  SimRng rng = sim_rng(1, 2, 3, SIM_RNG_TEST);
  for (int i = 0; i < N; i++) {
    double u = sim_rng_uniform(&rng, -2, 6);
    assert_true(u >= -2 && u < 6);
    bin[(int)((u + 2) * (BINS / 8.0))]++;
  }
  double chi2 = 0;
  for (int i = 0; i < BINS; i++) {
    double d = bin[i] - (double)N / BINS;
    chi2 += d * d / ((double)N / BINS);
  }
  // 15 degrees of freedom: 1e-4 quantile 44.3
  assert_true(chi2 < 44.3 && chi2 > 2);
}

static void uniform_never_reaches_its_end(void **state) {
  (void)state;
  double high = nextafter(1e9, 2e9);
  SimRng rng = sim_rng(1, 2, 4, SIM_RNG_TEST);
  for (int i = 0; i < 1000; i++) {
    double u = sim_rng_uniform(&rng, 1e9, high);
    assert_true(u >= 1e9 && u < high);
  }
  assert_near(sim_rng_uniform(&rng, 3, 3), 3, 0);
}

static void normals_have_their_moments(void **state) {
  (void)state;
  enum { N = 200000 };
  static float x[N];
  SimRng rng = sim_rng(4, 5, 6, SIM_RNG_TEST);
  sim_rng_normals(&rng, x, N);
  double m[5] = {0}, pairs = 0;
  int beyond = 0;
  for (int i = 0; i < N; i++) {
    double v = (double)x[i], power = 1;
    assert_true(isfinite(v));
    for (int k = 0; k < 5; k++, power *= v) {
      m[k] += power / N;
    }
    beyond += fabs(v) > 1.959964;
    pairs += i % 2 ? v * (double)x[i - 1] / (N / 2) : 0;
  }
  // 5 sigma each
  assert_near(m[1], 0, 0.0112);
  assert_near(m[2], 1, 0.0158);
  assert_near(m[3], 0, 0.0433);
  assert_near(m[4], 3, 0.110);
  assert_near(pairs, 0, 0.0158);
  assert_near((double)beyond / N, 0.05, 0.00244);
}

static void odd_count_of_normals(void **state) {
  (void)state;
  float five[6] = {0, 0, 0, 0, 0, 42}, six[6];
  SimRng a = sim_rng(4, 5, 7, SIM_RNG_TEST), b = a;
  sim_rng_normals(&a, five, 5);
  sim_rng_normals(&b, six, 6);
  assert_memory_equal(five, six, 5 * sizeof five[0]);
  assert_near((double)five[5], 42, 0);
  assert_int_equal(sim_rng_u32(&a), sim_rng_u32(&b));
}

static void below_is_uniform(void **state) {
  (void)state;
  SimRng rng = sim_rng(7, 7, 7, SIM_RNG_TEST);
  int count[7] = {0};
  for (int i = 0; i < 70000; i++) {
    uint32_t v = sim_rng_below(&rng, 7);
    assert_true(v < 7);
    count[v]++;
  }
  for (int i = 0; i < 7; i++) {
    // sigma 92.6
    assert_in_range(count[i], 10000 - 463, 10000 + 463);
  }
  assert_int_equal(sim_rng_below(&rng, 1), 0);
}

// with n = 3 * 2^30, plain multiplication would give multiples of 3 twice the weight
static void below_has_no_bias(void **state) {
  (void)state;
  SimRng rng = sim_rng(7, 7, 8, SIM_RNG_TEST);
  uint32_t n = 3u << 30;
  int zero_mod_3 = 0;
  for (int i = 0; i < 30000; i++) {
    zero_mod_3 += sim_rng_below(&rng, n) % 3 == 0;
  }
  // sigma 81.6; the biased count would be 15000
  assert_in_range(zero_mod_3, 10000 - 408, 10000 + 408);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers),
      cmocka_unit_test(blocks_follow_each_other),
      cmocka_unit_test(order_does_not_matter),
      cmocka_unit_test(neighbours_are_independent),
      cmocka_unit_test(uniform_fills_its_interval),
      cmocka_unit_test(uniform_never_reaches_its_end),
      cmocka_unit_test(normals_have_their_moments),
      cmocka_unit_test(odd_count_of_normals),
      cmocka_unit_test(below_is_uniform),
      cmocka_unit_test(below_has_no_bias),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
