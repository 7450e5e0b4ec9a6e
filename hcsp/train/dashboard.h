// What a person sees while something trains: how far it is, how fast, how long it still takes, and
// its figures in aligned columns. On a terminal it is redrawn in place, at most five times a
// second; elsewhere, with NO_COLOR and on a dumb terminal it is one message every ten seconds.
//
//   hover                                                                elapsed 21 s
//   ########################........................  52 %                 18 s left
//   1.05 M of 2.00 M steps    51.3 k/s now    49.8 k/s overall
//
//   learn   policy loss    -0.0123  value loss       0.456  kl              0.0101
//   task    return            6.31  __..--=+**#
#ifndef HCSP_TRAIN_DASHBOARD_H_
#define HCSP_TRAIN_DASHBOARD_H_

#include <stdbool.h>
#include <stdio.h>

typedef struct TrainDashboard TrainDashboard;

// title stands on top, total is the amount of work in steps. Every function
// here takes NULL for "no dashboard".
TrainDashboard *train_dashboard_create(const char *title, double total);
void train_dashboard_destroy(TrainDashboard *dashboard);

// Sets a value, formatted as by printf; the first time it also makes its place, groups and names in
// the order in which they come (64 places; more are left out). A name has up to 13 columns, a
// value 8.
void train_dashboard_row(TrainDashboard *dashboard, const char *group, const char *name,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));
// The same on a line of its own with a curve of the last 40 values (one call an update). These
// values are also those of the one-line form; "-" for a NaN.
void train_dashboard_curve(TrainDashboard *dashboard, const char *group, const char *name,
                           double value, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// done of total is done: draws when it is time to. The first call says where the work begins (0, or
// the step a run resumes at); only what comes after counts for the speed.
void train_dashboard_draw(TrainDashboard *dashboard, double done);
// Draws a last time and leaves the picture standing above the cursor.
void train_dashboard_end(TrainDashboard *dashboard, double done);

// --- the parts, for tests and other screens

typedef struct TrainScreen {
  bool redraw;   // can be redrawn in place
  bool color;    // bold and dim letters
  bool unicode;  // block characters
  int columns, lines;
} TrainScreen;

// What stream (a terminal or not) and the environment (TERM, NO_COLOR, COLUMNS, LINES, LC_ALL,
// LC_CTYPE, LANG) allow.
TrainScreen train_screen_of(FILE *stream);

// Notes that done was done at time now (s, any clock that rises).
void train_dashboard_tick(TrainDashboard *dashboard, double done, double now);
// Writes the picture, each line shorter than screen->columns and fewer lines than screen->lines;
// returns the number of lines. The cursor ends below it.
int train_dashboard_render(FILE *out, const TrainDashboard *dashboard, const TrainScreen *screen);
// The one-line form.
void train_dashboard_line(char *out, size_t size, const TrainDashboard *dashboard);

#endif  // HCSP_TRAIN_DASHBOARD_H_
