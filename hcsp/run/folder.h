// The folder of a run, which every training keeps:
//   config.yaml       every setting, resolved          log.txt      all messages with date and time
//   provenance.json   what was run, where, by what     lock         held while a process trains
//   here metrics.jsonl, events.out.tfevents.*               figures of each update
//   (hcsp/train/metrics.h) checkpoints/      newest three (hcsp/run/checkpoint.h) policies/ what
//   was learned; report.md and team.yaml are the trainer's
// A folder belongs to one run: a second one is refused, and so is a second process.
#ifndef HCSP_RUN_FOLDER_H_
#define HCSP_RUN_FOLDER_H_

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/file.h"
#include "sim/base/status.h"

typedef struct Run Run;

// Opens path: makes it, or with resume takes up the run that is there (the folder holds config.yaml
// or checkpoints/). From here on messages are copied to log.txt; one run is open in a process at a
// time. resume_command is what the user would type to continue, for the message. NULL with
// SIM_BAD_INPUT when the folder holds a run and resume is not set, holds none and it is, or another
// process trains in it; SIM_DISK_FULL or SIM_FAIL from the system.
Run *run_open(const char *path, bool resume, const char *resume_command, SimError *err);
// Ends the copy to log.txt and gives the folder free; call it when no other thread logs any more.
void run_close(Run *run);  // NULL is fine

// What provenance.json says besides what this part finds out by itself (version, commit, compiler,
// MuJoCo, machine, time).
typedef struct RunInfo {
  int argc;  // the command line
  char *const *argv;
  uint64_t seed;
  int threads;
  const char *device;    // "cpu" or "cuda"
  const char *training;  // what is trained, as the command line has it; may be NULL
  const char *config;    // text of config.yaml
  json_t *inputs;        // hcsp/run/inputs.h, borrowed; NULL: none
  int64_t step;          // where a resumed run goes on
} RunInfo;

// Writes config.yaml and provenance.json. In a resumed run, provenance.json keeps what it says and
// gets one more element of "resumed"; a config that differs from the one stored is written and
// named in a warning.
SimStatus run_describe(Run *run, const RunInfo *info, SimError *err);

const char *run_checkpoints(const Run *run);  // path of checkpoints/
const char *run_policies(const Run *run);     // path of policies/
// Path of a file or folder in it.
SimStatus run_file(char out[SIM_PATH_MAX], const Run *run, const char *name, SimError *err);

// Refuses a training (as "skill hover" or "strategy") in a folder that holds a run of another one:
// its own, those of parts in folders inside, or a pipeline. What provenance.json does not tell, as
// in runs of earlier versions, is told by where runs are. SIM_BAD_INPUT.
SimStatus run_check_training(const char *path, const char *training, SimError *err);

// Is there a run in this folder?
bool run_exists(const char *path);
// The JSON of a file in it, and the last whole line of its metrics.jsonl; NULL: there is none, or
// it is damaged.
json_t *run_json(const char *path, const char *name);
json_t *run_last_metrics(const char *path);
// Removes what killed processes had not written to the end, in path and the folders inside, but not
// in those of other runs. For who knows that nobody else writes there; run_open does it, too.
void run_remove_leftovers(const char *path);

#endif  // HCSP_RUN_FOLDER_H_
