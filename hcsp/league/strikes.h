// Watches matches for the strikes of skills that learn, fills their books (flights.h)
// and pays: before the touch for coming closer, at the touch what Stage I pays for the outcome
// against what was asked and for the state left behind (hcsp/tasks), afterwards for the point.
#ifndef HCSP_LEAGUE_STRIKES_H_
#define HCSP_LEAGUE_STRIKES_H_

#include "hcsp/league/flights.h"
#include "hcsp/tasks/tasks.h"
#include "policies/play.h"

enum { HCSP_STRIKE_SKILLS_MAX = 4 };

typedef struct HcspStrikeSkill {
  PolSlot slot;
  HcspFlights *flights;           // rows: matches x teams
  const HcspSkillConfig *config;  // of its Stage I task: what is paid
  const PolNet *critic;           // of the hover, NULL: the state left behind is worth nothing
  double result;                  // what a won point pays to the strikes of its last possession
  int batch;                      // settled samples that make it ready
} HcspStrikeSkill;

// Sums since the last clear; of flights that ended.
typedef struct HcspStrikeCount {
  double flights, struck, lost, good, miss, velocity_error, reward, length, wins, losses;
} HcspStrikeCount;

typedef struct HcspStrikes HcspStrikes;

// n skills of different slots; nothing of them is copied but the list. NULL and err without memory.
HcspStrikes *hcsp_strikes_create(const HcspStrikeSkill *skill, int n, int matches, SimError *err);
void hcsp_strikes_destroy(HcspStrikes *strikes);  // NULL is fine

// After a control step of match, for a side that learns with `team`: what each of its drones did,
// and whether a network commanded it anew (pol_play_act).
void hcsp_strikes_step(HcspStrikes *strikes, const SimState *state, const PolAct act[SIM_ROLES],
                       const bool acted[SIM_ROLES], int match, SimTeam side, const PolTeam *team);
// The rally is over with result 1 (won), -1 or 0 for side.
void hcsp_strikes_finish(HcspStrikes *strikes, const SimState *state, int match, SimTeam side,
                         int result);
// Some skill has its batch.
bool hcsp_strikes_ready(const HcspStrikes *strikes);

const HcspStrikeCount *hcsp_strikes_count(const HcspStrikes *strikes, int skill);
void hcsp_strikes_clear(HcspStrikes *strikes);

// Counts and flights in progress as bytes, without the books.
size_t hcsp_strikes_size(const HcspStrikes *strikes);
void hcsp_strikes_save(void *out, const HcspStrikes *strikes);
void hcsp_strikes_load(HcspStrikes *strikes, const void *in);

// Where a drone of that role hovers after its strike.
SimGoal hcsp_strikes_hover(const PolOptions *table, SimRole role);

#endif  // HCSP_LEAGUE_STRIKES_H_
