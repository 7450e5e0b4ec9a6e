// The bar on top: who plays, the score, how far the rally is. Over the court only what lasts for
// seconds: the result, warnings, messages.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/hud_parts.h"
#include "viz/words.h"

// ---- sentences of several lines

enum { LINES_MAX = 6 };

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

// cuts text into lines of at most width; returns how many
static int wrap(char line[LINES_MAX][VIZ_ITEM_TEXT], int lines, const VizHud *hud, const char *text,
                int width) {
  while (*text && lines < LINES_MAX) {
    const int length = fitting(hud, text, width);
    if (length == 0) {
      break;
    }
    snprintf(line[lines++], VIZ_ITEM_TEXT, "%.*s", length, text);
    text += length + (text[length] == ' ');
  }
  return lines;
}

// ---- the bar

// Colour, name, points of a team; the server has a dot. Returns the width.
static int team_block(VizHud *hud, int x, int room, const VizInfo *info, SimTeam team, int score,
                      bool serves) {
  assert(score >= 0);
  const int unit = hud->font->height[VIZ_FONT_NORMAL], height = 3 * unit;
  char number[16];
  snprintf(number, sizeof number, "%d", score);
  const int box = viz_hud_text_width(hud, VIZ_FONT_BIG, number) + unit;
  const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, info->team[team]),
            most = room - box - 3 * unit;
  const int text = wide < most ? wide : most;
  viz_hud_rect(hud, x, 0, unit / 2, height, viz_hud_team(team, 1));
  viz_hud_text_in(hud, x + unit, unit, text, VIZ_FONT_NORMAL, VIZ_WHITE, info->team[team]);
  x += unit + text + unit / 2;
  if (serves) {
    const int dot = unit * 2 / 3;
    viz_hud_rect(hud, x, unit + (unit - dot) / 2, dot, dot, VIZ_YELLOW);
  }
  x += unit;
  viz_hud_rect(hud, x, 0, box, height, VIZ_RAISED);
  viz_hud_text(hud, x + unit / 2, (height - hud->font->height[VIZ_FONT_BIG]) / 2, VIZ_FONT_BIG,
               VIZ_WHITE, number);
  return unit + text + unit / 2 + unit + box;
}

static const char *mode_of(const VizPlayer *player, VizColor *color) {
  const bool live = viz_source_info(player->source)->live;
  if (player->phase == VIZ_SLOW) {
    *color = VIZ_AMBER;
    return "SLOW MOTION";
  }
  if (player->paused) {
    *color = VIZ_GREY;
    return "PAUSED";
  }
  if (player->instant) {
    *color = VIZ_AMBER;
    return "INSTANT REPLAY";
  }
  if (viz_source_info(player->source)->practice) {
    *color = VIZ_GREEN;
    return "PRACTICE";
  }
  *color = live ? VIZ_RED : VIZ_GREEN;
  return live ? (viz_source_playing(player->source) && !player->follow &&
                         viz_source_threaded(player->source)
                     ? "BEHIND LIVE"
                     : "LIVE")
              : "REPLAY";
}

static void top_bar(VizHud *hud, const VizHudInput *in, const VizFrame *frame) {
  const VizInfo *info = viz_source_info(in->player->source);
  const int unit = hud->font->height[VIZ_FONT_NORMAL], width = in->layout->top.width;
  const int at = viz_source_rally(in->player->source) + 1;
  const VizStanding *standing = in->standing;
  char rally[48], line[100];
  VizColor color = VIZ_GREY;
  const char *mode = mode_of(in->player, &color);
  viz_hud_pane(hud, &in->layout->top, VIZ_SOLID);
  snprintf(rally, sizeof rally, info->rallies > 0 ? "rally %lld (%d of %d)" : "rally %lld",
           (long long)viz_source_number(in->player->source), at, info->rallies);
  snprintf(line, sizeof line, "%s   touch %d/3", rally, viz_touches(&frame->state));
  if (in->points > 0) {
    snprintf(line, sizeof line, "%s   to %d, sets %d:%d", rally, in->points,
             standing->sets[SIM_NEAR], standing->sets[SIM_FAR]);
  }
  if (info->practice) {
    snprintf(line, sizeof line, "%.20s: episode %d   reward %.2f", info->task, at - 1,
             (double)frame->reward);
  }
  const int mode_wide = viz_hud_plate_width(hud, VIZ_FONT_NORMAL, mode);
  const int line_wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, line);
  const int room = (width - mode_wide - line_wide - 4 * unit) / 2;
  int x = 0;
  for (int team = 0; team < SIM_TEAMS; team++) {
    x += team_block(hud, x, room, info, (SimTeam)team, standing->score[team],
                    (int)frame->state.referee.server == team) +
         unit;
  }
  viz_hud_text(hud, x + unit, unit, VIZ_FONT_NORMAL, VIZ_SOFT, line);
  viz_hud_plate(hud, width - mode_wide - unit / 2, unit / 2, VIZ_FONT_NORMAL, color, mode);
}

// ---- over the court

