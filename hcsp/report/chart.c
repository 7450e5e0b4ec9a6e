// Sizes are in the units of the viewBox; a picture fills the width it is given. Colours: those that
// colour-blind readers tell apart (P. Tol, Colour schemes, 2021, "bright" and "sunset" ends).
#include "hcsp/report/chart.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
  WIDTH = 720,
  HEIGHT = 340,
  LEFT = 64,
  RIGHT = 16,
  TOP = 64,
  BOTTOM = 48,
  LEGEND_COLUMN = 150
};
enum { CELL = 44, NAMES = 150, NAME_MAX = 30, LETTER = 7, METRE = 44 };
enum { PANELS = 4, PANEL_WIDTH = 220, PANEL_HEIGHT = 180, PLOT_WIDTH = 150, PLOT_HEIGHT = 100 };

static const char *const COLOURS[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                      "#66ccee", "#aa3377", "#999999"};
enum { N_COLOURS = sizeof COLOURS / sizeof COLOURS[0] };

// ---- parts

// most: characters, the rest is cut
static void put_text(FILE *out, const char *text, int most) {
  for (int i = 0; text[i] && i < most; i++) {
    switch (text[i]) {
    case '<':
      fputs("&lt;", out);
      break;
    case '>':
      fputs("&gt;", out);
      break;
    case '&':
      fputs("&amp;", out);
      break;
    case '"':
      fputs("&quot;", out);
      break;
    default:
      fputc(text[i], out);
    }
  }
}

static void label(FILE *out, double x, double y, const char *anchor, const char *more,
                  const char *text) {
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>", x, y, anchor, more);
  put_text(out, text, 120);
  fprintf(out, "</text>\n");
}

static void begin(FILE *out, int width, int height, const char *title) {
  fprintf(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
          "font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n"
          "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
          width, height, width, height);
  label(out, 12, 22, "start", "font-size=\"15\" font-weight=\"600\"", title);
}

static void end(FILE *out) {
  fprintf(out, "</svg>\n");
}

// ---- lines

// a round step that gives four to eight ticks
static double step_of(double range) {
  assert(range > 0);
  const double power = pow(10, floor(log10(range / 4)));
  const double share = range / 4 / power;
  return power * (share >= 5 ? 5 : share >= 2 ? 2 : 1);
}

// "2.5 M"
static void print_short(char *text, size_t size, double x) {
  const double size_of = fabs(x);
  const double unit = size_of >= 1e9 ? 1e9 : size_of >= 1e6 ? 1e6 : size_of >= 1e3 ? 1e3 : 1;
  const char *name = unit == 1e9 ? " G" : unit == 1e6 ? " M" : unit == 1e3 ? " k" : "";
  snprintf(text, size, "%.4g%s", x / unit, name);
}

typedef struct Frame {
  double x_low, x_high, low, high;
} Frame;

static double place_x(const Frame *f, double x) {
  return LEFT + (x - f->x_low) / (f->x_high - f->x_low) * (WIDTH - LEFT - RIGHT);
}

static double place_y(const Frame *f, double y) {
  const double share = (fmin(fmax(y, f->low), f->high) - f->low) / (f->high - f->low);
  return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
}

static Frame frame_of(const ChartAxes *axes, const ChartSeries *series, int n) {
  assert(axes->low < axes->high);
  Frame f = {.x_low = 0, .x_high = 0, .low = axes->low, .high = axes->high};
  for (int s = 0; s < n; s++) {
    for (int i = 0; i < series[s].n; i++) {
      f.x_low = fmin(f.x_low, series[s].x[i]);
      f.x_high = fmax(f.x_high, series[s].x[i]);
    }
  }
  f.x_high = f.x_high > f.x_low ? f.x_high : f.x_low + 1;
  return f;
}

