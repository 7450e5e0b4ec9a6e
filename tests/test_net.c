// Network inference: against a reference in double precision, and the same bits for a row wherever
// it stands.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/element.h"
#include "kernels/tile.h"
#include "policies/net.h"
#include "sim/base/rng.h"

static const PolArch paper = {.inputs = 34,
                              .outputs = 4,
                              .layers = 3,
                              .hidden = {256, 128, 128},
                              .input_norm = POL_INPUT_LAYERNORM,
                              .activation = POL_ELU,
                              .hidden_norm = true};
static const PolArch small = {
    .inputs = 43, .outputs = 4, .layers = 2, .hidden = {64, 64}, .activation = POL_TANH};
// sizes that fit no block of the kernels
static const PolArch odd = {.inputs = 7,
                            .outputs = 5,
                            .layers = 2,
                            .hidden = {13, 9},
                            .input_norm = POL_INPUT_FIXED,
                            .activation = POL_TANH,
                            .hidden_norm = true,
                            .squash = POL_SQUASH_TANH};
static const PolArch clipped = {.inputs = 26,
                                .outputs = 4,
                                .layers = 1,
                                .hidden = {64},
                                .activation = POL_ELU,
                                .squash = POL_SQUASH_CLIP};
static const PolArch flat = {.inputs = 100, .outputs = 13, .input_norm = POL_INPUT_LAYERNORM};
static const PolArch *const archs[] = {&paper, &small, &odd, &clipped, &flat};
enum { ARCHS = 5 };

static float *floats(int n) {
  float *x = calloc((size_t)n, sizeof *x);
  assert_non_null(x);
  return x;
}

// weights of common sizes, spread over inputs; norms near one and zero
static PolNet *random_net(const PolArch *arch, uint32_t seed) {
  SimError err;
  PolNet *net = pol_net_create(arch, true, &err);
  assert_non_null(net);
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, true);
  for (int i = 0; i < n; i++) {
    SimRng rng = sim_rng(seed, (uint32_t)i, 0, SIM_RNG_TEST);
    float *value = *tensor[i].array;
    const float before = value[0];
    sim_rng_normals(&rng, value, (int)tensor[i].count);
    for (size_t k = 0; k < tensor[i].count; k++) {
      const float scale = tensor[i].dims == 2 ? 1.5f / sqrtf((float)tensor[i].dim[1]) : 0.2f;
      value[k] = before + scale * value[k];
      value[k] = before > 0 ? fabsf(value[k]) + 0.01f : value[k];
    }
  }
  return net;
}

static void random_rows(float *x, int n, float scale, uint32_t seed) {
  SimRng rng = sim_rng(seed, 0, 1, SIM_RNG_TEST);
  sim_rng_normals(&rng, x, n);
  for (int i = 0; i < n; i++) {
    x[i] *= scale;
  }
}

// ----------------------------------------------------------------------------------- reference

static void reference_norm(double *x, const float *weight, const float *bias, int n) {
  double mean = 0, variance = 0;
  for (int i = 0; i < n; i++) {
    mean += x[i] / n;
  }
  for (int i = 0; i < n; i++) {
    variance += (x[i] - mean) * (x[i] - mean) / n;
  }
  for (int i = 0; i < n; i++) {
    x[i] = (x[i] - mean) / sqrt(variance + 1e-5) * (double)weight[i] + (double)bias[i];
  }
}

static void reference_linear(double *y, const double *x, const float *weight, const float *bias,
                             int outputs, int inputs) {
  for (int n = 0; n < outputs; n++) {
    y[n] = (double)bias[n];
    for (int k = 0; k < inputs; k++) {
      y[n] += (double)weight[n * inputs + k] * x[k];
    }
  }
}

static void reference_input(double *x, const PolNet *net) {
  const PolArch *arch = &net->arch;
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    reference_norm(x, net->input_a, net->input_b, arch->inputs);
  }
  for (int i = 0; i < arch->inputs && arch->input_norm == POL_INPUT_FIXED; i++) {
    x[i] = (x[i] - (double)net->input_a[i]) / (double)net->input_b[i];
  }
}

