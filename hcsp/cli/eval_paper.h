// What the paper's table is made of, read from YAML (configs/paper.yaml).
#ifndef HCSP_CLI_EVAL_PAPER_H_
#define HCSP_CLI_EVAL_PAPER_H_

#include <stdint.h>

#include "hcsp/eval/standings.h"
#include "policies/team.h"

typedef struct CliPublished {
  double average, head_to_head;  // percent
} CliPublished;

// What the training of a team took, as its run told.
typedef struct CliSpent {
  char *team;
  double match_steps, cpu_seconds;
} CliSpent;

typedef struct CliPaperConfig {
  char *rules;
  double points, other_points, seed;
  char **ours, **field, **besides, **also, **remarks;
  CliSpent *spent;
  uint32_t ours_count, field_count, besides_count, also_count, remarks_count, spent_count;
  CliPublished published;
} CliPaperConfig;

typedef enum CliPaperPart {
  CLI_PAPER_OURS,     // rows of the table
  CLI_PAPER_FIELD,    // columns
  CLI_PAPER_BESIDES,  // columns that do not count for the average
  CLI_PAPER_ALSO,     // no columns, but in the Nash mixture and in Elo
} CliPaperPart;

enum { CLI_PAPER_TEAMS_MAX = 32 };

// The teams that are there, and what they scored.
typedef struct CliPaper {
  const CliPaperConfig *config;
  int n, missing;
  PolTeam *team[CLI_PAPER_TEAMS_MAX];
  CliPaperPart part[CLI_PAPER_TEAMS_MAX];
  const char *left_out[CLI_PAPER_TEAMS_MAX];
  LeaguePayoff *payoff;
  EvalPair pair[CLI_PAPER_TEAMS_MAX * (CLI_PAPER_TEAMS_MAX - 1) / 2];
  int points[CLI_PAPER_TEAMS_MAX * (CLI_PAPER_TEAMS_MAX - 1) / 2];  // of a pair
  double cpu_seconds;
} CliPaper;

// eval_paper_report.c: the table as Markdown
void cli_paper_write(FILE *out, const CliPaper *paper, const EvalStandings *standings);

#endif  // HCSP_CLI_EVAL_PAPER_H_
