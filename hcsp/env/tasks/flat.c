// Pay is told in the reference's numbers and scaled last, so that they can be compared.
#include "hcsp/env/tasks/flat.h"

#include <assert.h>
#include <math.h>

#include "hcsp/env/events.h"
#include "policies/dig.h"
#include "sim/vec.h"

#define NEAREST 1.0     // m from the net that a server is put, at least
#define FALL_LEFT 0.15  // s, what is left of a fall at least
#define OVER_NET 0.3    // m over the net's top that a flying ball passes, at least
#define TRIES 100
#define REACH_LOW 2.5      // m/s2, of the balls that ask for least
#define RETURN_LENGTH 4.5  // m behind the net, where a ball is returned to in a flight of
#define RETURN_FLIGHT 1.9  // s, when it is asked whether it can be
#define SEND_OVER 0.2      // m over the net's top that a touch should send the ball, at least
#define SEND_WIDTH 2.0     // m by which it falls short when a touch is paid 1 / e
#define SEND_LOW 1.5       // m short for each metre that it stays too low

// ---- pay

bool task_flat_eligible(const SimState *state, int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  const SimReferee *ref = &state->referee;
  const bool over = (state->view.ball_pos[0] > 0) == (sim_team(drone) == SIM_NEAR);
  if (ref->hits == 0 && sim_team(drone) == ref->server) {
    return over && sim_role(drone) == SIM_PASSER;
  }
  return over && !ref->flags.already_hit[drone];
}

static bool too_close(const SimView *view, double clearance, int drone) {
  const int first = sim_drone(sim_team(drone), SIM_PASSER);
  for (int mate = first; mate < first + SIM_ROLES; mate++) {
    double apart[3];
    vec_sub(apart, view->drone[mate].pos, view->drone[drone].pos);
    if (mate != drone && vec_norm(apart) < clearance) {
      return true;
    }
  }
  return false;
}

// how far short of the net the ball falls back to where it should pass it, m
static double falls_short(const SimView *view, SimTeam team) {
  double pos[3], vel[3];
  sim_mirror_vec(pos, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
  const double height = SIM_NET_TOP + SEND_OVER;
  const double rise = fmax(vel[2], 0) / SIM_GRAVITY, t = sim_fall_time(pos[2], vel[2], height);
  const double low = isnan(t) ? height - (pos[2] + SIM_GRAVITY * rise * rise / 2) : 0;
  return fmax(pos[0] + vel[0] * (isnan(t) ? rise : t), 0) + SEND_LOW * low;
}

void task_flat_pay_step(double pay[SIM_DRONES], TaskFlatMarks *marks, const TaskFlatPay *task,
                        const SimState *state) {
  const SimWinner winner = state->referee.winner;
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const int first = sim_drone(sim_team(drone), SIM_PASSER);
    double sum = 0;
    for (int mate = first; mate < first + SIM_ROLES; mate++) {
      const bool legal = env_happened(&state->events, SIM_EVENT_TOUCH, mate) &&
                         !env_happened(&state->events, SIM_EVENT_DOUBLE_TOUCH, mate);
      sum += legal ? task->hit : 0;
      if (legal && mate == drone) {
        sum += task->send * exp(-falls_short(&state->view, sim_team(drone)) / SEND_WIDTH);
      }
    }
    if (winner == SIM_WIN_NEAR || winner == SIM_WIN_FAR) {
      sum += (int)winner == (int)sim_team(drone) ? task->result : -task->result;
    }
    sum -= env_happened(&state->events, SIM_EVENT_DRONE_GROUND, drone) ? task->ground : 0;
    const bool close = too_close(&state->view, task->clearance, drone);
    sum -= close && !marks->close[drone] ? task->close : 0;
    marks->close[drone] = close;
    pay[drone] += sum * task->scale;
  }
  if (task->strike > 0) {
    int drone;
    const double touch = task_duty_touch(&drone, &marks->duty, task->strike_keys, state);
    if (drone >= 0) {
      pay[drone] += task->strike * touch * task->scale;
    }
  }
}

static void pay_places(double pay[SIM_DRONES], int duty, const TaskFlatPay *task,
                       const SimState *state) {
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    double own[3], to_ball[3], to_anchor[3];
    sim_mirror_vec(own, state->view.drone[drone].pos, sim_team(drone));
    vec_sub(to_anchor, sim_obs_anchor(sim_role(drone)), own);
    vec_sub(to_ball, state->view.ball_pos, state->view.drone[drone].pos);
    double sum = drone == duty ? 0 : task->anchor / (1 + vec_norm(to_anchor));
    if (task->strike <= 0 && task_flat_eligible(state, drone)) {
      sum += task->ball / (1 + vec_norm(to_ball));
    }
    pay[drone] += sum * task->scale;
  }
}

