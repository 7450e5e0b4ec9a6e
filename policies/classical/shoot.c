// The manoeuvre is found anew at every step by direct shooting. Unknown are three controls over the
// time left, piecewise linear between knots: the acceleration of the body axis n in x and y (what
// roll and pitch torque do) and the thrust. n(t) is linear in the unknowns; speed and place at the
// end follow by quadrature of thrust n - g with exact linear damping. A few Gauss-Newton steps
// minimise the error of place, normal speed and attitude at the end, plus rotor limits as soft
// walls and a small price on effort, which picks one of the many solutions.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "policies/classical/internal.h"
#include "sim/vec.h"

enum {
  KNOTS = POL_SHOT_KNOTS,
  POINTS = POL_SHOT_POINTS,
  UNKNOWNS = 3 * KNOTS,  // pitch, roll, thrust at each knot, in shares of the rotors' authority
  WIDTH = 16,            // of a row of unknowns, padded so that loops over it vectorise
  LIMITS = SIM_ROTORS * KNOTS,
  ITERATIONS = 10,
};

#define THRUST_MAX (4 * SIM_ROTOR_FORCE / SIM_DRONE_MASS)  // m/s2
#define HOVER_SHARE (SIM_GRAVITY / THRUST_MAX)
#define PITCH_MAX (2 * SIM_ROTOR_FORCE * 0.13 / SIM_DRONE_IYY)  // rad/s2, lever of the hubs in x
#define ROLL_MAX (2 * SIM_ROTOR_FORCE * 0.21 / SIM_DRONE_IXX)   // rad/s2, mean lever in y
#define SHARE_LOW 0.04  // limits of a rotor that are planned with
#define SHARE_HIGH 0.97
#define BARRIER_START 0.05
#define BARRIER_END 2e-5
#define CENTERING 0.2   // the barrier falls to this share of the mean of slack times price
#define KEEP 0.95       // share of the way to a wall that a step may go
#define BEGIN_MOST 0.3  // largest share of roll and pitch to begin with
#define WASH_TIME 0.3   // s, in which the present wash of the others is thought to fade
#define UP_LEAST 0.2    // least vertical part of n that is believed

// what full pitch and roll add to a rotor: rotors behind and to the right lift
static const double BY_PITCH[SIM_ROTORS] = {-0.5, 0.5, -0.5, 0.5};
static const double BY_ROLL[SIM_ROTORS] = {0.5, -0.5, -0.5, 0.5};

// ---- basis

static double ramp(double x, int power) {
  return x > 0 ? pow(x, power) : 0;
}

// second difference of the ramp around knot k: the hat (power 1) or its integrals from -infinity
static double second_difference(double at, int k, int power) {
  const double h = 1.0 / (KNOTS - 1), x = at - k * h;
  const double factorial = power == 3 ? 6 : power;
  return (ramp(x + h, power) - 2 * ramp(x, power) + ramp(x - h, power)) / (h * factorial);
}

static double hat_once(double at, int k) {
  return second_difference(at, k, 2) - second_difference(0, k, 2);
}

static double hat_twice(double at, int k) {
  return second_difference(at, k, 3) - second_difference(0, k, 3) - second_difference(0, k, 2) * at;
}

void pol__shot_basis(PolShotBasis *basis) {
  // Gauss-Legendre, two points per interval between knots
  const double h = 1.0 / (KNOTS - 1);
  for (int q = 0; q < POINTS; q++) {
    const double side = q % 2 ? 1 : -1;
    const double at = h * (q / 2 + 0.5 + side * 0.5 / sqrt(3.0));
    basis->at[q] = at;
    basis->weight[q] = h / 2;
    for (int k = 0; k < KNOTS; k++) {
      basis->hat[q][k] = second_difference(at, k, 1);
      basis->once[q][k] = hat_once(at, k);
      basis->twice[q][k] = hat_twice(at, k);
    }
  }
  for (int k = 0; k < KNOTS; k++) {
    basis->once_end[k] = hat_once(1, k);
    basis->twice_end[k] = hat_twice(1, k);
  }
}

// ---- the problem in the drone's heading frame

typedef struct Problem {
  const PolStrikeGains *gains;
  const PolShotBasis *basis;
  double time;
  double up[2], up_rate[2];  // n and its rate now, x and y
  double pos[3], vel[3];     // where drift alone would bring the drone: drag, no gravity, no thrust
  double wash[3];
  double point[3], normal[3], speed;
  // what a unit acceleration at a quadrature point adds to velocity and place at the end, and the
  // share of the wash that is left by then
  double to_vel[POINTS], to_pos[POINTS], wash_left[POINTS];
  double drift[3];  // wanted velocity across the normal
} Problem;

