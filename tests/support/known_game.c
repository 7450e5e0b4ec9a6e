// Control steps pass one by one, as in volleyball, so that times are those of the matches above.
#include "tests/support/known_game.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "tests/support/check.h"

#define NEVER (-40.0f)  // logit of what is not chosen

typedef struct Match {
  // what a checkpoint holds
  struct {
    SimState state;
    KnownRally rally;
    PolDecision decision[SIM_TEAMS];
    bool decided[SIM_TEAMS];
    uint8_t held[SIM_TEAMS][POL_HEADS_MAX];
  } now;
  const PolStrategy *who[SIM_TEAMS];
  uint64_t weights[SIM_TEAMS];
  bool guest[SIM_TEAMS];
  int hold[SIM_TEAMS];
} Match;

typedef struct Play {
  KnownGame *game;
  int number;
  PolPlayOptions options;
  const PolTeam *team;
  int attack[KNOWN_ATTACKS];  // as options
  Match *match;
} Play;

int known_option(const PolTeam *team, int attack) {
  static const char *const NAMES[KNOWN_ATTACKS] = {"rock", "paper", "scissors", "well"};
  const int option = pol_options_find(team->options, POL_HEAD_ATTACKER, NAMES[attack]);
  assert_true(option >= 0);
  return option;
}

static void *open_play(const void *arg, const PolPlayOptions *options, const SimModel *model,
                       const PolTeam *team, SimError *err) {
  (void)model;
  (void)err;
  Play *play = calloc(1, sizeof *play);
  assert_non_null(play);
  KnownGame *game = (KnownGame *)(uintptr_t)arg;
  *play = (Play){.game = game,
                 .number = game->plays++,
                 .options = *options,
                 .team = team,
                 .match = calloc((size_t)options->matches, sizeof *play->match)};
  assert_non_null(play->match);
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    play->attack[i] = known_option(team, i);
  }
  return play;
}

static void close_play(void *arg) {
  Play *play = arg;
  if (play) {
    free(play->match);
    free(play);
  }
}

// ---- who plays

static void reset(void *arg, int match, uint32_t rally) {
  Play *play = arg;
  Match *m = &play->match[match];
  SimRng rng = sim_rng(play->options.seed, rally, 0, SIM_RNG_SERVER);
  const SimTeam drawn = (SimTeam)sim_rng_below(&rng, SIM_TEAMS);
  const SimTeam server = play->options.server == POL_SERVER_DRAWN  ? drawn
                         : play->options.server == POL_SERVER_NEAR ? SIM_NEAR
                                                                   : SIM_FAR;
  memset(m, 0, sizeof *m);
  m->now.state = (SimState){.seed = play->options.seed, .rally = rally};
  m->now.rally = (KnownRally){.rally = rally, .server = server};
  sim_referee_reset(&m->now.state.referee, server);
}

uint64_t known_weights(const PolStrategy *strategy) {
  if (strategy->kind != POL_STRATEGY_NET) {
    return 0;
  }
  const PolNet *net = strategy->file->net;
  return sim_hash(net->block, league_net_floats(net) * sizeof *net->block);
}

static void seat(void *arg, int match, SimTeam side, const PolStrategy *strategy) {
  Match *m = &((Play *)arg)->match[match];
  m->who[side] = strategy;
  m->weights[side] = known_weights(strategy);
  m->guest[side] = false;
  m->hold[side] = -1;
}

static void seat_guest(void *arg, int match, SimTeam side, const PolStrategy *strategy) {
  seat(arg, match, side, strategy);
  ((Play *)arg)->match[match].guest[side] = true;
}

static void hold_passer(void *arg, int match, SimTeam side, int wait) {
  ((Play *)arg)->match[match].hold[side] = wait;
}

static SimStatus refresh(void *arg, SimError *err) {
  (void)arg;
  (void)err;
  return SIM_OK;
}

// ---- a step

static void observe_rally(float out[SIM_OBS_MAX], const KnownRally *rally, SimTeam side) {
  memset(out, 0, SIM_OBS_MAX * sizeof *out);
  out[0] = 1;
  out[KNOWN_OBS_ASKED] = (float)rally->asked[side];
  if (rally->asked[side] > 0) {
    out[KNOWN_OBS_FIRST + rally->chose[side][0]] = 1;
  }
}

