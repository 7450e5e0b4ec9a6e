// From thrust and angular acceleration to rotor commands. The allocation is exact for thrust, roll
// and pitch; yaw gets what is left (its authority is 1.9 rad/s2 at best). The rotor lag is
// inverted, so where that is within reach a rotor delivers what is asked in the same step.
#include <assert.h>
#include <math.h>

#include "policies/classical/internal.h"
#include "sim/vec.h"
#include "sim/world.h"

static const double INERTIA[3] = {SIM_DRONE_IXX, SIM_DRONE_IYY, SIM_DRONE_IZZ};
// change of the four rotors that alters yaw alone: neither thrust nor roll nor pitch
static const double YAW_MIX[SIM_ROTORS] = {-1, -1.1, 1, 1.1};

// the largest factor in 0..1 by which step can be added to share within 0..1
static double fit(const double share[SIM_ROTORS], const double step[SIM_ROTORS]) {
  double factor = 1;
  for (int r = 0; r < SIM_ROTORS; r++) {
    if (step[r] > 0) {
      factor = fmin(factor, (1 - share[r]) / step[r]);
    } else if (step[r] < 0) {
      factor = fmin(factor, -share[r] / step[r]);
    }
  }
  return fmax(factor, 0);
}

// scales tilt until it fits between the rotors' limits, and returns the thrust level nearest to
// wanted that leaves room for it
static double place_tilt(double tilt[SIM_ROTORS], double wanted) {
  double span = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    span = fmax(span, fabs(tilt[r]));
  }
  const double scale = span > 0.5 ? 0.5 / span : 1;
  for (int r = 0; r < SIM_ROTORS; r++) {
    tilt[r] *= scale;
  }
  span *= scale;
  return fmin(fmax(wanted, span), 1 - span);
}

void pol__rotors(float action[SIM_ROTORS], const PolPilot *pilot, double thrust,
                 const double angacc[3]) {
  const SimDrone *drone = &pilot->drone;
  double rate[3], torque[3];
  rot_apply_inverse(rate, drone->rot, drone->angvel);
  const double momentum[3] = {INERTIA[0] * rate[0], INERTIA[1] * rate[1], INERTIA[2] * rate[2]};
  vec_cross(torque, rate, momentum);
  for (int k = 0; k < 3; k++) {
    torque[k] += INERTIA[k] * (angacc[k] + SIM_DAMPING * rate[k]);
  }
  double share[SIM_ROTORS], tilt[SIM_ROTORS], yaw[SIM_ROTORS];
  double square_x = 0, square_y = 0, turn = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    square_x += SIM_ROTOR_XY[r][0] * SIM_ROTOR_XY[r][0];
    square_y += SIM_ROTOR_XY[r][1] * SIM_ROTOR_XY[r][1];
    turn -= SIM_ROTOR_SPIN[r] * SIM_ROTOR_TORQUE * YAW_MIX[r];
  }
  double tilt_turn = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    tilt[r] =
        (torque[0] * SIM_ROTOR_XY[r][1] / square_y - torque[1] * SIM_ROTOR_XY[r][0] / square_x) /
        SIM_ROTOR_FORCE;
    tilt_turn -= SIM_ROTOR_SPIN[r] * SIM_ROTOR_TORQUE * tilt[r];
  }
  const double level = place_tilt(tilt, thrust * SIM_DRONE_MASS / (4 * SIM_ROTOR_FORCE));
  for (int r = 0; r < SIM_ROTORS; r++) {
    share[r] = level + tilt[r];
    yaw[r] = (torque[2] - tilt_turn) / turn * YAW_MIX[r];
  }
  const double factor = fit(share, yaw);
  for (int r = 0; r < SIM_ROTORS; r++) {
    const double speed = sqrt(fmin(fmax(share[r] + factor * yaw[r], 0), 1));
    const double target = (speed - (1 - SIM_ROTOR_LAG) * drone->rotor[r]) / SIM_ROTOR_LAG;
    const double command = fmin(fmax(target, 0), 1);
    action[r] = (float)(2 * command * command - 1);
  }
}

void pol__tilt_accel(double out[2], const PolPilot *pilot, const double up_acc[3]) {
  // the part of the angular acceleration across the body axis, less what yawing already does
  double across[3], drag[3], body[3];
  vec_cross(across, pilot->up, up_acc);
  vec_cross(drag, pilot->up, pilot->drone.angvel);
  vec_add_scaled(across, across, -vec_dot(pilot->drone.angvel, pilot->up), drag);
  rot_apply_inverse(body, pilot->drone.rot, across);
  out[0] = body[0];
  out[1] = body[1];
}

double pol__yaw_accel(const PolHoverGains *gains, const PolPilot *pilot) {
  const double error = atan2(pilot->yaw_sin, pilot->yaw_cos);
  const double rate = vec_dot(pilot->drone.angvel, pilot->up);
  return -gains->yaw * error - gains->yaw_rate * rate;
}

void pol__pilot(PolPilot *pilot, const SimView *view, int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  const SimTeam team = sim_team(drone);
  // model-based skills know the paper's world, whatever the one they fly in
  const SimPlant paper = sim_plant_paper();
  double wash[3] = {0, 0, 0};
  for (int i = 0; i < SIM_DRONES; i++) {
    if (i != drone && sim_present(view, i)) {
      sim_downwash_add(wash, &view->drone[drone], &view->drone[i],
                       sim_thrust(&view->drone[i]) / SIM_DRONE_MASS, &paper);
    }
  }
  sim_mirror_vec(pilot->wash, wash, team);
  sim_mirror_drone(&pilot->drone, &view->drone[drone], team);
  rot_axis(pilot->up, pilot->drone.rot, 2);
  vec_cross(pilot->up_rate, pilot->drone.angvel, pilot->up);
  const double x = pilot->drone.rot[0], y = pilot->drone.rot[3], size = sqrt(x * x + y * y);
  pilot->yaw_cos = size > 1e-6 ? x / size : 1;
  pilot->yaw_sin = size > 1e-6 ? y / size : 0;
}
