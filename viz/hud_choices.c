// The strip of decisions: for each team the one in force, with a bar for every option that it could
// have taken, the likely ones first. The far team's is at the left, as it stands on the court.
#include <assert.h>
#include <stdio.h>

#include "viz/hud_parts.h"
#include "viz/words.h"

enum { ROWS_MAX = 64 };

// One option that could be taken.
typedef struct Row {
  int head, option;
  bool chosen;
  float p;
} Row;

// Where a team's half of the strip is, and what it shows.
typedef struct Box {
  VizHud *hud;
  const PolOptions *options;
  const VizChoice *choice;
  VizColor color;
  VizRect rect;
  int head;  // width of the names of heads
} Box;

static bool may_take(const VizChoice *choice, int head, int option) {
  assert(head >= 0 && head < POL_HEADS_MAX && option >= 0 && option < POL_OPTIONS_MAX);
  return choice->known ? (choice->legal[head] >> option & 1u) != 0 : choice->option[head] == option;
}

// a head that could only do one thing decided nothing
static bool is_asked(const Box *box, int head) {
  const int chosen = box->choice->option[head];
  return chosen < box->options->n[head] &&
         (!box->choice->known || (box->choice->legal[head] & (box->choice->legal[head] - 1)) != 0);
}

// the options of the heads that were asked, the chosen one of a head and then the likely ones first
static int list_rows(Row row[ROWS_MAX], const Box *box) {
  int n = 0;
  for (int head = 0; head < box->options->heads; head++) {
    const int first = n;
    for (int i = 0; is_asked(box, head) && i < box->options->n[head]; i++) {
      if (!may_take(box->choice, head, i) || n == ROWS_MAX) {
        continue;
      }
      const Row own = {head, i, box->choice->option[head] == i, box->choice->p[head][i]};
      int at = n++;
      while (at > first && (own.chosen || (!row[at - 1].chosen && row[at - 1].p < own.p))) {
        row[at] = row[at - 1];
        at--;
      }
      row[at] = own;
    }
  }
  return n;
}

static void draw_row(const Box *box, const Row *row, int x, int y, int width, bool first) {
  VizHud *hud = box->hud;
  const int unit = hud->font->height[VIZ_FONT_NORMAL], bar = unit * 3;
  const VizColor ink = row->chosen ? VIZ_WHITE : VIZ_SOFT;
  const int number = unit * 5 / 2, head = box->head, name = width - head - bar - number - unit;
  char text[16];
  assert(row->option < box->options->n[row->head]);
  if (first) {
    viz_hud_text_in(hud, x, y, head - unit / 2, VIZ_FONT_NORMAL, VIZ_SOFT,
                    box->options->head[row->head]);
  }
  if (row->chosen) {
    viz_hud_rect(hud, x + head - unit / 2, y - unit / 4, unit / 4, unit * 3 / 2, box->color);
  }
  viz_hud_text_in(hud, x + head, y, name, VIZ_FONT_NORMAL, ink,
                  box->options->option[row->head][row->option].name);
  if (box->choice->known) {
    const double p = (double)row->p;
    assert(!(p < 0) && !(p > 1 + 1e-6));
    const int left = x + head + name + unit / 4;
    VizColor color = box->color;
    color.a = row->chosen ? 1 : 0.5f;
    viz_hud_rect(hud, left, y, bar, unit, VIZ_TROUGH);
    viz_hud_rect(hud, left, y, (int)(p * bar + 0.5), unit, color);
    snprintf(text, sizeof text, "%.0f", 100 * p);
    viz_hud_text_right(hud, left + bar + number, y, VIZ_FONT_NORMAL, ink, text);
  }
}

static int head_width(const Box *box) {
  int width = 0;
  for (int head = 0; head < box->options->heads; head++) {
    const int own = viz_hud_text_width(box->hud, VIZ_FONT_NORMAL, box->options->head[head]);
    width = own > width ? own : width;
  }
  return width + box->hud->font->height[VIZ_FONT_NORMAL];
}

