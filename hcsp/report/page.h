// A report as report.md, for people with a terminal and for diffs, and as report.html: one file
// with its pictures inside, for everybody else.
#ifndef HCSP_REPORT_PAGE_H_
#define HCSP_REPORT_PAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hcsp/train/history.h"

// Writes text (Markdown, GitHub's dialect) to folder/report.md and the page to folder/report.html.
// Pictures of the text, folder-relative .svg files, are put into the page; links to a report.md go
// to the report.html beside it. Markup in the text is shown as text.
SimStatus report_page_write(const char *folder, const char *text, size_t size, SimError *err);

// The same of a text that is freed, unless status says that something went wrong before; that is
// returned then.
SimStatus report_page_save(const char *folder, SimStatus status, char *text, SimError *err);
// Writes a picture's text, which is freed, where it was drawn.
SimStatus report_picture_save(const char *folder, const char *name, bool drawn, char *text,
                              SimError *err);

// Writes a run's history as CSV, curves.csv in folder.
SimStatus report_curves_write(const char *folder, const TrainHistory *history, SimError *err);
// At most so many of its rows as a table, each column with as many decimals; -1: in percent. What
// is not finite stays empty.
void report_curves_table(FILE *out, const TrainHistory *history, int rows, const int *decimals);

// A cell of a table, empty for what is not finite; and the line below its head, without its end.
void report_cell(FILE *out, double value, int decimals);
void report_rule(FILE *out, int columns);

// A number of a report, "-" for one that is not finite: what was never met has no share. Returns
// out.
enum { REPORT_NUMBER_MAX = 32 };
const char *report_number(char out[REPORT_NUMBER_MAX], double value, int decimals);
#define REPORT_NUMBER(value, decimals) report_number((char[REPORT_NUMBER_MAX]){0}, value, decimals)

#endif  // HCSP_REPORT_PAGE_H_
