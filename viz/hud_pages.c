// The column at the side: one page at a time, so that it always has room.
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "sim/vec.h"
#include "viz/hud_parts.h"
#include "viz/words.h"

// A page that is being filled from the top.
typedef struct Page {
  VizHud *hud;
  const VizHudInput *in;
  VizRect rect;
  int unit, line, y;
} Page;

static void heading(Page *page, const char *text) {
  viz_hud_text_in(page->hud, page->rect.x + page->unit, page->y, page->rect.width - 2 * page->unit,
                  VIZ_FONT_NORMAL, VIZ_YELLOW, text);
  page->y += page->line + page->unit / 4;
}

// name at the left, value at the right of `column` capitals
static void entry(Page *page, const char *name, const char *value) {
  const int x = page->rect.x + page->unit, column = 10 * page->unit;
  if (page->y + page->line > page->rect.y + page->rect.height) {
    return;
  }
  viz_hud_text_in(page->hud, x, page->y, column - page->unit / 2, VIZ_FONT_NORMAL, VIZ_SOFT, name);
  viz_hud_text_in(page->hud, x + column, page->y, page->rect.width - column - 2 * page->unit,
                  VIZ_FONT_NORMAL, VIZ_WHITE, value);
  page->y += page->line;
}

static void facts(Page *page) {
  const VizSource *source = page->in->player->source;
  const VizInfo *info = viz_source_info(source);
  const VizFrame *frame = viz_source_frame(source, viz_player_frame(page->in->player));
  const SimView *view = &frame->state.view;
  char value[VIZ_ITEM_TEXT];
  double landing[2], time;
  heading(page, "facts");
  snprintf(value, sizeof value, "%.2f %.2f %.2f m", view->ball_pos[0], view->ball_pos[1],
           view->ball_pos[2]);
  entry(page, "ball", value);
  snprintf(value, sizeof value, "%.2f m/s", vec_norm(view->ball_vel));
  entry(page, "ball speed", value);
  snprintf(value, sizeof value, "-");
  if (viz_landing(landing, &time, view, SIM_GROUND)) {
    snprintf(value, sizeof value, "%.2f %.2f in %.2f s", landing[0], landing[1], time);
  }
  entry(page, "comes down", value);
  snprintf(value, sizeof value, "%d", frame->state.referee.hits);
  entry(page, "touches", value);
  snprintf(value, sizeof value, "%d of %d", viz_player_frame(page->in->player),
           viz_source_frames(source) - 1);
  entry(page, "step", value);
  snprintf(value, sizeof value, "%llu", (unsigned long long)info->seed);
  entry(page, "seed", value);
  entry(page, "rules", info->rules ? info->rules->name : "?");
  entry(page, "camera", viz_camera_name(page->in->scene->preset));
  entry(page, "quality", page->in->fast ? "fast" : "full");
  entry(page, "drawn by", page->in->renderer ? page->in->renderer : "-");
}

static void profiler(Page *page) {
  const VizTiming *timing = &page->in->timing;
  char value[40];
  heading(page, "profiler");
  snprintf(value, sizeof value, "%.1f /s", timing->fps);
  entry(page, "pictures", value);
  snprintf(value, sizeof value, "%.3f ms", timing->own);
  entry(page, "viewer", value);
  snprintf(value, sizeof value, "%.2f ms", timing->draw);
  entry(page, "drawing", value);
  snprintf(value, sizeof value, "%.2f", timing->true_speed);
  entry(page, "true speed", value);
}

// ---- players

static void rotors(Page *page, const SimDrone *drone, int y, VizColor color) {
  const int unit = page->unit, full = unit * 3 / 2;
  for (int r = 0; r < SIM_ROTORS; r++) {
    const double rotor = fmin(fmax(drone->rotor[r], 0), 1);
    const int tall = (int)(rotor * full);
    const int x = page->rect.x + page->rect.width - (SIM_ROTORS - r) * unit * 5 / 4 - unit / 2;
    viz_hud_rect(page->hud, x, y, unit, full, VIZ_TROUGH);
    viz_hud_rect(page->hud, x, y + full - tall, unit, tall, color);
  }
}

