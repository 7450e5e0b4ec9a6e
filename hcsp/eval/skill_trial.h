// The situations in which the eleven skills are measured: who is on the court, from where each
// drone and the ball start, who does what, and what the skill under test is asked for. A trial is
// one drawn start. Sources: hcsp/README.md 4.6 (published start ranges, upstream drones), 8.1
// (targets).
#ifndef HCSP_EVAL_SKILL_TRIAL_H_
#define HCSP_EVAL_SKILL_TRIAL_H_

#include "policies/options.h"
#include "policies/play.h"

// What one drone does in a trial: it waits at a point until the drone `cue` has touched the ball,
// strikes, and hovers after its own touch or once the ball is down.
typedef struct EvalPart {
  PolSlot strike;    // POL_SLOTS: it only waits
  int cue;           // drone, or -1: strikes at once
  bool auto_height;  // the strike's height is chosen as matches choose it (policies/dig.h)
  SimGoal wait, goal, rest;
} EvalPart;

typedef struct EvalTrial {
  PolSlot slot;  // the skill under test
  int drone;     // who flies it, always one of the near team
  int upstream;  // the drone whose touch makes the trial count, -1: it always counts
  SimTeam server;
  EvalPart part[SIM_DRONES];  // of the drones in start.roster
  SimView start;
} EvalTrial;

// Where a map asks for something else than the usual situation; all in metres and seconds.
typedef struct EvalCell {
  double point[3], flight;  // serve, set, attack: goal of the strike. Receive, pass: where the
                            // incoming ball would land, and its time of flight until then
  double wait[3];           // receive, pass: where the passer hovers before
} EvalCell;

typedef struct EvalTrialOptions {
  PolSlot slot;
  const PolOptions *goals;  // table that the goals and way-points are taken from
  bool match_targets;       // serve: targets as matches draw them, instead of the wide ones
  bool wide;                // goto: starts anywhere, fast and tilted, instead of the published ones
} EvalTrialOptions;

// The drones of the situation, as a roster. With cells a dig has the front row above it, where it
// stands while the opponents have the ball, and no opponents: its ball comes on an exact parabola.
unsigned eval_trial_roster(PolSlot slot, bool cells);
// Draws number `number` of seed. cell NULL: the usual situation.
void eval_trial_draw(EvalTrial *trial, const EvalTrialOptions *options, const EvalCell *cell,
                     uint64_t seed, uint32_t number);
// What a drone of the trial is to do now.
void eval_trial_ask(PolAsk *ask, const EvalTrial *trial, const SimState *state, int drone);
// True once the drone has touched the ball with its racket.
bool eval_trial_touched(const SimState *state, int drone);

// A drone that hovers at a point of its team's frame.
void eval_place_hovering(SimView *view, int drone, const double point[3]);
// The first option of a head that is flown by a skill, NULL: there is none.
const PolOption *eval_first_option(const PolOptions *table, PolHead head, PolSlot slot);
// The hover that follows a strike.
PolSlot eval_hover_of(PolSlot strike);
// An option table serves as goals when it asks for everything that is measured.
SimStatus eval_trial_check_goals(const PolOptions *goals, SimError *err);

#endif  // HCSP_EVAL_SKILL_TRIAL_H_
