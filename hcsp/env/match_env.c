// Networks run twice per decision: once where the match asks, in parallel, and once here over all
// decisions of a step together, for the log-probabilities; that is a few percent of the time and
// leaves the playing code free of learning.
#include "hcsp/env/match_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/fleet/fleet.h"
#include "kernels/row.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"

enum {
  TRIES = 8,                                 // steps that are timed before they are shared
  COUNTS = sizeof(Counts) / sizeof(double),  // all of them are whole numbers
};

// ---- making and freeing

// what a learner needs, or a caller
static void make_actor(EnvMatch *m) {
  const PolStrategy *learner = m->options.learner;
  const size_t rows = SIM_TEAMS * (size_t)m->options.matches;
  if (learner) {
    const PolNet *net = learner->file->net;
    m->inputs = net->arch.inputs;
    m->obs = sim_new(rows * (size_t)m->inputs, sizeof *m->obs);
    m->logits = sim_new((size_t)POL_NET_TILE * (size_t)net->arch.outputs, sizeof *m->logits);
    m->scratch = sim_new((size_t)pol_net_scratch(net), sizeof *m->scratch);
    return;
  }
  m->inputs = sim_obs_size(pol_strategy_layout(m->options.team->options));
  m->caller = sim_new(rows, sizeof *m->caller);
  m->choice = sim_new(rows, sizeof *m->choice);
  for (size_t row = 0; row < rows; row++) {
    m->caller[row] = (PolStrategy){.kind = POL_CALLER, .name = "caller", .choice = m->choice[row]};
  }
}

EnvMatch *env_match_create(const EnvMatchOptions *options, SimError *err) {
  const size_t n = (size_t)options->matches;
  const PolPlayOptions play = {.matches = options->matches,
                               .threads = options->threads,
                               .seed = options->seed,
                               .rules = options->rules,
                               .guest = options->guest,
                               .device = options->device,
                               .decide_every = options->decide_every};
  EnvMatch *m = sim_new(1, sizeof *m);
  *m = (EnvMatch){.options = *options,
                  .game = options->game ? options->game : env_volleyball(),
                  .table = sim_new(n, sizeof *m->table),
                  .ids = sim_new(n, sizeof *m->ids),
                  .running = sim_new(n, sizeof *m->running),
                  .counts = sim_new(1, sizeof *m->counts),
                  .asked_row = sim_new(SIM_TEAMS * n, sizeof *m->asked_row)};
  make_actor(m);
  m->why_not_ahead = m->game != env_volleyball() ? "it is another game"
                     : !options->device          ? "there is no device"
                                        : match_ahead_why_not(&play, options->model, options->team);
  m->play = m->game->open(m->game->arg, &play, options->model, options->team, err);
  if (!m->play) {
    env_match_destroy(m);
    return NULL;
  }
  for (int i = 0; i < options->matches; i++) {
    m->ids[i] = i;
  }
  return m;
}

void env_match_destroy(EnvMatch *m) {
  if (m) {
    m->game->close(m->play);
    match_tape_destroy(m->tape);
    free(m->table);
    free(m->ids);
    free(m->running);
    free(m->counts);
    free(m->asked_row);
    free(m->obs);
    free(m->logits);
    free(m->scratch);
    free(m->caller);
    free(m->choice);
    free(m);
  }
}

// ---- rallies

void env_match_set_opponents(EnvMatch *m, const EnvOpponent *rival, int n) {
  assert(n >= 1 && n <= ENV_OPPONENTS_MAX);
  memcpy(m->rival, rival, (size_t)n * sizeof *rival);
  m->rivals = n;
}

void env_match_set_handicap(EnvMatch *m, double handicap) {
  m->handicap = handicap;
}

static void seat_rival(EnvMatch *m, int match, SimTeam side) {
  const EnvOpponent *rival = &m->rival[m->table[match].rival];
  const PolTeam *team = rival->guest ? m->options.guest : m->options.team;
  if (rival->guest) {
    m->game->seat_guest(m->play, match, side, rival->strategy);
  } else {
    m->game->seat(m->play, match, side, rival->strategy);
  }
  if (m->table[match].held) {
    m->game->hold_passer(m->play, match, side,
                         pol_options_find(team->options, team->options->wait_head, "middle"));
  }
}

static void seat(EnvMatch *m, int match) {
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (m->table[match].learns[side]) {
      m->game->seat(m->play, match, (SimTeam)side,
                    m->caller ? &m->caller[match * SIM_TEAMS + side] : m->options.learner);
    } else {
      seat_rival(m, match, (SimTeam)side);
    }
  }
}

