#include "viz/hud.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/vec.h"
#include "viz/overlay.h"
#include "viz/words.h"

static const VizColor WHITE = {1, 1, 1, 1}, SOFT = {0.80f, 0.84f, 0.90f, 1};
static const VizColor PANE = {0.04f, 0.06f, 0.10f, 0.80f}, PANE_DARK = {0.02f, 0.03f, 0.05f, 0.90f};
static const VizColor RED = {0.86f, 0.16f, 0.18f, 0.95f}, AMBER = {0.90f, 0.62f, 0.12f, 0.95f};
static const VizColor GREY = {0.30f, 0.35f, 0.42f, 0.9f}, GREEN = {0.16f, 0.56f, 0.34f, 0.95f};

static VizColor of_team(SimTeam team, float alpha) {
  const float *c = viz_team_color(team);
  return (VizColor){c[0], c[1], c[2], alpha};
}

// ---- score board

static void score_now(int score[SIM_TEAMS], const VizPlayer *player) {
  viz_source_score(score, player->source);
  if (viz_player_knows_end(player)) {
    const int last = viz_source_frames(player->source) - 1;
    const SimWinner winner = viz_source_frame(player->source, last)->state.referee.winner;
    score[SIM_NEAR] += winner == SIM_WIN_NEAR;
    score[SIM_FAR] += winner == SIM_WIN_FAR;
  }
}

static int board_row(VizHud *hud, int x, int y, int width, const VizInfo *info, SimTeam team,
                     int score, bool serves) {
  assert(score >= 0);
  const int big = hud->font->height[VIZ_FONT_BIG], small = hud->font->height[VIZ_FONT_NORMAL];
  const int height = big * 7 / 4, box = big * 5 / 2;
  viz_hud_rect(hud, x, y, width, height, PANE);
  viz_hud_rect(hud, x, y, small / 2, height, of_team(team, 1));
  char name[28], number[16];
  snprintf(name, sizeof name, "%.24s", info->team[team]);
  const int middle = y + (height - small) / 2;
  viz_hud_text(hud, x + small * 3 / 2, middle, VIZ_FONT_NORMAL, SOFT, viz_team_side(team));
  viz_hud_text(hud, x + small * 11 / 2, middle, VIZ_FONT_NORMAL, WHITE, name);
  if (serves) {
    const int dot = small * 2 / 3;
    viz_hud_rect(hud, x + width - box - 2 * dot, y + (height - dot) / 2, dot, dot,
                 (VizColor){1, 0.9f, 0.35f, 1});
  }
  viz_hud_rect(hud, x + width - box, y, box, height, PANE_DARK);
  snprintf(number, sizeof number, "%d", score);
  const int wide = viz_hud_text_width(hud, VIZ_FONT_BIG, number);
  viz_hud_text(hud, x + width - (box + wide) / 2, y + (height - big) / 2, VIZ_FONT_BIG, WHITE,
               number);
  return height;
}

static void score_board(VizHud *hud, const VizHudInput *in, const VizFrame *frame) {
  const VizInfo *info = viz_source_info(in->player->source);
  const SimReferee *referee = &frame->state.referee;
  const int small = hud->font->height[VIZ_FONT_NORMAL];
  const int x = small, width = small * 23;
  int y = small, score[SIM_TEAMS];
  score_now(score, in->player);
  for (int team = 0; team < SIM_TEAMS; team++) {
    y += board_row(hud, x, y, width, info, (SimTeam)team, score[team],
                   (int)referee->server == team) +
         2;
  }
  char rally[40], line[100];
  const int at = viz_source_rally(in->player->source) + 1;
  snprintf(rally, sizeof rally, info->rallies > 0 ? "rally %lld (%d of %d)" : "rally %lld",
           (long long)viz_source_number(in->player->source), at, info->rallies);
  snprintf(line, sizeof line, "%s   touch %d/3   %.2f s", rally, viz_touches(&frame->state),
           referee->step * SIM_DT);
  viz_hud_rect(hud, x, y, width, small * 2, PANE_DARK);
  viz_hud_text(hud, x + small * 3 / 2, y + small / 2, VIZ_FONT_NORMAL, SOFT, line);
}

