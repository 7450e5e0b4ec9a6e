// The goal is the middle of the other court behind, high, so that the racket need not lean too far.
#include "hcsp/env/tasks/flat_duty.h"

#include <assert.h>
#include <math.h>

#include "hcsp/env/events.h"
#include "policies/dig.h"
#include "sim/vec.h"

#define OUT_MARGIN 0.3     // m beyond the lines, a ball of the others that comes down there is left
#define SERVE_APEX 4.0     // m, as configs/skills/serve.yaml
#define SERVE_HEIGHT 2.4   // m, likewise, where it is struck
#define SERVE_HIGHER 0.15  // m that the ball is higher at least, else it is struck as any other

static const double GOAL[3] = {-4.5, 0, 0.2};

// the side on which the ball comes down, and where; false: it does not
static bool comes_down(SimTeam *side, double at[2], const SimView *view) {
  const double *pos = view->ball_pos, *vel = view->ball_vel;
  const double t = sim_fall_time(pos[2], vel[2], SIM_GROUND);
  if (isnan(t)) {
    return false;
  }
  at[0] = pos[0] + vel[0] * t;
  at[1] = pos[1] + vel[1] * t;
  *side = at[0] < 0 ? SIM_FAR : SIM_NEAR;
  return true;
}

static bool is_serve(const SimState *state, SimTeam side) {
  return state->referee.hits == 0 && side == state->referee.server;
}

int task_duty_drone(const SimState *state) {
  const SimReferee *ref = &state->referee;
  SimTeam side;
  double at[2], least = (double)INFINITY;
  int nearest = -1;
  if (!comes_down(&side, at, &state->view)) {
    return -1;
  }
  const bool out =
      fabs(at[0]) > SIM_COURT_HALF_X + OUT_MARGIN || fabs(at[1]) > SIM_COURT_HALF_Y + OUT_MARGIN;
  if (out && ref->last_hit_side != side) {
    return -1;
  }
  const int passer = sim_drone(side, SIM_PASSER);
  if (is_serve(state, side) || !ref->flags.already_hit[passer]) {
    return passer;
  }
  for (int mate = passer + 1; mate < passer + SIM_ROLES; mate++) {
    const double *p = state->view.drone[mate].pos, far = hypot(p[0] - at[0], p[1] - at[1]);
    if (!ref->flags.already_hit[mate] && far < least) {
      nearest = mate;
      least = far;
    }
  }
  return nearest;
}

// the drone and the ball in the frame of its team
static void see(SimDrone *own, double pos[3], double vel[3], const SimView *view, int drone) {
  const SimTeam team = sim_team(drone);
  sim_mirror_drone(own, &view->drone[drone], team);
  sim_mirror_vec(pos, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
}

static void begin(TaskDuty *duty, int drone, double apex, const SimState *state) {
  SimDrone own;
  double pos[3], vel[3];
  *duty = (TaskDuty){.turn = drone + 1};
  if (drone < 0) {
    return;
  }
  const bool serve = is_serve(state, sim_team(drone));
  see(&own, pos, vel, &state->view, drone);
  duty->goal = (SimGoal){.flight = (double)NAN, .apex = serve ? SERVE_APEX : apex};
  vec_copy(duty->goal.point, GOAL);
  duty->goal.strike_z = serve && pos[2] > SERVE_HEIGHT + SERVE_HIGHER
                            ? SERVE_HEIGHT
                            : pol_dig_height(&duty->goal, own.pos, own.vel, pos, vel);
}

double task_duty_approach(int *drone, double *far, TaskDuty *duty, const StrikeKeys *keys,
                          double apex, const SimState *state) {
  const int now = task_duty_drone(state);
  const bool same = duty->turn == now + 1;
  SimDrone own;
  SimStrike plan;
  double pos[3], vel[3], way[3];
  *drone = now;
  if (!same) {
    begin(duty, now, apex, state);
  }
  if (now < 0) {
    return 0;
  }
  see(&own, pos, vel, &state->view, now);
  sim_strike_plan(&plan, &duty->goal, pos, vel);
  vec_sub(way, plan.drone, own.pos);
  *far = vec_norm(way);
  if (!(plan.time > 0)) {
    return 0;
  }
  const double before = duty->closeness;
  duty->closeness = strike_closeness(keys, &own, &plan);
  return same ? duty->closeness - before : 0;
}

double task_duty_touch(int *drone, TaskDuty *duty, const StrikeKeys *keys, const SimState *state) {
  const int turn = duty->turn - 1;
  double pay = 0;
  *drone = -1;
  if (!env_happened(&state->events, SIM_EVENT_TOUCH, -1)) {
    return 0;
  }
  if (turn >= 0 && env_happened(&state->events, SIM_EVENT_TOUCH, turn) &&
      !env_happened(&state->events, SIM_EVENT_DOUBLE_TOUCH, turn)) {
    TaskTouch touch;
    SimDrone own;
    double pos[3], vel[3];
    see(&own, pos, vel, &state->view, turn);
    const StrikeSeen seen = {.drone = &own, .ball_pos = pos, .ball_vel = vel, .touched = true};
    pay = strike_pay_touch(&touch, keys, &duty->goal, &seen, 0);
    *drone = turn;
  }
  duty->turn = 0;
  return pay;
}
