// As many worlds as fit a few cores are in flight.
#include "hcsp/eval/skill.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/env/episodes.h"

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
  FleetShare share;  // of the trials
  int total;
  EvalOutcome *outcome;
} Run;

static void ask(PolAsk *out, void *arg, int match, const SimState *state, int drone) {
  const Run *run = arg;
  const EvalTrial *trial = &run->world[match].trial;
  eval_trial_ask(out, trial, state, drone);
  out->sample = drone == trial->drone ? run->options->sample : run->options->team->sample_skills;
}

static SimStatus start(void *arg, int match, int trial, SimError *err) {
  (void)err;
  Run *run = arg;
  assert(match >= 0 && match < WORLDS);
  const EvalSkillRun *options = run->options;
  World *world = &run->world[match];
  world->number = trial;
  const EvalCell *cell = options->cell ? &options->cell[trial / options->trials] : NULL;
  const uint32_t number = (uint32_t)(trial % options->trials);
  eval_trial_draw(&world->trial, &options->trial, cell, options->seed, number);
  eval_watch_start(&world->watch);
  pol_play_reset(run->play, &match, 1, &number);
  sim_batch_place(pol_play_batch(run->play), match, &world->trial.start, world->trial.server, NULL);
  return SIM_OK;
}

static SimStatus step(void *arg, const int *ids, int n, SimError *err) {
  return pol_play_step(((Run *)arg)->play, ids, n, err);
}

static SimStatus book(bool *over, void *arg, int match, SimError *err) {
  (void)err;
  Run *run = arg;
  World *world = &run->world[match];
  const SimState *state = pol_play_state(run->play, match);
  *over = eval_watch_step(&world->watch, &world->trial, state, run->options->steps);
  if (*over) {
    eval_watch_end(&run->outcome[world->number], &world->watch, &world->trial, state);
  }
  return SIM_OK;
}

static SimStatus run_all(Run *run, SimError *err) {
  SimProgress progress = {.what = run->options->progress, .total = run->total};
  EnvEpisodes trials = {.arg = run,
                        .start = start,
                        .step = step,
                        .book = book,
                        .share = &run->share,
                        .progress = progress.what ? &progress : NULL};
  const SimStatus status = env_episodes_run(&trials, err);
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
  fleet_share_open(&run->share, run->total, WORLDS, "trials");
  run->play = pol_play_create(&play, model, options->team, options->team, err);
  SimStatus status = run->play ? run_all(run, err) : err->status;
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
  model_options.world = options->world;
  model_options.numbers = options->numbers;
  model_options.roster = eval_trial_roster(options->trial.slot, options->cell != NULL);
  SimModel *model = status == SIM_OK ? sim_model_create(&model_options, err) : NULL;
  SIM_TRY(model ? SIM_OK : err->status);
  Run *run = sim_new(1, sizeof *run);
  run->options = options;
  run->outcome = outcome;
  run->total = options->trials * (options->cell ? options->cells : 1);
  status = run_on(run, model, err);
  pol_play_destroy(run->play);
  free(run);
  sim_model_destroy(model);
  return status;
}