// Normal equations of one Gauss-Newton step.
typedef struct Normal {
  double h[WIDTH][WIDTH], g[WIDTH];
} Normal;

// Distance of each rotor at each knot to its lower and upper limit, and the price (Lagrange
// multiplier) of coming nearer; index = rotor * KNOTS + knot.
typedef struct Walls {
  double slack[2][LIMITS], price[2][LIMITS];
} Walls;

typedef struct Outcome {
  double up[3], up_rate[2], pos[3], vel[3];
  double d_up[KNOTS], d_rate[KNOTS];  // of n and its rate by unit angular acceleration
  double d_pos[3][WIDTH], d_vel[3][WIDTH];
} Outcome;

static void turn_flat(double out[3], const double in[3], const PolPilot *pilot) {
  vec_set(out, pilot->yaw_cos * in[0] + pilot->yaw_sin * in[1],
          pilot->yaw_cos * in[1] - pilot->yaw_sin * in[0], in[2]);
}

static void pose(Problem *problem, const PolPilot *pilot, const SimStrike *strike) {
  double up[3], rate[3], vel[3], offset[3];
  turn_flat(up, pilot->up, pilot);
  turn_flat(rate, pilot->up_rate, pilot);
  turn_flat(vel, pilot->drone.vel, pilot);
  turn_flat(problem->wash, pilot->wash, pilot);
  turn_flat(problem->normal, strike->normal, pilot);
  vec_sub(offset, strike->drone, pilot->drone.pos);
  turn_flat(problem->point, offset, pilot);
  const double t = problem->time, fade = exp(-SIM_DAMPING * t);
  for (int k = 0; k < 3; k++) {
    problem->vel[k] = fade * vel[k];
    problem->pos[k] = (1 - fade) / SIM_DAMPING * vel[k] + SIM_DT / 2 * (fade - 1) * vel[k];
  }
  for (int k = 0; k < 2; k++) {
    problem->up[k] = up[k];
    problem->up_rate[k] = rate[k];
  }
  for (int q = 0; q < POINTS; q++) {
    const PolShotBasis *basis = problem->basis;
    const double at = basis->at[q] * t, h = basis->weight[q] * t;
    const double left = exp(-SIM_DAMPING * (t - at));
    problem->to_vel[q] = h * left;
    problem->to_pos[q] = h * ((1 - left) / SIM_DAMPING + SIM_DT / 2 * left);
    problem->wash_left[q] = fmax(1 - at / WASH_TIME, 0);
  }
  problem->speed = strike->speed;
  const double drift[3] = {problem->gains->drift_x, 0, 0};
  turn_flat(problem->drift, drift, pilot);
}

static void up_at(double up[3], const Problem *problem, const double z[WIDTH], int q) {
  const double t = problem->time, *twice = problem->basis->twice[q];
  double pitch = 0, roll = 0;
  for (int k = 0; k < KNOTS; k++) {
    pitch += twice[k] * z[k];
    roll += twice[k] * z[KNOTS + k];
  }
  const double at = problem->basis->at[q] * t;
  up[0] = problem->up[0] + at * problem->up_rate[0] + t * t * PITCH_MAX * pitch;
  up[1] = problem->up[1] + at * problem->up_rate[1] + t * t * ROLL_MAX * roll;
  const double rest = 1 - up[0] * up[0] - up[1] * up[1];
  up[2] = sqrt(fmax(rest, UP_LEAST * UP_LEAST));
}

