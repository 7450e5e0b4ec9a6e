// What a person is asked: one head at a time, its options with the keys that choose them, in the
// strip, and the same numbers on the court where the options lead. Both take clicks.
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "viz/hud_parts.h"
#include "viz/words.h"

// ---- on the court

static void goal_mark(VizHud *hud, const VizHudInput *in, const double point[3], const char *number,
                      VizCommand command, VizTaken *taken) {
  const VizRect *court = &in->layout->court;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  double pixel[2];
  if (!viz_scene_project(pixel, in->scene, point, court->width, court->height) ||
      !(fabs(pixel[0]) < 1e6) || !(fabs(pixel[1]) < 1e6)) {
    return;
  }
  const int size = unit * 3 / 2;
  VizRect rect = {court->x + (int)pixel[0] - size / 2,
                  court->y + court->height - 1 - (int)pixel[1] - size / 2, size, size};
  // options that lead to the same place stand side by side
  for (int i = 0; i < taken->n; i++) {
    if (viz_rects_meet(&rect, &taken->rect[i])) {
      rect.x = taken->rect[i].x + taken->rect[i].width + 1;
    }
  }
  const bool inside = rect.x >= court->x && rect.y >= court->y &&
                      rect.x + size <= court->x + court->width &&
                      rect.y + size <= court->y + court->height;
  if (inside) {
    const bool pointed = viz_rect_has(&rect, in->mouse_x, in->mouse_y);
    viz_hud_pane(hud, &rect, pointed ? VIZ_GREEN : viz_hud_team(in->ask->team, 0.9f));
    viz_hud_text(hud, rect.x + (size - viz_hud_text_width(hud, VIZ_FONT_NORMAL, number)) / 2,
                 rect.y + (size - unit) / 2, VIZ_FONT_NORMAL, VIZ_WHITE, number);
    viz_hud_hot(hud, rect, command);
    viz_hud_take(taken, rect);
  }
}

// Where an option leads; a shape that the mouse points at shows all of its places.
static void option_marks(VizHud *hud, const VizHudInput *in, int head, int option, bool pointed,
                         const char *number, VizTaken *taken) {
  const VizAsk *ask = in->ask;
  const PolOptions *options = viz_source_info(in->player->source)->options[ask->team];
  const VizCommand command = {VIZ_DO_CHOOSE, head * VIZ_CHOOSE_OPTIONS + option};
  const bool shape = options->kind == POL_TABLE_VOLLEY && head == options->wait_head;
  double point[3];
  viz_ask_point(point, ask, options, head, option);
  goal_mark(hud, in, point, number, command, taken);
  for (int i = 1; shape && pointed && i < SIM_ROLES; i++) {
    sim_mirror_vec(point, options->place[option][i], ask->team);
    point[1] *= ask->turned ? -1 : 1;
    goal_mark(hud, in, point, number, command, taken);
  }
}

// ---- in the strip

// number, name, and at the right what it costs; returns whether the mouse points at it
static bool option_button(VizHud *hud, const VizHudInput *in, const VizRect *rect,
                          const char *number, const char *name, const char *effort,
                          VizCommand command) {
  const int wide = effort[0] ? viz_hud_text_width(hud, VIZ_FONT_NORMAL, effort) : 0;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const bool pointed = viz_rect_has(rect, in->mouse_x, in->mouse_y);
  viz_hud_pane(hud, rect, pointed ? VIZ_GREEN : VIZ_RAISED);
  viz_hud_text(hud, rect->x + unit / 2, rect->y + unit / 2, VIZ_FONT_NORMAL, VIZ_YELLOW, number);
  viz_hud_text_in(hud, rect->x + unit * 2, rect->y + unit / 2, rect->width - unit * 3 - wide,
                  VIZ_FONT_NORMAL, VIZ_WHITE, name);
  viz_hud_text_right(hud, rect->x + rect->width - unit / 2, rect->y + unit / 2, VIZ_FONT_NORMAL,
                     VIZ_SOFT, effort);
  viz_hud_hot(hud, *rect, command);
  return pointed;
}

