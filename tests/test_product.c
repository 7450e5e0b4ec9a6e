// The products of small networks against sums in double, at the edges of their blocks; a row has
// the same bits wherever it stands, and so have all widths of vectors that fuse multiply and add.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cpu/product.h"
#include "sim/base/rng.h"

enum { ROWS_MAX = 40, WIDTH_MAX = KRN_PRODUCT_MAX, SHAPES = 60 };

typedef struct Bench {
  int rows, outputs, inputs;
  float *x, *weight, *bias, *dy, *out, *packed;  // exactly as long as they are said to be
} Bench;

static float *draw(SimRng *rng, int n) {
  float *x = malloc((size_t)n * sizeof *x);
  assert_non_null(x);
  sim_rng_normals(rng, x, n);
  return x;
}

static Bench make(uint32_t number) {
  static const int EDGES[] = {1, 3, 4, 5, 7, 8, 15, 16, 17, 43, 63, 64, 65, 100, 128, 255, 256};
  SimRng rng = sim_rng(31, number, 0, SIM_RNG_TEST);
  Bench b = {.rows = 1 + (int)sim_rng_below(&rng, ROWS_MAX),
             .outputs = EDGES[sim_rng_below(&rng, 17)],
             .inputs = EDGES[sim_rng_below(&rng, 17)]};
  const int most = b.outputs > b.inputs ? b.outputs : b.inputs;
  b.x = draw(&rng, b.rows * b.inputs);
  b.weight = draw(&rng, b.outputs * b.inputs);
  b.bias = draw(&rng, b.outputs);
  b.dy = draw(&rng, b.rows * b.outputs);
  b.out = malloc((size_t)most * (size_t)(most > b.rows ? most : b.rows) * sizeof *b.out);
  b.packed = malloc(krn_product_packed(b.outputs, b.inputs) * sizeof *b.packed);
  assert_true(b.out && b.packed);
  krn_product_pack(b.packed, b.weight, b.outputs, b.inputs);
  return b;
}

static void drop(Bench *b) {
  float *const all[] = {b->x, b->weight, b->bias, b->dy, b->out, b->packed};
  for (int i = 0; i < 6; i++) {
    free(all[i]);
  }
}

// sum over k < n of a[k * step] b[k * stride], and the sum of the sizes, by which rounding goes
static double dot(double *size, const float *a, int step, const float *b, int stride, int n) {
  double sum = 0;
  *size = 1;
  for (int k = 0; k < n; k++) {
    const double part = (double)a[k * step] * (double)b[k * stride];
    sum += part;
    *size += fabs(part);
  }
  return sum;
}

static double activated(double x, KrnActivation activation) {
  switch (activation) {
  case KRN_TANH:
    return tanh(x);
  case KRN_ELU:
    return x > 0 ? x : expm1(x);
  case KRN_CLIP:
    return fmin(fmax(x, -1), 1);
  case KRN_LINEAR:
    break;
  }
  return x;
}

static void check_forward(const KrnProducts *p, Bench *b, KrnActivation activation) {
  double size;
  p->forward(b->out, b->x, b->packed, b->bias, activation, b->rows, b->outputs, b->inputs);
  for (int i = 0; i < b->rows; i++) {
    for (int o = 0; o < b->outputs; o++) {
      const double sum =
          dot(&size, b->x + i * b->inputs, 1, b->weight + o * b->inputs, 1, b->inputs);
      assert_near((double)b->out[i * b->outputs + o],
                  activated(sum + (double)b->bias[o], activation), 4e-7 * size);
    }
  }
}

static void check_input_gradient(const KrnProducts *p, Bench *b) {
  double size;
  p->input_gradient(b->out, b->dy, b->packed, b->rows, b->outputs, b->inputs);
  for (int i = 0; i < b->rows; i++) {
    for (int k = 0; k < b->inputs; k++) {
      const double want =
          dot(&size, b->dy + i * b->outputs, 1, b->weight + k, b->inputs, b->outputs);
      assert_near((double)b->out[i * b->inputs + k], want, 4e-7 * size);
    }
  }
}

