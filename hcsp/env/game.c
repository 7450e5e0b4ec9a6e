// Volleyball behind the table: policies/play.h under the names of game.h, and matches that fly on a
// GPU between decisions where they can.
#include "hcsp/env/game.h"

#include <stdlib.h>

#include "hcsp/env/match_ahead.h"
#include "sim/base/log.h"

typedef struct Volleyball {
  PolPlay *play;
  MatchAhead *ahead;  // NULL: the processor plays all matches,
  const int *ids;     //   which were these in the last step
  int n;
} Volleyball;

static PolPlay *play_of(const void *play) {
  return ((const Volleyball *)play)->play;
}

static void close_play(void *play) {
  Volleyball *v = play;
  if (v) {
    match_ahead_destroy(v->ahead);
    pol_play_destroy(v->play);
    free(v);
  }
}

static void *open_play(const void *arg, const PolPlayOptions *options, const SimModel *model,
                       const PolTeam *team, SimError *err) {
  (void)arg;
  const bool ahead = options->device && !match_ahead_why_not(options, model, team);
  PolPlayOptions here = *options;
  here.device = ahead ? NULL : options->device;
  Volleyball *v = sim_new(1, sizeof *v);
  v->play = pol_play_create(&here, model, team, team, err);
  v->ahead = v->play && ahead ? match_ahead_create(v->play, options, model, team, err) : NULL;
  if (!v->play || (ahead && !v->ahead)) {
    close_play(v);
    return NULL;
  }
  return v;
}

static void reset(void *play, int match, uint32_t rally) {
  pol_play_reset(play_of(play), &match, 1, &rally);
}

static void seat(void *play, int match, SimTeam side, const PolStrategy *strategy) {
  pol_play_set_strategy(play_of(play), match, side, strategy);
}

static void seat_guest(void *play, int match, SimTeam side, const PolStrategy *strategy) {
  pol_play_seat_guest(play_of(play), match, side, strategy);
}

static void hold_passer(void *play, int match, SimTeam side, int wait) {
  pol_play_hold_passer(play_of(play), match, side, wait);
}

static SimStatus refresh(void *play, SimError *err) {
  const Volleyball *v = play;
  return v->ahead ? match_ahead_refresh(v->ahead, err) : pol_play_refresh(v->play, err);
}

static SimStatus step(void *play, const int *ids, int n, SimError *err) {
  Volleyball *v = play;
  v->ids = ids;
  v->n = n;
  return v->ahead ? match_ahead_step(v->ahead, err) : pol_play_step(v->play, ids, n, err);
}

static const int *known(int *n, const void *play) {
  const Volleyball *v = play;
  *n = v->n;
  return v->ahead ? match_ahead_here(n, v->ahead) : v->ids;
}

static SimStatus settle(void *play, SimError *err) {
  const Volleyball *v = play;
  return v->ahead ? match_ahead_settle(v->ahead, err) : SIM_OK;
}

static const SimState *state(const void *play, int match) {
  return pol_play_state(play_of(play), match);
}

static bool asks(PolDecision *decision, const void *play, int match, SimTeam side) {
  return pol_play_asks(decision, play_of(play), match, side);
}

static const PolDecision *decision(const void *play, int match, SimTeam side) {
  const PolDrive *drive = pol_play_drive(play_of(play), match);
  for (int i = 0; i < drive->decisions; i++) {
    if (drive->decision[i].team == side) {
      return &drive->decision[i];
    }
  }
  return NULL;
}

static bool followed(int *head, int *option, const void *play, int match, int drone) {
  const SimTeam side = sim_team(drone);
  const PolOptions *options = pol_play_options(play_of(play), match, side);
  const PolMemory *memory = pol_play_held(play_of(play), match, side);
  if (options->kind == POL_TABLE_ROLES) {
    *head = (int)sim_role(drone);
    *option = memory->held[*head];
    return true;
  }
  return pol_option_followed(head, option, options, memory, POL_GOTO, drone);
}

static void observe(float out[SIM_OBS_MAX], const void *play, int match, SimTeam side) {
  pol_play_observe(out, play_of(play), match, side);
}

static bool act(PolAct *out, const void *play, int match, int drone) {
  return pol_play_act(out, play_of(play), match, drone);
}

static size_t size(const void *play) {
  return pol_play_match_size(play_of(play));
}

static void save(void *out, void *play, int match) {
  pol_play_save(out, play_of(play), match);
}

static SimStatus load(void *play, int match, const void *in, SimError *err) {
  return pol_play_load(play_of(play), match, in, err);
}

const MatchAhead *env_volleyball_ahead(const void *play) {
  return ((const Volleyball *)play)->ahead;
}

const EnvGame *env_volleyball(void) {
  static const EnvGame VOLLEYBALL = {.open = open_play,
                                     .close = close_play,
                                     .reset = reset,
                                     .seat = seat,
                                     .seat_guest = seat_guest,
                                     .hold_passer = hold_passer,
                                     .refresh = refresh,
                                     .step = step,
                                     .known = known,
                                     .settle = settle,
                                     .state = state,
                                     .asks = asks,
                                     .decision = decision,
                                     .followed = followed,
                                     .observe = observe,
                                     .act = act,
                                     .size = size,
                                     .save = save,
                                     .load = load};
  return &VOLLEYBALL;
}
