// A control step has three phases: (1) every match decides, picks its drones' skills and writes
// observations for those that act now, (2) each network runs over all the rows that ask for it, in
// tiles of 64, (3) the batch steps. Rows are listed serially in match order and a row's bits do not
// depend on its neighbours, so which thread did what never shows. A drone whose skill acts every
// k-th step holds its command in between.
#include "policies/play_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/dig.h"
#include "sim/base/rng.h"
#include "sim/obs_row.h"

#define LOG_SQRT_2PI 0.91893853320467274f

static float *scratch_of(const PolPlay *play, int thread) {
  assert(thread >= 0 && thread < play->options.threads);
  return play->scratch + (size_t)thread * (size_t)play->scratch_size;
}

static const PolTeam *team_of(const PolPlay *play, const Match *match, SimTeam side) {
  assert(match->team[side] >= 0 && match->team[side] < TEAMS_MAX && play->team[match->team[side]]);
  return play->team[match->team[side]];
}

// ---- what the match asks of a drone

// the option in force: forced by the serve phase or chosen by the strategy
static const PolOption *asked_option(const PolOptions *table, const PolMemory *memory,
                                     const SimState *state, const SimRules *rules, int drone) {
  const SimRole role = sim_role(drone);
  const SimServePhase phase = role == SIM_PASSER
                                  ? sim_referee_phase(&state->referee, rules, sim_team(drone))
                                  : SIM_PHASE_FREE;
  switch (phase) {
  case SIM_PHASE_SERVE:
    return &table->option[POL_HEAD_SERVE][memory->held[POL_HEAD_SERVE]];
  case SIM_PHASE_SERVE_HOVER:
    return &table->serve_hover;
  case SIM_PHASE_RECEIVE_WAIT:
    return &table->receive_wait;
  case SIM_PHASE_RECEIVE:
    // a serve that is its server's fault is left alone: who flies after it ends up in the net
    return pol_ball_comes(state, sim_team(drone)) ? &table->receive : &table->receive_wait;
  case SIM_PHASE_RECEIVE_HOVER:
    return &table->receive_hover;
  case SIM_PHASE_FREE:
    break;
  }
  return pol_formation(table, role, memory->held[role], &state->referee, sim_team(drone));
}

// what the drone is asked to do, and what its team's strategy chose for it, which the serve phase
// overrides
static void ask_drone(PolAsk *asked, PolAsk *chosen, const PolPlay *play, const Match *match,
                      const SimState *state, int drone) {
  const PolPlayOptions *options = &play->options;
  if (options->script) {
    options->script(asked, options->script_arg, (int)(match - play->match), state, drone);
    *chosen = *asked;
    return;
  }
  const PolTeam *team = team_of(play, match, sim_team(drone));
  const PolMemory *memory = &match->memory[sim_team(drone)];
  if (team->options->kind == POL_TABLE_VOLLEY) {
    PolTask task;
    pol_plan_task(&task, &memory->plan, state, drone);
    *asked = (PolAsk){.slot = task.slot,
                      .goal = task.goal,
                      .sample = team->sample_skills,
                      .mirrored = task.mirrored};
    *chosen = *asked;
    return;
  }
  const SimRole role = sim_role(drone);
  const PolOption *option = asked_option(team->options, memory, state, options->rules, drone);
  const PolOption *free = &team->options->option[role][memory->held[role]];
  *asked = (PolAsk){option->slot, option->goal, team->sample_skills, option->auto_height, false};
  *chosen = (PolAsk){free->slot, free->goal, team->sample_skills, free->auto_height, false};
  if (option->drawn) {
    asked->goal.point[0] = state->serve_target[0];
    asked->goal.point[1] = state->serve_target[1];
  }
  pol_strategy_bend(&asked->goal, match->strategy[sim_team(drone)], asked->slot, state,
                    sim_team(drone));
}

// turn and sides follow the held option even while the serve phase overrides it; sides stay until
// they are asked anew
static void update_held(Held *held, const PolAsk *asked, const PolAsk *chosen) {
  if (asked->slot == POL_GOTO) {
    memcpy(held->way_point, asked->goal.point, sizeof held->way_point);
  }
  held->my_turn = pol_slot_strikes(chosen->slot);
  if (chosen->goal.side[0] || chosen->goal.side[1]) {
    memcpy(held->side, chosen->goal.side, sizeof held->side);
  }
}

