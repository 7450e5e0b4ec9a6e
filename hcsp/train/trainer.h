// A training in its run folder, as every stage has it: opened or resumed, run update by update
// until its budget is used up, shown, stored now and then and after Ctrl-C, concluded.
#ifndef HCSP_TRAIN_TRAINER_H_
#define HCSP_TRAIN_TRAINER_H_

#include "hcsp/run/archive.h"
#include "hcsp/run/folder.h"
#include "hcsp/run/inputs.h"
#include "hcsp/train/dashboard.h"
#include "hcsp/train/history.h"
#include "hcsp/train/tags.h"
#include "kernels/ops.h"

// Options of a training run.
typedef struct TrainOptions {
  const char *folder;          // run folder, made when it is not there
  const char *training;        // what is trained, as the command line has it
  const char *resume_command;  // what to type to resume
  bool resume;                 // a run in the folder is resumed; else it is refused
  int64_t budget;              // decisions
  uint64_t seed;
  int threads;
  const char *device;         // for krn_device_open
  double checkpoint_seconds;  // wall clock between checkpoints
  int argc;                   // for provenance
  char *const *argv;
} TrainOptions;

// What is trained, as the loop sees it. What is not there is NULL.
typedef struct TrainOps {
  const char *kind, *name;     // in checkpoints: "strategy", "league"
  const char *title;           // of the dashboard, else name
  const char *const *ignored;  // beginnings of configuration keys that do not shape what has been
                               //   learnt until now, up to NULL
  const char *const *curve;    // [curves]: columns of the history
  int curves;
  int64_t (*decisions)(const void *training);  // learnt from until now
  // lists what goes on: the same calls store and restore it
  void (*serialize)(void *training, RunArchive *archive);
  // before the first update of this process, not when the run is complete
  SimStatus (*begin)(void *training, SimError *err);
  // one update
  SimStatus (*learn)(PpoStats *stats, void *training, SimError *err);
  // what else there is to see of it: row of the history, metrics, dashboard
  void (*show)(double *row, void *training, const PpoStats *stats);
  // what is due after it
  SimStatus (*grow)(void *training, SimError *err);
  // makes what plays follow what has been stored on the way
  SimStatus (*deploy)(void *training, SimError *err);
  // leaves behind what the run is for, when its budget is used up
  SimStatus (*conclude)(void *training, SimError *err);
} TrainOps;

typedef struct TrainSession {
  const TrainOptions *options;
  TrainOps ops;
  void *training;
  const KrnDevice *device;
  Run *run;
  TrainMetrics *metrics;
  TrainDashboard *dashboard;
  TrainHistory history;
  char *config_text;  // config.yaml
  json_t *inputs;     // what it starts from besides
  double stored;      // wall clock of the last checkpoint
  double cpu;         // s of the process when it was opened, less what came before
  bool complete;      // nothing is left to do
} TrainSession;

// The whole of a run: opens the run folder, restores what is stored there, describes the run, opens
// its metrics, iterates until the budget is used up, concludes and stores. Of a run that is
// complete, only what restoring has read is there. options and training stay the caller's and
// outlive the session, which is zero before and to be closed after; config_text and inputs become
// the session's. SIM_INTERRUPTED after Ctrl-C, with a checkpoint.
SimStatus train_run(TrainSession *session, const TrainOptions *options, const TrainOps *ops,
                    void *training, char *config_text, json_t *inputs, const KrnDevice *device,
                    SimError *err);
// Its first part alone, up to the metrics.
SimStatus train_open(TrainSession *session, const TrainOptions *options, const TrainOps *ops,
                     void *training, char *config_text, json_t *inputs, const KrnDevice *device,
                     SimError *err);
void train_close(TrainSession *session);

// CPU seconds that the run has taken until now, those before a resume included.
double train_seconds(const TrainSession *session);

#endif  // HCSP_TRAIN_TRAINER_H_
