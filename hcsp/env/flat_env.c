// A step: (1) the matches take two control steps with the commands of the caller, those that are
// over after the first one wait; (2) pay is booked, what is over is counted and started again,
// serially and in order.
#include "hcsp/env/flat_env.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/tasks/config.h"
#include "sim/base/rng.h"

// What is remembered of a match besides its play; plain numbers.
typedef struct Table {
  uint32_t rallies;           // started so far
  int32_t rival;              // whom the learner meets
  uint8_t learns[SIM_TEAMS];  // sides that the learner plays
  uint8_t start;              // TaskFlatStart
  TaskTally tally;
  TaskFlatMarks marks;
  double reward;  // of the learner's drones, so far
} Table;

struct EnvFlat {
  EnvFlatOptions options;
  PolPlay *play;
  Table *table;               // [matches]
  int *ids;                   // [matches]
  double (*pay)[SIM_DRONES];  // [matches], of the decision in progress
  EnvOpponent rival[ENV_OPPONENTS_MAX];
  int rivals;
  EnvFlatCount *count;
  TaskConfig *strike;  // by whose numbers strikes are paid, NULL: they are not
  double steps;
};

// ---- making and freeing

PolTeam *env_flat_team(const PolStrategy *strategy, SimError *err) {
  PolTeam *team = sim_new(1, sizeof *team);
  snprintf(team->name, sizeof team->name, "%s", strategy->name);
  team->flat = true;
  team->strategies = 1;
  team->strategy[0] = *strategy;
  team->weight[0] = 1;
  // nobody asks it for anything, but every team has one
  team->options = pol_options_load("paper", err);
  if (!team->options) {
    env_flat_team_destroy(team);
    return NULL;
  }
  return team;
}

void env_flat_team_destroy(PolTeam *team) {
  if (team) {
    team->strategies = 0;
    pol_team_destroy(team);
  }
}

EnvFlat *env_flat_create(const EnvFlatOptions *options, SimError *err) {
  const size_t n = (size_t)options->num_envs;
  const PolPlayOptions play = {.matches = options->num_envs,
                               .threads = options->threads,
                               .seed = options->seed,
                               .rules = options->rules,
                               .guest = options->guest,
                               .device = options->device};
  assert(options->team->flat && options->learner->file->every == 2);
  assert(options->agents == SIM_DRONES || options->agents == SIM_ROLES);
  EnvFlat *r = sim_new(1, sizeof *r);
  *r = (EnvFlat){.options = *options,
                 .table = sim_new(n, sizeof *r->table),
                 .ids = sim_new(n, sizeof *r->ids),
                 .pay = sim_new(n, sizeof *r->pay),
                 .count = sim_new(1, sizeof *r->count)};
  r->play = pol_play_create(&play, options->model, options->team, options->team, err);
  if (r->play && options->pay.strike > 0) {
    static const char *const LONGER[] = {"closeness_time=0.8"};
    r->strike = task_skill_config_load("serve", NULL, LONGER, 1, err);
    r->options.pay.strike_keys = r->strike ? r->strike->own : NULL;
  }
  if (!r->play || (options->pay.strike > 0 && !r->strike)) {
    env_flat_destroy(r);
    return NULL;
  }
  return r;
}

void env_flat_destroy(EnvFlat *r) {
  if (r) {
    pol_play_destroy(r->play);
    task_skill_config_destroy(r->strike);
    free(r->table);
    free(r->ids);
    free(r->pay);
    free(r->count);
    free(r);
  }
}

// ---- rallies

static void set_opponents(void *self, const EnvOpponent *opponent, int n) {
  EnvFlat *r = self;
  assert(n >= 1 && n <= ENV_OPPONENTS_MAX);
  memcpy(r->rival, opponent, (size_t)n * sizeof *opponent);
  r->rivals = n;
}

static void seat(EnvFlat *r, int match) {
  const Table *table = &r->table[match];
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (table->learns[side]) {
      pol_play_seat_caller(r->play, match, (SimTeam)side, r->options.learner);
    } else if (r->rival[table->rival].guest) {
      pol_play_seat_guest(r->play, match, (SimTeam)side, r->rival[table->rival].strategy);
    } else {
      pol_play_set_strategy(r->play, match, (SimTeam)side, r->rival[table->rival].strategy);
    }
  }
}

