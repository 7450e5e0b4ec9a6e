// What the paper's table is made of, read from YAML (configs/paper.yaml).
#ifndef HCSP_CLI_EVAL_PAPER_H_
#define HCSP_CLI_EVAL_PAPER_H_

#include <stdint.h>

#include "hcsp/eval/standings.h"
#include "policies/team.h"

typedef struct HcspPublished {
  double average, head_to_head;  // percent
} HcspPublished;

// What the training of a team took, as its run told.
typedef struct HcspSpent {
  char *team;
  double match_steps, cpu_seconds;
} HcspSpent;

typedef struct HcspPaperConfig {
  char *rules;
  double points, other_points, seed;
  char **ours, **field, **besides, **also, **remarks;
  HcspSpent *spent;
  uint32_t ours_count, field_count, besides_count, also_count, remarks_count, spent_count;
  HcspPublished published;
} HcspPaperConfig;

typedef enum HcspPaperPart {
  HCSP_PAPER_OURS,     // rows of the table
  HCSP_PAPER_FIELD,    // columns
  HCSP_PAPER_BESIDES,  // columns that do not count for the average
  HCSP_PAPER_ALSO,     // no columns, but in the Nash mixture and in Elo
} HcspPaperPart;

enum { HCSP_PAPER_TEAMS_MAX = 32 };

// The teams that are there, and what they scored.
typedef struct HcspPaper {
  const HcspPaperConfig *config;
  int n, missing;
  PolTeam *team[HCSP_PAPER_TEAMS_MAX];
  HcspPaperPart part[HCSP_PAPER_TEAMS_MAX];
  const char *left_out[HCSP_PAPER_TEAMS_MAX];
  HcspPayoff *payoff;
  HcspPair pair[HCSP_PAPER_TEAMS_MAX * (HCSP_PAPER_TEAMS_MAX - 1) / 2];
  int points[HCSP_PAPER_TEAMS_MAX * (HCSP_PAPER_TEAMS_MAX - 1) / 2];  // of a pair
  double cpu_seconds;
} HcspPaper;

// eval_paper_report.c: the table as Markdown
void hcsp_paper_write(FILE *out, const HcspPaper *paper, const HcspStandings *standings);

#endif  // HCSP_CLI_EVAL_PAPER_H_
