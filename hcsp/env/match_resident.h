// Matches that live on a GPU. Flight, contacts with the ball and the referee are its kernels'
// (hcsp/env/match_device.h), of the sources that the processor runs and with its bits. A match that
// is parked waits there until the caller has taken it, done with it what the device cannot, and
// given it back: a step by mj_step where drones are near each other, or the start of a rally.
//
// Everything is queued: env_match_resident_go, then whatever the caller likes, then
// env_match_resident_wait. Two of them, each with half of the matches, leave neither the device nor
// the processor idle. At first all matches are parked.
#ifndef HCSP_ENV_MATCH_RESIDENT_H_
#define HCSP_ENV_MATCH_RESIDENT_H_

#include "hcsp/env/match_device.h"
#include "kernels/ops.h"
#include "policies/play.h"
#include "sim/model.h"

typedef struct EnvMatchResident EnvMatchResident;

// Why matches of the model cannot live on the device; NULL: they can.
const char *env_match_resident_why_not(KrnDevice *device, const SimModel *model);
// n matches, of which at most `capacity` are on their way at once. Borrows the device. NULL and err
// without memory.
EnvMatchResident *env_match_resident_create(KrnDevice *device, const SimModel *model,
                                            const SimRules *rules, int n, int capacity,
                                            SimError *err);
void env_match_resident_destroy(EnvMatchResident *resident);  // NULL is fine

// Why the drones of a team cannot act on the device; NULL: they can, and do between decisions.
const char *env_match_resident_team_why_not(const PolTeam *team);
// Team number `number`, below ENV_MATCH_TEAMS, of EnvMatchWorld.team has these skills from the next
// go on, with the weights that they have now. Once a team is set, matches are parked where a
// strategy is to decide; all that play must be. The team stays the caller's. SIM_FAIL without
// memory.
SimStatus env_match_resident_set_team(EnvMatchResident *resident, int number, const PolTeam *team,
                                      SimError *err);
// Whether matches that stand so can go on there (env_match_why).
EnvMatchWhy env_match_resident_why(const EnvMatchResident *resident, const SimState *state);

// The matches of the last wait go back, each with the world and the `why` that the caller has left
// there; then come `steps` control steps, which start as a whole where the device records work, and
// then parked matches are fetched: those of the lowest numbers, and the others another time.
void env_match_resident_go(EnvMatchResident *resident, int steps);
// The same, and how all matches stood before the first step is kept.
void env_match_resident_try(EnvMatchResident *resident, int steps);
// All matches stand as they were kept in the last try and take so many steps, at most as many as
// there; then every match is parked. Nothing goes back: parked matches are as they were then.
void env_match_resident_again(EnvMatchResident *resident, int steps);
// The same as go with no step, and every match is parked.
void env_match_resident_call(EnvMatchResident *resident);
// The matches that have come, until the next go: slot[n]. What is in `all` is parked. SIM_FAIL when
// the device failed.
SimStatus env_match_resident_wait(EnvMatchResident *resident, EnvMatchRing **ring, SimError *err);
// What goes back with the next go, to be filled where nobody has waited since the last one:
// slot[n], n no more than the capacity.
EnvMatchRing *env_match_resident_ring(EnvMatchResident *resident);
// A match of play that it lends (pol_play_lend), as a world that has not moved; and a world back.
void env_match_resident_lend(EnvMatchWorld *world, const PolPlay *play, int match);
void env_match_resident_take_back(PolPlay *play, int match, const EnvMatchWorld *world);

// What the drones of match e are told from the next go on; command[n].
void env_match_resident_command(EnvMatchResident *resident,
                                const float (*command)[SIM_DRONES][SIM_ROTORS]);
// All worlds as they are there, parked or not: world[n]. Waits.
void env_match_resident_look(EnvMatchResident *resident, EnvMatchWorld *world);

#endif  // HCSP_ENV_MATCH_RESIDENT_H_
