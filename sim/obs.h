// Observation layouts with fixed meaning, float32 (sim/README.md 6). The published ones are exactly
// those of the paper's released networks and carry flags and held-action fields one step late; ours
// (hover27, strike43) carry a fresh goal, court128, volley230 (policies/) and flat57 fresh flags.
// Every layout is in the drone's team frame.
#ifndef SIM_OBS_H_
#define SIM_OBS_H_

#include <stdbool.h>

#include "sim/ballistics.h"
#include "sim/referee.h"
#include "sim/view.h"

typedef enum SimLayout {
  SIM_OBS_GOTO26,       // goto and all hovers
  SIM_OBS_BALL34,       // receive, set
  SIM_OBS_SIDE36,       // pass, attack
  SIM_OBS_SERVE37,      // serve
  SIM_OBS_STRATEGY100,  // strategy, one per team
  SIM_OBS_HOVER27,      // goto and all hovers, ours
  SIM_OBS_STRIKE43,     // all strikes, ours
  SIM_OBS_COURT128,     // strategy, one per team, ours; needs what a strategy remembers
  SIM_OBS_VOLLEY230,    // the same for tables whose heads are touches
  SIM_OBS_FLAT57,       // a drone of a team without skills; sees all six
  SIM_OBS_LAYOUTS,
} SimLayout;

enum { SIM_OBS_MAX = 230 };

int sim_obs_size(SimLayout layout);
const char *sim_obs_name(SimLayout layout);  // "goto26", ...
int sim_obs_find(const char *name);          // the layout or -1
// True for layouts with one row per team, false for one row per drone.
bool sim_obs_per_team(SimLayout layout);
// True for our layouts of one drone, which see a goal (sim_obs_goal) instead of an ask.
bool sim_obs_has_goal(SimLayout layout);
// One line that tells what the columns are, for `hcsp info`.
const char *sim_obs_columns(SimLayout layout);

// One column of a layout: value * scale + offset is the quantity in its units. NaN where that is no
// straight line; `form` tells, and what else was done to it ("clipped to +-3"), or is "".
typedef struct SimObsColumn {
  char name[48];  // "ball_pos_x", "their_setter_vel_z", unique in the layout
  const char *units;
  double scale, offset;
  const char *form;
} SimObsColumn;
void sim_obs_column(SimObsColumn *out, SimLayout layout, int column);
int sim_obs_columns_listed(SimLayout layout);  // sim_obs_size, unless a list is wrong

// What a drone was asked to do, team frame, as an observation carries it.
typedef struct SimAsk {
  double point[3];  // m: way-point of goto26, landing point of serve37
  bool my_turn;     // (1,0) = my turn
  bool side[2];     // side one-hot of side36: pass expects (opponent attacks its left, right) =
                    // (1,0), (0,1); attack aims at left (0,1), right (1,0); (0,0) = never asked
} SimAsk;

// One row of a per-drone layout (goto26, ball34, side36, serve37) for drone of view.
void sim_obs_drone(float *out, SimLayout layout, const SimView *view, int drone, const SimAsk *ask);

// One row of hover27 or strike43 for drone of view: the drone's motion in its own axes, then what
// is still to do to reach the goal's point, or to strike the ball so that it passes the goal. All
// columns are of order 1 (sim/README.md 6.2).
void sim_obs_goal(float *out, SimLayout layout, const SimView *view, int drone,
                  const SimGoal *goal);

// A row of hover27 or strike43 becomes what it would be on a court mirrored at y = 0 (left is
// right; the drone is symmetric); rotor commands become those that do the same there by
// sim_command_reflect (sim/obs_row.h). In place.
void sim_obs_reflect(float *row, SimLayout layout);

// flat57 for drone: what a policy that flies a drone without skill or strategy sees; flags are
// normally ref->flags. The side to move is (1,0) while the ball is over the drone's own half.
// Source: sim/README.md 9, with our drone order and flags that are fresh.
void sim_obs_flat(float out[57], const SimView *view, const SimFlags *flags, int drone);
// Where a drone of flat57 belongs, m, team frame.
const double *sim_obs_anchor(SimRole role);

// strategy100 for team; flags are normally ref->stale.
void sim_obs_strategy(float out[100], const SimView *view, const SimFlags *flags, SimTeam team);

#endif  // SIM_OBS_H_
