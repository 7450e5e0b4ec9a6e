// Reports as pages and charts as SVG: what is in them, that nothing of a name is markup, that gaps
// are gaps, and no address of a picture is left over.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/report/chart.h"
#include "hcsp/report/page.h"
#include "sim/base/base64.h"

static int count(const char *text, const char *what) {
  int n = 0;
  for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) {
    n++;
  }
  return n;
}

// RFC 4648, section 10
static void base64_is_that_of_the_rfc(void **state) {
  (void)state;
  static const char *const PAIRS[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"},
                                         {"\xff\xfe\xfd", "//79"}};
  for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
    char *text = sim_base64(PAIRS[i][0], strlen(PAIRS[i][0]));
    assert_string_equal(text, PAIRS[i][1]);
    free(text);
  }
}

// ---- charts

static char *lines_of(const ChartSeries *series, int n) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  chart_lines(
      out,
      &(ChartAxes){
          .title = "<b> & \"c\"", .x = "steps", .y = "share", .low = 0, .high = 1, .mark = 0.5},
      series, n);
  fclose(out);
  return text;
}

// the scene is 720 by 340: x from 64 to 704, y from 292 (low) to 64 (high)
static void lines_go_through_their_points(void **state) {
  (void)state;
  const double x[] = {0, 500, 1000}, y[] = {0, 0.5, 1}, gap[] = {0.25, NAN, 0.75};
  const ChartSeries series[] = {{.name = "whole", .n = 3, .x = x, .y = y},
                                {.name = "gap", .n = 3, .x = x, .y = gap}};
  char *text = lines_of(series, 2);
  assert_non_null(strstr(text, "d=\"M64.0 292.0L384.0 178.0L704.0 64.0\""));
  assert_non_null(strstr(text, "d=\"M64.0 235.0M704.0 121.0\""));
  assert_non_null(strstr(text, "&lt;b&gt; &amp; &quot;c&quot;"));
  assert_non_null(strstr(text, ">whole</text>"));
  assert_non_null(strstr(text, ">1 k</text>"));
  assert_null(strstr(text, "nan"));
  assert_int_equal(count(text, "<svg"), 1);
  assert_int_equal(count(text, "</svg>"), 1);
  free(text);
}

// all of nothing, one point, one value: no division by zero, no endless axis
static void lines_of_little(void **state) {
  (void)state;
  const double x[] = {0}, y[] = {NAN};
  const ChartSeries none = {.name = "none", .n = 0, .x = x, .y = y},
                    one = {.name = "one", .n = 1, .x = x, .y = y};
  for (int i = 0; i < 2; i++) {
    char *text = lines_of(i ? &one : &none, 1);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    assert_true(strlen(text) < 8000);
    free(text);
  }
}

static void cells_have_their_colours(void **state) {
  (void)state;
  const char *const names[] = {"a", "a name that is far too long for a margin"};
  const double value[] = {NAN, 1, 0, 0.5};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  chart_matrix(out, &(ChartMatrix){.title = "wins",
                                   .rows = 2,
                                   .columns = 2,
                                   .row = names,
                                   .column = names,
                                   .value = value,
                                   .around_half = true});
  fclose(out);
  assert_int_equal(count(text, "stroke=\"#fff\""), 3);  // cells; the first has no value
  assert_int_equal(count(text, "fill=\"#4393c3\""), 1);
  assert_int_equal(count(text, "fill=\"#d7604d\""), 1);
  assert_int_equal(count(text, "fill=\"#ffffff\""), 1);
  assert_non_null(strstr(text, ">100</text>"));
  assert_null(strstr(text, "for a margin"));
  assert_null(strstr(text, "nan"));
  free(text);
}

// y counts to the left: the first column of a map, which has the smallest y, is drawn at the right
static void intervals_stand_in_cells_and_panels(void **state) {
  (void)state;
  static const double x[] = {0.8, 1}, value[] = {0.5, (double)NAN}, low[] = {0.25, 0},
                      high[] = {0.75, 1};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  chart_matrix(
      out, &(ChartMatrix){
               .title = "grid", .rows = 1, .columns = 2, .value = value, .low = low, .high = high});
  chart_panels(out, "worlds", &(ChartPanel){"mass & x", 2, x, value, low, high}, 1);
  fclose(out);
  assert_int_equal(count(text, ">25-75</text>"), 1);
  assert_int_equal(count(text, "<circle"), 1);  // the second has no value
  // top 64, 100 high
  assert_non_null(strstr(text, "<path d=\"M101.5 139.0V89.0\""));
  assert_non_null(strstr(text, ">0.8</text>"));
  assert_non_null(strstr(text, "mass &amp; x"));
  assert_null(strstr(text, "nan"));
  free(text);
}

static void courts_are_seen_from_above(void **state) {
  (void)state;
  const double share[] = {0.25, 0, 0, 0};
  const long long balls[] = {8, 0, 0, 0};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  chart_courts(
      out, &(ChartCourt){.title = "digs", .rows = 2, .columns = 2, .share = share, .balls = balls},
      1);
  fclose(out);
  // left 16, squares of 44, bottom 64 + 88
  assert_non_null(strstr(text, "<rect x=\"60.0\" y=\"108.0\" width=\"44.0\""));
  assert_non_null(strstr(text, ">25</text>"));
  assert_non_null(strstr(text, ">8</text>"));
  assert_int_equal(count(text, "stroke=\"#fff\""), 1);
  free(text);
}

// ---- pages

static void a_page_holds_its_pictures(void **state) {
  (void)state;
  static const char TEXT[] =
      "# Team <script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | `x<y` |\n\n"
      "![wins](wins.svg)\n\n![gone](gone.svg)\n\n[more](deep/report.md)\n";
  static const char SVG[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
  SimError err = {0};
  assert_int_equal(system("rm -rf page && mkdir page"), 0);
  test_write_file("page/wins.svg", SVG, strlen(SVG));
  assert_ok(report_page_write("page", TEXT, strlen(TEXT), &err), &err);
  size_t size = 0;
  char *same = test_read_file("page/report.md", &size),
       *page = test_read_file("page/report.html", &size);
  char *data = sim_base64(SVG, strlen(SVG)), wanted[512];
  assert_string_equal(same, TEXT);
  snprintf(wanted, sizeof wanted, "<img src=\"data:image/svg+xml;base64,%s\" alt=\"wins\"", data);
  assert_non_null(strstr(page, wanted));
  assert_non_null(strstr(page, "<img src=\"gone.svg\""));
  assert_non_null(strstr(page, "href=\"deep/report.html\""));
  assert_non_null(strstr(page, "<td>1</td>"));
  assert_non_null(strstr(page, "<code>x&lt;y</code>"));
  assert_null(strstr(page, "<script"));
  assert_non_null(strstr(page, "<!DOCTYPE html>"));
  free(data);
  free(same);
  free(page);
  assert_refused(report_page_write("page/none", TEXT, strlen(TEXT), &err), SIM_FAIL, &err,
                 "page/none");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(base64_is_that_of_the_rfc),
      cmocka_unit_test(lines_go_through_their_points),
      cmocka_unit_test(lines_of_little),
      cmocka_unit_test(cells_have_their_colours),
      cmocka_unit_test(intervals_stand_in_cells_and_panels),
      cmocka_unit_test(courts_are_seen_from_above),
      cmocka_unit_test(a_page_holds_its_pictures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
