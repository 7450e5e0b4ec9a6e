// report.md of the whole: what the new team wins against the old one, where it comes from (the same
// strategies over the new skills, kill tables, the skill table before and after), and what changed
// in play.
#include "hcsp/report/coself_report.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/pairs.h"
#include "hcsp/eval/skill.h"
#include "hcsp/eval/summary.h"
#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/report/page.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { TRIALS_MAX = 400 };

typedef struct Report {
  const SkillsTraining *t;
  const CoselfConfig *config;
  PolTeam *base, *deployed;
  PolTeam *mixed;     // strategies and table of the base with the new skills
  PolOptions *goals;  // what skills are asked for when they are measured
  SimModel *model;
  const SimRules *rules;
  int points;
  EvalPair pair[2];        // deployed and mixed against the base
  EvalTactics tactics[2];  // deployed against the base, base against itself
  EvalSummary summary[2];
} Report;

static void close_report(Report *r) {
  pol_team_destroy(r->base);
  pol_team_destroy(r->deployed);
  pol_team_destroy(r->mixed);
  pol_options_destroy(r->goals);
  sim_model_destroy(r->model);
}

// ---- teams

static const PolSlot STRIKES[] = {POL_RECEIVE, POL_PASS, POL_SET, POL_ATTACK};
enum { N_STRIKES = sizeof STRIKES / sizeof STRIKES[0] };

// a skill of the deployed team that the base does not have
static bool is_new(const Report *r, PolSlot slot) {
  assert(slot < POL_SLOTS);
  const PolFile *old = r->base->skill[slot], *own = r->deployed->skill[slot];
  return own && (!old || old->hash != own->hash);
}

static SimStatus mix(Report *r, SimError *err) {
  char path[SIM_PATH_MAX], name[96];
  for (int i = 0; i < N_STRIKES; i++) {
    if (is_new(r, STRIKES[i])) {
      snprintf(name, sizeof name, "together/policies/skills/%s.safetensors",
               pol_slot_name(STRIKES[i]));
      SIM_TRY(sim_path_join(path, r->t->options.folder, name, err));
      SIM_TRY(pol_team_set_skill(r->mixed, STRIKES[i], path, err));
    }
  }
  return SIM_OK;
}

static SimStatus open_report(Report *r, SimError *err) {
  char deployed[SIM_PATH_MAX];
  // the file, since a folder called as a team that ships would mean that team
  SIM_TRY(sim_path_join(deployed, r->t->options.folder, "team.yaml", err));
  r->rules = sim_rules_find(r->config->rules);
  r->base = pol_team_load(r->config->team, err);
  r->deployed = r->base ? pol_team_load(deployed, err) : NULL;
  r->mixed = r->deployed ? pol_team_load(r->config->team, err) : NULL;
  r->goals = r->mixed ? pol_options_load("paper", err) : NULL;
  r->model = r->goals ? sim_model_create(NULL, err) : NULL;
  return r->model ? mix(r, err) : err->status;
}

// ---- measuring

static SimStatus play_pair(EvalPair *pair, const Report *r, const PolTeam *team, SimError *err) {
  const PolTeam *const both[2] = {team, r->base};
  const EvalPairsOptions options = {.model = r->model,
                                    .team = both,
                                    .teams = 2,
                                    .rules = r->rules,
                                    .seed = r->t->options.seed + RECIPE_SEED_COSELF,
                                    .points = r->points,
                                    .threads = r->t->options.threads};
  return eval_pairs_play(pair, &options, err);
}

static SimStatus watch(Report *r, int which, const PolTeam *near, SimError *err) {
  assert(which == 0 || which == 1);
  const EvalRalliesOptions options = {.model = r->model,
                                      .near = near,
                                      .far = r->base,
                                      .rules = r->rules,
                                      .seed = r->t->options.seed + RECIPE_SEED_COSELF + 1,
                                      .rallies = r->points,
                                      .threads = r->t->options.threads,
                                      .tactics = &r->tactics[which],
                                      .split = true};
  return eval_rallies_summary(&r->summary[which], &options, err);
}

static SimStatus measure(Report *r, SimError *err) {
  SIM_TRY(play_pair(&r->pair[0], r, r->deployed, err));
  SIM_TRY(play_pair(&r->pair[1], r, r->mixed, err));
  SIM_TRY(watch(r, 0, r->deployed, err));
  return watch(r, 1, r->base, err);
}

// ---- telling

static void tell_pair(FILE *out, const char *what, const EvalPair *pair) {
  const LeagueScore sum = env_score_total(pair->cell);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &sum);
  const double n = league_score_points(&sum);
  fprintf(out, "| %s | %s %% (%.1f to %.1f) | %.0f | %.0f | %.0f | %s |\n", what,
          REPORT_NUMBER(100 * rate, 1), 100 * low, 100 * high, sum.wins, sum.losses, sum.draws,
          REPORT_NUMBER(pair->hits / n, 2));
}

