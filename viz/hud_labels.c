// Names at the drones, and the ball. A label stands below or beside its drone, where it meets
// neither the ball nor another label; where there is no such place it fades out the nearer the ball
// comes. The ball itself is drawn after everything else: at 640x360 it is four pixels wide, and
// whoever watches volleyball wants to see it.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/vec.h"
#include "viz/hud_parts.h"
#include "viz/words.h"

// a point of the court in the picture, y from the top; false behind the camera
static bool project(int out[2], const VizHudInput *in, const double point[3]) {
  const VizRect *court = &in->layout->court;
  double pixel[2];
  if (!viz_scene_project(pixel, in->scene, point, court->width, court->height)) {
    return false;
  }
  for (int k = 0; k < 2; k++) {
    if (!(fabs(pixel[k]) < 1e6)) {
      return false;
    }
  }
  out[0] = court->x + (int)floor(pixel[0]);
  out[1] = court->y + court->height - 1 - (int)floor(pixel[1]);
  return true;
}

// ---- the ball

void viz_hud_find_ball(VizBallMark *ball, const VizHud *hud, const VizHudInput *in) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const double *pos = in->scene->view.ball_pos;
  const double radius = SIM_BALL_RADIUS * in->switches->ball_scale *
                        viz_scene_pixels_per_metre(in->scene, pos, in->layout->court.height);
  int at[2];
  *ball = (VizBallMark){.seen = project(at, in, pos) && radius > 0 &&
                                viz_rect_has(&in->layout->court, at[0], at[1])};
  if (ball->seen) {
    ball->x = at[0];
    ball->y = at[1];
    ball->radius = (int)fmin(fmax(radius + 0.5, unit * 0.35), in->layout->court.height / 4.0);
  }
}

// half the width of a disc at dy from its centre
static int half_chord(int radius, int dy) {
  const int square = radius * radius - dy * dy;
  return square > 0 ? (int)(sqrt((double)square) + 0.5) : 0;
}

static void chord(VizHud *hud, const VizBallMark *ball, const VizRect *court, int dy, int half,
                  VizColor color) {
  const int y = ball->y + dy;
  const int left = ball->x - half > court->x ? ball->x - half : court->x;
  const int end = court->x + court->width;
  const int right = ball->x + half + 1 < end ? ball->x + half + 1 : end;
  if (y >= court->y && y < court->y + court->height) {
    viz_hud_rect(hud, left, y, right - left, 1, color);
  }
}

void viz_hud_ball(VizHud *hud, const VizBallMark *ball, const VizLayout *layout) {
  static const VizColor DARK = {0.02f, 0.02f, 0.04f, 1}, FILL = {1, 0.86f, 0.16f, 1},
                        LIGHT = {1, 0.96f, 0.62f, 1}, BAND = {0.16f, 0.30f, 0.72f, 1};
  const int edge = ball->radius / 6 + 1, outer = ball->radius + edge;
  for (int dy = -outer; ball->seen && dy <= outer; dy++) {
    const int inner = abs(dy) <= ball->radius ? half_chord(ball->radius, dy) : 0;
    chord(hud, ball, &layout->court, dy, half_chord(outer, dy), DARK);
    if (inner > 0) {
      const bool band = 4 * abs(dy) < ball->radius && ball->radius > 3;
      const bool light = 5 * dy < -2 * ball->radius;
      chord(hud, ball, &layout->court, dy, inner, band ? BAND : light ? LIGHT : FILL);
    }
  }
}

// ---- labels

// pixels between a rectangle and the ball's outline, 0 when they meet
static double gap(const VizRect *rect, const VizBallMark *ball) {
  const int right = rect->x + rect->width, bottom = rect->y + rect->height;
  const int dx = ball->x < rect->x ? rect->x - ball->x : ball->x > right ? ball->x - right : 0;
  const int dy = ball->y < rect->y ? rect->y - ball->y : ball->y > bottom ? ball->y - bottom : 0;
  const double between = sqrt((double)dx * dx + (double)dy * dy) - ball->radius * 7 / 6 - 1;
  return between > 0 ? between : 0;
}