// the option that is chosen from what the decision shows
static int choose(const Play *play, const PolStrategy *strategy, const PolDecision *decision,
                  const KnownRally *rally) {
  const int n = play->team->options->n[POL_HEAD_ATTACKER];
  float p[POL_HEADS_MAX][POL_OPTIONS_MAX], scratch[4096];
  if (strategy->kind == POL_CALLER) {
    return strategy->choice[POL_HEAD_ATTACKER];
  }
  if (strategy->kind == POL_RULE) {
    return strategy->style.attack[0];
  }
  assert_true(pol_strategy_probabilities(p, strategy, play->team->options, decision, scratch));
  const float *own = p[POL_HEAD_ATTACKER];
  SimRng rng = sim_rng(play->options.seed, rally->rally, (uint32_t)rally->step,
                       (uint32_t)(SIM_RNG_STRATEGY + decision->team));
  double left = sim_rng_uniform(&rng, 0, 1);
  int best = 0, drawn = -1;
  for (int i = 0; i < n; i++) {
    best = own[i] > own[best] ? i : best;
    if (drawn < 0 && left < (double)own[i]) {
      drawn = i;
    }
    left -= (double)own[i];
  }
  return strategy->kind == POL_STRATEGY_NET && (!strategy->sample || drawn < 0) ? best
         : drawn < 0                                                            ? best
                                                                                : drawn;
}

// what side may choose from and sees
static void prepare(PolDecision *d, const Play *play, const Match *m, SimTeam side,
                    uint32_t attacks) {
  const PolStrategy *strategy = m->who[side];
  *d = (PolDecision){.team = side, .legal = {1, 1, 0, 1}};
  memset(d->option, POL_NOT_ASKED, sizeof d->option);
  const bool masked = strategy->kind != POL_STRATEGY_NET || !strategy->unmasked;
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    d->legal[POL_HEAD_ATTACKER] |= (masked ? attacks >> i & 1u : 1u) << play->attack[i];
  }
  const uint32_t legal = d->legal[POL_HEAD_ATTACKER];
  d->choice = (legal & (legal - 1)) != 0;
  observe_rally(d->obs, &m->now.rally, side);
}

static void decide(Play *play, Match *m, SimTeam side, uint32_t attacks) {
  KnownRally *rally = &m->now.rally;
  PolDecision *d = &m->now.decision[side];
  const PolStrategy *strategy = m->who[side];
  prepare(d, play, m, side, attacks);
  const int option = choose(play, strategy, d, rally);
  d->option[POL_HEAD_ATTACKER] = m->now.held[side][POL_HEAD_ATTACKER] = (uint8_t)option;
  m->now.decided[side] = true;
  int attack = 0;
  while (attack < KNOWN_ATTACKS && play->attack[attack] != option) {
    attack++;
  }
  assert_true(rally->asked[side] < KNOWN_ROUNDS && attack < KNOWN_ATTACKS);
  rally->chose[side][rally->asked[side]] = (uint8_t)attack;
  rally->at[side][rally->asked[side]] = rally->step;
}

static void record(Play *play, int match) {
  KnownGame *game = play->game;
  const Match *m = &play->match[match];
  if (game->points == game->room) {
    game->room = game->room ? 2 * game->room : 1024;
    game->point = realloc(game->point, (size_t)game->room * sizeof *game->point);
    assert_non_null(game->point);
  }
  KnownPoint *point = &game->point[game->points++];
  *point = (KnownPoint){.rally = m->now.rally,
                        .play = play->number,
                        .match = match,
                        .winner = m->now.state.referee.winner,
                        .reason = m->now.state.referee.reason};
  memcpy(point->who, m->who, sizeof point->who);
  memcpy(point->weights, m->weights, sizeof point->weights);
  memcpy(point->guest, m->guest, sizeof point->guest);
  memcpy(point->hold, m->hold, sizeof point->hold);
}

static void step_match(Play *play, int match) {
  Match *m = &play->match[match];
  SimReferee *ref = &m->now.state.referee;
  SimEvents *events = &m->now.state.events;
  uint32_t attacks[SIM_TEAMS];
  assert_true(ref->winner == SIM_PLAYING);
  events->n = 0;
  for (int side = 0; side < SIM_TEAMS; side++) {
    attacks[side] = play->game->legal(&m->now.rally, (SimTeam)side);
    m->now.decided[side] = false;
  }
  // both choose before either sees what the other did
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (attacks[side]) {
      decide(play, m, (SimTeam)side, attacks[side]);
      events->event[events->n++] =
          (SimEvent){SIM_EVENT_TOUCH, sim_drone((SimTeam)side, SIM_ATTACKER)};
      ref->hits++;
    }
  }
  for (int side = 0; side < SIM_TEAMS; side++) {
    m->now.rally.asked[side] += m->now.decided[side];
  }
  m->now.rally.step++;
  ref->step++;
  ref->winner = play->game->judge(&ref->reason, &m->now.rally);
  if (ref->winner != SIM_PLAYING) {
    record(play, match);
  }
}

static SimStatus step(void *arg, const int *ids, int n, SimError *err) {
  (void)err;
  for (int i = 0; i < n; i++) {
    step_match(arg, ids[i]);
  }
  return SIM_OK;
}

// ---- looking

static const SimState *state(const void *arg, int match) {
  return &((const Play *)arg)->match[match].now.state;
}

