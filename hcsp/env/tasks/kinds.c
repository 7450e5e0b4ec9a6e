// The list of tasks comes from CMakeLists.txt, so that a new one is listed where its file is.
#include <stdlib.h>

#include "hcsp/env/tasks/config.h"

#define TASK(name) extern const TaskKind task_##name;
HCSP_TASKS
#undef TASK
#define TASK(name) &task_##name,
static const TaskKind *const KINDS[] = {HCSP_TASKS};
#undef TASK

int task_kinds(const TaskKind *kind[TASK_KINDS_MAX]) {
  enum { N = sizeof KINDS / sizeof KINDS[0] };
  _Static_assert((int)N <= (int)TASK_KINDS_MAX, "more tasks than TASK_KINDS_MAX");
  for (int i = 0; i < N; i++) {
    kind[i] = KINDS[i];
  }
  return N;
}

Task *task_create(const TaskConfig *config, const TaskInputs *inputs) {
  static const TaskInputs NONE = {0};
  return config->kind->create(config, inputs ? inputs : &NONE);
}

void task_destroy(Task *task) {
  free(task);
}

void task_observe_goal(float *obs, const Task *task, const TaskEpisode *episode,
                       const SimState *state) {
  sim_obs_goal(obs, task->layout, &state->view, TASK_LEARNER, &episode->goal);
}
