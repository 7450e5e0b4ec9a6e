// The paper's table as Markdown. Budgets are what the policies' provenance and the configuration
// say.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "hcsp/cli/eval_paper.h"
#include "hcsp/report/page.h"

// ---- budgets

// What went into a team; 0 where no file tells.
typedef struct Budget {
  double skills;          // decisions of its skills
  double decisions;       // of its strategies or flat policies: of the run they are from
  double steps, seconds;  // match steps and CPU seconds of that run
} Budget;

static json_t *provenance_of(const PolFile *file) {
  return json_loads(file->provenance ? file->provenance : "{}", 0, NULL);
}

static double number_in(const json_t *json, const char *key) {
  const double value = json_number_value(json_object_get(json, key));
  return isfinite(value) && value > 0 ? value : 0;
}

static Budget budget_of(const PolTeam *team, const CliPaperConfig *config) {
  Budget b = {0};
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const PolFile *file = team->skill[slot];
    bool again = file == NULL;
    for (int s = 0; s < slot; s++) {
      again = again || team->skill[s] == file;
    }
    json_t *json = again ? NULL : provenance_of(file);
    b.skills += number_in(json, "steps");
    json_decref(json);
  }
  // members of a mixture are snapshots of one run: the last one tells the most
  for (int i = 0; i < team->strategies; i++) {
    json_t *json = team->strategy[i].file ? provenance_of(team->strategy[i].file) : NULL;
    b.decisions = fmax(b.decisions, number_in(json, "steps"));
    b.steps = fmax(b.steps, number_in(json, "match_steps"));
    json_decref(json);
  }
  for (uint32_t i = 0; i < config->spent_count; i++) {
    if (strcmp(config->spent[i].team, team->name) == 0) {
      b.steps = fmax(b.steps, config->spent[i].match_steps);
      b.seconds = config->spent[i].cpu_seconds;
    }
  }
  return b;
}

static void write_count(FILE *out, double value, int digits) {
  if (value > 0) {
    fprintf(out, " %.*f |", digits, value);
  } else {
    fprintf(out, " - |");
  }
}

static void write_budgets(FILE *out, const CliPaper *paper) {
  fprintf(out,
          "\n## Budgets\n\nDecisions of skills are those of a drone; of a strategy those that "
          "were a choice; of a flat policy those of a drone. What nobody has told is "
          "left out.\n\n"
          "| team | skills, M decisions | strategy or flat, M decisions | match steps, M | CPU "
          "seconds |\n|---|---|---|---|---|\n");
  for (int i = 0; i < paper->n; i++) {
    const Budget b = budget_of(paper->team[i], paper->config);
    fprintf(out, "| %s |", paper->team[i]->name);
    write_count(out, b.skills / 1e6, 1);
    write_count(out, b.decisions / 1e6, 2);
    write_count(out, b.steps / 1e6, 1);
    write_count(out, b.seconds, 0);
    fprintf(out, "\n");
  }
}

// ---- win rates

static double rate_of(const CliPaper *paper, int i, int j) {
  const LeagueScore score = league_payoff_total(paper->payoff, i, j);
  return league_score_win_rate(NULL, NULL, &score);
}

static void write_rate(FILE *out, const CliPaper *paper, int i, int j) {
  const LeagueScore score = league_payoff_total(paper->payoff, i, j);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &score);
  if (i == j || !isfinite(rate)) {
    fprintf(out, " - |");
  } else {
    fprintf(out, " %.1f (%.1f-%.1f) |", 100 * rate, 100 * low, 100 * high);
  }
}

static int write_names(FILE *out, const CliPaper *paper, CliPaperPart part) {
  int columns = 0;
  for (int j = 0; j < paper->n; j++) {
    if (paper->part[j] == part) {
      fprintf(out, " %s |", paper->team[j]->name);
      columns++;
    }
  }
  return columns;
}

// team i against those of a part; the lowest rate and their sum
static void write_cells(FILE *out, double *lowest, double *sum, const CliPaper *paper, int i,
                        CliPaperPart part) {
  *lowest = 1;
  *sum = 0;
  for (int j = 0; j < paper->n; j++) {
    if (paper->part[j] == part) {
      write_rate(out, paper, i, j);
      *sum += rate_of(paper, i, j);
      *lowest = fmin(*lowest, rate_of(paper, i, j));
    }
  }
}

