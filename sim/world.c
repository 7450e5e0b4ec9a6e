// All forces of a step go into qfrc_applied (for a free joint: force in court axes, torque in body
// axes), which is cheaper than 24 actuators and exact under MuJoCo's Euler integrator. What changes
// besides MuJoCo's state is small and plain, so it is saved by walking it once with a cursor that
// either writes or reads.
#include "sim/world.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/contact.h"
#include "sim/flight.h"
#include "sim/vec.h"

// Downwash below this exponent is less than 1e-13 of the thrust and left out.
#define DOWNWASH_CUTOFF 30.0

// m; boxes whose spheres are farther apart have no contact, also with MuJoCo's own rounding
#define NEAR_MARGIN 0.05

// ---- MuJoCo state to view and back

static void read_body(double pos[3], double vel[3], const mjData *d, const SimModel *model, int i) {
  vec_copy(pos, d->qpos + model->qpos[i]);
  vec_copy(vel, d->qvel + model->qvel[i]);
}

static void read_drone(SimDrone *drone, const mjData *d, const SimModel *model, int i) {
  read_body(drone->pos, drone->vel, d, model, i);
  const double *quat = d->qpos + model->qpos[i] + 3;
  const double sign = quat[0] < 0 ? -1 : 1;
  for (int k = 0; k < 4; k++) {
    drone->quat[k] = sign * quat[k];
  }
  quat_to_rot(drone->rot, drone->quat);
  rot_apply(drone->angvel, drone->rot, d->qvel + model->qvel[i] + 3);
}

// everything but the rotors, which MuJoCo does not know
static void read_view(SimView *view, const mjData *d, const SimModel *model) {
  read_body(view->ball_pos, view->ball_vel, d, model, SIM_BALL);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      read_drone(&view->drone[i], d, model, i);
    }
  }
}

static void write_drone(mjData *d, const SimModel *model, const SimDrone *drone, int i) {
  double rot[9];
  vec_copy(d->qpos + model->qpos[i], drone->pos);
  memcpy(d->qpos + model->qpos[i] + 3, drone->quat, sizeof drone->quat);
  quat_to_rot(rot, drone->quat);
  vec_copy(d->qvel + model->qvel[i], drone->vel);
  rot_apply_inverse(d->qvel + model->qvel[i] + 3, rot, drone->angvel);
}

// ---- start of a rally

// start ranges of the released environment (cfg/task/High_Level.yaml): near frame, m
typedef struct StartRange {
  double low[3], high[3];
} StartRange;
static const StartRange SERVER_START = {{6, 0, 1.8}, {6, 0, 2.0}};
static const StartRange START[SIM_ROLES] = {{{4, 0, 1}, {4, 0, 1}},
                                            {{1.9, -2.1, 1.7}, {2.1, -1.9, 1.9}},
                                            {{1.8, 1.3, 2.3}, {2.2, 1.7, 2.7}}};
static const StartRange BALL_START = {{6, -0.1, 4.8}, {6, 0.1, 5.0}};
#define START_JITTER 0.1  // rad, m/s and rad/s, each way

static void draw_point(double out[3], SimRng *rng, const StartRange *range, SimTeam team) {
  double point[3];
  for (int k = 0; k < 3; k++) {
    assert(range->low[k] <= range->high[k]);
    point[k] = sim_rng_uniform(rng, range->low[k], range->high[k]);
  }
  sim_mirror_vec(out, point, team);
}

static void draw_jitter(double out[3], SimRng *rng) {
  for (int k = 0; k < 3; k++) {
    out[k] = sim_rng_uniform(rng, -START_JITTER, START_JITTER);
  }
}

static void draw_start(SimView *view, SimTeam server, uint64_t seed, uint32_t rally) {
  SimRng rng = sim_rng(seed, rally, 0, SIM_RNG_START);
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &view->drone[i];
    const SimTeam team = sim_team(i);
    const bool serves = team == server && sim_role(i) == SIM_PASSER;
    double rpy[3];
    draw_point(drone->pos, &rng, serves ? &SERVER_START : &START[sim_role(i)], team);
    draw_jitter(rpy, &rng);
    draw_jitter(drone->vel, &rng);
    draw_jitter(drone->angvel, &rng);
    quat_from_rpy(drone->quat, rpy[0], rpy[1], rpy[2] + (team == SIM_FAR ? M_PI : 0));
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = SIM_HOVER_ROTOR;
    }
  }
  draw_point(view->ball_pos, &rng, &BALL_START, server);
  vec_set(view->ball_vel, 0, 0, 0);
}

