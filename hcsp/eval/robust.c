// Levels are chosen around the paper's numbers: the middle one, or the first where nothing can be
// less than nothing, is the paper's.
#include "hcsp/eval/robust.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/eval/summary.h"
#include "hcsp/league/interval.h"
#include "sim/physics.h"

static const struct {
  const char *name, *unit;
  double value[EVAL_ROBUST_LEVELS];
} AXIS[EVAL_ROBUST_AXES] = {
    {"mass", "x", {0.8, 0.9, 1, 1.1, 1.2}}, {"thrust", "x", {0.8, 0.9, 1, 1.1, 1.2}},
    {"lag", "x", {0.5, 0.75, 1, 1.5, 2}},   {"delay", "ms", {0, 10, 20, 30, 40}},
    {"noise", "x", {0, 0.5, 1, 2, 4}},      {"restitution", "", {0.6, 0.7, 0.8, 0.9, 1}},
    {"drag", "m/s2", {0, 0.5, 1, 2, 4}},    {"wind", "m/s", {-2, -1, 0, 1, 2}},
};

// one of the noise axis: what motion capture leaves after a filter, the same guess as in
// configs/worlds/real.yaml
static const struct {
  const char *key;
  double deviation;
} NOISE[] = {{"noise_pos", 0.002}, {"noise_vel", 0.02},       {"noise_angle", 0.005},
             {"noise_rate", 0.02}, {"noise_ball_pos", 0.005}, {"noise_ball_vel", 0.05}};

const char *eval_robust_name(EvalRobustAxis axis) {
  assert(axis < EVAL_ROBUST_AXES);
  return AXIS[axis].name;
}

const char *eval_robust_unit(EvalRobustAxis axis) {
  assert(axis < EVAL_ROBUST_AXES);
  return AXIS[axis].unit;
}

bool eval_robust_find(EvalRobustAxis *axis, const char *name) {
  for (int i = 0; i < EVAL_ROBUST_AXES; i++) {
    if (strcmp(AXIS[i].name, name) == 0) {
      *axis = (EvalRobustAxis)i;
      return true;
    }
  }
  return false;
}

double eval_robust_value(EvalRobustAxis axis, int level) {
  assert(level >= 0 && level < EVAL_ROBUST_LEVELS);
  return AXIS[axis].value[level];
}

static void set(SimWorldFile *world, const char *key, double value) {
  *sim_plant_number(&world->low, key) = *sim_plant_number(&world->high, key) = value;
}

static void scale(SimWorldFile *world, const char *key, double factor) {
  *sim_plant_number(&world->low, key) *= factor;
  *sim_plant_number(&world->high, key) *= factor;
}

void eval_robust_set(SimWorldFile *world, EvalRobustAxis axis, int level) {
  const double value = eval_robust_value(axis, level);
  const int steps = (int)lround(value / 1000 / SIM_DT);
  switch (axis) {
  case EVAL_ROBUST_MASS:
    scale(world, "drone_mass", value);
    scale(world, "inertia_x", value);
    scale(world, "inertia_y", value);
    scale(world, "inertia_z", value);
    break;
  case EVAL_ROBUST_THRUST:
    scale(world, "thrust", value);
    scale(world, "reaction", value);
    break;
  case EVAL_ROBUST_LAG:
    scale(world, "lag", value);
    break;
  case EVAL_ROBUST_DELAY:
    set(world, "observation_delay", (steps + 1) / 2 * SIM_DT);
    set(world, "action_delay", steps / 2 * SIM_DT);
    break;
  case EVAL_ROBUST_NOISE:
    for (size_t i = 0; i < sizeof NOISE / sizeof NOISE[0]; i++) {
      set(world, NOISE[i].key, value * NOISE[i].deviation);
    }
    break;
  case EVAL_ROBUST_RESTITUTION:
    set(world, "box_restitution", value);
    break;
  case EVAL_ROBUST_DRAG:  // of the ball's own mass, whatever it is
    world->low.ball_drag = value / 100 * world->low.ball_mass;
    world->high.ball_drag = value / 100 * world->high.ball_mass;
    break;
  case EVAL_ROBUST_WIND:
    set(world, "wind_x", 0 - value);  // never -0
    break;
  case EVAL_ROBUST_AXES:
    assert(false);
    break;
  }
  sim_world_file_settle(world);
}

// ---- measuring

static SimStatus measure_skill(EvalRobustCell *cell, const EvalRobustRun *run,
                               const SimWorldFile *world, SimError *err) {
  EvalSkillRun skill = run->skill;
  EvalSkillSummary summary;
  skill.numbers = world;
  skill.trials = run->n;
  SIM_TRY(eval_skill_summary(&summary, &skill, err));
  *cell = (EvalRobustCell){.n = summary.episodes, .successes = summary.successes};
  return SIM_OK;
}

static SimStatus measure_team(EvalRobustCell *cell, const EvalRobustRun *run,
                              const SimWorldFile *world, SimError *err) {
  SimModelOptions bodies = sim_model_default();
  EvalSummary summary;
  bodies.numbers = world;
  SimModel *model = sim_model_create(&bodies, err);
  const EvalRalliesOptions options = {.model = model,
                                      .near = run->team,
                                      .far = run->team,
                                      .rules = run->rules,
                                      .seed = run->seed,
                                      .rallies = run->n,
                                      .threads = run->threads,
                                      .split = true};
  const SimStatus status = model ? eval_rallies_summary(&summary, &options, err) : err->status;
  if (status == SIM_OK) {
    *cell = (EvalRobustCell){.n = summary.rallies, .successes = summary.full_attacks};
  }
  sim_model_destroy(model);
  return status;
}

SimStatus eval_robust_measure(EvalRobustCell *cell, const EvalRobustRun *run,
                              const SimWorldFile *world, SimError *err) {
  assert(run->n >= 1);
  SIM_TRY(run->team ? measure_team(cell, run, world, err) : measure_skill(cell, run, world, err));
  assert(cell->successes <= cell->n);
  cell->rate = cell->n > 0 ? (double)cell->successes / cell->n : (double)NAN;
  league_wilson(&cell->low, &cell->high, cell->successes, cell->n);
  return SIM_OK;
}