// the height of a dig is chosen when it begins; the same dig goes on under another option
static void choose_height(PolAsk *asked, const Actor *actor, const SimState *state, int drone) {
  const SimTeam team = sim_team(drone);
  if (!asked->auto_height) {
    return;
  }
  if (actor->digs) {
    asked->goal.strike_z = actor->goal.strike_z;
    return;
  }
  SimDrone own;
  double pos[3], vel[3];
  sim_mirror_drone(&own, &state->view.drone[drone], team);
  sim_mirror_vec(pos, state->view.ball_pos, team);
  sim_mirror_vec(vel, state->view.ball_vel, team);
  asked->goal.strike_z = pol_dig_height(&asked->goal, own.pos, own.vel, pos, vel);
}

static void observe(float *obs, SimLayout layout, const Actor *actor, const SimState *state,
                    int drone) {
  if (sim_obs_has_goal(layout)) {
    sim_obs_goal(obs, layout, &state->view, drone, &actor->goal);
    if (actor->mirrored) {
      sim_obs_reflect(obs, layout);
    }
    return;
  }
  SimAsk ask = {.my_turn = actor->held.my_turn};
  const bool serve_phase = actor->slot == POL_SERVE || actor->slot == POL_RECEIVE;
  ask.my_turn |= serve_phase;
  memcpy(ask.side, actor->held.side, sizeof ask.side);
  memcpy(ask.point, actor->slot == POL_GOTO ? actor->held.way_point : actor->goal.point,
         sizeof ask.point);
  if (layout == SIM_OBS_SERVE37) {
    ask.point[2] = 0;  // the published layout aims at a point on the ground
  }
  sim_obs_drone(obs, layout, &state->view, drone, &ask);
}

static void record_goal(PolDrive *drive, const Actor *actor, int drone) {
  double point[3];
  sim_mirror_vec(point, actor->goal.point, sim_team(drone));
  for (int k = 0; k < 3; k++) {
    drive->goal[drone][k] = (float)point[k];
  }
  drive->slot[drone] = (uint8_t)actor->slot;
  drive->flight[drone] = (float)actor->goal.flight;
  drive->apex[drone] = (float)actor->goal.apex;
  drive->strike_z[drone] = (float)actor->goal.strike_z;
}

static bool touched(const SimState *state, int drone) {
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_TOUCH && event->drone == drone) {
      return true;
    }
  }
  return false;
}

static void drive_drone(PolPlay *play, Match *match, const SimState *state, int drone) {
  const SimTeam side = sim_team(drone);
  const PolTeam *team = team_of(play, match, side);
  PolAsk asked, chosen;
  ask_drone(&asked, &chosen, play, match, state, drone);
  assert((int)asked.slot >= 0 && asked.slot < POL_SLOTS);
  Actor *actor = &match->actor[drone];
  const bool first = state->referee.step == 0;
  if (first || asked.slot != actor->slot) {
    actor->wait = 0;  // a newly selected skill acts at once
  }
  actor->digs = actor->digs && !first && !touched(state, drone);
  choose_height(&asked, actor, state, drone);
  actor->digs = asked.auto_height;
  actor->slot = asked.slot;
  actor->goal = asked.goal;
  actor->sample = asked.sample;
  actor->mirrored = asked.mirrored;
  if (first) {
    const SimGoal *start = asked.slot == POL_GOTO ? &asked.goal : &team->options->receive_wait.goal;
    actor->held = (Held){.side = {false, sim_role(drone) == SIM_ATTACKER}};
    memcpy(actor->held.way_point, start->point, sizeof actor->held.way_point);
  }
  record_goal(&match->drive, actor, drone);
  actor->group = NO_GROUP;
  const int group = play->group_of[match->team[side]][actor->slot];
  if (group == NO_GROUP) {
    pol_classical_act(match->drive.action[drone], team->classical, actor->slot, &actor->goal,
                      &state->view, drone);
  } else if (actor->wait == 0) {
    actor->group = group;
    actor->wait = play->group[group].file->every;
    observe(match->obs[drone], play->group[group].layout, actor, state, drone);
  }
  actor->wait -= actor->wait > 0;
  update_held(&actor->held, &asked, &chosen);
}

// a flat policy asks nobody: it acts from its own row, and holds its command in between
static void fly_flat(PolPlay *play, Match *match, const SimState *state, int drone) {
  const int group = match->flat_group[sim_team(drone)];
  const bool asks = group != CALLER;
  Actor *actor = &match->actor[drone];
  PolDrive *drive = &match->drive;
  actor->wait = state->referee.step == 0 ? 0 : actor->wait;
  actor->group = asks && actor->wait == 0 ? group : NO_GROUP;
  actor->sample = match->strategy[sim_team(drone)]->sample;
  actor->mirrored = false;
  if (asks && actor->wait == 0) {
    actor->wait = play->group[group].file->every;
    sim_obs_flat(match->obs[drone], &state->view, &state->referee.flags, drone);
  }
  actor->wait -= asks;
  drive->slot[drone] = POL_FLAT_SLOT;
  drive->flight[drone] = drive->apex[drone] = drive->strike_z[drone] = (float)NAN;
  for (int k = 0; k < 3; k++) {
    drive->goal[drone][k] = (float)NAN;
  }
}

