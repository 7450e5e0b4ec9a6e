// The parts of the picture that are only there when asked for.
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "sim/vec.h"
#include "viz/hud_parts.h"
#include "viz/overlay.h"
#include "viz/words.h"

static const VizColor WHITE = {1, 1, 1, 1}, SOFT = {0.78f, 0.82f, 0.88f, 1};
static const VizColor KEY = {1, 0.86f, 0.45f, 1}, PANE = {0.03f, 0.04f, 0.07f, 0.90f};

// wide windows get two columns
static void help(VizHud *hud, const VizHudInput *in) {
  const int small = hud->font->height[VIZ_FONT_NORMAL], line = viz_hud_line(hud, VIZ_FONT_NORMAL);
  int keys = 0, text = 0;
  for (int i = 0; i < in->helps; i++) {
    const int k = viz_hud_text_width(hud, VIZ_FONT_NORMAL, in->help[i].keys);
    const int t = viz_hud_text_width(hud, VIZ_FONT_NORMAL, in->help[i].text);
    keys = k > keys ? k : keys;
    text = t > text ? t : text;
  }
  const int column = keys + text + 4 * small, columns = 2 * column < hud->width ? 2 : 1;
  const int rows = (in->helps + columns - 1) / columns;
  const int width = columns * column + 2 * small, height = rows * line + 3 * small;
  const int x = (hud->width - width) / 2, y = (hud->height - height) / 2;
  viz_hud_rect(hud, x, y, width, height, PANE);
  for (int i = 0; i < in->helps; i++) {
    const int left = x + 2 * small + i / rows * column, top = y + small * 3 / 2 + i % rows * line;
    viz_hud_text(hud, left, top, VIZ_FONT_NORMAL, KEY, in->help[i].keys);
    viz_hud_text(hud, left + keys + 2 * small, top, VIZ_FONT_NORMAL, WHITE, in->help[i].text);
  }
}

typedef struct Row {
  char name[24], value[64];
} Row;

// a table of name and value at the left under the score board; returns where it ends
static int table(VizHud *hud, int y, const Row *row, int rows) {
  assert(rows > 0);
  const int small = hud->font->height[VIZ_FONT_NORMAL], line = viz_hud_line(hud, VIZ_FONT_NORMAL);
  const int height = rows * line + small;
  viz_hud_rect(hud, small, y, small * 28, height, PANE);
  for (int i = 0; i < rows; i++) {
    const int top = y + small / 2 + i * line;
    viz_hud_text(hud, small * 2, top, VIZ_FONT_NORMAL, SOFT, row[i].name);
    viz_hud_text(hud, small * 11, top, VIZ_FONT_NORMAL, WHITE, row[i].value);
  }
  return y + height + small / 2;
}

static int info(VizHud *hud, const VizHudInput *in, int y) {
  const VizFrame *frame = viz_source_frame(in->player->source, viz_player_frame(in->player));
  const SimView *view = &frame->state.view;
  Row row[7];
  double landing[2], time;
  snprintf(row[0].name, sizeof row[0].name, "ball");
  snprintf(row[0].value, sizeof row[0].value, "%.2f %.2f %.2f m", view->ball_pos[0],
           view->ball_pos[1], view->ball_pos[2]);
  snprintf(row[1].name, sizeof row[1].name, "ball speed");
  snprintf(row[1].value, sizeof row[1].value, "%.2f m/s", vec_norm(view->ball_vel));
  snprintf(row[2].name, sizeof row[2].name, "comes down");
  if (viz_landing(landing, &time, view, SIM_GROUND)) {
    snprintf(row[2].value, sizeof row[2].value, "%.2f %.2f in %.2f s", landing[0], landing[1],
             time);
  } else {
    snprintf(row[2].value, sizeof row[2].value, "-");
  }
  snprintf(row[3].name, sizeof row[3].name, "legal touches");
  snprintf(row[3].value, sizeof row[3].value, "%d", frame->state.referee.hits);
  snprintf(row[4].name, sizeof row[4].name, "step");
  snprintf(row[4].value, sizeof row[4].value, "%d of %d", viz_player_frame(in->player),
           viz_source_frames(in->player->source) - 1);
  snprintf(row[5].name, sizeof row[5].name, "quality");
  snprintf(row[5].value, sizeof row[5].value, "%s", in->fast ? "fast" : "full");
  snprintf(row[6].name, sizeof row[6].name, "drawn by");
  snprintf(row[6].value, sizeof row[6].value, "%.26s", in->renderer ? in->renderer : "-");
  return table(hud, y, row, 7);
}

