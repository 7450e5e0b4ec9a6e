// Rows of numbers, one an update: what the curves of a report are drawn from. A checkpoint holds
// them.
#ifndef HCSP_TRAIN_HISTORY_H_
#define HCSP_TRAIN_HISTORY_H_

#include "hcsp/run/archive.h"

typedef struct TrainHistory {
  const char *const *name;  // [columns], as curves.csv calls them
  int columns;
  double *value;  // [n][columns]
  int n, room;
} TrainHistory;

// A row of zeros; NULL and err without memory.
double *train_history_add(TrainHistory *history);
const double *train_history_row(const TrainHistory *history, int i);
// Reading replaces the rows.
void train_history_serialize(RunArchive *archive, TrainHistory *history);
void train_history_free(TrainHistory *history);  // a zeroed one is fine

#endif  // HCSP_TRAIN_HISTORY_H_
