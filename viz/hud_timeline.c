// The bar of time: the rally as a line to click and drag on, with a mark for each touch; under it
// the buttons of a player. Pointing at either says what is there.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/hud_parts.h"
#include "viz/story.h"
#include "viz/words.h"

// frames that the line stands for: those there are, in live play with room for more
static int whole_line(const VizSource *source) {
  const int n = viz_source_frames(source);
  return viz_source_playing(source) ? (n > 500 ? n * 5 / 4 : 600) : n;
}

static int place_of(const VizRect *line, int frame, int whole) {
  return line->x + (int)((double)(line->width - 1) * frame / (whole > 1 ? whole - 1 : 1));
}

// ---- what the mouse points at

static void tip(VizHud *hud, const VizHudInput *in, int x, const char *text, VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int wide = viz_hud_plate_width(hud, VIZ_FONT_NORMAL, text);
  const int most = hud->width - wide, left = x - wide / 2;
  const VizRect rect = {left < 0 || most < 0 ? 0
                        : left > most        ? most
                                             : left,
                        in->layout->bottom.y - 5 * unit / 2, wide, 2 * unit};
  viz_hud_plate(hud, rect.x, rect.y, VIZ_FONT_NORMAL, VIZ_RAISED, text);
  viz_hud_take(taken, rect);
}

// the touch nearest to x, within a few pixels, or NULL
static const VizAct *pointed_act(const VizStory *story, const VizRect *line, int whole, int x,
                                 int reach) {
  const VizAct *best = NULL;
  int least = reach + 1;
  for (int i = 0; i < story->n; i++) {
    const int away = abs(place_of(line, story->act[i].frame, whole) - x);
    if (away < least) {
      least = away;
      best = &story->act[i];
    }
  }
  return best;
}

static void line_tip(VizHud *hud, const VizHudInput *in, const VizStory *story, const VizRect *line,
                     int whole, VizTaken *taken) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int last = viz_source_frames(in->player->source) - 1, x = in->mouse_x;
  const VizAct *act = pointed_act(story, line, whole, x, unit / 2);
  char text[VIZ_ITEM_TEXT], team[80], drone[40];
  const double part = fmin(fmax((double)(x - line->x) / (line->width - 1), 0), 1);
  const int frame = (int)fmin(part * (whole - 1) + 0.5, last);
  if (act) {
    viz_words_team(team, sizeof team, info, sim_team(act->drone));
    viz_words_drone(drone, sizeof drone, info, act->drone);
    snprintf(text, sizeof text, "%.2f s  %s: %.40s, %s", act->frame * SIM_DT,
             viz_deed_name(act->deed), team, drone);
  } else {
    snprintf(text, sizeof text, "%.2f s", frame * SIM_DT);
  }
  tip(hud, in, x, text, taken);
}

// ---- the line

static void marks(VizHud *hud, const VizStory *story, const VizRect *line, int whole) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  for (int i = 0; i < story->n; i++) {
    const VizAct *act = &story->act[i];
    const bool decides = act->deed == VIZ_ACE || act->deed == VIZ_KILL || act->deed == VIZ_BLOCK;
    const int tall = decides ? unit * 3 / 2 : unit;
    viz_hud_rect(hud, place_of(line, act->frame, whole) - 1, line->y + line->height / 2 - tall / 2,
                 decides ? 5 : 3, tall, viz_hud_team(sim_team(act->drone), 1));
  }
}

static void rail(VizHud *hud, const VizHudInput *in, const VizRect *line, VizTaken *taken) {
  VizSource *source = in->player->source;
  const int unit = hud->font->height[VIZ_FONT_NORMAL], whole = whole_line(source);
  const int thick = unit / 3 > 2 ? unit / 3 : 2, middle = line->y + line->height / 2;
  VizStory *story = malloc(sizeof *story);
  if (whole < 2 || !story) {
    free(story);
    return;
  }
  viz_story(story, source, viz_player_knows_end(in->player));
  const int at = place_of(line, viz_player_frame(in->player), whole);
  viz_hud_rect(hud, line->x, middle - thick / 2, line->width, thick, VIZ_TROUGH);
  viz_hud_rect(hud, line->x, middle - thick / 2, at - line->x, thick, VIZ_SOFT);
  marks(hud, story, line, whole);
  viz_hud_rect(hud, at - thick, middle - unit * 2 / 3, 2 * thick, unit * 4 / 3, VIZ_WHITE);
  viz_hud_hot(hud, *line, (VizCommand){.what = VIZ_DO_SEEK});
  if (hud->hots > 0) {
    hud->hot[hud->hots - 1].span = whole - 1;
  }
  if (viz_rect_has(line, in->mouse_x, in->mouse_y)) {
    line_tip(hud, in, story, line, whole, taken);
  }
  free(story);
}

