// Sines, cosines and attitudes from arithmetic and sqrt alone, so that a processor, whatever its
// libm, and a GPU find the same bits. Within 2e-15.
#ifndef SIM_ANGLE_H_
#define SIM_ANGLE_H_

#include "sim/flight.h"
#include "sim/vec.h"

#define SIM_ANGLE_MAX 4.0  // rad, of sim_angle_sincos
#define SIM_ANGLE_PI 3.14159265358979323846

// of -4 to 4 rad
SIM_HD void sim_angle_sincos(double *sine, double *cosine, double angle) {
  double sinc;
  assert(angle >= -SIM_ANGLE_MAX && angle <= SIM_ANGLE_MAX);
  sim_flight_sinc(&sinc, cosine, angle * angle);
  *sine = sinc * angle;
}

// of 0 to 2 pi
SIM_HD void sim_angle_turn(double *sine, double *cosine, double angle) {
  double s, c;
  sim_angle_sincos(&s, &c, angle - SIM_ANGLE_PI);
  *sine = -s;
  *cosine = -c;
}

// R = Rz(yaw) Ry(pitch) Rx(roll), each at most 2 pi
SIM_HD void sim_angle_quat(double q[4], double roll, double pitch, double yaw) {
  double sr, cr, sp, cp, sy, cy;
  sim_angle_sincos(&sr, &cr, roll / 2);
  sim_angle_sincos(&sp, &cp, pitch / 2);
  sim_angle_sincos(&sy, &cy, yaw / 2);
  q[0] = cr * cp * cy + sr * sp * sy;
  q[1] = sr * cp * cy - cr * sp * sy;
  q[2] = cr * sp * cy + sr * cp * sy;
  q[3] = cr * cp * sy - sr * sp * cy;
}

#endif  // SIM_ANGLE_H_
