// How far a pipeline is and how long it still takes: one line for the stage that runs, redrawn in
// place on a terminal and printed twice a minute elsewhere.
//
//   3/12 Stage II, strategy: 45 %, 2 min 10 s left; all stages 8 min left
//
// A training is as far as its metrics.jsonl says. What has not begun is estimated by the measured
// costs, scaled by what the stages so far really took.
#ifndef HCSP_PIPELINE_PROGRESS_H_
#define HCSP_PIPELINE_PROGRESS_H_

#include "hcsp/pipeline/stages.h"
#include "sim/base/file.h"

typedef struct PipelineProgress {
  char folder[SIM_PATH_MAX];          // of the run
  double predicted[PIPELINE_STAGES];  // s of wall clock, by the costs
  bool over[PIPELINE_STAGES];         // needs no more time
  double took, predicted_for;         // s, of the stages that have ended, and what was predicted
  PipelineStageId stage;              // that runs
  int number;                         // of it, from 1
  bool todo;                          // it was not done before
  double begun, begun_share;          // s, and the share that was done then
  double moved, moved_share;          // when the share last changed, and to what
  double work[PIPELINE_TRAINEDS];     // decisions
  double shown;                       // s
} PipelineProgress;

void pipeline_progress_open(PipelineProgress *progress, const char *folder,
                            const PipelineOrder *order);
// todo: it is not done yet.
void pipeline_progress_begin(PipelineProgress *progress, PipelineStageId stage, bool todo);
// Shows the line when it is time to; arg is the progress.
void pipeline_progress_tick(void *arg);
// The stage is over, with what it was to make or without; seconds of wall clock in all.
void pipeline_progress_end(PipelineProgress *progress, bool made, double seconds);

// --- the parts, for tests

// Share of a training's decisions that its metrics tell of, 0 when there are none.
double pipeline_progress_share(const char *folder, double decisions);
// Seconds left at time now of the stage that runs, and of all; share is what is done of it.
double pipeline_progress_left(double *all, PipelineProgress *progress, double share, double now);

#endif  // HCSP_PIPELINE_PROGRESS_H_
