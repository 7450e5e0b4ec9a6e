// A trial is the situation in which the attack skill is measured (skill_trial.h), with the other
// team complete: a setter with the ball of a pass, its attacker, and against them a passer at its
// waiting place behind a spread front row, which sets and attacks like the rule bot when the dig is
// good enough. Trial k has the same start in every cell and at every time, so that cells differ by
// what is compared. Everything runs in one batch of matches.
#include "hcsp/eval/calibrate.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/episodes.h"
#include "hcsp/eval/matrix_game.h"
#include "hcsp/eval/skill_trial.h"
#include "sim/base/log.h"

enum {
  WORLDS = 128,
  STEPS_MAX = 1000,  // a set, an attack, a dig, a set and an attack take 500
  PASSER = 0,
  SETTER = 1,
  ATTACKER = 2,
  FAR_PASSER = 3,
  FAR_SETTER = 4,
  FAR_ATTACKER = 5
};

static const SimRules TRIAL_RULES = {.name = "calibration", .steps_max = STEPS_MAX};

// flight times in seconds: the first are measured in any case, then steps outside or between them
static const double FIRST_TIME[] = {1.00, 1.09, 1.18};
enum { FIRST_TIMES = sizeof FIRST_TIME / sizeof FIRST_TIME[0], SEARCH_SHARE = 4, SETTLE_MAX = 3 };
_Static_assert((int)EVAL_KINDS_MAX <= (int)EVAL_MATRIX_MAX, "a kill table is a matrix game");
_Static_assert((int)FAR_ATTACKER == (int)SIM_DRONES - 1, "a trial names every drone");
#define TIME_STEP 0.06
#define TIME_MIN 0.80  // faster ones end in the net
#define TIME_MAX 1.60  // slower ones are lobs
#define TIME_GRAIN 0.005
#define NEAR_ENOUGH 0.03  // from the target value

double eval_kills_value(const EvalKills *kills) {
  const int all = kills->kills + kills->errors + kills->returned;
  return all > 0 ? (double)(kills->kills - kills->errors) / all : 0;
}

// ---- the table's waiting places and attacks

void eval_calibrate_kinds(EvalCalibration *c, const PolOptions *table) {
  c->attacks = c->waits = 0;
  for (int i = 0; i < table->n[POL_HEAD_ATTACKER] && c->attacks < EVAL_KINDS_MAX; i++) {
    if (table->option[POL_HEAD_ATTACKER][i].calibrated) {
      c->attack[c->attacks++] = i;
    }
  }
  for (int i = 0; i < table->n[POL_HEAD_PASSER] && c->waits < EVAL_KINDS_MAX; i++) {
    if (table->option[POL_HEAD_PASSER][i].slot == POL_GOTO) {
      c->wait[c->waits++] = i;
    }
  }
}

// ---- one trial

typedef enum Fate { FATE_OPEN, FATE_VOID, FATE_KILL, FATE_ERROR, FATE_RETURNED } Fate;

typedef struct World {
  EvalTrial trial;
  int cell;       // attack * waits + wait
  bool attacked;  // the attacker has struck
} World;

typedef struct Run {
  const EvalCalibrateOptions *options;
  EvalCalibration kinds;
  EvalKillTable *table;
  PolPlay *play;
  World world[WORLDS];
  FleetShare share;  // of the trials
  int total;
} Run;

static const PolOption *idle(const PolOptions *table, SimRole role, bool spread) {
  const int i = table->spread[role];
  return spread && i >= 0 ? &table->option[role][i]
                          : eval_first_option(table, (PolHead)role, POL_GOTO);
}

static void add_part(EvalTrial *trial, const PolOptions *table, int drone, PolSlot strike, int cue,
                     const SimGoal *wait) {
  const PolHead head = (PolHead)sim_role(drone);
  trial->part[drone] =
      (EvalPart){.strike = strike,
                 .cue = cue,
                 .wait = *wait,
                 .goal = eval_first_option(table, head, strike)->goal,
                 .rest = eval_first_option(table, head, eval_hover_of(strike))->goal};
}

