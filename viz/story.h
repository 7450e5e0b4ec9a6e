// What happened in a rally, in the words of the sport: each touch is a serve, a reception, a dig, a
// set or an attack, and the one that decided the rally an ace, a kill or an error.
#ifndef VIZ_STORY_H_
#define VIZ_STORY_H_

#include "sim/record/rally.h"
#include "viz/source.h"

typedef enum VizDeed {
  VIZ_SERVE,
  VIZ_ACE,  // a serve that wins the rally: untouched, or not brought under control by one touch
  VIZ_RECEPTION,
  VIZ_DIG,  // the first touch of a ball that came over in play
  VIZ_SET,
  VIZ_ATTACK,
  VIZ_KILL,     // an attack that wins the rally: untouched, or not brought under control
  VIZ_BLOCKED,  // an attack that came straight back from the net and down in the own court
  VIZ_BLOCK,    // what sent it back
  VIZ_OUT,      // the touch that sent the ball out and so lost the rally
  VIZ_INTO_NET,
  VIZ_DEEDS,
} VizDeed;

const char *viz_deed_name(VizDeed deed);  // "serve", "ace", ...

typedef struct VizAct {
  int frame, drone;
  VizDeed deed;
  PolSlot skill;      // that the drone was flying; POL_SLOTS when that is not known
  double place[2];    // m, where the ball was,
  double landing[2];  //   and where it would come down
} VizAct;

typedef struct VizStory {
  int n;
  VizAct act[VIZ_TOUCHES_MAX];
  SimTeam server;
  SimWinner winner;  // SIM_PLAYING: not over, or its end is not to be told
  SimEventKind reason;
} VizStory;

// Of the selected rally as far as it has come; ending: its end may be told.
void viz_story(VizStory *story, const VizSource *source, bool ending);
// Of a rally of a log, from its tables alone.
void viz_story_of_log(VizStory *story, const SimRally *rally, const SimLogInfo *info);

#endif  // VIZ_STORY_H_