// as many columns as are wide enough for a name; what does not fit is counted
static void draw_rows(const Box *box, const Row *row, int n) {
  const int unit = box->hud->font->height[VIZ_FONT_NORMAL], line = unit * 3 / 2;
  const VizRect *rect = &box->rect;
  const int columns = rect->width / (unit * 22) > 0 ? rect->width / (unit * 22) : 1;
  const int width = rect->width / columns, rows = (rect->height - unit * 3) / line;
  const int room = columns * rows, shown = n > room ? room - 1 : n;
  for (int i = 0; i < shown; i++) {
    const int place = i % rows;
    draw_row(box, &row[i], rect->x + unit + i / rows * width, rect->y + unit * 5 / 2 + place * line,
             width - unit, place == 0 || row[i].head != row[i - 1].head);
  }
  if (shown < n && rows > 0) {
    char text[32];
    snprintf(text, sizeof text, "and %d more", n - shown);
    viz_hud_text(box->hud, rect->x + unit * 6 + shown / rows * width,
                 rect->y + unit * 5 / 2 + shown % rows * line, VIZ_FONT_NORMAL, VIZ_SOFT, text);
  }
}

// the last decision of the team in which there was something to choose
static const VizChoice *shown_choice(Box *box, const VizHudInput *in, SimTeam team) {
  const VizSource *source = in->player->source;
  Row row[ROWS_MAX];
  for (int i = viz_player_frame(in->player); i > 0;) {
    box->choice = viz_source_choice(source, viz_source_frame(source, i), team);
    if (!box->choice || list_rows(row, box) > 0) {
      return box->choice;
    }
    // the frame that it was made from still holds the one before
    i = box->choice->step < i ? box->choice->step : i - 1;
  }
  return NULL;
}

static void draw_box(Box *box, const VizHudInput *in, SimTeam team) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int unit = box->hud->font->height[VIZ_FONT_NORMAL];
  char who[80], what[POL_NAME_MAX], line[200];
  Row row[ROWS_MAX];
  viz_words_team(who, sizeof who, info, team);
  viz_hud_rect(box->hud, box->rect.x, box->rect.y, unit / 3, box->rect.height, box->color);
  const VizChoice *choice = box->options ? shown_choice(box, in, team) : NULL;
  const bool rules = choice && choice->rules;
  if (!choice || rules) {
    snprintf(line, sizeof line, "%.50s: %s", who,
             rules           ? "plays by fixed rules"
             : !box->options ? "no strategy"
                             : "nothing to decide yet");
  } else {
    viz_words_strategy(what, sizeof what, info, team, choice->strategy);
    snprintf(line, sizeof line, "%.50s%s%s, at %.2f s", who, what[0] ? ", " : "", what,
             choice->step * SIM_DT);
  }
  viz_hud_text_in(box->hud, box->rect.x + unit, box->rect.y + unit * 3 / 4,
                  box->rect.width - 2 * unit, VIZ_FONT_NORMAL, VIZ_WHITE, line);
  if (choice && !rules) {
    box->head = head_width(box);
    draw_rows(box, row, list_rows(row, box));
  }
}

void viz_hud_choices(VizHud *hud, const VizHudInput *in) {
  const VizRect *strip = &in->layout->strip;
  const int person = viz_source_info(in->player->source)->person;
  if (strip->height == 0 || person >= 0) {
    return;  // a person sees their own options there, and not what the others think
  }
  viz_hud_pane(hud, strip, VIZ_SOLID);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const int half = strip->width / 2;
    Box box = {.hud = hud,
               .options = viz_source_info(in->player->source)->options[team],
               .color = viz_hud_team((SimTeam)team, 1),
               .rect = {strip->x + (team == SIM_FAR ? 0 : half), strip->y, half, strip->height}};
    draw_box(&box, in, (SimTeam)team);
  }
}