static void tell_pairs(FILE *out, const Report *r) {
  fprintf(out,
          "\n## Against the team it began as\n\nDecided points won, Wilson 95 %% interval, %d "
          "points each, rules %s.\n\n| who | won | points | lost | drawn | touches a point |\n"
          "|---|---|---|---|---|---|\n",
          r->points, r->rules->name);
  tell_pair(out, "new skills, new strikes, new strategies", &r->pair[0]);
  tell_pair(out, "new skills under the old strategies, table and flight time", &r->pair[1]);
}

static SimStatus measure_skill(EvalSkillSummary *summary, const Report *r, const PolTeam *team,
                               PolSlot slot, SimError *err) {
  assert(r->points >= 1);
  const int n = r->points < TRIALS_MAX ? r->points : TRIALS_MAX;
  const EvalSkillRun run = {.trial = {.slot = slot, .goals = r->goals},
                            .team = team,
                            .trials = n,
                            .threads = r->t->options.threads,
                            .steps = EVAL_TRIAL_STEPS,
                            .seed = r->t->options.seed + RECIPE_SEED_COSELF + 2};
  return eval_skill_summary(summary, &run, err);
}

static SimStatus tell_skills(FILE *out, const Report *r, SimError *err) {
  SimStatus status = SIM_OK;
  fprintf(out, "\n## Skills in the situations of Stage I, before and after\n\n| skill | | hit %% | "
               "success %% | error m | p90 | apex m | landing m/s | survive %% | crash %% |\n"
               "|---|---|---|---|---|---|---|---|---|---|\n");
  for (int i = 0; status == SIM_OK && i < N_STRIKES; i++) {
    for (int after = 0; status == SIM_OK && after < 2; after++) {
      EvalSkillSummary s;
      status = measure_skill(&s, r, after ? r->mixed : r->base, STRIKES[i], err);
      if (status == SIM_OK) {
        fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
                pol_slot_name(STRIKES[i]),
                !after                  ? "before"
                : is_new(r, STRIKES[i]) ? "after"
                                        : "the same",
                REPORT_NUMBER(100 * s.hit_rate, 1), REPORT_NUMBER(100 * s.success_rate, 1),
                REPORT_NUMBER(s.error_mean, 3), REPORT_NUMBER(s.error_p90, 3),
                REPORT_NUMBER(s.apex_mean, 2), REPORT_NUMBER(s.landing_speed_mean, 2),
                REPORT_NUMBER(100 * s.survive_rate, 1), REPORT_NUMBER(100 * s.crash_rate, 1));
      }
    }
  }
  return status;
}

static void tell_kills(FILE *out, const EvalCalibration *c, const PolOptions *table,
                       const char *what) {
  assert(c->chosen >= 0 && c->chosen < c->times);
  const EvalKillTable *kills = &c->table[c->chosen];
  fprintf(out,
          "\n%s: flight %.3f s, value %.2f. Share of attacks that score, and of own errors.\n\n| |",
          what, kills->flight, kills->value);
  for (int w = 0; w < c->waits; w++) {
    fprintf(out, " %s |", table->option[POL_HEAD_PASSER][c->wait[w]].name);
  }
  fprintf(out, " played |");
  report_rule(out, 2 + c->waits);
  for (int a = 0; a < c->attacks; a++) {
    fprintf(out, "\n| %s |", table->option[POL_HEAD_ATTACKER][c->attack[a]].name);
    for (int w = 0; w < c->waits; w++) {
      const EvalKills *cell = &kills->cell[a][w];
      const double all = fmax(cell->kills + cell->errors + cell->returned, 1);
      fprintf(out, " %.2f -%.2f |", cell->kills / all, cell->errors / all);
    }
    fprintf(out, " %.0f %% |", 100 * kills->attack[a]);
  }
  fprintf(out, "\n| played |");
  for (int w = 0; w < c->waits; w++) {
    fprintf(out, " %.0f %% |", 100 * kills->wait[w]);
  }
  fprintf(out, " |\n");
}

// of a team against itself at its own flight time
static SimStatus tell_table(FILE *out, const Report *r, const PolTeam *team, double flight,
                            const char *what, SimError *err) {
  const double points = SKILLS_OF_PRESET(r->config, calibrate, r->t->preset);
  const EvalCalibrateOptions options = {.team = team,
                                        .points = (int)points,
                                        .threads = r->t->options.threads,
                                        .seed = r->t->options.seed + RECIPE_SEED_COSELF + 3,
                                        .target = r->config->calibrate_value,
                                        .times_max = 1};
  EvalCalibration *c = sim_new(1, sizeof *c);
  c->table[0] = (EvalKillTable){.flight = flight, .points = options.points};
  c->times = 1;
  const SimStatus status = eval_kill_table(&c->table[0], &options, err);
  eval_calibrate_kinds(c, team->options);
  if (status == SIM_OK) {
    tell_kills(out, c, team->options, what);
  }
  free(c);
  return status;
}