// landing point of the serve, m, frame of the server (sim/README.md 4.4)
static void draw_serve_target(double out[2], uint64_t seed, uint32_t rally) {
  SimRng rng = sim_rng(seed, rally, 0, SIM_RNG_SERVE_TARGET);
  out[0] = -sim_rng_uniform(&rng, 5, 6);
  out[1] = sim_rng_uniform(&rng, -0.5, 0.5);
}

void sim_world_place(SimState *state, mjData *d, const SimModel *model, const SimView *view,
                     SimTeam server) {
  mj_resetData(model->mj, d);
  sim_plant_draw(&state->plant, &model->world, state->seed, state->rally);
  vec_copy(d->qpos + model->qpos[SIM_BALL], view->ball_pos);
  vec_copy(d->qvel + model->qvel[SIM_BALL], view->ball_vel);
  memset(&state->view, 0, sizeof state->view);
  state->view.roster = model->options.roster;
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      write_drone(d, model, &view->drone[i], i);
      memcpy(state->view.drone[i].rotor, view->drone[i].rotor, sizeof view->drone[i].rotor);
    }
  }
  read_view(&state->view, d, model);
  sim_referee_reset(&state->referee, server);
  vec_copy(state->referee.ball_vel, view->ball_vel);
  state->events.n = 0;
  state->wash.n = 0;
  state->bad_commands = 0;
}

void sim_world_reset(SimState *state, mjData *d, const SimModel *model, uint64_t seed,
                     uint32_t rally) {
  SimRng rng = sim_rng(seed, rally, 0, SIM_RNG_SERVER);
  const SimTeam server = (SimTeam)sim_rng_below(&rng, SIM_TEAMS);
  sim_world_reset_served(state, d, model, seed, rally, server);
}

void sim_world_reset_served(SimState *state, mjData *d, const SimModel *model, uint64_t seed,
                            uint32_t rally, SimTeam server) {
  SimView view = {.roster = SIM_ALL_DRONES};
  assert(server == SIM_NEAR || server == SIM_FAR);
  draw_start(&view, server, seed, rally);
  state->seed = seed;
  state->rally = rally;
  draw_serve_target(state->serve_target, seed, rally);
  sim_world_place(state, d, model, &view, server);
}

// ---- one control step

// first-order lag in rotor-speed space, once per step (rotor_group.py); returns false for a command
// that is not finite, which counts as zero thrust
static bool turn_rotor(double *rotor, float command, double lag) {
  const bool ok = isfinite(command);
  const double share = ok ? fmin(fmax(((double)command + 1) / 2, 0), 1) : 0;
  *rotor += lag * (sqrt(share) - *rotor);
  return ok;
}

// thrust of each rotor, N
static void rotor_thrust(double thrust[SIM_ROTORS], const SimDrone *drone, double full) {
  for (int r = 0; r < SIM_ROTORS; r++) {
    thrust[r] = full * fmin(fmax(drone->rotor[r] * drone->rotor[r], 0), 1);
  }
}

double sim_thrust(const SimDrone *drone) {
  double thrust[SIM_ROTORS], total = 0;
  rotor_thrust(thrust, drone, SIM_ROTOR_FORCE);
  for (int r = 0; r < SIM_ROTORS; r++) {
    total += thrust[r];
  }
  return total;
}