// ---- state of play, top right

static const char *mode_of(const VizPlayer *player, VizColor *color) {
  const bool live = viz_source_info(player->source)->live;
  if (player->phase == VIZ_SLOW) {
    *color = AMBER;
    return "SLOW MOTION";
  }
  if (player->paused) {
    *color = GREY;
    return "PAUSED";
  }
  if (player->instant) {
    *color = AMBER;
    return "INSTANT REPLAY";
  }
  *color = live ? RED : GREEN;
  return live ? (viz_source_playing(player->source) && !player->follow &&
                         viz_source_threaded(player->source)
                     ? "BEHIND LIVE"
                     : "LIVE")
              : "REPLAY";
}

static void speed_words(char *out, size_t size, const VizHudInput *in) {
  const double speed = viz_player_speed(in->player), truth = in->timing.true_speed;
  const bool slow = in->player->phase == VIZ_SLOW;
  if (slow) {
    snprintf(out, size, "x 1/5");
  } else if (speed < 1) {
    snprintf(out, size, fabs(speed - 2.0 / 3) < 1e-9 ? "x 2/3" : "x 1/%.0f", 1 / speed);
  } else {
    snprintf(out, size, "x %g", speed);
  }
  if (truth > 0 && !slow && viz_player_live(in->player) && fabs(truth / speed - 1) > 0.1) {
    const size_t used = strlen(out);
    snprintf(out + used, size - used, " (true %.2f)", truth);
  }
}

static void play_state(VizHud *hud, const VizHudInput *in, const VizFrame *frame) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int small = hud->font->height[VIZ_FONT_NORMAL], pad = small * 2 / 3;
  const int right = hud->width - small;
  // beside the score board, or under it in a narrow window
  const bool narrow = hud->width < small * 52;
  char speed[40], line[100];
  VizColor color = GREY;
  const char *mode = mode_of(in->player, &color);
  speed_words(speed, sizeof speed, in);
  const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, speed) + 2 * pad;
  const int mode_wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, mode) + 2 * pad;
  int y = narrow ? small * 5 + hud->font->height[VIZ_FONT_BIG] * 4 : small;
  viz_hud_plate(hud, right - wide, y, VIZ_FONT_NORMAL, PANE_DARK, speed);
  viz_hud_plate(hud, right - wide - mode_wide - 2, y, VIZ_FONT_NORMAL, color, mode);
  y += small * 5 / 2;
  snprintf(line, sizeof line, "seed %llu   %s rules   %s", (unsigned long long)info->seed,
           info->rules ? info->rules->name : "?", viz_camera_name(in->scene->preset));
  viz_hud_text_right(hud, right, y, VIZ_FONT_NORMAL, SOFT, line);
  y += viz_hud_line(hud, VIZ_FONT_NORMAL);
  const int drones = in->switches->drone_scale, ball = in->switches->ball_scale;
  if (drones > 1 || ball > 1) {
    snprintf(line, sizeof line, "not to scale: drones x%d, ball x%d", drones, ball);
    viz_hud_text_right(hud, right, y, VIZ_FONT_NORMAL, (VizColor){1, 0.85f, 0.4f, 1}, line);
    y += viz_hud_line(hud, VIZ_FONT_NORMAL);
  }
  if (frame->state.bad_commands > 0) {
    snprintf(line, sizeof line, "%d rotor commands not finite", frame->state.bad_commands);
    viz_hud_text_right(hud, right, y, VIZ_FONT_NORMAL, RED, line);
  }
  if (frame->perturbed) {
    const char *banner = "perturbed: match no longer counts";
    const int banner_wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, banner) + 2 * pad;
    viz_hud_plate(hud, (hud->width - banner_wide) / 2, small, VIZ_FONT_NORMAL, RED, banner);
  }
}

// ---- labels on the drones

