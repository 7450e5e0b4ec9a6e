// Flies to a point and stays there. The wanted speed falls with the square root of the distance, so
// that the drone can always brake; thrust serves height before it serves the place.
#include <math.h>

#include "policies/classical/internal.h"
#include "sim/vec.h"

#define THRUST_MAX (4 * SIM_ROTOR_FORCE / SIM_DRONE_MASS)  // m/s2
#define THRUST_TOP 0.95                                    // share of it that is planned with
#define THRUST_BOTTOM 0.15

// speed with which to approach over distance
static double approach(double distance, double gain, double brake, double most) {
  return fmin(fmin(gain * distance, sqrt(2 * brake * distance)), most);
}

// wanted acceleration without gravity
static void wanted_accel(double acc[3], const PolHoverGains *gains, const PolPilot *pilot,
                         const double point[3]) {
  const SimDrone *drone = &pilot->drone;
  double error[3];
  vec_sub(error, point, drone->pos);
  const double flat = sqrt(error[0] * error[0] + error[1] * error[1]);
  const double speed = approach(flat, gains->place, gains->brake_xy, gains->speed_xy);
  for (int k = 0; k < 2; k++) {
    const double wanted = flat > 1e-9 ? error[k] / flat * speed : 0;
    acc[k] = gains->damp_xy * (wanted - drone->vel[k]);
  }
  const double climb =
      copysign(approach(fabs(error[2]), gains->place, gains->brake_z, gains->speed_z), error[2]);
  acc[2] = gains->damp_z * (climb - drone->vel[2]);
}

// splits the wanted acceleration into thrust and direction inside the limits
static double limit_accel(double up[3], const double acc[3], double tilt) {
  const double most = THRUST_TOP * THRUST_MAX, least = THRUST_BOTTOM * THRUST_MAX;
  const double lift = fmin(fmax(acc[2] + SIM_GRAVITY, least), most);
  const double flat = sqrt(acc[0] * acc[0] + acc[1] * acc[1]);
  const double room = fmin(sqrt(most * most - lift * lift), lift * tan(tilt));
  const double scale = flat > room ? room / flat : 1;
  vec_set(up, scale * acc[0], scale * acc[1], lift);
  const double size = vec_norm(up);
  for (int k = 0; k < 3; k++) {
    up[k] /= size;
  }
  return lift;
}

void pol__hover(float action[SIM_ROTORS], const PolHoverGains *gains, const PolPilot *pilot,
                const double point[3]) {
  double acc[3], up[3], turn[3];
  wanted_accel(acc, gains, pilot, point);
  vec_add_scaled(acc, acc, SIM_DAMPING, pilot->drone.vel);
  vec_sub(acc, acc, pilot->wash);
  const double lift = limit_accel(up, acc, gains->tilt);
  // rotation from the body axis to the wanted one, in body axes
  double axis[3], body[3], rate[3];
  vec_cross(axis, pilot->up, up);
  const double sine = vec_norm(axis), cosine = vec_dot(pilot->up, up);
  const double angle = atan2(sine, cosine);
  if (sine > 1e-9) {
    vec_set(axis, axis[0] / sine, axis[1] / sine, axis[2] / sine);
  } else {
    rot_axis(axis, pilot->drone.rot, 1);
  }
  rot_apply_inverse(body, pilot->drone.rot, axis);
  rot_apply_inverse(rate, pilot->drone.rot, pilot->drone.angvel);
  for (int k = 0; k < 2; k++) {
    turn[k] = gains->attitude * angle * body[k] - gains->rate * rate[k];
  }
  turn[2] = pol__yaw_accel(gains, pilot);
  // the lift that the present attitude allows
  const double thrust = pilot->up[2] > 0.3 ? lift / pilot->up[2] : lift * pilot->up[2] / 0.09;
  pol__rotors(action, pilot, fmin(fmax(thrust, 0), THRUST_MAX), turn);
}