static void decide(PolPlay *play, Match *match, const SimState *state, SimTeam side,
                   float *scratch) {
  assert(match->drive.decisions >= 0 && match->drive.decisions < SIM_TEAMS);
  const PolOptions *options = team_of(play, match, side)->options;
  PolMemory *memory = &match->memory[side];
  PolDecision *decision = &match->drive.decision[match->drive.decisions++];
  pol_strategy_decide(memory, decision, match->strategy[side], options, state, side, scratch);
  const int head = options->wait_head, held = memory->held[head];
  if (match->wait[side] >= 0 && options->option[head][held].slot == POL_GOTO) {
    memory->held[head] = (uint8_t)match->wait[side];
  }
}

// what of the choice may be taken
static bool take_choice(PolMemory *memory, PolDecision *decision) {
  bool taken = false;
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    const uint8_t option = decision->option[head];
    const bool legal = option < POL_OPTIONS_MAX && (decision->legal[head] >> option & 1u) != 0;
    decision->option[head] = legal ? option : POL_NOT_ASKED;
    if (legal) {
      memory->held[head] = option;
      taken = true;
    }
  }
  return taken;
}

// 1 + the head that is chosen once in a turn: the attack, or any touch where touches are the heads;
// 0: none
static int turn_of(const PolOptions *options, const SimState *state, SimTeam side) {
  if (options->kind == POL_TABLE_VOLLEY) {
    const PolTurn turn = pol_volley_turn(state, side);
    return turn >= POL_TURN_FIRST ? 1 + (int)pol_turn_head(turn) : 0;
  }
  return pol_turn(state, side) == SIM_ATTACKER ? 1 + (int)POL_HEAD_ATTACKER : 0;
}

// at the start both decide at once, and the row has the options of both
static void merge(PolDecision *made, const PolDecision *asked) {
  PolDecision both = *asked;
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    if (both.option[head] == POL_NOT_ASKED) {
      both.option[head] = made->option[head];
    }
  }
  *made = both;
}

// Somebody besides the strategy may decide, where it has not just decided itself, so that each has
// its own decision; at the start, where the serve is chosen once and for all, its takes the place
// of the strategy's. A touch can be chosen once in its turn, as strategies choose it, though not
// necessarily in the step in which the turn begins.
static void let_choose(PolPlay *play, Match *match, const SimState *state, SimTeam side) {
  static const PolStrategy RULES = {.kind = POL_BOT};  // bound to what is legal
  const PolOptions *options = team_of(play, match, side)->options;
  PolMemory *memory = &match->memory[side], free = *memory;
  PolDrive *drive = &match->drive;
  PolDecision *made = NULL, asked;
  for (int i = 0; i < drive->decisions; i++) {
    made = drive->decision[i].team == side ? &drive->decision[i] : made;
  }
  const int turn = turn_of(options, state, side);
  match->chosen[side] = match->chosen[side] == turn ? match->chosen[side] : 0;
  if (made && state->referee.step > 0) {
    return;
  }
  if (match->chosen[side] == 0) {
    pol_reopen(&free);
  }
  pol_strategy_prepare(&asked, &free, &RULES, options, state, side);
  if (!play->options.choose(play->options.choose_arg, (int)(match - play->match), state, &asked) ||
      !take_choice(memory, &asked)) {
    return;
  }
  asked.person = true;
  if (turn > 0 && asked.option[turn - 1] != POL_NOT_ASKED) {
    match->chosen[side] = (uint8_t)turn;
  }
  pol_reopen(memory);
  pol_note_decision(memory, options, state, side);
  if (made) {
    merge(made, &asked);
  } else {
    assert(drive->decisions < SIM_TEAMS);
    drive->decision[drive->decisions++] = asked;
  }
}

static bool decides(const PolPlay *play, const SimState *state) {
  const int every = play->options.decide_every;
  const bool due = every > 0 && state->referee.step % every == 0;
  return !play->options.script && (state->referee.switched || due);
}

bool pol_play_asks(PolDecision *decision, const PolPlay *play, int match, SimTeam side) {
  const Match *from = &play->match[match];
  const SimState *state = sim_batch_seen(play->batch, match);
  if (from->flat_group[side] != NO_GROUP || !decides(play, state)) {
    return false;
  }
  pol_strategy_prepare(decision, &from->memory[side], from->strategy[side],
                       team_of(play, from, side)->options, state, side);
  return true;
}

// ---- the three phases