static void reference(double *out, const PolNet *net, const float *in) {
  const PolArch *arch = &net->arch;
  double x[POL_NET_WIDTH_MAX], y[POL_NET_WIDTH_MAX];
  for (int i = 0; i < arch->inputs; i++) {
    x[i] = (double)in[i];
  }
  reference_input(x, net);
  int inputs = arch->inputs;
  for (int l = 0; l < arch->layers; l++) {
    reference_linear(y, x, net->weight[l], net->bias[l], arch->hidden[l], inputs);
    inputs = arch->hidden[l];
    for (int i = 0; i < inputs; i++) {
      x[i] = arch->activation == POL_TANH ? tanh(y[i]) : y[i] > 0 ? y[i] : expm1(y[i]);
    }
    if (arch->hidden_norm) {
      reference_norm(x, net->norm_weight[l], net->norm_bias[l], inputs);
    }
  }
  reference_linear(out, x, net->head_weight, net->head_bias, arch->outputs, inputs);
  for (int i = 0; i < arch->outputs; i++) {
    out[i] = arch->squash == POL_SQUASH_TANH   ? tanh(out[i])
             : arch->squash == POL_SQUASH_CLIP ? fmin(fmax(out[i], -1), 1)
                                               : out[i];
  }
}

// largest error over (1 + largest output) of 64 rows
static double worst_error(const PolNet *net, const float *in, const float *out) {
  const PolArch *arch = &net->arch;
  double worst = 0;
  for (int r = 0; r < POL_NET_TILE; r++) {
    double want[POL_NET_WIDTH_MAX], error = 0, largest = 0;
    reference(want, net, in + r * arch->inputs);
    for (int i = 0; i < arch->outputs; i++) {
      error = fmax(error, fabs((double)out[r * arch->outputs + i] - want[i]));
      largest = fmax(largest, fabs(want[i]));
    }
    worst = fmax(worst, error / (1 + largest));
  }
  return worst;
}

// offset is added to every feature
static double compare_with_reference(const PolArch *arch, float scale, float offset,
                                     uint32_t seed) {
  PolNet *net = random_net(arch, seed);
  float *in = floats(POL_NET_TILE * arch->inputs), *out = floats(POL_NET_TILE * arch->outputs);
  float *scratch = floats(pol_net_scratch(net));
  random_rows(in, POL_NET_TILE * arch->inputs, scale, seed);
  for (int i = 0; i < POL_NET_TILE * arch->inputs; i++) {
    in[i] += offset;
  }
  pol_net_forward(out, net, in, POL_NET_TILE, scratch);
  const double worst = worst_error(net, in, out);
  free(in);
  free(out);
  free(scratch);
  pol_net_destroy(net);
  return worst;
}

static void test_agrees_with_double_precision(void **unused) {
  (void)unused;
  static const float scales[] = {1e-4f, 1e-2f, 1, 30, 1e4f};
  // without a norm, float32 itself cannot tell the steep part of tanh for inputs that large
  static const float tame[] = {1e-4f, 1e-2f, 0.3f, 1, 3};
  for (int a = 0; a < ARCHS; a++) {
    const float *from = archs[a]->input_norm == POL_INPUT_LAYERNORM ? scales : tame;
    double worst = 0;
    for (uint32_t i = 0; i < 25; i++) {
      worst = fmax(worst, compare_with_reference(archs[a], from[i % 5], 0, 100 * i + 1));
    }
    print_message("network %d: largest error %.2g\n", a, worst);
    assert_near(worst, 0, 1e-5);
  }
}

static void test_offset_of_all_features_does_no_harm(void **unused) {
  (void)unused;
  // float32 holds 1000 + x to 3e-5 only; both sides see the same rounded input
  for (uint32_t i = 0; i < 10; i++) {
    assert_near(compare_with_reference(&paper, 1, 1000, i), 0, 1e-5);
    assert_near(compare_with_reference(&flat, 0.1f, -3000, i), 0, 1e-5);
  }
}

static void test_equal_features_give_the_bias(void **unused) {
  (void)unused;
  float x[3 * KRN_TILE], weight[3] = {1, 2, 3}, bias[3] = {0.5f, -1, 4};
  for (int i = 0; i < 3 * KRN_TILE; i++) {
    x[i] = 12345.678f;
  }
  krn_tile_norm(x, weight, bias, 3);
  for (int k = 0; k < 3; k++) {
    assert_near((double)x[k * KRN_TILE], (double)bias[k], 1e-6);
  }
}

// ---------------------------------------------------------------------------------------- bits

