// The score as a match to so many points has it: a set is won by whoever has them first with two
// more than the others, and the next one begins at nothing.
#ifndef VIZ_STANDING_H_
#define VIZ_STANDING_H_

#include "viz/player.h"

typedef struct VizStanding {
  int score[SIM_TEAMS], sets[SIM_TEAMS];
  bool decided;    // the rally on the screen has ended a set; score is still that of it
  SimTeam winner;  // of that set
} VizStanding;

// points 0: rallies are counted, and no set ever ends. The rally on the screen counts once its end
// has been seen.
void viz_standing(VizStanding *standing, const VizPlayer *player, int points);

#endif  // VIZ_STANDING_H_