static void drive_block(void *arg, int block, int thread) {
  PolPlay *play = arg;
  const int end = (block + 1) * BLOCK < play->nid ? (block + 1) * BLOCK : play->nid;
  for (int i = block * BLOCK; i < end; i++) {
    Match *match = &play->match[play->ids[i]];
    const SimState *state = sim_batch_seen(play->batch, play->ids[i]);
    match->drive.decisions = 0;
    for (int side = 0; decides(play, state) && side < SIM_TEAMS; side++) {
      if (match->flat_group[side] == NO_GROUP) {
        decide(play, match, state, (SimTeam)side, scratch_of(play, thread));
      }
    }
    for (int side = 0; play->options.choose && side < SIM_TEAMS; side++) {
      if (match->flat_group[side] == NO_GROUP) {
        let_choose(play, match, state, (SimTeam)side);
      }
    }
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      if (sim_present(&state->view, drone)) {
        if (match->flat_group[sim_team(drone)] == NO_GROUP) {
          drive_drone(play, match, state, drone);
        } else {
          fly_flat(play, match, state, drone);
        }
      }
    }
  }
}

int pol_play_group(const PolPlay *play, int match, int drone) {
  const bool present = sim_present(&sim_batch_state(play->batch, match)->view, drone);
  return present ? play->match[match].actor[drone].group : NO_GROUP;
}

// groups that the processor runs; NO_GROUP for a thinker's
static int own_group_of_row(const PolPlay *play, int match, int drone) {
  const int g = pol_play_group(play, match, drone);
  return g < play->beside ? NO_GROUP : g;
}

// how many rows ask for each network, and where they will lie
static void count_rows(PolPlay *play) {
  for (int g = 0; g < play->groups; g++) {
    play->group[g].rows = 0;
  }
  for (int i = 0; i < play->nid; i++) {
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      const int g = own_group_of_row(play, play->ids[i], drone);
      if (g != NO_GROUP) {
        play->group[g].rows++;
      }
    }
  }
  int first = 0;
  for (int g = 0; g < play->groups; g++) {
    play->group[g].first = first;
    first += play->group[g].rows;
    play->group[g].rows = 0;
  }
}

// lists the rows of each network and cuts them into tiles; returns the number of tiles
static int list_rows(PolPlay *play) {
  if (play->groups == play->beside) {
    return 0;
  }
  count_rows(play);
  for (int i = 0; i < play->nid; i++) {
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      const int g = own_group_of_row(play, play->ids[i], drone);
      if (g != NO_GROUP) {
        Group *group = &play->group[g];
        play->row[group->first + group->rows++] = play->ids[i] * SIM_DRONES + drone;
      }
    }
  }
  int tiles = 0;
  for (int g = 0; g < play->groups; g++) {
    for (int first = 0; first < play->group[g].rows; first += POL_NET_TILE) {
      const int left = play->group[g].rows - first;
      play->tile[tiles++] = (Tile){g, first, left < POL_NET_TILE ? left : POL_NET_TILE};
    }
  }
  assert((size_t)tiles <=
         (size_t)play->options.matches * SIM_DRONES / POL_NET_TILE + GROUPS_MAX + 1);
  return tiles;
}

void pol_play_noise(float noise[SIM_ROTORS], uint64_t seed, uint32_t rally, int step, int drone) {
  SimRng rng = sim_rng(seed, rally, (uint32_t)step, (uint32_t)(SIM_RNG_SKILL + drone));
  sim_rng_normals(&rng, noise, SIM_ROTORS);
}

// adds noise to the mean; returns the log-probability of the draw
static float sample_action(float action[SIM_ROTORS], const PolNet *net, const SimState *state,
                           int drone) {
  assert(net->log_std);
  float log_prob = 0;
  float noise[SIM_ROTORS];
  pol_play_noise(noise, state->seed, state->rally, state->referee.step, drone);
  for (int r = 0; r < SIM_ROTORS; r++) {
    action[r] += expf(net->log_std[r]) * noise[r];
    log_prob -= 0.5f * noise[r] * noise[r] + net->log_std[r] + LOG_SQRT_2PI;
  }
  return log_prob;
}

void pol_play_take_command(Match *match, int drone) {
  memcpy(match->command[drone], match->drive.action[drone], sizeof match->command[drone]);
  if (match->actor[drone].mirrored) {
    sim_command_reflect(match->drive.action[drone]);
  }
}

