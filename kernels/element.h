// Arithmetic of one element, shared by the loops of every device, so that the tests of one check
// the numbers of all. No branch, no table, no call: compilers turn a loop over these into vectors.
//
// exp(x) - 1 splits x = n ln 2 + r with |r| <= ln 2 / 2 and takes a Taylor polynomial of degree 7
// in r (truncation 1.5e-8 of the result). Working with exp - 1 throughout keeps small arguments
// accurate relative to themselves, which a layer norm behind them needs: it divides by a spread
// that may be as small as sqrt(1e-5). Measured over every
// seventh float32 against libm in double: expm1 7.5e-8 relative for |x| < 0.3, 1.2e-7 elsewhere;
// elu 4.3e-8 absolute below zero; tanh 9e-8 absolute, 1.9e-7 relative.
#ifndef KERNELS_ELEMENT_H_
#define KERNELS_ELEMENT_H_

#include <math.h>
#include <stdint.h>
#include <string.h>

// a function that runs on the processor and on a GPU
#ifdef __CUDACC__
#define KRN_FN static inline __host__ __device__
#else
#define KRN_FN static inline
#endif

// a b + c of floats. Kernels round it once, as compilers do on the processor where they may
// contract (kernels/CMakeLists.txt) and it can: rows of a network have the same bits there.
#if defined(__CUDACC__) || (defined(__cplusplus) && (defined(__FMA__) || defined(__aarch64__)))
#define KRN_MULTIPLY_ADD(a, b, c) fmaf(a, b, c)
#else
#define KRN_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

#define KRN_NORM_EPSILON 1e-5f  // added to the variance of a layer norm

// exp(x) - 1 for x in [-87, 88] and nothing else. NaN stays NaN.
KRN_FN float krn_expm1_within(float x) {
  // adding 1.5 x 2^23 rounds to an integer, which is then in the low bits
  const float rounder = 12582912.0f;
  const float shifted = KRN_MULTIPLY_ADD(x, 1.44269504f, rounder);
  const float n = shifted - rounder;
  // ln 2 in two parts, the first short enough for exact products
  const float r = KRN_MULTIPLY_ADD(n, 2.12194440e-4f, x - n * 0.693359375f);
  float p = 1.98412698e-4f;
  p = KRN_MULTIPLY_ADD(p, r, 1.38888889e-3f);
  p = KRN_MULTIPLY_ADD(p, r, 8.33333333e-3f);
  p = KRN_MULTIPLY_ADD(p, r, 4.16666667e-2f);
  p = KRN_MULTIPLY_ADD(p, r, 1.66666667e-1f);
  p = KRN_MULTIPLY_ADD(p, r, 0.5f);
  p = KRN_MULTIPLY_ADD(p, r * r, r);
  // 2^n by its exponent bits
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127u) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return KRN_MULTIPLY_ADD(power, p, power - 1.0f);
}

// the same, held at the ends outside
KRN_FN float krn_expm1(float x) {
  x = x < -87.0f ? -87.0f : x;
  return krn_expm1_within(x > 88.0f ? 88.0f : x);
}

// x for x > 0, exp(x) - 1 below (Clevert et al. 2016, alpha 1). NaN stays NaN.
KRN_FN float krn_elu(float x) {
  const float below = krn_expm1(x > 0.0f ? 0.0f : x);
  return x > 0.0f ? x : below;
}

// (exp(2|x|) - 1) / (exp(2|x|) + 1) with the sign of x; 1 in float32 from |x| = 9.02 on.
KRN_FN float krn_tanh(float x) {
  const float size = x < 0.0f ? -x : x;
  const float e = krn_expm1_within(2.0f * (size > 10.0f ? 10.0f : size));
  const float t = e / (e + 2.0f);
  return x < 0.0f ? -t : t;
}

// x held to [-1, 1]; NaN stays NaN.
KRN_FN float krn_clip(float x) {
  x = x < -1.0f ? -1.0f : x;
  return x > 1.0f ? 1.0f : x;
}

#endif  // KERNELS_ELEMENT_H_
