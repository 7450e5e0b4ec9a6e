// One decision: (1) everybody acts and takes a control step, rows and commands are booked; (2) the
// rallies that are not over take the second; (3) pay is booked, what is over is counted and begun
// anew, serially and in order.
#include "hcsp/env/flat_env.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/row.h"
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
  double steps;
};

// ---- making and freeing

EnvFlat *env_flat_create(const EnvFlatOptions *options, SimError *err) {
  const size_t n = (size_t)options->matches;
  const PolPlayOptions play = {.matches = options->matches,
                               .threads = options->threads,
                               .seed = options->seed,
                               .rules = options->rules};
  assert(options->team->flat && options->learner->file->every == 2);
  EnvFlat *r = calloc(1, sizeof *r);
  if (r) {
    *r = (EnvFlat){.options = *options,
                   .table = calloc(n, sizeof *r->table),
                   .ids = calloc(n, sizeof *r->ids),
                   .pay = calloc(n, sizeof *r->pay),
                   .count = calloc(1, sizeof *r->count)};
  }
  if (!r || !r->table || !r->ids || !r->pay || !r->count) {
    sim_error(err, SIM_FAIL, "no memory for %d matches", options->matches);
    env_flat_destroy(r);
    return NULL;
  }
  r->play = pol_play_create(&play, options->model, options->team, options->team, err);
  if (!r->play) {
    env_flat_destroy(r);
    return NULL;
  }
  return r;
}

void env_flat_destroy(EnvFlat *r) {
  if (r) {
    pol_play_destroy(r->play);
    free(r->table);
    free(r->ids);
    free(r->pay);
    free(r->count);
    free(r);
  }
}

// ---- rallies

void env_flat_set_rivals(EnvFlat *r, const EnvOpponent *rival, int n) {
  assert(n >= 1 && n <= ENV_OPPONENTS_MAX);
  memcpy(r->rival, rival, (size_t)n * sizeof *rival);
  r->rivals = n;
}

static void seat(EnvFlat *r, int match) {
  const Table *table = &r->table[match];
  for (int side = 0; side < SIM_TEAMS; side++) {
    pol_play_set_strategy(r->play, match, (SimTeam)side,
                          table->learns[side] ? r->options.learner
                                              : r->rival[table->rival].strategy);
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
    task_flat_start(&view, start, server, &rng);
    sim_batch_place(pol_play_batch(r->play), match, &view, server, NULL);
  }
}

static void start(EnvFlat *r, int match) {
  Table *table = &r->table[match];
  SimTeam side;
  const int rival = env_opponent_draw(&side, r->rival, r->rivals, r->options.seed, (uint32_t)match,
                                      table->rallies);
  const bool self = r->rival[rival].strategy == NULL;
  const uint32_t rally = table->rallies * (uint32_t)r->options.matches + (uint32_t)match;
  *table = (Table){.rallies = table->rallies + 1,
                   .rival = rival,
                   .learns = {self || side == SIM_NEAR, self || side == SIM_FAR}};
  pol_play_reset(r->play, &match, 1, &rally);
  place(r, match, rally);
  seat(r, match);
}

void env_flat_restart(EnvFlat *r) {
  for (int match = 0; r->table[0].rallies > 0 && match < r->options.matches; match++) {
    start(r, match);
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
  EnvFlatCount *count = r->count;
  EnvMatchup *meeting = &count->meeting[table->rival];
  count->rallies++;
  count->hits += ref->hits;
  count->reward += table->reward / (table->learns[0] + table->learns[1]);
  count->reasons[ref->reason]++;
  meeting->steps += ref->step;
  meeting->hits += ref->hits;
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (table->learns[side]) {
      LeagueScore *score = &meeting->score[league_cell((SimTeam)side, (int)ref->server == side)];
      const bool won = (int)ref->winner == side;
      score->draws += ref->winner == SIM_DRAW;
      score->wins += won;
      score->losses += ref->winner != SIM_DRAW && !won;
    }
  }
}

// ---- decisions

static float log_prob_of(const PolNet *net, const float noise[SIM_ROTORS]) {
  float sum = 0;
  for (int i = 0; i < SIM_ROTORS; i++) {
    sum += -0.5f * noise[i] * noise[i] - net->log_std[i] - KRN_LOG_SQRT_2PI;
  }
  return sum;
}

// what every drone saw and did, after the first control step
static void book_acts(const EnvFlat *r, Rollout *rollout, int t) {
  const PolNet *net = r->options.learner->file->net;
  for (int match = 0; match < r->options.matches; match++) {
    const SimState *state = pol_play_state(r->play, match);
    const PolDrive *drive = pol_play_drive(r->play, match);
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      const size_t row = (size_t)t * (size_t)rollout->worlds + (size_t)(match * SIM_DRONES + drone);
      float noise[SIM_ROTORS];
      const float *seen = pol_play_row(r->play, match, drone);
      assert(seen);
      memcpy(rollout->obs + row * (size_t)rollout->inputs, seen,
             (size_t)rollout->inputs * sizeof *seen);
      memcpy(rollout->action + row * SIM_ROTORS, drive->action[drone], sizeof drive->action[drone]);
      rollout->masked[row] = !r->table[match].learns[sim_team(drone)];
      rollout->log_prob[row] = 0;
      if (!rollout->masked[row]) {
        pol_play_noise(noise, state->seed, state->rally, state->referee.step - 1, drone);
        rollout->log_prob[row] = log_prob_of(net, noise);
      }
    }
  }
}