static void run_tile(void *arg, int item, int thread) {
  PolPlay *play = arg;
  const Tile *tile = &play->tile[item];
  const Group *group = &play->group[tile->group];
  const int *rows = play->row + group->first + tile->first;
  const PolNet *net = group->file->net;
  const int inputs = net->arch.inputs;
  assert(tile->rows >= 1 && tile->rows <= POL_NET_TILE);
  assert(inputs <= SIM_OBS_MAX && net->arch.outputs == SIM_ROTORS);
  float *in = scratch_of(play, thread), *out = in + POL_NET_TILE * SIM_OBS_MAX;
  for (int i = 0; i < tile->rows; i++) {
    const int row = rows[i];
    memcpy(in + i * inputs, play->match[row / SIM_DRONES].obs[row % SIM_DRONES],
           (size_t)inputs * sizeof *in);
  }
  pol_net_forward(out, net, in, tile->rows, out + POL_NET_TILE * SIM_ROTORS);
  for (int i = 0; i < tile->rows; i++) {
    const int row = rows[i], drone = row % SIM_DRONES;
    Match *match = &play->match[row / SIM_DRONES];
    float *action = match->drive.action[drone];
    memcpy(action, out + i * SIM_ROTORS, SIM_ROTORS * sizeof *action);
    if (match->actor[drone].sample && net->log_std) {
      match->log_prob[drone] =
          sample_action(action, net, sim_batch_state(play->batch, row / SIM_DRONES), drone);
    }
    pol_play_take_command(match, drone);
  }
}

void pol_play_drive_now(PolPlay *play) {
  sim_pool_run(play->pool, (play->nid + BLOCK - 1) / BLOCK, drive_block, play);
  sim_pool_run(play->pool, list_rows(play), run_tile, play);
}

// ---- outputs that are not finite

static void blame_drone(PolPlay *play, const Match *match, int drone) {
  const SimTeam side = sim_team(drone);
  const int slot = match->drive.slot[drone];
  assert(slot < POL_SLOTS || slot == POL_FLAT_SLOT);
  int bad = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    bad += !isfinite(match->drive.action[drone][r]);
  }
  if (bad > 0 && slot == POL_FLAT_SLOT) {
    pol_nonfinite_count(&play->nonfinite, match->strategy[side]->file, "flat", bad, 0);
  } else if (bad > 0) {
    pol_nonfinite_count(&play->nonfinite, team_of(play, match, side)->skill[slot],
                        pol_slot_name((PolSlot)slot), bad, 0);
  }
}

// the world counts the commands, which of the policies it was is seen here
static void note_nonfinite(PolPlay *play) {
  for (int i = 0; i < play->nid; i++) {
    Match *match = &play->match[play->ids[i]];
    const SimState *state = sim_batch_state(play->batch, play->ids[i]);
    for (int d = 0; d < match->drive.decisions; d++) {
      const PolDecision *decision = &match->drive.decision[d];
      if (decision->nonfinite) {
        pol_nonfinite_count(&play->nonfinite, match->strategy[decision->team]->file, "strategy", 0,
                            1);
      }
    }
    for (int drone = 0; state->bad_commands != match->bad_commands && drone < SIM_DRONES; drone++) {
      if (sim_present(&state->view, drone)) {
        blame_drone(play, match, drone);
      }
    }
    match->bad_commands = state->bad_commands;
  }
}

void pol_play_take_nonfinite(PolNonfinite *to, PolPlay *play) {
  pol_nonfinite_merge(to, &play->nonfinite);
  play->nonfinite = (PolNonfinite){.n = 0};
}

// drones whose commands, this step's or held ones, ask for body rates
static unsigned ctbr_drones(const PolPlay *play, const Match *match) {
  unsigned drones = 0;
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const int slot = match->drive.slot[drone];
    const int group =
        slot < POL_SLOTS ? play->group_of[match->team[sim_team(drone)]][slot] : NO_GROUP;
    drones |= (unsigned)(group != NO_GROUP && play->group[group].ctbr) << drone;
  }
  return drones;
}

static bool any_ctbr(const PolPlay *play) {
  for (int g = 0; g < play->groups; g++) {
    if (play->group[g].ctbr) {
      return true;
    }
  }
  return false;
}

SimStatus pol_play_step_batch(PolPlay *play, SimError *err) {
  const bool ctbr = any_ctbr(play);
  for (int i = 0; i < play->nid; i++) {
    const int match = play->ids[i];
    memcpy(play->action[match], play->match[match].drive.action, sizeof *play->action);
    if (ctbr) {
      sim_batch_set_ctbr(play->batch, match, ctbr_drones(play, &play->match[match]));
    }
  }
  const SimStatus status = sim_batch_step(
      play->batch, play->ids, play->nid, (const float(*)[SIM_DRONES][SIM_ROTORS])play->action, err);
  if (status == SIM_OK) {
    note_nonfinite(play);
  }
  return status;
}