static int profiler(VizHud *hud, const VizHudInput *in, int y) {
  Row row[4];
  snprintf(row[0].name, sizeof row[0].name, "pictures");
  snprintf(row[0].value, sizeof row[0].value, "%.1f /s", in->timing.fps);
  snprintf(row[1].name, sizeof row[1].name, "viewer");
  snprintf(row[1].value, sizeof row[1].value, "%.3f ms", in->timing.own);
  snprintf(row[2].name, sizeof row[2].name, "drawing");
  snprintf(row[2].value, sizeof row[2].value, "%.2f ms", in->timing.draw);
  snprintf(row[3].name, sizeof row[3].name, "true speed");
  snprintf(row[3].value, sizeof row[3].value, "%.2f", in->timing.true_speed);
  return table(hud, y, row, 4);
}

// what each drone does and what its rotors are told; returns where the table ends
static int policy(VizHud *hud, const VizHudInput *in, int y) {
  const VizInfo *about = viz_source_info(in->player->source);
  const VizFrame *frame = viz_source_frame(in->player->source, viz_player_frame(in->player));
  const int small = hud->font->height[VIZ_FONT_NORMAL], line = small * 5 / 2;
  const int width = small * 34, x = hud->width - width - small;
  viz_hud_rect(hud, x, y, width, SIM_DRONES * line + small, PANE);
  for (int i = 0; i < SIM_DRONES; i++) {
    const SimTeam team = sim_team(i);
    const int top = y + small / 2 + i * line;
    const float *c = viz_team_color(team);
    char text[64];
    viz_hud_rect(hud, x, top, small / 3, line - 2, (VizColor){c[0], c[1], c[2], 1});
    snprintf(text, sizeof text, "%s", viz_role_name(sim_role(i)));
    viz_hud_text(hud, x + small, top + small * 2 / 3, VIZ_FONT_NORMAL, SOFT, text);
    const uint8_t option = frame->option[team][sim_role(i)];
    const PolOptions *options = about->options[team];
    const bool named = options && option < options->n[sim_role(i)];
    snprintf(text, sizeof text, "%.20s",
             named ? options->option[sim_role(i)][option].name
                   : viz_skill_name(about, frame->skill[i]));
    viz_hud_text(hud, x + small * 10, top + small * 2 / 3, VIZ_FONT_NORMAL, WHITE, text);
    for (int r = 0; r < SIM_ROTORS; r++) {
      const double rotor = fmin(fmax(frame->state.view.drone[i].rotor[r], 0), 1);
      const int full = small * 5 / 3, tall = (int)(rotor * full);
      const int left = x + small * 27 + r * small * 3 / 2;
      viz_hud_rect(hud, left, top, small, full, (VizColor){0.25f, 0.28f, 0.34f, 0.9f});
      viz_hud_rect(hud, left, top + full - tall, small, tall, (VizColor){c[0], c[1], c[2], 0.95f});
    }
  }
  return y + SIM_DRONES * line + small * 3 / 2;
}

int viz_hud_tables(VizHud *hud, const VizHudInput *in, int y) {
  if (in->show_info) {
    y = info(hud, in, y);
  }
  return in->show_profiler ? profiler(hud, in, y) : y;
}

int viz_hud_policies(VizHud *hud, const VizHudInput *in, int y) {
  return in->show_policy ? policy(hud, in, y) : y;
}

void viz_hud_help(VizHud *hud, const VizHudInput *in) {
  if (in->show_help) {
    help(hud, in);
  }
}
