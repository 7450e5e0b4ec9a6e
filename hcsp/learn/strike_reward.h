// Watches matches for the strikes of skills that learn, fills their books (trajectory.h)
// and pays: before the touch for coming closer, at the touch what Stage I pays for the outcome
// against what was asked and for the state left behind (hcsp/env/tasks), afterwards for the point.
#ifndef HCSP_LEARN_STRIKE_REWARD_H_
#define HCSP_LEARN_STRIKE_REWARD_H_

#include "hcsp/env/tasks/strike.h"
#include "hcsp/learn/trajectory.h"
#include "policies/play.h"

enum { LEARN_STRIKE_SKILLS_MAX = 4 };

typedef struct LearnStrikeSkill {
  PolSlot slot;
  Trajectory *flights;       // rows: matches x teams
  const TaskConfig *config;  // of its Stage I task: what is paid
  const PolNet *critic;      // of the hover, NULL: the state left behind is worth nothing
  double result;             // what a won point pays to the strikes of its last possession
  int batch;                 // settled samples that make it ready
} LearnStrikeSkill;

// Sums since the last clear; of flights that ended.
typedef struct LearnStrikeCount {
  double flights, struck, lost, good, miss, velocity_error, reward, length, wins, losses;
} LearnStrikeCount;

typedef struct LearnStrikes LearnStrikes;

// n skills of different slots; nothing of them is copied but the list.
LearnStrikes *learn_strikes_create(const LearnStrikeSkill *skill, int n, int matches);
void learn_strikes_destroy(LearnStrikes *strikes);  // NULL is fine

// After a control step of match, for a side that learns with `team`: what each of its drones did,
// and whether a network commanded it anew (pol_play_act).
void learn_strikes_step(LearnStrikes *strikes, const SimState *state, const PolAct act[SIM_ROLES],
                        const bool acted[SIM_ROLES], int match, SimTeam side, const PolTeam *team);
// The rally is over with result 1 (won), -1 or 0 for side.
void learn_strikes_finish(LearnStrikes *strikes, const SimState *state, int match, SimTeam side,
                          int result);
// Some skill has its batch.
bool learn_strikes_ready(const LearnStrikes *strikes);

const LearnStrikeCount *learn_strikes_count(const LearnStrikes *strikes, int skill);
void learn_strikes_clear(LearnStrikes *strikes);

// Counts and flights in progress as bytes, without the books.
size_t learn_strikes_size(const LearnStrikes *strikes);
void learn_strikes_save(void *out, const LearnStrikes *strikes);
void learn_strikes_load(LearnStrikes *strikes, const void *in);

// Where a drone hovers after a strike with that skill, behind which it is at pos with vel; team
// frame.
SimGoal learn_strikes_hover(const PolOptions *table, PolSlot slot, const double pos[3],
                            const double vel[3]);

#endif  // HCSP_LEARN_STRIKE_REWARD_H_
