// Figures of a run, one set an update: a line of JSON in metrics.jsonl and the same scalars in a
// TensorBoard event file. Tags are "group/name" as TensorBoard groups them.
//   {"step":4096,"seconds":1.25,"loss/policy":-0.0123,"task/return":6.5}
// Numbers have the digits that give back the same double; what is not finite is null (in the event
// file it stays what it is).
#ifndef HCSP_TRAIN_METRICS_H_
#define HCSP_TRAIN_METRICS_H_

#include <stdbool.h>
#include <stdint.h>

#include "hcsp/train/tfevents.h"
#include "sim/base/status.h"

enum { TRAIN_METRICS_MAX = 512 };  // scalars of an update

// Steps per second since the last set, which the event file has besides: metrics.jsonl has step and
// seconds, and says the same of the same run.
#define TRAIN_TAG_SPS "charts/SPS"

typedef struct TrainMetrics TrainMetrics;

// Opens the figures of the run in folder. With resume, lines of metrics.jsonl behind step and a
// torn last line are dropped, so that the file holds what an uninterrupted run would have written,
// and a new event file supersedes the points behind step; seconds continue from the last line that
// stays. A folder without metrics.jsonl is fine either way. NULL with SIM_DISK_FULL, SIM_BAD_INPUT
// (metrics.jsonl is no file, or too large) or SIM_FAIL.
TrainMetrics *train_metrics_create(const char *folder, bool resume, int64_t step, SimError *err);
void train_metrics_destroy(TrainMetrics *metrics);  // NULL is fine; what was not flushed is lost

// Begins the set of an update that ends at step (rising from set to set).
void train_metrics_begin(TrainMetrics *metrics, int64_t step);
// Adds a scalar, or replaces the one of that tag. tag: at most TRAIN_TAG_MAX - 1 characters of
// [A-Za-z0-9_./-] other than "step" and "seconds".
void train_metrics_put(TrainMetrics *metrics, const char *tag, double value);
// Writes the set to both files. On failure neither holds a part of it, and training may go on.
SimStatus train_metrics_flush(TrainMetrics *metrics, SimError *err);
// Syncs both files to disk: before a checkpoint, whose figures must not be missing after a power
// cut.
SimStatus train_metrics_sync(TrainMetrics *metrics, SimError *err);

// Wall-clock seconds that the run has trained for, those before a resume included.
double train_metrics_seconds(const TrainMetrics *metrics);

#endif  // HCSP_TRAIN_METRICS_H_
