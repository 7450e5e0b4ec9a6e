// Matches whose networks run on a device beside the processor. The matches of a step go in two
// halves: each is asked for once it has been driven, and the first steps while the second is
// thought about. Which rows ask for which network is sent along; the device lists them by network.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policies/play_internal.h"
#include "sim/base/rng.h"

static void ask_row(PolPlay *play, int half, int row) {
  const int match = row / SIM_DRONES, drone = row % SIM_DRONES;
  const Match *from = &play->match[match];
  const SimState *state = sim_batch_state(play->batch, match);
  const Actor *actor = &from->actor[drone];
  assert(actor->group >= 0 && actor->group < play->beside);
  const PolSeat *seat = pol_thinker_seat(play->thinker, half);
  const int at = play->nasked[half]++;
  const int inputs = play->group[actor->group].file->net->arch.inputs;
  assert(inputs <= play->width);
  play->asked[half][at] = row;
  memcpy(seat->obs + (ptrdiff_t)at * play->width, from->obs[drone],
         (size_t)inputs * sizeof *seat->obs);
  seat->key[at] = actor->group;
  seat->draw[at] = (KrnDraw){.seed = state->seed,
                             .world = state->rally,
                             .step = (uint32_t)state->referee.step,
                             .purpose = (uint32_t)(SIM_RNG_SKILL + drone),
                             .sample = actor->sample};
}

static void ask_half(PolPlay *play, int half) {
  play->nasked[half] = 0;
  for (int i = 0; i < play->nid; i++) {
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      const int g = pol_play_group(play, play->ids[i], drone);
      if (g != NO_GROUP && g < play->beside) {
        ask_row(play, half, play->ids[i] * SIM_DRONES + drone);
      }
    }
  }
  pol_thinker_ask(play->thinker, half, play->nasked[half]);
}

static SimStatus take_answers(PolPlay *play, int half, SimError *err) {
  const PolSeat *seat = pol_thinker_seat(play->thinker, half);
  const SimStatus status = pol_thinker_wait(play->thinker, half, err);
  for (int i = 0; status == SIM_OK && i < play->nasked[half]; i++) {
    const int row = play->asked[half][i], drone = row % SIM_DRONES;
    Match *match = &play->match[row / SIM_DRONES];
    memcpy(match->drive.action[drone], seat->action + (ptrdiff_t)i * SIM_ROTORS,
           sizeof match->drive.action[drone]);
    match->log_prob[drone] = seat->log_prob[i];
    pol_play_take_command(match, drone);
  }
  return status;
}

// gives the thinker the networks from `from` on, up to one for which it has no room
static SimStatus set_networks(PolPlay *play, int from, SimError *err) {
  SimStatus status = SIM_OK;
  for (int g = from; status == SIM_OK && g < play->groups && g < KRN_BANKS_MAX; g++) {
    const PolNet *net = play->group[g].file->net;
    if (net->arch.inputs > play->width) {
      break;
    }
    status = pol_thinker_set(play->thinker, g, net, err);
    play->beside = status == SIM_OK && g + 1 > play->beside ? g + 1 : play->beside;
  }
  return status;
}

SimStatus pol_play_refresh(PolPlay *play, SimError *err) {
  return play->thinker ? set_networks(play, 0, err) : SIM_OK;
}

SimStatus pol_play_step_in_halves(PolPlay *play, const int *ids, int nid, SimError *err) {
  const int *const list[HALVES] = {ids, ids + nid / HALVES};
  const int n[HALVES] = {nid / HALVES, nid - nid / HALVES};
  SimStatus status = set_networks(play, play->beside, err);
  for (int half = 0; status == SIM_OK && half < HALVES; half++) {
    play->ids = list[half];
    play->nid = n[half];
    pol_play_drive_now(play);
    ask_half(play, half);
  }
  for (int half = 0; status == SIM_OK && half < HALVES; half++) {
    play->ids = list[half];
    play->nid = n[half];
    status = take_answers(play, half, err);
    if (status == SIM_OK) {
      status = pol_play_step_batch(play, err);
    }
  }
  play->ids = ids;
  play->nid = nid;
  return status;
}

// ---- making and freeing

SimStatus pol_play_make_thinker(PolPlay *play, SimError *err) {
  for (int g = 0; g < play->groups; g++) {
    const int inputs = play->group[g].file->net->arch.inputs;
    play->width = inputs > play->width ? inputs : play->width;
  }
  // flat policies may come later
  const int flat = sim_obs_size(SIM_OBS_FLAT57);
  play->width = flat > play->width ? flat : play->width;
  const int rows = (play->options.matches - play->options.matches / HALVES) * SIM_DRONES;
  const PolThinkerOptions options = {.nets = KRN_BANKS_MAX,
                                     .seats = HALVES,
                                     .rows = rows,
                                     .width = play->width,
                                     .outputs = SIM_ROTORS};
  bool ok = true;
  for (int half = 0; half < HALVES; half++) {
    play->asked[half] = calloc((size_t)rows, sizeof *play->asked[half]);
    ok = ok && play->asked[half];
  }
  if (!ok) {
    return sim_error(err, SIM_FAIL, "no memory for %d matches", play->options.matches);
  }
  play->thinker = pol_thinker_create(play->options.device, &options, err);
  return play->thinker ? set_networks(play, 0, err) : err->status;
}

void pol_play_free_thinker(PolPlay *play) {
  pol_thinker_destroy(play->thinker);
  for (int half = 0; half < HALVES; half++) {
    free(play->asked[half]);
  }
}
