// The referee knows touches and faults, volleyball more: what a touch was follows from who touched
// before, from the skill that the drone flew and from how the rally ended.
#include "viz/story.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "viz/words.h"

// a ball that is back over the net within these steps was blocked, by a touch nearer to it than
// this
enum { BLOCK_STEPS = 40 };
#define BLOCK_REACH 1.5  // m

const char *viz_deed_name(VizDeed deed) {
  static const char *const NAME[VIZ_DEEDS] = {"serve", "ace",    "reception",   "dig",
                                              "set",   "attack", "kill",        "blocked",
                                              "block", "out",    "into the net"};
  assert(deed < VIZ_DEEDS);
  return NAME[deed];
}

static bool same_team(const VizAct *a, const VizAct *b) {
  return sim_team(a->drone) == sim_team(b->drone);
}

// touches of the possession up to and with act i
static int touch_of_possession(const VizStory *story, int i) {
  int n = 1;
  while (i > 0 && same_team(&story->act[i], &story->act[i - 1])) {
    n++;
    i--;
  }
  return n;
}

static VizDeed deed_of(const VizStory *story, int i) {
  const VizAct *act = &story->act[i];
  const int touch = touch_of_possession(story, i);
  if (i == 0) {
    return VIZ_SERVE;
  }
  if (act->skill == POL_ATTACK || touch >= 3) {
    return VIZ_ATTACK;
  }
  if (act->skill == POL_SET || touch == 2) {
    return VIZ_SET;
  }
  return i == 1 ? VIZ_RECEPTION : VIZ_DIG;
}

static bool is_won_by(const VizStory *story, SimTeam team) {
  return story->winner == (team == SIM_NEAR ? SIM_WIN_NEAR : SIM_WIN_FAR);
}

static bool is_ball_fault(SimEventKind reason) {
  return reason == SIM_EVENT_BALL_IN || reason == SIM_EVENT_BALL_OUT ||
         reason == SIM_EVENT_BALL_NET;
}

// an attack whose next touch, at the net and at once, sent the ball back
static bool is_blocked(const VizStory *story, int i) {
  const VizAct *act = &story->act[i], *next = act + 1;
  return i + 2 == story->n && !same_team(act, next) && next->frame - act->frame < BLOCK_STEPS &&
         fabs(next->place[0]) < BLOCK_REACH && is_won_by(story, sim_team(next->drone)) &&
         story->reason == SIM_EVENT_BALL_IN;
}

// what only the end tells of the last touches
static void tell_end(VizStory *story) {
  const int last = story->n - 1;
  if (last < 0 || !is_ball_fault(story->reason)) {
    return;
  }
  VizAct *act = &story->act[last];
  if (!is_won_by(story, sim_team(act->drone))) {
    // the one who touched last lost: perhaps because the touch before could not be kept up
    VizAct *before = last > 0 && !same_team(act, act - 1) ? act - 1 : NULL;
    act->deed = story->reason == SIM_EVENT_BALL_OUT   ? VIZ_OUT
                : story->reason == SIM_EVENT_BALL_NET ? VIZ_INTO_NET
                                                      : act->deed;
    if (before && (before->deed == VIZ_ATTACK || before->deed == VIZ_SERVE)) {
      before->deed = before->deed == VIZ_SERVE ? VIZ_ACE : VIZ_KILL;
    }
  } else if (last > 0 && is_blocked(story, last - 1)) {
    act->deed = VIZ_BLOCK;
    act[-1].deed = VIZ_BLOCKED;
  } else if (act->deed == VIZ_SERVE) {
    act->deed = VIZ_ACE;
  } else {
    act->deed = VIZ_KILL;
  }
}

static void tell(VizStory *story) {
  for (int i = 0; i < story->n; i++) {
    story->act[i].deed = deed_of(story, i);
  }
  tell_end(story);
}

static PolSlot skill_of(const char *name) {
  const int slot = pol_slot_find(name);
  return slot >= 0 ? (PolSlot)slot : POL_SLOTS;
}

static void add(VizStory *story, const VizSource *source, const VizTouch *touch) {
  const VizFrame *frame = viz_source_frame(source, touch->frame);
  const int last = viz_source_frames(source) - 1;
  const SimView *after =
      &viz_source_frame(source, touch->frame < last ? touch->frame + 1 : last)->state.view;
  VizAct *act = &story->act[story->n++];
  double time = 0;
  *act = (VizAct){.frame = touch->frame, .drone = touch->drone};
  act->skill = skill_of(viz_skill_name(viz_source_info(source), frame->skill[touch->drone]));
  memcpy(act->place, frame->state.view.ball_pos, sizeof act->place);
  if (!viz_landing(act->landing, &time, after, SIM_GROUND)) {
    memcpy(act->landing, act->place, sizeof act->landing);
  }
}

void viz_story(VizStory *story, const VizSource *source, bool ending) {
  story->n = 0;
  story->winner = SIM_PLAYING;
  story->reason = SIM_EVENT_KINDS;
  story->server = viz_source_frame(source, 0)->state.referee.server;
  for (int i = 0; i < viz_source_touches(source); i++) {
    add(story, source, viz_source_touch(source, i));
  }
  if (ending && viz_source_over(source)) {
    const VizFrame *end = viz_source_frame(source, viz_source_frames(source) - 1);
    story->winner = end->state.referee.winner;
    story->reason = end->state.referee.reason;
  }
  tell(story);
}

void viz_story_of_log(VizStory *story, const SimRally *rally, const SimLogInfo *info) {
  story->n = 0;
  story->server = rally->info.server;
  story->winner = rally->info.winner;
  story->reason = rally->info.reason;
  for (int i = 0; i < rally->n[SIM_ROWS_TOUCH] && story->n < VIZ_TOUCHES_MAX; i++) {
    const int drone = rally->touch_drone[i], step = rally->touch_step[i];
    const uint8_t skill = rally->touch_skill[i];
    if (drone < 0 || drone >= SIM_DRONES || step < 0 || step >= rally->n[SIM_ROWS_STATE]) {
      continue;
    }
    VizAct *act = &story->act[story->n++];
    *act = (VizAct){.frame = step, .drone = drone};
    act->skill = skill < info->skills ? skill_of(info->skill[skill]) : POL_SLOTS;
    for (int k = 0; k < 2; k++) {
      act->place[k] = (double)rally->ball_pos[step][k];
      act->landing[k] = (double)rally->touch_landing[i][k];
    }
  }
  tell(story);
}
