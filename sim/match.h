// One control step of a match in which no drones are near each other: the closed form of
// sim/flight.h in the order of sim/world.c, as functions of the processor and of a GPU, with the
// bits of a batch of matches.
#ifndef SIM_MATCH_H_
#define SIM_MATCH_H_

#include "sim/flight.h"
#include "sim/push.h"
#include "sim/solo.h"

typedef struct SimMatch {
  SimView view;
  double spin[SIM_DRONES][3];  // rad/s, body axes
  double time;                 // s
} SimMatch;

// Whether boxes of two drones may touch: only mj_step knows what they do.
SIM_HD bool sim_match_near(const SimView *view) {
  const double reach = sim_flight_reach();
  bool near = false;
  for (int a = 0; a < SIM_DRONES; a++) {
    for (int b = 0; b < a; b++) {
      near |= sim_present(view, a) && sim_present(view, b) &&
              sim_flight_apart(view->drone[a].pos, view->drone[b].pos) < reach;
    }
  }
  return near;
}

// Returns how many commands were not finite, which count as zero thrust.
SIM_HD int sim_match_turn_rotors(SimMatch *match, const float command[SIM_DRONES][SIM_ROTORS],
                                 const SimPlant *plant) {
  int bad = 0;
  SIM_ROLLED
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&match->view, i)) {
      bad += sim_solo_turn_rotors(&match->view.drone[i], command[i], plant);
    }
  }
  return bad;
}

// The rotors have been turned, and no drones are near each other.
SIM_HD void sim_match_fly(SimMatch *match, const SimPlant *plant, bool downwash) {
  SimView *view = &match->view;
  SimFlightForces f;
  sim_flight_forces(&f, view->drone, match->spin, view->ball_vel, plant, view->roster, downwash);
  sim_push_contacts(f.drone, f.ball, view, match->spin, plant);
  sim_flight_fall(view->ball_pos, view->ball_vel, f.ball, plant->ball_mass, SIM_DT);
  SIM_ROLLED
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      sim_flight_drone(&view->drone[i], match->spin[i], f.drone[i], plant);
    }
  }
  match->time += SIM_DT;
}

#endif  // SIM_MATCH_H_
