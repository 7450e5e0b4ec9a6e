// Both sides play the same shape, so that the attacks of both count.
#include "hcsp/eval/kill_report.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/eval/matrix_game.h"
#include "hcsp/eval/rallies.h"

#define SAME 1e-6  // s, flight times that are one

static bool is_attack(const PolOption *option) {
  return option->slot == POL_ATTACK;
}

// the rule strategy in one shape, with every attack as likely as another
static void play_shape(PolTeam *team, int shape) {
  PolOptions *table = team->options;
  for (int i = 0; i < table->n[table->attack_head]; i++) {
    PolOption *option = &table->option[table->attack_head][i];
    option->weight = is_attack(option) ? 1 : option->weight;
  }
  team->strategies = 1;
  team->weight[0] = 1;
  team->strategy[0] = (PolStrategy){.kind = POL_RULE, .style = {shape, {-1, -1}}};
}

static SimStatus measure(EvalKillReport *report, const EvalKillReportOptions *options,
                         const SimModel *model, EvalRally *rally, EvalTactics *tactics, int shape,
                         SimError *err) {
  assert(shape >= 0 && shape < report->shapes);
  const PolTeam *team = options->team;
  const EvalRalliesOptions play = {.model = model,
                                   .near = team,
                                   .far = team,
                                   .rules = sim_rules_find("court"),
                                   .seed = options->seed + (uint64_t)shape,
                                   .rallies = options->rallies,
                                   .threads = options->threads,
                                   .progress = options->progress,
                                   .tactics = tactics,
                                   .split = true};
  int played = 0;
  *tactics = (EvalTactics){0};
  play_shape(options->team, shape);
  const SimStatus status = eval_rallies_play(rally, &played, &play, err);
  eval_tactics_merge(tactics);
  for (int i = 0; i < report->attacks; i++) {
    report->cell[i][shape] = tactics->use[SIM_NEAR].head[team->options->attack_head][i];
  }
  for (int i = 0; i < played; i++) {
    report->touches[shape] += (double)rally[i].hits / played;
    report->draws[shape] += (rally[i].winner == SIM_DRAW) / (double)played;
  }
  return status;
}

SimStatus eval_kill_report(EvalKillReport *report, const EvalKillReportOptions *options,
                           SimError *err) {
  assert(options->rallies >= 1 && options->threads >= 1);
  const PolOptions *table = options->team->options;
  if (options->team->flat || table->kind != POL_TABLE_VOLLEY) {
    return sim_error(err, SIM_BAD_INPUT,
                     "team '%s': saw the option table '%s', wanted one of the kind volley",
                     options->team->name, table->name);
  }
  *report = (EvalKillReport){.shapes = table->n[table->wait_head],
                             .attacks = table->n[table->attack_head]};
  assert(report->shapes <= POL_OPTIONS_MAX && report->attacks <= POL_OPTIONS_MAX);
  SimModel *model = sim_model_create(NULL, err);
  EvalRally *rally = sim_new((size_t)options->rallies, sizeof *rally);
  EvalTactics *tactics = sim_new(1, sizeof *tactics);
  SimStatus status = model ? SIM_OK : err->status;
  for (int shape = 0; status == SIM_OK && shape < report->shapes; shape++) {
    status = measure(report, options, model, rally, tactics, shape, err);
  }
  free(tactics);
  free(rally);
  sim_model_destroy(model);
  return status;
}

// attacks of one flight time, all targets together; flight 0: all attacks
static EvalUse sum_attacks(const EvalKillReport *report, const PolOptions *table, double flight,
                           int shape) {
  assert(shape >= 0 && shape < report->shapes);
  EvalUse sum = {0};
  for (int i = 0; i < report->attacks; i++) {
    const PolOption *option = &table->option[table->attack_head][i];
    if (is_attack(option) && (flight == 0 || fabs(option->goal.flight - flight) < SAME)) {
      sum.touches += report->cell[i][shape].touches;
      sum.kills += report->cell[i][shape].kills;
    }
  }
  return sum;
}

// ---- the guess between attack and shape

static bool is_known(const EvalKillReport *report, int attack) {
  for (int s = 0; s < report->shapes; s++) {
    if (report->cell[attack][s].touches < EVAL_KILL_LEAST) {
      return false;
    }
  }
  return true;
}