// ---- the buttons

typedef struct Button {
  const char *text, *tip;
  VizCommand command;
} Button;

// returns where the next one goes
static int button(VizHud *hud, const VizHudInput *in, int x, int y, const Button *of, bool on,
                  VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int width = viz_hud_plate_width(hud, VIZ_FONT_NORMAL, of->text);
  const VizRect rect = {x, y, width, 2 * unit};
  const bool pointed = viz_rect_has(&rect, in->mouse_x, in->mouse_y);
  viz_hud_button(hud, x, y,
                 on        ? VIZ_GREEN
                 : pointed ? VIZ_GREY
                           : VIZ_RAISED,
                 of->text, of->command);
  if (pointed) {
    tip(hud, in, x + width / 2, of->tip, taken);
  }
  return x + width + unit / 4;
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

static void time_words(char *out, size_t size, const VizHudInput *in) {
  const int frame = viz_player_frame(in->player), n = viz_source_frames(in->player->source);
  if (in->player->paused && viz_source_playing(in->player->source) && frame < n - 1) {
    snprintf(out, size, "%.2f s (-%.2f)", frame * SIM_DT, (n - 1 - frame) * SIM_DT);
  } else {
    snprintf(out, size, "%.2f / %.2f s", frame * SIM_DT, (n - 1) * SIM_DT);
  }
}

static void buttons(VizHud *hud, const VizHudInput *in, int y, VizTaken *taken) {
  const VizPlayer *player = in->player;
  const Button before[] = {
      {"|<", "rally before (Ctrl + Left)", {VIZ_DO_RALLY, -1}},
      {"<", "touch before (Shift + Left)", {VIZ_DO_TOUCH, -1}},
      {player->paused ? "run" : "pause", "run or pause (Space)", {VIZ_DO_PAUSE, 0}},
      {">", "next touch (Shift + Right)", {VIZ_DO_TOUCH, 1}},
      {">|", "next rally (Ctrl + Right)", {VIZ_DO_RALLY, 1}},
      {"-", "slower (-)", {VIZ_DO_SPEED, -1}},
  };
  const Button faster = {"+", "faster (= or +)", {VIZ_DO_SPEED, 1}};
  const Button loop = {"loop", "this rally again and again (O)", {VIZ_DO_LOOP, 0}};
  const Button list = {"rallies", "list of rallies (F9)", {VIZ_DO_PAGE, VIZ_PAGE_RALLIES}};
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  char speed[40], time[60];
  int x = unit;
  for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
    x = button(hud, in, x, y, &before[i], false, taken);
  }
  speed_words(speed, sizeof speed, in);
  viz_hud_text(hud, x + unit / 4, y + unit / 2, VIZ_FONT_NORMAL, VIZ_WHITE, speed);
  x += viz_hud_text_width(hud, VIZ_FONT_NORMAL, speed) + unit * 3 / 4;
  x = button(hud, in, x, y, &faster, false, taken);
  x = button(hud, in, x, y, &loop, player->loop, taken);
  x = button(hud, in, x, y, &list, in->page == VIZ_PAGE_RALLIES, taken);
  time_words(time, sizeof time, in);
  if (x + viz_hud_text_width(hud, VIZ_FONT_NORMAL, time) + unit < hud->width) {
    viz_hud_text_right(hud, hud->width - unit, y + unit / 2, VIZ_FONT_NORMAL, VIZ_WHITE, time);
  }
}

void viz_hud_timeline(VizHud *hud, const VizHudInput *in, VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const VizRect *bar = &in->layout->bottom;
  if (bar->height == 0) {
    return;
  }
  viz_hud_pane(hud, bar, VIZ_SOLID);
  const VizRect line = {bar->x + unit, bar->y + unit / 4, bar->width - 2 * unit, unit * 2};
  rail(hud, in, &line, taken);
  buttons(hud, in, bar->y + bar->height - unit * 5 / 2, taken);
}
