// Each layout is written front to back by a cursor, so that the code reads like the tables in
// sim/README.md 6.2 and 6.3. This is one of the two places where double becomes float.
#include "sim/obs.h"

#include <assert.h>
#include <string.h>

#include "sim/vec.h"

typedef struct LayoutInfo {
  const char *name;
  int size;
  bool per_team;
  const char *columns;
} LayoutInfo;

static const LayoutInfo LAYOUT[SIM_OBS_LAYOUTS] = {
    [SIM_OBS_GOTO26] = {"goto26", 26, false,
                        "target - position 3, quaternion 4, velocity 3, angular velocity 3, "
                        "heading 3, up 3, rotors 4, (1,0,0) - heading 3"},
    [SIM_OBS_BALL34] = {"ball34", 34, false,
                        "state 23, ball position 3, ball - drone 3, ball velocity 3, turn 2"},
    [SIM_OBS_SIDE36] = {"side36", 36, false,
                        "state 23, ball position 3, ball - drone 3, ball velocity 3, turn 2, side "
                        "2"},
    [SIM_OBS_SERVE37] = {"serve37", 37, false,
                         "state 23, ball position 3, ball - drone 3, ball velocity 3, (1,0) 2, "
                         "ball - serve target 3"},
    [SIM_OBS_STRATEGY100] = {"strategy100", 100, true,
                             "own passer, setter, attacker and theirs 6 x 13, ball 6, already hit "
                             "12, side of the ball 2, serve or rally 2"},
    [SIM_OBS_HOVER27] = {"hover27", 27, false,
                         "drone 18 (up 3, forward 3, velocity 3, body rates 3, rotors 4, height, "
                         "distance to the net), way to the point, three scales 9; body axes"},
    [SIM_OBS_STRIKE43] = {"strike43", 43, false,
                          "drone 18 (as hover27), way to the strike 6, time 2, racket normal 3 and "
                          "speed 2, ball in 3 and out 3, ball 3, way to the strike 3; body axes"},
    [SIM_OBS_COURT128] = {"court128", 128, true,
                          "strategy100 of order 1 with fresh flags 100, what just happened 8, time "
                          "of the rally 1, landing x y time 3, own wait 8, own attack 8"},
    [SIM_OBS_VOLLEY230] = {"volley230", 230, true,
                           "court128 without own wait and attack 112, turn 5, who strikes 3, "
                           "places 6, shape 8, candidates of the head that chooses 32 x 3; from "
                           "the ball's side, drones by their way to it"},
    [SIM_OBS_FLAT57] = {"flat57", 57, false,
                        "state 23, position - anchor 3, ball - drone 3, ball velocity 3, side of "
                        "the ball 2, role 3, already hit 2, positions of own and their passer, "
                        "setter, attacker 18"},
};

// Source: sim/README.md 9 (the testbed's third drone serves)
static const double ANCHOR[SIM_ROLES][3] = {
    [SIM_PASSER] = {6, 0, 2}, [SIM_SETTER] = {3, -1.5, 2}, [SIM_ATTACKER] = {3, 1.5, 2}};

int sim_obs_size(SimLayout layout) {
  assert(layout < SIM_OBS_LAYOUTS);
  return LAYOUT[layout].size;
}
const char *sim_obs_name(SimLayout layout) {
  assert(layout < SIM_OBS_LAYOUTS);
  return LAYOUT[layout].name;
}
bool sim_obs_has_goal(SimLayout layout) {
  return layout == SIM_OBS_HOVER27 || layout == SIM_OBS_STRIKE43;
}
bool sim_obs_per_team(SimLayout layout) {
  return LAYOUT[layout].per_team;
}
const char *sim_obs_columns(SimLayout layout) {
  return LAYOUT[layout].columns;
}

int sim_obs_find(const char *name) {
  for (int i = 0; i < SIM_OBS_LAYOUTS; i++) {
    if (strcmp(LAYOUT[i].name, name) == 0) {
      return i;
    }
  }
  return -1;
}

static float *put(float *out, const double *value, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = (float)value[i];
  }
  return out + n;
}

static float *put_difference(float *out, const double a[3], const double b[3]) {
  double difference[3];
  vec_sub(difference, a, b);
  return put(out, difference, 3);
}

static float *put_axis(float *out, const double rot[9], int axis) {
  double vec[3];
  rot_axis(vec, rot, axis);
  return put(out, vec, 3);
}

// (1,0) or (0,1)
static float *put_either(float *out, bool first) {
  out[0] = first ? 1 : 0;
  out[1] = first ? 0 : 1;
  return out + 2;
}

// state[3..22] of the drone state (sim/README.md 6.1): everything but the position
static float *put_motion(float *out, const SimDrone *own) {
  out = put(out, own->quat, 4);
  out = put(out, own->vel, 3);
  out = put(out, own->angvel, 3);
  out = put_axis(out, own->rot, 0);
  out = put_axis(out, own->rot, 2);
  for (int r = 0; r < SIM_ROTORS; r++) {
    *out++ = (float)(2 * own->rotor[r] - 1);
  }
  return out;
}