static void draw_axes(FILE *out, const Frame *f, const ChartAxes *axes) {
  char text[32];
  const double x_step = step_of(f->x_high - f->x_low), y_step = step_of(f->high - f->low);
  for (double y = ceil(f->low / y_step) * y_step; y <= f->high + 1e-9 * y_step; y += y_step) {
    const double at = place_y(f, y);
    fprintf(out, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n", LEFT, at, WIDTH - RIGHT);
    print_short(text, sizeof text, fabs(y) < 1e-9 * y_step ? 0 : y);
    label(out, LEFT - 8, at + 4, "end", "fill=\"#555\"", text);
  }
  for (double x = ceil(f->x_low / x_step) * x_step; x <= f->x_high + 1e-9 * x_step; x += x_step) {
    print_short(text, sizeof text, x);
    label(out, place_x(f, x), HEIGHT - BOTTOM + 18, "middle", "fill=\"#555\"", text);
  }
  if (isfinite(axes->mark)) {
    fprintf(out, "<path d=\"M%d %.1fH%d\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>\n", LEFT,
            place_y(f, axes->mark), WIDTH - RIGHT);
  }
  label(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", "", axes->x);
  fprintf(out, "<g transform=\"translate(16 %d) rotate(-90)\">", (TOP + HEIGHT - BOTTOM) / 2);
  label(out, 0, 0, "middle", "", axes->y);
  fprintf(out, "</g>\n");
}

// points apart by gaps are a path of several pieces
static void draw_series(FILE *out, const Frame *f, const ChartSeries *s, const char *colour) {
  bool inside = false;
  fprintf(out,
          "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\" d=\"",
          colour);
  for (int i = 0; i < s->n; i++) {
    if (isfinite(s->y[i])) {
      fprintf(out, "%c%.1f %.1f", inside ? 'L' : 'M', place_x(f, s->x[i]), place_y(f, s->y[i]));
    }
    inside = isfinite(s->y[i]);
  }
  fprintf(out, "\"/>\n");
  // a point alone would be no line
  for (int i = 0; i < s->n && s->n < 40; i++) {
    if (isfinite(s->y[i])) {
      fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", place_x(f, s->x[i]),
              place_y(f, s->y[i]), colour);
    }
  }
}

void chart_lines(FILE *out, const ChartAxes *axes, const ChartSeries *series, int n) {
  const Frame f = frame_of(axes, series, n);
  begin(out, WIDTH, HEIGHT, axes->title);
  draw_axes(out, &f, axes);
  for (int s = 0; s < n; s++) {
    const char *colour = COLOURS[s % N_COLOURS];
    const double x = LEFT + s * LEGEND_COLUMN;
    draw_series(out, &f, &series[s], colour);
    fprintf(out, "<rect x=\"%.1f\" y=\"38\" width=\"14\" height=\"4\" fill=\"%s\"/>\n", x, colour);
    label(out, x + 20, 44, "start", "", series[s].name);
  }
  end(out);
}

// ---- cells

static void put_colour(FILE *out, double share, bool around_half) {
  assert(share >= 0 && share <= 1);
  static const int WHITE[3] = {255, 255, 255}, RED[3] = {215, 96, 77}, BLUE[3] = {67, 147, 195};
  const double far = around_half ? fabs(share - 0.5) * 2 : share;
  const int *to = around_half && share < 0.5 ? RED : BLUE;
  fprintf(out, "#");
  for (int c = 0; c < 3; c++) {
    fprintf(out, "%02x", (int)lrint(WHITE[c] + far * (to[c] - WHITE[c])));
  }
}

static void draw_cell(FILE *out, double x, double y, double size, double share, bool around_half) {
  fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" stroke=\"#fff\" fill=\"",
          x, y, size, size);
  put_colour(out, fmin(fmax(share, 0), 1), around_half);
  fprintf(out, "\"/>\n");
}

static void name_of(char out[32], const char *const *names, int i) {
  if (names) {
    const bool cut = strlen(names[i]) > NAME_MAX;
    snprintf(out, 32, "%.*s%s", cut ? NAME_MAX - 1 : NAME_MAX, names[i], cut ? "~" : "");
  } else {
    snprintf(out, 32, "%d", i);
  }
}

// px, for the longest name of a row
static int names_width(const ChartMatrix *m) {
  int width = NAMES;
  for (int i = 0; i < m->rows; i++) {
    char text[32];
    name_of(text, m->row, i);
    const int needs = 16 + LETTER * (int)strlen(text);
    width = needs > width ? needs : width;
  }
  return width;
}

// the number of a cell, in percent, and its interval where there is one
static void label_cell(FILE *out, const ChartMatrix *m, int i, double x, double y) {
  char text[32];
  snprintf(text, sizeof text, "%.0f", 100 * m->value[i]);
  label(out, x + CELL / 2.0, y + CELL / 2.0 + (m->low ? -2 : 4), "middle", "", text);
  if (m->low) {
    snprintf(text, sizeof text, "%.0f-%.0f", 100 * m->low[i], 100 * m->high[i]);
    label(out, x + CELL / 2.0, y + CELL / 2.0 + 12, "middle", "font-size=\"10\" fill=\"#444\"",
          text);
  }
}

