// Volleyball behind the table: policies/play.h under the names of game.h.
#include "hcsp/env/game.h"

static void *open_play(const void *arg, const PolPlayOptions *options, const SimModel *model,
                       const PolTeam *team, SimError *err) {
  (void)arg;
  return pol_play_create(options, model, team, team, err);
}

static void close_play(void *play) {
  pol_play_destroy(play);
}

static void reset(void *play, int match, uint32_t rally) {
  pol_play_reset(play, &match, 1, &rally);
}

static void seat(void *play, int match, SimTeam side, const PolStrategy *strategy) {
  pol_play_set_strategy(play, match, side, strategy);
}

static void seat_guest(void *play, int match, SimTeam side, const PolStrategy *strategy) {
  pol_play_seat_guest(play, match, side, strategy);
}

static void hold_passer(void *play, int match, SimTeam side, int wait) {
  pol_play_hold_passer(play, match, side, wait);
}

static SimStatus refresh(void *play, SimError *err) {
  return pol_play_refresh(play, err);
}

static SimStatus step(void *play, const int *ids, int n, SimError *err) {
  return pol_play_step(play, ids, n, err);
}

static const SimState *state(const void *play, int match) {
  return pol_play_state(play, match);
}

static bool asks(PolDecision *decision, const void *play, int match, SimTeam side) {
  return pol_play_asks(decision, play, match, side);
}

static const PolDecision *decision(const void *play, int match, SimTeam side) {
  const PolDrive *drive = pol_play_drive(play, match);
  for (int i = 0; i < drive->decisions; i++) {
    if (drive->decision[i].team == side) {
      return &drive->decision[i];
    }
  }
  return NULL;
}

static bool followed(int *head, int *option, const void *play, int match, int drone) {
  const SimTeam side = sim_team(drone);
  const PolOptions *options = pol_play_options(play, match, side);
  const PolMemory *memory = pol_play_held(play, match, side);
  if (options->kind == POL_TABLE_ROLES) {
    *head = (int)sim_role(drone);
    *option = memory->held[*head];
    return true;
  }
  return pol_option_followed(head, option, options, memory, POL_GOTO, drone);
}

static void observe(float out[SIM_OBS_MAX], const void *play, int match, SimTeam side) {
  pol_play_observe(out, play, match, side);
}

static bool act(PolAct *out, const void *play, int match, int drone) {
  return pol_play_act(out, play, match, drone);
}

static size_t size(const void *play) {
  return pol_play_match_size(play);
}

static void save(void *out, void *play, int match) {
  pol_play_save(out, play, match);
}

static SimStatus load(void *play, int match, const void *in, SimError *err) {
  return pol_play_load(play, match, in, err);
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
