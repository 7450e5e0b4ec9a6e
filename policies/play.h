// Two teams play a batch of matches. Each control step: strategies decide where an event happened,
// every drone's skill and goal follow, networks run grouped by file over all matches, the batch
// steps. The same bits at any number of threads and wherever a match sits.
#ifndef POLICIES_PLAY_H_
#define POLICIES_PLAY_H_

#include "kernels/ops.h"
#include "policies/nonfinite.h"
#include "policies/team.h"
#include "sim/batch.h"

typedef struct PolPlay PolPlay;

enum { POL_FLAT_SLOT = 255 };  // of a drone that a flat policy flies

// What drove one match through its last step, for logs, viewers and learning. Court frame.
typedef struct PolDrive {
  float action[SIM_DRONES][SIM_ROTORS];  // as given, before the plant clips
  uint8_t slot[SIM_DRONES];              // PolSlot, or POL_FLAT_SLOT
  float goal[SIM_DRONES][3];             // m, court frame; NaN for a flat policy
  float flight[SIM_DRONES];              // s or NaN
  float apex[SIM_DRONES];                // m or NaN
  float strike_z[SIM_DRONES];            // m or NaN
  int decisions;                         // none for flat policies
  PolDecision decision[SIM_TEAMS];       // made from the state before the step
} PolDrive;

// What one drone is asked to do.
typedef struct PolAsk {
  PolSlot slot;
  SimGoal goal;      // team frame
  bool sample;       // rotor commands are drawn from the network's distribution, not its mean
  bool auto_height;  // goal.strike_z is chosen when this begins and kept while it lasts (dig.h)
  bool mirrored;     // its network sees, and commands, the court mirrored at y = 0
} PolAsk;

// Says what a drone does in the coming step, where no strategy is to decide. Called for every
// present drone of a match, for several matches at once from several threads.
typedef void PolScriptFn(PolAsk *ask, void *arg, int match, const SimState *state, int drone);

// Lets somebody besides the strategies decide for a side of a match. Asked at the start of a rally
// and before each later step in which the side's strategy does not decide itself: decision->legal
// says what may be chosen from state. True: the options that it leaves in decision->option
// (POL_NOT_ASKED: as before) are in force from this step on; those that are not legal are not
// taken. Called for several matches at once from several threads.
typedef bool PolChooseFn(void *arg, int match, const SimState *state, PolDecision *decision);

// Who serves every rally.
typedef enum PolServer { POL_SERVER_DRAWN, POL_SERVER_NEAR, POL_SERVER_FAR } PolServer;

typedef struct PolPlayOptions {
  int matches, threads;
  uint64_t seed;
  const SimRules *rules;
  PolServer server;     // by default as the rally's number draws it
  PolScriptFn *script;  // NULL: the teams' strategies and the serve phase
  void *script_arg;
  PolChooseFn *choose;  // NULL: strategies alone
  void *choose_arg;
  const PolTeam *guest;  // a third team, for pol_play_seat_guest; NULL: none
  // Borrowed; NULL, or where networks run beside the processor: half of the matches is then driven
  // and steps while the other half is thought about. Commands agree with the processor's to
  // rounding.
  KrnDevice *device;
  int decide_every;  // control steps between decisions besides those at events; 0: those alone
} PolPlayOptions;

// The teams and the model stay the caller's. NULL and err when they do not fit.
PolPlay *pol_play_create(const PolPlayOptions *options, const SimModel *model, const PolTeam *near,
                         const PolTeam *far, SimError *err);
// Warns of the outputs that were not finite, unless they have been taken.
void pol_play_destroy(PolPlay *play);
// Adds those of all steps so far to `to` and forgets them.
void pol_play_take_nonfinite(PolNonfinite *to, PolPlay *play);

