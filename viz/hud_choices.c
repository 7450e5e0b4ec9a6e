// The strip of decisions: for each team the one in force, with a bar for every option that it could
// have taken, the likely ones first; of a table of touches also its shape, what the next touch
// would cost each drone, and who takes it. The far team's is at the left, as it stands on the
// court.
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "policies/volley/candidate.h"
#include "viz/hud_parts.h"
#include "viz/words.h"

enum { ROWS_MAX = 64 };

// One option that could be taken, or that is out of reach.
typedef struct Row {
  int head, option;
  bool chosen, legal;
  float p;
  double effort;  // m/s2, of a candidate; NaN: none
} Row;

// Where a team's half of the strip is, and what it shows.
typedef struct Box {
  VizHud *hud;
  const VizInfo *info;
  const PolOptions *options;
  const VizChoice *choice;
  SimTeam team;
  VizColor color;
  VizRect rect;
  int head;  // width of the names of heads
  int top;   // of the rows
} Box;

static const VizCandidate *candidate_of(const Box *box, int head, int option) {
  assert(head >= 0 && head < POL_HEADS_MAX && option >= 0 && option < POL_OPTIONS_MAX);
  const VizCandidates *candidates = &box->choice->candidates;
  const VizCandidate *own = &candidates->of[option];
  return candidates->head == head && own->drone >= 0 ? own : NULL;
}

static bool may_take(const Box *box, int head, int option) {
  const VizChoice *choice = box->choice;
  const VizCandidate *candidate = candidate_of(box, head, option);
  return choice->known ? (choice->legal[head] >> option & 1u) != 0
         : candidate   ? candidate->legal
                       : choice->option[head] == option;
}

// a head that could only do one thing decided nothing, but for who takes a touch
static bool is_asked(const Box *box, int head) {
  const int chosen = box->choice->option[head];
  return chosen < box->options->n[head] &&
         (!box->choice->known || box->choice->candidates.head == head ||
          pol_has_choice(box->choice->legal[head]));
}

// the chosen one, then what may be taken, the likely and the easy ones first
static bool comes_first(const Row *a, const Row *b) {
  if (a->chosen != b->chosen || a->legal != b->legal) {
    return a->chosen || (a->legal && !b->chosen);
  }
  return a->p != b->p ? a->p > b->p : a->effort < b->effort;
}

// the options of the heads that were asked, head by head
static int list_rows(Row row[ROWS_MAX], const Box *box) {
  int n = 0;
  for (int head = 0; head < box->options->heads; head++) {
    const int first = n;
    for (int i = 0; is_asked(box, head) && i < box->options->n[head]; i++) {
      const VizCandidate *candidate = candidate_of(box, head, i);
      const bool legal = may_take(box, head, i);
      if (n == ROWS_MAX || (!legal && !candidate)) {
        continue;
      }
      const Row own = {.head = head,
                       .option = i,
                       .chosen = box->choice->option[head] == i,
                       .legal = legal,
                       .p = box->choice->known ? box->choice->p[head][i] : 0,
                       .effort = candidate ? candidate->effort : (double)NAN};
      int at = n++;
      while (at > first && comes_first(&own, &row[at - 1])) {
        row[at] = row[at - 1];
        at--;
      }
      row[at] = own;
    }
  }
  return n;
}

static int head_width(const Box *box) {
  int width = 0;
  for (int head = 0; head < box->options->heads; head++) {
    const int own = viz_hud_text_width(box->hud, VIZ_FONT_NORMAL, box->options->head[head]);
    width = own > width ? own : width;
  }
  return width + box->hud->font->height[VIZ_FONT_NORMAL];
}

// of a row, in px: what stands right of its name
static int share_width(const Box *box) {
  return box->hud->font->height[VIZ_FONT_NORMAL] * 11 / 2;
}

static int effort_width(const Box *box) {
  return box->choice->candidates.head >= 0 ? box->hud->font->height[VIZ_FONT_NORMAL] * 3 : 0;
}

static int row_width(const Box *box, const Row *row) {
  char text[80];
  viz_words_option(text, sizeof text, box->info, box->team, row->head, row->option);
  return box->head + viz_hud_text_width(box->hud, VIZ_FONT_NORMAL, text) + share_width(box) +
         effort_width(box) + 3 * box->hud->font->height[VIZ_FONT_NORMAL];
}

