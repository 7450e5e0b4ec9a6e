// Two rings of the last steps. Noise is drawn when a step is measured, counted like everything
// random, so that what a policy sees is the same at any thread count and after any resume.
#include "sim/link.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/vec.h"

enum { NOISES = 12 };  // of a drone: position, velocity, attitude, rates

static const char *const NAME[SIM_ACTION_KINDS] = {"rotor", "ctbr"};

const char *sim_action_name(SimActionKind kind) {
  assert(kind < SIM_ACTION_KINDS);
  return NAME[kind];
}

// ---- the rate loop

static void swap_rows(double a[2 * 4], double b[2 * 4]) {
  for (int k = 0; k < 8; k++) {
    const double kept = a[k];
    a[k] = b[k];
    b[k] = kept;
  }
}

void sim_mixer_create(SimMixer *mixer, const SimPlant *knows) {
  // [what the rotors' thrusts make | identity], turned into [identity | its inverse]
  double row[4][8] = {{0}};
  mixer->knows = *knows;
  for (int r = 0; r < SIM_ROTORS; r++) {
    row[0][r] = 1;
    row[1][r] = SIM_ROTOR_XY[r][1];
    row[2][r] = -SIM_ROTOR_XY[r][0];
    row[3][r] = -SIM_ROTOR_SPIN[r] * knows->reaction / knows->thrust;
    row[r][4 + r] = 1;
  }
  for (int c = 0; c < 4; c++) {
    int best = c;
    for (int r = c + 1; r < 4; r++) {
      best = fabs(row[r][c]) > fabs(row[best][c]) ? r : best;
    }
    swap_rows(row[c], row[best]);
    const double pivot = row[c][c];
    assert(pivot != 0);
    for (int k = 0; k < 8; k++) {
      row[c][k] /= pivot;
    }
    for (int r = 0; r < 4; r++) {
      const double factor = row[r][c];
      for (int k = 0; r != c && k < 8; k++) {
        row[r][k] -= factor * row[c][k];
      }
    }
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    memcpy(mixer->inverse[r], row[r] + 4, sizeof mixer->inverse[r]);
  }
}

static double clip(double x, double low, double high) {
  return fmin(fmax(x, low), high);
}

// Thrust of each rotor. Where they cannot give all, rolling and pitching go before pushing, and
// both before yawing: a rotor's drag turns a drone so little that a small error of the yaw rate
// asks for more than there is, and would leave nothing to keep it level with.
static void share(double thrust[SIM_ROTORS], const SimMixer *mixer, double total,
                  const double torque[3]) {
  const double full = mixer->knows.thrust;
  double least = HUGE_VAL, most = -HUGE_VAL, yaws = 1;
  for (int r = 0; r < SIM_ROTORS; r++) {
    const double *from = mixer->inverse[r];
    thrust[r] = from[1] * torque[0] + from[2] * torque[1];
    least = fmin(least, thrust[r]);
    most = fmax(most, thrust[r]);
  }
  // the rotors differ in lever, so that each has its own part of the total
  const double each =
      clip(total / SIM_ROTORS, fmin(-least, full - most), fmax(-least, full - most));
  for (int r = 0; r < SIM_ROTORS; r++) {
    const double yaw = mixer->inverse[r][3] * torque[2];
    thrust[r] = clip(thrust[r] + SIM_ROTORS * each * mixer->inverse[r][0], 0, full);
    const double room = yaw > 0 ? full - thrust[r] : thrust[r];
    yaws = fabs(yaw) > room ? fmin(yaws, room / fabs(yaw)) : yaws;
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    thrust[r] = clip(thrust[r] + yaws * mixer->inverse[r][3] * torque[2], 0, full);
  }
}

void sim_rate_loop(float rotor[SIM_ROTORS], SimRateLoop *loop, const SimMixer *mixer,
                   const double rates[3], const float command[4]) {
  const SimPlant *knows = &mixer->knows;
  bool finite = true;
  for (int k = 0; k < 4; k++) {
    finite = finite && isfinite(command[k]);
  }
  if (!finite) {  // as the plant takes it: no thrust, and counted there
    for (int r = 0; r < SIM_ROTORS; r++) {
      rotor[r] = NAN;
    }
    return;
  }
  double torque[3], thrust[SIM_ROTORS], gyroscopic[3], momentum[3];
  for (int k = 0; k < 3; k++) {
    momentum[k] = knows->inertia[k] * rates[k];
  }
  vec_cross(gyroscopic, rates, momentum);
  for (int k = 0; k < 3; k++) {
    const double wanted = SIM_RATE_MAX[k] * clip((double)command[1 + k], -1, 1);
    const double error = wanted - rates[k];
    loop->integral[k] = clip(loop->integral[k] + SIM_DT * SIM_RATE_INTEGRAL[k] * error,
                             -SIM_RATE_INTEGRAL_MAX, SIM_RATE_INTEGRAL_MAX);
    torque[k] = knows->inertia[k] *
                    (SIM_RATE_GAIN[k] * error + loop->integral[k] + knows->damping * rates[k]) +
                gyroscopic[k];
  }
  share(thrust, mixer, knows->drone_mass * SIM_GRAVITY * (1 + (double)command[0]), torque);
  for (int r = 0; r < SIM_ROTORS; r++) {
    rotor[r] = (float)(2 * thrust[r] / knows->thrust - 1);
  }
}

