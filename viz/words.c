#include "viz/words.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/story.h"

const char *viz_role_name(SimRole role) {
  assert(role <= SIM_ATTACKER);
  static const char *const NAME[SIM_ROLES] = {"passer", "setter", "attacker"};
  return NAME[role];
}

const char *viz_skill_name(const VizInfo *info, uint8_t skill) {
  if (skill == SIM_SKILL_FLAT) {
    return "flat";
  }
  return skill < info->skills ? info->skill[skill] : "-";
}

int viz_touches(const SimState *state) {
  int most = 0;
  for (int team = 0; team < SIM_TEAMS; team++) {
    int touches = 0;
    for (int role = 0; role < SIM_ROLES; role++) {
      touches += state->referee.flags.already_hit[sim_drone((SimTeam)team, (SimRole)role)];
    }
    most = touches > most ? touches : most;
  }
  return most;
}

bool viz_landing(double point[2], double *time, const SimView *view, double height) {
  const double drop = view->ball_pos[2] - height, vz = view->ball_vel[2];
  const double square = vz * vz + 2 * SIM_GRAVITY * drop;
  if (square < 0) {
    return false;
  }
  *time = fmax((vz + sqrt(square)) / SIM_GRAVITY, 0);
  for (int k = 0; k < 2; k++) {
    point[k] = view->ball_pos[k] + *time * view->ball_vel[k];
  }
  return true;
}

const char *viz_team_colour(int team) {
  return team == SIM_NEAR ? "orange" : "blue";
}

void viz_words_team(char *out, size_t size, const VizInfo *info, SimTeam team) {
  assert(team == SIM_NEAR || team == SIM_FAR);
  snprintf(out, size, "%s", info->team[team]);
  if (strcmp(info->team[SIM_NEAR], info->team[SIM_FAR]) == 0) {
    snprintf(out, size, "%s (%s)", info->team[team], viz_team_colour((int)team));
  }
}

void viz_words_drone(char *out, size_t size, const VizInfo *info, int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  const PolOptions *table = info->options[sim_team(drone)];
  if (table && table->kind == POL_TABLE_VOLLEY) {
    snprintf(out, size, "drone %d", (int)sim_role(drone) + 1);
    return;
  }
  snprintf(out, size, "%d %s", (int)sim_role(drone) + 1, viz_role_name(sim_role(drone)));
}

void viz_words_option(char *out, size_t size, const VizInfo *info, SimTeam team, int head,
                      int option) {
  const PolOptions *table = info->options[team];
  assert(table && head >= 0 && head < table->heads && option >= 0 && option < table->n[head]);
  const PolOption *own = &table->option[head][option];
  const char *blank = strchr(own->name, ' ');
  const bool names = table->kind == POL_TABLE_VOLLEY && own->drone >= 0 && blank;
  snprintf(out, size, "%s", own->name);
  if (names) {
    // the table has a letter for the drone
    snprintf(out, size, "%d:%s", own->drone + 1, blank);
  }
}

const char *viz_words_skill(const VizInfo *info, uint8_t skill) {
  static const struct {
    PolSlot slot;
    const char *word;
  } WORD[] = {{POL_SERVE, "serve"},
              {POL_RECEIVE, "receive"},
              {POL_PASS, "dig"},
              {POL_SET, "set"},
              {POL_ATTACK, "attack"}};
  const int slot = skill < info->skills ? pol_slot_find(info->skill[skill]) : -1;
  for (size_t i = 0; i < sizeof WORD / sizeof WORD[0]; i++) {
    if ((int)WORD[i].slot == slot) {
      return WORD[i].word;
    }
  }
  return "";
}

void viz_words_strategy(char *out, size_t size, const VizInfo *info, SimTeam team,
                        const char *name) {
  int n = 0, at = -1;
  for (int i = 0; i < info->strategies[team]; i++) {
    const char *member = info->strategy[team][i];
    at = strcmp(member, name) == 0 ? n : at;
    n += strcmp(member, VIZ_PERSON) != 0;
  }
  snprintf(out, size, "%s", name);
  if (at >= 0 && n > 1 && strcmp(name, VIZ_PERSON) != 0) {
    snprintf(out, size, "strategy %d of %d", at + 1, n);
  }
}

