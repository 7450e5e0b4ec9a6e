// A situation is put together from parts: a server, a setter with its ball, an attacker, a passer,
// each for either team. Everything is drawn and written in the frame of the drone's team and turned
// to the court's at the end. The order of the draws is fixed: a trial is a function of its seed and
// number, and the trials of two skills that share a situation share its start.
#include "hcsp/eval/skill_trial.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/vec.h"

enum {
  NEAR_PASSER = 0,
  NEAR_SETTER = 1,
  NEAR_ATTACKER = 2,
  FAR_PASSER = 3,
  FAR_SETTER = 4,
  FAR_ATTACKER = 5
};

typedef struct Box {
  double low[3], high[3];
} Box;

// published start ranges, m, team frame (hcsp/README.md 4.6)
static const Box SERVER_START = {{6, 0, 1.8}, {6, 0, 2.0}};
static const Box SERVE_BALL = {{6, -0.1, 4.8}, {6, 0.1, 5.0}};
static const Box SETTER_START = {{2, -2, 1.6}, {3, -1, 1.8}};
static const Box SET_BALL = {{4.5, -2.3, 1.2}, {5.5, 2.3, 1.6}};
static const Box ATTACKER_START = {{1, 0, 2.2}, {2, 1, 2.8}};
static const Box FAR_ATTACKER_START = {{1.8, 1.3, 2.3}, {2.2, 1.7, 2.7}};
static const Box PASSER_START = {{4.5, -0.5, 1.0}, {5.5, 0.5, 1.5}};
static const Box RECEIVER_START = {{4.5, 0, 1.5}, {4.5, 0, 1.5}};
// the published goto task about its target, moved onto the court
static const double GOTO_TARGET[3] = {4, 0, 1.8};
static const Box GOTO_OFFSET = {{-2.5, -2.5, -0.8}, {2.5, 2.5, 0.7}};
#define GOTO_TILT (0.33 * M_PI)  // rad

// serve targets, m, frame of the server: the wide range of the measures, what the receiver's
// server aims at, and what matches draw; a target beyond the reach is drawn in
static const Box SERVE_TARGET = {{-5.6, -2, 0.2}, {-4.5, 2, 0.2}};
static const Box RECEIVED_TARGET = {{-6, -1.9, 0.2}, {-4.5, 1.9, 0.2}};
static const Box MATCH_TARGET = {{-6, -0.5, 0.2}, {-5, 0.5, 0.2}};
#define SERVE_REACH 5.6

// balls of the dig maps leave the opponents' attacker about here
static const Box DIG_BALL = {{-1.6, -1.6, 3.5}, {-1.4, -1.4, 3.7}};
#define DIG_JITTER 0.1  // m, m/s, rad, rad/s: the passer's hover

// wide starts of goto: distances m, m/s, rad, rad/s (hcsp/README.md 4.3)
static const Box WIDE_START = {{1.0, -3.5, 0.8}, {6.5, 3.5, 4.0}};
#define WIDE_SPEED 6.0
#define WIDE_TILT (85 * M_PI / 180)
#define WIDE_YAW (60 * M_PI / 180)
#define WIDE_RATE 6.0
#define WIDE_YAW_RATE 2.4
#define WIDE_DECELERATION 4.5  // m/s2 that a start must leave room for
#define WIDE_TURN 25.0         // rad/s2, with which the thrust is turned to where it is wanted
#define WIDE_PUSH 9.8          // m/s2, mean acceleration meanwhile

// ---- draws

static void draw_box(double out[3], SimRng *rng, const Box *box) {
  for (int k = 0; k < 3; k++) {
    out[k] = sim_rng_uniform(rng, box->low[k], box->high[k]);
  }
}

static void draw_cube(double out[3], SimRng *rng, double half) {
  for (int k = 0; k < 3; k++) {
    out[k] = sim_rng_uniform(rng, -half, half);
  }
}

// a drone in `box` with angles up to `tilt` and, if asked, velocities up to `speed`
static void place_drone(EvalTrial *trial, SimRng *rng, int drone, const Box *box, double tilt,
                        double speed) {
  assert(drone >= 0 && drone < SIM_DRONES && !(trial->start.roster >> drone & 1u));
  SimDrone own = {.pos = {0}};
  double rpy[3];
  draw_box(own.pos, rng, box);
  draw_cube(rpy, rng, tilt);
  draw_cube(own.vel, rng, speed);
  draw_cube(own.angvel, rng, speed);
  quat_from_rpy(own.quat, rpy[0], rpy[1], rpy[2]);
  for (int r = 0; r < SIM_ROTORS; r++) {
    own.rotor[r] = SIM_HOVER_ROTOR;
  }
  quat_to_rot(own.rot, own.quat);
  sim_mirror_drone(&trial->start.drone[drone], &own, sim_team(drone));
  trial->start.roster |= 1u << drone;
}

