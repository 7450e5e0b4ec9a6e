// Charts of reports as SVG. Text is escaped; numbers that are not finite leave a gap.
#ifndef HCSP_REPORT_CHART_H_
#define HCSP_REPORT_CHART_H_

#include <stdbool.h>
#include <stdio.h>

typedef struct ChartSeries {
  const char *name;
  int n;
  const double *x, *y;  // [n], x ascending
} ChartSeries;

typedef struct ChartAxes {
  const char *title, *x, *y;  // what the axes say
  double low, high;           // of y
  double mark;                // a thin line at this y; NaN: none
} ChartAxes;

// Lines over a common x, which begins at 0 or at its smallest value.
void chart_lines(FILE *out, const ChartAxes *axes, const ChartSeries *series, int n);

// Shares as coloured cells with their numbers, in percent.
typedef struct ChartMatrix {
  const char *title;
  int rows, columns;
  const char *const *row, *const *column;  // names; NULL: numbers from 0
  const double *value;                     // [rows][columns], 0..1
  const double *low, *high;  // the same, of intervals that stand below the numbers; NULL: none
  bool around_half;          // red below 0.5 and blue above, else white to blue
} ChartMatrix;
void chart_matrix(FILE *out, const ChartMatrix *matrix);

// Shares with their intervals, as points over the numbers that they were measured at.
typedef struct ChartPanel {
  const char *title;
  int n;
  const double *x;                   // [n], in the order of the points
  const double *value, *low, *high;  // [n], 0..1
} ChartPanel;
// Panels side by side, in rows of four.
void chart_panels(FILE *out, const char *title, const ChartPanel *panel, int n);

// Half a court from above, the net at the bottom, y to the left: shares in squares of a metre, each
// with its number of balls; empty ones have none.
typedef struct ChartCourt {
  const char *title;
  int rows, columns;    // from the net on; y from (columns / 2) m on down
  const double *share;  // [rows][columns], 0..1
  const long long *balls;
} ChartCourt;
void chart_courts(FILE *out, const ChartCourt *court, int n);

#endif  // HCSP_REPORT_CHART_H_