// Starts rally[i] in match ids[i].
void pol_play_reset(PolPlay *play, const int *ids, int nid, const uint32_t *rally);
// Who decides for side in the rally that match plays, instead of the member of its team's mixture
// that the reset drew; between steps. The strategy stays the caller's and must fit the team's
// table; a flat team takes flat policies alone. Files are told apart by their hash, or by where
// they lie when they have none; no more than POL_PLAY_FLATS of them are flat.
enum { POL_PLAY_FLATS = 2 * POL_MIXTURE_MAX };
void pol_play_set_strategy(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy);
// The guest team plays side in the rally of match, from the first step on, and strategy decides for
// it. As with strategies, who sits where is the caller's to say after a reset or a load.
void pol_play_seat_guest(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy);
// Nobody decides for side: the caller commands its drones, which hold what they were last
// commanded. strategy, a flat policy, is what they are called by. To be said after each reset and
// load.
void pol_play_seat_caller(PolPlay *play, int match, SimTeam side, const PolStrategy *strategy);
void pol_play_command(PolPlay *play, int match, int drone, const float action[SIM_ROTORS]);
// In the rest of the rally side's passer waits at the option `wait` whatever its strategy says; -1:
// it is free. A handicap.
void pol_play_hold_passer(PolPlay *play, int match, SimTeam side, int wait);
// Whether the strategy of side decides in the coming step, and if so from what: see
// pol_strategy_prepare.
bool pol_play_asks(PolDecision *decision, const PolPlay *play, int match, SimTeam side);
// Weights of networks have changed since they first played; without a device this is known anyway.
SimStatus pol_play_refresh(PolPlay *play, SimError *err);
// One control step of the listed matches, none of which may be over. SIM_FAIL when the physics or
// the device fails.
SimStatus pol_play_step(PolPlay *play, const int *ids, int nid, SimError *err);

const SimState *pol_play_state(const PolPlay *play, int match);
const PolDrive *pol_play_drive(const PolPlay *play, int match);  // of the last step

// What a drone did in the last step.
typedef struct PolAct {
  PolSlot slot;
  SimGoal goal;         // team frame
  bool mirrored;        // its network saw the court mirrored at y = 0
  const float *obs;     // what its network saw,
  const float *action;  //   the command that it drew, for the court that it saw,
  float log_prob;       //   and the log-probability of that; defined where it drew
} PolAct;
// False when it held its command of the step before, or a controller without network drove it.
bool pol_play_act(PolAct *act, const PolPlay *play, int match, int drone);
// The option table of side.
const PolOptions *pol_play_options(const PolPlay *play, int match, SimTeam side);
const PolMemory *pol_play_held(const PolPlay *play, int match, SimTeam side);
// The row that the network that decides for side would see now.
void pol_play_observe(float out[SIM_OBS_MAX], const PolPlay *play, int match, SimTeam side);
SimBatch *pol_play_batch(const PolPlay *play);

// What somebody else needs, besides the match of the batch, to let a match go on until one of its
// strategies is to decide; and what comes back. Numbers of teams: near, far, the guest.
typedef struct PolLent {
  PolPlan plan[SIM_TEAMS];
  int team[SIM_TEAMS];
  PolSlot slot[SIM_DRONES];
  int wait[SIM_DRONES];  // control steps until the skill acts again
  float command[SIM_DRONES][SIM_ROTORS];
} PolLent;
// Whether what the drones of match do between decisions follows from plans alone: no flat policy,
// caller or script, and both tables are volley's.
bool pol_play_lends(const PolPlay *play, int match);
void pol_play_lend(PolLent *lent, const PolPlay *play, int match);
void pol_play_take_back(PolPlay *play, int match, const PolLent *lent);

// The row from which the network of a drone acted in the last step; NULL when its command was held
// or is of no network.
const float *pol_play_row(const PolPlay *play, int match, int drone);
// The standard normal numbers that were added, times its deviations, to what a sampling network
// wanted in the step that began at `step`.
void pol_play_noise(float noise[SIM_ROTORS], uint64_t seed, uint32_t rally, int step, int drone);

// One match as bytes, all of it but who plays: which strategies are seated is the caller's to say
// after loading. A match goes on from them with the same bits.
size_t pol_play_match_size(const PolPlay *play);
void pol_play_save(void *out, PolPlay *play, int match);
// SIM_BAD_INPUT when the bytes hold no possible state.
SimStatus pol_play_load(PolPlay *play, int match, const void *in, SimError *err);

#endif  // POLICIES_PLAY_H_
