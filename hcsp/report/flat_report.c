// Report of a flat policy's training: how well it serves, receives and returns, who is in its
// population, and how it got there.
#include "hcsp/report/flat_report.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "hcsp/eval/rallies.h"
#include "hcsp/league/interval.h"
#include "hcsp/recipes/flat/internal.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/report/page.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { ROWS_SHOWN = 24 };

// ---- how well it plays

// Deeds of the team that is measured, in matches against another or itself.
typedef struct Watch {
  TaskDeeds deeds, *of[SIM_TEAMS];
  TaskTally *tally;  // [matches]
  LeagueScore score;
  double steps, hits;
  int rallies;
} Watch;

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)play, (void)err;
  Watch *watch = arg;
  assert(match >= 0 && match < watch->rallies);
  watch->tally[match] = (TaskTally){0};
  return SIM_OK;
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)err;
  Watch *watch = arg;
  task_tally_step(watch->of, &watch->tally[match], pol_play_state(play, match));
  return SIM_OK;
}

// the team is near, and far too when there is no other
static SimStatus measure(Watch *watch, const FlatTrainer *tr, const PolTeam *team,
                         const PolTeam *other, SimError *err) {
  const int rallies = (int)tr->t->config->report_points;
  const EvalWatcher watcher = {.arg = watch, .start = on_start, .step = on_step};
  const EvalRalliesOptions options = {.model = tr->engine.eval,
                                      .near = team,
                                      .far = other ? other : team,
                                      .rules = tr->engine.rules,
                                      .seed = tr->t->options.seed + RECIPE_SEED_PROGRESS,
                                      .rallies = rallies,
                                      .threads = tr->t->options.threads,
                                      .watcher = &watcher};
  EvalRally *result = sim_new((size_t)rallies, sizeof *result);
  int played = 0;
  *watch = (Watch){.rallies = rallies};
  watch->of[SIM_NEAR] = &watch->deeds;
  watch->of[SIM_FAR] = other ? NULL : &watch->deeds;
  watch->tally = sim_new((size_t)rallies, sizeof *watch->tally);
  const SimStatus status = eval_rallies_play(result, &played, &options, err);
  assert(status != SIM_OK || played == rallies);
  for (int i = 0; status == SIM_OK && i < rallies; i++) {
    watch->steps += result[i].steps;
    watch->hits += result[i].hits;
    watch->score.wins += result[i].winner == SIM_WIN_NEAR;
    watch->score.losses += result[i].winner == SIM_WIN_FAR;
    watch->score.draws += result[i].winner == SIM_DRAW;
  }
  free(watch->tally);
  free(result);
  return status;
}

// ---- the report

static void write_share(FILE *out, double part, double whole) {
  double low, high;
  league_wilson(&low, &high, part, whole);
  if (whole > 0) {
    fprintf(out, " %.1f (%.1f to %.1f) |", 100 * part / whole, 100 * low, 100 * high);
  } else {
    fprintf(out, " |");
  }
}

static void write_deeds(FILE *out, const char *against, const Watch *watch) {
  assert(watch->rallies > 0);
  const TaskDeeds *d = &watch->deeds;
  fprintf(out, "| %s |", against);
  write_share(out, d->legal, d->serves);
  write_share(out, d->over, d->serves);
  write_share(out, d->received, d->coming);
  write_share(out, d->returned, d->coming);
  fprintf(out, " %.2f | %.2f | %.0f : %.0f, %.0f |\n", watch->hits / watch->rallies,
          watch->steps * SIM_DT / watch->rallies, watch->score.wins, watch->score.losses,
          watch->score.draws);
}