static void draw_trial(World *world, const Run *run, int cell, uint32_t number) {
  const PolOptions *table = run->options->team->options;
  const EvalCalibration *kinds = &run->kinds;
  assert(cell >= 0 && cell < kinds->attacks * kinds->waits);
  const EvalTrialOptions attack = {.slot = POL_ATTACK, .goals = table};
  EvalTrial *trial = &world->trial;
  *world = (World){.cell = cell};
  eval_trial_draw(trial, &attack, NULL, run->options->seed, number);
  const int kind = kinds->attack[cell / kinds->waits], wait = kinds->wait[cell % kinds->waits];
  trial->part[ATTACKER].goal = table->option[POL_HEAD_ATTACKER][kind].goal;
  trial->part[ATTACKER].goal.flight = run->table->flight;
  // the own passer has played the ball and hovers
  const SimGoal *hover = &eval_first_option(table, POL_HEAD_PASSER, POL_PASS_HOVER)->goal;
  trial->part[PASSER] = (EvalPart){.strike = POL_SLOTS, .wait = *hover};
  const PolOption *stands[SIM_ROLES] = {&table->option[POL_HEAD_PASSER][wait],
                                        idle(table, SIM_SETTER, true),
                                        idle(table, SIM_ATTACKER, true)};
  add_part(trial, table, FAR_PASSER, POL_PASS, ATTACKER, &stands[SIM_PASSER]->goal);
  add_part(trial, table, FAR_SETTER, POL_SET, FAR_PASSER, &stands[SIM_SETTER]->goal);
  add_part(trial, table, FAR_ATTACKER, POL_ATTACK, FAR_SETTER, &stands[SIM_ATTACKER]->goal);
  eval_place_hovering(&trial->start, PASSER, hover->point);
  for (int role = 0; role < SIM_ROLES; role++) {
    eval_place_hovering(&trial->start, sim_drone(SIM_FAR, (SimRole)role), stands[role]->goal.point);
  }
}

static void ask(PolAsk *out, void *arg, int match, const SimState *state, int drone) {
  const Run *run = arg;
  const PolTeam *team = run->options->team;
  eval_trial_ask(out, &run->world[match].trial, state, drone);
  out->sample = team->sample_skills;
  if (out->slot == POL_PASS) {
    out->auto_height = eval_first_option(team->options, POL_HEAD_PASSER, POL_PASS)->auto_height;
  }
  // the front row closes up when its own pass is played
  if (drone == FAR_ATTACKER && out->slot == POL_GOTO && eval_trial_touched(state, FAR_PASSER)) {
    out->goal = idle(team->options, SIM_ATTACKER, false)->goal;
  }
}

static Fate judge(World *world, const SimState *state) {
  const SimReferee *ref = &state->referee;
  world->attacked |= eval_trial_touched(state, ATTACKER);
  const bool returned = world->attacked && ref->ball_side == SIM_NEAR &&
                        ref->last_hit_side == SIM_FAR && pol_happened(state, SIM_NEAR).cross;
  if (returned) {
    return FATE_RETURNED;
  }
  if (ref->winner == SIM_PLAYING) {
    return FATE_OPEN;
  }
  if (!eval_trial_touched(state, SETTER) || (!world->attacked && ref->winner != SIM_WIN_FAR)) {
    return FATE_VOID;
  }
  return ref->winner == SIM_WIN_NEAR  ? FATE_KILL
         : ref->winner == SIM_WIN_FAR ? FATE_ERROR
                                      : FATE_RETURNED;
}

// ---- all trials of a table

static SimStatus start(void *arg, int match, int number, SimError *err) {
  (void)err;
  Run *run = arg;
  assert(match >= 0 && match < WORLDS);
  World *world = &run->world[match];
  const uint32_t trial = (uint32_t)(number % run->table->points);
  draw_trial(world, run, number / run->table->points, trial);
  pol_play_reset(run->play, &match, 1, &trial);
  sim_batch_place(pol_play_batch(run->play), match, &world->trial.start, SIM_NEAR, NULL);
  return SIM_OK;
}

static SimStatus step(void *arg, const int *ids, int n, SimError *err) {
  return pol_play_step(((Run *)arg)->play, ids, n, err);
}