static void labels(VizHud *hud, const VizHudInput *in, const VizFrame *frame) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int small = hud->font->height[VIZ_FONT_NORMAL], bar = small / 3;
  for (int i = 0; i < SIM_DRONES; i++) {
    double pixel[2], above[3];
    if (!sim_present(&frame->state.view, i)) {
      continue;
    }
    vec_copy(above, in->scene->view.drone[i].pos);
    above[2] += 0.22 * in->switches->drone_scale;
    if (!viz_scene_project(pixel, in->scene, above, hud->width, hud->height)) {
      continue;
    }
    char text[48];
    snprintf(text, sizeof text, "%s",
             frame->skill[i] == VIZ_NO_SKILL ? viz_role_name(sim_role(i))
                                             : viz_skill_name(info, frame->skill[i]));
    for (char *c = text; *c; c++) {
      *c = *c == '_' ? ' ' : *c;
    }
    const int slot = pol_slot_find(viz_skill_name(info, frame->skill[i]));
    const bool strikes = slot >= 0 && pol_slot_strikes((PolSlot)slot);
    const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, text) + bar + small * 2 / 3;
    const int x = (int)pixel[0] - wide / 2, y = hud->height - (int)pixel[1] - small * 5 / 2;
    if (x < 0 || y < 0 || x + wide > hud->width || y + 2 * small > hud->height) {
      continue;
    }
    viz_hud_rect(hud, x, y, wide, small * 2, strikes ? of_team(sim_team(i), 0.85f) : PANE);
    viz_hud_rect(hud, x, y, bar, small * 2, of_team(sim_team(i), 1));
    viz_hud_text(hud, x + bar + small / 3, y + small / 2, VIZ_FONT_NORMAL, WHITE, text);
  }
}

// ---- result and timeline

static void result(VizHud *hud, const VizHudInput *in) {
  if (!viz_player_knows_end(in->player)) {
    return;
  }
  VizSource *source = in->player->source;
  const SimWinner winner =
      viz_source_frame(source, viz_source_frames(source) - 1)->state.referee.winner;
  char reason[VIZ_ITEM_TEXT], words[40], line[VIZ_ITEM_TEXT];
  int score[SIM_TEAMS];
  score_now(score, in->player);
  viz_words_reason(reason, sizeof reason, source);
  viz_words_result(words, sizeof words, winner);
  snprintf(line, sizeof line, "%s     %d : %d", words, score[SIM_NEAR], score[SIM_FAR]);
  const int big = hud->font->height[VIZ_FONT_BIG], small = hud->font->height[VIZ_FONT_NORMAL];
  const int reason_wide = viz_hud_text_width(hud, VIZ_FONT_BIG, reason);
  const int width = reason_wide + 3 * big, height = big * 3 + small * 2;
  const int x = (hud->width - width) / 2, y = hud->height * 6 / 7 - height / 2;
  const VizColor color = winner == SIM_WIN_NEAR  ? of_team(SIM_NEAR, 1)
                         : winner == SIM_WIN_FAR ? of_team(SIM_FAR, 1)
                                                 : GREY;
  viz_hud_rect(hud, x, y, width, height, PANE_DARK);
  viz_hud_rect(hud, x, y, big / 3, height, color);
  viz_hud_text(hud, (hud->width - reason_wide) / 2, y + big * 4 / 5, VIZ_FONT_BIG, WHITE, reason);
  const int line_wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, line);
  viz_hud_text(hud, (hud->width - line_wide) / 2, y + big * 13 / 5, VIZ_FONT_NORMAL, SOFT, line);
}

