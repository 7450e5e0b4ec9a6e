#include "viz/standing.h"

#include <assert.h>
#include <string.h>

static void add(VizStanding *standing, SimWinner winner, int points) {
  if (standing->decided) {
    memset(standing->score, 0, sizeof standing->score);
    standing->decided = false;
  }
  if (winner != SIM_WIN_NEAR && winner != SIM_WIN_FAR) {
    return;
  }
  const SimTeam team = winner == SIM_WIN_NEAR ? SIM_NEAR : SIM_FAR;
  assert(standing->score[team] >= 0 && !standing->decided);
  const int own = ++standing->score[team], other = standing->score[!team];
  if (points > 0 && own >= points && own >= other + 2) {
    standing->decided = true;
    standing->winner = team;
    standing->sets[team]++;
  }
}

void viz_standing(VizStanding *standing, const VizPlayer *player, int points) {
  VizSource *source = player->source;
  *standing = (VizStanding){.decided = false};
  for (int i = 0; i < viz_source_rally(source); i++) {
    add(standing, viz_source_winner(source, i), points);
  }
  if (viz_player_knows_end(player)) {
    const int last = viz_source_frames(source) - 1;
    add(standing, viz_source_frame(source, last)->state.referee.winner, points);
  } else if (standing->decided) {
    add(standing, SIM_DRAW, points);  // the next set has begun
  }
}