// rows in two calls, of which the second adds to the first
static void check_weight_gradient(const KrnProducts *p, Bench *b) {
  double size;
  const int half = b->rows / 2;
  memset(b->out, 0, (size_t)b->outputs * (size_t)b->inputs * sizeof *b->out);
  p->weight_gradient(b->out, b->dy, b->x, half, b->outputs, b->inputs);
  p->weight_gradient(b->out, b->dy + half * b->outputs, b->x + half * b->inputs, b->rows - half,
                     b->outputs, b->inputs);
  for (int o = 0; o < b->outputs; o++) {
    for (int k = 0; k < b->inputs; k++) {
      const double want = dot(&size, b->dy + o, b->outputs, b->x + k, b->inputs, b->rows);
      assert_near((double)b->out[o * b->inputs + k], want, 4e-7 * size);
    }
  }
}

static void sums_are_those_of_double(void **state) {
  (void)state;
  int kinds = 0;
  for (const KrnProducts *p; (p = krn_products_at(kinds)) != NULL; kinds++) {
    for (uint32_t i = 0; krn_products_run_here(p) && i < SHAPES; i++) {
      Bench b = make(i);
      check_forward(p, &b, (KrnActivation)(i % 4));
      check_input_gradient(p, &b);
      check_weight_gradient(p, &b);
      drop(&b);
    }
  }
  assert_true(kinds >= 1 && krn_products_run_here(krn_products()));
}

// alone, and behind other rows
static void a_row_has_its_bits_anywhere(void **state) {
  (void)state;
  const KrnProducts *p = krn_products();
  float alone[WIDTH_MAX];
  for (uint32_t i = 0; i < SHAPES; i++) {
    Bench b = make(i);
    p->forward(b.out, b.x, b.packed, b.bias, KRN_TANH, b.rows, b.outputs, b.inputs);
    for (int row = 0; row < b.rows; row++) {
      p->forward(alone, b.x + row * b.inputs, b.packed, b.bias, KRN_TANH, 1, b.outputs, b.inputs);
      assert_memory_equal(alone, b.out + row * b.outputs, (size_t)b.outputs * sizeof *alone);
    }
    drop(&b);
  }
}

// the last of all fuses nothing
static bool two_widths_fuse_here(void) {
  return krn_products_at(0) && krn_products_at(1) && krn_products_at(2) &&
         krn_products_run_here(krn_products_at(0)) && krn_products_run_here(krn_products_at(1));
}

static void vectors_of_8_and_of_16_agree(void **state) {
  test_needs(two_widths_fuse_here(), "no vectors of 16 on this processor");
  (void)state;
  const KrnProducts *wide = krn_products_at(0), *narrow = krn_products_at(1);
  for (uint32_t i = 0; i < SHAPES; i++) {
    Bench b = make(i);
    const size_t n = (size_t)b.outputs * (size_t)b.inputs * sizeof(float);
    float *other = malloc((size_t)(ROWS_MAX + WIDTH_MAX) * WIDTH_MAX * sizeof *other);
    wide->forward(b.out, b.x, b.packed, b.bias, KRN_ELU, b.rows, b.outputs, b.inputs);
    narrow->forward(other, b.x, b.packed, b.bias, KRN_ELU, b.rows, b.outputs, b.inputs);
    assert_memory_equal(b.out, other, (size_t)b.rows * (size_t)b.outputs * sizeof *other);
    wide->input_gradient(b.out, b.dy, b.packed, b.rows, b.outputs, b.inputs);
    narrow->input_gradient(other, b.dy, b.packed, b.rows, b.outputs, b.inputs);
    assert_memory_equal(b.out, other, (size_t)b.rows * (size_t)b.inputs * sizeof *other);
    memset(b.out, 0, n);
    memset(other, 0, n);
    wide->weight_gradient(b.out, b.dy, b.x, b.rows, b.outputs, b.inputs);
    narrow->weight_gradient(other, b.dy, b.x, b.rows, b.outputs, b.inputs);
    assert_memory_equal(b.out, other, n);
    free(other);
    drop(&b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_are_those_of_double),
      cmocka_unit_test(a_row_has_its_bits_anywhere),
      cmocka_unit_test(vectors_of_8_and_of_16_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
