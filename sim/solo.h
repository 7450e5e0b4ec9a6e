// One control step of a training world: one drone, the ball, team-mates that only blow. The closed
// form of sim/flight.h in the order of sim/world.c, as functions of the processor and of a GPU,
// with the bits of a batch of such worlds.
#ifndef SIM_SOLO_H_
#define SIM_SOLO_H_

#include "sim/flight.h"
#include "sim/judge.h"
#include "sim/push.h"

typedef struct SimSolo {
  SimDrone drone;                         // the near passer's
  double spin[3];                         // rad/s, body axes
  double ball_pos[3], ball_vel[3], time;  // m, m/s, s
} SimSolo;

// Upright or not, the drone is where it was put: what follows from its attitude and court rates.
SIM_HD void sim_solo_place(SimSolo *solo) {
  SimDrone *drone = &solo->drone;
  const double sign = drone->quat[0] < 0 ? -1 : 1;
  quat_to_rot(drone->rot, drone->quat);
  rot_apply_inverse(solo->spin, drone->rot, drone->angvel);
  rot_apply(drone->angvel, drone->rot, solo->spin);
  for (int k = 0; k < 4; k++) {
    drone->quat[k] = sign * drone->quat[k];
  }
  solo->time = 0;
}

// Turns the rotors; returns how many commands were not finite, which count as zero thrust.
SIM_HD int sim_solo_turn_rotors(SimDrone *drone, const float command[SIM_ROTORS],
                                const SimPlant *plant) {
  int bad = 0;
  for (int r = 0; r < SIM_ROTORS; r++) {
    const bool ok = isfinite(command[r]);
    sim_flight_lag(&drone->rotor[r], ok ? (double)command[r] : -1, plant->lag);
    bad += !ok;
  }
  return bad;
}

// the wash of one team-mate
SIM_HD void sim_solo_wash(double force[3], const SimSolo *solo, const SimWashSource *source,
                          double time, const SimPlant *plant) {
  double pos[3], rot[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  if (sim_push_blows(source, time)) {
    sim_push_source(pos, rot, source, time);
    sim_flight_wash_from(force, solo->drone.pos, pos, rot, sim_push_source_thrust(source, plant),
                         plant);
  }
}

// The rotors have been turned; wash: the n team-mates, at `clock` s since the start.
SIM_HD void sim_solo_fly(SimSolo *solo, const SimWashSource *wash, int n, double clock,
                         const SimPlant *plant) {
  double wrench[6], ball_force[3], thrust;
  sim_flight_drag(ball_force, solo->ball_vel, plant);
  sim_flight_wrench(wrench, &thrust, &solo->drone, solo->spin, plant);
  for (int w = 0; w < n; w++) {
    sim_solo_wash(wrench, solo, &wash[w], clock, plant);
  }
  if (!(sim_flight_apart(solo->ball_pos, solo->drone.pos) > SIM_BALL_REACH)) {
    SimContactBall ball;
    sim_push_ball(&ball, solo->ball_pos, solo->ball_vel, ball_force, plant);
    sim_push_contact(wrench, ball_force, &ball, &solo->drone, solo->spin, plant);
  }
  sim_flight_fall(solo->ball_pos, solo->ball_vel, ball_force, plant->ball_mass, SIM_DT);
  sim_flight_drone(&solo->drone, solo->spin, wrench, plant);
  solo->time += SIM_DT;
}

// Returns whether the drone touched the ball.
SIM_HD bool sim_solo_judge(SimReferee *referee, const SimSolo *solo, const SimRules *rules) {
  SimEvents events;
  SimView view;
  vec_copy(view.ball_pos, solo->ball_pos);
  vec_copy(view.ball_vel, solo->ball_vel);
  view.drone[0] = solo->drone;
  view.roster = 1;
  events.n = 0;
  sim_judge_step(&events, referee, rules, &view, SIM_DT);
  bool touched = false;
  for (int i = 0; i < events.n; i++) {
    touched |= events.event[i].kind == SIM_EVENT_TOUCH;
  }
  return touched;
}

#endif  // SIM_SOLO_H_
