// The products for one width of vectors; product.c includes this file once for each, with
//   NAME(x)   the name of x in this width
//   TARGET    the attribute of its functions
//   LANES     floats of a vector
//   VECTORS   of a row of the block that is kept in registers
//   LOAD_PART(from, n), STORE_PART(to, x, n)   the first n < LANES floats of a vector
//   FUSED(sum, x, y)   sum + x y for a vector y and a number x; said rather than left to the
//             compiler, which fuses most of them and so has other bits for other shapes
// The block is 6 rows x VECTORS: 24 or 12 sums, which hide the latency of the fused multiply-add,
// and leave registers for a row of the right factor and one number of the left.

typedef float NAME(Vector) __attribute__((vector_size(4 * LANES)));
enum { NAME(PANEL) = LANES * VECTORS };

TARGET static inline __attribute__((always_inline)) NAME(Vector)
    NAME(load)(const float *from, bool whole, int n) {
  NAME(Vector) x;
  if (!whole) {
    return LOAD_PART(from, n);
  }
  memcpy(&x, from, sizeof x);
  return x;
}

TARGET static inline __attribute__((always_inline)) void NAME(store)(float *to, NAME(Vector) x,
                                                                     bool whole, int n) {
  if (!whole) {
    STORE_PART(to, x, n);
  } else {
    memcpy(to, &x, sizeof x);
  }
}

// y = start + a b over k in m rows and n vectors, the last of them of `part` columns. Without the
// pragmas gcc 12 keeps the sums in memory, at half the speed.
TARGET static inline __attribute__((always_inline)) void
NAME(multiply)(const Factors *f, float *y, const float *start, const float *a, const float *b,
               bool whole, int part, int m, int n) {
  NAME(Vector) total[ROWS][VECTORS], right[VECTORS];
#pragma GCC unroll 8
  for (int i = 0; i < m; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      total[i][j] = NAME(load)(start + i * f->start_row + j * LANES, whole || j < n - 1, part);
    }
  }
  for (int k = 0; k < f->inner; k++, a += f->column, b += f->width) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      right[j] = NAME(load)(b + j * LANES, whole || j < n - 1, part);
    }
#pragma GCC unroll 8
    for (int i = 0; i < m; i++) {
#pragma GCC unroll 8
      for (int j = 0; j < n; j++) {
        total[i][j] = FUSED(total[i][j], a[i * f->row], right[j]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < m; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      NAME(store)(y + i * f->y_row + j * LANES, total[i][j], whole || j < n - 1, part);
    }
  }
}

// constant m, n and `whole` keep the sums in registers
TARGET static void NAME(block)(const Factors *f, float *y, const float *start, const float *a,
                               const float *b, int m, int columns) {
  const int n = (columns + LANES - 1) / LANES, part = columns - (n - 1) * LANES;
#define CASE(rows, vectors)                                                                        \
  case (rows)*8 + (vectors):                                                                       \
    if (part == LANES) {                                                                           \
      NAME(multiply)(f, y, start, a, b, true, part, rows, vectors);                                \
    } else {                                                                                       \
      NAME(multiply)(f, y, start, a, b, false, part, rows, vectors);                               \
    }                                                                                              \
    break;
#define CASES(vectors) CASE(1, vectors) CASE(2, vectors) CASE(4, vectors) CASE(6, vectors)
  assert(n >= 1 && n <= VECTORS && m == block_rows(m));
  switch (m * 8 + n) {
    CASES(1)
    CASES(2)
#if VECTORS > 2
    CASES(3)
    CASES(4)
#endif
  }
#undef CASES
#undef CASE
}

TARGET static void NAME(activate)(float *y, KrnActivation activation, int n) {
  if (activation == KRN_TANH) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      y[j] = krn_tanh(y[j]);
    }
  } else if (activation == KRN_ELU) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      y[j] = krn_elu(y[j]);
    }
  } else if (activation == KRN_CLIP) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      y[j] = krn_clip(y[j]);
    }
  }
}