void eval_place_hovering(SimView *view, int drone, const double point[3]) {
  assert(drone >= 0 && drone < SIM_DRONES);
  SimDrone own = {.quat = {1, 0, 0, 0}};
  vec_copy(own.pos, point);
  quat_to_rot(own.rot, own.quat);
  for (int r = 0; r < SIM_ROTORS; r++) {
    own.rotor[r] = SIM_HOVER_ROTOR;
  }
  sim_mirror_drone(&view->drone[drone], &own, sim_team(drone));
  view->roster |= 1u << drone;
}

static void place_ball(EvalTrial *trial, const double pos[3], const double vel[3], SimTeam team) {
  sim_mirror_vec(trial->start.ball_pos, pos, team);
  sim_mirror_vec(trial->start.ball_vel, vel, team);
  trial->server = team;
}

// ---- what drones do

const PolOption *eval_first_option(const PolOptions *table, PolHead head, PolSlot slot) {
  for (int i = 0; i < table->n[head]; i++) {
    if (table->option[head][i].slot == slot) {
      return &table->option[head][i];
    }
  }
  return NULL;
}

// the option of that skill on that side, else the first of the skill, else NULL
static const PolOption *find_slot(const PolOptions *table, PolHead head, PolSlot slot, bool right) {
  const PolOption *first = NULL;
  for (int i = 0; i < table->n[head]; i++) {
    const PolOption *option = &table->option[head][i];
    if (option->slot == slot) {
      first = first ? first : option;
      if (option->goal.side[right ? 0 : 1]) {
        return option;
      }
    }
  }
  return first;
}

// the head of a role, and what the option table says about a strike of it
static PolHead head_of(PolSlot strike) {
  assert(pol_slot_strikes(strike));
  return strike == POL_SERVE    ? POL_HEAD_SERVE
         : strike == POL_SET    ? POL_HEAD_SETTER
         : strike == POL_ATTACK ? POL_HEAD_ATTACKER
                                : POL_HEAD_PASSER;
}

static const PolOption *strike_option(const PolOptions *table, PolSlot strike, bool right) {
  return strike == POL_RECEIVE ? &table->receive : find_slot(table, head_of(strike), strike, right);
}

static const PolOption *hover_option(const PolOptions *table, PolSlot strike) {
  return strike == POL_SERVE     ? &table->serve_hover
         : strike == POL_RECEIVE ? &table->receive_hover
                                 : find_slot(table, head_of(strike), eval_hover_of(strike), false);
}

static const PolOption *wait_option(const PolOptions *table, PolSlot strike, bool right) {
  if (strike == POL_RECEIVE || strike == POL_SERVE) {
    return &table->receive_wait;
  }
  const int named =
      strike == POL_PASS ? pol_options_find(table, POL_HEAD_PASSER, right ? "right" : "left") : -1;
  return named >= 0 ? &table->option[POL_HEAD_PASSER][named]
                    : find_slot(table, head_of(strike), POL_GOTO, false);
}

SimStatus eval_trial_check_goals(const PolOptions *goals, SimError *err) {
  static const PolSlot STRIKES[] = {POL_SERVE, POL_RECEIVE, POL_PASS, POL_SET, POL_ATTACK};
  for (size_t i = 0; i < sizeof STRIKES / sizeof STRIKES[0]; i++) {
    const PolSlot slot = STRIKES[i];
    if (!strike_option(goals, slot, false) || !hover_option(goals, slot) ||
        !wait_option(goals, slot, false)) {
      return sim_error(err, SIM_BAD_INPUT,
                       "option table '%s': no option to wait, strike and hover with %s; wanted "
                       "all three",
                       goals->name, pol_slot_name(slot));
    }
  }
  return SIM_OK;
}

// right: side of an attack, or side on which a pass expects the ball
static void assign(EvalTrial *trial, const PolOptions *goals, int drone, PolSlot strike, bool right,
                   int cue) {
  trial->part[drone] = (EvalPart){.strike = strike,
                                  .cue = cue,
                                  .auto_height = strike_option(goals, strike, right)->auto_height,
                                  .wait = wait_option(goals, strike, right)->goal,
                                  .goal = strike_option(goals, strike, right)->goal,
                                  .rest = hover_option(goals, strike)->goal};
}