// a plate at the middle of the line y; returns where the next one begins
static int centred(VizHud *hud, const VizRect *court, int y, VizColor back, const char *text,
                   VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  const int wide = viz_hud_plate_width(hud, VIZ_FONT_NORMAL, text);
  const int x = court->x + (court->width - wide) / 2;
  if (x < court->x) {
    return y;
  }
  viz_hud_plate(hud, x, y, VIZ_FONT_NORMAL, back, text);
  viz_hud_take(taken, (VizRect){x, y, wide, 2 * unit});
  return y + 5 * unit / 2;
}

static int warnings(VizHud *hud, const VizHudInput *in, const VizFrame *frame, int y,
                    VizTaken *taken) {
  const VizRect *court = &in->layout->court;
  const int drones = in->switches->drone_scale, ball = in->switches->ball_scale;
  char line[100];
  if (frame->perturbed) {
    y = centred(hud, court, y, VIZ_RED, "perturbed: match no longer counts", taken);
  }
  if (frame->state.bad_commands > 0) {
    snprintf(line, sizeof line, "%d rotor commands not finite", frame->state.bad_commands);
    y = centred(hud, court, y, VIZ_RED, line, taken);
  }
  if (drones > 1 || ball > 1) {
    snprintf(line, sizeof line, "not to scale: drones x%d, ball x%d", drones, ball);
    y = centred(hud, court, y, VIZ_AMBER, line, taken);
  }
  return y;
}

static void result(VizHud *hud, const VizHudInput *in, int y, VizTaken *taken) {
  if (!viz_player_knows_end(in->player)) {
    return;
  }
  VizSource *source = in->player->source;
  const VizRect *court = &in->layout->court;
  const SimWinner winner =
      viz_source_frame(source, viz_source_frames(source) - 1)->state.referee.winner;
  char reason[VIZ_ITEM_TEXT], team[80], words[100], points[140], line[LINES_MAX][VIZ_ITEM_TEXT];
  int width = 0;
  viz_words_reason(reason, sizeof reason, source);
  viz_words_result(words, sizeof words, viz_source_info(source), winner);
  if (in->standing->decided) {
    viz_words_team(team, sizeof team, viz_source_info(source), in->standing->winner);
    snprintf(words, sizeof words, "%.60s wins the match", team);
  }
  snprintf(points, sizeof points, "%s     %d : %d", words, in->standing->score[SIM_NEAR],
           in->standing->score[SIM_FAR]);
  const int unit = hud->font->height[VIZ_FONT_NORMAL], most = court->width - 5 * unit;
  const int first = wrap(line, 0, hud, reason, most);
  const int lines = wrap(line, first, hud, points, most);
  for (int i = 0; i < lines; i++) {
    const int wide = viz_hud_text_width(hud, VIZ_FONT_NORMAL, line[i]);
    width = wide > width ? wide : width;
  }
  const VizRect rect = {court->x + (court->width - width) / 2 - 3 * unit / 2, y, width + 3 * unit,
                        (2 * lines + 1) * unit};
  viz_hud_pane(hud, &rect, VIZ_PANE);
  viz_hud_rect(hud, rect.x, y, unit / 2, rect.height,
               winner == SIM_WIN_NEAR  ? viz_hud_team(SIM_NEAR, 1)
               : winner == SIM_WIN_FAR ? viz_hud_team(SIM_FAR, 1)
                                       : VIZ_GREY);
  for (int i = 0; i < lines; i++) {
    viz_hud_text(hud, rect.x + 3 * unit / 2, y + (2 * i + 1) * unit, VIZ_FONT_NORMAL,
                 i < first ? VIZ_WHITE : VIZ_SOFT, line[i]);
  }
  viz_hud_take(taken, rect);
}

void viz_hud_score(VizHud *hud, const VizHudInput *in, const VizFrame *frame, VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  if (in->layout->top.height > 0) {
    top_bar(hud, in, frame);
  }
  const int y = warnings(hud, in, frame, in->layout->court.y + unit / 2, taken);
  result(hud, in, y, taken);
}

// ---- messages

// a sentence on plates that end at the line `bottom`; returns where the next one ends
static int sentence(VizHud *hud, const VizRect *court, int bottom, VizColor color, const char *text,
                    VizTaken *taken) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  char line[LINES_MAX][VIZ_ITEM_TEXT];
  const int lines = wrap(line, 0, hud, text, court->width - 4 * unit);
  for (int i = 0; i < lines; i++) {
    const int y = bottom - (lines - i) * 2 * unit;
    const int width = viz_hud_plate(hud, court->x + unit, y, VIZ_FONT_NORMAL, color, line[i]);
    viz_hud_take(taken, (VizRect){court->x + unit, y, width, 2 * unit});
  }
  return lines > 0 ? bottom - lines * 2 * unit - unit / 2 : bottom;
}

void viz_hud_messages(VizHud *hud, const VizHudInput *in, VizTaken *taken) {
  const VizRect *court = &in->layout->court;
  const int unit = hud->font->height[VIZ_FONT_NORMAL];
  int bottom = court->y + court->height - unit / 2;
  if (in->message) {
    bottom = sentence(hud, court, bottom, in->message_bad ? VIZ_RED : VIZ_PANE, in->message, taken);
  }
  sentence(hud, court, bottom, VIZ_AMBER, viz_source_warning(in->player->source), taken);
}