void task_flat_pay_place(double pay[SIM_DRONES], TaskFlatMarks *marks, const TaskFlatPay *task,
                         const SimState *state) {
  int drone = -1;
  if (task->strike > 0) {
    double far = 0;
    const double gain =
        task_duty_approach(&drone, &far, &marks->duty, task->strike_keys, task->apex, state);
    if (drone >= 0) {
      pay[drone] += (task->strike * gain + task->ball / (1 + far)) * task->scale;
    }
  }
  pay_places(pay, drone, task, state);
}

// ---- starts

// server and ball together, nearer to the net
static void approach(SimView *view, SimTeam server, SimRng *rng) {
  double *drone = view->drone[sim_drone(server, SIM_PASSER)].pos;
  const double sign = server == SIM_NEAR ? 1 : -1, x = sign * drone[0];
  const double shift = sim_rng_uniform(rng, NEAREST, x) - x;
  drone[0] += sign * shift;
  view->ball_pos[0] += sign * shift;
}

// the ball has fallen for a part of the time it takes down to its server
static void fall(SimView *view, SimTeam server, SimRng *rng) {
  const double *drone = view->drone[sim_drone(server, SIM_PASSER)].pos;
  const double whole = sim_fall_time(view->ball_pos[2], 0, drone[2]);
  const double t = sim_rng_uniform(rng, 0, fmax(whole - FALL_LEFT, 0));
  view->ball_pos[2] -= SIM_GRAVITY * t * t / 2;
  view->ball_vel[2] = -SIM_GRAVITY * t;
}

// height at which a ball launched at (x, z) passes the net, on a flight of t seconds to (to, 0)
static double height_at_net(double x, double z, double to, double t) {
  const double at = t * x / (x - to), up = (SIM_GRAVITY * t * t / 2 - z) / t;
  return z + up * at - SIM_GRAVITY * at * at / 2;
}

// whether the passer of side needs no more than reach to return the ball; 0: any may be asked
static bool reachable(const SimView *view, SimTeam side, double reach) {
  SimDrone own;
  double pos[3], vel[3];
  if (reach <= 0) {
    return true;
  }
  sim_mirror_drone(&own, &view->drone[sim_drone(side, SIM_PASSER)], side);
  sim_mirror_vec(pos, view->ball_pos, side);
  sim_mirror_vec(vel, view->ball_vel, side);
  SimGoal goal = {.point = {-RETURN_LENGTH, 0, 0}, .flight = RETURN_FLIGHT};
  goal.strike_z = pol_dig_height(&goal, own.pos, own.vel, pos, vel);
  return pol_dig_effort(&goal, own.pos, own.vel, pos, vel) <= reach;
}

// server's frame: sent from its half into the other court, some of the way gone
static void fly_once(SimView *view, SimTeam server, SimRng *rng) {
  double pos[3], vel[3], to[2], t = 0;
  int tries = 0;
  do {
    pos[0] = sim_rng_uniform(rng, 1.5, 6);
    pos[1] = sim_rng_uniform(rng, -2, 2);
    pos[2] = sim_rng_uniform(rng, 1.5, 3);
    to[0] = sim_rng_uniform(rng, -5.5, -1.5);
    to[1] = sim_rng_uniform(rng, -2.5, 2.5);
    t = sim_rng_uniform(rng, 1.2, 2.2);
  } while (height_at_net(pos[0], pos[2], to[0], t) < SIM_NET_TOP + OVER_NET && ++tries < TRIES);
  vec_set(vel, (to[0] - pos[0]) / t, (to[1] - pos[1]) / t, (SIM_GRAVITY * t * t / 2 - pos[2]) / t);
  // up to where it has just crossed the net
  const double gone = sim_rng_uniform(rng, 0, t * pos[0] / (pos[0] - to[0]));
  vec_add_scaled(pos, pos, gone, vel);
  pos[2] -= SIM_GRAVITY * gone * gone / 2;
  vel[2] -= SIM_GRAVITY * gone;
  sim_mirror_vec(view->ball_pos, pos, server);
  sim_mirror_vec(view->ball_vel, vel, server);
}

// easy ones as often as hard ones
static void fly(SimView *view, SimTeam server, double reach, SimRng *rng) {
  const double limit = reach > REACH_LOW ? sim_rng_uniform(rng, REACH_LOW, reach) : reach;
  int tries = 0;
  do {
    fly_once(view, server, rng);
  } while (!reachable(view, (SimTeam)(1 - server), limit) && ++tries < TRIES);
}

void task_flat_start(SimView *view, TaskFlatStart start, SimTeam server, double reach,
                     SimRng *rng) {
  assert(start < TASK_FLAT_STARTS);
  switch (start) {
  case TASK_FLAT_NEAR:
    approach(view, server, rng);
    break;
  case TASK_FLAT_FALLEN:
    fall(view, server, rng);
    break;
  case TASK_FLAT_FLYING:
    fly(view, server, reach, rng);
    break;
  case TASK_FLAT_SERVE:
  case TASK_FLAT_STARTS:
    break;
  }
}
