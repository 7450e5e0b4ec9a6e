// What a run folder has to show: the team of a training, or a skill that practises its task.
#ifndef VIZ_PROGRAM_RUN_FOLDER_H_
#define VIZ_PROGRAM_RUN_FOLDER_H_

#include "viz/app.h"

// run->kind VIZ_RUN_NONE when path is no run folder. SIM_BAD_INPUT and err when it is one that has
// nothing to show yet, or something in it is damaged. A pipeline shows its latest stage.
SimStatus viz_run_open(VizRun *run, const char *path, SimError *err);

#endif  // VIZ_PROGRAM_RUN_FOLDER_H_