static void start(EnvMatch *m, int match) {
  Table *table = &m->table[match];
  SimTeam side;
  const int rival = env_opponent_draw(&side, m->rival, m->rivals, m->options.seed, (uint32_t)match,
                                      table->rallies);
  const bool self = m->rival[rival].strategy == NULL;
  const uint32_t rally = table->rallies * (uint32_t)m->options.matches + (uint32_t)match;
  SimRng rng = sim_rng(m->options.seed, (uint32_t)match, table->rallies, SIM_RNG_HANDICAP);
  const bool held = sim_rng_uniform(&rng, 0, 1) < m->handicap;
  *table = (Table){.rallies = table->rallies + 1,
                   .rival = rival,
                   .learns = {self || side == SIM_NEAR, self || side == SIM_FAR},
                   .watched = m->rival[rival].watched,
                   .held = held && !self,
                   .head = {NO_STRIKE, NO_STRIKE}};
  m->game->reset(m->play, match, rally);
  seat(m, match);
}

// ---- decisions

float env_heads_log_prob(const float *logits, const int *n, int heads, const uint8_t *option,
                         const uint32_t *legal) {
  float sum = 0, p[KRN_HEAD_MAX];
  for (int head = 0; head < heads; logits += n[head++]) {
    krn_head_softmax(p, logits, legal[head], n[head]);
    sum += logf(p[option[head]]);
  }
  return sum;
}

static const PolDecision *decision_of(const EnvMatch *m, int row) {
  return m->game->decision(m->play, row / SIM_TEAMS, (SimTeam)(row % SIM_TEAMS));
}

static void list_decisions(EnvMatch *m, const int *ids, int n) {
  EnvOptionStats *shares = &m->counts->shares;
  const size_t inputs = (size_t)m->inputs;
  m->asked = 0;
  for (int i = 0; i < n * SIM_TEAMS; i++) {
    const int row = ids[i / SIM_TEAMS] * SIM_TEAMS + i % SIM_TEAMS;
    const Table *table = &m->table[row / SIM_TEAMS];
    const PolDecision *decision = table->learns[row % SIM_TEAMS] ? decision_of(m, row) : NULL;
    if (!decision || !decision->choice) {
      continue;
    }
    for (int head = 0; head < m->options.team->options->heads; head++) {
      const uint32_t legal = decision->legal[head];
      const uint8_t option = decision->option[head];
      if (option != POL_NOT_ASKED && pol_has_choice(legal)) {
        shares->taken[head][option]++;
      }
    }
    if (!table->watched && m->options.learner) {
      memcpy(m->obs + (size_t)m->asked * inputs, decision->obs, inputs * sizeof *m->obs);
      m->asked_row[m->asked++] = row;
    }
  }
}

static double seconds_of(const EnvMatch *m, int match) {
  return m->game->state(m->play, match)->referee.step * SIM_DT;
}

static void take(EnvMatch *m, const EnvRecorder *to, int i, const float *logits) {
  const int row = m->asked_row[i];
  const PolDecision *decision = decision_of(m, row);
  const int *n = m->options.team->options->n, heads = m->options.team->options->heads;
  uint8_t option[POL_HEADS_MAX] = {0};
  uint32_t legal[POL_HEADS_MAX] = {0};
  pol_strategy_seen(option, legal, decision, m->options.team->options);
  const float log_prob = env_heads_log_prob(logits, n, heads, option, legal);
  // it was taken before the step
  to->act(to->arg, row, seconds_of(m, row / SIM_TEAMS) - SIM_DT,
          m->obs + (size_t)i * (size_t)m->inputs, option, legal, log_prob);
}

static void take_decisions(EnvMatch *m, const EnvRecorder *to, const int *ids, int n) {
  list_decisions(m, ids, n);
  for (int first = 0; first < m->asked; first += POL_NET_TILE) {
    const PolNet *net = m->options.learner->file->net;
    const int left = m->asked - first, rows = left < POL_NET_TILE ? left : POL_NET_TILE;
    pol_net_forward(m->logits, net, m->obs + (size_t)first * (size_t)net->arch.inputs, rows,
                    m->scratch);
    for (int i = 0; i < rows; i++) {
      take(m, to, first + i, m->logits + (size_t)i * (size_t)net->arch.outputs);
    }
  }
}

// ---- what came of them

static void note_strikes(EnvMatch *m, int match) {
  const SimState *state = m->game->state(m->play, match);
  Table *table = &m->table[match];
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_CROSS) {
      table->head[state->referee.ball_side] = NO_STRIKE;
    } else if (event->kind == SIM_EVENT_TOUCH) {
      const SimTeam side = sim_team(event->drone);
      int head, option;
      table->head[side] = NO_STRIKE;
      if (table->learns[side] && m->game->followed(&head, &option, m->play, match, event->drone)) {
        table->head[side] = (uint8_t)head;
        table->option[side] = (uint8_t)option;
        m->counts->shares.strikes[head][option]++;
      }
    }
  }
}

