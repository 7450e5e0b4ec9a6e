// One control step: look (pilot), decide where the strike is (ballistics), fly there (shooting) or
// fly to a point (hover), and turn that into rotor commands.
#include "policies/classical.h"

#include <assert.h>
#include <math.h>

#include "policies/classical/internal.h"
#include "sim/vec.h"

#define TIME_MIN 0.03    // s, a strike is never planned nearer than this
#define MISSED 0.25      // m, a ball this far below the drone is lost
#define NET_MARGIN 0.35  // m, no strike point nearer to the net plane
#define TROUBLE 10.0     // cost of a manoeuvre from which on another one is tried
#define KEEP_OUT 0.6     // m, no way-point nearer to the net plane
#define FLOOR 0.6        // m, and neither is any lower

// the ball in the team's frame
typedef struct Ball {
  double pos[3], vel[3];
} Ball;

static void keep_safe(double point[3]) {
  point[0] = fmax(point[0], KEEP_OUT);
  point[2] = fmax(point[2], FLOOR);
}

// the goal as this skill plays it
static void adjust_goal(SimGoal *out, const PolStrikeGains *gains, const SimGoal *goal) {
  *out = *goal;
  if (gains->apex > 0) {
    out->apex = gains->apex;
    out->flight = (double)NAN;
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

// plans the strike of the ball as it flies now and the manoeuvre there; true when the strike is
// near enough in time for a manoeuvre
static bool aim(PolShot *shot, SimStrike *strike, const PolClassical *classical,
                const PolStrikeGains *gains, const SimGoal *goal, const PolPilot *pilot,
                const Ball *ball) {
  sim_strike_plan(strike, goal, ball->pos, ball->vel);
  strike->drone[0] = fmax(strike->drone[0], NET_MARGIN);
  strike->drone[2] = fmax(strike->drone[2], FLOOR);
  const double time = strike->time + gains->time_shift;
  if (time > gains->horizon) {
    return false;
  }
  pol__shoot(shot, gains, &classical->basis, pilot, strike, fmax(time, TIME_MIN));
  return true;
}

// where to be while there is time: behind the strike point
static void stage(double point[3], const PolStrikeGains *gains, const SimStrike *strike) {
  vec_add_scaled(point, strike->drone, -gains->stage_time * strike->speed, strike->normal);
  point[2] -= gains->stage_drop;
}

static void act_strike(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const SimGoal *goal, const Ball *ball, const PolPilot *pilot) {
  assert(pol_slot_strikes(slot));
  const PolStrikeGains *gains = &classical->strike[slot];
  const bool lost = ball->vel[2] < 0 && ball->pos[2] < pilot->drone.pos[2] - MISSED;
  SimGoal wanted;
  SimStrike strike;
  PolShot shot;
  adjust_goal(&wanted, gains, goal);
  if (lost || !aim(&shot, &strike, classical, gains, &wanted, pilot, ball)) {
    double point[3];
    if (lost) {
      vec_copy(point, pilot->drone.pos);
    } else {
      stage(point, gains, &strike);
    }
    keep_safe(point);
    pol__hover(action, &classical->hover, pilot, point);
    return;
  }
  if (shot.cost > TROUBLE && gains->lower > 0) {
    // not to be had in time: lower there is more of it
    PolShot late;
    wanted.strike_z -= gains->lower;
    if (aim(&late, &strike, classical, gains, &wanted, pilot, ball) && late.cost < shot.cost) {
      shot = late;
    }
  }
  double turn[3];
  pol__tilt_accel(turn, pilot, shot.up_acc);
  turn[2] = pol__yaw_accel(&classical->hover, pilot);
  pol__rotors(action, pilot, shot.thrust, turn);
}

void pol_classical_act(float action[SIM_ROTORS], const PolClassical *classical, PolSlot slot,
                       const SimGoal *goal, const SimView *view, int drone) {
  assert((int)slot >= 0 && slot < POL_SLOTS && sim_present(view, drone));
  PolPilot pilot;
  pol__pilot(&pilot, view, drone);
  if (pol_slot_strikes(slot)) {
    Ball ball;
    sim_mirror_vec(ball.pos, view->ball_pos, sim_team(drone));
    sim_mirror_vec(ball.vel, view->ball_vel, sim_team(drone));
    act_strike(action, classical, slot, goal, &ball, &pilot);
  } else {
    double point[3];
    vec_copy(point, goal->point);
    keep_safe(point);
    pol__hover(action, &classical->hover, &pilot, point);
  }
}