static void write_rows(FILE *out, const CliPaper *paper) {
  double lowest, sum;
  fprintf(out, "| |");
  const int columns = write_names(out, paper, CLI_PAPER_FIELD);
  fprintf(out, " average | lowest | published average |");
  const int besides = write_names(out, paper, CLI_PAPER_BESIDES);
  report_rule(out, 4 + columns + besides);
  for (int i = 0; i < paper->n; i++) {
    if (paper->part[i] != CLI_PAPER_OURS) {
      continue;
    }
    fprintf(out, "\n| %s |", paper->team[i]->name);
    write_cells(out, &lowest, &sum, paper, i, CLI_PAPER_FIELD);
    if (columns > 0 && isfinite(sum)) {
      fprintf(out, " %.1f | %.1f |", 100 * sum / columns, 100 * lowest);
    } else {
      fprintf(out, " - | - |");
    }
    fprintf(out, " %.1f |", paper->config->published.average);
    write_cells(out, &lowest, &sum, paper, i, CLI_PAPER_BESIDES);
  }
  fprintf(out, "\n%s",
          besides > 0 ? "\nRight of the published average: not part of the average.\n" : "");
}

// the last of ours and the one before it; false when there are not two
static bool last_two(int two[2], const CliPaper *paper) {
  two[0] = two[1] = -1;
  for (int i = 0; i < paper->n; i++) {
    if (paper->part[i] == CLI_PAPER_OURS) {
      two[0] = two[1];
      two[1] = i;
    }
  }
  return two[0] >= 0;
}

static void write_stages(FILE *out, const CliPaper *paper) {
  const CliPublished *published = &paper->config->published;
  int two[2];
  if (!last_two(two, paper)) {
    return;
  }
  const char *before = paper->team[two[0]]->name, *after = paper->team[two[1]]->name;
  fprintf(out, "\n| | ours | published |\n|---|---|---|\n| %s over %s |", after, before);
  write_rate(out, paper, two[1], two[0]);
  fprintf(out, " %.1f |\n", published->head_to_head);
}

// ---- what the figures do not say

// legal touches of team j over its points against ours
typedef struct Touches {
  double points, hits;
  int again;
} Touches;

static Touches touches_of(const CliPaper *paper, int team) {
  Touches sum = {0};
  for (int k = 0; k < eval_pairs_count(paper->n); k++) {
    const EvalPair *pair = &paper->pair[k];
    for (int t = 0; t < 2; t++) {
      if (pair->team[t] == team && paper->part[pair->team[1 - t]] == CLI_PAPER_OURS) {
        const LeagueScore score = league_payoff_total(paper->payoff, pair->team[0], pair->team[1]);
        sum.points += league_score_points(&score);
        sum.hits += pair->team_hits[t];
        sum.again += pair->again[t];
      }
    }
  }
  return sum;
}

static void write_touches(FILE *out, const CliPaper *paper) {
  fprintf(out, "\n## Who plays\n\nLegal touches of each column's team in its points against the "
               "rows'. Who never touches the ball twice serves, and does not receive.\n\n"
               "| team | touches a rally | rallies with two or more, %% |\n|---|---|---|\n");
  for (int j = 0; j < paper->n; j++) {
    const Touches t = touches_of(paper, j);
    if (t.points > 0 && paper->part[j] != CLI_PAPER_OURS && paper->part[j] != CLI_PAPER_ALSO) {
      fprintf(out, "| %s | %.2f | %.1f%s |\n", paper->team[j]->name, t.hits / t.points,
              100 * t.again / t.points, t.again == 0 ? ": at most one touch" : "");
    }
  }
}

