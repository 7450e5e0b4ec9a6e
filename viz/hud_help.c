// The keys, as many to a page as the picture has room for.
#include <stdio.h>

#include "viz/hud_parts.h"
#include "viz/keys.h"

typedef struct Table {
  int keys, text;  // widths of the two parts of an entry
  int columns, rows, pages;
} Table;

static void measure(Table *table, const VizHud *hud) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL], line = viz_hud_line(hud, VIZ_FONT_NORMAL);
  int n;
  const VizHelp *help = viz_keys_help(&n);
  *table = (Table){.keys = 0};
  for (int i = 0; i < n; i++) {
    const int keys = viz_hud_text_width(hud, VIZ_FONT_NORMAL, help[i].keys);
    const int text = viz_hud_text_width(hud, VIZ_FONT_NORMAL, help[i].text);
    table->keys = keys > table->keys ? keys : table->keys;
    table->text = text > table->text ? text : table->text;
  }
  const int column = table->keys + table->text + 4 * unit;
  const int columns = (hud->width - 2 * unit) / column, rows = (hud->height - 6 * unit) / line;
  table->columns = columns < 1 ? 1 : columns > 2 ? 2 : columns;
  table->rows = rows < 1 ? 1 : rows;
  const int page = table->columns * table->rows;
  table->pages = (n + page - 1) / page;
  if (table->pages == 1) {
    table->rows = (n + table->columns - 1) / table->columns;
  }
}

int viz_hud_help_pages(const VizHud *hud) {
  Table table;
  measure(&table, hud);
  return table.pages;
}

void viz_hud_help(VizHud *hud, const VizHudInput *in) {
  const int unit = hud->font->height[VIZ_FONT_NORMAL], line = viz_hud_line(hud, VIZ_FONT_NORMAL);
  Table table;
  int n;
  const VizHelp *help = viz_keys_help(&n);
  if (in->help == 0) {
    return;
  }
  measure(&table, hud);
  const int column = table.keys + table.text + 4 * unit;
  const int width = table.columns * column + 2 * unit, height = (table.rows + 1) * line + 3 * unit;
  const int x = width < hud->width ? (hud->width - width) / 2 : 0;
  const int y = height < hud->height ? (hud->height - height) / 2 : 0;
  const int first = (in->help - 1) * table.rows * table.columns;
  char foot[64];
  viz_hud_rect(hud, x, y, width, height, (VizColor){0.03f, 0.04f, 0.07f, 0.94f});
  for (int i = first; i < n && i < first + table.rows * table.columns; i++) {
    const int at = i - first;
    const int left = x + 2 * unit + at / table.rows * column;
    const int top = y + unit * 3 / 2 + at % table.rows * line;
    viz_hud_text(hud, left, top, VIZ_FONT_NORMAL, VIZ_YELLOW, help[i].keys);
    viz_hud_text(hud, left + table.keys + 2 * unit, top, VIZ_FONT_NORMAL, VIZ_WHITE, help[i].text);
  }
  snprintf(foot, sizeof foot, in->help < table.pages ? "%d of %d, F1: more" : "%d of %d, F1: close",
           in->help, table.pages);
  viz_hud_text(hud, x + 2 * unit, y + height - unit * 2, VIZ_FONT_NORMAL, VIZ_SOFT, foot);
}
