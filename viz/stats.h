// The figures of a match as statisticians of volleyball keep them, summed over stories of rallies.
#ifndef VIZ_STATS_H_
#define VIZ_STATS_H_

#include "viz/story.h"

// Squares of a metre, with a metre around the court.
enum { VIZ_HEAT_X = 14, VIZ_HEAT_Y = 10 };

typedef struct VizTeamStats {
  int points;
  int serves, aces, serve_errors;  // errors: out, into the net
  int receptions, received;        // received: the team touched the ball again
  int digs;
  int attacks, kills, attack_errors, blocked;
  int blocks;
  int heat[VIZ_HEAT_X][VIZ_HEAT_Y];  // where its serves and attacks would land
} VizTeamStats;

typedef struct VizStats {
  int rallies;
  VizTeamStats team[SIM_TEAMS];
} VizStats;

void viz_stats_add(VizStats *stats, const VizStory *story);

#endif  // VIZ_STATS_H_
