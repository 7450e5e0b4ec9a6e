// The Markdown is rendered by md4c; afterwards the addresses of pictures are replaced by the
// pictures themselves. As data of an <img> an SVG runs no script, wherever it comes from.
#include "hcsp/report/page.h"

#include <assert.h>
#include <math.h>
#include <md4c-html.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/base64.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { PICTURE_MAX = 4 << 20 };

static const char HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>hcsp report</title>\n<style>\n"
    "body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 16px/1.55 system-ui, "
    "sans-serif; "
    "color: #1c2330; background: #fff; }\n"
    "h1, h2 { line-height: 1.2; } h2 { margin-top: 2.2em; border-bottom: 1px solid #dde1e8; }\n"
    "table { display: block; overflow-x: auto; border-collapse: collapse; font-size: 14px; "
    "font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: .25em .7em; border: 1px solid #dde1e8; text-align: left; }\n"
    "th { background: #f3f5f9; } tr:nth-child(even) td { background: #fafbfc; }\n"
    "pre { overflow-x: auto; padding: .7em; background: #f3f5f9; } "
    "code { font-size: .92em; overflow-wrap: anywhere; }\n"
    "pre code { overflow-wrap: normal; } img { max-width: 100%; height: auto; }\n"
    "</style>\n</head>\n<body>\n";
static const char TAIL[] = "</body>\n</html>\n";

static void collect(const char *text, MD_SIZE size, void *out) {
  fwrite(text, 1, size, out);
}

// "data:image/svg+xml;base64,..." of the file that an address names; NULL: it stays what it is
static char *picture(const char *folder, const char *address, size_t length) {
  char name[SIM_PATH_MAX], path[SIM_PATH_MAX], *data = NULL;
  size_t size = 0;
  if (length < 4 || length >= sizeof name || memcmp(address + length - 4, ".svg", 4) != 0) {
    return NULL;
  }
  snprintf(name, sizeof name, "%.*s", (int)length, address);
  if (sim_path_join(path, folder, name, NULL) != SIM_OK ||
      sim_file_read(&data, &size, path, PICTURE_MAX, NULL) != SIM_OK) {
    return NULL;
  }
  char *text = sim_base64(data, size);
  free(data);
  return text;
}

// copies html to out, addresses replaced
static void put_body(FILE *out, const char *html, const char *folder) {
  static const char SOURCE[] = "<img src=\"", LINK[] = "report.md\"";
  while (*html) {
    const char *quote = strncmp(html, SOURCE, sizeof SOURCE - 1) == 0
                            ? strchr(html + sizeof SOURCE - 1, '"')
                            : NULL;
    if (quote) {
      const char *address = html + sizeof SOURCE - 1;
      char *data = picture(folder, address, (size_t)(quote - address));
      fputs(SOURCE, out);
      if (data) {
        fprintf(out, "data:image/svg+xml;base64,%s", data);
      } else {
        fwrite(address, 1, (size_t)(quote - address), out);
      }
      free(data);
      html = quote;
    } else if (strncmp(html, LINK, sizeof LINK - 1) == 0) {
      fputs("report.html\"", out);
      html += sizeof LINK - 1;
    } else {
      fputc(*html++, out);
    }
  }
}

// the whole page
static char *render(const char *text, size_t size, const char *folder) {
  SimText body, page;
  FILE *in = sim_text_open(&body), *out = sim_text_open(&page);
  if (md_html(text, (MD_SIZE)size, collect, in, MD_DIALECT_GITHUB | MD_FLAG_NOHTML, 0) != 0) {
    sim_no_memory(1, size);  // all that it fails for
  }
  char *html = sim_text_close(&body);
  fputs(HEAD, out);
  put_body(out, html, folder);
  fputs(TAIL, out);
  free(html);
  return sim_text_close(&page);
}

SimStatus report_page_write(const char *folder, const char *text, size_t size, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, folder, "report.md", err));
  SIM_TRY(sim_file_write(path, text, size, err));
  SIM_TRY(sim_path_join(path, folder, "report.html", err));
  return sim_text_save(path, render(text, size, folder), err);
}

const char *report_number(char out[REPORT_NUMBER_MAX], double value, int decimals) {
  snprintf(out, REPORT_NUMBER_MAX, isfinite(value) ? "%.*f" : "-", decimals, value);
  return out;
}

SimStatus report_page_save(const char *folder, SimStatus status, char *text, SimError *err) {
  status = status ? status : report_page_write(folder, text, strlen(text), err);
  free(text);
  return status;
}

SimStatus report_picture_save(const char *folder, const char *name, bool drawn, char *text,
                              SimError *err) {
  char path[SIM_PATH_MAX];
  const SimStatus status = drawn ? sim_path_join(path, folder, name, err) : SIM_OK;
  if (drawn && status == SIM_OK) {
    return sim_text_save(path, text, err);
  }
  free(text);
  return status;
}

SimStatus report_curves_write(const char *folder, const TrainHistory *h, SimError *err) {
  SimText text;
  FILE *out = sim_text_open(&text);
  assert(h->n >= 0 && h->columns > 0);
  for (int k = 0; k < h->columns; k++) {
    fprintf(out, "%s%s", k ? "," : "", h->name[k]);
  }
  for (int i = 0; i < h->n * h->columns; i++) {
    fprintf(out, "%s%.8g", i % h->columns ? "," : "\n", h->value[i]);
  }
  fprintf(out, "\n");
  return report_picture_save(folder, "curves.csv", true, sim_text_close(&text), err);
}

void report_cell(FILE *out, double value, int decimals) {
  if (isfinite(value)) {
    fprintf(out, " %.*f", decimals, value);
  }
  fprintf(out, " |");
}

void report_rule(FILE *out, int columns) {
  assert(columns > 0);
  fprintf(out, "\n|");
  for (int k = 0; k < columns; k++) {
    fprintf(out, "---|");
  }
}

void report_curves_table(FILE *out, const TrainHistory *h, int rows, const int *decimals) {
  const int shown = h->n < rows ? h->n : rows;
  fprintf(out, "|");
  for (int k = 0; k < h->columns; k++) {
    fprintf(out, " %s |", h->name[k]);
  }
  report_rule(out, h->columns);
  for (int i = 0; i < shown; i++) {
    const double *row = h->value + ((int64_t)(i + 1) * h->n / shown - 1) * h->columns;
    fprintf(out, "\n|");
    for (int k = 0; k < h->columns; k++) {
      const bool percent = decimals[k] < 0;
      report_cell(out, percent ? 100 * row[k] : row[k], percent ? 1 : decimals[k]);
    }
  }
  fprintf(out, "\n");
}
