// What source.c (common part), source_log.c and source_live.c share.
#ifndef VIZ_SOURCE_INTERNAL_H_
#define VIZ_SOURCE_INTERNAL_H_

#include <pthread.h>

#include "policies/play.h"
#include "sim/record/reader.h"
#include "viz/source.h"

enum { VIZ_KEPT = 3 };  // rallies that stay in memory

struct VizSource {
  const SimModel *model;
  VizInfo info;
  VizRally *shown;
  VizRally *kept[VIZ_KEPT];  // the last ones shown, newest first
  SimWinner *winner;         // of the rallies 0 .. winners - 1; SIM_PLAYING = not known
  int winners;

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
};

// choice.c: what a decision that was made from state looked like to the strategy of team that made
// it. team NULL: only what was chosen is known.
void viz__choice_fill(VizChoice *choice, const PolTeam *team, const PolDecision *decision,
                      const SimState *state);
// The same from what was chosen alone. memory is the team's, zero at the start of the rally; it is
// brought up to the decision.
void viz__choice_again(VizChoice *choice, PolMemory *memory, const PolTeam *team, SimTeam side,
                       const uint8_t option[POL_HEADS], const SimState *state);

VizSource *viz__source_create(const SimModel *model, SimError *err);
// Puts a rally in front of the kept ones, dropping the oldest, and shows it.
void viz__source_show(VizSource *source, VizRally *rally);
// Books the result of a rally. SIM_FAIL when memory ends.
SimStatus viz__source_result(VizSource *source, int rally, SimWinner winner, SimError *err);

SimStatus viz__log_select(VizSource *source, int rally, SimError *err);
SimStatus viz__log_results(VizSource *source, int rallies, SimError *err);
void viz__log_close(VizSource *source);

SimStatus viz__live_select(VizSource *source, int rally, SimError *err);
void viz__live_close(VizSource *source);

#endif  // VIZ_SOURCE_INTERNAL_H_