// force (court axes) and torque (body axes) of rotors and damping; *total gets the thrust
static void drone_wrench(double wrench[6], double *total, const SimDrone *drone,
                         const double angvel[3], const SimPlant *p) {
  double thrust[SIM_ROTORS], torque[3] = {0, 0, 0};
  rotor_thrust(thrust, drone, p->thrust);
  *total = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    *total += thrust[r];
    torque[0] += SIM_ROTOR_XY[r][1] * thrust[r];
    torque[1] -= SIM_ROTOR_XY[r][0] * thrust[r];
    torque[2] -= SIM_ROTOR_SPIN[r] * (p->reaction / p->thrust) * thrust[r];
  }
  for (int k = 0; k < 3; k++) {
    wrench[k] =
        *total * drone->rot[3 * k + 2] - p->damping * p->drone_mass * (drone->vel[k] - p->wind[k]);
    wrench[3 + k] = torque[k] - p->damping * p->inertia[k] * angvel[k];
  }
}

void sim_downwash_add(double force[3], const SimDrone *on, const SimDrone *from, double thrust,
                      const SimPlant *plant) {
  assert(on != from && !(thrust < 0));
  double offset[3], axis[3];
  vec_sub(offset, from->pos, on->pos);
  rot_axis(axis, from->rot, 2);
  const double along = vec_dot(offset, axis);
  if (!(along > 0) || along > plant->downwash_reach) {
    return;
  }
  const double radial = vec_dot(offset, offset) - along * along;
  const double exponent = plant->downwash_radial * fmax(radial, 0) / (along * along);
  if (exponent < DOWNWASH_CUTOFF) {
    const double fade = 1 + plant->downwash_axial * along;
    vec_add_scaled(force, force, -thrust * exp(-exponent) / (fade * fade), axis);
  }
}

// velocities this step would end with if nothing touched, the contact's point of view
static void predict_drone(SimContactDrone *out, const SimDrone *drone, const double wrench[6],
                          const double angvel[3], const SimPlant *p) {
  vec_copy(out->pos, drone->pos);
  memcpy(out->rot, drone->rot, sizeof out->rot);
  vec_add_scaled(out->vel, drone->vel, SIM_DT / p->drone_mass, wrench);
  out->vel[2] -= SIM_DT * SIM_GRAVITY;
  const double momentum[3] = {p->inertia[0] * angvel[0], p->inertia[1] * angvel[1],
                              p->inertia[2] * angvel[2]};
  double gyroscopic[3];
  vec_cross(gyroscopic, angvel, momentum);
  for (int k = 0; k < 3; k++) {
    out->angvel[k] = angvel[k] + SIM_DT * (wrench[3 + k] - gyroscopic[k]) / p->inertia[k];
  }
}

static void apply_ball_contacts(mjData *d, const SimModel *model, const SimState *state) {
  const SimView *view = &state->view;
  SimContactBall ball;
  vec_copy(ball.pos, view->ball_pos);
  vec_copy(ball.vel, view->ball_vel);
  ball.vel[2] -= SIM_DT * SIM_GRAVITY;
  double *ball_force = d->qfrc_applied + model->qvel[SIM_BALL];
  vec_add_scaled(ball.vel, ball.vel, SIM_DT / state->plant.ball_mass, ball_force);
  for (int i = 0; i < SIM_DRONES; i++) {
    double offset[3];
    vec_sub(offset, view->ball_pos, view->drone[i].pos);
    // far more than the reach of a contact; spares the prediction
    if (!sim_present(view, i) || vec_dot(offset, offset) > 1) {
      continue;
    }
    double *wrench = d->qfrc_applied + model->qvel[i];
    SimContactDrone drone;
    SimImpulse impulse = {{0, 0, 0}, {0, 0, 0}};
    predict_drone(&drone, &view->drone[i], wrench, d->qvel + model->qvel[i] + 3, &state->plant);
    if (sim_contact_resolve(&ball, &drone, &impulse, &state->plant, SIM_DT)) {
      vec_add_scaled(wrench, wrench, 1 / SIM_DT, impulse.linear);
      vec_add_scaled(wrench + 3, wrench + 3, 1 / SIM_DT, impulse.angular);
      vec_add_scaled(ball_force, ball_force, -1 / SIM_DT, impulse.linear);
    }
  }
}

// a source as a drone at that time; its axis is all that is known of its attitude
static void place_source(SimDrone *drone, const SimWashSource *source, double time) {
  const double across = source->lean[0] * source->lean[0] + source->lean[1] * source->lean[1];
  assert(across < 1);
  vec_add_scaled(drone->pos, source->pos, fmin(time, source->moves), source->vel);
  drone->rot[2] = source->lean[0];
  drone->rot[5] = source->lean[1];
  drone->rot[8] = sqrt(1 - across);
}