static void count_result(EnvMatch *m, int match) {
  const SimReferee *ref = &m->game->state(m->play, match)->referee;
  const Table *table = &m->table[match];
  env_matchup_count(&m->counts->meeting[table->rival], ref, table->learns);
  m->counts->shares.reasons[ref->reason]++;
  for (int side = 0; side < SIM_TEAMS; side++) {
    const bool won = table->learns[side] && (int)ref->winner == side;
    if (won && table->head[side] != NO_STRIKE) {
      m->counts->shares.kills[table->head[side]][table->option[side]]++;
    }
  }
}

static bool timed_out(const SimReferee *ref) {
  return ref->winner == SIM_DRAW && ref->reason == SIM_EVENT_TIMEOUT;
}

// 1, -1 or 0: what the point was for side. Strictly, only the ball makes a learner's point: then
// nothing is gained by waiting for the rival's drones to fall.
static int result_of(const EnvMatch *m, const SimReferee *ref, SimTeam side) {
  const bool by_ball = ref->reason == SIM_EVENT_BALL_IN || ref->reason == SIM_EVENT_BALL_OUT ||
                       ref->reason == SIM_EVENT_BALL_NET;
  if (ref->winner == SIM_DRAW) {
    return 0;
  }
  return (int)ref->winner != (int)side ? -1 : m->options.strict && !by_ball ? 0 : 1;
}

static void finish(EnvMatch *m, const EnvRecorder *to, int match) {
  const SimState *state = m->game->state(m->play, match);
  const SimReferee *ref = &state->referee;
  const Table *table = &m->table[match];
  const double seconds = seconds_of(m, match);
  float obs[SIM_OBS_MAX];
  count_result(m, match);
  for (int side = 0; side < SIM_TEAMS; side++) {
    const int row = match * SIM_TEAMS + side;
    if (!table->learns[side] || table->watched) {
      continue;
    }
    const bool cut = timed_out(ref) && m->options.draw_cost <= 0;
    if (cut) {
      m->game->observe(obs, m->play, match, (SimTeam)side);
    }
    const int result = result_of(m, ref, (SimTeam)side);
    const double paid = timed_out(ref) ? -m->options.draw_cost : result;
    if (paid < 0 || paid > 0) {
      to->reward(to->arg, row, seconds, paid);
    }
    if (to->finish) {
      to->finish(to->arg, state, match, (SimTeam)side, result);
    }
    to->end(to->arg, row, seconds, cut ? obs : NULL);
  }
}

static void note_acts(EnvMatch *m, const EnvRecorder *to, int match) {
  const Table *table = &m->table[match];
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (to->step && table->learns[side] && !table->watched) {
      PolAct act[SIM_ROLES];
      bool acted[SIM_ROLES];
      for (int role = 0; role < SIM_ROLES; role++) {
        const int drone = sim_drone((SimTeam)side, (SimRole)role);
        acted[role] = m->game->act(&act[role], m->play, match, drone);
      }
      to->step(to->arg, m->game->state(m->play, match), act, acted, match, (SimTeam)side);
    }
  }
}

SimStatus env_match_step(EnvMatch *m, const EnvRecorder *to, const int *ids, int n, SimError *err) {
  SIM_TRY(m->game->step(m->play, ids, n, err));
  m->counts->steps += n;
  ids = m->game->known ? m->game->known(&n, m->play) : ids;
  take_decisions(m, to, ids, n);
  for (int i = 0; i < n; i++) {
    const int match = ids[i];
    note_strikes(m, match);
    note_acts(m, to, match);
    if (m->game->state(m->play, match)->referee.winner != SIM_PLAYING) {
      finish(m, to, match);
      start(m, match);
    }
  }
  return SIM_OK;
}

void env_match_start(EnvMatch *m, bool all) {
  assert(m->rivals > 0);
  for (int match = 0; match < m->options.matches; match++) {
    if (all || m->table[match].rallies == 0) {
      start(m, match);
    }
  }
}

// a part of the matches for every rank from now on, where that pays; what drones did is not told to
// other ranks, it would be more than they save
static void try_sharing(EnvMatch *m, const EnvRecorder *to) {
  const int n = m->options.matches;
  if (m->tape || m->timed != TRIES || to->step || fleet_size() == 1) {
    return;
  }
  m->timed++;
  if (fleet_pays(m->alone, n, 2, 0)) {
    fleet_block(&m->first, &m->end, n);
    m->tape = match_tape_create(m->end - m->first, m->inputs);
  }
}