static float *put_goto(float *out, const SimDrone *own, const SimAsk *ask) {
  double heading[3];
  out = put_difference(out, ask->point, own->pos);
  out = put_motion(out, own);
  rot_axis(heading, own->rot, 0);
  return put_difference(out, (const double[3]){1, 0, 0}, heading);
}

static float *put_ball(float *out, const SimView *view, const SimDrone *own, SimTeam team) {
  double pos[3], vel[3];
  sim_mirror_vec(pos, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
  out = put(out, own->pos, 3);
  out = put_motion(out, own);
  out = put(out, pos, 3);
  out = put_difference(out, pos, own->pos);
  return put(out, vel, 3);
}

void sim_obs_drone(float *out, SimLayout layout, const SimView *view, int drone,
                   const SimAsk *ask) {
  const SimTeam team = sim_team(drone);
  const float *const start = out;
  SimDrone own;
  sim_mirror_drone(&own, &view->drone[drone], team);
  if (layout == SIM_OBS_GOTO26) {
    out = put_goto(out, &own, ask);
  } else {
    out = put_ball(out, view, &own, team);
    out = put_either(out, ask->my_turn);
  }
  if (layout == SIM_OBS_SIDE36) {
    *out++ = ask->side[0] ? 1 : 0;
    *out++ = ask->side[1] ? 1 : 0;
  }
  if (layout == SIM_OBS_SERVE37) {
    double ball[3];
    sim_mirror_vec(ball, view->ball_pos, team);
    out = put_difference(out, ball, ask->point);
  }
  assert(!sim_obs_per_team(layout) && !sim_obs_has_goal(layout) && layout != SIM_OBS_FLAT57);
  assert(out == start + sim_obs_size(layout));
  (void)start;
}

static float *put_player(float *out, const SimView *view, int drone, SimTeam team) {
  SimDrone own;
  sim_mirror_drone(&own, &view->drone[drone], team);
  out = put(out, own.pos, 3);
  out = put(out, own.quat, 4);
  out = put(out, own.vel, 3);
  return put(out, own.angvel, 3);
}

const double *sim_obs_anchor(SimRole role) {
  assert(role <= SIM_ATTACKER);
  return ANCHOR[role];
}

// near owns x > 0, far x <= 0
static bool ball_over(const SimView *view, SimTeam team) {
  return (view->ball_pos[0] > 0) == (team == SIM_NEAR);
}

void sim_obs_flat(float out[57], const SimView *view, const SimFlags *flags, int drone) {
  const SimTeam team = sim_team(drone);
  const SimRole role = sim_role(drone);
  const int first[SIM_TEAMS] = {sim_drone(team, SIM_PASSER),
                                sim_drone((SimTeam)(1 - team), SIM_PASSER)};
  const float *const start = out;
  SimDrone own;
  double vec[3];
  sim_mirror_drone(&own, &view->drone[drone], team);
  out = put(out, own.pos, 3);
  out = put_motion(out, &own);
  out = put_difference(out, own.pos, ANCHOR[role]);
  sim_mirror_vec(vec, view->ball_pos, team);
  out = put_difference(out, vec, own.pos);
  sim_mirror_vec(vec, view->ball_vel, team);
  out = put(out, vec, 3);
  out = put_either(out, ball_over(view, team));
  for (int r = 0; r < SIM_ROLES; r++) {
    *out++ = r == (int)role ? 1 : 0;
  }
  out = put_either(out, !flags->already_hit[drone]);
  for (int i = 0; i < SIM_DRONES; i++) {
    sim_mirror_vec(vec, view->drone[first[i / SIM_ROLES] + i % SIM_ROLES].pos, team);
    out = put(out, vec, 3);
  }
  assert(out == start + 57);
  (void)start;
}

void sim_obs_strategy(float out[100], const SimView *view, const SimFlags *flags, SimTeam team) {
  const int own = sim_drone(team, SIM_PASSER), other = sim_drone((SimTeam)(1 - team), SIM_PASSER);
  const int order[SIM_DRONES] = {own, own + 1, own + 2, other, other + 1, other + 2};
  const float *const start = out;
  double ball[3];
  for (int i = 0; i < SIM_DRONES; i++) {
    out = put_player(out, view, order[i], team);
  }
  sim_mirror_vec(ball, view->ball_pos, team);
  out = put(out, ball, 3);
  sim_mirror_vec(ball, view->ball_vel, team);
  out = put(out, ball, 3);
  for (int i = 0; i < SIM_DRONES; i++) {
    out = put_either(out, !flags->already_hit[order[i]]);
  }
  out = put_either(out, ball_over(view, team));
  out = put_either(out, !flags->is_rally);
  assert(out == start + 100);
  (void)start;
}
