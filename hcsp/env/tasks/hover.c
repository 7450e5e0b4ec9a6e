// Flying to a point and staying there, from anything that can happen to a quadrotor on a court.
#include "hcsp/env/tasks/hover.h"

#include <stdlib.h>

#include "hcsp/env/tasks/config.h"

typedef HoverKeys Keys;
static const ConfigKey KEY[] = {HOVER_KEYS(TASK_KEY_ROW)};
_Static_assert((int)HOVER_STATS <= (int)TASK_STATS_MAX, "room for every stat");

typedef struct Hover {
  Task task;
  HoverSetup setup;
} Hover;

static const HoverSetup *setup_of(const Task *task) {
  return &((const Hover *)task)->setup;
}

static void hover_start(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng) {
  hover_begin(episode, &view->drone[TASK_LEARNER], view->ball_pos, setup_of(task), rng);
}

static bool hover_over(const Task *task, const TaskEpisode *episode, const SimState *state) {
  (void)task;
  (void)episode;
  return hover_ended(&state->referee, &state->view.drone[TASK_LEARNER]);
}

static void hover_judge(const Task *task, TaskEpisode *episode, const SimState *state,
                        TaskStep *out) {
  hover_pay_step(out, setup_of(task)->keys, episode, &state->referee,
                 &state->view.drone[TASK_LEARNER]);
}

static Task *hover_create(const TaskConfig *config, const TaskInputs *inputs) {
  Hover *hover = sim_new(1, sizeof *hover);
  *hover = (Hover){.task = {.name = config->name,
                            .layout = SIM_OBS_HOVER27,
                            .every = (int)config->every,
                            .physics = config->physics,
                            .world = config->world,
                            .action = config->action,
                            .stats = HOVER_STATS,
                            .stat_name = {"success", "error", "crash", "published_error",
                                          "published_crash", "dive_crash"},
                            .success = HOVER_SUCCESS,
                            .start = hover_start,
                            .observe = task_observe_goal,
                            .over = hover_over,
                            .judge = hover_judge},
                   .setup = {.keys = config->own,
                             .recorded = inputs->hand_off,
                             .n = inputs->hand_offs,
                             .every = (int)config->every}};
  hover->task.time_max = hover->setup.keys->time_max;
  hover->task.hover = &hover->setup;
  return &hover->task;
}

const TaskKind task_hover = {.name = "hover",
                             .key = KEY,
                             .keys = sizeof KEY / sizeof KEY[0],
                             .size = sizeof(Keys),
                             .pricing = true,
                             .create = hover_create};
