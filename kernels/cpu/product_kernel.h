// The products for one width of vectors; product.c includes this file once for each, with
//   NAME(x)   the name of x in this width
//   TARGET    the attribute of its functions
//   LANES     floats of a vector
//   VECTORS   of a row of the block that is kept in registers
//   STORE_PART(to, from, n)   n < LANES floats, from where a whole vector may be read
//   FUSED(sum, x, y)   sum + x y for a vector y and a number x; said rather than left to the
//   compiler,
//             which fuses most of them and so has other bits for other shapes
// The block is 6 rows x VECTORS: 24 or 12 sums, which hide the latency of the fused multiply-add,
// and leave registers for a row of the right factor and one number of the left.

typedef float NAME(Vector) __attribute__((vector_size(4 * LANES)));
enum { NAME(PANEL) = LANES * VECTORS };

// sum[m][n vectors] = a b over k: a[i][k] at a + i * row + k * column, rows of b `width` apart
TARGET static inline __attribute__((always_inline)) void
NAME(multiply)(float sum[ROWS][NAME(PANEL)], const float *a, ptrdiff_t row, ptrdiff_t column,
               const float *b, ptrdiff_t width, int inner, int m, int n) {
  NAME(Vector) total[ROWS][VECTORS] = {{{0}}}, right[VECTORS];
  for (int k = 0; k < inner; k++, a += column, b += width) {
    for (int j = 0; j < n; j++) {
      memcpy(&right[j], b + j * LANES, sizeof right[j]);
    }
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        total[i][j] = FUSED(total[i][j], a[i * row], right[j]);
      }
    }
  }
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      memcpy(sum[i] + j * LANES, &total[i][j], sizeof total[i][j]);
    }
  }
}