// ball and server where the kind of start wants them
static void place(EnvFlat *r, int match, uint32_t rally) {
  SimRng rng = sim_rng(r->options.seed, rally, 0, SIM_RNG_FLAT_START);
  double left = sim_rng_uniform(&rng, 0, 1);
  TaskFlatStart start = TASK_FLAT_SERVE;
  for (int k = TASK_FLAT_SERVE + 1; k < TASK_FLAT_STARTS; k++) {
    start = left >= 0 && left < r->options.share[k] ? (TaskFlatStart)k : start;
    left -= r->options.share[k];
  }
  r->table[match].start = (uint8_t)start;
  if (start != TASK_FLAT_SERVE) {
    const SimState *state = pol_play_state(r->play, match);
    const SimTeam server = state->referee.server;
    SimView view = state->view;
    task_flat_start(&view, start, server, r->options.reach, &rng);
    sim_batch_place(pol_play_batch(r->play), match, &view, server, NULL);
  }
}

static void start(EnvFlat *r, int match) {
  Table *table = &r->table[match];
  SimTeam side;
  const int rival = env_opponent_draw(&side, r->rival, r->rivals, r->options.seed, (uint32_t)match,
                                      table->rallies);
  const bool self = r->rival[rival].strategy == NULL;
  const uint32_t rally = table->rallies * (uint32_t)r->options.num_envs + (uint32_t)match;
  *table = (Table){.rallies = table->rallies + 1,
                   .rival = rival,
                   .learns = {self || side == SIM_NEAR, self || side == SIM_FAR}};
  pol_play_reset(r->play, &match, 1, &rally);
  place(r, match, rally);
  seat(r, match);
}

static void reset(void *self, bool all) {
  EnvFlat *r = self;
  assert(r->rivals > 0);
  for (int match = 0; match < r->options.num_envs; match++) {
    if (all || r->table[match].rallies == 0) {
      start(r, match);
    }
  }
}

// ---- counts

static void note_step(EnvFlat *r, int match) {
  Table *table = &r->table[match];
  TaskDeeds *deeds[SIM_TEAMS] = {NULL};
  for (int side = 0; side < SIM_TEAMS && table->start == TASK_FLAT_SERVE; side++) {
    deeds[side] = table->learns[side] ? &r->count->deeds : NULL;
  }
  task_tally_step(deeds, &table->tally, pol_play_state(r->play, match));
}

static void count_result(EnvFlat *r, int match) {
  const SimReferee *ref = &pol_play_state(r->play, match)->referee;
  const Table *table = &r->table[match];
  assert(table->learns[0] + table->learns[1] > 0);
  EnvFlatCount *count = r->count;
  count->rallies++;
  count->hits += ref->hits;
  count->reward += table->reward / (table->learns[0] + table->learns[1]);
  count->reasons[ref->reason]++;
  env_matchup_count(&count->meeting[table->rival], ref, table->learns);
}

// ---- observing

// the drone that is agent a of a match
static int drone_of(const EnvFlat *r, int match, int a) {
  const SimTeam side = r->table[match].learns[SIM_NEAR] ? SIM_NEAR : SIM_FAR;
  return r->options.agents == SIM_DRONES ? a : sim_drone(side, (SimRole)a);
}

static void observe(void *self, const EnvView *view, int first, int end) {
  EnvFlat *r = self;
  const size_t inputs = (size_t)sim_obs_size(SIM_OBS_FLAT57);
  const int agents = r->options.agents;
  assert(first >= 0 && end <= r->options.num_envs * agents);
  for (int row = first; row < end; row++) {
    const int match = row / agents, drone = drone_of(r, match, row % agents);
    const SimState *state = pol_play_state(r->play, match);
    sim_obs_flat(view->obs + (size_t)row * inputs, &state->view, &state->referee.flags, drone);
    view->mask[row] = !r->table[match].learns[sim_team(drone)];
    view->draw[row] = (KrnDraw){.seed = state->seed,
                                .world = state->rally,
                                .step = (uint32_t)state->referee.step,
                                .purpose = (uint32_t)(SIM_RNG_SKILL + drone)};
  }
}

// ---- stepping

static void command(EnvFlat *r, const float *action, int match) {
  for (int a = 0; a < r->options.agents; a++) {
    const int drone = drone_of(r, match, a);
    if (r->table[match].learns[sim_team(drone)]) {
      pol_play_command(r->play, match, drone,
                       action + (size_t)(match * r->options.agents + a) * SIM_ROTORS);
    }
  }
}

// one control step of the listed matches; those that go on stay in the list
static SimStatus step_listed(EnvFlat *r, int *n, SimError *err) {
  const SimStatus status = pol_play_step(r->play, r->ids, *n, err);
  int kept = 0;
  for (int i = 0; status == SIM_OK && i < *n; i++) {
    const int match = r->ids[i];
    const SimState *state = pol_play_state(r->play, match);
    note_step(r, match);
    task_flat_pay_step(r->pay[match], &r->table[match].marks, &r->options.pay, state);
    if (state->referee.winner == SIM_PLAYING) {
      r->ids[kept++] = match;
    }
  }
  r->steps += *n;
  *n = kept;
  return status;
}