static bool is_free(const VizRect *rect, const VizRect *court, const VizTaken *taken) {
  const bool inside = rect->x >= court->x && rect->y >= court->y &&
                      rect->x + rect->width <= court->x + court->width &&
                      rect->y + rect->height <= court->y + court->height;
  for (int i = 0; i < taken->n; i++) {
    if (viz_rects_meet(rect, &taken->rect[i])) {
      return false;
    }
  }
  return inside;
}

// The free place farthest from the ball, the first one where several are far enough. Returns the
// gap, -1 when no place is free.
static double place_label(VizRect *out, const VizRect *court, const int at[2], int reach, int width,
                          int height, const VizBallMark *ball, const VizTaken *taken,
                          double enough) {
  const VizRect place[] = {{at[0] - width / 2, at[1] + reach, width, height},
                           {at[0] + reach, at[1] - height / 2, width, height},
                           {at[0] - reach - width, at[1] - height / 2, width, height},
                           {at[0] + reach, at[1] + reach / 2, width, height},
                           {at[0] - reach - width, at[1] + reach / 2, width, height}};
  double best = -1;
  for (size_t i = 0; i < sizeof place / sizeof place[0] && best < enough; i++) {
    const double here = ball->seen ? gap(&place[i], ball) : enough;
    if (is_free(&place[i], court, taken) && here > best) {
      best = here;
      *out = place[i];
    }
  }
  return best;
}

static void label_words(char *out, size_t size, const VizInfo *info, const VizFrame *frame,
                        int drone) {
  char who[40];
  const char *task = viz_words_skill(info, frame->skill[drone]);
  if (info->practice) {
    snprintf(out, size, "%s", drone == 0 ? info->task : "team-mate");
    return;
  }
  viz_words_drone(who, sizeof who, info, drone);
  snprintf(out, size, "%s%s%s", who, task[0] ? ": " : "", task);
}

// labels leave the drones themselves in sight
static void take_drones(VizTaken *taken, const VizHudInput *in, const VizFrame *frame) {
  for (int i = 0; i < SIM_DRONES; i++) {
    const double *pos = in->scene->view.drone[i].pos;
    const int height = in->layout->court.height;
    const double metre = viz_scene_pixels_per_metre(in->scene, pos, height);
    const int half = (int)fmin(0.25 * metre * in->switches->drone_scale, height / 4.0);
    int at[2];
    if (sim_present(&frame->state.view, i) && project(at, in, pos)) {
      viz_hud_take(taken, (VizRect){at[0] - half, at[1] - half / 2, 2 * half, half});
    }
  }
}

void viz_hud_labels(VizHud *hud, const VizHudInput *in, const VizFrame *frame,
                    const VizBallMark *ball, VizTaken *taken) {
  const VizInfo *info = viz_source_info(in->player->source);
  const VizRect *court = &in->layout->court;
  const int unit = hud->font->height[VIZ_FONT_NORMAL], bar = unit / 3, height = unit * 5 / 3;
  take_drones(taken, in, frame);
  for (int i = 0; i < SIM_DRONES; i++) {
    const double *pos = in->scene->view.drone[i].pos;
    int at[2];
    if (!sim_present(&frame->state.view, i) || !project(at, in, pos)) {
      continue;
    }
    const double metre = viz_scene_pixels_per_metre(in->scene, pos, court->height);
    const int reach = (int)fmin(0.3 * metre * in->switches->drone_scale, court->height / 3.0) + 3;
    char text[64];
    label_words(text, sizeof text, info, frame, i);
    const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, text) + bar + unit;
    VizRect rect;
    const double between =
        place_label(&rect, court, at, reach, wide, height, ball, taken, unit * 2.0);
    if (between <= 0) {
      continue;  // none is better than one over the ball
    }
    const bool faint = between < unit;
    const bool strikes = viz_words_skill(info, frame->skill[i])[0] != '\0';
    VizColor back = strikes ? viz_hud_team(sim_team(i), 0.85f) : VIZ_PANE;
    back.a = faint ? 0.35f : back.a;
    viz_hud_pane(hud, &rect, back);
    viz_hud_rect(hud, rect.x, rect.y, bar, height, viz_hud_team(sim_team(i), faint ? 0.5f : 1));
    viz_hud_text(hud, rect.x + bar + unit / 2, rect.y + unit / 3, VIZ_FONT_NORMAL,
                 faint ? VIZ_SOFT : VIZ_WHITE, text);
    viz_hud_take(taken, rect);
  }
}
