// A team's plan, made from what its heads have chosen: who strikes next and how, who follows, and
// where everybody else is meanwhile. A strategy chooses *what*, the plan assigns *who*; between
// decisions it turns the clock into what each drone is to do.
//
// Downwash is what kills diggers (policies/README.md 3.6), so the plan keeps the air above them
// free: while a ball comes, the others fly past the column in which the digger will be and wait low
// and aside of it, and rise when it has had time to recover.
#ifndef POLICIES_VOLLEY_PLAN_H_
#define POLICIES_VOLLEY_PLAN_H_

#include "policies/volley/candidate.h"
#include "policies/volley/task.h"

// True when the head decides something now. held: the plan in force, zero before the first
// decision.
//   serve   before the own serve
//   shape   at every event at which the team defends
//   first   at an opponents' touch that sends the ball over, or at its crossing when no first touch
//           was on its way: a crossing does not stop a strike that runs
//   second, third   at the own touch before
bool pol_volley_asked(PolVolleyHead head, const PolPlan *plan, const SimState *state, SimTeam team);
// Legal options of all heads, one bit each; a head that is not asked has the bit of what it holds.
void pol_volley_legal(uint32_t legal[POL_HEADS_MAX], const PolOptions *options,
                      const uint8_t held[POL_HEADS_MAX], const PolPlan *plan, const SimState *state,
                      SimTeam team);
// The plan after the events of state, from what the heads hold now.
void pol_plan_update(PolPlan *plan, const PolOptions *options, const uint8_t held[POL_HEADS_MAX],
                     const SimState *state, SimTeam team);
// What drone (0 to 5) does.
void pol_plan_task(PolTask *task, const PolPlan *plan, const SimState *state, int drone);
// Where a drone of its team's frame that has just struck recovers, m.
void pol_plan_rest(double rest[3], const double pos[3], const double vel[3], PolSlot slot);
// Which of a shape's places each drone takes: the least sum of squared ways.
void pol_assign_places(double out[SIM_ROLES][3], const double place[SIM_ROLES][3],
                       const PolSide *side);

#endif  // POLICIES_VOLLEY_PLAN_H_