static void finish(EnvFlat *r, const EnvResult *result, int match) {
  const SimState *state = pol_play_state(r->play, match);
  const SimReferee *ref = &state->referee;
  const bool over = ref->winner != SIM_PLAYING;
  const bool truncated = ref->winner == SIM_DRAW && ref->reason == SIM_EVENT_TIMEOUT;
  const size_t inputs = (size_t)sim_obs_size(SIM_OBS_FLAT57);
  task_flat_pay_place(r->pay[match], &r->table[match].marks, &r->options.pay, state);
  for (int a = 0; a < r->options.agents; a++) {
    const int row = match * r->options.agents + a, drone = drone_of(r, match, a);
    const double pay = r->pay[match][drone];
    result->reward[row] = (float)pay;
    result->terminated[row] = over && !truncated;
    result->truncated[row] = truncated;
    r->table[match].reward += r->table[match].learns[sim_team(drone)] ? pay / SIM_ROLES : 0;
    if (over) {
      sim_obs_flat(result->final_obs + (size_t)row * inputs, &state->view, &ref->flags, drone);
    }
  }
  if (over) {
    count_result(r, match);
    start(r, match);
  }
}

static SimStatus step(void *self, const EnvResult *result, const float *action, int first, int end,
                      SimError *err) {
  EnvFlat *r = self;
  int n = 0;
  assert(first >= 0 && first < end && end <= r->options.num_envs);
  for (int match = first; match < end; match++) {
    command(r, action, match);
    memset(r->pay[match], 0, sizeof r->pay[match]);
    r->ids[n++] = match;
  }
  SimStatus status = step_listed(r, &n, err);
  status = status == SIM_OK && n > 0 ? step_listed(r, &n, err) : status;
  for (int match = first; status == SIM_OK && match < end; match++) {
    finish(r, result, match);
  }
  return status;
}

const EnvFlatCount *env_flat_count(const EnvFlat *r) {
  return r->count;
}

double env_flat_steps(const EnvFlat *r) {
  return r->steps;
}

static void clear_stats(void *self) {
  EnvFlat *r = self;
  memset(r->count, 0, sizeof *r->count);
}

// ---- bytes

static size_t match_size(const EnvFlat *r) {
  return sizeof(Table) + pol_play_match_size(r->play);
}

static size_t size(const void *self) {
  const EnvFlat *r = self;
  return sizeof r->steps + sizeof *r->count + (size_t)r->options.num_envs * match_size(r);
}

static void save(void *out, void *self) {
  EnvFlat *r = self;
  char *to = out;
  memcpy(to, &r->steps, sizeof r->steps);
  to += sizeof r->steps;
  memcpy(to, r->count, sizeof *r->count);
  to += sizeof *r->count;
  for (int match = 0; match < r->options.num_envs; match++, to += match_size(r)) {
    memcpy(to, &r->table[match], sizeof r->table[match]);
    pol_play_save(to + sizeof r->table[match], r->play, match);
  }
}

static SimStatus load(void *self, const void *in, SimError *err) {
  EnvFlat *r = self;
  const char *from = in;
  memcpy(&r->steps, from, sizeof r->steps);
  from += sizeof r->steps;
  memcpy(r->count, from, sizeof *r->count);
  from += sizeof *r->count;
  for (int match = 0; match < r->options.num_envs; match++, from += match_size(r)) {
    Table *table = &r->table[match];
    memcpy(table, from, sizeof *table);
    if (table->rival < 0 || table->rival >= r->rivals) {
      return sim_error(err, SIM_BAD_INPUT, "match %d: saw rival %d, wanted one of %d", match,
                       table->rival, r->rivals);
    }
    SIM_TRY(pol_play_load(r->play, match, from + sizeof *table, err));
    seat(r, match);
  }
  return SIM_OK;
}

Env env_flat_env(EnvFlat *r) {
  static const EnvOps OPS = {.reset = reset,
                             .observe = observe,
                             .step = step,
                             .set_opponents = set_opponents,
                             .clear_stats = clear_stats,
                             .size = size,
                             .save = save,
                             .load = load};
  return (Env){.self = r,
               .ops = &OPS,
               .shape = {.num_envs = r->options.num_envs,
                         .agents = r->options.agents,
                         .inputs = sim_obs_size(SIM_OBS_FLAT57),
                         .outputs = SIM_ROTORS,
                         .seconds = 2 * SIM_DT}};
}
