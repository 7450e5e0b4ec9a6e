// The free motion of one body over a step, in closed form: what MuJoCo's Euler integrator does with
// a free joint that touches nothing. It differs from mj_step by rounding (1e-14 a step), so that a
// run or a log made with one of them goes on with that one alone.
//
// Only arithmetic and sqrt, so that it can be compiled for other machines unchanged.
#ifndef SIM_FLIGHT_H_
#define SIM_FLIGHT_H_

#include <assert.h>
#include <math.h>

// MuJoCo's mjMINVAL: below it a quaternion is taken as normalised, and a spin as none
#define SIM_FLIGHT_EPSILON 1e-15

// sin and cos of x >= 0, within 2e-15 for x <= 4 (a spin of 800 rad/s): the series of an eighth
// of it, doubled three times
static inline void sim_flight_sincos(double *sine, double *cosine, double x) {
  static const double SINE[] = {-1.0 / 6,     1.0 / 120,       -1.0 / 5040,
                                1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800},
                      // of 1 - cos, which keeps its digits when it is doubled
      VERSINE[] = {1.0 / 2,       -1.0 / 24,        1.0 / 720,        -1.0 / 40320,
                   1.0 / 3628800, -1.0 / 479001600, 1.0 / 87178291200};
  const double y = x / 8, y2 = y * y;
  double s = SINE[5], v = VERSINE[6];
  for (int i = 4; i >= 0; i--) {
    s = SINE[i] + y2 * s;
  }
  for (int i = 5; i >= 0; i--) {
    v = VERSINE[i] + y2 * v;
  }
  s = y + y * y2 * s;
  v = y2 * v;
  for (int k = 0; k < 3; k++) {
    const double c = 1 - v;
    v = 2 * s * s;
    s = 2 * s * c;
  }
  *sine = s;
  *cosine = 1 - v;
}

// q, w x y z, turned by angvel (rad/s, body axes) for dt s
static inline void sim_flight_turn(double q[4], const double angvel[3], double dt) {
  const double speed = sqrt(angvel[0] * angvel[0] + angvel[1] * angvel[1] + angvel[2] * angvel[2]);
  const double norm = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  const double scale = fabs(norm - 1) > SIM_FLIGHT_EPSILON ? 1 / norm : 1;
  double sine, cosine;
  sim_flight_sincos(&sine, &cosine, dt * speed / 2);
  const double share = speed < SIM_FLIGHT_EPSILON ? 0 : sine / speed;
  const double w = scale * q[0], x = scale * q[1], y = scale * q[2], z = scale * q[3],
               tx = share * angvel[0], ty = share * angvel[1], tz = share * angvel[2];
  q[0] = w * cosine - x * tx - y * ty - z * tz;
  q[1] = w * tx + x * cosine + y * tz - z * ty;
  q[2] = w * ty - x * tz + y * cosine + z * tx;
  q[3] = w * tz + x * ty - y * tx + z * cosine;
}

// w x I w, N m in body axes: what the inertia of a spinning body takes of its torque
static inline void sim_flight_gyroscopic(double out[3], const double angvel[3],
                                         const double inertia[3]) {
  const double a = angvel[0], b = angvel[1], c = angvel[2];
  out[0] = (inertia[2] - inertia[1]) * b * c;
  out[1] = (inertia[0] - inertia[2]) * c * a;
  out[2] = (inertia[1] - inertia[0]) * a * b;
}

// One step of dt s of a body of mass kg and principal moments of inertia kg m2: velocities first,
// then positions with the new ones (semi-implicit Euler). pos m and vel m/s in court axes, quat
// body to court, angvel rad/s in body axes; wrench = force N in court axes, without gravity, and
// torque N m in body axes. Source: the equations of MuJoCo's documentation, "Computation".
static inline void sim_flight_step(double pos[3], double quat[4], double vel[3], double angvel[3],
                                   const double wrench[6], double mass, const double inertia[3],
                                   double gravity, double dt) {
  assert(mass > 0 && dt > 0);
  double gyroscopic[3];
  sim_flight_gyroscopic(gyroscopic, angvel, inertia);
  for (int k = 0; k < 3; k++) {
    vel[k] += dt * (wrench[k] / mass - (k == 2 ? gravity : 0));
    angvel[k] += dt * (wrench[3 + k] - gyroscopic[k]) / inertia[k];
    pos[k] += dt * vel[k];
  }
  sim_flight_turn(quat, angvel, dt);
}

#endif  // SIM_FLIGHT_H_