static SimStatus book(bool *over, void *arg, int match, SimError *err) {
  (void)err;
  Run *run = arg;
  World *world = &run->world[match];
  const int waits = run->kinds.waits;
  EvalKills *kills = &run->table->cell[world->cell / waits][world->cell % waits];
  const Fate fate = judge(world, pol_play_state(run->play, match));
  kills->kills += fate == FATE_KILL;
  kills->errors += fate == FATE_ERROR;
  kills->returned += fate == FATE_RETURNED;
  *over = fate != FATE_OPEN;
  return SIM_OK;
}

static SimStatus run_all(Run *run, SimError *err) {
  SimProgress progress = {.what = "attacks", .total = run->total};
  char note[48];
  EnvEpisodes trials = {.arg = run,
                        .start = start,
                        .step = step,
                        .book = book,
                        .share = &run->share,
                        .progress = run->options->progress ? &progress : NULL,
                        .note = note};
  snprintf(note, sizeof note, "flight %.3f s", run->table->flight);
  const SimStatus status = env_episodes_run(&trials, err);
  if (run->options->progress) {
    sim_progress_end(&progress);
  }
  return status;
}

static SimStatus solve(EvalKillTable *table, const EvalCalibration *kinds, SimError *err) {
  double payoff[EVAL_KINDS_MAX * EVAL_KINDS_MAX];
  for (int a = 0; a < kinds->attacks; a++) {
    for (int w = 0; w < kinds->waits; w++) {
      payoff[a * kinds->waits + w] = eval_kills_value(&table->cell[a][w]);
    }
  }
  return eval_matrix_solve(&table->value, table->attack, table->wait, payoff, kinds->attacks,
                           kinds->waits, err);
}

static SimStatus check_table(const EvalCalibrateOptions *options, SimError *err) {
  const PolOptions *table = options->team->options;
  if (!pol_options_calibrated(table)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "option table '%s': no attack with 'flight: calibrated'; wanted at least one",
                     table->name);
  }
  return eval_trial_check_goals(table, err);
}

// counts of all ranks
static SimStatus bring_together(EvalKillTable *table, const EvalCalibration *kinds, SimStatus own,
                                SimError *err) {
  double count[EVAL_KINDS_MAX * EVAL_KINDS_MAX][3];
  const int n = kinds->attacks * kinds->waits;
  for (int i = 0; i < n; i++) {
    const EvalKills *cell = &table->cell[i / kinds->waits][i % kinds->waits];
    count[i][0] = cell->kills;
    count[i][1] = cell->errors;
    count[i][2] = cell->returned;
  }
  SIM_TRY(fleet_sum(count[0], 3 * n, "attacks", own, err));
  for (int i = 0; i < n; i++) {
    table->cell[i / kinds->waits][i % kinds->waits] = (EvalKills){
        .kills = (int)count[i][0], .errors = (int)count[i][1], .returned = (int)count[i][2]};
  }
  return SIM_OK;
}

static SimStatus measure(Run *run, SimError *err) {
  const EvalCalibrateOptions *options = run->options;
  SimModel *model = sim_model_create(NULL, err);
  run->total = run->kinds.attacks * run->kinds.waits * run->table->points;
  const PolPlayOptions play = {.matches = run->total < WORLDS ? run->total : WORLDS,
                               .threads = options->threads,
                               .seed = options->seed,
                               .rules = &TRIAL_RULES,
                               .script = ask,
                               .script_arg = run};
  fleet_share_open(&run->share, run->total, WORLDS, "attacks");
  run->play = model ? pol_play_create(&play, model, options->team, options->team, err) : NULL;
  SimStatus status = run->play ? run_all(run, err) : SIM_FAIL;
  fleet_share_close(&run->share, status);
  status = bring_together(run->table, &run->kinds, status, err);
  pol_play_destroy(run->play);
  sim_model_destroy(model);
  return status;
}

SimStatus eval_kill_table(EvalKillTable *table, const EvalCalibrateOptions *options,
                          SimError *err) {
  assert(table->points >= 1 && options->threads >= 1);
  SIM_TRY(check_table(options, err));
  Run *run = sim_new(1, sizeof *run);
  *table = (EvalKillTable){.flight = table->flight, .points = table->points};
  run->options = options;
  run->table = table;
  eval_calibrate_kinds(&run->kinds, options->team->options);
  SimStatus status = measure(run, err);
  status = status == SIM_OK ? solve(table, &run->kinds, err) : status;
  free(run);
  return status;
}