// what each drone does and what its rotors are told
static void players(Page *page) {
  const VizInfo *info = viz_source_info(page->in->player->source);
  const VizFrame *frame =
      viz_source_frame(page->in->player->source, viz_player_frame(page->in->player));
  const int unit = page->unit, row = unit * 9 / 4;
  heading(page, "players: skill, rotors");
  for (int i = 0; i < SIM_DRONES; i++) {
    const VizColor color = viz_hud_team(sim_team(i), 1);
    char text[48];
    if (!sim_present(&frame->state.view, i)) {
      continue;
    }
    viz_hud_rect(page->hud, page->rect.x + unit / 2, page->y, unit / 3, row - 2, color);
    viz_words_drone(text, sizeof text, info, i);
    viz_hud_text_in(page->hud, page->rect.x + unit * 3 / 2, page->y + unit / 2, unit * 9,
                    VIZ_FONT_NORMAL, VIZ_SOFT, text);
    snprintf(text, sizeof text, "%s", viz_skill_name(info, frame->skill[i]));
    for (char *c = text; *c; c++) {
      *c = *c == '_' ? ' ' : *c;
    }
    viz_hud_text_in(page->hud, page->rect.x + unit * 11, page->y + unit / 2, unit * 12,
                    VIZ_FONT_NORMAL, VIZ_WHITE, text);
    rotors(page, &frame->state.view.drone[i], page->y + unit / 4, color);
    page->y += row;
  }
}

// ---- rallies

static void rally_row(Page *page, int rally, int now) {
  VizSource *source = page->in->player->source;
  VizResult result;
  const bool known = viz_source_result(&result, source, rally);
  const VizRect rect = {page->rect.x, page->y - page->unit / 4, page->rect.width, page->line};
  const bool pointed = viz_rect_has(&rect, page->in->mouse_x, page->in->mouse_y);
  char number[32], words[100] = "?";
  if (rally == now || pointed) {
    viz_hud_pane(page->hud, &rect, rally == now ? VIZ_GREY : VIZ_RAISED);
  }
  snprintf(number, sizeof number, "%lld", (long long)(known ? result.number : rally));
  if (known && result.winner != SIM_PLAYING) {
    viz_words_result(words, sizeof words, viz_source_info(source), result.winner);
  } else {
    snprintf(words, sizeof words, rally == now ? "now" : "-");
  }
  viz_hud_text_right(page->hud, page->rect.x + page->unit * 6, page->y, VIZ_FONT_NORMAL, VIZ_WHITE,
                     number);
  viz_hud_text_in(page->hud, page->rect.x + page->unit * 7, page->y,
                  page->rect.width - page->unit * 8, VIZ_FONT_NORMAL, known ? VIZ_SOFT : VIZ_WHITE,
                  words);
  viz_hud_hot(page->hud, rect, (VizCommand){VIZ_DO_RALLY_AT, rally});
  page->y += page->line;
}

static void rallies(Page *page) {
  const VizSource *source = page->in->player->source;
  const int now = viz_source_rally(source), all = viz_source_info(source)->rallies;
  heading(page, "rallies (G: go to a number)");
  const int room = (page->rect.y + page->rect.height - page->y) / page->line;
  const int n = all > 0 ? all : now + 1;
  int first = now - room / 2;
  first = first > n - room ? n - room : first;
  first = first < 0 ? 0 : first;
  for (int i = first; i < n && i < first + room; i++) {
    rally_row(page, i, now);
  }
}

// ---- statistics

static void share(char *out, size_t size, int part, int of) {
  if (of > 0) {
    snprintf(out, size, "%d of %d, %.0f %%", part, of, 100.0 * part / of);
  } else {
    snprintf(out, size, "-");
  }
}

static void team_row(Page *page, const char *name, const char *const value[SIM_TEAMS]) {
  const int unit = page->unit, x = page->rect.x + unit, column = 9 * unit;
  viz_hud_text_in(page->hud, x, page->y, 8 * unit, VIZ_FONT_NORMAL, VIZ_SOFT, name);
  for (int team = 0; team < SIM_TEAMS; team++) {
    viz_hud_text_in(page->hud, x + (team == SIM_NEAR ? 8 : 18) * unit, page->y, column + unit / 2,
                    VIZ_FONT_NORMAL, VIZ_WHITE, value[team]);
  }
  page->y += page->line;
}