SimStatus pol_play_step(PolPlay *play, const int *ids, int nid, SimError *err) {
  assert(nid >= 0 && nid <= play->options.matches);
  if (play->thinker) {
    return pol_play_step_in_halves(play, ids, nid, err);
  }
  play->ids = ids;
  play->nid = nid;
  pol_play_drive_now(play);
  return pol_play_step_batch(play, err);
}

// the group of a file, shared by slots and teams that use the same one
static int find_group(PolPlay *play, const PolFile *file) {
  for (int g = 0; g < play->groups; g++) {
    const PolFile *known = play->group[g].file;
    if (known == file || (known->hash == file->hash && file->hash != 0)) {
      return g;
    }
  }
  assert(play->groups < GROUPS_MAX);
  play->group[play->groups] = (Group){.file = file,
                                      .layout = (SimLayout)sim_obs_find(file->obs),
                                      .ctbr = strcmp(file->act, "ctbr4") == 0};
  return play->groups++;
}

// every side is its own team's, and free
static void seat_own(Match *match) {
  for (int side = 0; side < SIM_TEAMS; side++) {
    match->team[side] = side;
    match->wait[side] = -1;
  }
}

// a team's own strategy need not fit another table, until it is exchanged
static void seat(PolPlay *play, Match *match, SimTeam side, const PolStrategy *strategy) {
  const bool flat = strategy->kind == POL_STRATEGY_FLAT;
  match->strategy[side] = strategy;
  match->flat_group[side] = flat ? find_group(play, strategy->file) : NO_GROUP;
}

void pol_play_reset(PolPlay *play, const int *ids, int nid, const uint32_t *rally) {
  assert(nid >= 0 && nid <= play->options.matches);
  const PolPlayOptions *options = &play->options;
  if (options->server == POL_SERVER_DRAWN) {
    sim_batch_reset(play->batch, ids, nid, options->seed, rally);
  } else {
    const SimTeam server = options->server == POL_SERVER_NEAR ? SIM_NEAR : SIM_FAR;
    sim_batch_reset_served(play->batch, ids, nid, options->seed, rally, server);
  }
  for (int i = 0; i < nid; i++) {
    Match *match = &play->match[ids[i]];
    memset(match, 0, sizeof *match);
    seat_own(match);
    for (int side = 0; side < SIM_TEAMS; side++) {
      const PolTeam *team = play->team[side];
      const int member = pol_team_member(team, options->seed, rally[i], (SimTeam)side);
      seat(play, match, (SimTeam)side, &team->strategy[member]);
    }
  }
}

void pol_play_set_strategy(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy) {
  Match *to = &play->match[match];
  assert(pol_strategy_check(strategy, team_of(play, to, side)->options, NULL) == SIM_OK);
  assert(strategy->kind == POL_STRATEGY_FLAT || !team_of(play, to, side)->flat);
  seat(play, to, side, strategy);
}

void pol_play_seat_guest(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy) {
  assert(play->team[GUEST]);
  play->match[match].team[side] = GUEST;
  pol_play_set_strategy(play, match, side, strategy);
}

void pol_play_seat_caller(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy) {
  assert(strategy->kind == POL_STRATEGY_FLAT);
  play->match[match].strategy[side] = strategy;
  play->match[match].flat_group[side] = CALLER;
}

void pol_play_command(PolPlay *play, int match, int drone, const float action[SIM_ROTORS]) {
  Match *to = &play->match[match];
  assert(match >= 0 && match < play->options.matches && drone >= 0 && drone < SIM_DRONES);
  assert(to->flat_group[sim_team(drone)] == CALLER);
  memcpy(to->drive.action[drone], action, sizeof to->drive.action[drone]);
}

void pol_play_hold_passer(PolPlay *play, int match, SimTeam side, int wait) {
  assert(wait < POL_OPTIONS_MAX);
  play->match[match].wait[side] = wait;
}

// ---- making and freeing

static void make_groups(PolPlay *play) {
  int scratch = 0;
  for (int t = 0; t < TEAMS_MAX && play->team[t]; t++) {
    const PolTeam *team = play->team[t];
    for (int slot = 0; slot < POL_SLOTS; slot++) {
      const PolFile *file = team->skill[slot];
      play->group_of[t][slot] = file ? find_group(play, file) : NO_GROUP;
      scratch = file && pol_net_scratch(file->net) > scratch ? pol_net_scratch(file->net) : scratch;
    }
  }
  // strategies may come later (pol_play_set_strategy)
  const PolNet widest = {.arch = {.inputs = SIM_OBS_MAX,
                                  .outputs = POL_HEADS_MAX * POL_OPTIONS_MAX,
                                  .layers = 1,
                                  .hidden = {POL_NET_WIDTH_MAX}}};
  scratch = pol_net_scratch(&widest) > scratch ? pol_net_scratch(&widest) : scratch;
  play->scratch_size = scratch + POL_NET_TILE * (SIM_OBS_MAX + SIM_ROTORS);
}