static void apply_wash(mjData *d, const SimModel *model, const SimState *state) {
  const SimWash *wash = &state->wash;
  const double time = state->referee.step * SIM_DT;
  assert(wash->n >= 0 && wash->n <= SIM_ROLES);
  for (int w = 0; w < wash->n; w++) {
    const SimWashSource *source = &wash->source[w];
    SimDrone drone = {.rot = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    if (time < source->from || (source->until > 0 && time >= source->until)) {
      continue;
    }
    place_source(&drone, source, time);
    for (int i = 0; i < SIM_DRONES; i++) {
      if (sim_present(&state->view, i)) {
        sim_downwash_add(d->qfrc_applied + model->qvel[i], &state->view.drone[i], &drone,
                         state->plant.drone_mass * SIM_GRAVITY * (1 + source->extra),
                         &state->plant);
      }
    }
  }
}

// drag of the ball in the air; without any it is exactly nothing
static void drag_ball(double force[3], const SimView *view, const SimPlant *plant) {
  double wind[3];
  vec_sub(wind, plant->wind, view->ball_vel);
  const double share = plant->ball_drag > 0 ? plant->ball_drag * vec_norm(wind) : 0;
  for (int k = 0; k < 3; k++) {
    force[k] = share > 0 ? share * wind[k] : 0;
  }
}

static void apply_forces(mjData *d, const SimModel *model, const SimState *state) {
  const SimView *view = &state->view;
  double thrust[SIM_DRONES] = {0};
  drag_ball(d->qfrc_applied + model->qvel[SIM_BALL], view, &state->plant);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      drone_wrench(d->qfrc_applied + model->qvel[i], &thrust[i], &view->drone[i],
                   d->qvel + model->qvel[i] + 3, &state->plant);
    }
  }
  for (int i = 0; model->options.downwash && i < SIM_DRONES; i++) {
    for (int j = 0; j < SIM_DRONES; j++) {
      if (i != j && sim_present(view, i) && sim_present(view, j)) {
        sim_downwash_add(d->qfrc_applied + model->qvel[i], &view->drone[i], &view->drone[j],
                         thrust[j], &state->plant);
      }
    }
  }
  apply_wash(d, model, state);
  apply_ball_contacts(d, model, state);
}

// false: no two boxes can touch, whatever their attitudes
static bool drones_near(const SimView *view) {
  const double radius = sqrt(2 * SIM_DRONE_HALF_XY * SIM_DRONE_HALF_XY +
                             SIM_DRONE_HALF_Z * SIM_DRONE_HALF_Z),
               reach = 2 * radius + NEAR_MARGIN;
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int j = 0; sim_present(view, i) && j < i; j++) {
      double offset[3];
      vec_sub(offset, view->drone[i].pos, view->drone[j].pos);
      if (sim_present(view, j) && vec_dot(offset, offset) < reach * reach) {
        return true;
      }
    }
  }
  return false;
}

// all bodies in closed form
static void fly(mjData *d, const SimModel *model, const SimState *state) {
  const SimPlant *plant = &state->plant;
  // the ball is turned by nothing, and its attitude means nothing
  double *ball = d->qpos + model->qpos[SIM_BALL], *ball_vel = d->qvel + model->qvel[SIM_BALL];
  static const double BALL_INERTIA[3] = {1, 1, 1};
  sim_flight_step(ball, ball + 3, ball_vel, ball_vel + 3, d->qfrc_applied + model->qvel[SIM_BALL],
                  plant->ball_mass, BALL_INERTIA, SIM_GRAVITY, SIM_DT);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      double *pos = d->qpos + model->qpos[i], *vel = d->qvel + model->qvel[i];
      sim_flight_step(pos, pos + 3, vel, vel + 3, d->qfrc_applied + model->qvel[i],
                      plant->drone_mass, plant->inertia, SIM_GRAVITY, SIM_DT);
    }
  }
  d->time += SIM_DT;
}