static void write_head(FILE *out, const FlatTrainer *tr) {
  const TrainHistory *h = &tr->session.history;
  const double seconds = h->n > 0 ? train_history_row(h, h->n - 1)[FLAT_CURVE_SECONDS] : 0;
  const double decisions = (double)tr->learner->ppo.transitions,
               steps = env_flat_steps(tr->learner->env);
  fprintf(out, "# Flat policy, %s\n\n", flat_algorithm_name(tr->t->config->algorithm));
  fprintf(out,
          "%.0f decisions of a drone in %.0f CPU seconds (%.0f a second), %.0f match steps (%.1f "
          "hours of play); seed %llu, rules %s; learnt with physics %s, measured with mujoco.\n\n",
          decisions, seconds, seconds > 0 ? decisions / seconds : 0, steps, steps * SIM_DT / 3600,
          (unsigned long long)tr->t->options.seed, tr->engine.rules->name, tr->t->config->physics);
}

static void write_members(FILE *out, const FlatTrainer *tr) {
  const LeaguePopulation *p = tr->population;
  if (p->n == 0) {
    return;
  }
  fprintf(out, "## Population\n\nRow against column: (wins + draws / 2) / points in percent.\n\n"
               "| policy | weight | decisions |");
  for (int j = 0; j < p->n; j++) {
    fprintf(out, " %d |", j);
  }
  report_rule(out, 3 + p->n);
  for (int i = 0; i < p->n; i++) {
    fprintf(out, "\n| %s | %.3f | %lld |", p->member[i]->name, tr->weight[i],
            (long long)p->member[i]->decisions);
    for (int j = 0; j < p->n; j++) {
      const LeagueScore score = league_payoff_total(p->payoff, i, j);
      const bool met = i != j && league_score_points(&score) > 0;
      report_cell(out, met ? 100 * league_score_value(&score) : (double)NAN, 1);
    }
  }
  fprintf(out, "\n\n");
}

static SimStatus write_report(const FlatTrainer *tr, const Watch *itself, const Watch *other,
                              const char *name, SimError *err) {
  static const int DECIMALS[FLAT_CURVES] = {0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
  SimText text;
  FILE *out = sim_text_open(&text);
  write_head(out, tr);
  fprintf(out,
          "Percent of its serves and of the balls that come over to it, with 95 %% intervals, "
          "in %d points as near team each.\n\n| against | legal serves | over the net | "
          "received | returned | hits a rally | seconds | won : lost, drawn |\n"
          "|---|---|---|---|---|---|---|---|\n",
          itself->rallies);
  write_deeds(out, "itself", itself);
  if (name[0]) {
    write_deeds(out, name, other);
  }
  fprintf(out, "\n");
  write_members(out, tr);
  fprintf(out, "## Curves\n\n");
  report_curves_table(out, &tr->session.history, ROWS_SHOWN, DECIMALS);
  const char *folder = tr->t->options.folder;
  SIM_TRY(report_page_save(folder, SIM_OK, sim_text_close(&text), err));
  const TaskDeeds *d = &itself->deeds;
  sim_log(SIM_LOG_INFO, "serves %.1f %% legal, %.1f %% over the net; report: %s/report.html",
          100 * d->legal / d->serves, 100 * d->over / d->serves, folder);
  return SIM_OK;
}

SimStatus flat_report(const FlatTrainer *tr, SimError *err) {
  const char *name = tr->t->config->report_team;
  char path[SIM_PATH_MAX];
  Watch itself = {0}, against = {0};
  SimStatus status = run_file(path, tr->session.run, "team.yaml", err);
  PolTeam *team = status == SIM_OK ? pol_team_load(path, err) : NULL;
  PolTeam *other = team && name[0] ? pol_team_load(name, err) : NULL;
  if (!team || (name[0] && !other)) {
    pol_team_destroy(team);
    return err->status;
  }
  status = measure(&itself, tr, team, NULL, err);
  status = status == SIM_OK && other ? measure(&against, tr, team, other, err) : status;
  status = status ? status : report_curves_write(tr->t->options.folder, &tr->session.history, err);
  status = status == SIM_OK ? write_report(tr, &itself, &against, name, err) : status;
  pol_team_destroy(team);
  pol_team_destroy(other);
  return status;
}