static bool make_buffers(PolPlay *play) {
  const size_t n = (size_t)play->options.matches;
  const size_t tiles = n * SIM_DRONES / POL_NET_TILE + GROUPS_MAX + 1;
  play->match = calloc(n, sizeof *play->match);
  play->action = calloc(n, sizeof *play->action);
  play->row = calloc(n * SIM_DRONES, sizeof *play->row);
  play->tile = calloc(tiles, sizeof *play->tile);
  play->pool = sim_pool_create(play->options.threads);
  make_groups(play);
  play->scratch =
      calloc((size_t)play->options.threads * (size_t)play->scratch_size, sizeof *play->scratch);
  return play->match && play->action && play->row && play->tile && play->pool && play->scratch;
}

PolPlay *pol_play_create(const PolPlayOptions *options, const SimModel *model, const PolTeam *near,
                         const PolTeam *far, SimError *err) {
  assert(options->matches >= 1 && options->threads >= 1 && options->rules);
  PolPlay *play = calloc(1, sizeof *play);
  if (play) {
    *play = (PolPlay){.options = *options, .model = model, .team = {near, far, options->guest}};
  }
  if (!play || !make_buffers(play)) {
    sim_error(err, SIM_FAIL, "no memory or threads for %d matches on %d threads", options->matches,
              options->threads);
    pol_play_destroy(play);
    return NULL;
  }
  play->batch = sim_batch_create(model, options->rules, options->matches, options->threads, err);
  if (!play->batch || (any_ctbr(play) && sim_batch_allow_ctbr(play->batch, err) != SIM_OK) ||
      (options->device && pol_play_make_thinker(play, err) != SIM_OK)) {
    pol_play_destroy(play);
    return NULL;
  }
  return play;
}

void pol_play_destroy(PolPlay *play) {
  if (play) {
    pol_nonfinite_warn(&play->nonfinite);
    sim_batch_destroy(play->batch);
    sim_pool_destroy(play->pool);
    pol_play_free_thinker(play);
    free(play->match);
    free(play->action);
    free(play->row);
    free(play->tile);
    free(play->scratch);
    free(play);
  }
}

const SimState *pol_play_state(const PolPlay *play, int match) {
  return sim_batch_state(play->batch, match);
}

const PolDrive *pol_play_drive(const PolPlay *play, int match) {
  assert(match >= 0 && match < play->options.matches);
  return &play->match[match].drive;
}

const PolOptions *pol_play_options(const PolPlay *play, int match, SimTeam side) {
  return team_of(play, &play->match[match], side)->options;
}

const PolMemory *pol_play_held(const PolPlay *play, int match, SimTeam side) {
  return &play->match[match].memory[side];
}

void pol_play_observe(float out[SIM_OBS_MAX], const PolPlay *play, int match, SimTeam side) {
  const Match *from = &play->match[match];
  pol_strategy_observe(out, from->strategy[side], team_of(play, from, side)->options,
                       &from->memory[side], sim_batch_seen(play->batch, match), side);
}

bool pol_play_act(PolAct *act, const PolPlay *play, int match, int drone) {
  assert(match >= 0 && match < play->options.matches && drone >= 0 && drone < SIM_DRONES);
  const Match *from = &play->match[match];
  const Actor *actor = &from->actor[drone];
  *act = (PolAct){.slot = actor->slot,
                  .goal = actor->goal,
                  .mirrored = actor->mirrored,
                  .obs = from->obs[drone],
                  .action = from->command[drone],
                  .log_prob = from->log_prob[drone]};
  return actor->group != NO_GROUP;
}

const float *pol_play_row(const PolPlay *play, int match, int drone) {
  const Match *from = &play->match[match];
  return from->actor[drone].group == NO_GROUP ? NULL : from->obs[drone];
}

SimBatch *pol_play_batch(const PolPlay *play) {
  return play->batch;
}

// ---- a match that goes on elsewhere

bool pol_play_lends(const PolPlay *play, int match) {
  const Match *from = &play->match[match];
  bool lends = !play->options.script && !play->options.choose && play->options.decide_every == 0;
  for (int side = 0; side < SIM_TEAMS; side++) {
    lends = lends && from->flat_group[side] == NO_GROUP &&
            team_of(play, from, (SimTeam)side)->options->kind == POL_TABLE_VOLLEY;
  }
  return lends;
}