// adds what thrust and gravity at one quadrature point do to the end
static void add_point(Outcome *out, const Problem *problem, const double z[WIDTH], int q) {
  const PolShotBasis *basis = problem->basis;
  const double t = problem->time, to_vel = problem->to_vel[q], to_pos = problem->to_pos[q];
  double up[3], share = 0;
  up_at(up, problem, z, q);
  for (int k = 0; k < KNOTS; k++) {
    share += basis->hat[q][k] * z[2 * KNOTS + k];
  }
  const double thrust = THRUST_MAX * share, wash = problem->wash_left[q];
  const double lean[2] = {-up[0] / up[2], -up[1] / up[2]}, turn = thrust * t * t;
  for (int i = 0; i < 3; i++) {
    const double acc = thrust * up[i] - (i == 2 ? SIM_GRAVITY : 0) + wash * problem->wash[i];
    out->vel[i] += to_vel * acc;
    out->pos[i] += to_pos * acc;
    const double by_pitch = turn * PITCH_MAX * (i == 0 ? 1 : i == 2 ? lean[0] : 0);
    const double by_roll = turn * ROLL_MAX * (i == 1 ? 1 : i == 2 ? lean[1] : 0);
    const double by_thrust = THRUST_MAX * up[i];
    double d_acc[WIDTH] = {0};
    for (int k = 0; k < KNOTS; k++) {
      d_acc[k] = by_pitch * basis->twice[q][k];
      d_acc[KNOTS + k] = by_roll * basis->twice[q][k];
      d_acc[2 * KNOTS + k] = by_thrust * basis->hat[q][k];
    }
    for (int u = 0; u < WIDTH; u++) {
      out->d_vel[i][u] += to_vel * d_acc[u];
      out->d_pos[i][u] += to_pos * d_acc[u];
    }
  }
}

static void fly(Outcome *out, const Problem *problem, const double z[WIDTH]) {
  const double t = problem->time;
  memset(out, 0, sizeof *out);
  for (int q = 0; q < POINTS; q++) {
    add_point(out, problem, z, q);
  }
  for (int i = 0; i < 3; i++) {
    out->vel[i] += problem->vel[i];
    out->pos[i] += problem->pos[i];
  }
  for (int i = 0; i < 2; i++) {
    out->up[i] = problem->up[i] + t * problem->up_rate[i];
    out->up_rate[i] = problem->up_rate[i];
  }
  for (int k = 0; k < KNOTS; k++) {
    // the plant moves with the rate at the end of a step: half a step more than the integral
    out->d_rate[k] = t * problem->basis->once_end[k];
    out->d_up[k] = t * t * problem->basis->twice_end[k] + SIM_DT / 2 * out->d_rate[k];
    out->up[0] += PITCH_MAX * out->d_up[k] * z[k];
    out->up[1] += ROLL_MAX * out->d_up[k] * z[KNOTS + k];
    out->up_rate[0] += PITCH_MAX * out->d_rate[k] * z[k];
    out->up_rate[1] += ROLL_MAX * out->d_rate[k] * z[KNOTS + k];
  }
}

// ---- normal equations

static void add_row(Normal *normal, const double row[WIDTH], double residual, double price) {
  for (int i = 0; i < UNKNOWNS; i++) {
    const double scaled = price * price * row[i];
    normal->g[i] += scaled * residual;
    for (int j = 0; j < WIDTH; j++) {
      normal->h[i][j] += scaled * row[j];
    }
  }
}

// the same for a row that is zero outside the unknowns first .. first + KNOTS - 1
static void add_short_row(Normal *normal, const double row[KNOTS], int first, double residual,
                          double price) {
  for (int i = 0; i < KNOTS; i++) {
    const double scaled = price * price * row[i];
    normal->g[first + i] += scaled * residual;
    for (int j = 0; j < KNOTS; j++) {
      normal->h[first + i][first + j] += scaled * row[j];
    }
  }
}

static void add_end(Normal *normal, const Problem *problem, const Outcome *out) {
  const PolStrikeGains *gains = problem->gains;
  double row[WIDTH] = {0}, rest[3];
  for (int i = 0; i < 3; i++) {
    add_row(normal, out->d_pos[i], out->pos[i] - problem->point[i], 1 / gains->place);
    for (int u = 0; u < WIDTH; u++) {
      row[u] += problem->normal[i] * out->d_vel[i][u];
    }
  }
  const double along = vec_dot(out->vel, problem->normal);
  add_row(normal, row, along - problem->speed, 1 / gains->speed);
  // speed across the normal; wanted drift counts without its normal part
  vec_sub(rest, out->vel, problem->drift);
  const double rest_along = vec_dot(rest, problem->normal);
  for (int i = 0; i < 3; i++) {
    double across[WIDTH];
    for (int u = 0; u < WIDTH; u++) {
      across[u] = out->d_vel[i][u] - row[u] * problem->normal[i];
    }
    add_row(normal, across, rest[i] - rest_along * problem->normal[i], 1 / gains->drift);
  }
  const double most[2] = {PITCH_MAX, ROLL_MAX};
  for (int i = 0; i < 2; i++) {
    double d_up[KNOTS], d_rate[KNOTS];
    for (int k = 0; k < KNOTS; k++) {
      d_up[k] = most[i] * out->d_up[k];
      d_rate[k] = most[i] * out->d_rate[k];
    }
    add_short_row(normal, d_up, i * KNOTS, out->up[i] - problem->normal[i], 1 / gains->tilt);
    add_short_row(normal, d_rate, i * KNOTS, out->up_rate[i], 1 / gains->rate);
  }
}

