// What a team may do with the ball, found from the court and the table alone: which drone could
// take the next touch, on which half, how high, how hard it is to get there, and who could follow.
// The masks of a volley table, the rule strategy and the observation all read this list.
//
// *Effort* is the acceleration, m/s2, that brings a drone to where it is needed after the reaction
// of dig.h: one number for what is within reach.
#ifndef POLICIES_VOLLEY_CANDIDATE_H_
#define POLICIES_VOLLEY_CANDIDATE_H_

#include "policies/options.h"
#include "policies/volley/task.h"
#include "sim/world.h"

// Heads of a volley table.
typedef enum PolVolleyHead {
  POL_HEAD_SERVES,
  POL_HEAD_SHAPE,   // where the three stand while the opponents have the ball
  POL_HEAD_FIRST,   // each row of the table for each drone, drone by drone
  POL_HEAD_SECOND,  // the same
  POL_HEAD_THIRD,   // by the drone that is left
  POL_VOLLEY_HEADS,
} PolVolleyHead;

// One team's half, in its frame.
typedef struct PolSide {
  double pos[SIM_ROLES][3], vel[SIM_ROLES][3];  // m, m/s
  double ball[3], ball_vel[3];
  bool hit[SIM_ROLES];  // has touched the ball in this possession
  int touches;
} PolSide;
void pol_side(PolSide *side, const SimState *state, SimTeam team);

typedef struct PolCandidate {
  int option;  // of the head
  int drone;   // who strikes: 0 to 2 of its team
  const PolOption *way;
  SimGoal goal;     // with the height at which it strikes
  bool mirrored;    // its skill sees the court in the mirror
  double time;      // s until the strike
  double place[3];  // m, of the drone at the strike
  double flight;    // s, of the ball from there to the goal's point
  double effort;
  int next[2];  // drones of the touches after it, -1: none is needed
  double next_effort[2];
  double clearance;  // m, of the ball over the net; infinite for one that stays
  double tilt;       // rad, of the racket at the strike
  bool legal;
} PolCandidate;

PolTurn pol_volley_turn(const SimState *state, SimTeam team);
// The head that chooses for a turn.
PolVolleyHead pol_turn_head(PolTurn turn);
// The candidates of the first, second or third touch, option by option; returns how many. A drone
// that has touched the ball has none. At least one is legal where there is any, tried or not
// (PolReach):
//   first   effort within reach.first, and a set and an attack that others can reach in time; when
//           there is none such, the pass that takes least effort
//   second  a set within reach.set with an attacker in time, any other way within reach.save; when
//           there is none such, the save, or ball over the net in need, that takes least
//   third   an attack within reach.attack, clear of the net and without more tilt than the table
//           allows; when there is none such, the ways that are no attack
// `over`, dumps and pushes, which end the own possession, need no followers.
int pol_candidates(PolCandidate out[POL_OPTIONS_MAX], const PolOptions *options,
                   const SimState *state, SimTeam team, PolTurn turn);

// Effort from rest or nearly so: how a drone that is not at the ball gets to place within time s.
double pol_travel_effort(const double place[3], double time, const double pos[3],
                         const double vel[3]);

#endif  // POLICIES_VOLLEY_CANDIDATE_H_
