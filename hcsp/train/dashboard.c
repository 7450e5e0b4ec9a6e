// The dashboard. A frame is put together line by line with a count of columns, so that no line ever
// wraps, and leaves in one write. Afterwards the cursor stands on the first line of the picture: a
// message printed meanwhile overwrites that line and ends below itself, and the next frame follows
// under it, so messages scroll away above the picture.
//
// Speed now is that since the youngest sample at least 10 s old (or the oldest there is).
#include "hcsp/train/dashboard.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/base/text.h"

enum {
  ROWS_MAX = 64,
  HISTORY = 40,  // values of a curve
  SAMPLES = 32,  // of progress
  WIDTH = 80,    // columns used at most
  GROUP_WIDTH = 8,
  NAME_WIDTH = 13,
  VALUE_WIDTH = 8,
  CELL_WIDTH = NAME_WIDTH + 1 + VALUE_WIDTH + 2,
  LINE_BYTES = 512,
};
#define SAMPLE_EVERY 0.5   // s; all samples together reach beyond the window
#define SPEED_WINDOW 10.0  // s
#define DRAW_EVERY 0.2     // s, terminal
#define TELL_EVERY 10.0    // s, elsewhere

typedef struct Row {
  char group[16], name[32], text[32];
  bool curve;
  int n;  // values in history, the youngest last
  double history[HISTORY];
} Row;

typedef struct Sample {
  double time, done;
} Sample;

struct TrainDashboard {
  char title[64];
  double total, done;
  double now, drawn;  // s; drawn: when it was last shown
  bool ticked;
  Sample first, sample[SAMPLES];
  int samples;
  int n;
  Row row[ROWS_MAX];
};

// ---------------------------------------------------------------------------------------- screens

static bool env_is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

static bool speaks_utf8(void) {
  const char *term = getenv("TERM");
  if (term && strcmp(term, "linux") == 0) {
    return false;  // the console's fonts lack most blocks
  }
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (int i = 0; i < 3; i++) {
    if (env_is_set(names[i])) {
      const char *value = getenv(names[i]);
      return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
  }
  return false;
}

// a size from the environment, else the terminal's, else the usual one
static int pick_size(const char *name, int terminal, int usual) {
  const char *text = getenv(name);
  const int wanted = text ? atoi(text) : 0;
  return wanted > 0 && wanted < 10000 ? wanted : terminal > 0 ? terminal : usual;
}

TrainScreen train_screen_of(FILE *stream) {
  const char *term = getenv("TERM");
  const bool dumb = term && strcmp(term, "dumb") == 0;
  const bool clever = isatty(fileno(stream)) && !dumb && !env_is_set("NO_COLOR");
  struct winsize size = {0};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0) {
    size = (struct winsize){0};
  }
  return (TrainScreen){.redraw = clever,
                       .color = clever,
                       .unicode = clever && speaks_utf8(),
                       .columns = pick_size("COLUMNS", size.ws_col, 80),
                       .lines = pick_size("LINES", size.ws_row, 24)};
}

// ----------------------------------------------------------------------------------------- values

TrainDashboard *train_dashboard_create(const char *title, double total) {
  TrainDashboard *dashboard = sim_new(1, sizeof *dashboard);
  snprintf(dashboard->title, sizeof dashboard->title, "%s", title);
  dashboard->total = total;
  return dashboard;
}

void train_dashboard_destroy(TrainDashboard *dashboard) {
  free(dashboard);
}

// NULL when there is no place for one more
static Row *find_row(TrainDashboard *dashboard, const char *group, const char *name) {
  for (int i = 0; i < dashboard->n; i++) {
    Row *row = &dashboard->row[i];
    if (strcmp(row->group, group) == 0 && strcmp(row->name, name) == 0) {
      return row;
    }
  }
  if (dashboard->n == ROWS_MAX) {
    return NULL;
  }
  Row *row = &dashboard->row[dashboard->n++];
  snprintf(row->group, sizeof row->group, "%s", group);
  snprintf(row->name, sizeof row->name, "%s", name);
  return row;
}

void train_dashboard_row(TrainDashboard *dashboard, const char *group, const char *name,
                         const char *format, ...) {
  Row *row = dashboard ? find_row(dashboard, group, name) : NULL;
  if (!row) {
    return;
  }
  va_list args;
  va_start(args, format);
  vsnprintf(row->text, sizeof row->text, format, args);
  va_end(args);
}

