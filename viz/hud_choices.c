// The strategies' boxes: for each team the decision in force, head by head, with a bar for every
// option that it could have taken. The far team's is at the left, as it stands on the court.
#include <assert.h>
#include <stdio.h>

#include "viz/hud_parts.h"
#include "viz/overlay.h"
#include "viz/words.h"

static const VizColor WHITE = {1, 1, 1, 1}, SOFT = {0.72f, 0.77f, 0.85f, 1};
static const VizColor PANE = {0.03f, 0.04f, 0.07f, 0.86f}, TROUGH = {0.25f, 0.28f, 0.34f, 0.9f};

// Where a box is drawn, and with what.
typedef struct Box {
  VizHud *hud;
  const PolOptions *options;
  const VizChoice *choice;
  VizColor color;
  int x, y, width, row;
} Box;

static bool may_take(const VizChoice *choice, int head, int option) {
  assert(head >= 0 && head < POL_HEADS && option >= 0 && option < POL_OPTIONS_MAX);
  return choice->known ? (choice->legal[head] >> option & 1u) != 0 : choice->option[head] == option;
}

// a head that could only do one thing decided nothing
static bool is_asked(const Box *box, int head) {
  const int chosen = box->choice->option[head];
  return chosen < box->options->n[head] &&
         (!box->choice->known || (box->choice->legal[head] & (box->choice->legal[head] - 1)) != 0);
}

static int count_rows(const Box *box) {
  int rows = 0;
  for (int head = 0; head < POL_HEADS; head++) {
    for (int i = 0; is_asked(box, head) && i < box->options->n[head]; i++) {
      rows += may_take(box->choice, head, i);
    }
  }
  return rows;
}

static void option_row(const Box *box, int y, int head, int option, bool first) {
  assert(option < box->options->n[head]);
  VizHud *hud = box->hud;
  const VizChoice *choice = box->choice;
  const int small = hud->font->height[VIZ_FONT_NORMAL];
  const bool chosen = choice->option[head] == option;
  const VizColor ink = chosen ? WHITE : SOFT;
  char text[32];
  if (first) {
    viz_hud_text(hud, box->x + small, y, VIZ_FONT_NORMAL, SOFT, pol_head_name((PolHead)head));
  }
  if (chosen) {
    viz_hud_text(hud, box->x + small * 25 / 4, y, VIZ_FONT_NORMAL, box->color, ">");
  }
  snprintf(text, sizeof text, "%.14s", box->options->option[head][option].name);
  viz_hud_text(hud, box->x + small * 7, y, VIZ_FONT_NORMAL, ink, text);
  if (choice->known) {
    const double p = (double)choice->p[head][option];
    assert(!(p < 0) && !(p > 1 + 1e-6));
    const int full = small * 9 / 2, left = box->x + small * 31 / 2;
    VizColor bar = box->color;
    bar.a = chosen ? 1 : 0.5f;
    viz_hud_rect(hud, left, y, full, small, TROUGH);
    viz_hud_rect(hud, left, y, (int)(p * full + 0.5), small, bar);
    snprintf(text, sizeof text, "%3.0f", 100 * p);
    const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, text);
    viz_hud_text(hud, left + full + small * 5 / 2 - wide, y, VIZ_FONT_NORMAL, ink, text);
  }
}

static void option_rows(const Box *box, int y) {
  for (int head = 0; head < POL_HEADS; head++) {
    bool first = true;
    for (int i = 0; is_asked(box, head) && i < box->options->n[head]; i++) {
      if (may_take(box->choice, head, i)) {
        option_row(box, y, head, i, first);
        first = false;
        y += box->row;
      }
    }
  }
}

// returns the height, 0 when there is nothing to show
static int draw_box(const Box *box) {
  const int small = box->hud->font->height[VIZ_FONT_NORMAL];
  const int rows = count_rows(box), height = (rows + 1) * box->row + small;
  char line[POL_NAME_MAX + 24];
  viz_hud_rect(box->hud, box->x, box->y, box->width, height, PANE);
  viz_hud_rect(box->hud, box->x, box->y, small / 3, height, box->color);
  snprintf(line, sizeof line, "%s at %.2f s", box->choice->strategy, box->choice->step * SIM_DT);
  viz_hud_text(box->hud, box->x + small, box->y + small / 2, VIZ_FONT_NORMAL, WHITE, line);
  option_rows(box, box->y + small / 2 + box->row);
  return height;
}

// the last decision of the team in which there was something to choose
static const VizChoice *shown_choice(Box *box, const VizHudInput *in, SimTeam team) {
  const VizSource *source = in->player->source;
  for (int i = viz_player_frame(in->player); i > 0;) {
    box->choice = viz_source_choice(source, viz_source_frame(source, i), team);
    if (!box->choice || count_rows(box) > 0) {
      return box->choice;
    }
    // the frame that it was made from still holds the one before
    i = box->choice->step < i ? box->choice->step : i - 1;
  }
  return NULL;
}

int viz_hud_choices(VizHud *hud, const VizHudInput *in, SimTeam team, int y) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int small = hud->font->height[VIZ_FONT_NORMAL], width = small * 23;
  const float *c = viz_team_color(team);
  Box box = {.hud = hud,
             .options = info->options[team],
             .color = {c[0], c[1], c[2], 1},
             .x = team == SIM_FAR ? small : hud->width - width - small,
             .y = y,
             .width = width,
             .row = small * 3 / 2};
  if (!box.options || !in->switches->choices || hud->width < 2 * width + 3 * small) {
    return 0;
  }
  box.choice = shown_choice(&box, in, team);
  // the rules of a rule strategy are no secret and need no box
  const bool rules = box.choice && !box.choice->known && box.choice->strategy[0];
  return box.choice && !rules ? draw_box(&box) : 0;
}
