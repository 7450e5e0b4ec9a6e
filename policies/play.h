// Two teams play a batch of matches. Each control step: strategies decide where an event happened,
// every drone's skill and goal follow, networks run grouped by file over all matches, the batch
// steps. The same bits at any number of threads and wherever a match sits.
#ifndef POLICIES_PLAY_H_
#define POLICIES_PLAY_H_

#include "policies/team.h"
#include "sim/batch.h"

typedef struct PolPlay PolPlay;

// What drove one match through its last step, for logs and viewers. Court frame.
typedef struct PolDecision {
  SimTeam team;
  uint8_t option[POL_HEADS];  // POL_NOT_ASKED where a head was not asked
} PolDecision;
typedef struct PolDrive {
  float action[SIM_DRONES][SIM_ROTORS];  // as given, before the plant clips
  uint8_t slot[SIM_DRONES];              // PolSlot; 255 = flat policy
  float goal[SIM_DRONES][3];             // m, court frame
  float flight[SIM_DRONES];              // s or NaN
  int decisions;
  PolDecision decision[SIM_TEAMS];  // made from the state before the step
} PolDrive;

// What one drone is asked to do.
typedef struct PolAsk {
  PolSlot slot;
  SimGoal goal;  // team frame
  bool sample;   // rotor commands are drawn from the network's distribution, not its mean
} PolAsk;

// Says what a drone does in the coming step, where no strategy is to decide. Called for every
// present drone of a match, for several matches at once from several threads.
typedef void PolScriptFn(PolAsk *ask, void *arg, int match, const SimState *state, int drone);

// Who serves every rally.
typedef enum PolServer { POL_SERVER_DRAWN, POL_SERVER_NEAR, POL_SERVER_FAR } PolServer;

typedef struct PolPlayOptions {
  int matches, threads;
  uint64_t seed;
  const SimRules *rules;
  PolServer server;     // by default as the rally's number draws it
  PolScriptFn *script;  // NULL: the teams' strategies and the serve phase
  void *script_arg;
} PolPlayOptions;

// The teams and the model stay the caller's. NULL and err when they do not fit.
PolPlay *pol_play_create(const PolPlayOptions *options, const SimModel *model, const PolTeam *near,
                         const PolTeam *far, SimError *err);
void pol_play_destroy(PolPlay *play);

// Starts rally[i] in match ids[i].
void pol_play_reset(PolPlay *play, const int *ids, int nid, const uint32_t *rally);
// One control step of the listed matches, none of which may be over.
SimStatus pol_play_step(PolPlay *play, const int *ids, int nid, SimError *err);

const SimState *pol_play_state(const PolPlay *play, int match);
const PolDrive *pol_play_drive(const PolPlay *play, int match);  // of the last step
SimBatch *pol_play_batch(const PolPlay *play);

#endif  // POLICIES_PLAY_H_