// m rows of a panel, while they are in the first-level cache
TARGET static void NAME(activate_rows)(float *y, ptrdiff_t stride, KrnActivation activation, int m,
                                       int columns) {
  if (columns == stride) {
    NAME(activate)(y, activation, m * columns);
    return;
  }
  for (int i = 0; i < m && activation != KRN_LINEAR; i++) {
    NAME(activate)(y + i * stride, activation, columns);
  }
}

TARGET static void NAME(forward)(float *y, const float *x, const float *packed, const float *bias,
                                 KrnActivation activation, int rows, int outputs, int inputs) {
  const Factors f = {
      .y_row = outputs, .row = inputs, .column = 1, .width = fill_up(outputs), .inner = inputs};
  for (int first = 0; first < outputs; first += NAME(PANEL)) {
    const int left = outputs - first < NAME(PANEL) ? outputs - first : NAME(PANEL);
    for (int i = 0, m = 0; i < rows; i += m) {
      m = block_rows(rows - i);
      float *to = y + (ptrdiff_t)i * outputs + first;
      NAME(block)(&f, to, bias + first, x + (ptrdiff_t)i * inputs, packed + first, m, left);
      NAME(activate_rows)(to, outputs, activation, m, left);
    }
  }
}

TARGET static void NAME(input_gradient)(float *dx, const float *dy, const float *packed, int rows,
                                        int outputs, int inputs) {
  const Factors f = {
      .y_row = inputs, .row = outputs, .column = 1, .width = fill_up(inputs), .inner = outputs};
  const float *weight = packed + (ptrdiff_t)inputs * fill_up(outputs);
  for (int first = 0; first < inputs; first += NAME(PANEL)) {
    const int left = inputs - first < NAME(PANEL) ? inputs - first : NAME(PANEL);
    for (int i = 0, m = 0; i < rows; i += m) {
      m = block_rows(rows - i);
      NAME(block)
      (&f, dx + (ptrdiff_t)i * inputs + first, NOTHING, dy + (ptrdiff_t)i * outputs, weight + first,
       m, left);
    }
  }
}

TARGET static void NAME(weight_gradient)(float *dweight, const float *dy, const float *x, int rows,
                                         int outputs, int inputs) {
  const Factors f = {.y_row = inputs,
                     .start_row = inputs,
                     .row = 1,
                     .column = outputs,
                     .width = inputs,
                     .inner = rows};
  for (int first = 0; first < inputs; first += NAME(PANEL)) {
    const int left = inputs - first < NAME(PANEL) ? inputs - first : NAME(PANEL);
    for (int i = 0, m = 0; i < outputs; i += m) {
      m = block_rows(outputs - i);
      float *to = dweight + (ptrdiff_t)i * inputs + first;
      NAME(block)(&f, to, to, dy + i, x + first, m, left);
    }
  }
}

TARGET static void NAME(slope_row)(float *dy, const float *y, KrnActivation activation, int n) {
  if (activation == KRN_TANH) {
    for (int j = 0; j < n; j++) {
      dy[j] *= krn_tanh_slope(y[j]);
    }
  } else if (activation == KRN_ELU) {
    for (int j = 0; j < n; j++) {
      dy[j] *= krn_elu_slope(y[j]);
    }
  } else if (activation == KRN_CLIP) {
    for (int j = 0; j < n; j++) {
      dy[j] *= krn_clip_slope(y[j]);
    }
  }
}

TARGET static void NAME(slopes)(float *dy, float *dbias, const float *y, KrnActivation activation,
                                int rows, int outputs) {
  for (int i = 0; i < rows; i++, dy += outputs, y += outputs) {
    NAME(slope_row)(dy, y, activation, outputs);
    for (int j = 0; j < outputs; j++) {
      dbias[j] += dy[j];
    }
  }
}

static const KrnProducts NAME(PRODUCTS) = {.name = NAME_TEXT,
                                           .activate = NAME(activate),
                                           .slopes = NAME(slopes),
                                           .forward = NAME(forward),
                                           .input_gradient = NAME(input_gradient),
                                           .weight_gradient = NAME(weight_gradient)};

#undef NAME
#undef NAME_TEXT
#undef TARGET
#undef LANES
#undef VECTORS
#undef FUSED
#undef LOAD_PART
#undef STORE_PART