// MuJoCo's bodies have the middle of every range: the forces that give them the accelerations of
// this match's bodies. Drones are alike, so that their pushes against each other scale with them
static void fit_forces(mjData *d, const SimModel *model, const SimState *state) {
  const SimPlant *own = &state->plant, *has = &model->plant;
  double *ball = d->qfrc_applied + model->qvel[SIM_BALL];
  for (int k = 0; k < 3; k++) {
    ball[k] *= has->ball_mass / own->ball_mass;
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      double *wrench = d->qfrc_applied + model->qvel[i], bias[3], has_bias[3];
      const double *angvel = d->qvel + model->qvel[i] + 3;
      sim_flight_gyroscopic(bias, angvel, own->inertia);
      sim_flight_gyroscopic(has_bias, angvel, has->inertia);
      for (int k = 0; k < 3; k++) {
        wrench[k] *= has->drone_mass / own->drone_mass;
        wrench[3 + k] = has->inertia[k] / own->inertia[k] * (wrench[3 + k] - bias[k]) + has_bias[k];
      }
    }
  }
}

static void move_bodies(mjData *d, const SimModel *model, const SimState *state) {
  const bool near = drones_near(&state->view);
  if (!near && model->options.physics == SIM_PHYSICS_FLIGHT) {
    fly(d, model, state);
    return;
  }
  if (!model->world.fixed) {
    fit_forces(d, model, state);
  }
  mj_step(near ? model->mj : model->apart, d);
}

void sim_world_step(SimState *state, mjData *d, const SimModel *model, const SimRules *rules,
                    const float action[SIM_DRONES][SIM_ROTORS]) {
  SimView *view = &state->view;
  assert(state->referee.winner == SIM_PLAYING);
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; sim_present(view, i) && r < SIM_ROTORS; r++) {
      state->bad_commands += !turn_rotor(&view->drone[i].rotor[r], action[i][r], state->plant.lag);
    }
  }
  apply_forces(d, model, state);
  move_bodies(d, model, state);
  read_view(view, d, model);
  sim_referee_step(&state->events, &state->referee, rules, view, SIM_DT);
}

// ---- the exact state as a row

enum { INTEGRATION = mjSTATE_INTEGRATION, ROTOR_VALUES = SIM_DRONES * SIM_ROTORS };

// walks the values of a state in a fixed order, writing them to a row or reading them from it
typedef struct Walk {
  double *at;
  bool reading, bad;
} Walk;

static void walk_double(Walk *w, double *value) {
  if (w->reading) {
    *value = *w->at;
  } else {
    *w->at = *value;
  }
  w->bad |= !isfinite(*w->at);
  w->at++;
}

// an integer in low..high, returned (and stored by the caller) so that enums and bools fit
static int walk_int(Walk *w, int value, int low, int high) {
  assert(low <= high);
  double number = value;
  walk_double(w, &number);
  if (!(number >= low && number <= high && number == floor(number))) {
    w->bad = true;
    return low;
  }
  return (int)number;
}

static void walk_flags(Walk *w, SimFlags *flags) {
  for (int i = 0; i < SIM_DRONES; i++) {
    flags->already_hit[i] = walk_int(w, flags->already_hit[i], 0, 1) != 0;
  }
  flags->is_rally = walk_int(w, flags->is_rally, 0, 1) != 0;
}

static void walk_referee(Walk *w, SimReferee *ref) {
  const int many = 1 << 30;
  ref->step = walk_int(w, ref->step, 0, many);
  ref->server = (SimTeam)walk_int(w, (int)ref->server, 0, 1);
  ref->ball_side = (SimTeam)walk_int(w, (int)ref->ball_side, 0, 1);
  ref->last_hit_side = (SimTeam)walk_int(w, (int)ref->last_hit_side, 0, 1);
  walk_flags(w, &ref->flags);
  walk_flags(w, &ref->stale);
  ref->serve_step = walk_int(w, ref->serve_step, 0, many);
  ref->hits = walk_int(w, ref->hits, 0, many);
  ref->switched = walk_int(w, ref->switched, 0, 1) != 0;
  ref->winner = (SimWinner)walk_int(w, (int)ref->winner, 0, SIM_PLAYING);
  ref->reason = (SimEventKind)walk_int(w, (int)ref->reason, 0, SIM_EVENT_KINDS - 1);
  for (int k = 0; k < 3; k++) {
    walk_double(w, &ref->ball_vel[k]);
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->racket_near[i] = walk_int(w, ref->racket_near[i], 0, 1) != 0;
    ref->body_near[i] = walk_int(w, ref->body_near[i], 0, 1) != 0;
    ref->last_hit[i] = walk_int(w, ref->last_hit[i], -many, many);
  }
}

