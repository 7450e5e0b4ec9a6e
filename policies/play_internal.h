// What the parts of play.h share: the matches and their networks (play.c), and networks that run on
// a device (play_beside.c).
#ifndef POLICIES_PLAY_INTERNAL_H_
#define POLICIES_PLAY_INTERNAL_H_

#include "policies/nonfinite.h"
#include "policies/play.h"
#include "policies/thinker.h"
#include "sim/base/pool.h"

enum {
  NO_GROUP = -1,
  CALLER = -2,        // in place of a group: the caller commands
  GUEST = SIM_TEAMS,  // a third team, which some matches seat
  TEAMS_MAX = SIM_TEAMS + 1,
  GROUPS_MAX = TEAMS_MAX * POL_SLOTS + POL_PLAY_FLATS,
  BLOCK = 8,
  HALVES = 2
};

// What published layouts carry of the held option: one step late (sim/README.md 6.3).
typedef struct Held {
  double way_point[3];
  bool my_turn, side[2];
} Held;

// What one drone is doing, kept across steps.
typedef struct Actor {
  PolSlot slot;
  SimGoal goal;   // team frame
  Held held;      // as of the step before
  bool mirrored;  // its network sees the court in the mirror
  bool sample;    // draws its commands from the distribution
  bool digs;      // is at a strike whose height was chosen when it began
  int wait;       // control steps until the skill acts again
  int group;      // whose row it asks for this step, or NO_GROUP
} Actor;

typedef struct Match {
  PolMemory memory[SIM_TEAMS];
  const PolStrategy *strategy[SIM_TEAMS];  // member of the mixture that plays this rally
  int team[SIM_TEAMS];                     // number of the team on each side
  int wait[SIM_TEAMS];                     // where its passer is held while it waits, -1: nowhere
  int flat_group[SIM_TEAMS];               // of its network, or NO_GROUP
  uint8_t chosen[SIM_TEAMS];  // 1 + the head that PolPlayOptions.choose chose in this turn, 0: none
  Actor actor[SIM_DRONES];
  PolDrive drive;
  float obs[SIM_DRONES][SIM_OBS_MAX];
  float command[SIM_DRONES][SIM_ROTORS];  // as the network gave it, for the court that it saw
  float log_prob[SIM_DRONES];             // of the commands drawn in this step
  int bad_commands;                       // of its state, counted so far
} Match;

// A network and who asks for it this step.
typedef struct Group {
  const PolFile *file;
  SimLayout layout;
  bool ctbr;        // its commands are collective thrust and body rates
  int rows, first;  // rows that ask in this step, and where they begin in PolPlay.row
} Group;

typedef struct Tile {
  int group, first, rows;
} Tile;

struct PolPlay {
  PolPlayOptions options;
  const SimModel *model;
  const PolTeam *team[TEAMS_MAX];  // near, far and the guest, or NULL
  SimBatch *batch;
  SimPool *pool;
  Match *match;                             // [matches]
  float (*action)[SIM_DRONES][SIM_ROTORS];  // [matches]
  int groups;
  Group group[GROUPS_MAX];
  int group_of[TEAMS_MAX][POL_SLOTS];
  int *row;  // [matches * SIM_DRONES]: match * SIM_DRONES + drone, group after group
  Tile *tile;
  float *scratch;  // [threads][scratch_size]
  int scratch_size;
  const int *ids;  // matches of the step in progress
  int nid;
  PolThinker *thinker;  // or NULL
  int beside, width;    // groups whose networks the thinker has, the first ones; floats of a row
  int *asked[HALVES];   // [matches * SIM_DRONES / 2]: whose rows it was asked for
  int nasked[HALVES];
  PolNonfinite nonfinite;  // that nobody has taken
};

// The network that a drone asks for in this step, or NO_GROUP.
int pol_play_group(const PolPlay *play, int match, int drone);
// The network of drone has given drive.action for the court that it saw; turns it to the real one.
void pol_play_take_command(Match *match, int drone);
// Drives the matches of play->ids and runs those of their networks that are the processor's.
void pol_play_drive_now(PolPlay *play);
// The batch takes the commands of the matches of play->ids.
SimStatus pol_play_step_batch(PolPlay *play, SimError *err);

// play_beside.c
SimStatus pol_play_make_thinker(PolPlay *play, SimError *err);
void pol_play_free_thinker(PolPlay *play);
SimStatus pol_play_step_in_halves(PolPlay *play, const int *ids, int nid, SimError *err);

#endif  // POLICIES_PLAY_INTERNAL_H_