static void timeline(VizHud *hud, const VizHudInput *in) {
  VizSource *source = in->player->source;
  const VizInfo *info = viz_source_info(source);
  const int small = hud->font->height[VIZ_FONT_NORMAL], n = viz_source_frames(source);
  const int x = small, y = hud->height - small, width = hud->width - 2 * small;
  const int whole =
      info->live && !viz_source_over(source) && info->rules ? (n > 500 ? n * 5 / 4 : 600) : n;
  if (width <= 0 || whole < 2) {
    return;
  }
  viz_hud_rect(hud, x, y, width, 4, (VizColor){0.5f, 0.55f, 0.62f, 0.45f});
  const int at = (int)((double)width * viz_player_frame(in->player) / (whole - 1));
  viz_hud_rect(hud, x, y, at, 4, (VizColor){0.92f, 0.94f, 0.97f, 0.9f});
  for (int i = 1; i < n; i++) {
    const SimEvents *events = &viz_source_frame(source, i)->state.events;
    for (int e = 0; e < events->n && e < SIM_EVENTS_MAX; e++) {
      if (events->event[e].kind == SIM_EVENT_TOUCH && events->event[e].drone >= 0) {
        viz_hud_rect(hud, x + (int)((double)width * i / (whole - 1)) - 1, y - 5, 3, 14,
                     of_team(sim_team(events->event[e].drone), 1));
      }
    }
  }
  viz_hud_rect(hud, x + at - 2, y - 4, 5, 12, WHITE);
  if (in->player->paused) {
    char line[60];
    const int frame = viz_player_frame(in->player);
    snprintf(line, sizeof line, "step %d of %d", frame, n - 1);
    if (viz_source_playing(source) && frame < n - 1) {
      snprintf(line, sizeof line, "PAUSE (-%d)", n - 1 - frame);
    }
    viz_hud_text(hud, x, y - small * 5 / 2, VIZ_FONT_NORMAL, WHITE, line);
  }
}

// the part of text that fits into width, cut between words where that is possible
static int fitting(const VizHud *hud, const char *text, int width) {
  assert(text[0] != '\0');
  int length = 0, wide = 0, space = 0;
  while (text[length] && length < VIZ_ITEM_TEXT - 1) {
    wide += hud->font->width[VIZ_FONT_NORMAL][(unsigned char)text[length] & 127];
    if (wide > width) {
      return space > 0 ? space : length;
    }
    length++;
    space = text[length] == ' ' ? length : space;
  }
  return text[length] != '\0' && space > 0 ? space : length;
}

// a sentence on plates that end at the line `bottom`; returns where the next one ends
static int sentence(VizHud *hud, int bottom, VizColor color, const char *text) {
  enum { LINES_MAX = 6 };
  const int small = hud->font->height[VIZ_FONT_NORMAL];
  char line[LINES_MAX][VIZ_ITEM_TEXT];
  int lines = 0;
  while (*text && lines < LINES_MAX) {
    const int length = fitting(hud, text, hud->width - 4 * small);
    if (length == 0) {
      break;
    }
    snprintf(line[lines++], sizeof line[0], "%.*s", length, text);
    text += length + (text[length] == ' ');
  }
  for (int i = 0; i < lines; i++) {
    viz_hud_plate(hud, small, bottom - (lines - i) * 2 * small, VIZ_FONT_NORMAL, color, line[i]);
  }
  return bottom - lines * 2 * small - small / 2;
}

static void messages(VizHud *hud, const VizHudInput *in) {
  const int small = hud->font->height[VIZ_FONT_NORMAL];
  int bottom = hud->height - small * 4;
  if (in->message) {
    bottom = sentence(hud, bottom, in->message_bad ? RED : PANE_DARK, in->message);
  }
  sentence(hud, bottom, AMBER, viz_source_warning(in->player->source));
}

static void panels(VizHud *hud, const VizHudInput *in) {
  const int small = hud->font->height[VIZ_FONT_NORMAL], big = hud->font->height[VIZ_FONT_BIG];
  viz_hud_choices(hud, in, SIM_FAR, viz_hud_tables(hud, in, small * 4 + big * 4));
  viz_hud_choices(hud, in, SIM_NEAR, viz_hud_policies(hud, in, small * 7));
  viz_hud_help(hud, in);
}

void viz_hud_build(VizHud *hud, const VizHudInput *in) {
  hud->n = 0;
  if (viz_source_frames(in->player->source) == 0) {
    return;
  }
  const VizFrame *frame = viz_source_frame(in->player->source, viz_player_frame(in->player));
  if (in->switches->labels && in->switches->group_drones) {
    labels(hud, in, frame);
  }
  if (in->switches->hud) {
    score_board(hud, in, frame);
    play_state(hud, in, frame);
    result(hud, in);
    timeline(hud, in);
  }
  panels(hud, in);
  messages(hud, in);
}
