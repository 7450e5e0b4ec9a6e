// The tables of a pipeline's report, each from the JSON that a command printed. NULL, or JSON
// without what is asked for, gives an empty cell or no table at all.
#ifndef HCSP_PIPELINE_REPORT_TABLES_H_
#define HCSP_PIPELINE_REPORT_TABLES_H_

#include <jansson.h>
#include <stdio.h>

enum { PIPELINE_REPORT_COLUMNS = 3 };

// One file of results and what its column is called.
typedef struct PipelineResult {
  const char *name;
  json_t *json;  // NULL: missing
} PipelineResult;

// `hcsp eval teams`: win rates with intervals, Nash mixture, Elo, and how the points of each pair
// ended.
void pipeline_table_teams(FILE *out, const json_t *teams);
void pipeline_table_endings(FILE *out, const json_t *teams);
// `hcsp eval skill all` before and after.
void pipeline_table_skills(FILE *out, const PipelineResult *result, int n);
// `hcsp play` of each team against itself: rallies, and what strategies choose.
void pipeline_table_play(FILE *out, const PipelineResult *result, int n);

#endif  // HCSP_PIPELINE_REPORT_TABLES_H_