static void figures(Page *page, const VizStats *stats) {
  enum { ROWS = 7, TEXT = 40 };
  static const char *const NAME[ROWS] = {"points", "aces",  "serve err.", "received",
                                         "digs",   "kills", "attack err."};
  char text[ROWS][SIM_TEAMS][TEXT];
  for (int team = 0; team < SIM_TEAMS; team++) {
    const VizTeamStats *of = &stats->team[team];
    snprintf(text[0][team], TEXT, "%d", of->points);
    share(text[1][team], TEXT, of->aces, of->serves);
    share(text[2][team], TEXT, of->serve_errors, of->serves);
    share(text[3][team], TEXT, of->received, of->receptions);
    snprintf(text[4][team], TEXT, "%d", of->digs);
    share(text[5][team], TEXT, of->kills, of->attacks);
    share(text[6][team], TEXT, of->attack_errors, of->attacks);
  }
  for (int i = 0; i < ROWS; i++) {
    const char *const value[SIM_TEAMS] = {text[i][SIM_NEAR], text[i][SIM_FAR]};
    team_row(page, NAME[i], value);
  }
}

// the court from above, far half at the left; a square is the brighter the more landed there
static void heat_map(Page *page, const VizStats *stats) {
  const int room = page->rect.y + page->rect.height - page->y - page->unit / 2;
  const int wide = (page->rect.width - 2 * page->unit) / VIZ_HEAT_X, tall = room / VIZ_HEAT_Y;
  const int cell = wide < tall ? wide : tall;
  const int left = page->rect.x + (page->rect.width - cell * VIZ_HEAT_X) / 2;
  int most = 1;
  if (cell < 2) {
    return;
  }
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int i = 0; i < VIZ_HEAT_X * VIZ_HEAT_Y; i++) {
      const int n = stats->team[team].heat[i / VIZ_HEAT_Y][i % VIZ_HEAT_Y];
      most = n > most ? n : most;
    }
  }
  viz_hud_rect(page->hud, left + cell, page->y + cell, cell * (VIZ_HEAT_X - 2),
               cell * (VIZ_HEAT_Y - 2), (VizColor){0.16f, 0.34f, 0.35f, 1});
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int x = 0; x < VIZ_HEAT_X; x++) {
      for (int y = 0; y < VIZ_HEAT_Y; y++) {
        const int n = stats->team[team].heat[x][y];
        const float bright = 0.25f + 0.75f * (float)n / (float)most;
        if (n > 0) {
          viz_hud_rect(page->hud, left + x * cell, page->y + (VIZ_HEAT_Y - 1 - y) * cell, cell - 1,
                       cell - 1, viz_hud_team((SimTeam)team, bright));
        }
      }
    }
  }
  viz_hud_rect(page->hud, left + cell * VIZ_HEAT_X / 2 - 1, page->y, 2, cell * VIZ_HEAT_Y,
               VIZ_WHITE);
}

static void statistics(Page *page) {
  const VizStats *stats = page->in->stats;
  const VizInfo *info = viz_source_info(page->in->player->source);
  char title[60];
  snprintf(title, sizeof title, "figures of %d rallies", stats->rallies);
  heading(page, title);
  for (int team = 0; team < SIM_TEAMS; team++) {
    viz_hud_rect(page->hud, page->rect.x + (team == SIM_NEAR ? 9 : 19) * page->unit,
                 page->y + page->line - page->unit / 4, 8 * page->unit, 2,
                 viz_hud_team((SimTeam)team, 1));
  }
  const char *const names[SIM_TEAMS] = {info->team[SIM_NEAR], info->team[SIM_FAR]};
  team_row(page, "", names);
  page->y += page->unit / 4;
  figures(page, stats);
  page->y += page->unit / 4;
  heat_map(page, stats);
}

void viz_hud_page(VizHud *hud, const VizHudInput *in) {
  static void (*const FILL[VIZ_PAGES])(Page *) = {
      [VIZ_PAGE_FACTS] = facts,      [VIZ_PAGE_PROFILER] = profiler, [VIZ_PAGE_PLAYERS] = players,
      [VIZ_PAGE_STATS] = statistics, [VIZ_PAGE_RALLIES] = rallies,
  };
  const VizRect *side = &in->layout->side;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  assert(in->page < VIZ_PAGES);
  if (side->width == 0 || !FILL[in->page]) {
    return;
  }
  Page page = {.hud = hud, .in = in, .rect = *side, .unit = unit, .y = side->y + unit};
  page.line = viz_hud_line(hud, VIZ_FONT_NORMAL);
  viz_hud_pane(hud, side, VIZ_SOLID);
  FILL[in->page](&page);
}