void viz_words_result(char *out, size_t size, const VizInfo *info, SimWinner winner) {
  char team[80];
  snprintf(out, size, "%s", winner == SIM_DRAW ? "no point" : "");
  if (winner == SIM_WIN_NEAR || winner == SIM_WIN_FAR) {
    viz_words_team(team, sizeof team, info, winner == SIM_WIN_NEAR ? SIM_NEAR : SIM_FAR);
    snprintf(out, size, info->practice ? "%s" : "point for %s", team);
  }
}

// ---- why a rally ended

// the drone that the last frame charges with a fault of this kind, -1 when none
static int charged(const VizFrame *frame, SimEventKind kind) {
  for (int e = 0; e < frame->state.events.n; e++) {
    if (frame->state.events.event[e].kind == kind) {
      return frame->state.events.event[e].drone;
    }
  }
  return -1;
}

// the touch that decided the rally: what won it, else the last one
static const VizAct *deciding(const VizStory *story) {
  for (int i = story->n - 1; i >= 0 && i >= story->n - 2; i--) {
    const VizDeed deed = story->act[i].deed;
    if (deed == VIZ_ACE || deed == VIZ_KILL || deed == VIZ_BLOCK) {
      return &story->act[i];
    }
  }
  return story->n > 0 ? &story->act[story->n - 1] : NULL;
}

static void ball_words(char *out, size_t size, const VizSource *source, SimTeam loser) {
  char drone[40], team[80];
  VizStory *story = malloc(sizeof *story);
  const VizInfo *info = viz_source_info(source);
  viz_words_team(team, sizeof team, info, loser);
  snprintf(out, size, "no touch: the ball is down on the side of %s", team);
  if (story) {
    viz_story(story, source, true);
  }
  const VizAct *act = story ? deciding(story) : NULL;
  if (act) {
    const SimTeam own = sim_team(act->drone);
    viz_words_team(team, sizeof team, info, own);
    viz_words_drone(drone, sizeof drone, info, act->drone);
    const bool wins = own != loser;
    const bool named = act->deed == VIZ_OUT || act->deed == VIZ_INTO_NET;
    snprintf(out, size, "%s by %s, %s",
             wins || named ? viz_deed_name(act->deed) : "ball down in the own court", team, drone);
  }
  free(story);
}

static void drone_words(char *out, size_t size, const VizSource *source, SimTeam loser,
                        SimEventKind reason) {
  const VizFrame *frame = viz_source_frame(source, viz_source_frames(source) - 1);
  const int drone = charged(frame, reason);
  char team[80], who[40] = "drone";
  const char *what = reason == SIM_EVENT_DRONE_GROUND   ? "on the ground"
                     : reason == SIM_EVENT_DRONE_NET    ? "in the net"
                     : reason == SIM_EVENT_DOUBLE_TOUCH ? "touched the ball twice"
                                                        : "hit the ball with its body";
  viz_words_team(team, sizeof team, viz_source_info(source), loser);
  if (drone >= 0) {
    viz_words_drone(who, sizeof who, viz_source_info(source), drone);
  }
  snprintf(out, size, "fault of %s: %s %s", team, who, what);
}

void viz_words_reason(char *out, size_t size, const VizSource *source) {
  const int n = viz_source_frames(source);
  snprintf(out, size, "%s", "");
  if (n == 0 || !viz_source_over(source)) {
    return;
  }
  if (viz_source_ending(source)[0]) {
    snprintf(out, size, "%s", viz_source_ending(source));
    return;
  }
  const SimReferee *referee = &viz_source_frame(source, n - 1)->state.referee;
  const SimTeam loser = referee->winner == SIM_WIN_NEAR ? SIM_FAR : SIM_NEAR;
  switch (referee->reason) {
  case SIM_EVENT_DRONE_GROUND:
  case SIM_EVENT_DRONE_NET:
  case SIM_EVENT_DOUBLE_TOUCH:
  case SIM_EVENT_BODY_TOUCH:
    drone_words(out, size, source, loser, referee->reason);
    break;
  case SIM_EVENT_BALL_IN:
  case SIM_EVENT_BALL_OUT:
  case SIM_EVENT_BALL_NET:
    ball_words(out, size, source, loser);
    break;
  case SIM_EVENT_BOTH:
    snprintf(out, size, "a fault on each side at once");
    break;
  case SIM_EVENT_TIMEOUT:
    snprintf(out, size, "the clock of %d s ran out", referee->step / 100);
    break;
  case SIM_EVENT_TOUCH:
  case SIM_EVENT_SERVE:
  case SIM_EVENT_CROSS:
  case SIM_EVENT_RESULT:
  case SIM_EVENT_KINDS:
    break;
  }
}