static void draw_share(const Box *box, const Row *row, int left, int y, VizColor ink) {
  VizHud *hud = box->hud;
  const int unit = hud->font->height[VIZ_FONT_NORMAL], bar = unit * 3;
  const double p = (double)row->p;
  char text[16];
  assert(!(p < 0) && !(p > 1 + 1e-6));
  VizColor color = box->color;
  color.a = row->chosen ? 1 : 0.5f;
  viz_hud_rect(hud, left, y, bar, unit, VIZ_TROUGH);
  viz_hud_rect(hud, left, y, (int)(p * bar + 0.5), unit, color);
  snprintf(text, sizeof text, "%.0f", 100 * p);
  viz_hud_text_right(hud, left + bar + unit * 5 / 2, y, VIZ_FONT_NORMAL, ink, text);
}

// name, probability, effort
static void draw_row(const Box *box, const Row *row, int x, int y, int width, bool first) {
  VizHud *hud = box->hud;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const VizColor ink = row->chosen ? VIZ_WHITE : row->legal ? VIZ_SOFT : VIZ_GREY;
  const int name = width - box->head - share_width(box) - effort_width(box) - unit;
  char text[80];
  assert(row->option < box->options->n[row->head]);
  if (first) {
    viz_hud_text_in(hud, x, y, box->head - unit / 2, VIZ_FONT_NORMAL, VIZ_SOFT,
                    box->options->head[row->head]);
  }
  if (row->chosen) {
    viz_hud_rect(hud, x + box->head - unit / 2, y - unit / 4, unit / 4, unit * 3 / 2, box->color);
  }
  viz_words_option(text, sizeof text, box->info, box->team, row->head, row->option);
  viz_hud_text_in(hud, x + box->head, y, name, VIZ_FONT_NORMAL, ink, text);
  if (box->choice->known && row->legal) {
    draw_share(box, row, x + box->head + name + unit / 4, y, ink);
  }
  if (isfinite(row->effort)) {
    snprintf(text, sizeof text, "%.1f", row->effort);
    viz_hud_text_right(hud, x + width - unit / 2, y, VIZ_FONT_NORMAL, ink, text);
  }
}

// as many columns as are wide enough for every name; what does not fit is counted
static void draw_rows(const Box *box, const Row *row, int n) {
  const int unit = box->hud->font->height[VIZ_FONT_NORMAL], line = unit * 3 / 2;
  const VizRect *rect = &box->rect;
  int needs = unit * 22;
  for (int i = 0; i < n; i++) {
    const int own = row_width(box, &row[i]);
    needs = own > needs ? own : needs;
  }
  const int columns = rect->width / needs > 0 ? rect->width / needs : 1;
  const int width = rect->width / columns, rows = (rect->height - box->top - unit / 2) / line;
  const int room = columns * rows, shown = n > room ? room - 1 : n;
  for (int i = 0; i < shown; i++) {
    const int place = i % rows;
    draw_row(box, &row[i], rect->x + unit + i / rows * width, rect->y + box->top + place * line,
             width - unit, place == 0 || row[i].head != row[i - 1].head);
  }
  if (shown < n && rows > 0) {
    char text[32];
    snprintf(text, sizeof text, "and %d more", n - shown);
    viz_hud_text(box->hud, rect->x + unit * 6 + shown / rows * width,
                 rect->y + box->top + shown % rows * line, VIZ_FONT_NORMAL, VIZ_SOFT, text);
  }
}

// the last decision of the team in which there was something to choose
static const VizChoice *shown_choice(Box *box, const VizHudInput *in) {
  const VizSource *source = in->player->source;
  Row row[ROWS_MAX];
  for (int i = viz_player_frame(in->player); i > 0;) {
    box->choice = viz_source_choice(source, viz_source_frame(source, i), box->team);
    if (!box->choice || list_rows(row, box) > 0) {
      return box->choice;
    }
    // the frame that it was made from still holds the one before
    i = box->choice->step < i ? box->choice->step : i - 1;
  }
  return NULL;
}

// ---- a table of touches: who could take the next one, and how the team stands

// the shape that was chosen last, NULL: none yet
static const char *shape_of(const Box *box, const VizHudInput *in) {
  const VizSource *source = in->player->source;
  for (int i = viz_player_frame(in->player); i > 0;) {
    const VizChoice *choice = viz_source_choice(source, viz_source_frame(source, i), box->team);
    if (!choice) {
      return NULL;
    }
    const int shape = choice->option[POL_HEAD_SHAPE];
    if (shape < box->options->n[POL_HEAD_SHAPE]) {
      return box->options->option[POL_HEAD_SHAPE][shape].name;
    }
    i = choice->step < i ? choice->step : i - 1;
  }
  return NULL;
}