// every place of a call of `rows` rows holds row 0 once, among rows that are wild
static void check_places(const PolNet *net, int rows, const float *row, const float *alone) {
  const PolArch *arch = &net->arch;
  float *in = floats(rows * arch->inputs), *out = floats(rows * arch->outputs);
  float *scratch = floats(pol_net_scratch(net));
  const float wild[] = {NAN, INFINITY, 1e30f, -0.0f, 3.7f, -1e-40f};
  for (int place = 0; place < rows; place++) {
    for (int i = 0; i < rows * arch->inputs; i++) {
      in[i] = wild[(i + place) % 6];
    }
    memcpy(in + place * arch->inputs, row, sizeof *row * (size_t)arch->inputs);
    pol_net_forward(out, net, in, rows, scratch);
    assert_memory_equal(out + place * arch->outputs, alone, sizeof *alone * (size_t)arch->outputs);
  }
  free(in);
  free(out);
  free(scratch);
}

static void test_same_bits_at_every_place(void **unused) {
  (void)unused;
  static const int counts[] = {1, 2, 7, 15, 16, 17, 33, 63, 64};
  for (int a = 0; a < ARCHS; a++) {
    PolNet *net = random_net(archs[a], 77);
    float row[POL_NET_WIDTH_MAX], alone[POL_NET_WIDTH_MAX];
    float *scratch = floats(pol_net_scratch(net));
    random_rows(row, archs[a]->inputs, 1, 5);
    pol_net_forward(alone, net, row, 1, scratch);
    for (int i = 0; i < 9; i++) {
      check_places(net, counts[i], row, alone);
    }
    free(scratch);
    pol_net_destroy(net);
  }
}

static void test_only_the_rows_are_written(void **unused) {
  (void)unused;
  PolNet *net = random_net(&odd, 3);
  float in[64 * 7] = {0}, out[64 * 5];
  // scratch may lie at any address that a float may have
  float *scratch = floats(pol_net_scratch(net) + 1);
  for (int rows = 0; rows <= 64; rows++) {
    for (int i = 0; i < 64 * 5; i++) {
      out[i] = 99;
    }
    pol_net_forward(out, net, in, rows, scratch + 1);
    for (int i = 0; i < 64 * 5; i++) {
      assert_true((out[i] < 2) == (i < rows * 5));
    }
  }
  free(scratch);
  pol_net_destroy(net);
}

static void test_hostile_input_stays_in_its_row(void **unused) {
  (void)unused;
  PolNet *net = random_net(&paper, 3);
  float in[2 * 34] = {0}, out[2 * 4];
  float *scratch = floats(pol_net_scratch(net));
  in[5] = NAN;
  in[34 + 5] = 1;
  pol_net_forward(out, net, in, 2, scratch);
  for (int i = 0; i < 4; i++) {
    assert_true(isnan(out[i]) && isfinite(out[4 + i]));
  }
  free(scratch);
  pol_net_destroy(net);
}

// ------------------------------------------------------------------------------------ elements

// float32 values of both signs, denser near zero, over the whole range
static void test_elements_against_libm(void **unused) {
  (void)unused;
  double elu = 0, hyperbolic = 0, relative = 0;
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += 1999) {
    float x;
    memcpy(&x, &bits, sizeof x);
    const double d = (double)x;
    elu = fmax(elu, fabs((double)krn_elu(-x) - expm1(-d)));
    assert_true(krn_elu(x) == x);
    hyperbolic = fmax(hyperbolic, fabs((double)krn_tanh(x) - tanh(d)));
    assert_true(krn_tanh(-x) == -krn_tanh(x));
    if (d > 1e-30 && d < 87) {
      relative = fmax(relative, fabs((double)krn_expm1(x) / expm1(d) - 1));
      relative = fmax(relative, fabs((double)krn_expm1(-x) / expm1(-d) - 1));
    }
  }
  print_message("elu %.2g, tanh %.2g, expm1 %.2g\n", elu, hyperbolic, relative);
  assert_near(elu, 0, 1e-7);
  assert_near(hyperbolic, 0, 2e-7);
  assert_near(relative, 0, 3e-7);
}

static void test_elements_at_the_ends(void **unused) {
  (void)unused;
  assert_true(krn_elu(-INFINITY) == -1 && krn_elu(INFINITY) == INFINITY && isnan(krn_elu(NAN)));
  assert_true(krn_tanh(-INFINITY) == -1 && krn_tanh(INFINITY) == 1 && isnan(krn_tanh(NAN)));
  assert_true(krn_clip(-3) == -1 && krn_clip(0.25f) == 0.25f && krn_clip(3) == 1);
  assert_true(isnan(krn_clip(NAN)) && isnan(krn_expm1(NAN)));
  assert_true(krn_expm1(0) == 0 && krn_elu(0) == 0 && krn_tanh(0) == 0);
}