bool eval_trial_touched(const SimState *state, int drone) {
  return state->referee.last_hit[drone] > 0;
}

void eval_trial_ask(PolAsk *ask, const EvalTrial *trial, const SimState *state, int drone) {
  const EvalPart *part = &trial->part[drone];
  const bool down = state->view.ball_pos[2] < SIM_GROUND;
  *ask = (PolAsk){.slot = POL_GOTO, .goal = part->wait};
  if (part->strike == POL_SLOTS) {
    return;
  }
  if (eval_trial_touched(state, drone) || down) {
    ask->slot = eval_hover_of(part->strike);
    ask->goal = part->rest;
  } else if (part->cue < 0 || eval_trial_touched(state, part->cue)) {
    ask->slot = part->strike;
    ask->goal = part->goal;
    ask->auto_height = part->auto_height;
  }
}

// ---- the parts of a situation

static double clip_reach(double x) {
  return fmax(x, -SERVE_REACH);
}

// a server of team with its ball; speed: of the start
static void add_server(EvalTrial *trial, SimRng *rng, const PolOptions *goals, SimTeam team,
                       double speed, const Box *target) {
  const int drone = sim_drone(team, SIM_PASSER);
  double pos[3], vel[3] = {0, 0, 0};
  place_drone(trial, rng, drone, &SERVER_START, 0.5, speed);
  draw_box(pos, rng, &SERVE_BALL);
  vel[1] = -0.5 * pos[1];
  place_ball(trial, pos, vel, team);
  assign(trial, goals, drone, POL_SERVE, false, -1);
  double *point = trial->part[drone].goal.point;
  draw_box(point, rng, target);
  point[0] = clip_reach(point[0]);
}

// a setter of team with the ball of a pass; jitter: angles and velocities of the start
static void add_setter(EvalTrial *trial, SimRng *rng, const PolOptions *goals, SimTeam team,
                       double jitter) {
  const int drone = sim_drone(team, SIM_SETTER);
  double pos[3], vel[3];
  place_drone(trial, rng, drone, &SETTER_START, jitter, jitter);
  draw_box(pos, rng, &SET_BALL);
  vel[0] = sim_rng_uniform(rng, -2.8, -2.3);
  vel[1] = sim_rng_uniform(rng, -0.5, 0) - 0.5 * (pos[1] + 1.5);
  vel[2] = sim_rng_uniform(rng, 7, 7.5);
  place_ball(trial, pos, vel, team);
  assign(trial, goals, drone, POL_SET, false, -1);
}

static void add_attacker(EvalTrial *trial, SimRng *rng, const PolOptions *goals, SimTeam team,
                         bool right, const Box *box, double tilt, double speed) {
  const int drone = sim_drone(team, SIM_ATTACKER);
  place_drone(trial, rng, drone, box, tilt, speed);
  assign(trial, goals, drone, POL_ATTACK, right, sim_drone(team, SIM_SETTER));
}

static void add_dig(EvalTrial *trial, SimRng *rng, const PolOptions *goals, PolSlot slot,
                    const EvalCell *cell) {
  Box place;
  double pos[3], vel[3];
  vec_copy(place.low, cell->wait);
  vec_copy(place.high, cell->wait);
  place_drone(trial, rng, NEAR_PASSER, &place, DIG_JITTER, DIG_JITTER);
  const bool right = cell->point[1] > 0;
  assign(trial, goals, NEAR_PASSER, slot, right, -1);
  for (int drone = NEAR_SETTER; drone <= NEAR_ATTACKER; drone++) {
    const PolSlot strike = drone == NEAR_SETTER ? POL_SET : POL_ATTACK;
    assign(trial, goals, drone, strike, false, -1);
    trial->part[drone].strike = POL_SLOTS;
    const int spread = goals->spread[drone];
    if (spread >= 0) {
      trial->part[drone].wait = goals->option[drone][spread].goal;
    }
    vec_copy(place.low, trial->part[drone].wait.point);
    vec_copy(place.high, place.low);
    place_drone(trial, rng, drone, &place, DIG_JITTER, DIG_JITTER);
  }
  draw_box(pos, rng, &DIG_BALL);
  for (int k = 0; k < 3; k++) {
    vel[k] = (cell->point[k] - pos[k]) / cell->flight;
  }
  vel[2] += SIM_GRAVITY * cell->flight / 2;
  place_ball(trial, pos, vel, SIM_NEAR);
  trial->server = SIM_FAR;
}

