// All forces of a step of MuJoCo's go into qfrc_applied (for a free joint: force in court axes,
// torque in body axes), which is cheaper than 24 actuators and exact under its Euler integrator.
// The closed form (sim/flight.h) leaves qfrc_applied alone and writes positions and velocities, the
// drones' quaternions with w >= 0. What changes
// besides MuJoCo's state is small and plain, so it is saved by walking it once with a cursor that
// either writes or reads.
#include "sim/world.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/flight.h"
#include "sim/vec.h"

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

// returns false for a command that is not finite, which counts as zero thrust
static bool turn_rotor(double *rotor, float command, double lag) {
  const bool ok = isfinite(command);
  sim_flight_lag(rotor, ok ? (double)command : -1, lag);
  return ok;
}

double sim_thrust(const SimDrone *drone) {
  double total = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    total += sim_flight_thrust(drone->rotor[r], SIM_ROTOR_FORCE);
  }
  return total;
}

// with libm's exp, as policies and everything that MuJoCo moves know it
void sim_downwash_add(double force[3], const SimDrone *on, const SimDrone *from, double thrust,
                      const SimPlant *plant) {
  assert(on != from && !(thrust < 0));
  double offset[3], axis[3], exponent;
  vec_sub(offset, from->pos, on->pos);
  rot_axis(axis, from->rot, 2);
  const double along = vec_dot(offset, axis);
  if (sim_flight_blows(&exponent, vec_dot(offset, offset), along, plant)) {
    vec_add_scaled(force, force, sim_flight_blow(thrust, along, exp(-exponent), plant), axis);
  }
}

// wash on a drone, with the exp of whoever moves the bodies
static void add_blow(double force[3], const SimDrone *on, const SimDrone *from, double thrust,
                     const SimState *state, SimPhysics physics) {
  if (physics == SIM_PHYSICS_MUJOCO) {
    sim_downwash_add(force, on, from, thrust, &state->plant);
    return;
  }
  sim_flight_wash_from(force, on->pos, from->pos, from->rot, thrust, &state->plant);
}

static void add_wash(SimForces *forces, const SimState *state, SimPhysics physics) {
  const SimWash *wash = &state->wash;
  const double time = state->referee.step * SIM_DT;
  assert(wash->n >= 0 && wash->n <= SIM_ROLES);
  for (int w = 0; w < wash->n; w++) {
    const SimWashSource *source = &wash->source[w];
    SimDrone drone = {.rot = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    if (!sim_push_blows(source, time)) {
      continue;
    }
    sim_push_source(drone.pos, drone.rot, source, time);
    for (int i = 0; i < SIM_DRONES; i++) {
      if (sim_present(&state->view, i)) {
        add_blow(forces->wrench[i], &state->view.drone[i], &drone,
                 sim_push_source_thrust(source, &state->plant), state, physics);
      }
    }
  }
}

void sim_world_push(SimForces *forces, const SimState *state, SimPhysics physics) {
  add_wash(forces, state, physics);
  sim_push_contacts(forces->wrench, forces->wrench[SIM_BALL], &state->view, forces->spin,
                    &state->plant);
}

// rotors, damping, drag, wash between drones: as sim_flight_forces, with libm's exp
static bool find_forces_of_mujoco(SimForces *forces, const SimState *state, bool downwash) {
  const SimView *view = &state->view;
  double thrust[SIM_DRONES] = {0};
  bool near = false;
  sim_flight_drag(forces->wrench[SIM_BALL], view->ball_vel, &state->plant);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      sim_flight_wrench(forces->wrench[i], &thrust[i], &view->drone[i], forces->spin[i],
                        &state->plant);
    }
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int j = 0; j < SIM_DRONES; j++) {
      if (i != j && sim_present(view, i) && sim_present(view, j)) {
        near |= sim_flight_apart(view->drone[i].pos, view->drone[j].pos) < sim_flight_reach();
        if (downwash) {
          sim_downwash_add(forces->wrench[i], &view->drone[i], &view->drone[j], thrust[j],
                           &state->plant);
        }
      }
    }
  }
  return near;
}