static void test_tiles_agree_with_elements(void **unused) {
  (void)unused;
  // vector code and scalar code of one function may contract differently, by a rounding
  float x[4 * KRN_TILE], elu[4 * KRN_TILE], hyperbolic[4 * KRN_TILE];
  random_rows(x, 4 * KRN_TILE, 2, 9);
  memcpy(elu, x, sizeof x);
  memcpy(hyperbolic, x, sizeof x);
  krn_tile_elu(elu, 4);
  krn_tile_tanh(hyperbolic, 4);
  for (int i = 0; i < 4 * KRN_TILE; i++) {
    assert_near((double)elu[i], (double)krn_elu(x[i]), 3e-7);
    assert_near((double)hyperbolic[i], (double)krn_tanh(x[i]), 3e-7);
  }
}

// ---------------------------------------------------------------------------------- life cycle

static void refuse_arch(PolArch arch, const char *sentence) {
  SimError err;
  assert_null(pol_net_create(&arch, false, &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  assert_string_equal(err.text, sentence);
}

static void test_create_refuses_bad_sizes(void **unused) {
  (void)unused;
  PolArch arch = small;
  arch.inputs = 0;
  refuse_arch(arch, "network: saw 0 inputs, wanted 1 to 1024");
  arch = small;
  arch.outputs = -4;
  refuse_arch(arch, "network: saw -4 outputs, wanted 1 to 1024");
  arch = small;
  arch.hidden[1] = 1025;
  refuse_arch(arch, "network: saw 1025 units in a hidden layer, wanted 1 to 1024");
  arch = small;
  arch.layers = 9;
  refuse_arch(arch, "network: saw 9 hidden layers, wanted at most 8");
  assert_null(pol_net_create(&arch, false, NULL));
}

static void test_new_network_is_neutral(void **unused) {
  (void)unused;
  SimError err;
  PolNet *net = pol_net_create(&odd, true, &err);
  assert_non_null(net);
  assert_true(net->input_a[6] == 0 && net->input_b[6] == 1);
  assert_true(net->norm_weight[1][8] == 1 && net->norm_bias[1][8] == 0);
  assert_true(net->weight[1][9 * 13 - 1] == 0 && net->head_bias[4] == 0 && net->log_std[4] == 0);
  pol_net_destroy(net);
  net = pol_net_create(&small, false, &err);
  assert_non_null(net);
  assert_null(net->log_std);
  assert_null(net->input_a);
  assert_null(net->norm_weight[0]);
  pol_net_destroy(net);
  pol_net_destroy(NULL);
}

static void test_tensors_are_those_of_the_format(void **unused) {
  (void)unused;
  static const char *const names[] = {"input.mean",
                                      "input.std",
                                      "layers.0.weight",
                                      "layers.0.bias",
                                      "layers.0.norm.weight",
                                      "layers.0.norm.bias",
                                      "layers.1.weight",
                                      "layers.1.bias",
                                      "layers.1.norm.weight",
                                      "layers.1.norm.bias",
                                      "head.weight",
                                      "head.bias",
                                      "log_std"};
  SimError err;
  PolNet *net = pol_net_create(&odd, true, &err);
  assert_non_null(net);
  PolTensor tensor[POL_NET_TENSORS_MAX];
  assert_int_equal(pol_net_tensors(tensor, net, true), 13);
  const float *next = net->block;
  for (int i = 0; i < 13; i++) {
    assert_string_equal(tensor[i].name, names[i]);
    assert_ptr_equal(*tensor[i].array, next);
    next += tensor[i].count;
  }
  assert_int_equal(tensor[6].dims, 2);
  assert_int_equal(tensor[6].dim[0], 9);
  assert_int_equal(tensor[6].dim[1], 13);
  assert_int_equal(pol_net_tensors(tensor, net, false), 12);
  pol_net_destroy(net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_agrees_with_double_precision),
      cmocka_unit_test(test_offset_of_all_features_does_no_harm),
      cmocka_unit_test(test_equal_features_give_the_bias),
      cmocka_unit_test(test_same_bits_at_every_place),
      cmocka_unit_test(test_only_the_rows_are_written),
      cmocka_unit_test(test_hostile_input_stays_in_its_row),
      cmocka_unit_test(test_elements_against_libm),
      cmocka_unit_test(test_elements_at_the_ends),
      cmocka_unit_test(test_tiles_agree_with_elements),
      cmocka_unit_test(test_create_refuses_bad_sizes),
      cmocka_unit_test(test_new_network_is_neutral),
      cmocka_unit_test(test_tensors_are_those_of_the_format),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