static void write_remarks(FILE *out, const CliPaper *paper, const EvalStandings *standings) {
  fprintf(out, "\n* One training seed behind every learned team: the intervals hold the luck of "
               "the points alone.\n* The published average is over other teams, which nobody has "
               "published: no figure to compare with.\n");
  for (int i = 0; i < paper->n; i++) {
    if (standings->nash[i] > 0.999) {
      fprintf(out,
              "* The Nash mixture of the teams below is %s alone: its 50 %% against that mixture "
              "are against itself.\n",
              paper->team[i]->name);
    }
  }
  for (uint32_t i = 0; i < paper->config->remarks_count; i++) {
    fprintf(out, "* %s\n", paper->config->remarks[i]);
  }
}

static void write_matrix(FILE *out, const CliPaper *paper, const EvalStandings *standings) {
  fprintf(out,
          "\n## Everybody\n\nPercent of the decided points, row against column, with 95 %% "
          "intervals; Nash: weight in the maximum-entropy mixture; against it: (wins + draws / "
          "2) / points.\n\n| |");
  for (int j = 0; j < paper->n; j++) {
    fprintf(out, " %s |", paper->team[j]->name);
  }
  fprintf(out, " Nash | against it | Elo |");
  report_rule(out, 4 + paper->n);
  for (int i = 0; i < paper->n; i++) {
    fprintf(out, "\n| %s |", paper->team[i]->name);
    for (int j = 0; j < paper->n; j++) {
      write_rate(out, paper, i, j);
    }
    fprintf(out, " %.3f | %.1f | %.0f |", standings->nash[i], 100 * standings->nash_value[i],
            standings->elo[i].rating);
  }
  fprintf(out, "\n");
}

static void write_points(FILE *out, const CliPaper *paper) {
  fprintf(out, "\n## Points\n\n| pair | points | won : lost | drawn %% | ended by the clock %% | "
               "legal touches | seconds |\n|---|---|---|---|---|---|---|\n");
  const int pairs = eval_pairs_count(paper->n);
  for (int k = 0; k < pairs; k++) {
    const EvalPair *pair = &paper->pair[k];
    const int i = pair->team[0], j = pair->team[1];
    const LeagueScore score = league_payoff_total(paper->payoff, i, j);
    const double n = league_score_points(&score);
    fprintf(out, "| %s : %s | %.0f | %.0f : %.0f | %.1f | %.1f | %.2f | %.2f |\n",
            paper->team[i]->name, paper->team[j]->name, n, score.wins, score.losses,
            100 * score.draws / n, 100 * pair->drawn[SIM_EVENT_TIMEOUT] / n, pair->hits / n,
            SIM_DT * pair->steps / n);
  }
}

static void write_reading(FILE *out, const CliPaper *paper) {
  fprintf(
      out,
      "\n## What is the same and what is not\n\n"
      "Same: the quadrotor, the ball, contact, court and rules; four non-hierarchical baselines "
      "that fly rotor commands from 57 numbers a drone, by MAPPO in self-play and over "
      "populations; win rates of decided points.\n\n"
      "Not the same: the simulator is MuJoCo instead of PhysX, every policy is trained by this "
      "project, and the rally clock is that of the rules `%s`. The paper's rule strategy and "
      "its pool of ten teams are not published: the column of a rule team over learned skills "
      "stands for the first, all teams above make up the pool of the Nash mixture, so that "
      "Nash averages compare within a table only. Points are balanced over sides and servers "
      "and each is played to its end.\n",
      paper->config->rules);
  for (int i = 0; i < paper->missing; i++) {
    fprintf(out, "%s%s%s", i ? ", " : "\nLeft out, for they are not there: ", paper->left_out[i],
            i == paper->missing - 1 ? ".\n" : "");
  }
}

void cli_paper_write(FILE *out, const CliPaper *paper, const EvalStandings *standings) {
  fprintf(out,
          "# The paper's table\n\nPercent of the decided points that the row wins against the "
          "column, with 95 %% intervals. Rules %s, seed %.0f.\n\n",
          paper->config->rules, paper->config->seed);
  write_rows(out, paper);
  write_stages(out, paper);
  write_remarks(out, paper, standings);
  write_touches(out, paper);
  write_budgets(out, paper);
  write_matrix(out, paper, standings);
  write_points(out, paper);
  write_reading(out, paper);
}
