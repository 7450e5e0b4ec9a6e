// The number that the arithmetic of a match is written in: a double, or the same number of
// SIM_LANES matches side by side, for functions compiled once for each. A file that wants lanes
// defines SIM_LANES before it includes anything; everywhere else, and on a GPU, a thread has one
// match. Both give the same bits: each operation is rounded alone (no contraction), sqrt too.
//
// A condition is a mask, taken apart with lane_any and lane_select; nothing branches on a lane.
#ifndef SIM_LANES_H_
#define SIM_LANES_H_

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifndef SIM_LANES
#define SIM_LANES 1
#endif

#if SIM_LANES == 1

// a function of the processor, and of a GPU where nvcc reads this
#ifdef __CUDACC__
#define SIM_FN static inline __host__ __device__
#else
#define SIM_FN static inline
#endif

typedef double LaneReal;
typedef bool LaneMask;

SIM_FN LaneReal lane_set(double x) {
  return x;
}
SIM_FN LaneReal lane_sqrt(LaneReal x) {
  return sqrt(x);
}
SIM_FN LaneReal lane_select(LaneMask mask, LaneReal x, LaneReal otherwise) {
  return mask ? x : otherwise;
}
SIM_FN LaneMask lane_none(void) {
  return false;
}
// whether it holds in any lane
SIM_FN bool lane_any(LaneMask mask) {
  return mask;
}
SIM_FN unsigned lane_bits(LaneMask mask) {
  return mask;
}

// x 2^n, n being the low bits of rounded: an integer to which 1.5 x 2^52 has been added
SIM_FN LaneReal lane_scale(LaneReal x, LaneReal rounded) {
  uint64_t bits, n;
  memcpy(&bits, &x, sizeof bits);
  memcpy(&n, &rounded, sizeof n);
  bits += n << 52;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#else

#if defined __AVX512F__ || defined __AVX__
#include <immintrin.h>
#endif

#define SIM_FN static inline __attribute__((always_inline))

typedef double LaneReal __attribute__((vector_size(8 * SIM_LANES)));
// long is what comparing gives
typedef long LaneMask __attribute__((vector_size(8 * SIM_LANES)));

SIM_FN LaneReal lane_set(double x) {
  LaneReal all;
  for (int i = 0; i < SIM_LANES; i++) {
    all[i] = x;
  }
  return all;
}

SIM_FN LaneReal lane_sqrt(LaneReal x) {
#if defined __AVX512F__ && SIM_LANES == 8
  return (LaneReal)_mm512_sqrt_pd((__m512d)x);
#elif defined __AVX__
  __m256d part[SIM_LANES / 4];
  memcpy(part, &x, sizeof part);
  for (int i = 0; i < SIM_LANES / 4; i++) {
    part[i] = _mm256_sqrt_pd(part[i]);
  }
  memcpy(&x, part, sizeof part);
  return x;
#else
  for (int i = 0; i < SIM_LANES; i++) {
    x[i] = sqrt(x[i]);
  }
  return x;
#endif
}

SIM_FN LaneReal lane_select(LaneMask mask, LaneReal x, LaneReal otherwise) {
  return (LaneReal)(((LaneMask)x & mask) | ((LaneMask)otherwise & ~mask));
}
SIM_FN LaneMask lane_none(void) {
  return (LaneMask){0};
}
SIM_FN unsigned lane_bits(LaneMask mask) {
#if defined __AVX512F__ && SIM_LANES == 8
  return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask);
#else
  unsigned bits = 0;
  for (int i = 0; i < SIM_LANES; i++) {
    bits |= (unsigned)(mask[i] & 1) << i;
  }
  return bits;
#endif
}
SIM_FN bool lane_any(LaneMask mask) {
  return lane_bits(mask) != 0;
}

SIM_FN LaneReal lane_scale(LaneReal x, LaneReal rounded) {
  return (LaneReal)((LaneMask)x + ((LaneMask)rounded << 52));
}

#endif

SIM_FN LaneReal lane_min(LaneReal x, LaneReal most) {
  return lane_select(x < most, x, most);
}
SIM_FN LaneReal lane_max(LaneReal x, LaneReal least) {
  return lane_select(x > least, x, least);
}
SIM_FN LaneReal lane_abs(LaneReal x) {
  return lane_select(x < 0.0, -x, x);
}
SIM_FN LaneReal lane_dot(const LaneReal a[3], const LaneReal b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// exp(x) for -700 <= x <= 700, within 2.3e-16 of itself: x = n ln 2 + r with |r| <= ln 2 / 2, and
// the series of r
SIM_FN LaneReal lane_exp(LaneReal x) {
  const double rounder = 6755399441055744.0;  // 1.5 x 2^52
  const LaneReal rounded = x * 1.4426950408889634 + rounder, n = rounded - rounder;
  // ln 2 in two parts, the first short enough for exact products
  const LaneReal r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
  LaneReal p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * (r * r) + r;
  return lane_scale(p + 1.0, rounded);
}

#endif  // SIM_LANES_H_