// the way that costs drone least, of those within reach where there are any; NULL: it has none
static const VizCandidate *easiest(const VizCandidates *candidates, int drone) {
  const VizCandidate *best = NULL;
  for (int i = 0; i < POL_OPTIONS_MAX; i++) {
    const VizCandidate *own = &candidates->of[i];
    if (own->drone == drone &&
        (!best || (own->legal != best->legal ? own->legal : own->effort < best->effort))) {
      best = own;
    }
  }
  return best;
}

// "shape mid wide   effort, m/s2: drone 1 3.2   drone 2 12.0", the chosen drone on a plate
static void draw_reach(const Box *box, const VizHudInput *in) {
  VizHud *hud = box->hud;
  const VizCandidates *candidates = &box->choice->candidates;
  const int unit = hud->font->height[VIZ_FONT_NORMAL], y = box->rect.y + unit * 5 / 2;
  const int chosen = candidates->head >= 0 ? box->choice->option[candidates->head] : POL_NOT_ASKED;
  const char *shape = shape_of(box, in);
  int x = box->rect.x + unit;
  char text[80];
  snprintf(text, sizeof text, "shape %.40s%s", shape ? shape : "-",
           candidates->head >= 0 ? "   effort (m/s2)" : "");
  viz_hud_text(hud, x, y, VIZ_FONT_NORMAL, VIZ_SOFT, text);
  x += viz_hud_text_width(hud, VIZ_FONT_NORMAL, text) + unit;
  for (int drone = 0; candidates->head >= 0 && drone < SIM_ROLES; drone++) {
    const VizCandidate *best = easiest(candidates, drone);
    const bool taken = chosen < POL_OPTIONS_MAX && candidates->of[chosen].drone == drone;
    if (!best) {
      continue;
    }
    snprintf(text, sizeof text, "%d: %.1f", drone + 1, best->effort);
    const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, text);
    if (taken) {
      viz_hud_rect(hud, x - unit / 3, y - unit / 3, wide + unit * 2 / 3, unit * 5 / 3, box->color);
    }
    viz_hud_text(hud, x, y, VIZ_FONT_NORMAL,
                 taken         ? VIZ_WHITE
                 : best->legal ? VIZ_SOFT
                               : VIZ_GREY,
                 text);
    x += wide + unit;
  }
}

static void draw_box(Box *box, const VizHudInput *in) {
  const VizInfo *info = box->info;
  const SimTeam team = box->team;
  const int unit = box->hud->font->height[VIZ_FONT_NORMAL];
  char who[80], what[POL_NAME_MAX], line[200];
  Row row[ROWS_MAX];
  viz_words_team(who, sizeof who, info, team);
  viz_hud_rect(box->hud, box->rect.x, box->rect.y, unit / 3, box->rect.height, box->color);
  const VizChoice *choice = box->options ? shown_choice(box, in) : NULL;
  const bool volley = box->options && box->options->kind == POL_TABLE_VOLLEY;
  const bool rules = choice && choice->rules, silent = !choice || (rules && !volley);
  if (silent) {
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
  if (!silent && volley) {
    draw_reach(box, in);
  }
  if (!silent) {
    box->top = volley ? unit * 9 / 2 : unit * 5 / 2;
    box->head = head_width(box);
    draw_rows(box, row, list_rows(row, box));
  }
}

void viz_hud_choices(VizHud *hud, const VizHudInput *in) {
  const VizRect *strip = &in->layout->strip;
  const VizInfo *info = viz_source_info(in->player->source);
  const int person = info->person;
  if (strip->height == 0 || person >= 0) {
    return;  // a person sees their own options there, and not what the others think
  }
  viz_hud_pane(hud, strip, VIZ_SOLID);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const int half = strip->width / 2;
    Box box = {.hud = hud,
               .info = info,
               .options = info->options[team],
               .team = (SimTeam)team,
               .color = viz_hud_team((SimTeam)team, 1),
               .rect = {strip->x + (team == SIM_FAR ? 0 : half), strip->y, half, strip->height}};
    draw_box(&box, in);
  }
}