// share of full thrust of each rotor at each knot, from shares of pitch, roll and thrust
static void rotor_shares(double share[LIMITS], const double z[WIDTH]) {
  for (int r = 0; r < SIM_ROTORS; r++) {
    for (int k = 0; k < KNOTS; k++) {
      share[r * KNOTS + k] = BY_PITCH[r] * z[k] + BY_ROLL[r] * z[KNOTS + k] + z[2 * KNOTS + k];
    }
  }
}

// how far the end is from what is wanted, in squares of the gains' units
static double end_cost(const Problem *problem, const Outcome *out) {
  const PolStrikeGains *gains = problem->gains;
  double miss[3];
  vec_sub(miss, out->pos, problem->point);
  const double speed = vec_dot(out->vel, problem->normal) - problem->speed;
  const double tilt[2] = {out->up[0] - problem->normal[0], out->up[1] - problem->normal[1]};
  return vec_dot(miss, miss) / (gains->place * gains->place) +
         speed * speed / (gains->speed * gains->speed) +
         (tilt[0] * tilt[0] + tilt[1] * tilt[1]) / (gains->tilt * gains->tilt);
}

static void add_effort(Normal *normal, const PolStrikeGains *gains, const double z[WIDTH]) {
  for (int i = 0; i < UNKNOWNS; i++) {
    const bool thrust = i >= 2 * KNOTS;
    const double price = thrust ? gains->thrust : gains->effort;
    normal->h[i][i] += price * price;
    normal->g[i] += price * price * (z[i] - (thrust ? HOVER_SHARE : 0));
  }
}

// the limits as the primal-dual interior-point method sees them
static void add_walls(Normal *normal, const Walls *walls, double barrier) {
  double stiff[LIMITS], push[LIMITS];
  for (int i = 0; i < LIMITS; i++) {
    const double low = 1 / walls->slack[0][i], high = 1 / walls->slack[1][i];
    stiff[i] = walls->price[0][i] * low + walls->price[1][i] * high;
    push[i] = barrier * (high - low);
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    for (int k = 0; k < KNOTS; k++) {
      const double s = stiff[r * KNOTS + k], p = push[r * KNOTS + k];
      const int at[3] = {k, KNOTS + k, 2 * KNOTS + k};
      const double d[3] = {BY_PITCH[r], BY_ROLL[r], 1};
      for (int i = 0; i < 3; i++) {
        normal->g[at[i]] += p * d[i];
        for (int j = 0; j < 3; j++) {
          normal->h[at[i]][at[j]] += s * d[i] * d[j];
        }
      }
    }
  }
}

// g becomes -h^-1 g; h is symmetric and positive definite because every unknown has a price
static void solve(Normal *normal) {
  double(*h)[WIDTH] = normal->h, *g = normal->g;
  for (int k = 0; k < UNKNOWNS; k++) {
    const double inverse = 1 / fmax(h[k][k], 1e-12);
    for (int i = k + 1; i < UNKNOWNS; i++) {
      const double factor = h[i][k] * inverse;
      g[i] -= factor * g[k];
      for (int j = 0; j < WIDTH; j++) {
        h[i][j] -= factor * h[k][j];
      }
    }
  }
  for (int i = UNKNOWNS - 1; i >= 0; i--) {
    double sum = g[i];
    for (int j = i + 1; j < UNKNOWNS; j++) {
      sum += h[i][j] * g[j];
    }
    g[i] = -sum / fmax(h[i][i], 1e-12);
  }
}

// moves z along dz and the prices along theirs, both at most nearly to where a sign would change
static void advance(double z[WIDTH], Walls *walls, const double dz[WIDTH], double barrier) {
  double share_step[LIMITS], price_step[2][LIMITS], direct = KEEP, dual = KEEP;
  rotor_shares(share_step, dz);
  for (int side = 0; side < 2; side++) {
    const double sign = side ? -1 : 1;
    for (int i = 0; i < LIMITS; i++) {
      const double inverse = 1 / walls->slack[side][i], price = walls->price[side][i];
      const double slack_step = sign * share_step[i];
      price_step[side][i] = (barrier - price * slack_step) * inverse - price;
      direct = fmax(direct, -slack_step * inverse);
      dual = fmax(dual, -price_step[side][i] / price);
    }
  }
  direct = KEEP / direct;
  dual = KEEP / dual;
  for (int i = 0; i < UNKNOWNS; i++) {
    z[i] += direct * dz[i];
  }
  for (int i = 0; i < LIMITS; i++) {
    walls->slack[0][i] += direct * share_step[i];
    walls->slack[1][i] -= direct * share_step[i];
    walls->price[0][i] += dual * price_step[0][i];
    walls->price[1][i] += dual * price_step[1][i];
  }
}

