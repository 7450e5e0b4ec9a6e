// One control step: look (pilot), decide where the strike is (ballistics), fly there (shooting) or
// fly to a point (hover), and turn that into rotor commands.
#include "policies/classical.h"

#include <assert.h>
#include <math.h>

#include "policies/classical/internal.h"
#include "sim/vec.h"

#define TIME_MIN 0.03  // s, a strike is never planned nearer than this
#define MISSED 0.25    // m, a ball this far below the drone is lost
#define KEEP_OUT 0.6   // m, no way-point nearer to the net plane
#define FLOOR 0.6      // m, and none lower

static void keep_safe(double point[3]) {
  point[0] = fmax(point[0], KEEP_OUT);
  point[2] = fmax(point[2], FLOOR);
}

// the goal as this skill plays it
static void adjust_goal(PolGoal *out, const PolStrikeGains *gains, const PolGoal *goal) {
  *out = *goal;
  if (gains->apex > 0) {
    out->apex = gains->apex;
    out->flight = (double)NAN;
  }
  if (gains->flight > 0) {
    out->flight = gains->flight;
  }
  if (gains->strike_z > 0) {
    out->strike_z = gains->strike_z;
  }
  if (gains->reach > 0) {
    out->point[0] = fmin(fmax(out->point[0], -gains->reach), gains->reach);
  }
  out->point[0] += gains->bias_x;
  out->point[1] += gains->bias_y;
  out->apex += gains->bias_apex;
}

static void act_strike(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const PolGoal *goal, const SimView *view, const PolPilot *pilot,
                       SimTeam team) {
  const PolStrikeGains *gains = &classical->strike[slot];
  const double *pos = pilot->drone.pos;
  double ball[3], vel[3], point[3];
  sim_mirror_vec(ball, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
  PolGoal wanted;
  PolStrike strike;
  adjust_goal(&wanted, gains, goal);
  pol_strike_plan(&strike, &wanted, ball, vel);
  const double time = strike.time + gains->time_shift;
  if (vel[2] < 0 && ball[2] < pos[2] - MISSED && strike.time <= 0) {
    vec_copy(point, pos);
    keep_safe(point);
    pol__hover(action, &classical->hover, pilot, point);
    return;
  }
  if (time > gains->horizon) {
    vec_add_scaled(point, strike.drone, -gains->stage_time * strike.speed, strike.normal);
    point[2] -= gains->stage_drop;
    keep_safe(point);
    pol__hover(action, &classical->hover, pilot, point);
    return;
  }
  PolShot shot;
  double turn[3];
  pol__shoot(&shot, gains, &classical->basis, pilot, &strike, fmax(time, TIME_MIN));
  pol__tilt_accel(turn, pilot, shot.up_acc);
  turn[2] = pol__yaw_accel(&classical->hover, pilot);
  pol__rotors(action, pilot, shot.thrust, turn);
}

void pol_classical_act(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const PolGoal *goal, const SimView *view, int drone) {
  PolPilot pilot;
  pol__pilot(&pilot, view, drone);
  if (pol_slot_strikes(slot)) {
    act_strike(action, classical, slot, goal, view, &pilot, sim_team(drone));
  } else {
    double point[3];
    vec_copy(point, goal->point);
    keep_safe(point);
    pol__hover(action, &classical->hover, &pilot, point);
  }
}