static SimStatus step_all(EnvMatch *m, const EnvRecorder *to, SimError *err) {
  if (m->tape) {
    const EnvRecorder tape = match_tape_recorder(m->tape);
    const int n = m->end - m->first;
    const SimStatus status = n > 0 ? env_match_step(m, &tape, m->ids + m->first, n, err) : SIM_OK;
    return match_tape_tell(to, m->tape, status, err);
  }
  const double start = m->timed < TRIES ? sim_time_wall() : 0;
  const SimStatus status = env_match_step(m, to, m->ids, m->options.matches, err);
  if (m->timed < TRIES) {
    const double took = sim_time_wall() - start;
    m->alone = m->timed == 0 || took < m->alone ? took : m->alone;
    m->timed++;
  }
  return status;
}

// adds what all ranks have counted since `before`
static SimStatus add_counts(EnvMatch *m, const double *before, SimStatus own, SimError *err) {
  double *counts = (double *)m->counts;
  for (int i = 0; i < COUNTS; i++) {
    counts[i] -= before[i];
  }
  const SimStatus status = fleet_sum(counts, COUNTS, "counts of matches", own, err);
  for (int i = 0; i < COUNTS; i++) {
    counts[i] += before[i];
  }
  return status;
}

SimStatus env_match_collect(EnvMatch *m, const EnvRecorder *to, SimError *err) {
  assert(m->options.learner);
  env_match_start(m, false);
  // skills may have learned since
  SimStatus status = m->game->refresh(m->play, err);
  double *before = sim_new(COUNTS, sizeof *before);
  bool shared = false;
  while (status == SIM_OK && !to->full(to->arg)) {
    try_sharing(m, to);
    if (m->tape && !shared) {
      shared = true;
      memcpy(before, m->counts, sizeof *m->counts);
    }
    status = step_all(m, to, err);
  }
  status = status == SIM_OK && m->game->settle ? m->game->settle(m->play, err) : status;
  status = shared ? add_counts(m, before, status, err) : status;
  free(before);
  return status;
}

// ---- counts

const char *env_match_why_not_ahead(const EnvMatch *m) {
  return m->why_not_ahead;
}

MatchAheadCount env_match_ahead_count(const EnvMatch *m) {
  return m->why_not_ahead ? (MatchAheadCount){.there = 0}
                          : match_ahead_count(env_volleyball_ahead(m->play));
}

const EnvMatchup *env_match_matchups(const EnvMatch *m) {
  return m->counts->meeting;
}

const EnvOptionStats *env_match_option_stats(const EnvMatch *m) {
  return &m->counts->shares;
}

double env_match_steps(const EnvMatch *m) {
  return m->counts->steps;
}

void env_match_clear(EnvMatch *m) {
  const double steps = m->counts->steps;
  *m->counts = (Counts){.steps = steps};
}

// ---- bytes

static size_t match_size(const EnvMatch *m) {
  return sizeof(Table) + m->game->size(m->play);
}

size_t env_match_size(const EnvMatch *m) {
  return sizeof(Counts) + (size_t)m->options.matches * match_size(m);
}

void env_match_save(void *out, EnvMatch *m) {
  char *to = out;
  memcpy(to, m->counts, sizeof *m->counts);
  to += sizeof *m->counts;
  for (int match = 0; match < m->options.matches; match++, to += match_size(m)) {
    memcpy(to, &m->table[match], sizeof m->table[match]);
    m->game->save(to + sizeof m->table[match], m->play, match);
  }
  if (m->tape) {
    fleet_blocks((char *)out + sizeof *m->counts, match_size(m), m->options.matches,
                 "matches of a checkpoint");
  }
}

SimStatus env_match_load(EnvMatch *m, const void *in, SimError *err) {
  const char *from = in;
  memcpy(m->counts, from, sizeof *m->counts);
  from += sizeof *m->counts;
  for (int match = 0; match < m->options.matches; match++, from += match_size(m)) {
    Table *table = &m->table[match];
    memcpy(table, from, sizeof *table);
    if (table->rival < 0 || table->rival >= m->rivals) {
      return sim_error(err, SIM_BAD_INPUT, "match %d: saw rival %d, wanted one of %d", match,
                       table->rival, m->rivals);
    }
    for (int side = 0; side < SIM_TEAMS; side++) {
      const uint8_t head = table->head[side];
      if (head != NO_STRIKE && (head >= POL_HEADS_MAX || table->option[side] >= POL_OPTIONS_MAX)) {
        return sim_error(err, SIM_BAD_INPUT, "match %d: saw a strike of option %d of head %d",
                         match, table->option[side], head);
      }
    }
    SIM_TRY(m->game->load(m->play, match, from + sizeof *table, err));
    seat(m, match);
  }
  return SIM_OK;
}
