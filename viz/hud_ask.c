// What a person is asked: one head at a time, its options with the keys that choose them, in the
// strip, and the same numbers on the court where the options lead. Both take clicks.
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "viz/hud_parts.h"
#include "viz/words.h"

// ---- on the court

static void goal_mark(VizHud *hud, const VizHudInput *in, const PolOption *option, SimTeam team,
                      const char *number, VizCommand command, VizTaken *taken) {
  const VizRect *court = &in->layout->court;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  double point[3], pixel[2];
  sim_mirror_vec(point, option->goal.point, team);
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
    viz_hud_pane(hud, &rect, pointed ? VIZ_GREEN : viz_hud_team(team, 0.9f));
    viz_hud_text(hud, rect.x + (size - viz_hud_text_width(hud, VIZ_FONT_NORMAL, number)) / 2,
                 rect.y + (size - unit) / 2, VIZ_FONT_NORMAL, VIZ_WHITE, number);
    viz_hud_hot(hud, rect, command);
    viz_hud_take(taken, rect);
  }
}

// ---- in the strip

static void option_button(VizHud *hud, const VizHudInput *in, const VizRect *rect,
                          const char *number, const char *name, VizCommand command) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const bool pointed = viz_rect_has(rect, in->mouse_x, in->mouse_y);
  viz_hud_pane(hud, rect, pointed ? VIZ_GREEN : VIZ_RAISED);
  viz_hud_text(hud, rect->x + unit / 2, rect->y + unit / 2, VIZ_FONT_NORMAL, VIZ_YELLOW, number);
  viz_hud_text_in(hud, rect->x + unit * 2, rect->y + unit / 2, rect->width - unit * 5 / 2,
                  VIZ_FONT_NORMAL, VIZ_WHITE, name);
  viz_hud_hot(hud, *rect, command);
}

// what the strip says above the options
static void title(VizHud *hud, const VizHudInput *in, const char *head) {
  static const char *const PACE[VIZ_PACES] = {"slow", "stopped", "real"};
  const VizRect *strip = &in->layout->strip;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int person = viz_source_info(in->player->source)->person;
  char line[VIZ_ITEM_TEXT];
  viz_hud_pane(hud, strip, VIZ_SOLID);
  viz_hud_rect(hud, strip->x, strip->y, unit / 3, strip->height, viz_hud_team((SimTeam)person, 1));
  if (head) {
    snprintf(line, sizeof line, "%s: your choice", head);
  } else {
    snprintf(line, sizeof line, "nothing to decide; the team plays");
  }
  viz_hud_text(hud, strip->x + unit, strip->y + unit * 3 / 4, VIZ_FONT_NORMAL, VIZ_YELLOW, line);
  snprintf(line, sizeof line, "Enter: the team's   A: time %s", PACE[in->pace]);
  if (head) {
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

void viz_hud_ask(VizHud *hud, const VizHudInput *in, VizTaken *taken) {
  const VizInfo *info = viz_source_info(in->player->source);
  const VizAsk *ask = in->ask;
  const VizRect *strip = &in->layout->strip;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int head = ask->open ? viz_ask_head(ask) : -1;
  if (info->person < 0 || strip->height == 0) {
    return;
  }
  title(hud, in, head >= 0 ? info->options[info->person]->head[head] : NULL);
  for (int i = 0; head >= 0 && i < VIZ_KEYS_CHOICES; i++) {
    const int option = viz_ask_option(ask, head, in->more + i);
    const VizRect rect = place_of(strip, unit, i);
    char number[4];
    if (option < 0) {
      continue;
    }
    const PolOption *of = &info->options[info->person]->option[head][option];
    const VizCommand command = {VIZ_DO_CHOOSE, head * VIZ_CHOOSE_OPTIONS + option};
    snprintf(number, sizeof number, "%d", i + 1);
    option_button(hud, in, &rect, number, of->name, command);
    goal_mark(hud, in, of, (SimTeam)info->person, number, command, taken);
  }
  if (head >= 0 && __builtin_popcount(ask->legal[head]) > VIZ_KEYS_CHOICES) {
    const VizRect rect = place_of(strip, unit, VIZ_KEYS_CHOICES);
    option_button(hud, in, &rect, "0", "more", (VizCommand){VIZ_DO_MORE, 0});
  }
}