// one control step of the listed matches; those that go on stay in the list
static SimStatus step(EnvFlat *r, int *n, SimError *err) {
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

// the clock ended the rally: what the drones would see next
static void cut(const EnvFlat *r, Rollout *rollout, int match, size_t first) {
  const SimState *state = pol_play_state(r->play, match);
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    rollout->cut_row[rollout->cuts] = (int32_t)(first + (size_t)drone);
    sim_obs_flat(rollout->cut_obs + (size_t)rollout->cuts++ * (size_t)rollout->inputs, &state->view,
                 &state->referee.flags, drone);
  }
}

static void book_pay(EnvFlat *r, Rollout *rollout, int t) {
  for (int match = 0; match < r->options.matches; match++) {
    const SimState *state = pol_play_state(r->play, match);
    const SimReferee *ref = &state->referee;
    const size_t first = (size_t)t * (size_t)rollout->worlds + (size_t)(match * SIM_DRONES);
    const bool over = ref->winner != SIM_PLAYING;
    task_flat_pay_place(r->pay[match], &r->options.pay, state);
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      rollout->reward[first + (size_t)drone] = (float)r->pay[match][drone];
      rollout->ended[first + (size_t)drone] = over;
      r->table[match].reward +=
          r->table[match].learns[sim_team(drone)] ? r->pay[match][drone] / SIM_ROLES : 0;
    }
    if (over) {
      if (ref->winner == SIM_DRAW && ref->reason == SIM_EVENT_TIMEOUT) {
        cut(r, rollout, match, first);
      }
      count_result(r, match);
      start(r, match);
    }
  }
}

static void list_all(EnvFlat *r) {
  for (int match = 0; match < r->options.matches; match++) {
    r->ids[match] = match;
  }
}

SimStatus env_flat_collect(EnvFlat *r, Rollout *rollout, SimError *err) {
  assert(rollout->worlds == r->options.matches * SIM_DRONES && rollout->outputs == SIM_ROTORS);
  SimStatus status = SIM_OK;
  for (int match = 0; match < r->options.matches; match++) {
    if (r->table[match].rallies == 0) {
      start(r, match);
    }
  }
  rollout->cuts = 0;
  for (int t = 0; status == SIM_OK && t < rollout->steps; t++) {
    int n = r->options.matches;
    memset(r->pay, 0, (size_t)n * sizeof *r->pay);
    list_all(r);
    status = step(r, &n, err);
    if (status == SIM_OK) {
      book_acts(r, rollout, t);
      status = n > 0 ? step(r, &n, err) : SIM_OK;
    }
    if (status == SIM_OK) {
      book_pay(r, rollout, t);
    }
  }
  float *last =
      rollout->obs + (size_t)rollout->steps * (size_t)rollout->worlds * (size_t)rollout->inputs;
  for (int row = 0; status == SIM_OK && row < rollout->worlds; row++) {
    const SimState *state = pol_play_state(r->play, row / SIM_DRONES);
    sim_obs_flat(last + (size_t)row * (size_t)rollout->inputs, &state->view, &state->referee.flags,
                 row % SIM_DRONES);
  }
  return status;
}

const EnvFlatCount *env_flat_count(const EnvFlat *r) {
  return r->count;
}

double env_flat_steps(const EnvFlat *r) {
  return r->steps;
}

void env_flat_clear(EnvFlat *r) {
  memset(r->count, 0, sizeof *r->count);
}

// ---- bytes

static size_t match_size(const EnvFlat *r) {
  return sizeof(Table) + pol_play_match_size(r->play);
}

size_t env_flat_size(const EnvFlat *r) {
  return sizeof r->steps + sizeof *r->count + (size_t)r->options.matches * match_size(r);
}

void env_flat_save(void *out, EnvFlat *r) {
  char *to = out;
  memcpy(to, &r->steps, sizeof r->steps);
  to += sizeof r->steps;
  memcpy(to, r->count, sizeof *r->count);
  to += sizeof *r->count;
  for (int match = 0; match < r->options.matches; match++, to += match_size(r)) {
    memcpy(to, &r->table[match], sizeof r->table[match]);
    pol_play_save(to + sizeof r->table[match], r->play, match);
  }
}

SimStatus env_flat_load(EnvFlat *r, const void *in, SimError *err) {
  const char *from = in;
  memcpy(&r->steps, from, sizeof r->steps);
  from += sizeof r->steps;
  memcpy(r->count, from, sizeof *r->count);
  from += sizeof *r->count;
  for (int match = 0; match < r->options.matches; match++, from += match_size(r)) {
    Table *table = &r->table[match];
    memcpy(table, from, sizeof *table);
    if (table->rival < 0 || table->rival >= r->rivals) {
      return sim_error(err, SIM_BAD_INPUT, "match %d: saw rival %d, wanted one of %d", match,
                       table->rival, r->rivals);
    }
    const SimStatus status = pol_play_load(r->play, match, from + sizeof *table, err);
    if (status != SIM_OK) {
      return status;
    }
    seat(r, match);
  }
  return SIM_OK;
}