// ---- the flight time

// keeps the tables sorted by time, one for each
static void insert(EvalCalibration *c, const EvalKillTable *table) {
  int i = 0;
  while (i < c->times && c->table[i].flight < table->flight - TIME_GRAIN / 2) {
    i++;
  }
  const bool again = i < c->times && c->table[i].flight < table->flight + TIME_GRAIN / 2;
  assert(again || c->times < EVAL_TIMES_MAX);
  for (int k = c->times; !again && k > i; k--) {
    c->table[k] = c->table[k - 1];
  }
  c->times += !again;
  c->table[i] = *table;
}

// the table whose value is nearest to target among those with at least `points` attacks, or -1
static int nearest(const EvalCalibration *c, double target, int points) {
  assert(c->times > 0);
  int best = -1;
  for (int i = 0; i < c->times; i++) {
    const double distance = fabs(c->table[i].value - target);
    const bool nearer = best < 0 || distance < fabs(c->table[best].value - target);
    best = c->table[i].points >= points && nearer ? i : best;
  }
  return best;
}

double eval_calibrate_next(const EvalCalibration *c, double target) {
  const EvalKillTable *table = c->table;
  const int last = c->times - 1;
  if (fabs(table[nearest(c, target, 0)].value - target) <= NEAR_ENOUGH) {
    return (double)NAN;
  }
  // slow attacks are dug, so that values fall; the slowest time that still straddles counts
  for (int i = last; i > 0; i--) {
    const double high = table[i - 1].value, low = table[i].value;
    if (high >= target && low <= target) {
      const double share = (high - target) / (high - low);
      const double exact = table[i - 1].flight + share * (table[i].flight - table[i - 1].flight);
      const double time = TIME_GRAIN * round(exact / TIME_GRAIN);
      const double margin = TIME_GRAIN / 2;
      const bool new = time > table[i - 1].flight + margin &&time < table[i].flight - margin;
      return new ? time : (double)NAN;
    }
  }
  const double outside =
      table[last].value > target ? table[last].flight + TIME_STEP : table[0].flight - TIME_STEP;
  return outside > TIME_MIN && outside < TIME_MAX ? outside : (double)NAN;
}

static SimStatus add_table(EvalCalibration *c, const EvalCalibrateOptions *options, double flight,
                           int points, SimError *err) {
  EvalKillTable table = {.flight = flight, .points = points};
  SIM_TRY(eval_kill_table(&table, options, err));
  insert(c, &table);
  return SIM_OK;
}

static SimStatus search(EvalCalibration *c, const EvalCalibrateOptions *options, SimError *err) {
  const int points = (options->points + SEARCH_SHARE - 1) / SEARCH_SHARE;
  SimStatus status = SIM_OK;
  double time = FIRST_TIME[0];
  while (status == SIM_OK && c->times < options->times_max && !isnan(time)) {
    status = add_table(c, options, time, points, err);
    time = c->times < FIRST_TIMES ? FIRST_TIME[c->times] : eval_calibrate_next(c, options->target);
  }
  return status;
}

static SimStatus settle(EvalCalibration *c, const EvalCalibrateOptions *options, SimError *err) {
  double time = c->table[nearest(c, options->target, 0)].flight;
  for (int i = 0; i < SETTLE_MAX && !isnan(time); i++) {
    SIM_TRY(add_table(c, options, time, options->points, err));
    time = c->times < EVAL_TIMES_MAX ? eval_calibrate_next(c, options->target) : (double)NAN;
  }
  return SIM_OK;
}

SimStatus eval_calibrate(EvalCalibration *c, const EvalCalibrateOptions *options, SimError *err) {
  assert(options->points >= 1 && options->times_max >= 1 && options->times_max < EVAL_TIMES_MAX);
  *c = (EvalCalibration){.points = options->points, .seed = options->seed};
  eval_calibrate_kinds(c, options->team->options);
  SimStatus status = search(c, options, err);
  status = status == SIM_OK ? settle(c, options, err) : status;
  c->chosen = status == SIM_OK ? nearest(c, options->target, options->points) : 0;
  return status;
}