static void build_walls(Walls *walls, const double z[WIDTH]) {
  double share[LIMITS];
  rotor_shares(share, z);
  for (int i = 0; i < LIMITS; i++) {
    walls->slack[0][i] = share[i] - SHARE_LOW;
    walls->slack[1][i] = SHARE_HIGH - share[i];
    walls->price[0][i] = BARRIER_START / walls->slack[0][i];
    walls->price[1][i] = BARRIER_START / walls->slack[1][i];
  }
}

static double next_barrier(const Walls *walls) {
  double sum = 0;
  for (int i = 0; i < LIMITS; i++) {
    sum += walls->slack[0][i] * walls->price[0][i] + walls->slack[1][i] * walls->price[1][i];
  }
  return CENTERING * sum / (2 * LIMITS);
}

// where the search begins: hover thrust, and turning gently to the wanted attitude (cubic in time)
static void begin(double z[WIDTH], const Problem *problem) {
  const double t = problem->time, most[2] = {PITCH_MAX, ROLL_MAX};
  for (int i = 0; i < 2; i++) {
    const double gap = problem->normal[i] - problem->up[i], run = problem->up_rate[i] * t;
    for (int k = 0; k < KNOTS; k++) {
      const double at = (double)k / (KNOTS - 1);
      const double wanted = (6 * gap - 4 * run + at * (6 * run - 12 * gap)) / (t * t * most[i]);
      z[i * KNOTS + k] = fmin(fmax(wanted, -BEGIN_MOST), BEGIN_MOST);
    }
  }
  for (int k = 0; k < KNOTS; k++) {
    z[2 * KNOTS + k] = HOVER_SHARE;
  }
}

// minimises from there; z stays strictly inside the limits. Returns the cost of the end before the
// last step
static double minimise(double z[WIDTH], const Problem *problem) {
  Walls walls;
  double cost = 0;
  build_walls(&walls, z);
  for (int i = 0; i < ITERATIONS; i++) {
    Outcome out;
    Normal normal;
    const double barrier = next_barrier(&walls);
    if (barrier < BARRIER_END) {
      break;
    }
    fly(&out, problem, z);
    cost = end_cost(problem, &out);
    memset(&normal, 0, sizeof normal);
    add_end(&normal, problem, &out);
    add_effort(&normal, problem->gains, z);
    add_walls(&normal, &walls, barrier);
    solve(&normal);
    advance(z, &walls, normal.g, barrier);
  }
  return cost;
}

void pol__shoot(PolShot *shot, const PolStrikeGains *gains, const PolShotBasis *basis,
                const PolPilot *pilot, const SimStrike *strike, double time) {
  assert(time > 0);
  Problem problem = {.gains = gains, .basis = basis, .time = time};
  pose(&problem, pilot, strike);
  double z[WIDTH] = {0};
  begin(z, &problem);
  shot->cost = minimise(z, &problem);
  // mean over the coming step
  const double x = fmin(SIM_DT / 2 / time * (KNOTS - 1), 1);
  const double pitch = PITCH_MAX * (z[0] + x * (z[1] - z[0]));
  const double roll = ROLL_MAX * (z[KNOTS] + x * (z[KNOTS + 1] - z[KNOTS]));
  const double share = z[2 * KNOTS] + x * (z[2 * KNOTS + 1] - z[2 * KNOTS]);
  shot->thrust = THRUST_MAX * share;
  // back to the team frame; n stays a unit vector, which fixes the vertical part
  const double *up = pilot->up, *rate = pilot->up_rate;
  vec_set(shot->up_acc, pilot->yaw_cos * pitch - pilot->yaw_sin * roll,
          pilot->yaw_sin * pitch + pilot->yaw_cos * roll, 0);
  const double flat = up[0] * shot->up_acc[0] + up[1] * shot->up_acc[1];
  const double lift = fmax(fabs(up[2]), UP_LEAST);
  shot->up_acc[2] = copysign((-vec_dot(rate, rate) - flat) / lift, up[2]);
}