void train_dashboard_curve(TrainDashboard *dashboard, const char *group, const char *name,
                           double value, const char *format, ...) {
  Row *row = dashboard ? find_row(dashboard, group, name) : NULL;
  if (!row) {
    return;
  }
  va_list args;
  va_start(args, format);
  vsnprintf(row->text, sizeof row->text, format, args);
  va_end(args);
  if (isnan(value)) {
    snprintf(row->text, sizeof row->text, "-");
  }
  row->curve = true;
  if (row->n == HISTORY) {
    memmove(row->history, row->history + 1, (HISTORY - 1) * sizeof row->history[0]);
    row->n--;
  }
  assert(row->n < HISTORY);
  row->history[row->n++] = value;
}

// ------------------------------------------------------------------------------------------ speed

void train_dashboard_tick(TrainDashboard *dashboard, double done, double now) {
  dashboard->done = done;
  dashboard->now = now;
  if (!dashboard->ticked) {
    dashboard->ticked = true;
    dashboard->first = (Sample){now, done};
    dashboard->drawn = now;
  }
  const int n = dashboard->samples;
  assert(n >= 0 && n <= SAMPLES);
  if (n > 0 && now - dashboard->sample[n - 1].time < SAMPLE_EVERY) {
    return;
  }
  const int drop = n == SAMPLES;
  memmove(dashboard->sample, dashboard->sample + drop, (size_t)(n - drop) * sizeof(Sample));
  dashboard->sample[n - drop] = (Sample){now, done};
  dashboard->samples = n - drop + 1;
}

static double speed_since(const TrainDashboard *dashboard, const Sample *since) {
  const double seconds = dashboard->now - since->time;
  return seconds > 0 ? (dashboard->done - since->done) / seconds : 0;
}

static double speed_now(const TrainDashboard *dashboard) {
  int i = 0;
  while (i + 1 < dashboard->samples &&
         dashboard->now - dashboard->sample[i + 1].time >= SPEED_WINDOW) {
    i++;
  }
  return dashboard->samples > 0 ? speed_since(dashboard, &dashboard->sample[i]) : 0;
}

