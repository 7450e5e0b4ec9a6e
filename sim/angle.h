// Sines, cosines, attitudes, angles and exponentials from arithmetic and sqrt alone, so that a
// processor, whatever its libm, and a GPU find the same bits. Within 2e-15.
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

// The angle, 0 to pi, whose cosine is x, -1 to 1: the asin of fdlibm. "Copyright (C) 1993 by Sun
// Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute this
// software is freely granted, provided that this notice is preserved."
SIM_HD double sim_angle_acos(double x) {
  const double size = fabs(x);
  const double z = size < 0.5 ? x * x : (1 - size) / 2, root = size < 0.5 ? size : sqrt(z);
  double p = 3.47933107596021167570e-05, q = 7.70381505559019352791e-02;
  assert(size <= 1);
  p = p * z + 7.91534994289814532176e-04;
  p = p * z - 4.00555345006794114027e-02;
  p = p * z + 2.01212532134862925881e-01;
  p = p * z - 3.25565818622400915405e-01;
  p = p * z + 1.66666666666666657415e-01;
  q = q * z - 6.88283971605453293030e-01;
  q = q * z + 2.02094576023350569471e+00;
  q = q * z - 2.40339491173441421878e+00;
  const double asine = root + root * (z * p / (q * z + 1));
  if (size < 0.5) {
    return x < 0 ? SIM_ANGLE_PI / 2 + asine : SIM_ANGLE_PI / 2 - asine;
  }
  return x < 0 ? SIM_ANGLE_PI - 2 * asine : 2 * asine;
}

// exp(x), x <= 700; nothing below exp(-700)
SIM_HD double sim_exp(double x) {
  return lane_exp(fmax(x, -700.0));
}

#endif  // SIM_ANGLE_H_