static bool find_forces_of_flight(SimForces *forces, const SimState *state, bool downwash) {
  SimFlightForces found;
  sim_flight_forces(&found, state->view.drone, forces->spin, state->view.ball_vel, &state->plant,
                    state->view.roster, downwash);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      memcpy(forces->wrench[i], found.drone[i], sizeof found.drone[i]);
    }
  }
  vec_copy(forces->wrench[SIM_BALL], found.ball);
  return found.near;
}

// Everything that pushes; false: no boxes of two drones can touch, whatever their attitudes.
static bool find_forces(SimForces *forces, const SimState *state, const mjData *d,
                        const SimModel *model) {
  const SimPhysics physics = model->options.physics;
  *forces = (SimForces){.spin = {{0}}};
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      vec_copy(forces->spin[i], d->qvel + model->qvel[i] + 3);
    }
  }
  const bool near = physics == SIM_PHYSICS_FLIGHT
                        ? find_forces_of_flight(forces, state, model->options.downwash)
                        : find_forces_of_mujoco(forces, state, model->options.downwash);
  sim_world_push(forces, state, physics);
  return near;
}

// All bodies in closed form. Nothing turns the ball, and its attitude means nothing.
static void fly(SimView *view, mjData *d, const SimModel *model, SimForces *forces,
                const SimPlant *plant) {
  sim_flight_fall(view->ball_pos, view->ball_vel, forces->wrench[SIM_BALL], plant->ball_mass,
                  SIM_DT);
  vec_copy(d->qpos + model->qpos[SIM_BALL], view->ball_pos);
  vec_copy(d->qvel + model->qvel[SIM_BALL], view->ball_vel);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      SimDrone *drone = &view->drone[i];
      sim_flight_drone(drone, forces->spin[i], forces->wrench[i], plant);
      vec_copy(d->qpos + model->qpos[i], drone->pos);
      memcpy(d->qpos + model->qpos[i] + 3, drone->quat, sizeof drone->quat);
      vec_copy(d->qvel + model->qvel[i], drone->vel);
      vec_copy(d->qvel + model->qvel[i] + 3, forces->spin[i]);
    }
  }
  d->time += SIM_DT;
}

// MuJoCo's bodies have the middle of every range: the forces that give them the accelerations of
// this match's bodies. Drones are alike, so that their pushes against each other scale with them
static void fit_forces(SimForces *forces, const SimModel *model, const SimState *state) {
  const SimPlant *own = &state->plant, *has = &model->plant;
  for (int k = 0; k < 3; k++) {
    forces->wrench[SIM_BALL][k] *= has->ball_mass / own->ball_mass;
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      double *wrench = forces->wrench[i], bias[3], has_bias[3];
      sim_flight_gyroscopic(bias, forces->spin[i], own->inertia);
      sim_flight_gyroscopic(has_bias, forces->spin[i], has->inertia);
      for (int k = 0; k < 3; k++) {
        wrench[k] *= has->drone_mass / own->drone_mass;
        wrench[3 + k] = has->inertia[k] / own->inertia[k] * (wrench[3 + k] - bias[k]) + has_bias[k];
      }
    }
  }
}

static void step_mujoco(SimState *state, mjData *d, const SimModel *model, SimForces *forces,
                        bool near) {
  if (!model->world.fixed) {
    fit_forces(forces, model, state);
  }
  for (int i = 0; i < SIM_BODIES; i++) {
    if (i == SIM_BALL || sim_present(&state->view, i)) {
      memcpy(d->qfrc_applied + model->qvel[i], forces->wrench[i], sizeof forces->wrench[i]);
    }
  }
  mj_step(near ? model->mj : model->apart, d);
  read_view(&state->view, d, model);
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
  SimForces forces;
  const bool near = find_forces(&forces, state, d, model);
  if (!near && model->options.physics == SIM_PHYSICS_FLIGHT) {
    fly(view, d, model, &forces, &state->plant);
  } else {
    step_mujoco(state, d, model, &forces, near);
  }
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