static bool asks(PolDecision *decision, const void *arg, int match, SimTeam side) {
  const Play *play = arg;
  const Match *m = &play->match[match];
  const uint32_t attacks = play->game->legal(&m->now.rally, side);
  if (attacks) {
    prepare(decision, play, m, side, attacks);
  }
  return attacks != 0;
}

static const PolDecision *decision(const void *arg, int match, SimTeam side) {
  const Match *m = &((const Play *)arg)->match[match];
  return m->now.decided[side] ? &m->now.decision[side] : NULL;
}

static bool followed(int *head, int *option, const void *arg, int match, int drone) {
  *head = (int)sim_role(drone);
  *option = ((const Play *)arg)->match[match].now.held[sim_team(drone)][*head];
  return true;
}

static void observe(float out[SIM_OBS_MAX], const void *arg, int match, SimTeam side) {
  observe_rally(out, &((const Play *)arg)->match[match].now.rally, side);
}

static bool act(PolAct *out, const void *arg, int match, int drone) {
  (void)arg;
  (void)match;
  (void)drone;
  *out = (PolAct){.slot = POL_GOTO};
  return false;
}

// ---- bytes

static size_t size(const void *arg) {
  return sizeof((const Play *)arg)->match->now;
}

static void save(void *out, void *arg, int match) {
  memcpy(out, &((Play *)arg)->match[match].now, size(arg));
}

static SimStatus load(void *arg, int match, const void *in, SimError *err) {
  (void)err;
  memcpy(&((Play *)arg)->match[match].now, in, size(arg));
  return SIM_OK;
}

// ---- the game

void known_open(KnownGame *game, uint32_t (*legal)(const KnownRally *rally, SimTeam side),
                SimWinner (*judge)(SimEventKind *reason, const KnownRally *rally)) {
  *game = (KnownGame){.legal = legal,
                      .judge = judge,
                      .game = {.arg = game,
                               .open = open_play,
                               .close = close_play,
                               .reset = reset,
                               .seat = seat,
                               .seat_guest = seat_guest,
                               .hold_passer = hold_passer,
                               .refresh = refresh,
                               .step = step,
                               .state = state,
                               .asks = asks,
                               .decision = decision,
                               .followed = followed,
                               .observe = observe,
                               .act = act,
                               .size = size,
                               .save = save,
                               .load = load}};
}

void known_forget(KnownGame *game) {
  game->points = 0;
}

void known_close(KnownGame *game) {
  free(game->point);
  *game = (KnownGame){0};
}

uint32_t known_once(const KnownRally *rally, SimTeam side) {
  return rally->asked[side] == 0 ? (1u << KNOWN_ATTACKS) - 1 : 0;
}

SimWinner known_share(SimEventKind *reason, const KnownRally *rally, int percent) {
  *reason = SIM_EVENT_BALL_IN;
  // 37 has no factor in common with 100
  return (int)((uint64_t)rally->rally * 37 % 100) < percent ? SIM_WIN_NEAR : SIM_WIN_FAR;
}

// ---- who plays it

PolTeam *known_team(void) {
  SimError err = {0};
  PolTeam *team = pol_team_load("classical", &err);
  assert_ok(err.status, &err);
  assert_ok(pol_team_set_options(team, HCSP_SOURCE_DIR "/tests/support/known_table.yaml", &err),
            &err);
  return team;
}

PolStrategy known_strategy(const PolTeam *team, const double p[KNOWN_ATTACKS]) {
  SimError err = {0};
  const int *n = team->options->n;
  PolArch arch = {.inputs = sim_obs_size(SIM_OBS_COURT128),
                  .outputs = n[0] + n[1] + n[2] + n[3],
                  .layers = 1,
                  .hidden = {4},
                  .activation = POL_TANH};
  PolFile *file = calloc(1, sizeof *file);
  assert_non_null(file);
  *file = (PolFile){.kind = POL_KIND_STRATEGY, .every = 1, .dt = SIM_DT};
  snprintf(file->name, sizeof file->name, "known");
  snprintf(file->obs, sizeof file->obs, "court128");
  snprintf(file->act, sizeof file->act, "heads-%d-%d-%d-%d", n[0], n[1], n[2], n[3]);
  snprintf(file->options, sizeof file->options, "%s", team->options->name);
  file->options_hash = team->options->hash;
  file->provenance = strdup("{}");
  file->net = pol_net_create(&arch, false, &err);
  assert_ok(err.status, &err);
  for (int i = 0; i < n[POL_HEAD_ATTACKER]; i++) {
    file->net->head_bias[n[0] + n[1] + i] = NEVER;
  }
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    if (p[i] > 0) {
      file->net->head_bias[n[0] + n[1] + known_option(team, i)] = (float)log(p[i]);
    }
  }
  return (PolStrategy){.kind = POL_STRATEGY_NET, .file = file, .sample = true};
}
