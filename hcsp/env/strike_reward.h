// Watches matches for the strikes of skills that learn, fills their books (flights.h)
// and pays: before the touch for coming closer, at the touch what Stage I pays for the outcome
// against what was asked and for the state left behind (hcsp/tasks), afterwards for the point.
#ifndef HCSP_ENV_STRIKE_REWARD_H_
#define HCSP_ENV_STRIKE_REWARD_H_

#include "hcsp/env/tasks/strike.h"
#include "hcsp/learn/strike_trajectory.h"
#include "policies/play.h"

enum { ENV_STRIKE_SKILLS_MAX = 4 };

typedef struct EnvStrikeSkill {
  PolSlot slot;
  StrikeTrajectory *flights;  // rows: matches x teams
  const TaskConfig *config;   // of its Stage I task: what is paid
  const PolNet *critic;       // of the hover, NULL: the state left behind is worth nothing
  double result;              // what a won point pays to the strikes of its last possession
  int batch;                  // settled samples that make it ready
} EnvStrikeSkill;

// Sums since the last clear; of flights that ended.
typedef struct EnvStrikeCount {
  double flights, struck, lost, good, miss, velocity_error, reward, length, wins, losses;
} EnvStrikeCount;

typedef struct EnvStrikes EnvStrikes;

// n skills of different slots; nothing of them is copied but the list. NULL and err without memory.
EnvStrikes *env_strikes_create(const EnvStrikeSkill *skill, int n, int matches, SimError *err);
void env_strikes_destroy(EnvStrikes *strikes);  // NULL is fine

// After a control step of match, for a side that learns with `team`: what each of its drones did,
// and whether a network commanded it anew (pol_play_act).
void env_strikes_step(EnvStrikes *strikes, const SimState *state, const PolAct act[SIM_ROLES],
                      const bool acted[SIM_ROLES], int match, SimTeam side, const PolTeam *team);
// The rally is over with result 1 (won), -1 or 0 for side.
void env_strikes_finish(EnvStrikes *strikes, const SimState *state, int match, SimTeam side,
                        int result);
// Some skill has its batch.
bool env_strikes_ready(const EnvStrikes *strikes);

const EnvStrikeCount *env_strikes_count(const EnvStrikes *strikes, int skill);
void env_strikes_clear(EnvStrikes *strikes);

// Counts and flights in progress as bytes, without the books.
size_t env_strikes_size(const EnvStrikes *strikes);
void env_strikes_save(void *out, const EnvStrikes *strikes);
void env_strikes_load(EnvStrikes *strikes, const void *in);

// Where a drone of that role hovers after its strike.
SimGoal env_strikes_hover(const PolOptions *table, SimRole role);

#endif  // HCSP_ENV_STRIKE_REWARD_H_