static double share_done(const TrainDashboard *dashboard) {
  const double share = dashboard->total > 0 ? dashboard->done / dashboard->total : 0;
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

static void format_left(char out[32], const TrainDashboard *dashboard) {
  const double speed = speed_now(dashboard);
  const double left = dashboard->total - dashboard->done;
  sim_format_duration(out, left <= 0 ? 0 : speed > 0 ? left / speed : (double)INFINITY);
}

// "950", "51.3 k", "2.00 M"
static void format_amount(char out[32], double value) {
  static const char *const units[] = {"", " k", " M", " G", " T"};
  int unit = 0;
  while (fabs(value) >= 999.5 && unit < 4) {
    value /= 1000;
    unit++;
  }
  const double size = fabs(value);
  const bool whole = unit == 0 && value == floor(value);
  const int digits = whole || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  snprintf(out, 32, "%.*f%s", digits, value, units[unit]);
}

// ------------------------------------------------------------------------------------------ lines

typedef struct Line {
  char text[LINE_BYTES];
  int bytes, columns, limit;
} Line;

// text up to the line's limit, at most width columns of it; control characters become '?'
static void put_text(Line *line, const char *text, int width) {
  const int end = line->columns + width < line->limit ? line->columns + width : line->limit;
  for (const char *c = text; *c; c++) {
    const bool continues = ((unsigned char)*c & 0xc0) == 0x80;
    if ((!continues && line->columns >= end) || line->bytes >= LINE_BYTES - 16) {
      break;
    }
    line->text[line->bytes++] = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
    line->columns += !continues;
  }
  assert(line->bytes >= 0 && line->bytes < LINE_BYTES);
  line->text[line->bytes] = '\0';
}

static void put_style(Line *line, const TrainScreen *screen, const char *style) {
  if (screen->color) {
    line->bytes +=
        snprintf(line->text + line->bytes, sizeof line->text - (size_t)line->bytes, "%s", style);
  }
}

static void pad_to(Line *line, int column) {
  while (line->columns < column && line->columns < line->limit) {
    put_text(line, " ", 1);
  }
}

static int text_columns(const char *text) {
  int n = 0;
  for (; *text; text++) {
    n += ((unsigned char)*text & 0xc0) != 0x80;
  }
  return n;
}

// so that text ends at column
static void put_right(Line *line, const char *text, int column) {
  pad_to(line, column - text_columns(text));
  put_text(line, text, column - line->columns > 0 ? column - line->columns : 0);
}

static void put_bar(Line *line, const TrainScreen *screen, int width, double share) {
  assert(share >= 0 && share <= 1);
  const int full = (int)(share * width);
  for (int i = 0; i < width; i++) {
    const bool on = i < full;
    put_text(line, screen->unicode ? (on ? "█" : "░") : (on ? "#" : "."), 1);
  }
}

static void put_curve(Line *line, const TrainScreen *screen, const Row *row) {
  static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static const char *const letters[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  double low = (double)INFINITY, high = -low;
  for (int i = 0; i < row->n; i++) {
    if (isfinite(row->history[i])) {
      low = fmin(low, row->history[i]);
      high = fmax(high, row->history[i]);
    }
  }
  for (int i = 0; i < row->n; i++) {
    const double value = row->history[i];
    // halves first: the range of two large numbers may not be finite
    const double range = high / 2 - low / 2;
    const int level = !isfinite(value) ? -1
                      : range > 0      ? (int)fmin(7, 8 * ((value / 2 - low / 2) / range))
                                       : 3;
    put_text(line, level < 0 ? " " : (screen->unicode ? blocks : letters)[level], 1);
  }
}

// ------------------------------------------------------------------------------------------ frame

typedef struct Frame {
  FILE *out;
  const TrainScreen *screen;
  int width, lines;
} Frame;

static Line new_line(const Frame *frame) {
  return (Line){.limit = frame->width};
}

static void end_line(Frame *frame, const Line *line) {
  // the cursor below the picture needs a line, too
  if (frame->lines + 1 < frame->screen->lines) {
    fprintf(frame->out, "%s%s\n", line->text, frame->screen->redraw ? "\033[K" : "");
    frame->lines++;
  }
}

static void render_title(Frame *frame, const TrainDashboard *dashboard) {
  char text[64], time[32];
  Line line = new_line(frame);
  put_style(&line, frame->screen, "\033[1m");
  put_text(&line, dashboard->title, frame->width - 22);
  put_style(&line, frame->screen, "\033[0m");
  sim_format_duration(time, dashboard->now - dashboard->first.time);
  snprintf(text, sizeof text, "elapsed %s", time);
  put_right(&line, text, frame->width);
  end_line(frame, &line);
}

static void render_bar(Frame *frame, const TrainDashboard *dashboard) {
  char text[64], time[32];
  Line line = new_line(frame);
  const double share = share_done(dashboard);
  put_bar(&line, frame->screen, frame->width > 40 ? frame->width - 26 : frame->width / 3, share);
  // cut, not rounded: 100 % only when all is done
  snprintf(text, sizeof text, " %3d %%", (int)(100 * share));
  put_text(&line, text, WIDTH);
  format_left(time, dashboard);
  snprintf(text, sizeof text, "%s left", time);
  put_right(&line, text, frame->width);
  end_line(frame, &line);
}

static void render_speed(Frame *frame, const TrainDashboard *dashboard) {
  char text[160], done[32], total[32], now[32], whole[32];
  Line line = new_line(frame);
  format_amount(done, dashboard->done);
  format_amount(total, dashboard->total);
  format_amount(now, speed_now(dashboard));
  format_amount(whole, speed_since(dashboard, &dashboard->first));
  snprintf(text, sizeof text, "%s of %s steps    %s/s now    %s/s overall", done, total, now,
           whole);
  put_text(&line, text, WIDTH);
  end_line(frame, &line);
}

static Line begin_group_line(const Frame *frame, const char *label) {
  Line line = new_line(frame);
  put_style(&line, frame->screen, "\033[2m");
  put_text(&line, label, GROUP_WIDTH - 1);
  put_style(&line, frame->screen, "\033[0m");
  pad_to(&line, GROUP_WIDTH);
  return line;
}

static void put_cell(Line *line, const Row *row) {
  const int begin = line->columns;
  put_text(line, row->name, NAME_WIDTH);
  pad_to(line, begin + NAME_WIDTH + 1);
  put_right(line, row->text, begin + NAME_WIDTH + 1 + VALUE_WIDTH);
}

// the rows of one group, cells side by side, curves on lines of their own
static void render_group(Frame *frame, const TrainDashboard *dashboard, const char *group) {
  const int fits = (frame->width - GROUP_WIDTH + 2) / CELL_WIDTH;
  Line line = begin_group_line(frame, group);
  int cells = 0;
  for (int i = 0; i < dashboard->n; i++) {
    const Row *row = &dashboard->row[i];
    if (strcmp(row->group, group) != 0) {
      continue;
    }
    if (cells > 0 && (row->curve || cells >= fits)) {
      end_line(frame, &line);
      line = begin_group_line(frame, "");
      cells = 0;
    }
    pad_to(&line, GROUP_WIDTH + cells * CELL_WIDTH);
    put_cell(&line, row);
    cells++;
    if (row->curve) {
      put_text(&line, "  ", 2);
      put_curve(&line, frame->screen, row);
      cells = fits > 0 ? fits : 1;
    }
  }
  end_line(frame, &line);
}

// is row i the first of its group?
static bool opens_group(const TrainDashboard *dashboard, int i) {
  for (int k = 0; k < i; k++) {
    if (strcmp(dashboard->row[k].group, dashboard->row[i].group) == 0) {
      return false;
    }
  }
  return true;
}

int train_dashboard_render(FILE *out, const TrainDashboard *dashboard, const TrainScreen *screen) {
  // the last column stays free: some terminals wrap there already
  const int columns = screen->columns < WIDTH ? screen->columns : WIDTH;
  Frame frame = {.out = out, .screen = screen, .width = columns > 1 ? columns - 1 : 1};
  render_title(&frame, dashboard);
  render_bar(&frame, dashboard);
  render_speed(&frame, dashboard);
  if (dashboard->n > 0) {
    const Line empty = new_line(&frame);
    end_line(&frame, &empty);
  }
  for (int i = 0; i < dashboard->n; i++) {
    if (opens_group(dashboard, i)) {
      render_group(&frame, dashboard, dashboard->row[i].group);
    }
  }
  return frame.lines;
}

void train_dashboard_line(char *out, size_t size, const TrainDashboard *dashboard) {
  char done[32], total[32], speed[32], left[32];
  format_amount(done, dashboard->done);
  format_amount(total, dashboard->total);
  format_amount(speed, speed_now(dashboard));
  format_left(left, dashboard);
  snprintf(out, size, "%s: %s of %s steps (%d %%), %s/s, %s left", dashboard->title, done, total,
           (int)(100 * share_done(dashboard)), speed, left);
  for (int i = 0; i < dashboard->n; i++) {
    const Row *row = &dashboard->row[i];
    const size_t used = strlen(out);
    if (row->curve) {
      snprintf(out + used, size - used, ", %s %s", row->name, row->text);
    }
  }
}

// ----------------------------------------------------------------------------------------- showing

// the whole picture in one write; back to its first line unless it is to stay
static void show_picture(const TrainDashboard *dashboard, const TrainScreen *screen, bool stay) {
  SimText text;
  FILE *memory = sim_text_open(&text);
  fputs("\r", memory);
  const int lines = train_dashboard_render(memory, dashboard, screen);
  fputs("\033[J", memory);
  if (!stay && lines > 0) {
    fprintf(memory, "\033[%dA", lines);
  }
  char *whole = sim_text_close(&text);
  fwrite(whole, 1, text.size, stderr);
  fflush(stderr);
  free(whole);
}

static void show(TrainDashboard *dashboard, bool last) {
  const TrainScreen screen = train_screen_of(stderr);
  const double since = dashboard->now - dashboard->drawn;
  if (!last && since < (screen.redraw ? DRAW_EVERY : TELL_EVERY)) {
    return;
  }
  dashboard->drawn = dashboard->now;
  if (screen.redraw) {
    show_picture(dashboard, &screen, last);
  } else {
    char line[1024];
    train_dashboard_line(line, sizeof line, dashboard);
    sim_log(SIM_LOG_INFO, "%s", line);
  }
}

void train_dashboard_draw(TrainDashboard *dashboard, double done) {
  if (dashboard) {
    train_dashboard_tick(dashboard, done, sim_time_wall());
    show(dashboard, false);
  }
}

void train_dashboard_end(TrainDashboard *dashboard, double done) {
  if (dashboard) {
    train_dashboard_tick(dashboard, done, sim_time_wall());
    show(dashboard, true);
  }
}
