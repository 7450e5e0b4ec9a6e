// What the parts of the classical controller share. Everything is in the team's frame, SI units.
#ifndef POLICIES_CLASSICAL_INTERNAL_H_
#define POLICIES_CLASSICAL_INTERNAL_H_

#include "policies/classical.h"
#include "sim/ballistics.h"

// The gains, each with the range that configs/classical.yaml may give it and says the meaning of:
// X(name, lowest, highest).
#define POL_STRIKE_GAINS(X)                                                                        \
  X(apex, 0, 12)                                                                                   \
  X(strike_z, 0, 6)                                                                                \
  X(lower, 0, 2)                                                                                   \
  X(reach, 0, 7)                                                                                   \
  X(bias_x, -2, 2)                                                                                 \
  X(bias_y, -2, 2)                                                                                 \
  X(bias_apex, -1, 1)                                                                              \
  X(time_shift, -0.1, 0.1)                                                                         \
  X(horizon, 0.1, 4)                                                                               \
  X(stage_time, 0, 2)                                                                              \
  X(stage_drop, -2, 2)                                                                             \
  X(place, 1e-3, 10)                                                                               \
  X(speed, 1e-3, 10)                                                                               \
  X(tilt, 1e-4, 10)                                                                                \
  X(rate, 1e-2, 1000)                                                                              \
  X(drift, 1e-2, 1000)                                                                             \
  X(drift_x, -5, 5)                                                                                \
  X(effort, 1e-3, 10)                                                                              \
  X(thrust, 1e-3, 10)

#define POL_HOVER_GAINS(X)                                                                         \
  X(place, 0.1, 20)                                                                                \
  X(speed_xy, 0.1, 20)                                                                             \
  X(speed_z, 0.1, 20)                                                                              \
  X(brake_xy, 0.1, 20)                                                                             \
  X(brake_z, 0.1, 20)                                                                              \
  X(damp_xy, 0.1, 50)                                                                              \
  X(damp_z, 0.1, 50)                                                                               \
  X(tilt, 0.05, 1.4)                                                                               \
  X(attitude, 1, 2000)                                                                             \
  X(rate, 1, 200)                                                                                  \
  X(yaw, 0, 100)                                                                                   \
  X(yaw_rate, 0, 100)

#define POL_GAIN_FIELD(name, low, high) double name;
typedef struct PolStrikeGains {
  POL_STRIKE_GAINS(POL_GAIN_FIELD)
} PolStrikeGains;
typedef struct PolHoverGains {
  POL_HOVER_GAINS(POL_GAIN_FIELD)
} PolHoverGains;

enum { POL_SHOT_KNOTS = 5, POL_SHOT_POINTS = 8 };

// Piecewise-linear controls over the unit interval: value, integral and double integral of each hat
// function at the quadrature points, and the last two at 1.
typedef struct PolShotBasis {
  double at[POL_SHOT_POINTS], weight[POL_SHOT_POINTS];
  double hat[POL_SHOT_POINTS][POL_SHOT_KNOTS];
  double once[POL_SHOT_POINTS][POL_SHOT_KNOTS], twice[POL_SHOT_POINTS][POL_SHOT_KNOTS];
  double once_end[POL_SHOT_KNOTS], twice_end[POL_SHOT_KNOTS];
} PolShotBasis;
void pol__shot_basis(PolShotBasis *basis);

struct PolClassical {
  PolHoverGains hover;
  PolStrikeGains strike[POL_SLOTS];  // of the strikes
  PolShotBasis basis;
};

// A drone in its team's frame and what the loops need besides.
typedef struct PolPilot {
  SimDrone drone;
  double up[3];       // body z
  double up_rate[3];  // its time derivative
  double yaw_cos, yaw_sin;
  double wash[3];  // m/s2, downwash of the others now
} PolPilot;

// Fills pilot for drone of view.
void pol__pilot(PolPilot *pilot, const SimView *view, int drone);
// Angular acceleration in body axes (x, y) that gives the body z axis the acceleration up_acc.
void pol__tilt_accel(double out[2], const PolPilot *pilot, const double up_acc[3]);
// Commands for thrust/mass (m/s2) and angular acceleration in body axes; attitude before thrust
// before yaw.
void pol__rotors(float action[SIM_ROTORS], const PolPilot *pilot, double thrust,
                 const double angacc[3]);
// Yaw acceleration that turns the heading to +x.
double pol__yaw_accel(const PolHoverGains *gains, const PolPilot *pilot);
// Flies to point and stays.
void pol__hover(float action[SIM_ROTORS], const PolHoverGains *gains, const PolPilot *pilot,
                const double point[3]);

// The manoeuvre that brings a drone to a strike state: controls now.
typedef struct PolShot {
  double thrust;     // m/s2
  double up_acc[3];  // 1/s2, acceleration of the body z axis
  double cost;       // how far the end is from the strike, in squares of the gains' units
} PolShot;
// Time is how far ahead the strike is.
void pol__shoot(PolShot *shot, const PolStrikeGains *gains, const PolShotBasis *basis,
                const PolPilot *pilot, const SimStrike *strike, double time);

#endif  // POLICIES_CLASSICAL_INTERNAL_H_