// what the strip says above the options
static void title(VizHud *hud, const VizHudInput *in, int head) {
  static const char *const PACE[VIZ_PACES] = {"slow", "stopped", "real"};
  const VizRect *strip = &in->layout->strip;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int person = viz_source_info(in->player->source)->person;
  char line[VIZ_ITEM_TEXT];
  viz_hud_pane(hud, strip, VIZ_SOLID);
  viz_hud_rect(hud, strip->x, strip->y, unit / 3, strip->height, viz_hud_team((SimTeam)person, 1));
  if (head >= 0) {
    snprintf(line, sizeof line, "%s: your choice%s",
             viz_source_info(in->player->source)->options[person]->head[head],
             in->ask->candidates.head == head ? ", effort in m/s2" : "");
  } else {
    snprintf(line, sizeof line, "nothing to decide; the team plays");
  }
  viz_hud_text(hud, strip->x + unit, strip->y + unit * 3 / 4, VIZ_FONT_NORMAL, VIZ_YELLOW, line);
  snprintf(line, sizeof line, "Enter: the team's   A: time %s", PACE[in->pace]);
  if (head >= 0) {
    viz_hud_text_right(hud, strip->x + strip->width - unit, strip->y + unit * 3 / 4,
                       VIZ_FONT_NORMAL, VIZ_SOFT, line);
  }
}

// the place of button i: three columns, as many rows as it takes
static VizRect place_of(const VizRect *strip, int unit, int i) {
  enum { COLUMNS = 3 };
  const int width = (strip->width - 2 * unit) / COLUMNS, line = unit * 5 / 2;
  return (VizRect){strip->x + unit + i % COLUMNS * width,
                   strip->y + unit * 5 / 2 + i / COLUMNS * line, width - unit / 2, unit * 2};
}

// button i of the strip and its marks on the court
static void show_option(VizHud *hud, const VizHudInput *in, int head, int i, VizTaken *taken) {
  const VizInfo *info = viz_source_info(in->player->source);
  const VizAsk *ask = in->ask;
  const int option = viz_ask_option(ask, head, in->more + i);
  const VizRect rect = place_of(&in->layout->strip, hud->font->height[VIZ_FONT_NORMAL], i);
  char number[4], name[80], effort[16] = "";
  if (option < 0) {
    return;
  }
  viz_words_option(name, sizeof name, info, ask->team, head, option);
  snprintf(number, sizeof number, "%d", i + 1);
  const VizCandidate *candidate = &ask->candidates.of[option];
  if (ask->candidates.head == head && candidate->drone >= 0) {
    snprintf(effort, sizeof effort, "%.1f", candidate->effort);
  }
  const bool pointed =
      option_button(hud, in, &rect, number, name, effort,
                    (VizCommand){VIZ_DO_CHOOSE, head * VIZ_CHOOSE_OPTIONS + option});
  option_marks(hud, in, head, option, pointed, number, taken);
}

void viz_hud_ask(VizHud *hud, const VizHudInput *in, VizTaken *taken) {
  const VizInfo *info = viz_source_info(in->player->source);
  const VizAsk *ask = in->ask;
  const VizRect *strip = &in->layout->strip;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int head = ask->open ? viz_ask_head(ask) : -1;
  if (info->person < 0 || strip->height == 0) {
    return;
  }
  title(hud, in, head);
  for (int i = 0; head >= 0 && i < VIZ_KEYS_CHOICES; i++) {
    show_option(hud, in, head, i, taken);
  }
  if (head >= 0 && __builtin_popcount(ask->legal[head]) > VIZ_KEYS_CHOICES) {
    const VizRect rect = place_of(strip, unit, VIZ_KEYS_CHOICES);
    option_button(hud, in, &rect, "0", "more", "", (VizCommand){VIZ_DO_MORE, 0});
  }
}
