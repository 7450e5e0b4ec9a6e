#include "viz/hud.h"

#include <assert.h>

#include "viz/overlay.h"

VizColor viz_hud_team(SimTeam team, float alpha) {
  const float *c = viz_team_color(team);
  return (VizColor){c[0], c[1], c[2], alpha};
}

void viz_hud_take(VizTaken *taken, VizRect rect) {
  assert(taken->n >= 0 && taken->n <= VIZ_TAKEN_MAX);
  if (taken->n < VIZ_TAKEN_MAX) {
    taken->rect[taken->n++] = rect;
  }
}

void viz_hud_build(VizHud *hud, const VizHudInput *in) {
  hud->n = hud->hots = 0;
  if (viz_source_frames(in->player->source) == 0) {
    return;
  }
  const VizFrame *frame = viz_source_frame(in->player->source, viz_player_frame(in->player));
  VizTaken taken = {.n = 0};
  VizBallMark ball;
  viz_hud_find_ball(&ball, hud, in);
  if (in->switches->hud) {
    viz_hud_score(hud, in, frame, &taken);
    viz_hud_timeline(hud, in, &taken);
  }
  viz_hud_messages(hud, in, &taken);
  viz_hud_ask(hud, in, &taken);
  if (in->switches->labels && in->switches->group_drones) {
    viz_hud_labels(hud, in, frame, &ball, &taken);
  }
  viz_hud_page(hud, in);
  viz_hud_choices(hud, in);
  if (in->switches->group_ball) {
    viz_hud_ball(hud, &ball, in->layout);
  }
  viz_hud_help(hud, in);
}