// ---- goto

// the distance to stop from `speed`
static double stop_distance(double speed) {
  return speed * speed / (2 * WIDE_DECELERATION);
}

// crude: the drone falls, or is pushed on, until its thrust has turned to where it is wanted
static bool wide_start_is_fair(const SimDrone *drone) {
  const double rate = hypot(drone->angvel[0], drone->angvel[1]);
  const double tilt = acos(fmin(drone->rot[8], 1)) + rate * rate / (2 * WIDE_TURN);
  const double turn = (rate + sqrt(rate * rate + 2 * WIDE_TURN * tilt)) / WIDE_TURN;
  const double down = fmax(-drone->vel[2], 0), along = fmax(-drone->vel[0], 0);
  const double fall = down + WIDE_PUSH * turn,
               drift = along + WIDE_PUSH * turn * fmax(-drone->rot[2], 0);
  return drone->pos[2] - SIM_GROUND > (down + fall) / 2 * turn + stop_distance(fall) &&
         drone->pos[0] - SIM_NET_DRONE > (along + drift) / 2 * turn + stop_distance(drift);
}

static void draw_direction(double out[3], SimRng *rng) {
  const double z = sim_rng_uniform(rng, -1, 1), turn = sim_rng_uniform(rng, -M_PI, M_PI);
  const double flat = sqrt(1 - z * z);
  vec_set(out, flat * cos(turn), flat * sin(turn), z);
}

// fast, tilted, turning, anywhere in the own half; starts that no controller can save are redrawn
static void place_wide(EvalTrial *trial, SimRng *rng) {
  SimDrone *drone = &trial->start.drone[NEAR_PASSER];
  do {
    double way[3];
    draw_box(drone->pos, rng, &WIDE_START);
    draw_direction(way, rng);
    const double speed = sim_rng_uniform(rng, 0, WIDE_SPEED);
    const double tilt = sim_rng_uniform(rng, 0, WIDE_TILT);
    const double turn = sim_rng_uniform(rng, -M_PI, M_PI);
    const double yaw = sim_rng_uniform(rng, -WIDE_YAW, WIDE_YAW);
    quat_from_rpy(drone->quat, tilt * cos(turn), tilt * sin(turn), yaw);
    quat_to_rot(drone->rot, drone->quat);
    vec_set(drone->vel, speed * way[0], speed * way[1], speed * way[2]);
    draw_cube(drone->angvel, rng, WIDE_RATE);
    drone->angvel[2] *= WIDE_YAW_RATE / WIDE_RATE;
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = sim_rng_uniform(rng, 0.3, 1);
    }
  } while (!wide_start_is_fair(drone));
  trial->start.roster |= 1u << NEAR_PASSER;
}

static void add_goto(EvalTrial *trial, SimRng *rng, bool wide) {
  Box box;
  for (int k = 0; k < 3; k++) {
    box.low[k] = GOTO_TARGET[k] + GOTO_OFFSET.low[k];
    box.high[k] = GOTO_TARGET[k] + GOTO_OFFSET.high[k];
  }
  if (wide) {
    place_wide(trial, rng);
  } else {
    place_drone(trial, rng, NEAR_PASSER, &box, GOTO_TILT, 0);
  }
  const double nan = (double)NAN;
  trial->part[NEAR_PASSER] =
      (EvalPart){.strike = POL_SLOTS, .wait = {.flight = nan, .apex = nan, .strike_z = nan}};
  vec_copy(trial->part[NEAR_PASSER].wait.point, GOTO_TARGET);
  // the ball is out of the way
  place_ball(trial, (const double[3]){-30, 30, 1}, (const double[3]){0, 0, 0}, SIM_NEAR);
}

// ---- the situations

// the strike whose outcome or recovery a slot is about; POL_GOTO for goto
static PolSlot strike_of(PolSlot slot) {
  switch (slot) {
  case POL_SERVE_HOVER:
    return POL_SERVE;
  case POL_RECEIVE_HOVER:
    return POL_RECEIVE;
  case POL_PASS_HOVER:
    return POL_PASS;
  case POL_SET_HOVER:
    return POL_SET;
  case POL_ATTACK_HOVER:
    return POL_ATTACK;
  default:
    return slot;
  }
}