void pol_play_lend(PolLent *lent, const PolPlay *play, int match) {
  const Match *from = &play->match[match];
  assert(pol_play_lends(play, match));
  for (int side = 0; side < SIM_TEAMS; side++) {
    lent->plan[side] = from->memory[side].plan;
    lent->team[side] = from->team[side];
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    lent->slot[drone] = from->actor[drone].slot;
    lent->wait[drone] = from->actor[drone].wait;
  }
  memcpy(lent->command, from->drive.action, sizeof lent->command);
}

void pol_play_take_back(PolPlay *play, int match, const PolLent *lent) {
  Match *to = &play->match[match];
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    to->actor[drone].slot = lent->slot[drone];
    to->actor[drone].wait = lent->wait[drone];
  }
  memcpy(to->drive.action, lent->command, sizeof lent->command);
  to->drive.decisions = 0;
  to->bad_commands = pol_play_state(play, match)->bad_commands;
}

// ---- one match as bytes

// What a match holds between steps besides its row: networks' last commands, skills in force.
typedef struct Kept {
  SimEvents events;
  PolMemory memory[SIM_TEAMS];
  Actor actor[SIM_DRONES];
  PolDrive drive;
} Kept;

size_t pol_play_match_size(const PolPlay *play) {
  return sizeof(Kept) + (size_t)sim_world_row_size(play->model) * sizeof(double) +
         sim_batch_link_size(play->batch);
}

void pol_play_save(void *out, PolPlay *play, int match) {
  assert(match >= 0 && match < play->options.matches);
  const Match *from = &play->match[match];
  Kept kept;
  memset(&kept, 0, sizeof kept);
  kept.events = sim_batch_state(play->batch, match)->events;
  memcpy(kept.memory, from->memory, sizeof kept.memory);
  memcpy(kept.actor, from->actor, sizeof kept.actor);
  kept.drive = from->drive;
  memcpy(out, &kept, sizeof kept);
  double *row = (double *)(void *)((char *)out + sizeof kept);
  sim_batch_save(play->batch, match, row);
  sim_batch_link_save(play->batch, match, row + sim_world_row_size(play->model));
}

// Options of a head in the largest table of those who may sit on a side.
static int most_options(const PolPlay *play, int side, int head) {
  const PolTeam *const team[] = {play->team[side], play->options.guest};
  int most = 0;
  for (int i = 0; i < 2; i++) {
    const PolOptions *options = team[i] ? team[i]->options : NULL;
    most = options && options->n[head] > most ? options->n[head] : most;
  }
  return most;
}

// numbers that are indices, of bytes that may come from a file
static SimStatus check_kept(const PolPlay *play, int match, const Kept *kept, SimError *err) {
  for (int i = 0; i < SIM_TEAMS * POL_HEADS_MAX; i++) {
    const int side = i / POL_HEADS_MAX, head = i % POL_HEADS_MAX;
    const int most = most_options(play, side, head), held = kept->memory[side].held[head],
              taken = kept->drive.decision[side].option[head];
    if ((most > 0 && held >= most) || (taken != POL_NOT_ASKED && taken > 0 && taken >= most)) {
      return sim_error(err, SIM_BAD_INPUT, "match %d: saw option %d of head %d, wanted one of %d",
                       match, most > 0 && held >= most ? held : taken, head, most);
    }
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const Actor *actor = &kept->actor[drone];
    if ((unsigned)actor->slot >= POL_SLOTS || actor->group < NO_GROUP) {
      return sim_error(err, SIM_BAD_INPUT,
                       "match %d: saw skill %d by group %d, wanted one of %d by one from %d", match,
                       (int)actor->slot, actor->group, POL_SLOTS, NO_GROUP);
    }
  }
  return SIM_OK;
}

SimStatus pol_play_load(PolPlay *play, int match, const void *in, SimError *err) {
  Match *to = &play->match[match];
  Kept kept;
  seat_own(to);
  memcpy(&kept, in, sizeof kept);
  const double *row = (const double *)(const void *)((const char *)in + sizeof kept);
  SimStatus status = check_kept(play, match, &kept, err);
  status = status ? status : sim_batch_load(play->batch, match, row, &kept.events, err);
  if (status == SIM_OK) {
    sim_batch_link_load(play->batch, match, row + sim_world_row_size(play->model));
    memcpy(to->memory, kept.memory, sizeof kept.memory);
    memcpy(to->actor, kept.actor, sizeof kept.actor);
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      // flat policies have their groups from when they are seated, which is still to come
      const bool known = to->actor[drone].group < play->groups;
      to->actor[drone].group = known ? to->actor[drone].group : NO_GROUP;
    }
    to->drive = kept.drive;
    to->bad_commands = pol_play_state(play, match)->bad_commands;
  }
  return status;
}
