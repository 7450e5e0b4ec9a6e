// What the kinds of sources build on: the common part of source.c, which knows none of them.
#ifndef VIZ_SOURCE_INTERNAL_H_
#define VIZ_SOURCE_INTERNAL_H_

#include <pthread.h>

#include "policies/play.h"
#include "policies/situation.h"
#include "sim/record/reader.h"
#include "viz/source.h"

enum { VIZ_KEPT = 3 };  // rallies that stay in memory

// What a kind of source does when it is asked for a rally that is not among those kept.
typedef struct VizSourceKind {
  SimStatus (*select)(VizSource *source, int rally, SimError *err);
  // what select wants for the rally of this number in its run
  int (*find)(VizSource *source, int64_t number, SimError *err);
  void (*close)(VizSource *source);  // NULL: nothing of its own
  // a rally's tables, and its result alone; NULL where there are none to read
  SimStatus (*read)(SimRally *out, SimLogInfo *info, VizSource *source, int rally, SimError *err);
  SimStatus (*look_up)(VizSource *source, int rally, SimError *err);
} VizSourceKind;

struct VizSource {
  const VizSourceKind *kind;
  const SimModel *model;
  VizInfo info;
  VizRally *shown;
  VizRally *kept[VIZ_KEPT];  // the last ones shown, newest first
  VizResult *result;         // of the rallies 0 .. results - 1; SIM_PLAYING = not known
  int results;

  // a log
  SimLog *log;
  PolOptions *options[SIM_TEAMS];  // when the team could not be loaded

  // both teams; of a log NULL where they are not here or not those that played
  PolTeam *team[SIM_TEAMS];

  // live play; the lock guards what follows and the appending to `live`
  PolPlay *play;
  VizRally *live;  // what the next step appends to; one of `kept`, or NULL
  SimState scratch;
  mjData *data;
  double *row;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_t thread;
  bool threaded, quit;
  double speed;
  VizPull pull;
  SimError failure;
  VizPractice practice;
  int person;                   // side that a person decides for, -1: none
  VizAsk ask;                   // of the newest state
  uint8_t pick[POL_HEADS_MAX];  // for the next step, POL_NOT_ASKED: none
  const VizLogKind *log_kind;
  void *written;  // the log of live play, or NULL
  int to_log;     // number of the rally that it takes next
  char log_note[200];
};

// choice.c: what a decision that was made from state looked like to the strategy of team that made
// it. team NULL: only what was chosen is known.
void viz__choice_fill(VizChoice *choice, const PolTeam *team, const PolDecision *decision,
                      const SimState *state);
// The same from what was chosen alone. memory is the team's, zero at the start of the rally; it is
// brought up to the decision.
void viz__choice_again(VizChoice *choice, PolMemory *memory, const PolTeam *team, SimTeam side,
                       const uint8_t option[POL_HEADS_MAX], const SimState *state);

// What the drones of side could do with the ball; options may be NULL.
void viz__candidates_find(VizCandidates *candidates, const PolOptions *options,
                          const SimState *state, SimTeam side);

VizSource *viz__source_create(const VizSourceKind *kind, const SimModel *model, SimError *err);
// Takes the names of the team's strategies over.
void viz__source_members(VizSource *source, SimTeam side, const PolTeam *team);
// Puts a rally in front of the kept ones, dropping the oldest, and shows it.
void viz__source_show(VizSource *source, VizRally *rally);
// Books the result of a rally. SIM_FAIL when memory ends.
SimStatus viz__source_result(VizSource *source, int rally, const VizResult *result, SimError *err);

#endif  // VIZ_SOURCE_INTERNAL_H_
