// Vectors, quaternions and rotation matrices of three dimensions in double; every function touches
// its arguments only. Matrices are row-major, quaternions w x y z.
#ifndef SIM_VEC_H_
#define SIM_VEC_H_

#include <math.h>

#include "sim/base/hd.h"

SIM_HD void vec_set(double out[3], double x, double y, double z) {
  out[0] = x;
  out[1] = y;
  out[2] = z;
}

SIM_HD void vec_copy(double out[3], const double a[3]) {
  vec_set(out, a[0], a[1], a[2]);
}

// out = a + s b; out may be a
SIM_HD void vec_add_scaled(double out[3], const double a[3], double s, const double b[3]) {
  for (int i = 0; i < 3; i++) {
    out[i] = a[i] + s * b[i];
  }
}

SIM_HD void vec_sub(double out[3], const double a[3], const double b[3]) {
  vec_add_scaled(out, a, -1, b);
}

SIM_HD double vec_dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

SIM_HD double vec_norm(const double a[3]) {
  return sqrt(vec_dot(a, a));
}

// out must be neither a nor b
SIM_HD void vec_cross(double out[3], const double a[3], const double b[3]) {
  vec_set(out, a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);
}

// body to court: out = R a; out must not be a
SIM_HD void rot_apply(double out[3], const double rot[9], const double a[3]) {
  for (int i = 0; i < 3; i++) {
    out[i] = rot[3 * i] * a[0] + rot[3 * i + 1] * a[1] + rot[3 * i + 2] * a[2];
  }
}

// court to body: out = R^T a; out must not be a
SIM_HD void rot_apply_inverse(double out[3], const double rot[9], const double a[3]) {
  for (int i = 0; i < 3; i++) {
    out[i] = rot[i] * a[0] + rot[3 + i] * a[1] + rot[6 + i] * a[2];
  }
}

// column of the matrix: a body axis in court coordinates
SIM_HD void rot_axis(double out[3], const double rot[9], int axis) {
  vec_set(out, rot[axis], rot[3 + axis], rot[6 + axis]);
}

// unit quaternion to matrix
SIM_HD void quat_to_rot(double rot[9], const double q[4]) {
  const double w = q[0], x = q[1], y = q[2], z = q[3];
  rot[0] = w * w + x * x - y * y - z * z;
  rot[1] = 2 * (x * y - w * z);
  rot[2] = 2 * (x * z + w * y);
  rot[3] = 2 * (x * y + w * z);
  rot[4] = w * w - x * x + y * y - z * z;
  rot[5] = 2 * (y * z - w * x);
  rot[6] = 2 * (x * z - w * y);
  rot[7] = 2 * (y * z + w * x);
  rot[8] = w * w - x * x - y * y + z * z;
}

// out = a b, turning by b first; out is neither
SIM_HD void quat_mul(double out[4], const double a[4], const double b[4]) {
  out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

// R = Rz(yaw) Ry(pitch) Rx(roll)
SIM_HD void quat_from_rpy(double q[4], double roll, double pitch, double yaw) {
  const double cr = cos(roll / 2), sr = sin(roll / 2), cp = cos(pitch / 2), sp = sin(pitch / 2);
  const double cy = cos(yaw / 2), sy = sin(yaw / 2);
  q[0] = cr * cp * cy + sr * sp * sy;
  q[1] = sr * cp * cy - cr * sp * sy;
  q[2] = cr * sp * cy + sr * cp * sy;
  q[3] = cr * cp * sy - sr * sp * cy;
}

#endif  // SIM_VEC_H_