// constant m and n keep the sums in registers
TARGET static void NAME(block)(float sum[ROWS][NAME(PANEL)], const float *a, ptrdiff_t row,
                               ptrdiff_t column, const float *b, ptrdiff_t width, int inner, int m,
                               int n) {
#define CASE(rows, vectors)                                                                        \
  case (rows)*8 + (vectors):                                                                       \
    NAME(multiply)(sum, a, row, column, b, width, inner, rows, vectors);                           \
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

TARGET static void NAME(put)(float *y, ptrdiff_t stride, float sum[ROWS][NAME(PANEL)],
                             const float *bias, KrnActivation activation, int m, int columns) {
  for (int i = 0; i < m; i++) {
    float *from = sum[i];
    if (bias) {
      for (int j = 0; j < NAME(PANEL); j++) {
        from[j] += bias[j];
      }
    }
    if (activation == KRN_TANH) {
      for (int j = 0; j < NAME(PANEL); j++) {
        from[j] = krn_tanh(from[j]);
      }
    } else if (activation == KRN_ELU) {
      for (int j = 0; j < NAME(PANEL); j++) {
        from[j] = krn_elu(from[j]);
      }
    } else if (activation == KRN_CLIP) {
      for (int j = 0; j < NAME(PANEL); j++) {
        from[j] = krn_clip(from[j]);
      }
    }
    float *to = y + i * stride;
    int j = 0;
    for (; j + LANES <= columns; j += LANES) {
      memcpy(to + j, from + j, sizeof(NAME(Vector)));
    }
    if (j < columns) {
      STORE_PART(to + j, from + j, columns - j);
    }
  }
}

// y[rows][columns] = a b, b[inner] of `width` with its columns filled up to whole vectors
TARGET static void NAME(product)(float *y, const float *a, ptrdiff_t row, ptrdiff_t column,
                                 const float *b, ptrdiff_t width, const float *bias,
                                 KrnActivation activation, int rows, int columns, int inner) {
  float sum[ROWS][NAME(PANEL)], shift[NAME(PANEL)];
  for (int first = 0; first < columns; first += NAME(PANEL)) {
    const int left = columns - first < NAME(PANEL) ? columns - first : NAME(PANEL);
    const int n = (left + LANES - 1) / LANES;
    for (int j = 0; bias && j < NAME(PANEL); j++) {
      shift[j] = j < left ? bias[first + j] : 0;
    }
    memset(sum, 0, sizeof sum);
    for (int i = 0, m = 0; i < rows; i += m) {
      m = block_rows(rows);
      // the last block lies over the one before: the same sums again
      i = i + m > rows ? rows - m : i;
      NAME(block)(sum, a + i * row, row, column, b + first, width, inner, m, n);
      NAME(put)
      (y + (ptrdiff_t)i * columns + first, columns, sum, bias ? shift : NULL, activation, m, left);
    }
  }
}

TARGET static void NAME(forward)(float *y, const float *x, const float *weight, const float *bias,
                                 KrnActivation activation, int rows, int outputs, int inputs,
                                 float *scratch) {
  const int width = fill_up(outputs, LANES);
  for (int k = 0; k < inputs; k++) {
    float *to = scratch + (ptrdiff_t)k * width;
    for (int j = 0; j < outputs; j++) {
      to[j] = weight[(ptrdiff_t)j * inputs + k];
    }
    memset(to + outputs, 0, (size_t)(width - outputs) * sizeof *to);
  }
  NAME(product)(y, x, inputs, 1, scratch, width, bias, activation, rows, outputs, inputs);
}

TARGET static void NAME(input_gradient)(float *dx, const float *dy, const float *weight, int rows,
                                        int outputs, int inputs, float *scratch) {
  const int width = fill_up(inputs, LANES);
  for (int k = 0; k < outputs; k++) {
    memcpy(scratch + (ptrdiff_t)k * width, weight + (ptrdiff_t)k * inputs,
           (size_t)inputs * sizeof *scratch);
    memset(scratch + (ptrdiff_t)k * width + inputs, 0, (size_t)(width - inputs) * sizeof *scratch);
  }
  NAME(product)(dx, dy, outputs, 1, scratch, width, NULL, KRN_LINEAR, rows, inputs, outputs);
}

// x is used where it lies: what a vector reads beyond a row is of the next one and is not kept. The
// last rows are copied to where there is room behind them.
TARGET static void NAME(weight_gradient)(float *dweight, const float *dy, const float *x, int rows,
                                         int outputs, int inputs) {
  enum { SPILL = 16 };  // the same for every width of vectors, which keeps the bits
  float tail[SPILL * KRN_PRODUCT_MAX + SPILL], sum[ROWS][NAME(PANEL)], rest[ROWS][NAME(PANEL)];
  // as many rows as hold what a vector reads beyond the last one of the others
  const int behind = (SPILL + inputs - 1) / inputs;
  const int last = rows < behind ? rows : behind, before = rows - last;
  const size_t held = (size_t)last * (size_t)inputs;
  memcpy(tail, x + (ptrdiff_t)before * inputs, held * sizeof *tail);
  memset(tail + held, 0, SPILL * sizeof *tail);
  memset(sum, 0, sizeof sum);
  memset(rest, 0, sizeof rest);
  for (int first = 0; first < inputs; first += NAME(PANEL)) {
    const int left = inputs - first < NAME(PANEL) ? inputs - first : NAME(PANEL);
    const int n = (left + LANES - 1) / LANES;
    for (int i = 0, m = 0; i < outputs; i += m) {
      m = block_rows(outputs);
      i = i + m > outputs ? outputs - m : i;
      NAME(block)(sum, dy + i, 1, outputs, x + first, inputs, before, m, n);
      NAME(block)
      (rest, dy + (ptrdiff_t)before * outputs + i, 1, outputs, tail + first, inputs, last, m, n);
      for (int r = 0; r < m; r++) {
        for (int j = 0; j < NAME(PANEL); j++) {
          sum[r][j] += rest[r][j];
        }
      }
      NAME(put)(dweight + (ptrdiff_t)i * inputs + first, inputs, sum, NULL, KRN_LINEAR, m, left);
    }
  }
}

static const KrnProducts NAME(PRODUCTS) = {.name = NAME_TEXT,
                                           .forward = NAME(forward),
                                           .input_gradient = NAME(input_gradient),
                                           .weight_gradient = NAME(weight_gradient)};

#undef NAME
#undef NAME_TEXT
#undef TARGET
#undef LANES
#undef VECTORS
#undef FUSED
#undef STORE_PART
