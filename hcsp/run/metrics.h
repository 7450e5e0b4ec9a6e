// Figures of a run, one set an update: a line of JSON in metrics.jsonl and the same scalars in a
// TensorBoard event file. Tags are "group/name" as TensorBoard groups them.
//   {"step":4096,"seconds":1.25,"loss/policy":-0.0123,"task/return":6.5}
// Numbers have the digits that give back the same double; what is not finite is null (in the event
// file it stays what it is).
#ifndef HCSP_RUN_METRICS_H_
#define HCSP_RUN_METRICS_H_

#include <stdbool.h>
#include <stdint.h>

#include "hcsp/run/tfevents.h"
#include "sim/base/status.h"

enum { HCSP_METRICS_MAX = 512 };  // scalars of an update

typedef struct HcspMetrics HcspMetrics;

// Opens the figures of the run in folder. With resume, lines of metrics.jsonl behind step and a
// torn last line are dropped, so that the file holds what an uninterrupted run would have written,
// and a new event file supersedes the points behind step; seconds go on from the last line that
// stays. A folder without metrics.jsonl is fine either way. NULL with SIM_DISK_FULL, SIM_BAD_INPUT
// (metrics.jsonl is no file, or too large) or SIM_FAIL.
HcspMetrics *hcsp_metrics_create(const char *folder, bool resume, int64_t step, SimError *err);
void hcsp_metrics_destroy(HcspMetrics *metrics);  // NULL is fine; what was not flushed is lost

// Begins the set of an update that ends at step (rising from set to set).
void hcsp_metrics_begin(HcspMetrics *metrics, int64_t step);
// Adds a scalar, or replaces the one of that tag. tag: at most HCSP_TAG_MAX - 1 characters of
// [A-Za-z0-9_./-] other than "step" and "seconds".
void hcsp_metrics_put(HcspMetrics *metrics, const char *tag, double value);
// Writes the set to both files. On failure neither holds a part of it, and training may go on.
SimStatus hcsp_metrics_flush(HcspMetrics *metrics, SimError *err);
// Syncs both files to disk: before a checkpoint, whose figures must not be missing after a power
// cut.
SimStatus hcsp_metrics_sync(HcspMetrics *metrics, SimError *err);

// The last value of tag put since the last begin, NaN when there is none.
double hcsp_metrics_get(const HcspMetrics *metrics, const char *tag);
// Wall-clock seconds that the run has trained for, those before a resume included.
double hcsp_metrics_seconds(const HcspMetrics *metrics);

#endif  // HCSP_RUN_METRICS_H_
