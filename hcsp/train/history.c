#include "hcsp/train/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

double *train_history_add(TrainHistory *h) {
  assert(h->columns > 0 && h->n <= h->room);
  const size_t columns = (size_t)h->columns;
  if (h->n == h->room) {
    h->room = h->room ? 2 * h->room : 256;
    h->value = sim_regrow(h->value, (size_t)h->room, columns * sizeof *h->value);
  }
  double *row = h->value + (size_t)h->n++ * columns;
  memset(row, 0, columns * sizeof *row);
  return row;
}

const double *train_history_row(const TrainHistory *h, int i) {
  assert(i >= 0 && i < h->n);
  return h->value + (size_t)i * (size_t)h->columns;
}

void train_history_serialize(RunArchive *ar, TrainHistory *h) {
  if (h->columns == 0) {
    return;
  }
  const size_t columns = (size_t)h->columns;
  const size_t n = run_archive_count(ar, "history", (size_t)h->n * columns, columns);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    train_history_free(h);
    assert(n % columns == 0);
    h->n = h->room = (int)(n / columns);
    h->value = sim_new(n + 1, sizeof *h->value);
  }
  run_archive_values(ar, "history", POL_F64, n, h->value);
}

void train_history_free(TrainHistory *h) {
  free(h->value);
  h->value = NULL;
  h->n = h->room = 0;
}
