#include "viz/stats.h"

#include <assert.h>
#include <math.h>

static void add_landing(VizTeamStats *team, const double landing[2]) {
  const double x = floor(landing[0]) + VIZ_HEAT_X / 2, y = floor(landing[1]) + VIZ_HEAT_Y / 2;
  if (x >= 0 && x < VIZ_HEAT_X && y >= 0 && y < VIZ_HEAT_Y) {
    team->heat[(int)x][(int)y]++;
  }
}

static bool touched_again(const VizStory *story, int i) {
  assert(i >= 0 && i < story->n);
  return i + 1 < story->n && sim_team(story->act[i + 1].drone) == sim_team(story->act[i].drone);
}

// what the touch was before it turned out an error
static bool was_attack(const VizStory *story, int i) {
  const VizAct *act = &story->act[i];
  return act->skill == POL_ATTACK ||
         (i >= 2 && touched_again(story, i - 1) && touched_again(story, i - 2));
}

static void add_act(VizTeamStats *team, const VizStory *story, int i) {
  const VizAct *act = &story->act[i];
  const bool error = act->deed == VIZ_OUT || act->deed == VIZ_INTO_NET;
  const bool serve = i == 0;
  const bool attack = !serve && (was_attack(story, i) || act->deed == VIZ_ATTACK ||
                                 act->deed == VIZ_KILL || act->deed == VIZ_BLOCKED);
  team->serves += serve;
  team->aces += act->deed == VIZ_ACE;
  team->serve_errors += serve && error;
  team->attacks += attack;
  team->kills += act->deed == VIZ_KILL;
  team->attack_errors += attack && error;
  team->blocked += act->deed == VIZ_BLOCKED;
  team->blocks += act->deed == VIZ_BLOCK;
  team->digs += act->deed == VIZ_DIG;
  if (i == 1 && sim_team(act->drone) != sim_team(story->act[0].drone)) {
    team->receptions++;
    team->received += touched_again(story, i);
  }
  if (serve || attack) {
    add_landing(team, act->landing);
  }
}

void viz_stats_add(VizStats *stats, const VizStory *story) {
  stats->rallies++;
  stats->team[SIM_NEAR].points += story->winner == SIM_WIN_NEAR;
  stats->team[SIM_FAR].points += story->winner == SIM_WIN_FAR;
  for (int i = 0; i < story->n; i++) {
    add_act(&stats->team[sim_team(story->act[i].drone)], story, i);
  }
}