PolSlot eval_hover_of(PolSlot strike) {
  assert(pol_slot_strikes(strike));
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    if (slot != (int)strike && strike_of((PolSlot)slot) == strike) {
      return (PolSlot)slot;
    }
  }
  return POL_GOTO;
}

unsigned eval_trial_roster(PolSlot slot, bool cells) {
  switch (strike_of(slot)) {
  case POL_SET:
    return 1u << NEAR_SETTER;
  case POL_ATTACK:
    return 1u << NEAR_SETTER | 1u << NEAR_ATTACKER;
  case POL_RECEIVE:
  case POL_PASS:
    if (cells) {
      return 1u << NEAR_PASSER | 1u << NEAR_SETTER | 1u << NEAR_ATTACKER;
    }
    return strike_of(slot) == POL_RECEIVE
               ? 1u << NEAR_PASSER | 1u << FAR_PASSER
               : 1u << NEAR_PASSER | 1u << FAR_SETTER | 1u << FAR_ATTACKER;
  default:
    return 1u << NEAR_PASSER;
  }
}

static void add_parts(EvalTrial *trial, SimRng *rng, const EvalTrialOptions *options,
                      const EvalCell *cell, bool right) {
  const PolOptions *goals = options->goals;
  const PolSlot strike = strike_of(options->slot);
  // the hover's own situation starts the serve in motion
  const double speed = options->slot == POL_SERVE ? 0 : 0.5;
  switch (strike) {
  case POL_SERVE:
    add_server(trial, rng, goals, SIM_NEAR, speed,
               options->match_targets ? &MATCH_TARGET : &SERVE_TARGET);
    break;
  case POL_SET:
    add_setter(trial, rng, goals, SIM_NEAR, 0.5);
    trial->drone = NEAR_SETTER;
    break;
  case POL_ATTACK:
    add_setter(trial, rng, goals, SIM_NEAR, 0.5);
    add_attacker(trial, rng, goals, SIM_NEAR, right, &ATTACKER_START, 0.5, 0);
    trial->drone = NEAR_ATTACKER;
    trial->upstream = NEAR_SETTER;
    break;
  case POL_RECEIVE:
  case POL_PASS:
    if (cell) {
      add_dig(trial, rng, goals, strike, cell);
    } else if (strike == POL_RECEIVE) {
      add_server(trial, rng, goals, SIM_FAR, speed, &RECEIVED_TARGET);
      place_drone(trial, rng, NEAR_PASSER, &RECEIVER_START, 0.2, 0);
      assign(trial, goals, NEAR_PASSER, POL_RECEIVE, false, FAR_PASSER);
      trial->upstream = FAR_PASSER;
    } else {
      add_setter(trial, rng, goals, SIM_FAR, 0.2);
      add_attacker(trial, rng, goals, SIM_FAR, !right, &FAR_ATTACKER_START, 0.1, 0.1);
      place_drone(trial, rng, NEAR_PASSER, &PASSER_START, 0.5, 0);
      // what the opponents call left is our right
      assign(trial, goals, NEAR_PASSER, POL_PASS, right, FAR_ATTACKER);
      trial->upstream = FAR_ATTACKER;
    }
    break;
  default:
    add_goto(trial, rng, options->wide);
    break;
  }
}

void eval_trial_draw(EvalTrial *trial, const EvalTrialOptions *options, const EvalCell *cell,
                     uint64_t seed, uint32_t number) {
  SimRng rng = sim_rng(seed, number, 0, SIM_RNG_START);
  memset(trial, 0, sizeof *trial);
  trial->slot = options->slot;
  trial->upstream = -1;
  add_parts(trial, &rng, options, cell, number % 2 == 1);
  const bool hovers = options->slot != strike_of(options->slot);
  if (hovers) {
    trial->upstream = trial->drone;  // a hover counts once its own strike has happened
  }
  SimGoal *goal = &trial->part[trial->drone].goal;
  const bool digs = options->slot == POL_RECEIVE || options->slot == POL_PASS;
  if (cell && !digs) {
    vec_copy(goal->point, cell->point);
    goal->flight = cell->flight;
    goal->apex = (double)NAN;
    goal->side[0] = options->slot == POL_ATTACK && cell->point[1] > 0;
    goal->side[1] = options->slot == POL_ATTACK && cell->point[1] <= 0;
  }
  assert(trial->start.roster == eval_trial_roster(options->slot, cell != NULL));
}