static double flight_of(const PolOptions *table) {
  for (int i = 0; i < table->n[POL_HEAD_ATTACKER]; i++) {
    if (table->option[POL_HEAD_ATTACKER][i].calibrated) {
      return table->option[POL_HEAD_ATTACKER][i].goal.flight;
    }
  }
  return (double)NAN;
}

static SimStatus tell_tables(FILE *out, const Report *r, SimError *err) {
  const double old = flight_of(r->base->options), own = flight_of(r->deployed->options);
  SimStatus status = SIM_OK;
  fprintf(out, "\n## Kill tables\n");
  if (!isnan(old)) {
    status = tell_table(out, r, r->base, old, "Old skills, old table", err);
    status = status
                 ? status
                 : tell_table(out, r, r->mixed, old, "New skills, old table and flight time", err);
  }
  if (status == SIM_OK && !isnan(own)) {
    status = tell_table(out, r, r->deployed, own, "New skills, new table", err);
  }
  return status;
}

static void tell_use(FILE *out, const char *who, const EvalTactics *tactics,
                     const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    double sum = 0;
    for (int i = 0; i < options->n[head]; i++) {
      sum += (double)tactics->use[SIM_NEAR].head[head][i].chosen;
    }
    for (int i = 0; sum > 0 && i < options->n[head]; i++) {
      const EvalUse *use = &tactics->use[SIM_NEAR].head[head][i];
      if (use->chosen > 0 || use->touches > 0) {
        fprintf(out, "| %s | %s | %s | %.1f %% | %lld | %.1f %% |\n", who, options->head[head],
                options->option[head][i].name, 100 * (double)use->chosen / sum,
                (long long)use->touches,
                use->touches > 0 ? 100 * (double)use->kills / (double)use->touches : 0);
      }
    }
  }
}

static void tell_end(FILE *out, const char *who, const EvalSummary *s) {
  fprintf(out, "\n%s: %.2f touches and %.2f s a point, server wins %.1f %%; points end by", who,
          s->hits_mean, s->steps_mean * SIM_DT, 100.0 * s->server_wins / fmax(s->near + s->far, 1));
  for (int i = 0; i < SIM_EVENT_KINDS; i++) {
    if (s->reasons[i] > 0) {
      fprintf(out, " %s %.1f %%,", sim_event_name((SimEventKind)i),
              100.0 * s->reasons[i] / fmax(s->rallies, 1));
    }
  }
  fprintf(out, " of %d.\n", s->rallies);
}

static void tell_play(FILE *out, const Report *r) {
  fprintf(out, "\n## What changed in play\n\nChosen where there was a choice, touches while it was "
               "in force, and how many of these won the point before the ball came back.\n\n"
               "| team | head | option | chosen | touches | won |\n|---|---|---|---|---|---|\n");
  tell_use(out, "new", &r->tactics[0], r->deployed->options);
  tell_use(out, "old", &r->tactics[1], r->base->options);
  tell_end(out, "New against old", &r->summary[0]);
  tell_end(out, "Old against itself", &r->summary[1]);
}

static SimStatus tell(FILE *out, const Report *r, SimError *err) {
  fprintf(
      out,
      "# Co-self-play\n\nTeam '%s' (hash %016llx), which began as '%s' (hash %016llx), with the "
      "table "
      "'%s'; preset %s, seed %llu. Skills that learned: %s. The first part is told in together/ "
      "(metrics.jsonl), the strategies in strategy/report.md.\n",
      r->deployed->name, (unsigned long long)r->deployed->hash, r->base->name,
      (unsigned long long)r->base->hash, r->deployed->options->name,
      skills_preset_name(r->t->preset), (unsigned long long)r->t->options.seed, r->config->skills);
  tell_pairs(out, r);
  SIM_TRY(tell_skills(out, r, err));
  SIM_TRY(tell_tables(out, r, err));
  tell_play(out, r);
  return SIM_OK;
}

SimStatus coself_report(const SkillsTraining *t, const CoselfConfig *config, SimError *err) {
  SimText text;
  FILE *out = sim_text_open(&text);
  Report *r = sim_new(1, sizeof *r);
  *r = (Report){
      .t = t, .config = config, .points = (int)config->points / LEAGUE_CELLS * LEAGUE_CELLS};
  SimStatus status = open_report(r, err);
  status = status ? status : measure(r, err);
  status = status ? status : tell(out, r, err);
  status = report_page_save(t->options.folder, status, sim_text_close(&text), err);
  if (status == SIM_OK) {
    const LeagueScore sum = env_score_total(r->pair[0].cell);
    double low, high;
    const double rate = league_score_win_rate(&low, &high, &sum);
    sim_log(SIM_LOG_INFO,
            "%.1f %% (%.1f to %.1f) of the decided points against '%s'; %s/report.html", 100 * rate,
            100 * low, 100 * high, r->base->name, t->options.folder);
  }
  close_report(r);
  free(r);
  return status;
}