// ---- noise

static void disturb(double out[3], const float *normal, double deviation) {
  for (int k = 0; k < 3; k++) {
    out[k] += deviation * (double)normal[k];
  }
}

static void disturb_drone(SimDrone *drone, const SimPlant *plant, SimRng *rng) {
  float normal[NOISES];
  double turn[4] = {1, 0, 0, 0}, turned[4], angle[3] = {0, 0, 0};
  sim_rng_normals(rng, normal, NOISES);
  disturb(drone->pos, normal, plant->noise_pos);
  disturb(drone->vel, normal + 3, plant->noise_vel);
  disturb(angle, normal + 6, plant->noise_angle);
  disturb(drone->angvel, normal + 9, plant->noise_rate);
  if (plant->noise_angle > 0) {
    quat_from_rpy(turn, angle[0], angle[1], angle[2]);
    quat_mul(turned, drone->quat, turn);
    const double sign = turned[0] < 0 ? -1 : 1;
    for (int k = 0; k < 4; k++) {
      drone->quat[k] = sign * turned[k];
    }
    quat_to_rot(drone->rot, drone->quat);
  }
}

static void disturb_view(SimView *view, const SimState *state) {
  const SimPlant *plant = &state->plant;
  const uint32_t step = (uint32_t)state->referee.step;
  float normal[6];
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      SimRng rng = sim_rng(state->seed, state->rally, step, SIM_RNG_NOISE + (uint32_t)i);
      disturb_drone(&view->drone[i], plant, &rng);
    }
  }
  SimRng rng = sim_rng(state->seed, state->rally, step, SIM_RNG_NOISE_LAST);
  sim_rng_normals(&rng, normal, 6);
  disturb(view->ball_pos, normal, plant->noise_ball_pos);
  disturb(view->ball_vel, normal + 3, plant->noise_ball_vel);
}

// ---- the link

static int slot_of(int step) {
  assert(step >= 0);
  return step % SIM_LINK_RING;
}

// the slot of what was put there a delay ago, or in the first step
static int slot_before(int step, double delay) {
  const int steps = (int)lround(delay / SIM_DT);
  assert(steps <= SIM_DELAY_MAX);
  return slot_of(step > steps ? step - steps : 0);
}

void sim_link_measure(SimLink *link, const SimState *state) {
  SimView *view = &link->view[slot_of(state->referee.step)];
  *view = state->view;
  disturb_view(view, state);
}

void sim_link_start(SimLink *link, const SimState *state) {
  memset(link, 0, sizeof *link);
  sim_link_measure(link, state);
}

void sim_link_see(SimState *seen, const SimLink *link, const SimState *state) {
  *seen = *state;
  seen->view = link->view[slot_before(state->referee.step, state->plant.observation_delay)];
}

void sim_link_send(float rotor[SIM_DRONES][SIM_ROTORS], SimLink *link, const SimMixer *mixer,
                   const SimState *state, const float command[SIM_DRONES][SIM_ROTORS],
                   unsigned ctbr) {
  const int step = state->referee.step, now = slot_of(step);
  const int late = (int)lround(state->plant.action_delay / SIM_DT);
  const int then = slot_before(step, state->plant.action_delay);
  memcpy(link->command[now], command, sizeof link->command[now]);
  link->ctbr[now] = ctbr;
  for (int i = 0; i < SIM_DRONES; i++) {
    const float *sent = link->command[then][i];
    if (step < late) {  // nothing has arrived yet
      for (int r = 0; r < SIM_ROTORS; r++) {
        rotor[i][r] = (float)SIM_HOVER_COMMAND;
      }
    } else if (link->ctbr[then] >> i & 1u) {
      double rates[3];
      rot_apply_inverse(rates, state->view.drone[i].rot, state->view.drone[i].angvel);
      sim_rate_loop(rotor[i], &link->loop[i], mixer, rates, sent);
    } else {
      memcpy(rotor[i], sent, sizeof rotor[i]);
    }
  }
}