void chart_matrix(FILE *out, const ChartMatrix *m) {
  assert(m->rows > 0 && m->columns > 0 && m->value);
  char text[32];
  const int top = m->column ? TOP + 60 : TOP, left = m->row ? names_width(m) : LEFT;
  const int wide = left + m->columns * CELL + RIGHT;
  begin(out, wide > 420 ? wide : 420, top + m->rows * CELL + 16, m->title);
  for (int j = 0; j < m->columns; j++) {
    const double x = left + (j + 0.5) * CELL;
    name_of(text, m->column, j);
    fprintf(out, "<g transform=\"translate(%.1f %d) rotate(%d)\">", x, top - 8,
            m->column ? -40 : 0);
    label(out, 0, 0, m->column ? "start" : "middle", "", text);
    fprintf(out, "</g>\n");
  }
  for (int i = 0; i < m->rows; i++) {
    name_of(text, m->row, i);
    label(out, left - 8, top + (i + 0.5) * CELL + 4, "end", "", text);
    for (int j = 0; j < m->columns; j++) {
      const double share = m->value[i * m->columns + j];
      const double x = left + j * CELL, y = top + i * CELL;
      if (isfinite(share)) {
        draw_cell(out, x, y, CELL, share, m->around_half);
        label_cell(out, m, i * m->columns + j, x, y);
      }
    }
  }
  end(out);
}

// ---- panels

static void draw_panel(FILE *out, const ChartPanel *p, double left, double top) {
  char text[32];
  label(out, left + PLOT_WIDTH / 2.0, top - 8, "middle", "", p->title);
  for (int k = 0; k <= 2; k++) {
    const double y = top + PLOT_HEIGHT * (1 - k / 2.0);
    fprintf(out, "<path d=\"M%.1f %.1fh%d\" stroke=\"#ddd\"/>\n", left, y, PLOT_WIDTH);
    snprintf(text, sizeof text, "%d %%", 50 * k);
    label(out, left - 4, y + 4, "end", "fill=\"#555\"", text);
  }
  for (int i = 0; i < p->n; i++) {
    const double x = left + (i + 0.5) * PLOT_WIDTH / p->n;
    snprintf(text, sizeof text, "%g", p->x[i]);
    label(out, x, top + PLOT_HEIGHT + 16, "middle", "fill=\"#555\"", text);
    if (isfinite(p->value[i])) {
      fprintf(out,
              "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" stroke-width=\"2\"/>"
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n",
              x, top + PLOT_HEIGHT * (1 - p->low[i]), top + PLOT_HEIGHT * (1 - p->high[i]),
              COLOURS[0], x, top + PLOT_HEIGHT * (1 - p->value[i]), COLOURS[0]);
    }
  }
}

void chart_panels(FILE *out, const char *title, const ChartPanel *panel, int n) {
  assert(n > 0);
  begin(out, PANELS * PANEL_WIDTH, TOP + (n + PANELS - 1) / PANELS * PANEL_HEIGHT, title);
  for (int i = 0; i < n; i++) {
    draw_panel(out, &panel[i], LEFT + i % PANELS * PANEL_WIDTH, TOP + i / PANELS * PANEL_HEIGHT);
  }
  end(out);
}

// ---- the court

static void draw_court(FILE *out, const ChartCourt *c, double left) {
  assert(c->rows > 0 && c->columns > 0 && c->balls && c->share);
  char text[32];
  const double bottom = TOP + c->rows * METRE, middle = left + c->columns * METRE / 2.0;
  label(out, left, TOP - 12, "start", "", c->title);
  for (int r = 0; r < c->rows; r++) {
    for (int k = 0; k < c->columns; k++) {
      const int i = r * c->columns + k;
      // y counts to the left
      const double x = left + (c->columns - 1 - k) * METRE, y = bottom - (r + 1) * METRE;
      if (c->balls[i] > 0) {
        draw_cell(out, x, y, METRE, c->share[i], false);
        snprintf(text, sizeof text, "%.0f", 100 * c->share[i]);
        label(out, x + METRE / 2.0, y + METRE / 2.0, "middle", "", text);
        snprintf(text, sizeof text, "%lld", c->balls[i]);
        label(out, x + METRE / 2.0, y + METRE / 2.0 + 14, "middle",
              "font-size=\"10\" fill=\"#666\"", text);
      }
    }
  }
  // lines: 3 m to either side of the middle, 6 m deep; the net
  fprintf(out, "<path d=\"M%.1f %.1fV%.1fH%.1fV%.1f\" fill=\"none\" stroke=\"#666\"/>\n",
          middle - 3 * METRE, bottom, bottom - 6 * METRE, middle + 3 * METRE, bottom);
  fprintf(out, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#222\" stroke-width=\"3\"/>\n",
          middle - 3.4 * METRE, bottom, middle + 3.4 * METRE);
  label(out, middle, bottom + 18, "middle", "fill=\"#555\"", "net");
}

void chart_courts(FILE *out, const ChartCourt *court, int n) {
  int width = 16, height = 0;
  for (int i = 0; i < n; i++) {
    width += court[i].columns * METRE + 24;
    height = court[i].rows > height ? court[i].rows : height;
  }
  begin(out, width, TOP + height * METRE + 28, "");
  double left = 16;
  for (int i = 0; i < n; i++) {
    draw_court(out, &court[i], left);
    left += court[i].columns * METRE + 24;
  }
  end(out);
}