SimStatus eval_kill_report_solve(EvalKillGame *game, const EvalKillReport *report,
                                 const PolOptions *table, SimError *err) {
  double payoff[POL_OPTIONS_MAX * POL_OPTIONS_MAX], mix[POL_OPTIONS_MAX];
  int attack[POL_OPTIONS_MAX], n = 0;
  for (int i = 0; i < report->attacks; i++) {
    if (is_attack(&table->option[table->attack_head][i]) && is_known(report, i)) {
      for (int s = 0; s < report->shapes; s++) {
        payoff[n * report->shapes + s] = eval_use_kill_share(&report->cell[i][s]);
      }
      attack[n++] = i;
    }
  }
  *game = (EvalKillGame){0};
  if (n == 0) {
    return sim_error(err, SIM_BAD_INPUT, "saw no attack that met every shape %d times, wanted some",
                     EVAL_KILL_LEAST);
  }
  SIM_TRY(eval_matrix_solve(&game->value, mix, game->shape, payoff, n, report->shapes, err));
  for (int i = 0; i < n; i++) {
    game->attack[attack[i]] = mix[i];
  }
  return SIM_OK;
}

// ---- for people

static void print_cell(FILE *out, EvalUse use) {
  if (use.touches > 0) {
    fprintf(out, " %5.2f (%4lld)", eval_use_kill_share(&use), (long long)use.touches);
  } else {
    fprintf(out, "     - (   0)");
  }
}

// the first option with this flight time stands for all of them
static bool is_first(const PolOptions *table, int attack) {
  const PolOption *option = table->option[table->attack_head];
  for (int i = 0; i < attack; i++) {
    if (is_attack(&option[i]) && fabs(option[i].goal.flight - option[attack].goal.flight) < SAME) {
      return false;
    }
  }
  return is_attack(&option[attack]);
}

static void print_game(FILE *out, const EvalKillReport *report, const EvalKillGame *game,
                       const PolOptions *table) {
  fprintf(out, "%-28s", "best mixture of shapes");
  for (int s = 0; s < report->shapes; s++) {
    fprintf(out, " %12.2f", game->shape[s]);
  }
  fprintf(out, "\n%-28s", "best mixture of attacks");
  const char *between = " ";
  for (int i = 0; i < report->attacks; i++) {
    if (game->attack[i] >= 0.005) {
      fprintf(out, "%s%.2f %s", between, game->attack[i],
              table->option[table->attack_head][i].name);
      between = ", ";
    }
  }
  fprintf(out, "\n%-28s %.2f of the attacks score\n", "value of this game", game->value);
}

void eval_kill_report_print(FILE *out, const EvalKillReport *report, const EvalKillGame *game,
                            const PolTeam *team) {
  const PolOptions *table = team->options;
  fprintf(out,
          "attacks of '%s' against itself: share that wins the point before the ball comes back "
          "(attacks); a column per shape\n\n%-28s",
          team->name, "");
  for (int s = 0; s < report->shapes; s++) {
    fprintf(out, " %12s", table->option[table->wait_head][s].name);
  }
  for (int i = 0; i < report->attacks; i++) {
    const PolOption *option = &table->option[table->attack_head][i];
    fprintf(out, "\n%-22s %.2f s", option->name, option->goal.flight);
    for (int s = 0; s < report->shapes; s++) {
      print_cell(out, report->cell[i][s]);
    }
  }
  for (int i = 0; i < report->attacks; i++) {
    const double flight = table->option[table->attack_head][i].goal.flight;
    if (is_first(table, i)) {
      fprintf(out, "\n%-22s %.2f s", "all of", flight);
      for (int s = 0; s < report->shapes; s++) {
        print_cell(out, sum_attacks(report, table, flight, s));
      }
    }
  }
  fprintf(out, "\n%-28s", "all attacks");
  for (int s = 0; s < report->shapes; s++) {
    print_cell(out, sum_attacks(report, table, 0, s));
  }
  fprintf(out, "\n%-28s", "touches a rally");
  for (int s = 0; s < report->shapes; s++) {
    fprintf(out, " %12.2f", report->touches[s]);
  }
  fprintf(out, "\n%-28s", "draws");
  for (int s = 0; s < report->shapes; s++) {
    fprintf(out, " %10.1f %%", 100 * report->draws[s]);
  }
  fprintf(out, "\n");
  if (game) {
    print_game(out, report, game, table);
  }
}