static void walk_match(Walk *w, SimState *state) {
  const uint32_t half = 0xffffffffu;
  double low = (double)(state->seed & half), high = (double)(state->seed >> 32);
  double rally = (double)state->rally;
  walk_double(w, &low);
  walk_double(w, &high);
  walk_double(w, &rally);
  walk_double(w, &state->serve_target[0]);
  walk_double(w, &state->serve_target[1]);
  state->bad_commands = walk_int(w, state->bad_commands, 0, 1 << 30);
  if (!(low >= 0 && low <= half && high >= 0 && high <= half && rally >= 0 && rally <= half)) {
    w->bad = true;
    return;
  }
  state->seed = (uint64_t)low | (uint64_t)high << 32;
  state->rally = (uint32_t)rally;
}

static void walk_rotors(Walk *w, SimView *view) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      walk_double(w, &view->drone[i].rotor[r]);
    }
  }
}

// number of values of walk_referee and walk_match
enum { REFEREE_VALUES = 4 + 2 * (SIM_DRONES + 1) + 5 + 3 + 3 * SIM_DRONES, MATCH_VALUES = 6 };

int sim_world_row_size(const SimModel *model) {
  return (int)mj_stateSize(model->mj, INTEGRATION) + ROTOR_VALUES + REFEREE_VALUES + MATCH_VALUES;
}

const char *sim_world_row_spec(const SimModel *model, char *buffer, int size) {
  snprintf(buffer, (size_t)size, "mjSTATE_INTEGRATION %d;rotor %d;referee %d;match %d",
           (int)mj_stateSize(model->mj, INTEGRATION), ROTOR_VALUES, REFEREE_VALUES, MATCH_VALUES);
  return buffer;
}

void sim_world_save(double *row, const SimState *state, const mjData *d, const SimModel *model) {
  mj_getState(model->mj, d, row, INTEGRATION);
  SimState copy = *state;
  Walk w = {.at = row + mj_stateSize(model->mj, INTEGRATION)};
  walk_rotors(&w, &copy.view);
  walk_referee(&w, &copy.referee);
  walk_match(&w, &copy);
  assert(w.at == row + sim_world_row_size(model));
}

static bool finite_row(const double *row, int n) {
  for (int i = 0; i < n; i++) {
    if (!isfinite(row[i])) {
      return false;
    }
  }
  return true;
}

SimStatus sim_world_load(SimState *state, mjData *d, const SimModel *model, const double *row,
                         SimError *err) {
  const int n = sim_world_row_size(model);
  if (!finite_row(row, n)) {
    return sim_error(err, SIM_BAD_INPUT, "state row: a value is not finite; wanted %d numbers", n);
  }
  double copy[2048];
  if (n > (int)(sizeof copy / sizeof copy[0])) {
    return sim_error(err, SIM_FAIL, "state row: %d numbers are too many", n);
  }
  memcpy(copy, row, (size_t)n * sizeof *row);
  SimState loaded = {.view = {.roster = model->options.roster}};
  Walk w = {.at = copy + mj_stateSize(model->mj, INTEGRATION), .reading = true};
  walk_rotors(&w, &loaded.view);
  walk_referee(&w, &loaded.referee);
  walk_match(&w, &loaded);
  if (w.bad) {
    return sim_error(err, SIM_BAD_INPUT, "state row: a flag or counter is out of range");
  }
  mj_resetData(model->mj, d);
  mj_setState(model->mj, d, copy, INTEGRATION);
  read_view(&loaded.view, d, model);
  sim_plant_draw(&loaded.plant, &model->world, loaded.seed, loaded.rally);
  *state = loaded;
  return SIM_OK;
}
