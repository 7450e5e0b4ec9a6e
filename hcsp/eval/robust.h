// What a team or a skill stands: success in worlds that differ from the one it knows in one number,
// or in two of them at once.
#ifndef HCSP_EVAL_ROBUST_H_
#define HCSP_EVAL_ROBUST_H_

#include "hcsp/eval/skill.h"
#include "sim/plant.h"

typedef enum EvalRobustAxis {
  EVAL_ROBUST_MASS,         // of the drones and their inertia, times
  EVAL_ROBUST_THRUST,       // times
  EVAL_ROBUST_LAG,          // share of the gap that a rotor closes in a step, times
  EVAL_ROBUST_DELAY,        // ms from a state to the command that answers it
  EVAL_ROBUST_NOISE,        // times that of a motion capture system (robust.c)
  EVAL_ROBUST_RESTITUTION,  // of the drone's body
  EVAL_ROBUST_DRAG,         // of the ball, m/s2 at 10 m/s
  EVAL_ROBUST_WIND,         // m/s along the court, towards the far team
  EVAL_ROBUST_AXES,
} EvalRobustAxis;
enum { EVAL_ROBUST_LEVELS = 5 };

const char *eval_robust_name(EvalRobustAxis axis);              // "mass", ...
const char *eval_robust_unit(EvalRobustAxis axis);              // "x", "ms", ...
bool eval_robust_find(EvalRobustAxis *axis, const char *name);  // false: there is none
double eval_robust_value(EvalRobustAxis axis, int level);
// Changes world to a level of an axis.
void eval_robust_set(SimWorldFile *world, EvalRobustAxis axis, int level);

// Successes in one world. A skill's: as `hcsp eval skill` counts them. A team's, against itself:
// rallies with a whole attack, a legal touch of a team's passer, setter and attacker in this order.
typedef struct EvalRobustCell {
  int n, successes;
  double rate, low, high;  // Wilson 95 %
} EvalRobustCell;

typedef struct EvalRobustRun {
  EvalSkillRun skill;   // of a skill: its world is left out
  const PolTeam *team;  // or a team, which plays rallies; NULL: the skill
  const SimRules *rules;
  uint64_t seed;
  int n, threads;  // trials or rallies of each cell
} EvalRobustRun;

SimStatus eval_robust_measure(EvalRobustCell *cell, const EvalRobustRun *run,
                              const SimWorldFile *world, SimError *err);

#endif  // HCSP_EVAL_ROBUST_H_
