// One rally as the viewer holds it: every state from the reset on, with what drove the drones
// there. A producer (physics thread or log) appends, the window reads; a frame never changes once
// it is counted, so that reading needs no lock, and showing frame i after any jump shows the same
// bits as playing up to it.
#ifndef VIZ_RALLY_H_
#define VIZ_RALLY_H_

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "policies/strategy.h"
#include "sim/world.h"

enum { VIZ_KEYS_CHOICES = 9 };  // options that number keys choose from at once
#define VIZ_PERSON "person"     // who decides instead of a strategy, also in logs
enum { VIZ_NO_SKILL = 254, VIZ_NO_OPTION = POL_NOT_ASKED };

// One way to take a touch in a table of touches (policies/volley/candidate.h).
typedef struct VizCandidate {
  int drone;        // 0 to 2 of its team, -1: no candidate
  bool legal;       // within reach
  double effort;    // m/s2
  double point[3];  // m, court frame: where its ball is to go
} VizCandidate;
typedef struct VizCandidates {
  int head;                          // of the touch that is next, -1: none, or a table of roles
  VizCandidate of[POL_OPTIONS_MAX];  // by option
} VizCandidates;

// A decision of a team's strategy, for people: what was chosen and how likely each option was.
typedef struct VizChoice {
  int step;                       // of the state that it was made from
  char strategy[POL_NAME_MAX];    // who decided; "" when that is not known
  uint8_t option[POL_HEADS_MAX];  // POL_NOT_ASKED where a head was not asked
  bool rules;                     // a rule strategy's
  bool known;                     // what follows is; rule strategies have no probabilities
  uint32_t legal[POL_HEADS_MAX];  // bits
  float p[POL_HEADS_MAX][POL_OPTIONS_MAX];  // 0 for illegal options
  VizCandidates candidates;                 // of the team, at the same moment
} VizChoice;
enum { VIZ_CHOICES_MAX = 512, VIZ_NO_CHOICE = -1 };  // a rally has a few dozen

// The state after some step and what drove the step to it; frame 0, the reset, was driven by
// nothing (skills are VIZ_NO_SKILL, goals NaN). Court frame.
typedef struct VizFrame {
  SimState state;
  float action[SIM_DRONES][SIM_ROTORS];      // rotor commands as given
  uint8_t skill[SIM_DRONES];                 // index into VizInfo.skill, or SIM_SKILL_FLAT
  float goal[SIM_DRONES][3];                 // m, or NaN
  float flight[SIM_DRONES];                  // s, or NaN
  uint8_t option[SIM_TEAMS][POL_HEADS_MAX];  // options in force, VIZ_NO_OPTION where none
  int16_t choice[SIM_TEAMS];                 // the last decision, in VizRally.choice, or none
  float reward;                              // paid so far, NaN where nothing is
  bool perturbed;                            // somebody has pulled at a body since the reset
} VizFrame;

// A touch of the ball by a drone, legal or not.
typedef struct VizTouch {
  int frame, drone;
} VizTouch;
enum { VIZ_TOUCHES_MAX = 256 };  // later ones are forgotten

typedef struct VizRally {
  int number;          // in the run
  int capacity;        // frames that fit
  VizFrame *frame;     // [capacity]
  int row_size;        // numbers of an exact state
  double *row;         // [capacity][row_size] exact states, NULL when the frames are not replayable
  atomic_int count;    // frames that are there
  atomic_int touches;  // of the frames that are there
  VizTouch touch[VIZ_TOUCHES_MAX];
  int choices;        // of the frames that are there and of the one that is being made
  VizChoice *choice;  // [VIZ_CHOICES_MAX]
  char warning[256];  // one sentence for people, or ""
  char ending[256];   // how it ended, for people; "": as the referee says
} VizRally;

// NULL when memory ends; row_size 0: without exact states.
VizRally *viz_rally_create(int number, int capacity, int row_size);
void viz_rally_destroy(VizRally *rally);  // NULL is fine

// An empty frame at the end, to be filled and then counted with viz_rally_count.
VizFrame *viz_rally_next(VizRally *rally, double **row);
void viz_rally_counted(VizRally *rally);

// Notes a decision of team for the frame that is being made; those beyond VIZ_CHOICES_MAX are
// forgotten.
void viz_rally_choose(VizRally *rally, VizFrame *frame, SimTeam team, const VizChoice *choice);

int viz_rally_frames(const VizRally *rally);
int viz_rally_touches(const VizRally *rally);
// Whether the last frame is the end of the rally.
bool viz_rally_over(const VizRally *rally);

// Fills what a frame without drive holds.
void viz_frame_clear(VizFrame *frame);

#endif  // VIZ_RALLY_H_
