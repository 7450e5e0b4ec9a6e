// As many worlds as fit a few cores are in flight; each takes the next trial when its own is over.
// Ranks share the trials.
#include "hcsp/eval/skill.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/log.h"

enum { WORLDS = 64 };

// the referee judges on after the end of a rally: recovery is measured, too
static const SimRules PRACTICE = {.name = "practice", .steps_max = 1 << 30, .play_on = true};

typedef struct World {
  EvalTrial trial;
  EvalWatch watch;
  int number;
} World;

typedef struct Run {
  const EvalSkillRun *options;
  PolPlay *play;
  World world[WORLDS];
  int ids[WORLDS], n;  // worlds in flight
  FleetShare share;    // of the trials
  int total, done;
  EvalOutcome *outcome;
} Run;

static void ask(PolAsk *out, void *arg, int match, const SimState *state, int drone) {
  const Run *run = arg;
  const EvalTrial *trial = &run->world[match].trial;
  eval_trial_ask(out, trial, state, drone);
  out->sample = drone == trial->drone ? run->options->sample : run->options->team->sample_skills;
}

// the next trial in match; false: there is none
static bool start(Run *run, int match) {
  assert(match >= 0 && match < WORLDS);
  const EvalSkillRun *options = run->options;
  World *world = &run->world[match];
  world->number = fleet_share_take(&run->share);
  if (world->number < 0) {
    return false;
  }
  const EvalCell *cell = options->cell ? &options->cell[world->number / options->trials] : NULL;
  const uint32_t number = (uint32_t)(world->number % options->trials);
  eval_trial_draw(&world->trial, &options->trial, cell, options->seed, number);
  eval_watch_start(&world->watch);
  pol_play_reset(run->play, &match, 1, &number);
  sim_batch_place(pol_play_batch(run->play), match, &world->trial.start, world->trial.server, NULL);
  return true;
}

// one control step of everything in flight; finished trials make room for the next or leave
static SimStatus advance(Run *run, SimError *err) {
  const SimStatus status = pol_play_step(run->play, run->ids, run->n, err);
  int kept = 0;
  for (int i = 0; status == SIM_OK && i < run->n; i++) {
    const int match = run->ids[i];
    World *world = &run->world[match];
    const SimState *state = pol_play_state(run->play, match);
    const bool over = eval_watch_step(&world->watch, &world->trial, state, run->options->steps);
    if (over) {
      eval_watch_end(&run->outcome[world->number], &world->watch, &world->trial, state);
      run->done++;
    }
    if (!over || start(run, match)) {
      run->ids[kept++] = match;
    }
  }
  run->n = kept;
  return status;
}

static SimStatus run_all(Run *run, SimError *err) {
  SimProgress progress = {.what = run->options->progress, .total = run->total};
  SimStatus status = SIM_OK;
  for (int m = 0; m < run->share.room && start(run, m); m++) {
    run->ids[run->n++] = m;
  }
  while (status == SIM_OK && run->n > 0) {
    status = advance(run, err);
    if (progress.what) {
      sim_progress(&progress, fmin(run->done * fleet_size(), run->total), "");
    }
    if (status == SIM_OK && run_interrupted()) {
      status = sim_error(err, SIM_INTERRUPTED, "interrupted after %d of %d trials", run->done,
                         run->total);
    }
  }
  if (progress.what) {
    sim_progress_end(&progress);
  }
  return status;
}

static SimStatus run_on(Run *run, const SimModel *model, SimError *err) {
  const EvalSkillRun *options = run->options;
  const PolPlayOptions play = {.matches = run->total < WORLDS ? run->total : WORLDS,
                               .threads = options->threads,
                               .seed = options->seed,
                               .rules = &PRACTICE,
                               .script = ask,
                               .script_arg = run};
  SimStatus status = fleet_share_open(&run->share, run->total, WORLDS, "trials", err);
  run->play =
      status == SIM_OK ? pol_play_create(&play, model, options->team, options->team, err) : NULL;
  status = run->play ? run_all(run, err) : err->status;
  status = fleet_share_gather(&run->share, run->outcome, sizeof *run->outcome, status, err);
  fleet_share_close(&run->share, status);
  return status;
}

SimStatus eval_skill_measure(EvalOutcome *outcome, const EvalSkillRun *options, SimError *err) {
  assert(options->trials >= 1 && options->steps >= 1 && (!options->cell || options->cells >= 1));
  SimError own = {0};
  err = err ? err : &own;
  SimStatus status = eval_trial_check_goals(options->trial.goals, err);
  SimModelOptions model_options = sim_model_default();
  model_options.scenery = false;
  model_options.world = options->world;
  model_options.numbers = options->numbers;
  model_options.roster = eval_trial_roster(options->trial.slot, options->cell != NULL);
  SimModel *model = status == SIM_OK ? sim_model_create(&model_options, err) : NULL;
  Run *run = model ? calloc(1, sizeof *run) : NULL;
  if (model && !run) {
    sim_error(err, SIM_FAIL, "no memory for %d worlds", WORLDS);
  }
  if (run) {
    run->options = options;
    run->outcome = outcome;
    run->total = options->trials * (options->cell ? options->cells : 1);
    status = run_on(run, model, err);
    pol_play_destroy(run->play);
  }
  status = run ? status : err->status;
  free(run);
  sim_model_destroy(model);
  return status;
}
